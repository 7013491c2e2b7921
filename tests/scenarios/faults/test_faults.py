"""Runs cut short, crowded out or refused by the disk end as an undisturbed run does; without real workers."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from scenarios import crews, execution, identity, locking, writing
from scenarios import units as of_units
from scenarios.crews import LocalCrew
from scenarios.execution import Event, Incomplete, Unit
from scenarios.setting_aside import set_aside_below
from scenarios.unit_folders import finished_of
from sim.interventions.specification import BASELINE
from sim.parameters.errors import InputError
from tests.scenarios.fake_effects import change as places_changed
from tests.scenarios.fake_effects import scenario
from tests.scenarios.faults.here import LIGHT, SETTINGS, Trying, assert_whole, left_over, run
from tests.scenarios.faults.light import diary
from tests.scenarios.test_execution import Here, hashes


@pytest.fixture
def wanted(tmp_path: Path) -> dict[str, str]:
    """Hashes of an undisturbed run."""
    return hashes(run(tmp_path / "undisturbed"))


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where units that are begun are written down."""
    path = tmp_path / "diary"
    monkeypatch.setenv("LIGHT_DIARY", str(path))
    return path


@pytest.mark.parametrize(
    "what",
    ["every_step", "two_at_once", "holder_killed", "asked_to_stop", "asked_twice", "no_room_for_a_file"],
)
def test_children_that_are_cut_or_set_against_each_other(what: str, tmp_path: Path, root: Path) -> None:
    """Each is told in `driver`, which asserts; it runs apart, in a process without threads."""
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    command = [sys.executable, "-m", "tests.scenarios.faults.driver", what, str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_a_disk_that_fills_at_any_write(
    wanted: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told as what it is, nothing half written, and the same command goes on: for every file in turn."""
    real = writing.write_file
    for last in range(40):
        out, written = tmp_path / f"full_{last}", 0

        def full(path: Path, content: bytes, last: int = last) -> None:
            nonlocal written
            written += 1
            if written > last:
                real(path, content[: len(content) // 2])
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            real(path, content)

        monkeypatch.setattr(writing, "write_file", full)
        try:
            run(out)
        except InputError as refused:
            assert "no room" in refused.message() and "free room and run again" in refused.message()
        else:
            break
        finally:
            monkeypatch.setattr(writing, "write_file", real)
        kept = hashes(out)
        assert kept.items() <= wanted.items()
        assert not [path for path in left_over(out) if not path.endswith("plan.json")]
        run(out)
        assert_whole(out, wanted)
    else:
        pytest.fail("the disk never had room")
    assert last == 1 + 1 + 3 * 3 + 1  # request, plan, three files a replicate, manifest


def test_a_folder_that_may_not_be_written_to(
    wanted: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before anything is run; where it turns so under way, what was finished is kept."""
    out = run(tmp_path / "a", replicates=1)
    if os.geteuid() != 0:
        out.chmod(0o555)
    else:  # permissions do not hold whoever runs this: the system's answer is put in their place

        def refused(path: Any, *given: Any, **named: Any) -> int:
            raise OSError(errno.EROFS, "Read-only file system", str(path))

        monkeypatch.setattr(os, "open", refused)
    counted = Trying()
    with pytest.raises(InputError, match="may not be written to"):
        run(out, executor=counted)
    monkeypatch.undo()
    out.chmod(0o755)
    assert counted.ran == 0
    run(out)
    assert_whole(out, wanted)


def test_a_folder_that_vanishes_is_not_made_again(wanted: dict[str, str], tmp_path: Path, book: Path) -> None:
    """As when a disk is not mounted any more: results must not land below its place."""
    out, away = tmp_path / "a", tmp_path / "away"

    def vanish(unit: Unit) -> None:
        if unit.replicate == 2:
            out.rename(away)

    with pytest.raises(InputError, match="the folder is gone"):
        run(out, executor=Trying(vanish))
    assert not out.exists()
    away.rename(out)
    run(out)
    assert_whole(out, wanted)
    assert diary(book).count("baseline_1") == 1


def test_a_unit_that_fails_thrice_is_set_aside_and_the_others_go_on(
    wanted: dict[str, str], tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its error lies in a file, the run is incomplete, the next one tries it once, and success clears it."""
    heard: list[Event] = []
    bad = "tests.scenarios.faults.light:second_fails"
    with pytest.raises(Incomplete) as ended:
        run(tmp_path / "a", simulate=bad, on_event=heard.append)
    assert "1 replicate failed again and again and was set aside; 2 of 3 are kept" in str(ended.value)
    assert "ArithmeticError: replicate 2 does not add up; the log is " in str(ended.value)
    assert [record is None for record in ended.value.records] == [False, True, False]
    (said,) = set_aside_below(tmp_path / "a")
    assert (said["replicate"], said["tries"]) == (2, 3)
    assert "in second_fails" in Path(said["traceback"]).read_text(encoding="utf-8")
    kinds = [(event.kind, event.attempt) for event in heard]
    assert kinds == [("finished", 1), ("failed", 1), ("finished", 1), ("failed", 2), ("set_aside", 3)]
    assert (tmp_path / "a" / "plan.json").exists()
    assert not (tmp_path / "a" / "manifest.json").exists()
    assert "failed (try 1): ArithmeticError" in capsys.readouterr().err

    with pytest.raises(Incomplete):
        run(tmp_path / "a", simulate=bad)
    assert diary(book).count("baseline_2") == 4
    run(tmp_path / "a")
    assert_whole(tmp_path / "a", wanted)


def test_a_worker_that_dies_takes_only_its_own_unit_with_it(wanted: dict[str, str], tmp_path: Path) -> None:
    """Another is started, the unit is tried again and is told by its folder."""
    died: list[int] = []

    class Pool(Trying):
        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    def die(unit: Unit) -> BaseException | None:
        if unit.replicate == 2 and len(died) < 2:
            died.append(unit.replicate)
            return BrokenProcessPool("a process was terminated abruptly")
        return None

    pools: list[Pool] = []

    def start(workers: int) -> Pool:
        pools.append(Pool(die))
        return pools[-1]

    given = pytest.MonkeyPatch()
    given.setattr(execution, "process_pool", start)
    heard: list[Event] = []
    try:
        run(tmp_path / "a", executor=None, workers=1, on_event=heard.append)
    finally:
        given.undo()
    assert len(pools) == 3
    assert [event.error for event in heard if event.kind == "failed"] == [
        "its worker died: killed, or out of memory"
    ] * 2
    assert_whole(tmp_path / "a", wanted)


def test_fewer_workers_while_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit is always under way; the others wait for room, and both turns are told once."""
    free = [5000.0]
    monkeypatch.setattr(crews, "available_memory_mb", lambda: free[0])

    class Slow(Here):
        def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
            from concurrent.futures import Future

            return Future()

        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    crew = LocalCrew(3, lambda workers: Slow(), 800.0)
    first = crew.submit(print)
    assert crew.has_room()
    free[0] = 300.0
    assert not crew.has_room()
    assert "memory is short (300 MB free, a replicate takes 800): 1 of 3 workers go on" in crew.note()
    assert not crew.has_room()
    assert crew.note() == ""
    crew.take_back(first, died=False)
    assert crew.has_room()
    free[0] = 5000.0
    for _ in range(3):
        assert crew.has_room()
        crew.submit(print)
    assert "memory is free again: 3 workers" in crew.note()
    assert not crew.has_room()


def test_what_became_stale_is_listed_by_input_and_kept_until_replaced(
    wanted: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Going back before it was made again costs nothing; only what changed is made again."""
    out = run(tmp_path / "a")
    with monkeypatch.context() as changed:
        changed.setattr(identity, "code_sha256", lambda: "e" * 64)

        def stop(unit: Unit) -> BaseException | None:
            return KeyboardInterrupt() if unit.replicate == 2 else None

        with pytest.raises(KeyboardInterrupt):
            run(out, executor=Trying(stop))
    told = capsys.readouterr().err
    assert "3 finished replicates were made before this changed: the code of Leftshift (now " in told
    assert ": baseline 1-3. Give another --out" in told
    assert len(list(out.glob("replicate_*"))) == 1  # readers find none of before
    again = Trying()
    run(out, executor=again)
    assert again.ran == 1
    assert_whole(out, wanted)


def test_figures_that_changed_make_only_their_own_units_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the same folder, told by scenario; another seed is another run and is refused."""
    before, after = (scenario(places_changed("beds", number)) for number in (10.0, 12.0))
    given: dict[str, Any] = {"replicates": 2, "out": tmp_path / "a", "quiet": True, "simulate": LIGHT}
    execution.run_replicates(before, SETTINGS, executor=Trying(), **given)
    again = Trying()
    execution.run_replicates(after, SETTINGS, executor=again, **given)
    told = capsys.readouterr().err
    assert again.ran == 2
    assert f"before this changed: the figures of the scenario {after.full_name}. They would" in told
    assert f": {after.full_name} 1-2. Give another" in told
    same = Trying()
    execution.run_replicates(after, SETTINGS, executor=same, **given)
    assert same.ran == 0
    assert left_over(tmp_path / "a") == []


def test_a_process_that_cannot_be_started_leaves_the_others_at_work(
    wanted: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the system has no more processes or memory to give: told once, and done with fewer."""
    started: list[int] = []

    class Later(Trying):
        def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
            future: Future[Any] = Future()
            threading.Timer(0.05, lambda: future.set_result(function(*arguments, **keywords))).start()
            return future

        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    def start(workers: int) -> Later:
        if started:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        started.append(workers)
        return Later()

    monkeypatch.setattr(execution, "process_pool", start)
    heard: list[Event] = []
    run(tmp_path / "a", executor=None, workers=2, on_event=heard.append)
    notes = [event.error for event in heard if event.kind == "note"]
    assert len(notes) == 1 and notes[0].startswith("no further worker can be started: BlockingIOError")
    assert_whole(tmp_path / "a", wanted)


def test_a_lock_of_another_machine_is_watched_and_believed(
    wanted: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One that is touched is held; one that is not was left by a machine that is gone or was restarted."""
    monkeypatch.setattr(locking, "WATCH_SECONDS", 0.4)
    out = run(tmp_path / "a", replicates=1)
    lock = out / locking.NAME
    left = {"process": 77, "host": "elsewhere", "machine": "another start", "started": "2026-01-01 00:00 UTC"}
    execution.write_json(lock, left)
    ended = threading.Event()

    def touch() -> None:
        while not ended.wait(0.05):
            os.utime(lock)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        with pytest.raises(InputError, match="process 77 on elsewhere, since 2026-01-01"):
            run(out)
    finally:
        ended.set()
        toucher.join()
    assert lock.exists()
    run(out)
    assert "watching for" in capsys.readouterr().err
    assert_whole(out, wanted)


def test_a_folder_taken_by_another_process_is_not_written_to(wanted: dict[str, str], tmp_path: Path) -> None:
    """A machine that slept while another took the folder over writes nothing when it wakes."""
    out = tmp_path / "a"

    def taken(unit: Unit) -> None:
        if unit.replicate == 2:
            execution.write_json(out / locking.NAME, {"process": 5, "host": "other", "token": "theirs"})

    with pytest.raises(InputError, match="process 5 on other"):
        run(out, executor=Trying(taken))
    assert len(list(out.glob("replicate_*"))) == 1
    (out / locking.NAME).unlink()
    run(out)
    assert_whole(out, wanted)


def test_a_clock_that_is_set_back_changes_nothing(
    wanted: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durations are of a clock that only goes on; nothing compares two times of day."""
    now = [2e9]

    def back() -> float:
        now[0] -= 86_400.0
        return now[0]

    monkeypatch.setattr(time, "time", back)
    out = run(tmp_path / "a")
    manifest = execution.read_json(out / "manifest.json")
    assert manifest is not None
    assert all(0.0 <= seconds < 60.0 for seconds in manifest["timings"]["seconds"])
    assert_whole(out, wanted)


def test_the_memory_of_a_job_counts_where_it_is_less(tmp_path: Path) -> None:
    """A container's limit, less what is used, and what the system would give up first."""
    from scenarios.machine import _free_of_group, available_memory_mb

    assert _free_of_group(tmp_path) is None
    (tmp_path / "memory.current").write_text(f"{700 * 2**20}\n")
    (tmp_path / "memory.stat").write_text(f"anon 5\ninactive_file {200 * 2**20}\n")
    for limit, free in (("max", None), (str(1000 * 2**20), 500.0)):
        (tmp_path / "memory.max").write_text(f"{limit}\n")
        assert _free_of_group(tmp_path) == free
    assert (available_memory_mb() or 1.0) > 0.0


def test_a_thousand_units_are_planned_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts, not seconds: the code is hashed once, a scenario once a draw, each record is read once."""
    units = execution.units_of(BASELINE, SETTINGS, 1000, tmp_path)
    hashed: list[object] = []
    real_hash = identity.inputs_sha256

    def hashing(*given: Any) -> str:
        hashed.append(given)
        return real_hash(*given)

    monkeypatch.setattr(identity, "inputs_sha256", hashing)
    of_units._inputs.cache_clear()
    assert len({unit.key for unit in units}) == 1000
    assert len(hashed) == 1
    read: list[Path] = []

    def reading(path: Path) -> None:
        read.append(path)

    monkeypatch.setattr(of_units, "read_json", reading)
    assert finished_of(units) == [None] * 1000
    assert len(read) == 1000
