"""The table of comparisons: ratios, what is met, the exit code, bad input. Exact: false-alarm rate nil."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import (
    baseline_page,
    compare_with_evidence,
    load_targets,
    missed,
    write_baseline_page,
    write_validation,
)
from calibration.command import report
from calibration.targets import FOLDER, USES
from calibration.validation import COLUMNS, Threshold, load_thresholds
from sim.parameters.errors import InputError
from tests.calibration.synthetic import tables
from tests.calibration.test_readings import TARGET

LIMITS = {"*": Threshold(basis="percent", value=10.0), "share": Threshold(basis="absolute", value=0.05)}
RUN = {"start": "2026-04", "scale": 1.0, "replicates": 2, "seed": 1}


def compared(**changes: object) -> pd.Series:
    """Return the row of one target against two replicates of 3,600 and 3,840 a year."""
    target = replace(TARGET, **changes)
    return compare_with_evidence([target], [tables(beds=300.0), tables(beds=320.0)], LIMITS).iloc[0]


def test_the_model_is_the_mean_over_replicates() -> None:
    row = compared(value=4000.0, low=4000.0, high=4000.0)
    assert row["model"] == pytest.approx(3720)
    assert row["ratio"] == pytest.approx(0.93)
    # computing error alone: standard deviation 169.7 over the root of two
    assert row["z"] == pytest.approx(-280 / 120)
    assert row["met"]


def test_z_reads_the_range_as_a_95_percent_interval() -> None:
    row = compared(value=4000.0, low=4000.0 - 1.959964 * 90, high=4000.0 + 1.959964 * 90)
    assert row["z"] == pytest.approx(-280 / np.hypot(90, 120))


@pytest.mark.parametrize(
    ("value", "met"), [(3720 / 1.1, True), (3720 / 1.101, False), (3720 / 0.9, True), (4140.0, False)]
)
def test_a_tenth_is_near_enough_and_no_more(value: float, met: bool) -> None:
    assert compared(value=value, low=value, high=value)["met"] == met


def test_some_thresholds_are_absolute() -> None:
    near = Threshold(basis="absolute", value=0.05)
    assert near.met(0.5, 0.55)
    assert not near.met(0.5, 0.551)


def test_what_is_not_recorded_is_neither_met_nor_missed() -> None:
    row = compared(numerator="unheard_of")
    assert row["met"] is None
    assert row["model"] is None


@pytest.mark.parametrize(("use", "fails"), [("fitted", True), ("built-in", False), ("independent", False)])
def test_only_a_missed_fitted_target_fails(
    use: str, fails: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = compare_with_evidence([replace(TARGET, use=use)], [tables(beds=310.0)], LIMITS)
    assert len(missed(table)) == fails
    assert report(table, write_validation(table, tmp_path)) == (3 if fails else 0)
    assert ("missed: m (all)" in capsys.readouterr().out) == fails


def test_the_file_has_the_columns_of_the_contract(tmp_path: Path) -> None:
    """DESIGN section 12, and the honest word beside them."""
    path = write_validation(compare_with_evidence(load_targets(), [tables(beds=1.0)]), tmp_path / "new")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    contract = ["measure", "stratum", "period", "target", "low", "high", "model", "ratio", "z", "use", "met"]
    assert list(rows[0])[: len(contract)] == contract
    assert list(rows[0]) == list(COLUMNS)
    assert {row["use"] for row in rows} == {"fit", "hold_out", "evidence"}
    assert all(row["use"] == USES[row["kind"]] for row in rows)
    assert {row["met"] for row in rows} <= {"yes", "no", ""}
    assert [entry.name for entry in path.parent.iterdir()] == ["validation.csv"]


def test_the_page_names_what_is_off(tmp_path: Path) -> None:
    targets = [
        replace(TARGET, label="Beds | kept"),
        replace(TARGET, measure="other", use="independent", value=3720.0, high=4e3),
    ]
    table = compare_with_evidence(targets, [tables(beds=310.0)], LIMITS)
    page = write_baseline_page(table, RUN, tmp_path / "docs" / "baseline.md").read_text(encoding="utf-8")
    assert page == baseline_page(table, RUN)
    assert "- Beds | kept (all): model 3,720 against 1 u, ratio 3720.00 (fitted)." in page
    assert "| Independent | 1 | 1 | 0 | 0 |" in page
    assert "| Beds / kept (u) |" in page
    assert all(f"## {title}" in page for title in ("Independent", "Fitted", "Built in"))


def test_the_targets_of_dorset_load() -> None:
    found = load_targets()
    assert {target.use for target in found} == set(USES)
    conditions = {target.numerator for target in found if target.how == "cases"}
    assert len(conditions) == 17  # the residual condition has no count of its own to be compared with
    assert "*" in load_thresholds()


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("use", "fited", "fitted"), ("value", "many", "a number"), ("source", "", "nothing"),
        ("how", "yearly", "year"),
        ("value", "-5", "between low"), ("grade", "D", "A, B, C, G"),
    ],
)  # fmt: skip
def test_a_bad_table_of_targets_is_refused_by_name(tmp_path: Path, column: str, text: str, told: str) -> None:
    with (FOLDER / "dorset_baseline.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[3][column] = text
    path = tmp_path / "targets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(InputError) as refused:
        load_targets(path)
    assert told in refused.value.message()
    assert "line 5" in refused.value.message()


def test_ragged_repeated_and_headless_targets_are_refused(tmp_path: Path) -> None:
    text = (FOLDER / "dorset_baseline.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "targets.csv"
    for lines, told in (
        ([*text[:3], text[3] + ",one more"], "ragged"), ([*text, text[1]], "each target once"),
        ([text[0].replace("how,", "hows,"), *text[1:]], "how"),
    ):  # fmt: skip
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(InputError) as refused:
            load_targets(path)
        assert told in refused.value.message()
