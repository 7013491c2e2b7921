"""Beds at midnight: what is read and what is offered, of a network made by hand. Exact."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from sim.observers.days import DailyRecord, DaysObserver

KEYS = ["site", "kind", "measure", "date"]
NODES = {  # kind of care, site, ways in from, where it overflows to, places that a person uses
    "admission_x": ("admission", "x", (), None, (1, 1)),
    "acute_beds_assessment_x": ("acute_beds", "x", ("admission_x",), None, (1, 1)),
    "acute_beds_medicine_x": ("acute_beds", "x", ("acute_beds_assessment_x",), None, (1, 1)),
    "sourcing_p1_north": ("sourcing", None, ("acute_beds_medicine_x",), None, (1, 1)),
    "p1_north": ("p1", None, ("sourcing_p1_north",), "p1_spot_north", (4, 1)),
    "p1_spot_north": ("spot_home_care", None, (), None, (1, 1)),
    "p2_spot": ("spot_care_home", None, (), None, (1, 1)),
}


class Care:
    """A network of which only the shape and the numbers of the moment are given."""

    def __init__(self) -> None:
        self.names = tuple(NODES)
        kinds = {
            name: SimpleNamespace(kind_of_care=kind, site=site, overflow=to and SimpleNamespace(to=to))
            for name, (kind, site, _, to, _) in NODES.items()
        }
        routes: dict[str, dict[str, int]] = {name: {} for name in NODES}
        for name, (_, _, sources, _, _) in NODES.items():
            for source in sources:
                routes[source][name] = 1
        self.network = SimpleNamespace(file=SimpleNamespace(nodes=kinds, routes=routes))
        uses = np.array([[use] * 3 for *_, use in NODES.values()])
        self.state = SimpleNamespace(tables=SimpleNamespace(uses=uses), moment=self._moment)

    def nodes_of(self, *kinds: str) -> np.ndarray:
        return np.array([i for i, one in enumerate(NODES.values()) if one[0] in kinds])

    def _moment(self, nodes: np.ndarray, out: np.ndarray) -> None:
        out[:] = self.now[:, nodes]

    def set(self, *now: list[int]) -> None:
        self.now = np.array(now)


def _table(days: int = 2) -> pd.DataFrame:
    care: Any = Care()
    observer = DaysObserver(care, ["north"], 2026 * 12 + 11, 1)
    for day in range(days):
        full = -1
        care.set([0, 10 + day, 20, 0, 40, 3, 2], [5, 4, 3, 0, 6, 0, 0], [0, 3, 7, 0, 1, 0, 0],
                 [full, 12, 25, full, 44, full, full])  # fmt: skip
        observer.midnight()
    return observer.record.table()


def test_what_a_day_holds_and_what_it_is_offered() -> None:
    value = _table().astype({name: str for name in KEYS}).set_index(KEYS)["value"]
    assert value["x", "acute_beds_assessment", "occupied", "2026-12-02"] == 11
    assert value["x", "acute_beds_assessment", "offered", "2026-12-01"] == 10 + 4
    assert value["x", "acute_beds_medicine", "waiting", "2026-12-01"] == 3
    assert (
        value["x", "acute_beds_medicine", "offered", "2026-12-01"] == 20
    )  # those waiting fill a bed already
    assert value["x", "acute_beds_medicine", "ready", "2026-12-01"] == 7
    assert value["north", "p1", "offered", "2026-12-01"] == 40 + 6 * 4  # visits: four each at first
    assert value["north", "p1_spot", "offered", "2026-12-01"] == 3 * 2.5  # the mean of four, three, two, one
    assert value["all", "p2_spot", "offered", "2026-12-01"] == 2
    assert value["north", "p1", "places", "2026-12-01"] == 44


def test_rows_are_few_sorted_and_unique() -> None:
    table = _table().astype({name: str for name in KEYS})
    assert list(table.columns) == ["date", "site", "kind", "measure", "value"]
    assert not table.duplicated(KEYS).any()
    pd.testing.assert_frame_equal(table, table.sort_values(KEYS, ignore_index=True))
    assert "places" not in set(table.loc[table["kind"] == "p1_spot", "measure"])  # there is no limit


def test_days_not_lived_are_not_told() -> None:
    record = DailyRecord(datetime.date(2026, 12, 1), 31, [("x", "acute_beds")], np.ones(1), np.ones(1))
    assert record.table().empty
    assert record.counts.shape == (31, 4, 1)
