"""Mortality: a closed cohort, life expectancy from expected hazards, and what was in no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from calibration.life_course.arithmetic import exits
from calibration.life_course.checks import STANDARD, Check, Target, judged, of_check, read_rows
from calibration.life_course.recording import DEATH, Record
from calibration.life_course.start import ages_of
from sim.health.ages import N_AGES
from sim.health.transitions import DEATH as ANY_DEATH
from sim.population.strata import MONTHS_A_YEAR, N_SEXES, SEXES
from sim.world import World

FloatArray = npt.NDArray[np.float64]
COHORT = 400_000
"""Newborns of each sex and quintile: lifetimes spread by about 15 years, so a mean errs by 0.024 (one sd)."""
MOST_DEPRIVED, LEAST_DEPRIVED = 0, 4
OLD = 65


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


def arriaga(worse: FloatArray, better: FloatArray) -> FloatArray:
    """Return the years by which each age and cause lengthens `better` beyond `worse`; they sum to the gap.

    With l, L and T of the two tables, a year of age contributes l1 (L2/l2 - L1/l1) + T2' (l1/l2 - l1'/l2')
    where ' is the next birthday; causes share it as they share the difference of hazards. Source: Arriaga EE,
    Demography 1984;21:83-96.

    Args:
        worse: (causes, ages) deaths per person-year of the group that lives shorter.
        better: The same of the other.

    Returns:
        (causes, ages) years.
    """
    (l1, lived1), (l2, lived2) = years_lived(worse.sum(axis=0)), years_lived(better.sum(axis=0))
    ahead = np.append(np.cumsum(lived2[::-1])[::-1][1:], 0.0)
    ratio = l1 / l2
    by_age = l1 * (lived2 / l2 - lived1 / l1) + ahead * (ratio - np.append(ratio[1:], 0.0))
    difference = worse - better
    total = difference.sum(axis=0)
    share = np.divide(difference, total, out=np.zeros_like(difference), where=np.abs(total) > 1e-15)
    return np.asarray(share * by_age)


def mean_hazards(record: Record, year: int = 0) -> dict[str, FloatArray]:
    """Return expected deaths per person-year by transition, (2, 5, 111), from the hazards of those there.

    A year of age without people has the mean of the nearest ages with people, older ones by preference.
    """
    people = record.exposed[year].sum(axis=0)
    found = {}
    for key, sums in record.deaths[year].items():
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.ascontiguousarray((sums.sum(axis=0) / people).transpose(0, 2, 1))
        for row in rate.reshape(-1, N_AGES):
            known = np.flatnonzero(np.isfinite(row))
            row[:] = np.interp(np.arange(N_AGES), known, row[known])
        found[key] = rate
    return found


def all_causes(record: Record, year: int = 0) -> FloatArray:
    """Return expected deaths per person-year of all transitions together, (2, 5, 111)."""
    return np.asarray(sum(mean_hazards(record, year).values()))


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
def expectancy_checks(record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return life expectancy by sex and quintile, and its gap, from the hazards of those at the start."""
    years = expectancy(all_causes(record))
    found = []
    for target in of_check(targets, "life_expectancy"):
        sex, quintile = target.stratum.split()
        found.append(judged(target, float(years[SEXES.index(sex), int(quintile) - 1]), "expected hazards"))
    for target in of_check(targets, "gap"):
        row = years[SEXES.index(target.stratum)]
        found.append(judged(target, float(row[LEAST_DEPRIVED] - row[MOST_DEPRIVED]), "expected hazards"))
    return found


def council_hazards(record: Record, year: int = 0) -> FloatArray:
    """Return expected deaths per person-year by council, sex and age, (C, 2, 111)."""
    people = record.exposed[year].sum(axis=3)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.asarray(sum(record.deaths[year].values())).sum(axis=3) / people
    for row in rate.reshape(-1, N_AGES):
        known = np.flatnonzero(np.isfinite(row))
        row[:] = np.interp(np.arange(N_AGES), known, row[known])
    return np.asarray(rate)


def independent_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return what no table was made from: councils, under 75, numbers of deaths, causes of the gap."""
    councils = list(world.area.council_keys)
    by_council = expectancy(council_hazards(record))
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
    from sim.population.inputs import as_area_tables, projected_residents

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


def causes_of(hazards: Mapping[str, FloatArray]) -> list[str]:
    """Return the transitions of death by cause, without the prefix."""
    return [key.removeprefix(f"{DEATH}.") for key in hazards if key.startswith(f"{DEATH}.")]


def gap_by_cause(record: Record, year: int = 0) -> dict[str, dict[str, FloatArray]]:
    """Return by sex and cause the years by age, (111,), that part the least from the most deprived fifth.

    Where the model has one transition for death, it is one cause, named `death`.
    """
    hazards = mean_hazards(record, year)
    keys = list(hazards)
    names = [key.removeprefix(f"{DEATH}.") for key in keys]
    found = {}
    for s, sex in enumerate(SEXES):
        worse, better = (
            np.stack([hazards[key][s, q] for key in keys]) for q in (MOST_DEPRIVED, LEAST_DEPRIVED)
        )
        found[sex] = dict(zip(names, arriaga(worse, better), strict=True))
    return found


SAME_CAUSE = {"mental_behavioural_incl_dementia": "dementia_alzheimer"}
"""Published groups of causes whose nearest cause in the model has another name."""


def cause_checks(record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return what each cause contributes to the gap; none where the model's deaths have no causes."""
    gaps = gap_by_cause(record)
    share = {
        sex: {cause: years.sum() / sum(y.sum() for y in causes.values()) for cause, years in causes.items()}
        for sex, causes in gaps.items()
    }
    found = []
    for target in of_check(targets, "age_of_gap"):
        old = ages_of(target.stratum if target.stratum[0].isdigit() else "60+")
        each = [
            sum(y[old].sum() for y in causes.values()) / sum(y.sum() for y in causes.values())
            for causes in gaps.values()
        ]
        found.append(judged(target, float(np.mean(each)), "expected hazards"))
    if len(next(iter(gaps.values()))) < 3:
        return found
    for target in of_check(targets, "cause_of_gap"):
        sex, causes = target.stratum.split()
        sexes = SEXES if sex == "both" else (sex,)
        named = [SAME_CAUSE.get(cause, cause) for cause in causes.split("+")]
        if all(cause in share[s] for s in sexes for cause in named):
            model = float(np.mean([sum(share[s][cause] for cause in named) for s in sexes]))
            found.append(judged(target, model, "expected hazards"))
    return found


def register_checks(record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return crude rates of the registers by deprivation: the most deprived fifth over the least.

    Conditions of one register are added up: `diabetes` is type 1 and 2, `cancer` all whose key begins so.
    """
    people, listed = record.people[0].sum(axis=(0, 1)), record.registers[0].sum(axis=(1, 2))
    found = []
    for target in of_check(targets, "crude_register"):
        register, words = target.stratum.split()
        parts = [k for k, key in enumerate(record.conditions) if _of_register(key, register)]
        if not parts:
            continue
        ages = ages_of(words)
        rate = listed[parts][:, ages].sum(axis=(0, 1)) / people[ages].sum(axis=0)
        found.append(
            judged(target, float(rate[MOST_DEPRIVED] / rate[LEAST_DEPRIVED]), "start, all registered")
        )
    return found


def _of_register(key: str, register: str) -> bool:
    return key == register or key.startswith(f"{register}_") or (
        register == "diabetes" and key.endswith("_diabetes")
    )  # fmt: skip
