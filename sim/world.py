"""Everything that a run stands on whatever its scenario: tables and people of an area, and its residents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack, load_area
from sim.care import Network
from sim.fingerprint import fingerprint
from sim.health.columns import attributes
from sim.health.needs import axes_of, propensity_class
from sim.health.ranked import Ranked, compile_ranked, ranked_names
from sim.health.start import StartingResidents, starting_residents, yearly_fall
from sim.health.starting_tables import risk_factor_shares
from sim.health.transitions import DEATH, DEPARTURE
from sim.health.transitions.exits import COUNCIL_RATIO
from sim.kernels.strata import place_rows
from sim.parameters.errors import InputError
from sim.parameters.national import National, load_national
from sim.population.circumstances import ETHNIC_GROUPS, count_residents
from sim.population.draws import uniforms
from sim.population.inputs import as_area_tables
from sim.population.outlook import starting_at
from sim.population.past import death_ratio
from sim.population.places import place_codes
from sim.population.projection import mortality_multipliers
from sim.population.residents import ABSENT, Residents
from sim.population.sampling import kept
from sim.population.strata import N_AGE_BANDS, N_SEXES, SEXES, age_band_of_year
from sim.settings import Pairs, Settings

FloatArray = npt.NDArray[np.float64]
_SCHEDULE_YEARS = 10  # entrants are scheduled for whole decades, so that runs of any length share them
_ENTRY_COLUMNS = ("person", "kind", "birth_month")


@dataclass(frozen=True, kw_only=True)
class World:
    """What does not change with the scenario, for one area, length and scale."""

    area: AreaPack
    national: National
    people: StartingResidents
    area_hazards: dict[str, FloatArray]
    """`death` and `departure` (2, 111, 5), `care_home` (2, 111), per person-year; and `departure.council`
    (councils, 2, bands), departures of a council relative to `departure`."""
    seed: int
    """Seed of the synthetic population."""
    mortality_multiplier: FloatArray | None = None
    """(years, 2, 111) what a variant of the projection, or history, multiplies mortality by."""
    parameters: Pairs = ()
    """Named numbers that have another value than in the tables; `area` and `national` have it already."""

    @property
    def network_scalars(self) -> dict[str, float]:
        """Return what a network of the area is compiled with: national scalars, and the area's replaced."""
        return {**self.national.scalars, **self.area.scalars_among(dict(self.parameters))}

    @cached_property
    def tables_key(self) -> str:
        """The hash of all tables and hazards; people are not among them."""
        return fingerprint(
            self.area, self.national, self.area_hazards, self.seed, self.mortality_multiplier,
            self.people.departures,
        )  # fmt: skip

    def without_people(self) -> World:
        """Return the same world without the arrays of its people, which a built replicate no longer needs."""
        people = replace(self.people, residents={}, schedule=replace(self.people.schedule, columns={}))
        return replace(self, people=people)


def load_world(settings: Settings, national: National | None = None) -> World:
    """Load tables and people of an area; raises InputError for an unknown area or a faulty table."""
    area, national = with_parameters(load_area(settings.area), national or load_national(), settings)
    seed = int(national.scalar("population_seed"))
    months = 12 * _SCHEDULE_YEARS * -(-settings.years // _SCHEDULE_YEARS)
    people = starting_residents(area, national, seed, months, settings.start, settings.projection)
    dated = starting_at(as_area_tables(area), settings.start)
    hazards = {
        DEATH: _life_table(area) * death_ratio(dated, dated.start)[:, :, None],
        DEPARTURE: people.departures.hazard,
        COUNCIL_RATIO: people.departures.ratio,
        "care_home": _care_home(area, national, people),
    }
    trend = yearly_fall(national) if settings.mortality_trend == "continued" else 0.0
    return World(
        area=area, national=national, people=people, area_hazards=hazards, seed=seed,
        mortality_multiplier=mortality_multipliers(dated, settings.projection, months // 12, trend),
        parameters=settings.parameters,
    )  # fmt: skip


def with_parameters(area: AreaPack, national: National, settings: Settings) -> tuple[AreaPack, National]:
    """Return the tables of an area and of the country with the named numbers of a run in their place."""
    values = dict(settings.parameters)
    if not values:
        return area, national
    own = area.scalars_among(values)
    others = {name: value for name, value in values.items() if name not in own}
    return area.with_scalars(own), national.with_scalars(others)


def require_parameters(world: World, settings: Settings) -> None:
    """Refuse a world loaded before whose named numbers are others than those of a run; raises InputError."""
    if world.parameters != settings.parameters:
        raise InputError(
            file="settings", key="parameters", found=dict(settings.parameters),
            allowed=f"those of the world that was given, {dict(world.parameters)}",
        )  # fmt: skip


def _life_table(area: AreaPack) -> FloatArray:
    """Return deaths per person-year by sex, age and quintile, (2, 111, 5); the last age holds beyond it."""
    out = np.zeros((N_SEXES, 111, 5))
    table = area.tables["life_table"].sort_values("age")
    columns = (table[name] for name in ("sex", "age", "quintile", "mx"))
    for sex, age, quintile, rate in zip(*columns, strict=True):
        out[SEXES.index(str(sex)), int(age) :, int(quintile) - 1] = rate
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
    old = age >= 65
    cell = sex * N_AGE_BANDS + band[age]
    people_in = np.bincount(cell[old], minlength=N_SEXES * N_AGE_BANDS)
    resident = np.bincount(cell[old], columns["care_home"][old], minlength=N_SEXES * N_AGE_BANDS)
    share = (resident / np.maximum(1, people_in)).reshape(N_SEXES, N_AGE_BANDS)
    rates = area.tables["discharge_pathways"].set_index("measure")["value"]
    total = (
        float(rates["care-home admission rate 65+"])
        / 100_000
        * national.scalar("care_home_entries_from_home_share")
    )
    level = total * old.sum() / max(1e-9, float((share * people_in.reshape(share.shape)).sum()))
    return np.asarray((share * level)[:, band])


def run_residents(
    world: World, network: Network, n_clocks: int, n_programmes: int, scale: float, months: int
) -> tuple[Residents, list[npt.NDArray[np.int64]], npt.NDArray[np.bool_]]:
    """Return the residents of a run, rows of entrants by month, and which rows are births.

    Entrants are in the table from the beginning, absent until their month.
    """
    area, people = world.area, world.people
    start, schedule = people.residents, people.schedule
    entering = slice(0, int(schedule.first[months]))
    person = np.concatenate([
        np.arange(start["sex"].size, dtype=np.uint32),
        np.asarray(schedule.columns["person"][entering], np.uint32),
    ])  # fmt: skip
    keep = np.flatnonzero(kept(person, scale, world.seed))
    n_start = start["sex"].size

    def column(name: str) -> npt.NDArray[np.generic]:
        return np.concatenate([start[name], schedule.columns[name][entering]])[keep]

    factors = {key: factor.levels for key, factor in world.national.risk_factors.items()}
    states = {key: condition.states for key, condition in world.national.conditions.items()}
    places, _ = place_codes(network.node_names, network.kinds_of_care)
    named = attributes(area.council_keys, area.neighbourhood_keys, ETHNIC_GROUPS, factors, states, places)
    residents = Residents(named, keep.size, n_clocks, n_programmes, months)
    codes = {name: column(name) for name in start if name not in _ENTRY_COLUMNS}
    codes["use_propensity"] = propensity_class(uniforms(person[keep], "use_propensity", world.seed))
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
    """Set cell and stratum of rows for their age in the current month."""
    place_rows(
        rows, residents.month, residents.birth_month, residents.columns, axes_of(residents, n_councils),
        residents.cell, residents.stratum,
    )  # fmt: skip


def ranked_factors(world: World, residents: Residents, continued: bool) -> Ranked:
    """Compile the risk factors that follow a rank, with past trends continued or not."""
    counts = count_residents(world.people.residents, len(world.area.council_keys)).sum(axis=0)
    names = ranked_names(world.national)
    shares = {name: risk_factor_shares(world.national.risk_factors[name], counts) for name in names}
    found = compile_ranked(world.national, shares, counts, continued)
    return found._replace(column=np.array([residents.column_of[name] for name in names], np.int64))
