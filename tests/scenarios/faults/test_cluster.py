"""A study on a Dask cluster of separate processes on this machine: the same to the bit, as hard to kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.faults.here import assert_whole
from tests.scenarios.faults.light import diary
from tests.scenarios.faults.test_real_processes import UNITS, Studies
from tests.scenarios.test_execution import hashes

pytest.importorskip("distributed")


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.file = str(folder / "scheduler.json")
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start(
            ["scheduler", "--port", "0", "--scheduler-file", self.file, "--no-dashboard"], "scheduler"
        )
        while not Path(self.file).exists():
            time.sleep(0.1)
        self.address = json.loads(Path(self.file).read_text(encoding="utf-8"))["address"]

    def worker(self, name: str, *more: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny: killed, it stays away."""
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name]
        return self._start(
            ["worker", self.address, *options, "--local-directory", str(self.folder), *more],
            name,
            **variables,
        )

    def _start(self, arguments: list[str], name: str, **variables: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"]
        given = os.environ | {"PYTHONPATH": str(self.root), **variables}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=given, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End all."""
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path, root: Path) -> Iterator[Cluster]:
    """Start a scheduler."""
    (tmp_path / "cluster").mkdir()
    found = Cluster(tmp_path / "cluster", root)
    yield found
    found.stop()


@pytest.fixture
def studies(tmp_path: Path, root: Path) -> Studies:
    """Write a study of two scenarios and six replicates."""
    return Studies(tmp_path, root)


@pytest.mark.slow
def test_a_cluster_gives_what_processes_and_one_in_series_give(
    studies: Studies, cluster: Cluster, tmp_path: Path
) -> None:
    """Two workers; one of them is killed in the middle of a unit, and the other does its work."""
    assert studies.run("series", "--workers", "1") == 0, studies.said()
    assert studies.run("processes") == 0, studies.said()
    wanted = hashes(tmp_path / "series")
    assert len(wanted) == 2 * UNITS
    assert_whole(tmp_path / "processes", wanted)
    book = tmp_path / "diary"
    given = {"LIGHT_SECONDS": "0.3", "LIGHT_DIARY": str(book)}
    cluster.worker("first", **given)
    second = cluster.worker("second", **given)
    process = studies.start("on_cluster", "--dask", cluster.file)
    while len(diary(book)) < 5 and process.poll() is None:
        time.sleep(0.02)
    os.kill(second.pid, signal.SIGKILL)
    assert process.wait(timeout=120) == 0, studies.said()
    assert_whole(tmp_path / "on_cluster", wanted)


@pytest.mark.slow
def test_a_cluster_that_is_not_as_here_is_refused(studies: Studies, cluster: Cluster, tmp_path: Path) -> None:
    """Nobody there, no scheduler file, a worker with two threads, one without this code: one message each."""
    assert studies.run("a", "--dask", "tcp://127.0.0.1:9") == 2
    assert "--dask: found 'tcp://127.0.0.1:9: nobody answers" in studies.said()
    assert studies.run("a", "--dask", str(tmp_path / "missing.json")) == 2
    assert "a file that is there" in studies.said()
    cluster.worker("good")
    cluster.worker("wide", "--nthreads", "2")
    elsewhere = tmp_path / "elsewhere"
    for name in ("scenarios", "sim", "tests"):  # another version of the code
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / "__init__.py").touch()
    cluster.worker("other", PYTHONPATH=str(elsewhere))
    time.sleep(8)
    assert studies.run("a", "--dask", cluster.address) == 2
    said = studies.said()
    assert "2 threads in one process, where the model wants 1" in said
    assert "Leftshift is not installed there, or another version of it" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.slow
def test_a_scheduler_that_goes_away(studies: Studies, cluster: Cluster, tmp_path: Path) -> None:
    """What was finished is kept, and the study ends on this machine."""
    cluster.worker("only", LIGHT_SECONDS="0.5")
    process = studies.start("a", "--dask", cluster.address)
    while len(studies.units("a")) < 2 and process.poll() is None:
        time.sleep(0.05)
    cluster.stop()
    assert process.wait(timeout=120) == 2, studies.said()
    assert "a scheduler that cannot be reached any more" in studies.said()
    before = studies.units("a")
    assert before
    assert studies.run("a") == 0
    assert before.items() <= studies.units("a").items()
