"""The exposure table: shares that add up, from counts that were made where the life course reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.exposure import CODES, SHAPE, measured, rows_of
from sim.areas import load_area
from sim.health.feedback import DELAYED_STEPS, ED_DELAY
from sim.parameters.area_schemas import EXPOSURE
from sim.parameters.tables import read_table, write_table

STRATUM = ["measure", "sex", "age_band", "quintile"]


@pytest.mark.parametrize("area", ["dorset"])
def test_shares_of_a_stratum_add_up_to_one(area: str) -> None:
    table = load_area(area).tables["exposure"]
    assert set(table["measure"]) == set(CODES)
    sums = table.groupby(STRATUM)["value"].sum()
    np.testing.assert_allclose(sums, 1.0, atol=1e-4)
    assert len(sums) == np.prod(SHAPE) + np.prod(SHAPE[:2])


def test_counts_become_shares_with_their_intervals(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    counts = {name: rng.integers(0, 50, (*SHAPE, codes)).astype(float) for name, codes in CODES.items()}
    path = tmp_path / "exposure.csv"
    write_table(path, list(rows_of(counts, "a year", "a test")), EXPOSURE)
    table = read_table(path, EXPOSURE)
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    row = table[
        (table["measure"] == ED_DELAY) & (table["level"] == "second") & (table["sex"] == "female")
        & (table["age_band"] == "75-84") & (table["quintile"] == "2")
    ]  # fmt: skip
    mine = counts[ED_DELAY][1, 5, 1]
    assert row["value"].item() == pytest.approx(mine[2] / mine.sum(), rel=1e-5)
    pooled = table[(table["measure"] == DELAYED_STEPS) & (table["sex"] == "male") & (table["level"] == "3")]
    steps = counts[DELAYED_STEPS][0].sum(axis=1)
    np.testing.assert_allclose(pooled["value"], steps[:, 3] / steps.sum(axis=1), rtol=1e-5)
    assert set(pooled["quintile"]) == {"all"}


@pytest.mark.validation
def test_a_new_year_is_like_the_table() -> None:
    """Mean exposure of a year at a seed that the table has not seen, within a third of it.

    Years differ by a tenth or so, as congestion does: more than a third is a table to renew, not chance.
    """
    table = load_area("dorset").tables["exposure"]
    fresh = pd.DataFrame(rows_of(measured("dorset", "2026-04", [21], 1.0), "a year", "a test"))
    for measure, none in ((ED_DELAY, "none"), (DELAYED_STEPS, "0")):
        old, new = (
            frame[(frame["measure"] == measure) & (frame["level"] != none) & (frame["age_band"] == "75-84")]
            for frame in (table, fresh)
        )
        ratio = new["value"].astype(float).sum() / old["value"].astype(float).sum()
        assert ratio == pytest.approx(1.0, abs=1 / 3), measure
