"""Long tables as arrays: the same numbers as a pivot table gives, whatever rows each unit has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.dense import dense

MONTHS = ("2026-04", "2026-05", "2026-06")
CELLS = list(product(("2026-03", *MONTHS), ("all", "sex"), ("all", "female", "male"), ("deaths", "births")))
UNITS = st.lists(st.dictionaries(st.sampled_from(CELLS), st.integers(-9, 9), max_size=30), max_size=4)


def run_of(units: list[dict[tuple[str, ...], int]], *, encoded: bool = True) -> Any:
    """Return what stands for a run whose table has these rows."""

    def parts(_: str) -> Iterator[pa.Table]:
        for unit in units:
            rows = [(*key, float(value)) for key, value in unit.items()]
            frame = pd.DataFrame(rows, columns=["period", "dimension", "level", "measure", "value"])
            arrays = {name: pa.array(frame[name].tolist(), pa.string()) for name in frame.columns[:-1]}
            texts = {name: one.dictionary_encode() if encoded else one for name, one in arrays.items()}
            yield pa.table(texts | {"value": pa.array(frame["value"].tolist(), pa.float64())})

    return SimpleNamespace(parts=parts)


@settings(deadline=None, max_examples=60)
@given(units=UNITS, encoded=st.booleans(), some=st.booleans())
def test_it_holds_what_a_pivot_table_holds(
    units: list[dict[tuple[str, ...], int]], encoded: bool, some: bool
) -> None:
    wanted = {"dimension": {"sex"}, "measure": {"deaths", "unheard_of"}} if some else None
    found = dense(run_of(units, encoded=encoded), "measures", MONTHS, wanted)
    assert found.values.shape == (len(units), len(found.keys), len(MONTHS))
    held = {
        (unit, *key, month): found.values[unit, row, column]
        for unit in range(len(units))
        for row, key in enumerate(found.keys.itertuples(index=False, name=None))
        for column, month in enumerate(MONTHS)
        if not np.isnan(found.values[unit, row, column])
    }
    assert held == {
        (unit, *rest, month): value
        for unit, rows in enumerate(units)
        for (month, *rest), value in rows.items()
        if month in MONTHS and (not some or (rest[0] == "sex" and rest[2] == "deaths"))
    }
    assert not found.keys.duplicated().any()


def test_rows_of_one_cell_are_added_and_all_names_are_known() -> None:
    rows = pa.table(
        {
            "period": ["2026-04", "2026-04", "2026-05"], "node": ["a", "a", "b"],
            "value": [1.0, 2.0, 4.0],
        }
    )  # fmt: skip
    run: Any = SimpleNamespace(parts=lambda _: iter([rows]))
    found = dense(run, "nodes", MONTHS, {"node": {"a"}})
    assert found.values[0, 0, 0] == pytest.approx(3.0)
    assert np.isnan(found.values[0, 0, 1:]).all() and found.known["node"] == ("a", "b")
