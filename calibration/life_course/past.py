"""The past: the life course started from 2012 and run to 2022, beside what was published since."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calibration.life_course.checks import SERIES, Check, Target, judged, of_check, read_rows
from calibration.life_course.mortality import expectancy, rates
from calibration.life_course.recording import Record
from sim.population.strata import OLDEST_AGE, SEXES
from sim.settings import Settings
from sim.world import World, load_world

FIRST, YEARS = "2012-07", 10
"""Mid-2012, the date of the estimate that the people stand for, and the years to mid-2022."""
FIRST_YEAR = 2012
NEAR = 0.02
"""How near the people of 2012 must be to the estimate of 2012 for a start in 2012 to be one."""
WIDE_AGES = ((0, 14), (15, 24), (25, 44), (45, 64), (65, 74), (75, 84), (85, OLDEST_AGE))
"""Bands of age in which they must be so near."""
_COLUMNS = ["council", "age_from", "age_to", "year", "value", "unit", "source", "grade"]


def published_series() -> pd.DataFrame:
    """Return the mid-year estimates by council, age band and year."""
    table = pd.DataFrame(read_rows(SERIES, _COLUMNS))
    return table.astype({"age_from": int, "age_to": int, "year": int, "value": float})


def world_of_2012() -> tuple[World | None, str]:
    """Return the tables and people of 2012, or None and why there are none.

    The people are taken for those of 2012 when their shares by council and wide age band are near those of
    the estimate of mid-2012; the number on the list is not known for 2012 and is not asked.
    """
    world = load_world(Settings(start=FIRST, years=YEARS, care=False))
    columns = world.people.residents
    age = np.clip(-np.asarray(columns["birth_month"]).astype(np.int64) // 12, 0, OLDEST_AGE)
    council = np.asarray(columns["council"])
    series = published_series()
    asked = series[series["year"] == FIRST_YEAR]
    worst, where = 0.0, ""
    for c, key in enumerate(world.area.council_keys):
        for first, last in WIDE_AGES:
            share = np.mean((council == c) & (age >= first) & (age <= last))
            rows = asked[(asked["council"] == key) & (asked["age_from"] >= first) & (asked["age_to"] <= last)]
            off = float(share / (rows["value"].sum() / asked["value"].sum()) - 1.0)
            if abs(off) > abs(worst):
                worst, where = off, f"{key} {first}-{last}"
    if abs(worst) > NEAR:
        said = (
            f"A run that starts in {FIRST} has people who are not those of 2012 ({where}: {worst:+.0%} of "
            "the share in the estimate of mid-2012), so it is no historic projection and none is shown."
        )
        return None, said
    return world, ""


def population_by_year(world: World, record: Record) -> pd.DataFrame:
    """Return residents by council and year, predicted from 2012, beside the estimates.

    The people are on the scale of the list; they are brought to residents by the ratio at the start.

    Returns:
        Columns council, year, model, published, ratio.
    """
    series = published_series().groupby(["council", "year"])["value"].sum()
    scale = sum(series[council, FIRST_YEAR] for council in world.area.council_keys) / record.people[0].sum()
    rows = []
    for c, council in enumerate(world.area.council_keys):
        for year, people in enumerate(record.people):
            asked = float(series.get((council, FIRST_YEAR + year), np.nan))
            rows.append((council, FIRST_YEAR + year, float(people[c].sum()) * scale, asked))
    table = pd.DataFrame(rows, columns=["council", "year", "model", "published"])
    return table.assign(ratio=table["model"] / table["published"])


def ages_in_2022(world: World, record: Record) -> pd.DataFrame:
    """Return residents in the last year by council and age band of the estimates: model, published, ratio."""
    series = published_series()
    last = FIRST_YEAR + len(record.people) - 1
    rows = series[series["year"] == last].copy()
    first = series[series["year"] == FIRST_YEAR]["value"].sum()
    scale = first / record.people[0].sum()
    councils = list(world.area.council_keys)
    rows["model"] = [
        scale * record.people[-1][councils.index(row.council), :, row.age_from : row.age_to + 1].sum()
        for row in rows.itertuples()
    ]
    rows["published"] = rows["value"]
    rows["ratio"] = rows["model"] / rows["published"]
    return rows[["council", "age_from", "age_to", "model", "published", "ratio"]]


def past_checks(world: World, record: Record, targets: Sequence[Target]) -> list[Check]:
    """Return population, deaths and life expectancy of the run from 2012 against what was published."""
    councils = list(world.area.council_keys)
    found = []
    table = population_by_year(world, record)
    for target in of_check(targets, "past_population"):
        for row in table[table["year"] > FIRST_YEAR].itertuples():
            check = judged(target, float(row.ratio), "one run", f"{row.model:,.0f} for {row.published:,.0f}")
            found.append(check.about(f"{row.council} {row.year}"))
    bands = ages_in_2022(world, record)
    for target in of_check(targets, "past_band"):
        for row in bands.itertuples():
            check = judged(target, float(row.ratio), "one run", f"{row.model:,.0f} for {row.published:,.0f}")
            ages = f"{row.age_from}-{row.age_to}" if row.age_to < OLDEST_AGE else f"{row.age_from}+"
            found.append(check.about(f"{row.council} {ages}"))
    scale = float(published_series().query("year == @FIRST_YEAR")["value"].sum() / record.people[0].sum())
    for target in of_check(targets, "past_deaths"):
        dying = np.asarray(sum(record.deaths[-1].values()))[councils.index(target.stratum)].sum()
        found.append(judged(target, float(dying) * scale, "expected hazards of the last year"))
    for target in of_check(targets, "past_life_expectancy"):
        sex, council, age = target.stratum.split()
        first, last = (int(part) for part in target.year.split("-"))
        years = [y - FIRST_YEAR for y in range(first, last + 1) if 0 <= y - FIRST_YEAR < len(record.deaths)]
        if years:
            place = councils.index(council), SEXES.index(sex)
            each = [expectancy(rates(world, record, y).by_council, int(age))[place] for y in years]
            check = judged(target, float(np.mean(each)), "expected hazards")
            found.append(check.about(f"{target.stratum}, {target.year}"))
    return found
