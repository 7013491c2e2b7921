"""The expected population of a run: what the model's hazards and schedule give, without a single draw.

Same start, same entrants, same hazards by council, sex, age and quintile as a run of the baseline; conditions
and risk factors are averaged over, which is exact as long as mortality is kept on its table (the divisors of
`sim/health/balance.py` do that).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.population.circumstances import Columns
from sim.population.cohort import (
    YearCounts,
    YearFlows,
    by_year_of_age,
    monthly_state,
    run_year,
    spread_over_months,
)
from sim.population.entrants import OPEN_AGE
from sim.population.inputs import (
    FEMALE,
    N_AGES,
    AreaTables,
    FloatArray,
    death_rates,
    fertility,
    quintile_shares,
)
from sim.population.outlook import Outlook, residents_at_start
from sim.population.past import death_ratio
from sim.population.projection import mortality_multipliers, outlook
from sim.population.variants import PRINCIPAL


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The expected population year by year."""

    start: FloatArray
    """(C, 2, 111, 5) residents at the start by council, sex, age and quintile."""
    years: tuple[YearCounts, ...]
    """Each year of the run."""

    def people(self, year: int) -> FloatArray:
        """Return residents by council, sex, age and quintile after `year` years, (C, 2, 111, 5)."""
        return by_year_of_age(self.years[year - 1].people) if year else self.start


def expected_population(
    area: AreaTables,
    years: int,
    *,
    people: Columns | None = None,
    variant: str = PRINCIPAL,
    trend: float | FloatArray = 0.0,
    planned_trend: float | FloatArray | None = None,
) -> Expectation:
    """Return the expected population of the baseline.

    Args:
        area: Area tables; their start is that of the run.
        years: Years to run.
        people: Start population; by default the real-valued one on the scale of the list.
        variant: Variant of the projection.
        trend: Share by which mortality falls each year in the run, one or by age (111,).
        planned_trend: The same as births and migration were matched to; by default `trend`.
    """
    to_come = outlook(area, variant, trend if planned_trend is None else planned_trend)
    if people is None:
        residents = residents_at_start(area)
        inflated = residents * (area.list_size / residents.sum())
        state = spread_over_months(inflated[..., None] * quintile_shares(area))
    else:
        state = monthly_state(people, len(area.councils))
    start = by_year_of_age(state)
    table = death_rates(area).transpose(0, 2, 1) * death_ratio(area, area.start)[..., None]
    multiplier = mortality_multipliers(area, variant, years, trend)
    fall = np.zeros(N_AGES) + trend
    found = []
    for year in range(years):
        deaths = table * (multiplier[year] * (1.0 - fall) ** (year + 1 / 2))[..., None]
        found.append(run_year(state, _flows(area, start, to_come, year, deaths)))
        state = found[-1].people
    return Expectation(start=start, years=tuple(found))


def _flows(area: AreaTables, start: FloatArray, to_come: Outlook, year: int, deaths: FloatArray) -> YearFlows:
    """Return the flows of a year: entrants take their quintile from the people of `start`, as in a run."""
    at = min(year, to_come.births.shape[0] - 1)
    by_sex = np.stack([to_come.births[at] * to_come.boys, to_come.births[at] * (1.0 - to_come.boys)], axis=1)
    mothers = (fertility(area)[..., None] * start[:, FEMALE]).sum(axis=1)
    mothers /= mothers.sum(axis=1, keepdims=True)
    arrivals = to_come.arrivals[at]
    donors = np.maximum(start.sum(axis=3), np.finfo(float).tiny)
    coming = arrivals[..., None] * start / donors[..., None]
    oldest = slice(OPEN_AGE, None)
    total = start[:, :, oldest].sum(axis=(2, 3), keepdims=True)
    coming[:, :, oldest] = arrivals[:, :, oldest].sum(axis=2)[..., None, None] * start[:, :, oldest] / total
    return YearFlows(
        arrivals=coming, births=by_sex[..., None] * mothers[:, None], deaths=deaths,
        departures=to_come.departures,
    )  # fmt: skip
