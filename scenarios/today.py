"""A scenario on today's population: who is eligible, whom a year would reach, at what cost.

Counted among the actual starting residents at full scale. What only the run can tell (admissions and
attendances of the last year, a risk tool's list) is taken from a sample of residents after the burn-in,
which is made once for each version of the code and kept in the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.identity import code_sha256
from sim.interventions import specification as spec
from sim.interventions.eligibility import eligible
from sim.population.cache import Arrays, load_or_make
from sim.settings import Settings

if TYPE_CHECKING:
    from sim.population.residents import Residents
    from sim.world import World

SAMPLE_SCALE = 0.05
ADULT = 18
MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365
RECENT = ("admissions_12m", "attendances_12m")


@dataclass(frozen=True, kw_only=True)
class Today:
    """One intervention on today's population.

    Attributes:
        eligible: People who meet every filter; None where the intervention is not about residents one by one.
        registered: People registered.
        by_quintile: Those eligible by deprivation quintile, most deprived first.
        sampled: Whether recent use was taken from a sample, and the count is rounded for it.
        listed: Whether a risk list cuts the count; then no more than the list's length are eligible.
        reached: People newly reached in a year at full strength; None where nobody is reached one by one.
        limited_by: What holds the number reached: 'offers', 'capacity' or 'caseload'.
        pounds: Cost of such a year by payer.
        not_counted: Units of cost that only a run can count, such as 'episode'.
    """

    eligible: float | None
    registered: int = 0
    by_quintile: tuple[float, ...] = ()
    sampled: bool = False
    listed: bool = False
    reached: float | None = None
    limited_by: str = ""
    pounds: Mapping[str, float] = field(default_factory=dict)
    not_counted: tuple[str, ...] = ()


def today(
    scenario: spec.ScenarioSpecification,
    area: str,
    start: str = "2026-04",
    sample_scale: float = SAMPLE_SCALE,
) -> dict[str, Today]:
    """Return each intervention that has eligible residents or costs on the population of the start, by key.

    Args:
        scenario: What is to be done.
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
        sample_scale: Share of residents in the sample that tells recent use.
    """
    found = {item.key: _of_care(item) for item in scenario.interventions if item.costs}
    items: list[Any] = [item for item in scenario.interventions if hasattr(item, "eligible")]
    if not items:
        return found
    from sim.world import load_world

    settings = Settings(area=area, start=start, years=1)
    world = load_world(settings)
    everybody = starting(world)
    sample: tuple[Residents, float] | None = None
    for item in items:
        if _recent(item.eligible) and sample is None:
            sample = _with_recent_use(world, settings, sample_scale)
        people, each = sample if sample is not None and _recent(item.eligible) else (everybody, 1.0)
        found[item.key] = _counted(item, people, each, everybody)
    return found


def starting(world: World, scale: float = 1.0) -> Residents:
    """Return the residents of the start, with nothing of a run about them."""
    from sim.building import load_network
    from sim.world import run_residents

    residents, _, _ = run_residents(world, load_network(world.area, world.national), 1, 1, scale, 1)
    return residents


def _recent(rule: spec.Eligibility) -> bool:
    return bool(rule.recent_admissions_at_least or rule.recent_attendances_at_least)


def _with_recent_use(world: World, settings: Settings, scale: float) -> tuple[Residents, float]:
    """Return a sample of residents with their recent use, and how many people each stands for."""
    people = starting(world, scale)
    key = f"{code_sha256()}-{settings.area}-{settings.start}-{scale:g}".replace("/", "_")
    kept = load_or_make("recent_use", key, lambda: _recent_use(settings, scale))
    place = np.searchsorted(kept["person"], people.person[: people.size])
    place = np.minimum(place, kept["person"].size - 1)
    same = kept["person"][place] == people.person[: people.size]
    for name in RECENT:
        people.columns[: people.size, people.column_of[name]] = np.where(same, kept[name][place], 0)
    return people, 1.0 / scale


def _recent_use(settings: Settings, scale: float) -> Arrays:
    """Live the burn-in with a sample of residents: admissions and attendances of the last year by person."""
    from sim.model import HealthSystem
    from sim.run import let_go

    model = HealthSystem(area=settings.area, start=settings.start, years=1, scale=scale)
    residents = model.residents
    here = np.flatnonzero(residents.registered)
    here = here[np.argsort(residents.person[here])]
    arrays: Arrays = {"person": residents.person[here].copy()}
    arrays |= {name: residents.column(name)[here].copy() for name in RECENT}
    let_go(model)
    return arrays


def _of_care(item: Any) -> Today:
    """Return what a year of an intervention on the network costs, as far as it does not depend on the run."""
    units = {"year": 1.0}
    if getattr(item, "change", "") == "add" and hasattr(item, "places"):
        units["place_day"] = item.places.value * len(item.nodes) * DAYS_A_YEAR
    pounds, not_counted = _pounds(item, units)
    return Today(eligible=None, pounds=pounds, not_counted=not_counted)


def _counted(item: Any, people: Residents, each: float, everybody: Residents) -> Today:
    """Return one intervention's numbers."""
    stratum = item.eligible.risk_stratum
    mask = eligible(people, replace(item.eligible, risk_stratum=None))
    number = float(mask.sum()) * each
    quintile = np.bincount(people.column("quintile")[mask], minlength=5)[:5] * each
    if stratum is not None:
        adults = (everybody.registered & (everybody.age_years >= ADULT)).sum()
        cut = min(1.0, float(adults) * stratum.top_share.value / max(1.0, number))
        number, quintile = number * cut, quintile * cut
    reached, limited_by = _reach(item, number) if isinstance(item, spec.CohortProgramme) else (None, "")
    pounds, not_counted = _pounds(item, _units(item, number if reached is None else reached))
    return Today(
        eligible=number, registered=int(everybody.registered.sum()), by_quintile=tuple(quintile.tolist()),
        sampled=each != 1.0, listed=stratum is not None, reached=reached, limited_by=limited_by,
        pounds=pounds, not_counted=not_counted,
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
        words = payer.replace("_", " ")
        yield f"A year at full strength costs about {rounded(pounds):,} pounds; paid by: {words}."
    for unit in found.not_counted:
        yield f"What it costs per {unit.replace('_', ' ')} depends on the run."


def _eligible_words(found: Today, eligible: float) -> str:
    """Return who is eligible, in numbers; those from a sample or a list are rounded."""
    vague = found.sampled or found.listed
    spread = ", ".join(f"{rounded(one) if vague else round(one):,}" for one in found.by_quintile)
    number = f"about {rounded(eligible):,}" if vague else f"{round(eligible):,}"
    return (
        f"Today: {number} people are eligible ({eligible / max(1, found.registered):.1%} of "
        f"{found.registered:,}); by quintile, most deprived first: {spread}."
    )
