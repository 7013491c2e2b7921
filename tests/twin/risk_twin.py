"""Risk tools of the slow twin: a score for each adult each quarter, and who is in the highest share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.health.needs import PROPENSITY_UPTO
from sim.health.transitions import DEATHS
from sim.interventions.specification import RiskOf, RiskStratum
from sim.kernels.randomness import stream_key
from tests.twin.resident_twin import REGISTERED, ResidentTwin, uniform, words

if TYPE_CHECKING:
    from tests.twin.programmes_twin import ProgrammesTwin

ANSWERED = {"emergency_admission": "nel_admission_total", "ed_attendance": "ed_type1_attendance"}
PROPENSITIES = len(PROPENSITY_UPTO)
SHARES = [last - first for first, last in zip((0.0, *PROPENSITY_UPTO), PROPENSITY_UPTO, strict=False)]


class RiskTwin:
    """Scores and lists.

    Args:
        programmes: The programmes that ask who is at high risk.
    """

    def __init__(self, programmes: ProgrammesTwin) -> None:
        self.programmes = programmes
        strata = [item.eligible.risk_stratum for item in programmes.items]
        self.strata = [stratum for stratum in strata if stratum is not None]
        self.listed: dict[RiskStratum, set[int]] = {stratum: set() for stratum in self.strata}
        self.scores: dict[RiskOf, dict[int, float]] = {}

    def score(self, by: RiskOf, resident: ResidentTwin) -> float:
        """Score when the lists were last drawn up; 0 for children and those not here."""
        return self.scores.get(by, {}).get(resident.row, 0.0)

    def draw_up(self, month: int) -> None:
        """Score every registered adult, and list the highest share of them; equals in keyed order."""
        model = self.programmes.model
        adults = [
            one
            for one in model.residents
            if one.status == REGISTERED and (month - one.birth_month) // 12 >= 18
        ]
        orders = [
            item for item in self.programmes.items if getattr(item, "order", "random") == "highest_risk"
        ]
        wanted: set[RiskOf] = {stratum.by for stratum in self.strata}
        wanted |= {
            "emergency_admission" if item.eligible.risk_stratum is None else item.eligible.risk_stratum.by
            for item in orders
        }
        for by in wanted:
            self.scores[by] = {one.row: float(np.float32(self.rate(by, one, month))) for one in adults}
        for stratum in self.strata:
            stream = stream_key(f"risk tool/{stratum.by}")
            ranked = sorted(
                adults,
                key=lambda one: (
                    -self.scores[stratum.by][one.row],
                    uniform(words(model.shared.key, one.person, 0, stream)[0]),
                ),
            )
            number = round(stratum.top_share.value * len(adults))
            self.listed[stratum] = {one.row for one in ranked[:number]}

    def rate(self, by: RiskOf, resident: ResidentTwin, month: int) -> float:
        """Expected rate of the event, of somebody of whom the own propensity is not known."""
        model = self.programmes.model
        if by == "death":
            return sum(
                resident.plain_hazard(process, month)
                for process, transition in enumerate(model.shared.transitions)
                if transition.key in DEATHS
            )
        first = resident.stratum // PROPENSITIES * PROPENSITIES
        demand, found = model.shared.demand, 0.0
        for need, rates in zip(demand.classes, demand.rates, strict=True):
            if ANSWERED[by] in need.answers:
                known = sum(float(rates[first + k]) * share for k, share in enumerate(SHARES))
                scale = sum(float(demand.recent.scale[first + k]) * share for k, share in enumerate(SHARES))
                sizes = [sum(row) / len(row) for row in demand.recent.size.tolist()]
                after = (need.recent & 1) * sizes[0] * scale * resident.admissions_12m
                after += (need.recent >> 1) * sizes[1] * resident.attendances_12m
                found += known * (1.0 + after)
        return found
