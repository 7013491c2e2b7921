"""Queues that are accidents of a sample: which, at which scale, and that the report says so first."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from results import Comparison, load_run
from results.bearing import least, shortcomings
from results.measures.registry import measures
from results.report.blocks import NOT_READ, Context
from results.report.cards import cards
from results.report.certainty import warnings_of
from results.report.sections.summary import side_by_side
from results.small_scale import MEASURES, RULES, queues_read, rules, unreadable_measures, unreadable_nodes
from tests.results.synthetic import make_run

NEEDS_A_MONTH = 5000.0


def run_with(folder: Path, scale: float, used: float) -> Path:
    """Write a run whose ambulance crews have 5,000 needs a month and a share of their places in use."""
    run = make_run(folder, folder.name, replicates=2, months=6, manifest={"scale": scale})
    for path in run.glob("replicate_*/nodes.parquet"):
        table = pd.read_parquet(path)
        table = table[table["node"] == "ed_bournemouth"].assign(node="ambulance")
        told = {"arrivals": NEEDS_A_MONTH, "mean_places": 25.0, "offered_load": 25.0 * used}
        for name, value in told.items():
            table.loc[table["measure"] == name, "value"] = value
        table.reset_index(drop=True).to_parquet(path)
    return run


@pytest.mark.parametrize(
    ("scale", "used", "marked"),
    [
        (1.0, 0.99, False),  # everybody is there: a queue is a result
        (0.1, 0.90, False),  # chance is 1 / sqrt(500) = 4.5% of needs, under half of the 10% that is spare
        (0.01, 0.90, True),  # 14%
        (0.01, 0.60, False),  # under half of 40%
        (0.1, 0.95, True),
        (0.5, 1.02, True),  # nothing to spare
    ],
)
def test_a_queue_is_marked_where_chance_fills_what_is_spare(
    tmp_path: Path, scale: float, used: float, marked: bool
) -> None:
    run = load_run(run_with(tmp_path / "run", scale, used))
    assert ("ambulance" in unreadable_nodes(run)) == marked
    assert ("response_category_4" in unreadable_measures(run)) == marked
    assert "emergency_admissions" not in unreadable_measures(run)


def test_what_waits_elsewhere_is_marked_by_scale_alone(tmp_path: Path) -> None:
    for scale, marked in ((0.02, True), (0.05, False)):
        run = load_run(make_run(tmp_path / str(scale), replicates=1, months=6, manifest={"scale": scale}))
        assert ({"p1_bcp", "p2_dorset"} <= unreadable_nodes(run)) == marked
        assert ("delay_capacity_p1" in unreadable_measures(run)) == marked


def test_every_rule_has_its_reason_and_every_measure_is_known() -> None:
    assert rules()[0].node == "*" and rules()[0].spare_share == 0.5
    assert set(queues_read()) <= set(measures())
    for path in (RULES, MEASURES):
        with path.open(encoding="utf-8", newline="") as file:
            assert all(row["reason"] and None not in row for row in csv.DictReader(file))


def test_marked_measures_are_marked_wherever_they_are_shown(tmp_path: Path) -> None:
    pair = [run_with(tmp_path / name, 0.01, 0.95) for name in ("baseline", "b")]
    for path in pair[1].glob("replicate_*/measures.parquet"):
        table = pd.read_parquet(path)
        table.loc[table["measure"] == "ed_over_12h", "value"] *= 2
        table.to_parquet(path)
    comparison = Comparison(pair)
    comparison.unreadable = frozenset({"twelve_hour_share"})
    found = comparison.differences("twelve_hour_share")
    assert set(found["verdict"]) == {"scale"}
    assert set(comparison.differences("emergency_admissions")["verdict"]) == {"identical"}
    first, second = warnings_of(Context.of(comparison))[:2]
    assert "This is a trial run (1% of residents and 2 repeat runs)" in first
    assert second.startswith("Do not read these: ") and NOT_READ in second


def test_only_whole_and_repeated_runs_bear_a_decision(tmp_path: Path) -> None:
    assert shortcomings(1.0, int(least()["replicates"])) == []
    assert shortcomings(0.02, 10) == ["2% of residents"]
    assert shortcomings(1.0, 1) == ["1 repeat run"]
    fewer = {"emergency_admissions": {"quintile:1": -500.0}}
    for replicates, words in ((2, "this is a trial run"), (4, "sure enough to act on")):
        folder = tmp_path / str(replicates)
        pair = [
            make_run(folder / "baseline", replicates=replicates, months=12, jitter=1e-4),
            make_run(folder / "less", "less", effect=fewer, replicates=replicates, months=12, jitter=1e-4),
        ]
        context = Context.of(Comparison(pair))
        assert words in side_by_side(context).chart.title
        card = cards(context)[0]
        assert "Emergency admissions, over the year 2026/27" in [fact.name for fact in card.facts]
        assert all(fact.grey != fact.reading.startswith("Clear, and large") for fact in card.facts)
