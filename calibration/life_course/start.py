"""The start: published margins, the joint table, prevalence by age and quintile, and how many conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from calibration.life_course.checks import FALSE_ALARM, Check, Target, judged, of_check
from calibration.life_course.clustering import CENTRAL, RANGE, shares_with
from calibration.life_course.recording import Record
from sim.health.initial import fit_starting_health
from sim.population.inputs import as_area_tables
from sim.population.residuals import BUILT_IN, fit_residuals
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_QUINTILES, SEXES, age_band_of_year
from sim.population.synthesis import joint_table
from sim.world import World

FloatArray = npt.NDArray[np.float64]


def population_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return the gaps of the people at the start to the published margins and to the fitted joint table."""
    area = as_area_tables(world.area)
    joint = joint_table(area, world.seed)
    asked = joint.counts.sum(axis=0).transpose(0, 2, 3, 1)
    (cell,), (margin,) = of_check(targets, "joint"), of_check(targets, "margin")
    wrong = float(np.abs(record.people[0] - asked).max())
    rows = fit_residuals(area, joint)
    found = [judged(cell, wrong, "exact", f"{asked.size:,} cells, {asked.sum():,.0f} people")]
    for row in rows[rows["kind"] == BUILT_IN].itertuples():
        found.append(
            judged(margin, float(row.largest_gap), "exact", f"{row.target}: {row.cells} cells, largest gap")
        )
    return found


def prevalence_table(world: World, record: Record) -> pd.DataFrame:
    """Return cases at the start by condition, age band and quintile against the table.

    Expected numbers sum the share of the table over the people of a cell; their variances p (1 - p).

    Returns:
        Columns condition, age_band, quintile, people, cases, expected, sd.
    """
    shares = fit_starting_health(world.people.residents, world.national).conditions
    people = record.people[0].sum(axis=0)
    rows = []
    for k, key in enumerate(record.conditions):
        p = np.clip(shares[key].share, 0.0, 1.0)
        cases = by_band_and_quintile(record.cases[0][k].sum(axis=0))
        expected, variance = (by_band_and_quintile(people * v) for v in (p, p * (1.0 - p)))
        count = by_band_and_quintile(people)
        rows += [
            (key, AGE_BANDS[b], q + 1, count[b, q], cases[b, q], expected[b, q], np.sqrt(variance[b, q]))
            for b in range(N_AGE_BANDS)
            for q in range(N_QUINTILES)
        ]
    names = ["condition", "age_band", "quintile", "people", "cases", "expected", "sd"]
    return pd.DataFrame(rows, columns=names)


def by_band_and_quintile(values: FloatArray) -> FloatArray:
    """Return (2, 111, 5) summed over sexes and the ages of each band, (7, 5)."""
    band = age_band_of_year()
    both = values.sum(axis=0)
    return np.stack([both[band == b].sum(axis=0) for b in range(N_AGE_BANDS)])


def prevalence_checks(table: pd.DataFrame, targets: Sequence[Target]) -> list[Check]:
    """Return for each condition its cell that is farthest from the table, beyond what draws scatter.

    A cell misses when it is farther from the table than the tolerance and the scatter of its draws together;
    the scatter is taken so wide that a rightly drawn condition misses with probability `FALSE_ALARM`.
    """
    (target,) = of_check(targets, "prevalence")
    limit = f"within {target.tolerance:.0%}"
    found = []
    for key, cells in table[table["expected"] > 0].groupby("condition", sort=False):
        z = float(stats.norm.isf(FALSE_ALARM / 2 / len(cells)))
        gap = (cells["cases"] - cells["expected"]).abs()
        beyond = (gap - z * cells["sd"]) / cells["expected"]
        worst = cells.loc[beyond.idxmax()]
        total = cells["cases"].sum() / cells["expected"].sum()
        within = (gap <= target.tolerance * cells["expected"]).mean()
        found.append(
            Check(
                section=target.section, label=f"{target.label}: {key}", stratum=target.stratum,
                model=float(total), target=1.0, unit="cases over the table's", use=target.use,
                allowed=f"each cell {limit} beyond its scatter", met=bool(beyond.max() <= target.tolerance),
                chance=f"false alarm {FALSE_ALARM:g}", source=target.source, grade=target.grade,
                reason=target.reason,
                note=f"{within:.0%} of {len(cells)} cells {limit} as they stand; farthest beyond scatter: "
                f"{worst['age_band']}, fifth {worst['quintile']}: {worst['cases']:,.0f} cases for "
                f"{worst['expected']:,.0f}",
            )
        )  # fmt: skip
    return found


def counting_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return shares with one, two, three or more conditions, each under the definition of its source."""
    number = record.number[0]
    everybody = number.sum()
    found = []
    people = record.people[0].sum(axis=0)
    central, *ends = (shares_with(world.national, people, rho) for rho in (CENTRAL, *RANGE))
    for target in of_check(targets, "named_conditions"):
        least = int(target.stratum.removesuffix("+"))
        share = number[..., least:].sum() / everybody
        low, high = sorted(float(one[least - 1]) for one in ends)
        here = replace(target, value=float(central[least - 1]), low=low, high=high)
        note = (
            f"of the evidence's own, younger residents {target.value:g} ({target.low:g} to {target.high:g})"
        )
        found.append(judged(here, float(share), _scatter(share, everybody), note))
    for target in of_check(targets, "any_condition"):
        found.append(judged(target, _any_condition(record)))
    for target in of_check(targets, "two_or_more"):
        words = target.stratum.split()
        chosen = number[[SEXES.index(words[0])]] if words[0] in SEXES else number
        some = chosen.sum(axis=0)[ages_of(words[-1])]
        share = some[:, 2:].sum() / some.sum()
        found.append(judged(target, float(share), _scatter(share, some.sum())))
    return found


def _any_condition(record: Record) -> float:
    return float(record.any_condition[0] / record.people[0].sum())


def _scatter(share: float, people: float) -> str:
    """Return the 95% half width of a share of so many people."""
    return f"+-{1.96 * np.sqrt(share * (1.0 - share) / people):.4f}"


def ages_of(words: str) -> slice:
    """Return the years of age of 'all', '80+' or '0-19'."""
    if words == "all":
        return slice(0, None)
    if words.endswith("+"):
        return slice(int(words[:-1]), None)
    first, last = words.split("-")
    return slice(int(first), int(last) + 1)


def multimorbidity_by_age(record: Record, year: int = 0) -> pd.DataFrame:
    """Return shares with 0, 1, 2 and 3 or more named conditions by five years of age; index the first age."""
    number = record.number[year].sum(axis=0)
    first = np.arange(number.shape[0]) // 5 * 5
    table = pd.DataFrame(number, columns=["0", "1", "2", "3+"]).groupby(np.minimum(first, 95)).sum()
    return table.div(table.sum(axis=1), axis=0)
