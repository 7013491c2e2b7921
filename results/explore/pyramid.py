"""The population pyramid: person-years lived in each year of a run, by sex and age."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.explore.explored import Explored
from results.explore.plain import interval, plain
from results.runs import Run
from results.statistics import over_replicates

SEXES = ("male", "female")
FIRST_BAND = 5
"""Infants and ages 1 to 4 are drawn as one band."""


@lru_cache(maxsize=32)
def lived(run: Run) -> pd.DataFrame:
    """Return person-years by replicate, year, council, quintile, sex and the band's first age."""
    table = run.table("mortality")
    frame = pd.DataFrame(
        {
            "replicate": table["replicate"],
            "year": table["year"],
            "council": table["council"].astype(str) if "council" in table.columns else "all",
            "quintile": table["quintile"].astype(str),
            "sex": table["sex"].astype(str).replace({"0": "male", "1": "female"}),
            "age": table["age_from"].where(table["age_from"] >= FIRST_BAND, 0),
            "people": table["person_years"],
        }
    )
    keys = ["replicate", "year", "council", "quintile", "sex", "age"]
    return frame.groupby(keys)["people"].sum().reset_index()


def pyramid(
    explored: Explored, run: str, against: str, council: str = "", quintile: str = ""
) -> dict[str, Any]:
    """Return people by sex and age in each year of two runs.

    Args:
        explored: The runs.
        run: Name of the run that is shown.
        against: Name of the run that it is held against.
        council: A council, or empty for all.
        quintile: A deprivation fifth, '1' the most deprived, or empty for all.

    Returns:
        `bands` from the youngest; `years`; `now` (mean, low, high) and `before` (mean), each
        (sexes, years, bands): person-years lived in the year, which is the mean number of people; and
        `councils` that may be chosen.
    """
    comparison = explored.against(against)
    first, second = (explored.run(name) for name in (run, against))
    table = lived(first)
    ages = sorted(int(age) for age in table["age"].unique())
    years = sorted(int(year) for year in table["year"].unique())
    draws = len(comparison.draw_numbers)
    held = [
        _people(comparison, one, (ages, years), council=council, quintile=quintile) for one in (first, second)
    ]
    return {
        "sexes": list(SEXES),
        "bands": [
            f"{age} to {later - 1}" for age, later in pairwise(ages)
        ] + [f"{ages[-1]} and over"],
        "years": comparison.years[: len(years)],
        "councils": [
            {"key": one, "label": explored.level_name("council", one)}
            for one in sorted(table["council"].unique())
        ],
        "now": interval(held[0], draws),
        "before": plain(over_replicates(held[1], draws).mean(axis=-1)),
    }  # fmt: skip


def _people(
    comparison: Comparison, run: Run, of: tuple[list[int], list[int]], *, council: str, quintile: str
) -> npt.NDArray[np.float64]:
    """Return person-years (sexes, years, bands, units) of those of a council and a fifth."""
    ages, years = of
    table = lived(run)
    for name, level in (("council", council), ("quintile", quintile)):
        if level:
            table = table[table[name] == level]
    units = comparison.own_units(run)
    at = {unit: place for place, unit in enumerate(dict.fromkeys(units))}
    table = table[table["replicate"].isin(at)]
    out = np.zeros((len(SEXES), len(years), len(ages), len(at)))
    places = (
        table["sex"].map({sex: place for place, sex in enumerate(SEXES)}).to_numpy(),
        table["year"].map({year: place for place, year in enumerate(years)}).to_numpy(),
        table["age"].map({age: place for place, age in enumerate(ages)}).to_numpy(),
        table["replicate"].map(at).to_numpy(),
    )
    np.add.at(out, places, table["people"].to_numpy(dtype=float))
    return out[..., [at[unit] for unit in units]]
