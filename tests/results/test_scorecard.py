"""The export of the scorecard: order, intervals, and words for what an older run has not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import leftshift
from results.runs import Run
from results.scorecard import layout, measures, summary
from results.statistics import mean_interval
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

LEVELS = [("all", "all"), ("age_group", "under 18"), ("age_group", "18-19"), ("age_group", "80+"),
          ("ethnic_group", "White"), ("quintile", "1"), ("quintile", "5")]  # fmt: skip
MEASURES = ("patients", "person_months", "emergency_bed_days", "utc_attendances")
MONTHS = ("2026-04", "2026-05")


def _run(folder: Path, scale: float = 1.0) -> Run:
    make_run(folder, replicates=3, manifest={"schema_version": "1.1", "scale": scale})
    for number in (1, 2, 3):
        rows = [
            (period, "some", *place, name, 0.0 if place[1] == "under 18" else 100.0 * number + k)
            for period in MONTHS
            for place in LEVELS
            for k, name in enumerate(MEASURES)
        ]
        keys = ["period", "cohort", "dimension", "level", "measure", "value"]
        pd.DataFrame(rows, columns=keys).to_parquet(folder / f"replicate_000{number}" / "scorecard.parquet")
    return Run(folder)


def test_values_are_means_with_intervals_over_replicates(tmp_path: Path) -> None:
    """In the published order, months side by side, without children where there are none."""
    frame = summary(_run(tmp_path / "run"), "some")
    one = frame[(frame["measure"] == "utc_attendances") & (frame["level"] == "80+")].iloc[0]
    mean, low, high, spread = mean_interval([103.0, 203.0, 303.0])
    assert low < 0 and (one["value"], one["low"], one["high"]) == (mean, 0.0, high), "a count is not below 0"
    assert one["month_high"] - mean == pytest.approx((high - mean) * 2)  # sqrt(1 + 1/3) over sqrt(1/3)
    assert spread == 100
    assert "under 18" not in set(frame["level"])
    rate = frame[frame["measure"] == "emergency_bed_days_per_1000"]["value"]
    assert np.allclose(rate, np.mean([1000 * (100 * n + 2) / (100 * n + 1) for n in (1, 2, 3)]))
    wide = layout(frame)
    assert list(wide.columns) == ["breakdown", "level", "label", "unit", *MONTHS]
    assert list(dict.fromkeys(wide["level"])) == ["all", "18-19", "80+", "White", "1", "5"]
    shown = [name for name in measures().index if name in set(frame["measure"])]
    assert list(wide["label"][: len(shown)]) == list(measures().loc[shown, "label"])


@pytest.mark.parametrize(("draws", "shown"), [(3, False), (6, True)])
def test_a_range_over_draws_takes_draws_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, draws: int, shown: bool
) -> None:
    run = _run(tmp_path / "run")
    row = {"breakdown": "all", "level": "all", "measure": "patients", "period": "2026-04"}
    units = pd.DataFrame([{**row, "replicate": unit, "value": float(unit % 5)} for unit in range(2 * draws)])
    monkeypatch.setattr("results.scorecard.values", lambda *_: units)
    monkeypatch.setitem(run.manifest, "draws", draws)
    frame = summary(run, "some")
    assert frame[["drawn_low", "drawn_high"]].notna().all(axis=None) == shown
    assert (frame["low"] >= 0).all()


def test_chance_is_not_said_of_a_share_of_residents(tmp_path: Path) -> None:
    """There each person stands for several."""
    frame = summary(_run(tmp_path / "run", scale=0.1), "some")
    assert frame[["month_low", "month_high"]].isna().all(axis=None)


def test_a_run_without_care_has_people_only(tmp_path: Path) -> None:
    """What was not recorded is not shown."""
    run = _run(tmp_path / "run")
    for number in (1, 2, 3):
        path = run.folder / f"replicate_000{number}" / "scorecard.parquet"
        table = pd.read_parquet(path)
        table[table["measure"].isin(["patients", "person_months"])].to_parquet(path)
    assert set(summary(run, "some")["measure"]) == {"patients", "person_months"}


def test_an_older_run_says_what_it_has_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It loads; the scorecard and the groups are refused in plain words, with exit code 2."""
    run = Run(make_run(tmp_path / "old"))
    assert len(run.table("measures")) > 0
    assert leftshift._run(["scorecard", str(tmp_path / "old")]) == leftshift.Exit.BAD_INPUT
    told = capsys.readouterr().err
    assert "schema version 1 without the table scorecard" in told
    assert "run the scenario again" in told
    from results.measures.series import values

    with pytest.raises(InputError, match="older than measures by condition"):
        values(run, "emergency_admissions", "condition")


def test_an_unknown_cohort_is_refused(tmp_path: Path) -> None:
    """With those that the run has."""
    with pytest.raises(InputError, match="a cohort that the run recorded: some"):
        summary(_run(tmp_path / "run"), "sone")


def test_a_run_without_cohorts_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run of an area that has none of its own."""
    run = _run(tmp_path / "run")
    for number in (1, 2, 3):
        path = run.folder / f"replicate_000{number}" / "scorecard.parquet"
        pd.read_parquet(path).iloc[:0].to_parquet(path)
    assert leftshift._run(["scorecard", str(run.folder)]) == leftshift.Exit.BAD_INPUT
    assert "leftshift run --cohort FILE" in capsys.readouterr().err
    assert json.loads((run.folder / "manifest.json").read_text())["schema_version"] == "1.1"
