"""Cohorts whom a run follows: chosen once on the start population, the same people in every scenario.

Who is chosen depends on the state at the first instant, before any programme has acted: recent use is that of
the twelve months up to a month before. So the cohort of a replicate is the same whatever the scenario, and a
difference between scenarios is a difference in what happens to these people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.demand import Demand
from sim.health.life import LifeCourse
from sim.interventions.eligibility import eligible
from sim.interventions.programmes import precedence
from sim.interventions.risk import RiskTools
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.observers.cohort_specification import CohortSpecification
from sim.population.residents import Residents

IntArray = npt.NDArray[np.int64]


class CohortChoice:
    """Chooses cohorts among the residents at the start of a run.

    Args:
        residents: Among whom.
        demand: Rates of needs, for risk.
        life: Hazards of death, for risk.
        population_key: Key of the synthetic population: turns are the same in every replicate.
        scale: Share of residents kept: sizes are of the full-size area.
    """

    def __init__(
        self,
        residents: Residents,
        demand: Demand,
        life: LifeCourse,
        population_key: npt.NDArray[np.uint32],
        scale: float,
    ) -> None:
        self.residents, self.demand, self.life = residents, demand, life
        self.key, self.scale = population_key, scale

    def rows(self, cohort: CohortSpecification) -> IntArray:
        """Return the rows of a cohort, ascending."""
        stratum = cohort.eligible.risk_stratum
        ranked = [cohort.by] if cohort.size is not None and cohort.order == "highest_risk" else []
        tools = RiskTools(
            self.residents, self.demand, self.life,
            list(dict.fromkeys([*ranked, *([stratum.by] if stratum else [])])),
            [stratum] if stratum else [], self.key, 1,
        )  # fmt: skip
        listed = np.zeros((len(tools.lists), self.residents.person.size), np.bool_)
        tools.draw_up(self.residents.month, listed)
        found = np.flatnonzero(eligible(self.residents, cohort.eligible, listed[0] if stratum else None))
        if cohort.size is None:
            return found
        room = min(found.size, round(cohort.size * self.scale))
        return np.sort(found[self._order(cohort, tools, found)[:room]])

    def _order(self, cohort: CohortSpecification, tools: RiskTools, rows: IntArray) -> IntArray:
        """Return positions of rows, those who come first at the front."""
        turn = keyed_uniforms(
            self.residents.person[rows], 0, stream_key(f"cohort/{cohort.name}"), self.key
        )[:, 0]  # fmt: skip
        first = precedence(self.residents, tools, cohort.order, cohort.by, rows)
        return np.lexsort((turn,) if first is None else (turn, first))

    def joining(self, cohorts: Sequence[CohortSpecification], rows: IntArray) -> list[IntArray]:
        """Return for each cohort which of some rows may join it in the residents' month."""
        none = rows[:0]
        return [
            rows[eligible(self.residents, cohort.eligible)[rows]] if cohort.newcomers else none
            for cohort in cohorts
        ]


__all__ = ["CohortChoice"]
