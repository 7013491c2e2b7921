"""The report's sections on certainty: what they hold with draws, and what they say without."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from results.comparison import Comparison
from results.report.blocks import Context, Figure
from results.report.sections.certainty_of_monitoring import certainty_of_monitoring
from results.report.sections.certainty_of_results import certainty_of_results
from tests.results.synthetic import make_run

DRAWS = 8


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A baseline that is not drawn, and a scenario whose admissions fall with the first of two figures."""
    folder = tmp_path_factory.mktemp("sure")
    baseline = make_run(folder / "baseline", replicates=2, manifest={"draws": 0, "uncertain": False})
    figures = np.random.default_rng(5).uniform(1, 3, (2, DRAWS))
    for draw in range(1, DRAWS + 1):
        effect = {"emergency_admissions": {"quintile:1": -100.0 * figures[0, draw - 1]}}
        one = make_run(folder / f"draw{draw}", "less", effect=effect, replicates=2)
        for part in one.glob("replicate_*"):
            shutil.copytree(part, folder / "less" / f"draw_{draw:04d}" / part.name)
    held = [
        {
            "name": f"less/team/{name}", "where": [f"less/team/{name}"], "value": 2, "low": 1, "high": 3,
            "unit": "share", "grade": grade, "source": "a test",
            "drawn": {str(k + 1): float(v) for k, v in enumerate(row)},
        }
        for name, grade, row in zip(("uptake/mean", "costs/0/amount"), "BC", figures, strict=True)
    ]  # fmt: skip
    manifest = json.loads((folder / "draw1" / "manifest.json").read_text())
    manifest |= {"name": "less", "draws": DRAWS, "uncertain": True, "figures": held}
    (folder / "less" / "manifest.json").write_text(json.dumps(manifest))
    return Context.of(Comparison([baseline, folder / "less"]))


def test_with_draws_the_figures_that_matter_are_told(drawn: Context) -> None:
    section = certainty_of_results(drawn)
    tables = {(b.table if isinstance(b, Figure) else b).name: b for b in section.blocks}
    assert {"spread", "targets", "ranks", "turns", "rests_on"} <= set(tables)
    tornado = tables["tornado_emergency_admissions_less"]
    assert isinstance(tornado, Figure)
    assert "team: uptake: mean matters most" in tornado.chart.title
    assert [row.cells[0] for row in tornado.table.rows] == ["team: uptake: mean", "team: costs 1: amount"]
    assert "drawn 8 times, too few" in section.lead[1]
    rests = tables["rests_on"].rows[0].cells  # type: ignore[union-attr]
    assert rests[2] == "B"
    assert "register" in rests[7]


def test_without_draws_it_is_said_that_nothing_is_known_of_them(runs: list[Path]) -> None:
    section = certainty_of_results(Context.of(Comparison(runs)))
    assert "were not drawn" in section.lead[1]
    names = [(b.table if isinstance(b, Figure) else b).name for b in section.blocks]
    assert not any(name.startswith("tornado") or name == "turns" for name in names)
    spread = next(b for b in section.blocks if not isinstance(b, Figure) and b.name == "spread")
    assert all(row.cells[5] == "not drawn" for row in spread.rows)


def test_teams_are_told_what_they_could_see(drawn: Context) -> None:
    section = certainty_of_monitoring(drawn)
    could, would = section.blocks
    assert not isinstance(could, Figure)
    assert not isinstance(would, Figure)
    admissions = [row.cells for row in could.rows if row.cells[0] == "Emergency admissions"]
    assert len(admissions) == 18
    assert all(cells[4].endswith("%") for cells in admissions)
    assert would.rows[0].cells[0] == "Emergency admissions"  # what is seen first comes first
