"""Builds everything that one replicate runs on: people, life course, demand, care network, observers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack, load_area
from sim.care import Network
from sim.care.escalation import place_rules
from sim.care.pooled import PooledService
from sim.care.system import CareSystem
from sim.health.balance import follow_divisors
from sim.health.calendar import DAYS_A_YEAR, month_days, month_start
from sim.health.columns import attributes
from sim.health.compiling import compile_transitions
from sim.health.demand import Demand, flatten_curves
from sim.health.life import LifeCourse
from sim.health.needs import NeedClass, need_classes, stratum_index
from sim.health.ranked import Ranked
from sim.health.start import StartingResidents, starting_residents
from sim.health.starting_tables import risk_factor_shares
from sim.health.transitions import DEATH, DEPARTURE, Transition, all_transitions
from sim.interventions.care_changes import CareChanges
from sim.interventions.programmes import Curve, curves_of, reaching
from sim.interventions.specification import ScenarioSpecification
from sim.kernels.life_course import Processes
from sim.kernels.randomness import replicate_key, stream_key
from sim.parameters.national import National, load_national
from sim.population.cache import content_key, load_or_make
from sim.population.circumstances import ETHNIC_GROUPS, count_residents
from sim.population.draws import uniforms
from sim.population.residents import ABSENT, Residents
from sim.population.sampling import copies, kept
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_SEXES, SEXES, age_band_of_year, cell_index
from sim.settings import Settings

FloatArray = npt.NDArray[np.float64]
Key = npt.NDArray[np.uint32]
_SCHEDULE_YEARS = 10  # entrants are scheduled for whole decades, so that runs of any length share them
_WORKING_DAYS_A_WEEK = 5
_BLOCK = 65_536
_ENTRY_COLUMNS = ("person", "kind", "birth_month")


@dataclass(frozen=True, kw_only=True)
class World:
    """What does not change with the scenario, for one area, length and scale."""

    area: AreaPack
    national: National
    people: StartingResidents
    area_hazards: dict[str, FloatArray]
    """`death` and `departure` (2, 111, 5), `care_home` (2, 111), per person-year."""
    seed: int
    """Seed of the synthetic population."""

    def without_people(self) -> World:
        """Return the same world without the arrays of its people, which a built replicate no longer needs."""
        people = replace(self.people, residents={}, schedule=replace(self.people.schedule, columns={}))
        return replace(self, people=people)


def load_world(settings: Settings, national: National | None = None) -> World:
    """Load tables and people of an area; raises InputError for an unknown area or a faulty table."""
    area = load_area(settings.area)
    national = national or load_national()
    seed = int(national.scalar("population_seed"))
    months = 12 * _SCHEDULE_YEARS * -(-settings.years // _SCHEDULE_YEARS)
    people = starting_residents(area, national, seed, months)
    hazards = {DEATH: _life_table(area), DEPARTURE: people.departures, "care_home": _care_home(area, national, people)}
    return World(area=area, national=national, people=people, area_hazards=hazards, seed=seed)


def _life_table(area: AreaPack) -> FloatArray:
    """Return deaths per person-year by sex, age and quintile, (2, 111, 5); the last age holds beyond it."""
    out = np.zeros((N_SEXES, 111, 5))
    for row in area.tables["life_table"].sort_values("age").itertuples():
        out[SEXES.index(str(row.sex)), int(row.age) :, int(row.quintile) - 1] = row.mx
    return out


def _care_home(area: AreaPack, national: National, people: StartingResidents) -> FloatArray:
    """Return care-home entries from home per person-year by sex and age, (2, 111).

    The published rate for people of 65 and over, the share that does not come from intermediate care, in the
    proportions of care-home residence by age.
    """
    columns = people.residents
    age = np.clip(-columns["birth_month"].astype(np.int64) // 12, 0, 110)
    sex = columns["sex"].astype(np.int64)
    band = age_band_of_year()
    old = age >= 65  # noqa: PLR2004 - the age at which the published rate starts
    cell = sex * N_AGE_BANDS + band[age]
    people_in = np.bincount(cell[old], minlength=N_SEXES * N_AGE_BANDS)
    resident = np.bincount(cell[old], columns["care_home"][old], minlength=N_SEXES * N_AGE_BANDS)
    share = (resident / np.maximum(1, people_in)).reshape(N_SEXES, N_AGE_BANDS)
    rates = area.tables["discharge_pathways"].set_index("measure")["value"]
    total = float(rates["care-home admission rate 65+"]) / 100_000 * national.scalar("care_home_entries_from_home_share")
    level = total * old.sum() / max(1e-9, float((share * people_in.reshape(share.shape)).sum()))
    return np.asarray((share * level)[:, band])


@dataclass(kw_only=True)
class Replicate:
    """Everything that changes while one replicate runs."""

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
    """(quarters, 2, 111, 5) mean ratio of death in the baseline."""
    ranked: Ranked
    demand: Demand
    care: CareSystem
    changes: CareChanges
    """What the scenario changes in the network, by month."""
    pooled: dict[int, PooledService]
    """By position of the need class."""
    curves: list[Curve]


def build_replicate(world: World, settings: Settings, scenario: ScenarioSpecification) -> Replicate:
    """Build one replicate of one scenario, ready for its burn-in."""
    key = np.array(replicate_key(settings.seed, settings.replicate), np.uint32)
    curves = curves_of(scenario, settings.months)
    network = load_network(world.area, world.national)
    transitions = all_transitions(world.national, world.area_hazards)
    processes, demand, pooled = _baseline(world, settings, network, transitions, curves)
    divisors = _divisors(world, transitions, processes)
    residents, entrants, births = _residents(
        world, network, len(transitions), len(reaching(scenario)), settings.scale, settings.months
    )
    life = LifeCourse(
        residents, transitions, with_programmes(processes, transitions, curves), settings.calendar_start,
        settings.months, key,
    )  # fmt: skip
    changes = CareChanges(network, scenario, settings.calendar_start)
    care = CareSystem(
        changes.network, (int(key[0]), int(key[1])), month_start(settings.calendar_start),
        opening_minute(world.area, world.national, settings),
        place_rules(network, world.area, world.national, settings, scenario), settings.unlimited,
    )  # fmt: skip
    return Replicate(
        settings=settings, key=key, residents=residents, entrants=entrants, births=births,
        copies=copies(residents.person, settings.scale, world.seed), life=life, divisors=divisors, changes=changes,
        ranked=_ranked(world, residents), demand=demand, care=care, pooled=pooled, curves=curves,
    )  # fmt: skip


def _baseline(
    world: World, settings: Settings, network: Network, transitions: Sequence[Transition], curves: Sequence[Curve]
) -> tuple[Processes, Demand, dict[int, PooledService]]:
    """Compile hazards, demand and slots on the whole start population, whatever the scale; it is then let go."""
    full, _, _ = _residents(world, network, 0, 0, 1.0, 0)
    classes = need_classes(world.national)
    demand = Demand(
        classes, world.national, world.area, full, network, curves, settings.calendar_start,
        _deaths_with_need(world, full), settings.growth,
    )  # fmt: skip
    processes = compile_transitions(transitions, full, settings.months)
    return processes, demand, _pooled(world, demand, full, classes)


def load_network(area: AreaPack, national: National) -> Network:
    """Load the care network of an area with the scalars of its tables."""
    return Network.load(area.directory / "network.yaml", national.scalars)


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
    for row in rows.itertuples():
        first, last = str(row.stratum).removesuffix(" weeks").split("-")
        found.append((float(first), float(last), float(row.value)))
    return found


def _residents(
    world: World, network: Network, n_clocks: int, n_programmes: int, scale: float, months: int
) -> tuple[Residents, list[npt.NDArray[np.int64]], npt.NDArray[np.bool_]]:
    """Return the residents of a run, rows of entrants by month, and which rows are births.

    Entrants are in the table from the beginning, absent until their month.
    """
    area, people = world.area, world.people
    start, schedule = people.residents, people.schedule
    entering = slice(0, int(schedule.first[months]))
    person = np.concatenate([
        np.arange(start["sex"].size, dtype=np.uint32), np.asarray(schedule.columns["person"][entering], np.uint32)
    ])  # fmt: skip
    keep = np.flatnonzero(kept(person, scale, world.seed))
    n_start = start["sex"].size

    def column(name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([start[name], schedule.columns[name][entering]])[keep]

    factors = {key: factor.levels for key, factor in world.national.risk_factors.items()}
    named = attributes(
        area.council_keys, area.neighbourhood_keys, ETHNIC_GROUPS, factors, list(world.national.conditions),
        network.node_names,
    )  # fmt: skip
    residents = Residents(named, keep.size, n_clocks, n_programmes, months)
    codes = {name: column(name) for name in start if name not in _ENTRY_COLUMNS}
    codes["use_propensity"] = (uniforms(person[keep], "use_propensity", world.seed) * 4).astype(np.uint8)
    residents.add(person[keep], np.asarray(column("birth_month"), np.int16), codes)
    later = keep >= n_start
    residents.columns[later, residents.column_of["status"]] = ABSENT
    position = np.flatnonzero(later)
    month = np.searchsorted(schedule.first, keep[position] - n_start, side="right") - 1
    entrants = [position[month == m] for m in range(months)]
    births = np.zeros(keep.size, np.bool_)
    births[position] = schedule.columns["kind"][keep[position] - n_start] == 0
    refresh_strata(residents, np.arange(residents.size), len(area.council_keys))
    return residents, entrants, births


def refresh_strata(residents: Residents, rows: npt.NDArray[np.int64], n_councils: int) -> None:
    """Set cell and stratum of rows for their age in the current month; in blocks, to spare memory."""
    for first in range(0, rows.size, _BLOCK):
        _refresh_block(residents, rows[first : first + _BLOCK], n_councils)


def _refresh_block(residents: Residents, rows: npt.NDArray[np.int64], n_councils: int) -> None:
    column, columns = residents.column_of, residents.columns[rows]
    age = np.clip((residents.month - residents.birth_month[rows].astype(np.int64)) // 12, 0, 110)
    residents.cell[rows] = cell_index(
        columns[:, column["neighbourhood"]], columns[:, column["council"]], columns[:, column["quintile"]],
        columns[:, column["sex"]], age_band_of_year()[age], n_councils,
    )  # fmt: skip
    residents.stratum[rows] = stratum_index(residents, rows)


def with_programmes(
    processes: Processes, transitions: Sequence[Transition], curves: Sequence[Curve]
) -> Processes:
    """Return the processes with the scenario's effects on them."""
    chosen = [[c for c in curves if not c.need and c.on == transition.key] for transition in transitions]
    return processes._replace(**flatten_curves(chosen))


def _ranked(world: World, residents: Residents) -> Ranked:
    """Compile the risk factors that follow a lasting rank."""
    dynamic = {"smoking", "blood_pressure"}
    counts = count_residents(world.people.residents, len(world.area.council_keys)).sum(axis=0)
    names = [key for key in world.national.risk_factors if key not in dynamic]
    shares = [risk_factor_shares(world.national.risk_factors[name], counts).share for name in names]
    most = max(share.shape[-1] for share in shares)
    upto = np.ones((len(names), *shares[0].shape[:-1], most))
    for f, share in enumerate(shares):
        upto[f, ..., : share.shape[-1]] = share.cumsum(axis=-1)
        upto[f, ..., share.shape[-1] - 1 :] = 1.0
    return Ranked(
        column=np.array([residents.column_of[name] for name in names], np.int64),
        stream=np.array([stream_key(f"initial.{name}") for name in names], np.uint32),
        upto=upto,
    )


def _deaths_with_need(world: World, residents: Residents) -> FloatArray:
    """Return deaths a year that a need precedes, by sex and age band, (2, 7)."""
    age = np.clip(residents.age_years, 0, 110)
    sex, quintile = residents.column("sex").astype(np.int64), residents.column("quintile")
    deaths = world.area_hazards[DEATH][sex, age, quintile]
    total = np.bincount(sex * N_AGE_BANDS + age_band_of_year()[age], deaths, minlength=N_SEXES * len(AGE_BANDS))
    return total.reshape(N_SEXES, N_AGE_BANDS) * world.national.scalar("hospital_death_need_share")


def _divisors(world: World, transitions: Sequence[Transition], processes: Processes) -> FloatArray:
    """Return the mean ratio of death by quarter in the baseline, from the cache or one pilot."""
    months = world.people.schedule.first.size - 1
    national = world.national
    frames = {f"{key}.{name}": t for key, c in national.conditions.items() for name, t in c.tables.items()}
    frames |= {f"{key}.{name}": t for key, f in national.risk_factors.items() for name, t in f.tables.items()}
    frames |= {name: national.tables[name] for name in national.tables if name.startswith("frailty")}
    frames["life_table"] = world.area.tables["life_table"]
    import sys

    sources = [sys.modules[name] for name in _PILOT_SOURCES]
    settings = {
        "scalars": sorted(national.scalars.items()), "months": months, "people": _checksum(world),
    }  # fmt: skip
    key = content_key(frames, sources, settings)

    def make() -> dict[str, npt.NDArray[np.generic]]:
        scale = national.scalar("pilot_scale")
        network = load_network(world.area, national)
        residents, entrants, _ = _residents(world, network, len(transitions), 0, scale, months)
        pilot = LifeCourse(
            residents, transitions, processes._replace(base=processes.base.copy(), calendar=np.ones((len(transitions), months))),
            0, months, np.array(replicate_key(world.seed, 0), np.uint32),
        )  # fmt: skip
        pilot.start(np.flatnonzero(residents.registered), 0)
        return {"divisors": follow_divisors(pilot, residents, entrants, months)}

    return load_or_make("divisors", key, make)["divisors"].astype(np.float64)


_PILOT_SOURCES = (
    "sim.health.ages", "sim.health.balance", "sim.health.compiling", "sim.health.life", "sim.health.transitions",
    "sim.kernels.life_course", "sim.kernels.randomness", "sim.building",
)  # fmt: skip


def _checksum(world: World) -> int:
    import zlib

    value = 0
    for name, values in sorted(world.people.residents.items()):
        value = zlib.crc32(np.ascontiguousarray(values).tobytes(), zlib.crc32(name.encode(), value))
    return zlib.crc32(world.people.schedule.first.tobytes(), value)


def _pooled(
    world: World, demand: Demand, residents: Residents, classes: Sequence[NeedClass]
) -> dict[int, PooledService]:
    """Size the pooled services so that the baseline's demand fills the declared share of their slots."""
    n = len(world.area.neighbourhood_keys)
    stratum = residents.stratum[: residents.size].astype(np.int64)
    neighbourhood = residents.column("neighbourhood").astype(np.int64)
    found = {}
    working_days = DAYS_A_YEAR * _WORKING_DAYS_A_WEEK / 7
    for j, need in enumerate(classes):
        if need.pooled:
            a_year = np.bincount(neighbourhood, demand.rates[j][stratum], minlength=n)
            slots = a_year / working_days / world.national.scalar("pooled_slot_use")
            found[j] = PooledService(name=need.key, slots_a_day=np.asarray(slots))
    return found
