"""Replicate spread and parameter spread kept apart: against theory, and on runs with draws."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from results.comparison import Comparison
from results.report.page import build_report
from results.statistics import mean_interval, over_replicates, parameter_interval
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

DRAWS, REPLICATES, ROWS = 40, 4, 400
OF_PARAMETERS, OF_REPLICATES, OF_BOTH = 3.0, 2.0, 1.0


def table() -> np.ndarray:
    """Differences with known spreads: of draws, of replicates (in every draw alike), and of both together."""
    generator = np.random.default_rng(11)
    draws = OF_PARAMETERS * generator.standard_normal((ROWS, DRAWS, 1))
    replicates = OF_REPLICATES * generator.standard_normal((ROWS, 1, REPLICATES))
    both = OF_BOTH * generator.standard_normal((ROWS, DRAWS, REPLICATES))
    return (10 + draws + replicates + both).reshape(ROWS, DRAWS * REPLICATES)


def test_the_two_spreads_are_those_that_went_in() -> None:
    """Mean square of each over 400 rows: parameters 9, replicates 4 + 1/40 (limits: four standard errors)."""
    units = table()
    spread, low, high = parameter_interval(units, DRAWS)
    expected = OF_PARAMETERS**2
    error = expected * np.sqrt(2 / (DRAWS - 1) / ROWS) * 1.1
    assert abs((spread**2).mean() - expected) < 4 * error
    assert abs((high - low).mean() / (2 * 1.96 * OF_PARAMETERS) - 1) < 0.1
    computing = mean_interval(over_replicates(units, DRAWS))[3]
    expected = OF_REPLICATES**2 + OF_BOTH**2 / DRAWS
    assert abs((computing**2).mean() - expected) < 4 * expected * np.sqrt(2 / (REPLICATES - 1) / ROWS)


def test_noise_alone_is_no_parameter_spread() -> None:
    """With nothing drawn apart the estimate is about nothing: the noise is taken out."""
    generator = np.random.default_rng(5)
    spread, _, _ = parameter_interval(generator.standard_normal((ROWS, DRAWS * REPLICATES)), DRAWS)
    assert (spread**2).mean() < 0.05


def test_one_draw_has_no_parameter_spread() -> None:
    """And a mean over one draw is the replicates themselves."""
    units = table()[:, :REPLICATES]
    assert np.isnan(parameter_interval(units, 1)[0]).all()
    np.testing.assert_array_equal(over_replicates(units, 1), units)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A baseline that has nothing to draw, and three draws that take 5, 10 and 15 admissions a month."""
    folder = tmp_path_factory.mktemp("drawn")
    baseline = make_run(folder / "baseline", manifest={"draws": 0, "uncertain": False})
    scenario = folder / "less"
    for draw in (1, 2, 3):
        effect = {"emergency_admissions": {"quintile:1": -5.0 * draw}}
        one = make_run(folder / f"draw{draw}", "less_admitted", effect=effect)
        for part in one.glob("replicate_*"):
            shutil.copytree(part, scenario / f"draw_{draw:04d}" / part.name)
        manifest = json.loads((one / "manifest.json").read_text()) | {"draws": 3, "uncertain": True}
    (scenario / "manifest.json").write_text(json.dumps(manifest))
    return [baseline, scenario]


def test_pairs_are_within_a_draw_and_a_replicate(drawn: list[Path]) -> None:
    """The baseline's replicates serve every draw; spread over draws is apart from computing error."""
    comparison = Comparison(drawn)
    assert (comparison.draw_numbers, comparison.replicates) == ((1, 2, 3), (1, 2, 3))
    (row,) = comparison.differences("emergency_admissions").itertuples()
    assert row.difference == pytest.approx(-120)
    assert row.computing_error == pytest.approx(0, abs=1e-6)
    assert row.parameter_spread == pytest.approx(60, rel=1e-6)
    assert row.parameter_low == pytest.approx(-60 - 0.975 * 120)
    assert row.parameter_high == pytest.approx(-60 - 0.025 * 120)
    levels = comparison.levels("emergency_admissions")
    assert len(levels) == 2


def test_the_report_says_what_its_intervals_hold(drawn: list[Path], pair: list[Path]) -> None:
    """With draws the range over parameters has a column of its own; without, its lack is told first."""
    assert "Range over parameters (95%)" in build_report(Comparison(drawn)).html
    assert "Range over parameters (95%)" not in build_report(Comparison(pair)).html


def test_a_change_whose_sign_hangs_on_a_parameter_is_uncertain(tmp_path: Path, drawn: list[Path]) -> None:
    """Two draws fall and one rises: the mean may be clear of computing error, its sign is not sure."""
    scenario = tmp_path / "odd"
    for draw, change in ((1, -200.0), (2, -200.0), (3, 300.0)):
        one = make_run(tmp_path / f"d{draw}", "odd", effect={"emergency_admissions": {"quintile:1": change}})
        for part in one.glob("replicate_*"):
            shutil.copytree(part, scenario / f"draw_{draw:04d}" / part.name)
        manifest = json.loads((one / "manifest.json").read_text()) | {"draws": 3, "uncertain": True}
    (scenario / "manifest.json").write_text(json.dumps(manifest))
    (row,) = Comparison([drawn[0], scenario]).differences("emergency_admissions").itertuples()
    assert row.verdict in {"uncertain", "below_threshold"}
    assert row.parameter_low < 0 < row.parameter_high


def test_central_figures_are_not_compared_with_draws(drawn: list[Path], tmp_path: Path) -> None:
    """A run of uncertain figures at their centre has no draw in common with one that drew them."""
    central = make_run(tmp_path / "central", "other", manifest={"draws": 0, "uncertain": True})
    with pytest.raises(InputError, match="share a draw"):
        Comparison([*drawn, central])
