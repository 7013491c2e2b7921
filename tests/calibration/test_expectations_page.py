"""The table of what scenarios do: rows of how a scenario read before do not stay."""

from __future__ import annotations

from pathlib import Path

from calibration.expectations_page import FIELDS, Row, asked_of, read, settle, write
from scenarios.execution import Settings

SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=7)


def row(key: tuple[str, ...]) -> Row:
    """Return a row of the table."""
    held = dict(zip(("scenario", "measure", "direction", "years", "text"), key, strict=True))
    return {name: "1" for name in FIELDS} | {"holds": "yes"} | held


def test_a_row_of_a_scenario_that_reads_otherwise_now_is_dropped(tmp_path: Path) -> None:
    """Of the scenarios asked about; those of others stay, and what is settled is not run again."""
    table = tmp_path / "expectations.csv"
    keys = [one.key(two) for one in asked_of(["winter_surge"], SETTINGS) for two in one.expected]
    stale = (*keys[0][:4], "before")
    other = ("home_first", "nctr_daily", "falls", "1", "another")
    write(table, [row(key) for key in (stale, other, *keys)])
    settle(["winter_surge"], tmp_path / "runs", table, SETTINGS, workers=1)
    assert [(one["scenario"], one["text"]) for one in read(table)] == [
        *((key[0], key[4]) for key in keys), ("home_first", "another"),
    ]  # fmt: skip
    assert not (tmp_path / "runs").exists()
