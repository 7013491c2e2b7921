"""A network that was read is found again as long as nothing that it was made of has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.care.kept import load_kept
from sim.parameters.errors import InputError

NETWORK = """
time_unit: hour
parameter_tables: [times.csv]
include: [part.yaml]
arrivals: {desk: {rate: 1}}
routes: {desk: {home: 1}}
exits: [home]
"""
PART = "nodes: {desk: {places: PLACES, service: {distribution: exponential, mean: stay}}}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A network of two files and a table of its parameters."""
    (tmp_path / "network.yaml").write_text(NETWORK)
    (tmp_path / "part.yaml").write_text(PART.replace("PLACES", "2"))
    (tmp_path / "times.csv").write_text("name,value\nstay,0.5\n")
    return tmp_path / "network.yaml"


def test_the_same_files_and_scalars_give_the_same_network(path: Path) -> None:
    assert load_kept(path, {"other": 1.0}) is load_kept(path, {"other": 1.0})
    assert load_kept(path, {}) is not load_kept(path, {"stay": 0.25})
    assert load_kept(path, {"stay": 0.25}).flow.tables.distribution[0, 1] == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("name", "content"), [("part.yaml", PART.replace("PLACES", "3")), ("times.csv", "name,value\nstay,0.7\n")]
)
def test_a_changed_file_is_read_again(path: Path, name: str, content: str) -> None:
    """A part and a table as well as the file itself, though the new content is as long as the old."""
    before = load_kept(path, {})
    (path.parent / name).write_text(content)
    after = load_kept(path, {})
    assert after is not before
    changed = (after.mean_places("desk"), after.flow.tables.distribution[0, 1])
    assert changed != (before.mean_places("desk"), before.flow.tables.distribution[0, 1])


def test_a_copy_elsewhere_is_another_network(path: Path, tmp_path: Path) -> None:
    shutil.copytree(path.parent, tmp_path / "copy", ignore=shutil.ignore_patterns("copy"))
    assert load_kept(tmp_path / "copy" / "network.yaml", {}) is not load_kept(path, {})


def test_a_refused_network_is_refused_again(path: Path) -> None:
    (path.parent / "part.yaml").unlink()
    for _ in range(2):
        with pytest.raises(InputError, match="include"):
            load_kept(path, {})
