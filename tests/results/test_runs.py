"""Loading runs: what is checked, and what bad input says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from results import load_run
from results.runs import load_runs
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run


def test_a_run_stacks_its_replicates(pair: list[Path]) -> None:
    run = load_run(pair[0])
    table = run.table("measures")
    assert run.replicates == (1, 2, 3)
    assert list(table["replicate"].unique()) == [1, 2, 3]
    assert table["measure"].dtype == "category"
    assert run.table("measures") is table


def test_a_missing_run_names_the_nearest(pair: list[Path]) -> None:
    with pytest.raises(InputError, match="did you mean 'baseline'"):
        load_run(pair[0].parent / "basline")


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without a manifest"):
        load_run(tmp_path)


def test_an_unfinished_run_counts_only_whole_replicates(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "half", replicates=2)
    (folder / "replicate_0002" / "mortality.parquet").unlink()
    run = load_run(folder)
    assert run.replicates == (1,)
    assert run.unfinished
    shutil.rmtree(folder / "replicate_0001")
    with pytest.raises(InputError, match="none finished"):
        load_run(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"schema_version": 2}, "schema_version"), ({"kind": "study"}, "kind"), ({"seed": None}, None)],
)
def test_manifests_are_checked(tmp_path: Path, change: dict[str, object], said: str | None) -> None:
    folder = make_run(tmp_path / "run", replicates=1, months=1, manifest=change)
    if said is None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        del manifest["seed"]
        path.write_text(json.dumps(manifest))
        said = "seed"
    with pytest.raises(InputError, match=said):
        load_run(folder)


def test_a_broken_manifest_and_a_broken_table_are_input_errors(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", replicates=1, months=1)
    (folder / "replicate_0001" / "nodes.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match="cannot be read"):
        load_run(folder).table("nodes")
    with pytest.raises(InputError, match="did you mean 'nodes'"):
        load_run(folder).table("node")
    (folder / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        load_run(folder)


def test_a_study_folder_stands_for_its_scenarios(tmp_path: Path) -> None:
    """In the study's order, which is not that of the alphabet; as a run it is refused by its kind."""
    names = ["late", "baseline", "early"]
    for name in names:
        make_run(tmp_path / name, scenario=name)
    manifest = {"kind": "study", "scenario_sha256": dict.fromkeys(names, "0")}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert [run.folder.name for run in load_runs([tmp_path])[0]] == names
    with pytest.raises(InputError, match="kind"):
        load_run(tmp_path)
