"""What identifies one replicate of a run, apart from its scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.observers.cohort_specification import CohortSpecification
from sim.parameters.errors import InputError
from sim.population.variants import OTHER_NAMES, VARIANTS, variant_name

MONTHS_A_YEAR = 12
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
LONGEST_YEARS = 50
FEEDBACKS = ("ed_delay_harm", "deconditioning", "care_home", "recent_use")
"""What care may do to residents: deaths after long waits in A&E; frailty after delayed discharge; entry to a
care home from intermediate care, and after delayed discharge; more needs after a discharge or attendance."""
PROJECTIONS = (*VARIANTS, *OTHER_NAMES)
"""Variants of the population projection that births, migration and mortality may follow."""
TRENDS = ("continued", "frozen")
"""What may become of past trends."""

Pairs = tuple[tuple[str, float], ...]
"""Values by name, as settings hold them."""


def as_pairs(values: Mapping[str, float] | Iterable[tuple[str, float]]) -> Pairs:
    """Return values by name as settings hold them: pairs in the order of the names."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return tuple(sorted((str(name), float(value)) for name, value in pairs))


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One replicate.

    Attributes:
        area: Key or path of the area pack.
        start: First month, 'YYYY-MM'.
        years: Whole years to run.
        scale: Share of residents kept, above 0 to 1; flows are at full size whatever it is.
        seed: Seed of the run.
        replicate: Which replicate, from 1.
        growth: Whether use grows beyond demography, at the rates of the tables.
        feedback: Which of `FEEDBACKS` act: what happens in care changes residents. True for all, False for
            none, or their names.
        unlimited: Whether every care node has unlimited places: queues then couple nobody.
        reconfiguration: Whether committed plans of the area (`dated.csv`) change its network at their dates.
        projection: Which of `PROJECTIONS` births, migration and mortality follow.
        risk_factor_trends: `continued` as in the past, or `frozen` at the start.
        mortality_trend: `frozen` at the start, or `continued` as the projection assumes.
        care: Whether needs arise and the care network runs. Without it there is only the life course, and
            care does to residents what it does on average in the baseline: no feedback acts.
        cohorts: Whom the scorecard follows; observers act on nothing.
        parameters: Named numbers of the tables that have another value in this run: pairs of name and value
            (`sim/parameters/named.py`).
    """

    area: str = "dorset"
    start: str = "2026-04"
    years: int = 5
    scale: float = 1.0
    seed: int = 1
    replicate: int = 1
    growth: bool = True
    feedback: bool | Sequence[str] = True
    unlimited: bool = False
    reconfiguration: bool = True
    projection: str = "principal"
    risk_factor_trends: str = "continued"
    mortality_trend: str = "continued"
    care: bool = True
    cohorts: tuple[CohortSpecification, ...] = ()
    parameters: Pairs = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be run; raises InputError."""
        checks = (
            ("start", self.start, "a month as YYYY-MM", bool(_MONTH.fullmatch(self.start))),
            (
                "years",
                self.years,
                f"a whole number from 1 to {LONGEST_YEARS}",
                1 <= self.years <= LONGEST_YEARS,
            ),
            ("scale", self.scale, "above 0 and at most 1", 0.0 < self.scale <= 1.0),
            ("replicate", self.replicate, "1 or more", self.replicate >= 1),
            ("risk_factor_trends", self.risk_factor_trends, " or ".join(TRENDS),
             self.risk_factor_trends in TRENDS),
            ("mortality_trend", self.mortality_trend, " or ".join(TRENDS), self.mortality_trend in TRENDS),
        )  # fmt: skip
        for key, found, allowed, good in checks:
            if not good:
                raise InputError(file="settings", key=key, found=found, allowed=allowed)

        variant_name(self.projection)
        if self.parameters:
            from sim.areas.pack import area_directory
            from sim.parameters.named import named_numbers, problems_of

            object.__setattr__(self, "parameters", as_pairs(self.parameters))
            for problem in problems_of(dict(self.parameters), named_numbers(area_directory(self.area))):
                raise problem
        for name in self.feedbacks - set(FEEDBACKS):
            raise InputError(
                file="settings", key="feedback", found=name, allowed=", ".join(FEEDBACKS), names=FEEDBACKS
            )

    @property
    def feedbacks(self) -> frozenset[str]:
        """The feedbacks that act, by name."""
        if not self.care:
            return frozenset()
        if isinstance(self.feedback, bool):
            return frozenset(FEEDBACKS if self.feedback else ())
        return frozenset([self.feedback] if isinstance(self.feedback, str) else self.feedback)

    @property
    def months(self) -> int:
        """Months to run."""
        return self.years * MONTHS_A_YEAR

    @property
    def calendar_start(self) -> int:
        """Calendar month of month 0: 12 * year + month - 1."""
        found = _MONTH.fullmatch(self.start)
        assert found is not None
        return int(found[1]) * MONTHS_A_YEAR + int(found[2]) - 1
