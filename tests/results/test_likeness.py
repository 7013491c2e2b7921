"""Unlike runs: what is refused at once, what is told on the first page; studies that are not finished."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from results import Comparison, load_run
from results.report.blocks import Context
from results.report.certainty import warnings_of
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run


def small(folder: Path, name: str, **manifest: object) -> Path:
    """Write a run of one month and two replicates."""
    return make_run(folder / name, name, replicates=2, months=1, manifest=manifest)


def test_everything_that_differs_is_said_at_once(tmp_path: Path) -> None:
    first = small(tmp_path, "baseline")
    second = small(tmp_path, "b", area="elsewhere", seed=2)
    third = small(tmp_path, "c", scale=0.5)
    with pytest.raises(InputError) as refused:
        Comparison([first, second, third])
    error = refused.value
    assert error.key == "area, scale, seed"
    assert error.found == f"area elsewhere, seed 2; in {third}: scale 0.5"
    assert "area dorset, scale 1.0, seed 1" in error.allowed and str(first) in error.allowed
    assert "\n" not in error.message()


def test_other_code_and_settings_are_told_first(tmp_path: Path) -> None:
    first = small(tmp_path, "baseline", code_sha256="a" * 64, projection="principal")
    second = small(tmp_path, "b", code_sha256="b" * 64, projection="high")
    same = small(tmp_path, "c", code_sha256="a" * 64, projection="principal")
    told = warnings_of(Context.of(Comparison([first, second])))
    assert "projection" in told[0] and "principal" in told[0] and "high" in told[0]
    assert "the code" in told[1] and "aaaaaaaaaaaa;" in told[1]
    assert not any("differ in" in one for one in warnings_of(Context.of(Comparison([first, same]))))


def test_a_study_that_is_not_finished_says_so(tmp_path: Path) -> None:
    """It has a request and plans, and a manifest for nothing that is still under way."""
    names = ["baseline", "b", "c"]
    for name in names:
        run = small(tmp_path, name, replicates=4)
        (run / "manifest.json").rename(run / "plan.json")
    for part in (tmp_path / "c").glob("replicate_*"):
        shutil.rmtree(part)
    request = {"kind": "study", "scenarios": dict.fromkeys(names, "0")}
    (tmp_path / "request.json").write_text(json.dumps(request))
    found = Comparison([tmp_path])
    assert [run.folder.name for run in found.runs] == ["baseline", "b"] and found.absent == ["c"]
    told = warnings_of(Context.of(found))[0]
    assert "incomplete" in told and "Baseline: 2 of 4" in told and "C: none is in" in told
    shutil.rmtree(tmp_path / "baseline")
    with pytest.raises(InputError, match="baseline: found 'no unit finished'"):
        Comparison([tmp_path])


def test_a_plan_is_read_before_a_manifest(tmp_path: Path) -> None:
    """A finished run that is being made longer is told as what it will be."""
    run = small(tmp_path, "baseline")
    asked = json.loads((run / "manifest.json").read_text()) | {"replicates": 8}
    (run / "plan.json").write_text(json.dumps(asked))
    assert load_run(run).unfinished
