"""Life expectancy and deaths by cause from *expected* hazards: no death is drawn, nothing is left to chance.

`start_hazards` gives the hazard of every resident at the start, for each cause, as the kernel would have it
in the first month. From these:

    life expectancy by sex and quintile: the area's single-year table times, in each five-year group, the
    ratio of
        expected deaths to those of the table (single years of age hold too few people at the highest ages);
    shares of deaths by cause, by sex, age and quintile;
    the mortality ratio of quintiles below 75, standardised to the residents' own ages;
    how each cause contributes to the gap between the least and the most deprived fifth (Arriaga).

Figures that built the tables (life expectancy and its gap by quintile, causes by sex and age) are built-in;
the others are predictions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.measures.arriaga import arriaga
from results.measures.life_table import abridged_life_table
from sim.building import load_network
from sim.health.competing import compete
from sim.health.compiling import compile_transitions
from sim.health.transitions import CAUSES, DEATH
from sim.health.transitions.mortality import deaths_by_cause
from sim.kernels.life_course import AGES_A_GROUP
from sim.kernels.ratio_means import hazards_of_rows
from sim.parameters.national import Condition, National
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES, OLDEST_AGE, SEXES
from sim.world import World, run_residents

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
N_AGES = OLDEST_AGE + 1
OPEN_AGE = 100
"""First age of the open band of a single-year life table, as in the national ones."""
GAP_AGES = (0, 1, *range(5, 95, 5))
"""Bands of the decomposition: 0, 1-4, then five years to the open band at 90."""
_FIRST_MONTH = 1


@dataclass(frozen=True, kw_only=True)
class StartHazards:
    """Every resident at the start and the hazard of each cause of death."""

    sex: IntArray
    age: IntArray
    quintile: IntArray
    hazard: FloatArray
    """(residents, causes) a year."""
    table: FloatArray
    """(2, 111, 5) the area's life table a year."""
    codes: dict[str, IntArray]
    """Codes of the attributes that raise death, by name."""
    conditions: Mapping[str, Condition]

    @property
    def total(self) -> FloatArray:
        """Hazard of death from any cause a year, (residents,)."""
        return np.asarray(self.hazard.sum(axis=1))

    @property
    def cell(self) -> IntArray:
        """Cell of sex, single year of age and quintile, (residents,)."""
        return np.asarray((self.sex * N_AGES + self.age) * N_QUINTILES + self.quintile)

    @property
    def people(self) -> FloatArray:
        """Residents by sex, age and quintile, (2, 111, 5)."""
        shape = (N_SEXES, N_AGES, N_QUINTILES)
        return np.bincount(self.cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)

    @property
    def deaths(self) -> FloatArray:
        """Expected deaths a year by cause, sex, age and quintile, (causes, 2, 111, 5)."""
        shape = (N_SEXES, N_AGES, N_QUINTILES)
        n = int(np.prod(shape))
        return np.stack([np.bincount(self.cell, one, minlength=n).reshape(shape) for one in self.hazard.T])


def start_hazards(world: World, national: National | None = None) -> StartHazards:
    """Return the hazards of all residents at the start, under the tables of `national` (the world's own)."""
    national = national or world.national
    residents, _, _ = run_residents(world, load_network(world.area, national), 0, 0, 1.0, 0)
    transitions = list(deaths_by_cause(national, world.area_hazards[DEATH]))
    processes = compile_transitions(transitions, residents, _FIRST_MONTH)
    age = np.clip(residents.age_years, 0, OLDEST_AGE).astype(np.int64)
    sex, quintile = (residents.column(name).astype(np.int64) for name in ("sex", "quintile"))
    hazard = hazards_of_rows(
        residents.columns[: residents.size], sex, age, quintile, processes, compete(transitions)
    )
    names = (*residents.condition_names, "smoking", "frailty")
    return StartHazards(
        sex=sex, age=age, quintile=quintile, hazard=hazard.astype(np.float64) * MONTHS_A_YEAR,
        table=world.area_hazards[DEATH], conditions=national.conditions,
        codes={name: residents.column(name).astype(np.int64) for name in names},
    )  # fmt: skip


def expected_rates(found: StartHazards) -> FloatArray:
    """Return rates by cause, sex, single year and quintile, (causes, 2, 111, 5), smooth in age.

    Of each cause the table's rate times, in each five-year group, expected deaths over those of the table.
    """
    by_table = found.people * found.table
    ratio = np.divide(
        _in_groups(found.deaths), _in_groups(by_table), out=np.zeros_like(found.deaths),
        where=_in_groups(by_table) > 0.0,
    )  # fmt: skip
    return np.asarray(ratio * found.table)


def _in_groups(values: FloatArray) -> FloatArray:
    """Return, for every single year, the sum over its five-year group; axis -2 is age."""
    starts = np.arange(0, N_AGES, AGES_A_GROUP)
    sums = np.add.reduceat(values, starts, axis=-2)
    return np.asarray(np.repeat(sums, AGES_A_GROUP, axis=-2)[..., :N_AGES, :])


def life_expectancy(rates: FloatArray, age: int = 0) -> FloatArray:
    """Return period life expectancy at `age` from single-year rates (2, 111, ...), shape (2, ...)."""
    by_age = np.moveaxis(rates, 1, -1)[..., : OPEN_AGE + 1]
    return np.asarray(abridged_life_table(np.arange(OPEN_AGE + 1), np.ones_like(by_age), by_age).at(age))


def cause_shares_of_gap(rates: FloatArray, people: FloatArray) -> dict[str, dict[str, float]]:
    """Return each cause's share of the gap between quintile 5 and 1 in life expectancy at birth, by sex.

    Args:
        rates: (causes, 2, 111, 5) rates a year.
        people: (2, 111, 5) residents, the weights of single years within a band.
    """
    starts = np.searchsorted(np.arange(N_AGES), GAP_AGES)
    weight = np.add.reduceat(people, starts, axis=1)
    banded = np.add.reduceat(rates * people, starts, axis=2) / np.maximum(weight, np.finfo(float).tiny)
    found = {}
    for s, sex in enumerate(SEXES):
        years = arriaga(GAP_AGES, banded[:, s, :, 0], banded[:, s, :, -1])
        found[sex] = dict(zip(CAUSES, (years.sum(axis=1) / years.sum()).tolist(), strict=True))
    return found


def premature_ratio(rates: FloatArray, people: FloatArray, below: int = 75) -> float:
    """Return the under-75 mortality of quintile 1 over that of quintile 5, at the residents' ages.

    Args:
        rates: (2, 111, 5) of all causes.
        people: (2, 111, 5) residents.
        below: First age that is left out.
    """
    weight = people.sum(axis=2, keepdims=True)[:, :below]
    standard = (rates[:, :below] * weight).sum(axis=(0, 1))
    return float(standard[0] / standard[-1])
