"""Health in the life table: quality-adjusted and disability-free life expectancy, and segments of need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.life_course.checks import Check, Target, judged, of_check
from calibration.life_course.mortality import LEAST_DEPRIVED, MOST_DEPRIVED, Rates, expectancy, years_lived
from calibration.life_course.recording import Record
from sim.health.ages import N_AGES
from sim.population.strata import QUINTILES, SEXES

FloatArray = npt.NDArray[np.float64]
QUALITY, FREE = "quality_years", "disability_free_years"
SEGMENTS = range(1, 6)


def healthy_life(hazard: FloatArray, share: FloatArray, age: int = 0) -> FloatArray:
    """Return healthy years ahead at an age: years lived, each by its share of health (Sullivan).

    Args:
        hazard: (..., 111) deaths per person-year.
        share: (..., 111) share of health at each age, 0 to 1.
        age: From which age.
    """
    survivors, lived = years_lived(hazard)
    return np.asarray((lived * share)[..., age:].sum(axis=-1) / survivors[..., age])


def shares_of_health(record: Record, years: str, by: str, levels: Sequence[str]) -> FloatArray:
    """Return the share of health by sex, level and year of age in the first year, (2, levels, 111).

    Args:
        record: A run.
        years: `quality_years` or `disability_free_years`.
        by: `council` or `quintile`.
        levels: Keys of it.
    """
    table = record.tables["mortality"]
    first = table[table["year"] == 0].assign(**{by: lambda rows: rows[by].astype(str)})
    sums = first.groupby(["sex", by, "age_from", "age_to"], observed=True)[[years, "person_years"]].sum()
    out = np.zeros((len(SEXES), len(levels), N_AGES))
    for (sex, level, start, end), row in sums.iterrows():
        last = N_AGES if pd.isna(end) else int(end) + 1
        share = row[years] / row["person_years"] if row["person_years"] > 0 else 0.0
        out[SEXES.index(str(sex)), list(levels).index(str(level)), int(start) : last] = share
    return out


def by_fifth(record: Record, rates: Rates, years: str, age: int = 0) -> FloatArray:
    """Return healthy life expectancy by sex and quintile, (2, 5)."""
    share = shares_of_health(record, years, "quintile", QUINTILES)
    return healthy_life(rates.total.transpose(0, 2, 1), share, age)


def by_council(record: Record, rates: Rates, councils: Sequence[str], years: str) -> FloatArray:
    """Return healthy life expectancy at birth by sex and council, (2, C)."""
    share = shares_of_health(record, years, "council", councils)
    return healthy_life(rates.by_council.transpose(1, 0, 2), share)


def health_checks(
    record: Record, rates: Rates, councils: Sequence[str], targets: Sequence[Target]
) -> list[Check]:
    """Return healthy life by council, its gaps between fifths, and the shares of the segments."""
    found = []
    free = by_council(record, rates, councils, FREE)
    for target in of_check(targets, "disability_free"):
        sex, council = target.stratum.split()
        model = float(free[SEXES.index(sex), list(councils).index(council)])
        found.append(judged(target, model, "expected hazards"))
    for name, years in (("disability_free_gap", FREE), ("quality_adjusted_gap", QUALITY)):
        each = by_fifth(record, rates, years)
        gaps = each[:, LEAST_DEPRIVED] - each[:, MOST_DEPRIVED]
        for target in of_check(targets, name):
            model = gaps.mean() if target.stratum == "both" else gaps[SEXES.index(target.stratum)]
            words = ", ".join(f"{sex} {gap:.1f}" for sex, gap in zip(SEXES, gaps, strict=True))
            found.append(judged(target, float(model), "expected hazards", words))
    counted = first_of_year(record)
    for target in of_check(targets, "segment"):
        share = float(counted[f"segment_{target.stratum}"] / counted["segment_people"])
        found.append(judged(target, share, "start"))
    return found


def first_of_year(record: Record) -> pd.Series:
    """Return the measures of everybody in the first month, index measure."""
    table = record.tables["measures"]
    rows = table[(table["dimension"] == "all") & (table["period"] == table["period"].min())]
    return rows.assign(measure=rows["measure"].astype(str)).set_index("measure")["value"]


def fifths_in_words(record: Record, rates: Rates) -> list[str]:
    """Return a small table of life, healthy and disability-free years by sex and fifth."""
    life = expectancy(rates.total.transpose(0, 2, 1))
    quality, free = (by_fifth(record, rates, years) for years in (QUALITY, FREE))
    lines = [
        "| at birth | fifth 1, most deprived | 2 | 3 | 4 | 5, least deprived |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, values in (("life", life), ("quality-adjusted life", quality), ("disability-free life", free)):
        for sex, row in zip(SEXES, values, strict=True):
            lines.append(f"| {name}, {sex} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    return lines
