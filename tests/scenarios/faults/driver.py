"""Runs in children of one process without threads, cut at every step or set against each other.

`python -m tests.scenarios.faults.driver WHAT FOLDER` ends with 0 when all that it asserts holds. A child is a
copy of this process, so that a hundred of them take seconds; tests start it apart, as theirs has threads.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scenarios import locking
from scenarios.interrupts import interruptible
from sim.parameters.errors import InputError
from tests.scenarios.faults.here import assert_whole, run
from tests.scenarios.faults.light import diary
from tests.scenarios.test_execution import hashes

STEPS = ("replace", "fsync", "mkdir", "unlink", "rmdir", "ftruncate", "write")
"""What changes the disk, or makes a change last."""
REFUSED = 2
MOST_STEPS = 400


def child(work: Callable[[], object]) -> int:
    """Do something in a copy of this process, and return how it ended: a code, or minus a signal."""
    process = os.fork()
    if process == 0:
        code = 0
        try:
            work()
        except InputError as error:
            print(error.message(), file=sys.stderr)
            code = REFUSED
        except KeyboardInterrupt:
            code = 130
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            code = 1
        finally:
            os._exit(code)
    return process


def ended(process: int) -> int:
    """Wait for a child; return how it ended."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed_at(step: int) -> None:
    """Have this process killed when it is about to take its so-manieth step on the disk."""
    taken = 0
    for name in STEPS:
        real = getattr(os, name)

        def one(*arguments: object, real: Callable[..., object] = real, **keywords: object) -> object:
            nonlocal taken
            taken += 1
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **keywords)

        setattr(os, name, one)


def every_step(folder: Path) -> None:
    """Kill a run before each step that it takes on the disk; the next one ends it, and runs nothing twice."""
    wanted = hashes(run(folder / "undisturbed", replicates=2))
    for step in range(1, MOST_STEPS):
        out, book = folder / f"killed_{step}", folder / f"diary_{step}"
        os.environ["LIGHT_DIARY"] = str(book)

        def cut(step: int = step, out: Path = out) -> None:
            killed_at(step)
            run(out, replicates=2)

        code = ended(child(cut))
        finished = [path.parent for path in out.glob("replicate_*/unit.json")]
        stamps = {path: path.stat().st_ino for path in finished}
        run(out, replicates=2)
        assert_whole(out, wanted)
        assert {path: path.stat().st_ino for path in finished} == stamps, step  # never run again
        assert len(diary(book)) <= 2 + 1, (step, diary(book))  # at most the one that was not written yet
        if code == 0:
            print(f"killed at each of {step - 1} steps")
            assert step > 20
            return
        assert code == -signal.SIGKILL, code
    raise AssertionError("the run never ends")


def two_at_once(folder: Path) -> None:
    """Start two runs on one folder in the same moment, many times: all is there once, who is late is told."""
    wanted = hashes(run(folder / "undisturbed"))
    refused = 0
    for turn in range(12):
        out, book = folder / f"shared_{turn}", folder / f"diary_{turn}"
        os.environ["LIGHT_DIARY"] = str(book)
        os.environ["LIGHT_SECONDS"] = "0.02"
        start = time.monotonic() + 0.05

        def meet(out: Path = out, start: float = start) -> None:
            while time.monotonic() < start:
                pass
            run(out)

        codes = [ended(process) for process in [child(meet), child(meet)]]
        assert set(codes) <= {0, REFUSED}, codes
        assert 0 in codes
        refused += codes.count(REFUSED)
        assert_whole(out, wanted)
        assert sorted(diary(book)) == [f"baseline_{number}" for number in (1, 2, 3)], diary(book)
    print(f"{refused} of 12 refused")
    assert refused > 0


def holder_killed(folder: Path) -> None:
    """A run that is killed with its lock leaves a folder that is free at once."""
    os.environ["LIGHT_SECONDS"] = "30"
    process = child(lambda: run(folder / "a"))
    while not (folder / "a" / "request.json").exists():
        time.sleep(0.01)
    assert (folder / "a" / locking.NAME).exists()
    assert ended(child(lambda: run(folder / "a"))) == REFUSED
    os.kill(process, signal.SIGKILL)
    ended(process)
    assert (folder / "a" / locking.NAME).exists()
    os.environ["LIGHT_SECONDS"] = "0"
    run(folder / "a")
    assert_whole(folder / "a", hashes(run(folder / "undisturbed")))


def asked_to_stop(folder: Path) -> None:
    """Ctrl-C and a scheduler's signal end a run in order; what was finished is kept."""
    wanted = hashes(run(folder / "undisturbed", replicates=8))
    os.environ["LIGHT_SECONDS"] = "0.1"
    for number in (signal.SIGINT, signal.SIGTERM):
        out = folder / number.name
        process = child(partial(run, out, replicates=8))
        while not any(out.glob("replicate_*/unit.json")):
            time.sleep(0.01)
        os.kill(process, number)
        assert ended(process) == 130
        assert not (out / locking.NAME).exists()
        assert 0 < len(list(out.glob("replicate_*"))) < 8
        assert not list(out.glob(".*"))
        run(out, replicates=8)
        assert_whole(out, wanted)


def asked_twice(folder: Path) -> None:
    """A second Ctrl-C ends the process at once, whatever it is doing."""

    def busy() -> None:
        with interruptible():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)

    began = time.monotonic()
    assert ended(child(busy)) == 130
    assert time.monotonic() - began < 10


def no_room_for_a_file(folder: Path) -> None:
    """A limit of the system on files' size is told as a disk without room, and lifted."""
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
        run(folder / "a")

    assert ended(child(limited)) == REFUSED
    assert not list((folder / "a").glob("replicate_*"))
    run(folder / "a")
    assert_whole(folder / "a", hashes(run(folder / "undisturbed")))


if __name__ == "__main__":
    every = (every_step, two_at_once, holder_killed, asked_to_stop, asked_twice, no_room_for_a_file)
    {one.__name__: one for one in every}[sys.argv[1]](Path(sys.argv[2]))
