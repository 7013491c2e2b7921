"""A scenario on today's population: who is eligible, whom a year would reach, at what cost.

Counted among the actual starting residents at full scale. What only the run can tell (admissions and
attendances of the last year, a risk tool's list) is an estimate from the rates that the run uses, and told as
one (`scenarios/expected_use.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.plain_names import word
from scenarios.yearly_cost import YEARS_SHOWN, YearlyCost, care_units, monthly_units, yearly
from sim.interventions import specification as spec
from sim.interventions.eligibility import eligible
from sim.settings import Settings

if TYPE_CHECKING:
    from sim.population.residents import Residents
    from sim.world import World

MONTHS_A_YEAR = 12
START = "2026-04"


@dataclass(frozen=True, kw_only=True)
class Today:
    """One intervention on today's population.

    Attributes:
        eligible: People who meet every filter; None where the intervention is not about residents one by one.
        registered: People registered.
        by_quintile: Those eligible by deprivation quintile, most deprived first.
        estimated: Whether recent use or a risk list decides, whose numbers are expectations and rounded.
        reached: People newly reached in a year at full strength; None where nobody is reached one by one.
        limited_by: What holds the number reached: 'offers', 'capacity' or 'caseload'.
        leaving: Share of those eligible who die or move away in a year.
        costs: What it costs by payer, in each year from the start and once it is steady.
        start: First month of the first of those years.
        not_counted: Units of cost that only a run can count, such as 'episode'.
    """

    eligible: float | None
    registered: int = 0
    by_quintile: tuple[float, ...] = ()
    estimated: bool = False
    reached: float | None = None
    limited_by: str = ""
    leaving: float = 0.0
    costs: Mapping[str, YearlyCost] = field(default_factory=dict)
    start: str = START
    not_counted: tuple[str, ...] = ()


def today(
    scenario: spec.ScenarioSpecification,
    area: str,
    start: str = START,
) -> dict[str, Today]:
    """Return each intervention that has eligible residents or costs on the population of the start, by key.

    Args:
        scenario: What is to be done.
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
    """
    items: list[Any] = [item for item in scenario.interventions if hasattr(item, "eligible")]
    settings = Settings(area=area, start=start, years=1)
    paid = [item for item in scenario.interventions if item.costs and item not in items]
    opens = any(cost.per == "place_day" for item in paid for cost in item.costs)
    if not items and not opens:
        return {item.key: _of_care(item, start) for item in paid}
    from sim.world import load_world

    world = load_world(settings)
    places = _places(world, settings) if opens else None
    found = {item.key: _of_care(item, start, places) for item in paid}
    if not items:
        return found
    leaving = leaving_per_year(world)
    if not any(_asks_the_run(item.eligible) for item in items):
        everybody = starting(world)
        return found | {item.key: _counted(item, everybody, leaving=leaving) for item in items}
    from scenarios.expected_use import ExpectedToday

    expected = ExpectedToday(world, settings)
    for item in items:
        stratum = item.eligible.risk_stratum
        listed = None if stratum is None else expected.on_list(stratum)
        found[item.key] = _counted(item, expected.residents, listed, leaving)
    return found


def starting(world: World, scale: float = 1.0) -> Residents:
    """Return the residents of the start, with nothing of a run about them."""
    from sim.building import load_network
    from sim.world import run_residents

    residents, _, _ = run_residents(world, load_network(world.area, world.national), 1, 1, scale, 1)
    return residents


def _asks_the_run(rule: spec.Eligibility) -> bool:
    """Tell whether a rule is of recent use or a risk list, which only a run finds out."""
    return bool(rule.recent_admissions_at_least or rule.recent_attendances_at_least or rule.risk_stratum)


def leaving_per_year(world: World) -> npt.NDArray[np.float64]:
    """Return the hazards of death and of moving away together, per year, (2, 111, 5)."""
    from sim.health.transitions import DEATH, DEPARTURE

    return np.asarray(world.area_hazards[DEATH] + world.area_hazards[DEPARTURE])


Places = Callable[[Any], Callable[[int, float], float]]


def _places(world: World, settings: Settings) -> Places:
    """Return for a change of capacity the places that it adds on average, as a run of today counts them."""
    from sim.building import load_network
    from sim.care.calendar import mean_places
    from sim.health.calendar import month_start
    from sim.interventions.added_places import added_places

    network, first = load_network(world.area, world.national), settings.calendar_start
    open_now = [mean_places(schedule, month_start(first)) for schedule in network.schedules]
    totals: Any = SimpleNamespace(minutes=1.0, places=np.array(open_now))

    def of(item: Any) -> Callable[[int, float], float]:
        nodes = [network.node(name) for name in item.nodes if name in network.node_names]

        def added(month: int, share: float) -> float:
            return sum(added_places(item, network, n, share, month, first, totals) for n in nodes)

        return added

    return of


def _of_care(item: Any, start: str, places: Places | None = None) -> Today:
    """Return what an intervention on the network costs, as far as it does not depend on the run."""
    known = isinstance(item, spec.CapacityChange) and item.opens == "always"
    units = care_units(item, start, places(item) if known and places is not None else None)
    return Today(eligible=None, costs=yearly(item, units), not_counted=_not_counted(item, units), start=start)


def _counted(
    item: Any,
    people: Residents,
    listed: npt.NDArray[np.bool_] | None = None,
    leaving: npt.NDArray[np.float64] | None = None,
    start: str = START,
) -> Today:
    """Return one intervention's numbers.

    Args:
        item: It.
        people: Residents of the start.
        listed: Who is on the risk list that it asks for, (rows,).
        leaving: Hazards of death and of moving away by sex, age and quintile, (2, 111, 5); none without them.
        start: First month of the run.
    """
    mask = eligible(people, item.eligible, listed)
    rows = np.flatnonzero(mask)
    number = float(rows.size)
    quintile = people.column("quintile")[rows].astype(np.int64)
    hazard = 0.0
    if leaving is not None and rows.size:
        age = np.clip(people.age_years[rows], 0, 110)
        hazard = float(leaving[people.column("sex")[rows].astype(np.int64), age, quintile].mean())
    reached, limited_by = _reach(item, number) if isinstance(item, spec.CohortProgramme) else (None, "")
    counts = isinstance(item, spec.CohortProgramme | spec.PopulationEffect)
    units = monthly_units(item, number, hazard, start) if counts else care_units(item, start, None)
    return Today(
        eligible=number, registered=int(people.registered.sum()),
        by_quintile=tuple(np.bincount(quintile, minlength=5)[:5].tolist()),
        estimated=_asks_the_run(item.eligible), reached=reached, limited_by=limited_by, leaving=hazard,
        costs=yearly(item, units), not_counted=_not_counted(item, units), start=start,
    )  # fmt: skip


def _reach(item: spec.CohortProgramme, number: float) -> tuple[float, str]:
    """Return people newly reached in a year at full strength, and what holds the number."""
    offered = item.offered_per_year.value if item.offered_per_year is not None else 1.0
    ways = {"offers": number * offered * item.uptake.mean.value}
    if item.monthly_capacity is not None:
        ways["capacity"] = item.monthly_capacity.value * MONTHS_A_YEAR
    if item.caseload is not None and item.stays_months is not None:
        ways["caseload"] = item.caseload.value * max(1.0, MONTHS_A_YEAR / item.stays_months)
    least = min(ways, key=lambda way: ways[way])
    return ways[least], least


def _not_counted(item: Any, units: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the units of cost that only a run can count."""
    return tuple(dict.fromkeys(cost.per for cost in item.costs if cost.per not in units))


def rounded(number: float, digits: int = 2) -> int:
    """Return a number with as many significant digits as an expectation deserves."""
    return int(float(f"{number:.{digits - 1}e}"))


def sentences(found: Today) -> Iterable[str]:
    """Yield what is known of an intervention on today's population, in words."""
    if found.eligible is not None:
        yield _eligible_words(found, found.eligible)
    if found.reached is not None:
        held = {"offers": "by how many are offered it and accept", "capacity": "by its monthly capacity",
                "caseload": "by its caseload"}[found.limited_by]  # fmt: skip
        yield f"In a year at full strength it newly reaches about {rounded(found.reached):,}, held {held}."
    for payer, cost in found.costs.items():
        yield f"{_cost_words(cost, found.start)}; paid by {word('payer', payer)}."
    if found.costs and found.reached is not None:
        yield (
            "Of people, costs take as many to be eligible as today, those who die or move away "
            f"({found.leaving:.1%} a year, at the rates of their age, sex and deprivation) to be replaced, "
            "and no shared limit to hold delivery back."
        )
    for unit in found.not_counted:
        yield f"What it costs {word('cost', unit)} depends on the run, which counts them."


def _cost_words(cost: YearlyCost, start: str) -> str:
    """Return a cost by year of the run, and a year's once it is steady."""
    told = [f"£{rounded(one):,}" for one in cost.years]
    if cost.steady is not None and cost.steady_from == 1 and len(set(told)) == 1:
        return f"Costs about {told[0]} a year"
    years = f"{', '.join(told[:-1])} and {told[-1]} in years 1 to {YEARS_SHOWN} of a run from {start}"
    if cost.steady is None or cost.steady_from is None:
        return f"Costs about {years}; in the end nothing, for it stops"
    steady = f"about £{rounded(cost.steady):,} a year at steady state"
    return f"Costs about {years}; {steady}, from about year {cost.steady_from} on"


def _eligible_words(found: Today, eligible: float) -> str:
    """Return who is eligible, in numbers; estimates are rounded, and said to be such."""
    vague = found.estimated
    spread = ", ".join(f"{rounded(one) if vague else round(one):,}" for one in found.by_quintile)
    number = f"about {rounded(eligible):,}" if vague else f"{round(eligible):,}"
    why = " An estimate: recent use and risk are as the model's rates expect them." if vague else ""
    return (
        f"Today: {number} people are eligible ({eligible / max(1, found.registered):.1%} of "
        f"{found.registered:,}); by fifth of deprivation, the most deprived first: {spread}.{why}"
    )
