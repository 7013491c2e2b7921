"""Risk tools: lists of those whom the model's own rates put at highest risk, drawn up from time to time.

The score is the expected rate of the event: of emergency admissions or A&E attendances by age, sex,
deprivation, frailty, number of conditions, and admissions and attendances of the last twelve months; of
death, the hazard by everything that it depends on. It is averaged over the residents' own propensity to use,
which no tool knows. So it ranks as well as a tool could that had the model's tables, and no better; equal
scores are put in the order of a keyed number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.health.needs import N_PROPENSITY, PROPENSITY_UPTO
from sim.health.transitions import DEATHS
from sim.interventions.effects import reaching
from sim.interventions.specification import (
    CohortProgramme,
    Diversion,
    RiskOf,
    RiskStratum,
    ScenarioSpecification,
)
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.kernels.reach import hazard_of_death
from sim.population.residents import Residents

if TYPE_CHECKING:
    from sim.health.demand import Demand
    from sim.health.life import LifeCourse

FloatArray = npt.NDArray[np.float64]
ADULT_AGE = 18
ANSWERED = {"emergency_admission": "nel_admission_total", "ed_attendance": "ed_type1_attendance"}
"""Class of use whose needs bring each event."""


@dataclass(frozen=True, kw_only=True)
class RiskTables:
    """Score of a resident = plain(s) + discharge(s) x admissions + attendance(s) x attendances of 12 months.

    s is the stratum of use without its last axis, the resident's own propensity; a year's needs each.
    """

    plain: FloatArray
    discharge: FloatArray
    attendance: FloatArray

    @classmethod
    def of(cls, demand: Demand, answered: str) -> RiskTables:
        """Return the tables for needs that answer to one class of use."""
        share = np.diff([0.0, *PROPENSITY_UPTO])
        known = demand.rates.reshape(len(demand.classes), -1, N_PROPENSITY) @ share
        sizes = demand.recent.size.mean(axis=1)  # of an event some time in the last twelve months
        scale = demand.recent.scale.reshape(-1, N_PROPENSITY) @ share
        plain, after = np.zeros(known.shape[1]), np.zeros((2, known.shape[1]))
        for need, rate in zip(demand.classes, known, strict=True):
            if answered in need.answers:
                plain += rate
                after[0] += rate * (need.recent & 1)
                after[1] += rate * (need.recent >> 1)
        return cls(plain=plain, discharge=after[0] * sizes[0] * scale, attendance=after[1] * sizes[1])

    def score(self, residents: Residents, rows: npt.NDArray[np.int64]) -> FloatArray:
        """Return the score of some residents, (n,)."""
        s = residents.stratum[rows].astype(np.int64) // N_PROPENSITY
        times = [
            residents.columns[rows, residents.column_of[name]].astype(np.float64)
            for name in ("admissions_12m", "attendances_12m")
        ]
        return np.asarray(self.plain[s] + self.discharge[s] * times[0] + self.attendance[s] * times[1])


class RiskTools:
    """Scores and lists of those at high risk.

    Args:
        residents: Who is scored.
        demand: Rates of needs.
        life: Hazards of death.
        scored: Events whose scores are wanted.
        lists: Strata whose lists are wanted.
        key: The two words of `replicate_key`.
        months_between: Months between two lists.
    """

    def __init__(
        self,
        residents: Residents,
        demand: Demand,
        life: LifeCourse,
        scored: Sequence[RiskOf],
        lists: Sequence[RiskStratum],
        key: npt.NDArray[np.uint32],
        months_between: int,
    ) -> None:
        self.residents = residents
        self.life = life
        self.lists = list(lists)
        self.key = key
        self.months_between = months_between
        self.tables = {by: RiskTables.of(demand, ANSWERED[by]) for by in scored if by in ANSWERED}
        self.scores = {by: np.zeros(residents.person.size, np.float32) for by in scored}
        """By event: score of each row when the lists were last drawn up; 0 for children and those absent."""

    def draw_up(self, month: int, listed: npt.NDArray[np.bool_]) -> None:
        """Score adults and write who is on each list, (lists, rows), when it is time."""
        if month % self.months_between or not self.scores:
            return
        residents = self.residents
        rows = np.flatnonzero(residents.registered & (residents.age_years >= ADULT_AGE))
        for by, scores in self.scores.items():
            scores[:] = 0.0
            scores[rows] = self._score(by, rows, month)
        for number, stratum in enumerate(self.lists):
            listed[number] = False
            listed[number, self._highest(stratum, rows)] = True

    def _score(self, by: RiskOf, rows: npt.NDArray[np.int64], month: int) -> FloatArray:
        if by in self.tables:
            return self.tables[by].score(self.residents, rows)
        residents, life, out = self.residents, self.life, np.empty(rows.size)
        dying = np.array([life.index[key] for key in DEATHS if key in life.index], np.int64)
        column = residents.column_of
        hazard_of_death(
            rows, month, dying, residents.columns, column["sex"], column["quintile"], residents.birth_month,
            life.processes, out,
        )  # fmt: skip
        return out

    def _highest(self, stratum: RiskStratum, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the rows on a list: the top share, ties in the order of a keyed number."""
        wanted = round(stratum.top_share.value * rows.size)
        if wanted == 0:
            return rows[:0]
        score = self.scores[stratum.by][rows]
        edge = np.partition(score, score.size - wanted)[score.size - wanted]
        above = rows[score > edge]
        at = rows[score == edge]
        turn = keyed_uniforms(self.residents.person[at], 0, stream_key(f"risk tool/{stratum.by}"), self.key)
        chosen = at[np.argsort(turn[:, 0], kind="stable")[: wanted - above.size]]
        return np.concatenate([above, chosen])


def risk_of(item: CohortProgramme) -> RiskOf:
    """Return the event whose risk puts those first who accept a programme."""
    stratum = item.eligible.risk_stratum
    return "emergency_admission" if stratum is None else stratum.by


def risk_tools(
    scenario: ScenarioSpecification, residents: Residents, demand: Demand, life: LifeCourse,
    key: npt.NDArray[np.uint32], months_between: int,
) -> RiskTools:  # fmt: skip
    """Return the tools that the programmes and diversions of a scenario need, with nobody listed yet."""
    items = reaching(scenario)
    diverting = [item for item in scenario.interventions if isinstance(item, Diversion)]
    strata = [item.eligible.risk_stratum for item in (*items, *diverting)]
    lists = list(dict.fromkeys(stratum for stratum in strata if stratum is not None))
    ordered = [
        risk_of(item) for item in items if isinstance(item, CohortProgramme) and item.order == "highest_risk"
    ]
    scored = list(dict.fromkeys([*(stratum.by for stratum in lists), *ordered]))
    return RiskTools(residents, demand, life, scored, lists, key, months_between)
