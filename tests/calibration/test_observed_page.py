"""The page of published series beside the baseline: every figure of the run's months, near and far apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.observations import Observation, read
from calibration.observed_page import NOTES, by_series, compared, page
from results.runs import Run
from scenarios.execution import Settings
from tests.results.synthetic import make_run


def observation(run: Run, measure: str, times: float, period: str, use: str = "hold_out") -> Observation:
    """Return a figure that the run has so many times over."""
    one = Observation(
        measure=measure, stratum="all", period=period, value=1.0, unit="x", use=use, source="s", grade="A"
    )
    value = float(read(run, one).mean()) * times if period.startswith("2026") else 1.0
    return Observation(**{**vars(one), "value": value})


def test_far_and_near_series_are_told_apart_and_other_years_left_out(tmp_path: Path) -> None:
    run = Run(make_run(tmp_path / "run", replicates=2))
    figures = [
        observation(run, "ed_attendances", 1.25, "2026-04", "fit"),
        observation(run, "ed_attendances", 1.0 / 0.6, "2026-05", "fit"),
        observation(run, "nctr_daily", 1.02, "2026-04"),
        observation(run, "ed_attendances", 1.0, "2019-04"),
    ]
    table = compared(run, figures)
    assert len(table) == 3
    assert table["ratio"].tolist() == pytest.approx([0.8, 0.6, 1 / 1.02])
    series = by_series(table)
    assert series["figures"].tolist() == [2, 1]
    settings = Settings(area="dorset", start="2026-04", years=1, scale=1.0, seed=1)
    text = page(series, settings, 2)
    assert "1 of 2 series have a mean within 10%" in text
    far = text.index("## Farther than that (1)")
    assert far < text.index("Emergency department attendances") < text.index("## Nearer (1)")
    assert "(0.60 to 0.80)" in text


def test_every_note_is_of_a_measure_that_is_published() -> None:
    from calibration.observations import load
    from calibration.observed_page import TABLE

    named = [line.partition(",")[0] for line in NOTES.read_text(encoding="utf-8").splitlines()[1:]]
    assert set(named) <= {one.measure for one in load(TABLE)}
    assert len(named) == len(set(named))
