"""What pairing saves: the statistic against theory, and the page from runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration import common_random_numbers as crn
from scenarios.execution import Settings
from tests.results.synthetic import make_run

SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=1)


def test_the_factor_is_that_of_two_correlated_normals() -> None:
    """Variance 2 s2 unpaired, 2 s2 (1 - r) paired: 1 / (1 - r); within four jackknife errors of 10."""
    generator = np.random.default_rng(3)
    shared = np.sqrt(0.9) * generator.standard_normal(400)
    before, after = (shared + np.sqrt(0.1) * generator.standard_normal(400) for _ in range(2))
    found = crn.saving("a", "deaths", before, after + 5.0)
    error = np.log(found.high / found.factor) / 1.96
    assert abs(np.log(found.factor / 10.0)) < 4 * error
    assert found.low < found.factor < found.high
    assert found.difference == pytest.approx(5.0, abs=0.2)


def test_independent_runs_save_nothing() -> None:
    """A factor of one, within four errors."""
    generator = np.random.default_rng(4)
    found = crn.saving("a", "deaths", *generator.standard_normal((2, 400)))
    assert abs(np.log(found.factor)) < 4 * np.log(found.high / found.factor) / 1.96


def test_the_page_has_six_measures_for_every_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs in the place of the model: a factor for each, and 'no difference' where there is none."""
    effect = {"emergency_admissions": {"quintile:1": -5.0}}
    runs = {"baseline": make_run(tmp_path / "baseline", replicates=6, jitter=0.001)}
    runs["home_first"] = make_run(tmp_path / "home", "home_first", effect=effect, replicates=6, jitter=0.001)
    from results.runs import load_run

    monkeypatch.setattr(crn, "run_of", lambda one, *_: load_run(runs[one.name]))
    monkeypatch.setattr(crn, "MEASURES", {k: v for k, v in crn.MEASURES.items() if "stroke" not in k})
    savings = crn.measure_savings(["home_first"], SETTINGS, 6, tmp_path)
    text = crn.page(savings, SETTINGS, 6)
    assert text.count("| home_first |") == len(crn.MEASURES)
    assert all(one.factor > 1 for one in savings)
    assert crn.unmoved(savings) == []
    assert "Each of the six measures is changed" in text


def test_a_measure_that_nothing_changes_is_named() -> None:
    """No factor is measured of it, so the page says so and the command ends with 3."""
    same = np.arange(4.0)
    savings = [crn.saving("a", name, same, same + (name != "deaths")) for name in crn.MEASURES]
    assert crn.unmoved(savings) == ["deaths"]
    assert "No scenario changes these in any replicate: Deaths." in crn.page(savings, SETTINGS, 4)
