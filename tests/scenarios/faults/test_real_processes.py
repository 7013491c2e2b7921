"""Studies with real workers, killed and stopped from outside: minutes, so apart from the others."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.faults.here import LIGHT, assert_whole
from tests.scenarios.faults.light import diary
from tests.scenarios.test_execution import hashes

STUDY = (
    "{name: small, area: dorset, start: 2026-04, years: 1, scale: 0.1, seed: 7, replicates: 6, "
    "scenarios: [baseline, home_first]}"
)
UNITS = 12


class Studies:
    """Commands on one study, each in a process of its own."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.file = folder / "study.yaml"
        self.file.write_text(STUDY, encoding="utf-8")
        self.told = folder / "told"

    def start(self, out: str, *more: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start the study."""
        command = [
            sys.executable,
            "-m",
            "leftshift",
            "study",
            str(self.file),
            "--out",
            str(self.folder / out),
        ]
        command += more if "--dask" in more else ("--workers", "2", *more)
        path = os.pathsep.join(filter(None, [str(self.root), os.environ.get("PYTHONPATH")]))
        given = {"LEFTSHIFT_SIMULATE": LIGHT, "PYTHONPATH": path, **variables}
        with self.told.open("wb") as told:
            return subprocess.Popen(
                command, cwd=self.root, env=os.environ | given, stderr=told, stdout=told,
                start_new_session=True,
            )  # fmt: skip

    def run(self, out: str, *more: str, **variables: str) -> int:
        """Run it to its end, and return the exit code."""
        return self.start(out, *more, **variables).wait(timeout=300)

    def said(self) -> str:
        """Return what the last one wrote."""
        return self.told.read_text(encoding="utf-8")

    def units(self, out: str) -> dict[Path, int]:
        """Return the finished units, each with what tells it from one made again."""
        found = (self.folder / out).glob("*/replicate_*/unit.json")
        return {path: path.stat().st_ino for path in found}


@pytest.fixture
def studies(tmp_path: Path, root: Path) -> Studies:
    """Write a study of two scenarios and six replicates."""
    return Studies(tmp_path, root)


@pytest.mark.slow
def test_killed_ten_times_and_resumed(studies: Studies, tmp_path: Path) -> None:
    """At random moments, from its start to its last units; tables are those of an undisturbed study."""
    assert studies.run("undisturbed") == 0, studies.said()
    wanted = hashes(tmp_path / "undisturbed")
    book = tmp_path / "diary"
    moments = random.Random(20261123)
    killed = 0
    for _ in range(10):
        before = studies.units("a")
        process = studies.start("a", LIGHT_SECONDS="0.4", LIGHT_DIARY=str(book))
        begun = len(diary(book))
        if moments.random() < 0.7:  # after a worker has begun: else most moments fall into the start
            until = time.monotonic() + 60
            while len(diary(book)) <= begun and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 1.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        assert (
            before.items() <= studies.units("a").items()
        )  # what was finished is there and was not made again
    assert killed == 10
    assert studies.run("a", LIGHT_DIARY=str(book)) == 0, studies.said()
    assert_whole(tmp_path / "a", wanted)
    assert len(set(diary(book))) == UNITS
    assert len(diary(book)) <= UNITS + 2 * killed  # no more than what two workers had in hand each time


@pytest.mark.slow
def test_workers_that_are_killed_in_the_middle_of_a_unit(studies: Studies, tmp_path: Path) -> None:
    """Once: the unit is tried again. Every time: it is set aside, and the study is told to be incomplete."""
    assert studies.run("undisturbed", "--workers", "1") == 0, studies.said()
    wanted = hashes(tmp_path / "undisturbed")
    kills, book = tmp_path / "kills", tmp_path / "diary"
    kills.mkdir()
    (kills / "baseline_2").write_text("1")
    (kills / "home_first_1").write_text("99")
    given = {"LIGHT_KILLS": str(kills), "LIGHT_DIARY": str(book)}
    assert studies.run("a", **given) == 1
    assert (
        "incomplete: 1 replicate failed again and again and was set aside; 11 of 12 are kept"
        in studies.said()
    )
    assert "its worker died: killed, or out of memory" in studies.said()
    begun = diary(book)
    assert (begun.count("baseline_2"), begun.count("home_first_1"), len(begun)) == (2, 3, 11 + 1 + 3)
    assert (tmp_path / "a" / "baseline" / "manifest.json").exists()
    assert not (tmp_path / "a" / "home_first" / "manifest.json").exists()
    assert not (tmp_path / "a" / "manifest.json").exists()
    (kills / "home_first_1").unlink()
    before = studies.units("a")
    assert studies.run("a", **given) == 0, studies.said()
    assert before.items() <= studies.units("a").items()
    assert_whole(tmp_path / "a", wanted)


def gone(group: int, seconds: float) -> bool:
    """Tell whether all processes of a group end within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop(studies: Studies, tmp_path: Path, number: signal.Signals) -> None:
    """The whole group is asked, as a terminal and a scheduler do: 130, soon, in order, no process left."""
    process = studies.start("a", LIGHT_SECONDS="1.5")
    while not studies.units("a"):
        time.sleep(0.05)
    asked = time.monotonic()
    os.killpg(process.pid, number)
    assert process.wait(timeout=30) == 130, studies.said()
    assert time.monotonic() - asked < 10
    assert "what was finished is kept; the same command resumes it" in studies.said()
    assert "Traceback" not in studies.said()
    assert not (tmp_path / "a" / "lock.json").exists()
    assert not list((tmp_path / "a").glob("*/.*"))
    assert gone(process.pid, seconds=10)


@pytest.mark.slow
def test_two_studies_on_one_folder(studies: Studies, tmp_path: Path) -> None:
    """The second is told who is at work; the first is not disturbed."""
    book = tmp_path / "diary"
    first = studies.start("a", LIGHT_SECONDS="0.5", LIGHT_DIARY=str(book))
    while not (tmp_path / "a" / "request.json").exists():
        time.sleep(0.02)
    assert studies.run("a", LIGHT_DIARY=str(book)) == 2
    assert f"another run or study at work in this folder: process {first.pid} on " in studies.said()
    assert first.wait(timeout=120) == 0
    assert sorted(diary(book)) == sorted(set(diary(book))) and len(diary(book)) == UNITS
    assert studies.run("undisturbed") == 0
    assert_whole(tmp_path / "a", hashes(tmp_path / "undisturbed"))
