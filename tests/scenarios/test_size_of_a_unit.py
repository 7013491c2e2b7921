"""Five years of a whole area, all strata, take under 20 MB a unit on disk, and are read back as they were."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scenarios.tables import write_table
from sim.observers.strata import Strata

BUDGET_MB = 20.0
MONTHS = [str(month) for month in pd.period_range("2026-04", periods=60, freq="M")]
DATES = [str(day) for day in pd.period_range("2026-04-01", "2031-03-31", freq="D")]
GROUPS = 45
"""Levels of ethnic group, condition and PLUS group, for the measures that are recorded by them."""
MEASURES, BY_GROUP, NODES, OF_NODES, PLACES = 230, 30, 190, 15, 60
FULL_SCALE = 3000.0
"""Mean of a month's count: larger than that of most, so that numbers are as long as they get."""
SHARE_NOT_WHOLE = 0.25
"""Days, hours and QALYs, whose bits hardly compress; a recorded unit has a tenth."""


def _long(**keys: list[str]) -> pd.DataFrame:
    """Return every combination of keys with values as varied as recorded ones or more so."""
    frame = pd.DataFrame(list(product(*keys.values())), columns=list(keys))
    chance = np.random.default_rng(1)
    values = chance.poisson(FULL_SCALE * chance.random(len(frame)) ** 3).astype(np.float64)
    part = chance.random(len(frame)) < SHARE_NOT_WHOLE
    values[part] *= chance.random(int(part.sum()))
    return frame.assign(value=values)


def _named(what: str, number: int) -> list[str]:
    return [f"{what}_{index:03d}" for index in range(number)]


@pytest.fixture(scope="module")
def unit() -> dict[str, pd.DataFrame]:
    """Tables as large as those of a unit of five years, or larger."""
    strata = Strata(neighbourhoods=tuple(_named("neighbourhood", 18)), councils=("one", "two"))
    levels = [":".join(pair) for pair in zip(*strata.labels, strict=True)] + _named("site", 12)
    return {
        "measures": _long(period=MONTHS, level=levels, measure=_named("measure", MEASURES)),
        "groups": _long(period=MONTHS, level=_named("group", GROUPS), measure=_named("measure", BY_GROUP)),
        "nodes": _long(period=MONTHS, node=_named("node", NODES), measure=_named("measure", OF_NODES)),
        "conditions": _long(period=MONTHS, level=levels, condition=_named("condition", 23)),
        "deaths": _long(period=MONTHS, level=levels, cause=_named("cause", 6)),
        "days": _long(date=DATES, place=_named("place", PLACES), measure=_named("measure", 3)),
    }


def test_a_unit_of_five_years_is_under_its_budget(unit: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    """Of more rows and less even numbers than are recorded; decoded columns are what they were."""
    for name, table in unit.items():
        write_table(table, tmp_path / f"{name}.parquet")
    size = sum(path.stat().st_size for path in tmp_path.glob("*.parquet")) / 1e6
    assert size < BUDGET_MB, {path.stem: path.stat().st_size for path in tmp_path.glob("*")}
    again = pd.read_parquet(tmp_path / "nodes.parquet")
    assert np.array_equal(again["value"], unit["nodes"]["value"])
    assert again["node"].tolist() == unit["nodes"]["node"].tolist()
    print(f"{size:.1f} MB")
