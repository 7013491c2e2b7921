"""Who is covered and who is missed: known caseloads give known shares. Exact."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from results import load_run
from results.measures.caseload import COLUMNS, caseload
from scenarios.tables import write_table
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

ROWS = [  # period, dimension, level, measure, value
    ("2026-04", "all", "all", "eligible", 100.0), ("2026-04", "all", "all", "reached", 30.0),
    ("2027-03", "all", "all", "reached", 0.0), ("2026-04", "all", "all", "following", 30.0),
    ("2027-03", "all", "all", "following", 25.0), ("2027-03", "all", "all", "reached_in_year", 30.0),
    ("2026-04", "neighbourhood", "north", "eligible", 40.0),
    ("2027-03", "neighbourhood", "north", "following", 20.0),
    ("2026-04", "neighbourhood", "south", "eligible", 60.0),
    ("2026-04", "neighbourhood_quintile", "north|1", "eligible", 30.0),
    ("2027-03", "neighbourhood_quintile", "north|1", "following", 6.0),
    ("2026-04", "neighbourhood_quintile", "north|2", "eligible", 10.0),
    ("2027-03", "neighbourhood_quintile", "north|2", "following", 14.0),
    ("2027-03", "neighbourhood_quintile", "south|1", "following", 5.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = make_run(tmp_path_factory.mktemp("reach") / "teams", replicates=1)
    table = pd.DataFrame(ROWS, columns=["period", "dimension", "level", "measure", "value"])
    other = table[table["measure"].isin(["eligible", "reached_in_year"])].assign(programme="once")
    both = pd.concat([table.assign(programme="visits"), other])
    write_table(both, run / "replicate_0001" / "reach.parquet")
    return run


def test_coverage_is_who_is_followed_at_the_years_end(folder: Path) -> None:
    found = caseload(load_run(folder)).set_index("programme")
    assert list(caseload(load_run(folder)).columns) == COLUMNS
    visits = found.loc["visits"]
    assert (visits["period"], visits["eligible"], visits["reached"], visits["following"]) == (
        "2026/27", 100, 30, 25,
    )  # fmt: skip
    assert (visits["covered_share"], visits["missed"]) == (0.25, 75)
    assert found.loc["once", "covered_share"] == 0.3  # it follows nobody


def test_a_neighbourhood_sees_whom_it_misses(folder: Path) -> None:
    run = load_run(folder)
    by = caseload(run, "quintile", "north")
    visits = by[by["programme"] == "visits"].set_index("level")
    assert list(visits.index) == ["1", "2"]
    assert list(visits["covered_share"]) == [0.2, 1.4]
    assert list(visits["missed"]) == [24, 0]  # who is helped may be eligible no longer
    whole = caseload(run, "all", "north").set_index("programme")
    assert whole.loc["visits", "covered_share"] == 0.5


def test_what_is_not_recorded_is_named(folder: Path, tmp_path: Path) -> None:
    run = load_run(folder)
    with pytest.raises(InputError, match="did you mean 'north'"):
        caseload(run, "all", "nort")
    with pytest.raises(InputError, match="all, quintile, ethnic_group"):
        caseload(run, "sex", "north")
    assert caseload(load_run(make_run(tmp_path / "old", replicates=1))).empty
