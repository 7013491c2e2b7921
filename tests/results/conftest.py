"""Synthetic runs, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.results.synthetic import make_run

FIFTHS = ("1", "2", "3", "4", "5")


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A baseline, and a scenario that takes exactly 5 admissions a month from the most deprived fifth."""
    folder = tmp_path_factory.mktemp("pair")
    effect = {
        "emergency_admissions": {"quintile:1": -5.0},
        "nctr_days": {f"quintile:{fifth}": -62.0 for fifth in FIFTHS},
        "mortality_ratio": {f"quintile:{fifth}": -0.05 for fifth in FIFTHS},
    }
    return [make_run(folder / "baseline"), make_run(folder / "less", "less_admitted", effect=effect)]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A baseline and three scenarios over two years, with noise of their own and markup in their words."""
    folder = tmp_path_factory.mktemp("runs")
    beds = {
        "bed_days": {f"quintile:{fifth}": -250.0 for fifth in FIFTHS},
        "nctr_days": {f"quintile:{fifth}": -240.0 for fifth in FIFTHS},
    }
    admissions = {"emergency_admissions": {f"quintile:{fifth}": -40.0 + 6 * int(fifth) for fifth in FIFTHS}}
    common = {"months": 24, "replicates": 3, "jitter": 0.002}
    hostile = {
        "name": "home_first", "variant": "as_planned", "label": "Teams <script>alert(1)</script> & $x^2$",
        "description": "<img src=x onerror=alert(1)>", "text": "</pre><script>alert(1)</script>",
    }  # fmt: skip
    return [
        make_run(folder / "baseline", **common),
        make_run(folder / "home_first", "home_first", effect=beds, **common),
        make_run(folder / "prevention", "tobacco_and_hypertension", effect=admissions, **common),
        make_run(folder / "hostile", "hostile", manifest={"scenario": hostile}, **common),
    ]


@pytest.fixture(scope="session")
def report(runs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on `runs`."""
    from results import compare_command

    return compare_command(runs, None, tmp_path_factory.mktemp("out") / "report").parent
