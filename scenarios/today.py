"""A scenario on today's population: who is eligible, whom a year would reach, at what cost.

Counted among the actual starting residents at full scale. What only the run can tell (admissions and
attendances of the last year, a risk tool's list) is an estimate from the rates that the run uses, and told as
one (`scenarios/expected_use.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios.plain_names import word
from sim.interventions import specification as spec
from sim.interventions.eligibility import eligible
from sim.settings import Settings

if TYPE_CHECKING:
    from sim.population.residents import Residents
    from sim.world import World

MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365


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
        pounds: Cost of such a year by payer.
        not_counted: Units of cost that only a run can count, such as 'episode'.
    """

    eligible: float | None
    registered: int = 0
    by_quintile: tuple[float, ...] = ()
    estimated: bool = False
    reached: float | None = None
    limited_by: str = ""
    pounds: Mapping[str, float] = field(default_factory=dict)
    not_counted: tuple[str, ...] = ()


def today(
    scenario: spec.ScenarioSpecification,
    area: str,
    start: str = "2026-04",
) -> dict[str, Today]:
    """Return each intervention that has eligible residents or costs on the population of the start, by key.

    Args:
        scenario: What is to be done.
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
    """
    found = {item.key: _of_care(item) for item in scenario.interventions if item.costs}
    items: list[Any] = [item for item in scenario.interventions if hasattr(item, "eligible")]
    if not items:
        return found
    from sim.world import load_world

    settings = Settings(area=area, start=start, years=1)
    world = load_world(settings)
    if not any(_asks_the_run(item.eligible) for item in items):
        everybody = starting(world)
        return found | {item.key: _counted(item, everybody) for item in items}
    from scenarios.expected_use import ExpectedToday

    expected = ExpectedToday(world, settings)
    for item in items:
        stratum = item.eligible.risk_stratum
        listed = None if stratum is None else expected.on_list(stratum)
        found[item.key] = _counted(item, expected.residents, listed)
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


def _of_care(item: Any) -> Today:
    """Return what a year of an intervention on the network costs, as far as it does not depend on the run."""
    units = {"year": 1.0}
    if getattr(item, "change", "") == "add" and hasattr(item, "places"):
        units["place_day"] = item.places.value * len(item.nodes) * DAYS_A_YEAR
    pounds, not_counted = _pounds(item, units)
    return Today(eligible=None, pounds=pounds, not_counted=not_counted)


def _counted(item: Any, people: Residents, listed: npt.NDArray[np.bool_] | None = None) -> Today:
    """Return one intervention's numbers; `listed` has who is on the risk list that it asks for, (rows,)."""
    mask = eligible(people, item.eligible, listed)
    number = float(mask.sum())
    quintile = np.bincount(people.column("quintile")[mask], minlength=5)[:5]
    reached, limited_by = _reach(item, number) if isinstance(item, spec.CohortProgramme) else (None, "")
    pounds, not_counted = _pounds(item, _units(item, number if reached is None else reached))
    return Today(
        eligible=number, registered=int(people.registered.sum()), by_quintile=tuple(quintile.tolist()),
        estimated=_asks_the_run(item.eligible), reached=reached, limited_by=limited_by, pounds=pounds,
        not_counted=not_counted,
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


def _units(item: Any, people: float) -> dict[str, float]:
    """Return the units of cost of a year at full strength that follow from the people reached."""
    units = {"person": people, "year": 1.0}
    if isinstance(item, spec.CohortProgramme):
        units["person_month"] = people * min(item.stays_months or MONTHS_A_YEAR, MONTHS_A_YEAR)
        if item.contacts is not None:
            units["contact"] = people * item.contacts.value
    return units


def _pounds(item: Any, units: Mapping[str, float]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the cost of so many units by payer, and the units that only a run can count."""
    pounds: dict[str, float] = {}
    for cost in item.costs:
        if cost.per in units:
            more = item.departure * units[cost.per]  # the rest is paid already
            pounds[cost.payer] = pounds.get(cost.payer, 0.0) + cost.amount.value * more
    return pounds, tuple(dict.fromkeys(cost.per for cost in item.costs if cost.per not in units))


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
    for payer, pounds in found.pounds.items():
        yield f"A year at full strength costs about £{rounded(pounds):,}; paid by {word('payer', payer)}."
    for unit in found.not_counted:
        yield f"What it costs {word('cost', unit)} depends on the run, which counts them."


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
