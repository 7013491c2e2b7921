"""Builds everything that one replicate runs on: residents, life course, demand, care network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack
from sim.care import Network
from sim.care.dated import DatedNetwork, load_dated
from sim.care.escalation import growth_by_care, place_rules, slot_changes
from sim.care.kept import load_kept
from sim.care.pooled import PooledService
from sim.care.system import CareSystem
from sim.health.calendar import DAYS_A_YEAR, month_days, month_start
from sim.health.compiling import compile_transitions
from sim.health.count_balance import CountBalance
from sim.health.demand import Demand, flatten_curves
from sim.health.feedback import Feedback, people_at_start
from sim.health.frailty_score import HeldCount
from sim.health.life import LifeCourse
from sim.health.needs import NeedClass, need_classes
from sim.health.onsets import OnsetAdmission, expected_admissions, onset_admissions
from sim.health.ranked import Ranked, relevel
from sim.health.recent_use import RECENT_USE
from sim.health.smoking_trend import Forecast, forecast, with_smoking_trend
from sim.health.starting_tables import risk_factor_shares
from sim.health.steady import Steady, reaching_bounds
from sim.health.transitions import DEATH, DEATHS_BY_CAUSE, Transition, all_transitions
from sim.health.utilities import Utilities, compile_utilities
from sim.health.visitors import Visitors
from sim.interventions.care_changes import CareChanges
from sim.interventions.effects import Curve, CurveTable, curves_of, reaching
from sim.interventions.growth import GrowthRatios
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.kernels.life_course import Processes
from sim.kernels.randomness import replicate_key
from sim.load import Load, check_load, load_at_start
from sim.parameters.national import Condition, National
from sim.pilot import Baseline, balance_start, follow_baseline
from sim.population.circumstances import count_residents
from sim.population.draws import population_key
from sim.population.residents import Residents
from sim.population.sampling import copies
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_SEXES, age_band_of_year
from sim.settings import MONTHS_A_YEAR, Settings
from sim.world import World, load_world, ranked_factors, run_residents

FloatArray = npt.NDArray[np.float64]
Key = npt.NDArray[np.uint32]
_WORKING_DAYS_A_WEEK = 5


@dataclass(kw_only=True)
class Replicate:
    """Everything that changes while one replicate runs."""

    BURNT_IN: ClassVar = ("residents", "care", "pooled")

    settings: Settings
    key: Key
    residents: Residents
    entrants: list[npt.NDArray[np.int64]]
    """Rows that enter in each month."""
    births: npt.NDArray[np.bool_]
    """(N,) whether a row is a birth."""
    copies: npt.NDArray[np.uint16]
    """(N,) keyed copies of each need."""
    life: LifeCourse
    divisors: FloatArray
    """(quarters, causes, 2, 111, 5) what hazards of death are divided by: mean ratios, less the trend."""
    balance: FloatArray
    """(quarters, P, 2, 23) what keeps prevalences on their trend multiplies each transition by."""
    counts: CountBalance
    """What keeps counts, such as the deficits of frailty, as they are by age."""
    held: HeldCount
    """The frailty of those too young to be frail."""
    conditions: Mapping[str, Condition]
    """Conditions by key."""
    ranked: Ranked
    smoking: Forecast
    """Trend of smoking, as expected at the start's mix of people."""
    demand: Demand
    care: CareSystem
    changes: CareChanges
    """What the scenario changes in the network, by month."""
    feedback: Feedback
    """What care does to residents."""
    onsets: list[OnsetAdmission]
    """Onsets that begin with an emergency admission."""
    pooled: dict[int, PooledService]
    """By position of the need class."""
    curves: list[CurveTable]
    """Effects of the scenario, in the tables that the kernels read."""
    visitors: Visitors
    """Urgent needs of people from elsewhere."""
    utilities: Utilities
    """Everybody's utility, for QALYs and healthy life expectancy."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is compiled for one world and like settings: the same for every scenario, scale and replicate.

    A run changes nothing of it. What `Replicate` has by the same name is this, or a copy of it.
    """

    made_for: str
    """`like_settings` of those that it was made for."""
    networks: DatedNetwork
    feedback: Feedback
    transitions: Sequence[Transition]
    processes: Processes
    """Compiled transitions of the baseline."""
    kept: Baseline
    """What keeps the baseline on its tables."""
    held: HeldCount
    ranked: Ranked
    smoking: Forecast
    demand: Demand
    """Of the baseline."""
    pooled: dict[int, PooledService]
    load: Load
    utilities: Utilities


def like_settings(settings: Settings) -> str:
    """Return what of the settings matters to what is prepared: not whose lives these are, nor how many."""
    alike = replace(settings, seed=0, replicate=1, scale=1.0, cohorts=())
    return repr(replace(alike, feedback=tuple(sorted(settings.feedbacks))))


def prepare(world: World, settings: Settings) -> Prepared:
    """Compile what every replicate of a world needs: hazards, demand and slots of the baseline."""
    networks = load_networks(world, settings)
    people = people_at_start(world.people.residents)
    feedback = Feedback.of(world.national, world.area, settings.feedbacks, people)
    deaths = feedback.relieved(world.area_hazards[DEATH], people)
    transitions = all_transitions(world.national, {**world.area_hazards, DEATH: deaths}, feedback)
    full, _, _ = run_residents(world, networks.first, 0, 0, 1.0, 0)  # whole whatever the scale
    balanced, demand, pooled, load = _baseline(world, settings, networks.first, transitions, full)
    ranked = ranked_factors(world, full, settings.risk_factor_trends == "continued")
    utilities = compile_utilities(world.national, full, world.people.residents)
    del full  # the pilots have people of their own
    transitions = balanced.transitions
    smoking = _smoking(world, settings, transitions)
    processes = with_smoking_trend(balanced.processes, transitions, smoking)
    kept = follow_baseline(
        world, transitions, (balanced.processes, smoking), people, settings.mortality_trend
    )
    return Prepared(
        made_for=like_settings(settings), networks=networks, feedback=feedback, transitions=transitions,
        processes=reaching_bounds(processes, kept.balance), kept=kept,
        held=HeldCount.of(world.national, people), ranked=ranked, smoking=smoking, demand=demand,
        pooled=pooled, load=load, utilities=replace(utilities, score=utilities.score[:0].copy()),
    )  # fmt: skip


def build_replicate(
    world: World, settings: Settings, scenario: ScenarioSpecification, prepared: Prepared | None = None
) -> Replicate:
    """Build one replicate of one scenario, ready for its burn-in.

    Args:
        world: Tables and people.
        settings: Settings.
        scenario: What is changed.
        prepared: What `prepare` made for this world and like settings, if it is at hand.

    Raises:
        ValueError: `prepared` was made for other settings.
    """
    made = prepared or prepare(world, settings)
    if made.made_for != like_settings(settings):
        raise ValueError(f"prepared for {made.made_for}, not for {like_settings(settings)}")
    key = np.array(replicate_key(settings.seed, settings.replicate), np.uint32)
    curves = curves_of(scenario, settings.months, settings.calendar_start)
    networks, network, transitions = made.networks, made.networks.first, made.transitions
    demand = made.demand.under(curves)
    pooled = {j: replace(service, changes=list(service.changes)) for j, service in made.pooled.items()}
    slower = GrowthRatios(scenario, demand.classes, demand.growth, settings.calendar_start, settings.months)
    demand.slower = slower.of_month if slower.changed else None
    for service in pooled.values():
        slots = float(service.slots_a_day.sum())
        service.changes += slot_changes(service.name, slots, scenario, settings)
    processes = made.processes._replace(base=made.processes.base.copy(), own=made.processes.own.copy())
    residents, entrants, births = run_residents(
        world, network, len(transitions), len(reaching(scenario)), settings.scale, settings.months
    )
    life = LifeCourse(
        residents, transitions, with_programmes(processes, transitions, curves), settings.calendar_start,
        settings.months, key,
    )  # fmt: skip
    _read_ranks(world, residents, made.ranked)
    changes = CareChanges(networks, scenario, settings.calendar_start)
    rules, as_now = (
        place_rules(network, world.area, world.national, settings, one) for one in (scenario, BASELINE)
    )
    if settings.care and not settings.unlimited:
        check_load(changes, (rules, as_now), scenario, made.load, world.national, settings.months)
    care = CareSystem(
        changes.networks, (int(key[0]), int(key[1])), month_start(settings.calendar_start),
        opening_minute(world.area, world.national, settings), rules, settings.unlimited,
    )  # fmt: skip
    return Replicate(
        settings=settings, key=key, residents=residents, entrants=entrants, births=births,
        copies=copies(residents.person, settings.scale, world.seed), life=life,
        divisors=made.kept.divisors, balance=made.kept.balance, counts=made.kept.counts, held=made.held,
        conditions=world.national.conditions,
        ranked=made.ranked, smoking=made.smoking, demand=demand, care=care, changes=changes, pooled=pooled,
        feedback=made.feedback,
        onsets=onset_admissions(world.national, transitions),
        curves=curve_tables(life, demand, curves),
        visitors=_visitors(world.area, demand, networks.first, key),
        utilities=replace(made.utilities, score=np.zeros(residents.person.size, np.int16)),
    )  # fmt: skip


def _smoking(world: World, settings: Settings, transitions: Sequence[Transition]) -> Forecast:
    """Return the trend of smoking for the start population."""
    counts = count_residents(world.people.residents, len(world.area.council_keys)).sum(axis=0)
    share = risk_factor_shares(world.national.risk_factors["smoking"], counts).share
    continued = settings.risk_factor_trends == "continued"
    months = world.people.schedule.first.size - 1  # whatever the run's length, so that bounds are the same
    return forecast(world.national, transitions, share, counts, months, continued)


def _read_ranks(world: World, residents: Residents, ranked: Ranked) -> None:
    """Let the trend of ranked risk factors act on the start as if it had been read on the last birthday."""
    if ranked.drift.any():
        column = residents.column_of
        relevel(
            np.flatnonzero(residents.registered), residents.person, residents.birth_month, 0,
            residents.columns, column["sex"], column["quintile"], ranked, population_key(world.seed),
        )  # fmt: skip


def _baseline(
    world: World,
    settings: Settings,
    network: Network,
    transitions: Sequence[Transition],
    full: Residents,
) -> tuple[Steady, Demand, dict[int, PooledService], Load]:
    """Compile hazards, demand and slots on the start population."""
    balanced = balance_start(
        world, transitions, compile_transitions(transitions, full, settings.months), full
    )
    transitions = balanced.transitions
    classes = need_classes(world.national)
    onsets = onset_admissions(world.national, transitions)
    dying, admitted = deaths_with_need(world, full), expected_admissions(onsets, full)
    demand = Demand(
        classes, world.national, world.area, full, network, (), settings.calendar_start,
        admitted, dying, settings.growth, RECENT_USE in settings.feedbacks,
    )  # fmt: skip
    load = load_at_start(demand, full, admitted, dying, network, world.national)
    return balanced, demand, _pooled(world, demand, full, classes, settings.growth), load


def _visitors(area: AreaPack, demand: Demand, network: Network, key: Key) -> Visitors:
    scalars = area.tables["network_parameters"].set_index("name")["value"]
    season = np.array([float(scalars[f"non_resident_season_{month + 1}"]) for month in range(MONTHS_A_YEAR)])
    return Visitors(demand, network, float(scalars["outside_share_of_arrivals"]), season / season.mean(), key)


def load_network(area: AreaPack, national: National) -> Network:
    """Load the care network of an area with the scalars of its tables."""
    return load_kept(area.directory / "network.yaml", national.scalars)


def load_networks(world: World, settings: Settings) -> DatedNetwork:
    """Load the care network of an area and the versions of it that committed plans bring."""
    area = world.area
    return load_dated(
        area.directory / "network.yaml", world.network_scalars, area.tables["dated"], settings.calendar_start,
        settings.reconfiguration, settings.months,
    )  # fmt: skip


def burn_in_minutes(settings: Settings, national: National) -> float:
    """Return the minutes of the burn-in before month 0."""
    months = int(national.scalar("burn_in_months"))
    return 1440.0 * sum(month_days(settings.calendar_start - month) for month in range(1, months + 1))


def opening_minute(area: AreaPack, national: National, settings: Settings) -> float:
    """Return the minute at which the network's clock starts: before the longest wait of the first list."""
    weeks = longest_wait_weeks(area)
    return -burn_in_minutes(settings, national) - weeks * 7 * 1440.0


def longest_wait_weeks(area: AreaPack) -> float:
    """Return the end of the last band of the published distribution of waits, in weeks."""
    return float(max(last for _, last, _ in wait_bands(area)))


def wait_bands(area: AreaPack) -> list[tuple[float, float, float]]:
    """Return (from week, to week, share) of the published waits of those on the list."""
    table = area.tables["elective"]
    rows = table[table["measure"] == "share of incompletes by weeks waited"]
    found = []
    for stratum, share in zip(rows["stratum"], rows["value"], strict=True):
        first, last = str(stratum).removesuffix(" weeks").split("-")
        found.append((float(first), float(last), float(share)))
    return found


def with_programmes(
    processes: Processes, transitions: Sequence[Transition], curves: Sequence[Curve]
) -> Processes:
    """Return the processes with the scenario's effects on them; one on `death` acts on every cause."""
    return processes._replace(**flatten_curves(_acting_on(transitions, curves)))


def _acting_on(transitions: Sequence[Transition], curves: Sequence[Curve]) -> list[list[Curve]]:
    named = [{t.key, DEATH} if t.key in DEATHS_BY_CAUSE else {t.key} for t in transitions]
    return [[c for c in curves if not c.need and c.on in names] for names in named]


def curve_tables(life: LifeCourse, demand: Demand, curves: Sequence[Curve]) -> list[CurveTable]:
    """Return the kernels' tables of the scenario's effects, to be kept as each month has them."""
    of_life = [curve for acting in _acting_on(life.transitions, curves) for curve in acting]
    return [CurveTable(of_life, life.processes.programme_curve), CurveTable(*demand.programme_curves)]


def deaths_with_need(world: World, residents: Residents) -> FloatArray:
    """Return deaths a year that a need precedes, by sex and age band, (2, 7)."""
    age = np.clip(residents.age_years, 0, 110)
    sex, quintile = residents.column("sex").astype(np.int64), residents.column("quintile")
    deaths = world.area_hazards[DEATH][sex, age, quintile]
    total = np.bincount(
        sex * N_AGE_BANDS + age_band_of_year()[age], deaths, minlength=N_SEXES * len(AGE_BANDS)
    )
    deaths_by_band = np.asarray(total, np.float64).reshape(N_SEXES, N_AGE_BANDS)
    return deaths_by_band * world.national.scalar("hospital_death_need_share")


def _pooled(
    world: World, demand: Demand, residents: Residents, classes: Sequence[NeedClass], beyond: bool
) -> dict[int, PooledService]:
    """Size the pooled services so that the baseline's demand fills the declared share of their slots."""
    growth = growth_by_care(world.area, world.national, beyond)
    n = len(world.area.neighbourhood_keys)
    stratum = residents.stratum[: residents.size].astype(np.int64)
    neighbourhood = residents.column("neighbourhood").astype(np.int64)
    found = {}
    working_days = DAYS_A_YEAR * _WORKING_DAYS_A_WEEK / 7
    for j, need in enumerate(classes):
        if need.pooled:
            a_year = np.bincount(neighbourhood, demand.rates[j][stratum], minlength=n).astype(np.float64)
            a_year *= 1.0 + demand.sent_share[need.key]
            slots = a_year / working_days / world.national.scalar("pooled_slot_use")
            found[j] = PooledService(
                name=need.key, slots_a_day=np.asarray(slots), growth=growth.get(need.key, 0.0),
                use=world.national.scalar("pooled_slot_use"),
            )  # fmt: skip
    return found


def weeks_waited(
    uniform: npt.NDArray[np.float64], bands: list[tuple[float, float, float]]
) -> npt.NDArray[np.float64]:
    """Return weeks waited by the inverse of the published distribution, uniform within its bands."""
    ends = [bands[0][0], *(last for _, last, _ in bands)]
    upto = np.concatenate([[0.0], np.cumsum([share for _, _, share in bands])])
    return np.interp(uniform, upto / upto[-1], ends)


__all__ = [
    "Prepared",
    "Replicate",
    "World",
    "build_replicate",
    "burn_in_minutes",
    "like_settings",
    "load_network",
    "load_world",
    "longest_wait_weeks",
    "opening_minute",
    "prepare",
    "wait_bands",
    "with_programmes",
]
