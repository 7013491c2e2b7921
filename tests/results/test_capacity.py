"""Beyond capacity: known shortages of synthetic runs are found, with their months and places, and told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results import Comparison, load_run
from results.capacity import beyond_capacity, rules
from results.report.blocks import Context
from results.report.certainty import warnings_of
from results.report.sections.capacity import capacity
from tests.results.synthetic import make_run, month_names

PLACES, MONTHS = 10.0, 12  # of `p1_bcp` in a synthetic run


def short_run(folder: Path, ratio: Sequence[float], *, node: str = "p1_bcp", drift: float = 0.0) -> Path:
    """Write a run in which a node's load is a ratio of its places; people gather by what is over one.

    Args:
        folder: Where.
        ratio: Load against places in each month.
        node: Which node.
        drift: People who gather each month besides.
    """
    run = make_run(folder, folder.name, months=len(ratio), replicates=2)
    months = month_names(len(ratio))
    gathered = np.maximum.accumulate(np.cumsum((np.array(ratio) - 1.0) * PLACES + drift))
    for path in run.glob("replicate_*/nodes.parquet"):
        table = pd.read_parquet(path)
        for name, values in (("offered_load", np.array(ratio) * PLACES), ("left_waiting", gathered)):
            for month, value in zip(months, values, strict=True):
                here = (table["node"] == "p1_bcp") & (table["period"] == month) & (table["measure"] == name)
                table.loc[here, "value"] = value
        table["node"] = table["node"].replace("p1_bcp", node)
        table.to_parquet(path)
    return run


def test_a_node_with_places_to_spare_is_not_beyond_capacity(tmp_path: Path) -> None:
    assert beyond_capacity(load_run(short_run(tmp_path / "spare", [0.95] * MONTHS))).empty


def test_a_shortage_is_found_with_its_months_and_places(tmp_path: Path) -> None:
    ratio = [0.9] * 4 + [1.3] * 5 + [0.9] * 3
    found = beyond_capacity(load_run(short_run(tmp_path / "short", ratio)))
    assert found["node"].tolist() == ["p1_bcp"]
    spell = found.iloc[0]
    assert (spell["first"], spell["last"], spell["months"]) == ("2026-08", "2026-12", 5)
    assert spell["places_short"] == pytest.approx(0.3 * PLACES)
    assert spell["ratio"] == pytest.approx(1.3)
    assert spell["left_after"] > spell["left_before"]


@pytest.mark.parametrize("ratio", [[0.9] * 5 + [1.15, 1.15] + [0.8] * 5, [1.01] * MONTHS])
def test_two_bad_months_or_a_hair_over_one_are_not(tmp_path: Path, ratio: list[float]) -> None:
    assert beyond_capacity(load_run(short_run(tmp_path / "near", ratio))).empty


def test_nobody_gathers_nobody_is_short(tmp_path: Path) -> None:
    """A load over the places whose people go elsewhere (turned away, diverted) leaves no queue."""
    ratio = [1.2] * MONTHS
    assert beyond_capacity(load_run(short_run(tmp_path / "elsewhere", ratio, drift=-0.2 * PLACES))).empty


def test_a_waiting_list_is_judged_by_the_year(tmp_path: Path) -> None:
    season = [1.1] * 6 + [0.9] * 6
    assert len(beyond_capacity(load_run(short_run(tmp_path / "node", season)))) == 1
    name = "elective_waiting_list_poole"
    assert beyond_capacity(load_run(short_run(tmp_path / "list", season, node=name))).empty
    grows = load_run(short_run(tmp_path / "grows", [1.05] * MONTHS, node=name))
    assert beyond_capacity(grows)["months"].tolist() == [MONTHS]


def test_the_report_says_which_when_and_how_many(tmp_path: Path) -> None:
    runs = [
        make_run(tmp_path / "baseline", replicates=2),
        short_run(tmp_path / "fewer_places", [0.9] * 6 + [1.4] * 6),
    ]
    context = Context.of(Comparison(runs))
    section = capacity(context)
    text = " ".join(section.lead)
    assert "Baseline: no care node is beyond its capacity." in text
    assert (
        "Fewer places is beyond its capacity: Home with support (pathway 1), BCP from October 2026 to March "
        "2027 (4 places short)."
    ) in text
    assert [block.name for block in section.blocks] == ["capacity"]
    warnings = [text for text in warnings_of(context) if "beyond its capacity" in text]
    assert len(warnings) == 1 and "Home with support (pathway 1), BCP" in warnings[0]


def test_a_run_without_the_measures_is_not_judged(tmp_path: Path) -> None:
    run = make_run(tmp_path / "baseline", replicates=1)
    path = run / "replicate_0001" / "nodes.parquet"
    table = pd.read_parquet(path)
    table[table["measure"] != "offered_load"].to_parquet(path)
    assert beyond_capacity(load_run(run)).empty
    assert any("not judged: Baseline" in text for text in capacity(Context.of(Comparison([run]))).lead)


def test_every_rule_has_a_source() -> None:
    assert rules()[0].node == "*" and all(rule.load_ratio >= 1.0 for rule in rules())
