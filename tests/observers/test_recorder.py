"""The tables of a run are those that plain rows would give, to the byte, whatever the size of the blocks."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.observers import recorder as module
from sim.observers.recorder import Recorder, Rows
from sim.observers.strata import Strata

KEYS = ("period", "node", "measure")
names = st.sampled_from(["mean_wait", "arrivals", "Zeta", "a_2", "a_10", ""])
lines = st.lists(
    st.tuples(st.integers(0, 30), names, names, st.floats(allow_nan=False, width=32)), max_size=60
)


def _plain(rows: list[tuple[object, ...]], keys: tuple[str, ...]) -> pd.DataFrame:
    """Return the table as a list of rows makes it."""
    table = pd.DataFrame(rows, columns=[*keys, "value"])
    return table.sort_values(list(keys), kind="stable", ignore_index=True)


def _bytes(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()


@given(lines=lines, size=st.integers(1, 9))
def test_coded_rows_are_plain_rows(lines: list[tuple[int, str, str, float]], size: int) -> None:
    """Also in equal keys, which keep the order in which they came."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROWS_A_BLOCK", size)
        coded = Rows(KEYS)
        for month, node, measure, value in lines:
            period = coded.code(0, f"2026-{month:02d}")
            coded.add((period, coded.code(1, node), coded.codes(2, [measure, "more"])), [value, 0.5])
        rows = [
            (f"2026-{month:02d}", node, one, amount)
            for month, node, measure, value in lines
            for one, amount in ((measure, value), ("more", 0.5))
        ]
        expected, found = _plain(rows, KEYS), coded.table()
    pd.testing.assert_frame_equal(found, expected)
    assert _bytes(found) == _bytes(expected)


def test_every_kind_of_row() -> None:
    strata = Strata(neighbourhoods=("north", "south"), councils=("bcp", "dorset"))
    recorder = Recorder(strata, ["poole"], 12 * 2026 + 11, 1)
    by_cell = np.random.default_rng(1).random(strata.n_cells)
    recorder.measure(1, "deaths", by_cell)
    recorder.site(0, "deaths", [3.0])
    recorder.non_resident(0, "deaths", 2.0)
    recorder.non_resident(0, "births", 0.0)
    recorder.node(0, "ward", {"arrivals": 1.0, "mean_wait": 2.0})
    recorder.node(0, "empty", {})
    recorder.condition(0, "asthma", "cases", by_cell)
    recorder.cause(0, "cancer", by_cell)
    recorder.programme(0, "stop_smoking", 4.0, {"nhs": 5.0})
    tables = recorder.tables()
    of_deaths = tables["measures"][tables["measures"]["measure"] == "deaths"]  # besides those under 75
    measures = of_deaths.set_index(["period", "dimension", "level"])["value"]
    assert measures["2026-12", "site", "poole"] == 3.0
    assert measures["2026-12", "residence", "non_resident"] == 2.0
    assert measures["2027-01", "all", "all"] == by_cell.reshape(strata.shape).sum()
    of_south = by_cell.reshape(strata.shape)[1].sum(axis=0).sum()
    assert measures["2027-01", "neighbourhood", "south"] == pytest.approx(of_south)
    assert list(tables["nodes"]["node"]) == ["ward", "ward"]
    assert list(tables["programmes"]["measure"]) == ["cost_nhs", "reached"]
    for name in ("conditions", "deaths"):
        assert tables[name]["value"].to_numpy() == pytest.approx(measures["2027-01"].to_numpy())
    assert len(tables["mortality"]) == 2 * 2 * 5 * 20


def test_nothing_recorded_is_an_empty_table() -> None:
    assert Rows(KEYS).table().equals(_plain([], KEYS))
