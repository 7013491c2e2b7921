"""The population held out: predicted from 2012 with what was known then, compared with estimates since.

Net migration, fertility and the shape of moves come from the estimates to mid-2012 (the shape of moves within
the ages of students from mid-2022, an assumption), mortality from national life tables of the time, which is
known and not predicted. The arithmetic is that of the model's own schedule and hazards (`sim.population`), on
the scale of residents. `python -m calibration.back_cast` prints the errors.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sim.areas import load_area
from sim.population.expected import expected_population
from sim.population.inputs import (
    AreaTables,
    age_bands,
    as_area_tables,
    estimated_residents,
    projected_residents,
)
from sim.population.moves import in_bands
from sim.population.outlook import residents_at_start

PREDICTED_FROM = 2012.5
FIRST_YEAR, LAST_YEAR = 2013, 2022


def on_residents(area: AreaTables, start: float) -> AreaTables:
    """Return the area at a start, its list being its residents, so that results compare with estimates."""
    moved = replace(area, start=start)
    return replace(moved, list_size=round(float(residents_at_start(moved).sum())))


def back_cast(area: AreaTables) -> pd.DataFrame:
    """Return predicted and estimated residents of 2013 to 2022 by council, sex and five-year band.

    Columns council, sex (index), age_from, year, predicted, estimated and unmoved: the estimate of the start
    held constant, the least that a prediction has to beat.
    """
    past = on_residents(area, PREDICTED_FROM)
    found = expected_population(past, LAST_YEAR + 1 - FIRST_YEAR)
    before, bands = estimated_residents(area, PREDICTED_FROM)
    rows: list[dict[str, Any]] = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        people = found.people(year - FIRST_YEAR + 1).sum(axis=3)
        predicted = in_bands(people, bands)
        estimated, _ = estimated_residents(area, year + 1 / 2)
        for (council, sex, band), value in np.ndenumerate(predicted):
            rows.append(
                {
                    "council": area.councils[council], "sex": sex, "age_from": bands[band][0], "year": year,
                    "predicted": value, "estimated": estimated[council, sex, band],
                    "unmoved": before[council, sex, band],
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def errors(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return predicted and estimated residents by some columns, with the errors as shares of the estimate."""
    sums = table.groupby(by)[["predicted", "estimated", "unmoved"]].sum()
    return sums.assign(
        error=sums["predicted"] / sums["estimated"] - 1.0,
        naive_error=sums["unmoved"] / sums["estimated"] - 1.0,
    )


def against_projection(area: AreaTables, years: int, variant: str = "principal") -> pd.DataFrame:
    """Return expected and projected residents `years` years on, by council and five-year band.

    Columns expected and projected (as rebased: what the model is fitted to), on the scale of residents.
    """
    here = on_residents(area, area.start)
    bands = age_bands(area.table("projections"))
    people = in_bands(expected_population(here, years, variant=variant).people(years).sum(axis=3), bands)
    projected, _ = projected_residents(area, area.start + years)
    index = pd.MultiIndex.from_product(
        [area.councils, [first for first, _ in bands]], names=["council", "age_from"]
    )
    table = pd.DataFrame(
        {"expected": people.sum(axis=1).ravel(), "projected": projected.sum(axis=1).ravel()}, index=index
    )
    return table.assign(error=table["expected"] / table["projected"] - 1.0)


def main() -> int:
    """Print the errors of the prediction from 2012, and the distance from the projection ten years on."""
    area = as_area_tables(load_area("dorset"))
    table = back_cast(area)
    shown = ["predicted", "estimated", "error", "naive_error"]
    table["ages"] = pd.cut(table["age_from"], [-1, 14, 24, 44, 64, 74, 84, 110]).astype(str)
    for by in (["year"], ["council", "year"], ["council", "ages"]):
        rows = table if by[-1] == "year" else table[table["year"] == LAST_YEAR]
        print(errors(rows, by)[shown].round(4).to_string(), "\n")
    ahead = against_projection(area, 10).reset_index()
    print(ahead.pivot_table(index="age_from", columns="council", values="error").round(4).to_string())
    return 0


if __name__ == "__main__":
    sys.exit(main())
