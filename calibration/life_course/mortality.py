"""Mortality: a closed cohort, life expectancy from expected hazards, and what was in no table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.life_course.arithmetic import exits
from calibration.life_course.checks import STANDARD, Check, Target, judged, of_check, read_rows
from calibration.life_course.recording import DEATH, Record
from calibration.life_course.start import ages_of
from calibration.life_table_checks import cause_shares_of_gap
from results.measures.arriaga import contributions_by_age
from sim.health.ages import N_AGES
from sim.health.transitions import CAUSES
from sim.health.transitions import DEATH as ANY_DEATH
from sim.kernels.life_course import AGES_A_GROUP
from sim.population.inputs import as_area_tables, projected_residents
from sim.population.strata import MONTHS_A_YEAR, N_SEXES, SEXES
from sim.world import World

FloatArray = npt.NDArray[np.float64]
COHORT = 400_000
"""Newborns of each sex and quintile: lifetimes spread by about 15 years, so a mean errs by 0.024 (one sd)."""
MOST_DEPRIVED, LEAST_DEPRIVED = 0, 4
FROM_AGE = 60
"""From which age the published share of the gap is counted."""


# ---------------------------------------------------------------------------------------- life tables
def years_lived(hazard: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return survivors to each birthday and years lived in each year of age, for one newborn.

    With a hazard m that is constant within a year of age, L = l (1 - exp(-m)) / m; the last age is open and
    L = l / m.

    Args:
        hazard: (..., ages) deaths per person-year by single year of age.
    """
    m = np.maximum(hazard, 1e-12)
    survivors = np.exp(-np.concatenate([np.zeros_like(m[..., :1]), np.cumsum(m, axis=-1)[..., :-1]], axis=-1))
    lived = survivors * -np.expm1(-m) / m
    lived[..., -1] = survivors[..., -1] / m[..., -1]
    return survivors, lived


def expectancy(hazard: FloatArray, age: int = 0) -> FloatArray:
    """Return the further years of life expected at an age, (...)."""
    survivors, lived = years_lived(hazard)
    return np.asarray(lived[..., age:].sum(axis=-1) / survivors[..., age])


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Expected deaths per person-year of those who are there, smooth in age."""

    by_cause: dict[str, FloatArray]
    """By transition: (2, 111, 5) of sex, age and quintile."""
    by_council: FloatArray
    """(C, 2, 111) of all causes."""
    people: FloatArray
    """(2, 111, 5) people."""

    @property
    def total(self) -> FloatArray:
        """Of all causes, (2, 111, 5)."""
        return np.asarray(sum(self.by_cause.values()))


def rates(world: World, record: Record, year: int = 0) -> Rates:
    """Return expected death rates of a year of a run.

    Single years of age hold few people at the highest ages. So a rate is that of the area's life table
    times, in each five-year group, expected deaths over those of the table (as `life_table_checks` has it).
    """
    table = world.area_hazards[ANY_DEATH]
    there = record.exposed[year]
    people = there.sum(axis=0)
    by_cause = {
        key: _smooth(sums.sum(axis=0), people * table, table) for key, sums in record.deaths[year].items()
    }
    everybody = np.asarray(sum(record.deaths[year].values())).sum(axis=3, keepdims=True)
    mixed = _of_own_mix(there, table)
    by_council = [
        _smooth(dying, living.sum(axis=2, keepdims=True) * own, own)[..., 0]
        for dying, living, own in zip(everybody, there, mixed, strict=True)
    ]
    return Rates(by_cause=by_cause, by_council=np.stack(by_council), people=people)


def _smooth(dying: FloatArray, by_table: FloatArray, table: FloatArray) -> FloatArray:
    """Return `table` times expected deaths over the table's in each five-year group; ages on axis 1.

    A group with nobody in it has the rate of the table.
    """
    starts = np.arange(0, N_AGES, AGES_A_GROUP)
    found, asked = (np.add.reduceat(each, starts, axis=1) for each in (dying, by_table))
    ratio = np.divide(found, asked, out=np.ones_like(found), where=asked > 0.0)
    return np.asarray(np.repeat(ratio, AGES_A_GROUP, axis=1)[:, :N_AGES] * table)


def _of_own_mix(there: FloatArray, table: FloatArray) -> FloatArray:
    """Return the life table of each council's mix of quintiles in five-year groups, (C, 2, 111, 1)."""
    starts = np.arange(0, N_AGES, AGES_A_GROUP)
    some = np.add.reduceat(there, starts, axis=2) + 1e-6
    mix = np.repeat(some / some.sum(axis=3, keepdims=True), AGES_A_GROUP, axis=2)[:, :, :N_AGES]
    return np.asarray((mix * table).sum(axis=3, keepdims=True))


# ---------------------------------------------------------------------------------------- closed cohort
def closed_cohort(hazard: FloatArray, sex: int, seed: int, size: int = COHORT) -> FloatArray:
    """Let newborns die by a life table through the kernel of the life course, and return their ages at death.

    Args:
        hazard: (111,) deaths per person-year.
        sex: 0 male, 1 female.
        seed: Keys the draws.
        size: Newborns.

    Returns:
        (size,) years; those alive at the end of the last age are left out (fewer than one in a million).
    """
    monthly = np.broadcast_to(hazard / MONTHS_A_YEAR, (1, N_SEXES, N_AGES))
    when, _ = exits(monthly, sex, N_AGES * MONTHS_A_YEAR, seed, size)
    return when[np.isfinite(when)] / MONTHS_A_YEAR


def cohort_checks(world: World, targets: Sequence[Target], size: int = COHORT) -> list[Check]:
    """Return life expectancy at 0 and 65 of closed cohorts, by sex and quintile."""
    found = []
    lifetimes: dict[tuple[str, str], FloatArray] = {}
    for target in of_check(targets, "closed_cohort"):
        sex, quintile, age = target.stratum.split()
        if (sex, quintile) not in lifetimes:
            hazard = world.area_hazards[ANY_DEATH][SEXES.index(sex), :, int(quintile) - 1]
            lifetimes[sex, quintile] = closed_cohort(hazard, SEXES.index(sex), int(quintile), size)
        ages = lifetimes[sex, quintile]
        ahead = ages[ages >= int(age)] - int(age)
        error = float(ahead.std() / np.sqrt(ahead.size))
        found.append(judged(target, float(ahead.mean()), f"+-{1.96 * error:.3f}"))
    return found


# ---------------------------------------------------------------------------------------- the model
def expectancy_by_fifth(found: Rates) -> FloatArray:
    """Return life expectancy at birth by sex and quintile, (2, 5)."""
    return expectancy(found.total.transpose(0, 2, 1))


def expectancy_checks(found: Rates, targets: Sequence[Target]) -> list[Check]:
    """Return life expectancy by sex and quintile, and its gap, from the hazards of those at the start."""
    years = expectancy_by_fifth(found)
    checks = []
    for target in of_check(targets, "life_expectancy"):
        sex, quintile = target.stratum.split()
        checks.append(judged(target, float(years[SEXES.index(sex), int(quintile) - 1]), "expected hazards"))
    for target in of_check(targets, "gap"):
        row = years[SEXES.index(target.stratum)]
        checks.append(judged(target, float(row[LEAST_DEPRIVED] - row[MOST_DEPRIVED]), "expected hazards"))
    return checks


def table_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return expected deaths of the first month against the life table of those who are there."""
    table = (record.exposed[0].sum(axis=0) * world.area_hazards[ANY_DEATH]).sum()
    dying = float(np.asarray(sum(record.deaths[0].values())).sum())
    note = f"{dying:,.0f} expected deaths a year for {table:,.0f}"
    return [judged(t, dying / table, "expected hazards", note) for t in of_check(targets, "deaths_of_table")]


def independent_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return what no table was made from: councils, under 75, numbers of deaths, causes of the gap."""
    councils = list(world.area.council_keys)
    by_council = expectancy(rates(world, record).by_council)
    found = []
    for target in of_check(targets, "council_life_expectancy"):
        sex, council = target.stratum.split()
        model = float(by_council[councils.index(council), SEXES.index(sex)])
        found.append(judged(target, model, "expected hazards"))
    for target in of_check(targets, "under_75"):
        found.append(judged(target, under_75_ratio(record), "expected hazards"))
    inflation = float(record.people[0].sum() / residents_at_start(world))
    dying = np.asarray(sum(record.deaths[0].values())).sum(axis=(1, 2, 3))
    people = record.people[0].sum(axis=(1, 2, 3))
    for target in of_check(targets, "deaths"):
        model = float(dying[councils.index(target.stratum)]) / inflation
        found.append(judged(target, model, "expected hazards", f"{inflation:.4f} registered per resident"))
    for target in of_check(targets, "crude_death_rate"):
        c = councils.index(target.stratum)
        found.append(judged(target, float(1000.0 * dying[c] / people[c]), "expected hazards"))
    return found


def residents_at_start(world: World) -> float:
    """Return the residents for whom the people registered at the start stand."""
    area = as_area_tables(world.area)
    return float(projected_residents(area, area.start)[0].sum())


def under_75_ratio(record: Record, year: int = 0) -> float:
    """Return directly standardised mortality under 75, the most deprived fifth over the least."""
    rows = read_rows(STANDARD, ["age_from", "age_to", "value", "unit", "source", "grade"])
    people = record.exposed[year].sum(axis=(0, 1))
    deaths = np.asarray(sum(record.deaths[year].values())).sum(axis=(0, 1))
    rate = np.zeros(people.shape[1])
    for row in rows:
        ages = slice(int(row["age_from"]), int(row["age_to"]) + 1)
        if ages.stop <= 75:
            rate += float(row["value"]) * deaths[ages].sum(axis=0) / people[ages].sum(axis=0)
    return float(rate[MOST_DEPRIVED] / rate[LEAST_DEPRIVED])


SAME_CAUSE = {"mental_behavioural_incl_dementia": "dementia_alzheimer"}
"""Published groups of causes whose nearest cause in the model has another name."""


def gap_by_cause(found: Rates) -> dict[str, dict[str, float]]:
    """Return by sex the share of each cause in the gap between the outer fifths (Arriaga)."""
    by_cause = np.stack([found.by_cause[f"{DEATH}.{cause}"] for cause in CAUSES])
    return cause_shares_of_gap(by_cause, found.people)


def gap_from_age(found: Rates, age: int) -> float:
    """Return the share of the gap that is due to deaths from an age on, the mean of the two sexes."""
    ages = np.arange(N_AGES)
    shares = []
    for total in found.total:
        years = contributions_by_age(ages, total[:, MOST_DEPRIVED], total[:, LEAST_DEPRIVED])
        shares.append(float(years[age:].sum() / years.sum()))
    return float(np.mean(shares))


def cause_checks(found: Rates, targets: Sequence[Target]) -> list[Check]:
    """Return what each cause, and old age, contributes to the gap."""
    share = gap_by_cause(found)
    checks = [
        judged(target, gap_from_age(found, FROM_AGE), "expected hazards")
        for target in of_check(targets, "age_of_gap")
    ]
    for target in of_check(targets, "cause_of_gap"):
        sex, causes = target.stratum.split()
        sexes = SEXES if sex == "both" else (sex,)
        named = [SAME_CAUSE.get(cause, cause) for cause in causes.split("+")]
        model = float(np.mean([sum(share[s][cause] for cause in named) for s in sexes]))
        checks.append(judged(target, model, "expected hazards"))
    return checks


def register_checks(record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return crude rates of the registers by deprivation: the most deprived fifth over the least."""
    people, listed = record.people[0].sum(axis=(0, 1)), record.registers[0].sum(axis=(1, 2))
    found = []
    for target in of_check(targets, "crude_register"):
        register, words = target.stratum.split()
        parts = record.of_register(register)
        if not parts:
            continue
        ages = ages_of(words)
        rate = listed[parts][:, ages].sum(axis=(0, 1)) / people[ages].sum(axis=0)
        found.append(
            judged(target, float(rate[MOST_DEPRIVED] / rate[LEAST_DEPRIVED]), "start, all registered")
        )
    return found
