"""Units handed out one by one, written as they come back, tried again when they fail.

Workers compute; this process alone writes, and it holds the lock of the folder. So a worker that dies,
hangs on after its run was killed, or sits on another machine can leave nothing half done in the results.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios.crews import Crew
from scenarios.interrupts import interruptible
from scenarios.setting_aside import TRIES, one_line
from scenarios.units import Unit
from scenarios.writing import FULL, refusal_of
from sim.parameters.errors import InputError

POLL_SECONDS = 0.2
"""How soon Ctrl-C, free memory or a new worker is noticed."""

Files = Mapping[str, bytes]
"""Content of a unit's folder by name of file."""


@dataclass
class Task:
    """A unit that is not finished.

    Attributes:
        unit: Which.
        tries_left: How often it is still tried.
        tries: How often it was tried.
    """

    unit: Unit
    tries_left: int = TRIES
    tries: int = 0


@dataclass(kw_only=True)
class Desk:
    """Where units are handed out and come back.

    Attributes:
        crew: Who works.
        compute: What a worker calls: a unit and `simulate` to the files of its folder.
        simulate: 'module:function' that runs one replicate.
        place: Is given a unit and its files, and writes them.
        failed: Is told of a try that failed.
        tell: Is told what the person who waits should know.
    """

    crew: Crew
    compute: Callable[[Unit, str], Files]
    simulate: str
    place: Callable[[Task, Files], None]
    failed: Callable[[Task, BaseException], None]
    tell: Callable[[str], None]
    _waiting: deque[Task] = field(default_factory=deque)
    _running: dict[Future[Any], Task] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)

    def run(self, tasks: Sequence[Task]) -> None:
        """Have all done; what cannot be is left to `failed`.

        Raises:
            InputError: What the model refuses, or a disk that does.
            KeyboardInterrupt: Somebody asked to stop. What was ready is written, the rest is dropped.
        """
        self._waiting.extend(tasks)
        with interruptible() as stopping:
            try:
                while self._waiting or self._running:
                    self._hand_out()
                    ready = self._wait()
                    if stopping():
                        raise KeyboardInterrupt
                    self._take(ready)
            except BaseException:
                self._keep_ready()
                self.crew.stop()
                raise
            self.crew.close()

    def _hand_out(self) -> None:
        """Give out units while there is room, until one is ready."""
        while self._waiting and self.crew.has_room():
            try:
                future = self.crew.submit(self.compute, self._waiting[0].unit, self.simulate)
            except OSError as error:  # no further process; those that there are go on
                if not self._running:
                    raise
                self._say_once(f"no further worker can be started: {one_line(error)}")
                break
            self._running[future] = self._waiting.popleft()
            if future.done():
                break
        if said := self.crew.note():
            self.tell(said)

    def _say_once(self, text: str) -> None:
        """Tell what would else be told again and again."""
        if text not in self._said:
            self._said.add(text)
            self.tell(text)

    def _wait(self) -> set[Future[Any]]:
        """Return what is ready, after a moment at the most."""
        if not self._running:
            time.sleep(POLL_SECONDS)
            return set()
        return wait(self._running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done

    def _take(self, ready: set[Future[Any]]) -> None:
        """Free the workers, and write what they made before anything else is begun."""
        for future in ready:
            self.crew.take_back(future, died=isinstance(_error(future), BrokenExecutor))
            if future.cancelled():  # its engine dropped it, which is not the unit's fault
                self._waiting.append(self._running.pop(future))
        came = [future for future in ready if not future.cancelled()]
        for future in sorted(came, key=_concerns_all):  # what is good is written before anything is raised
            task, error = self._running[future], _error(future)
            task.tries += 1
            if error is None:
                self.place(task, future.result())
            else:
                self._failed(task, error)
            del self._running[future]

    def _failed(self, task: Task, error: BaseException) -> None:
        """Try a unit again or give it up; raise what concerns all units alike."""
        if isinstance(error, OSError) and error.errno in FULL:
            raise refusal_of(error, Path(error.filename or ".")) or error
        if isinstance(error, InputError) or not isinstance(error, Exception):
            raise error
        task.tries_left = 0 if died_everywhere(error) else task.tries_left - 1
        if task.tries_left > 0:
            self._waiting.append(task)
        self.failed(task, error)

    def _keep_ready(self) -> None:
        """Write what workers had ready when the run was stopped, as far as it can be."""
        for future, task in self._running.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                task.tries += 1
                try:
                    self.place(task, future.result())
                except (InputError, OSError):  # the disk refuses: that is why we stop, and is said
                    return


def _error(future: Future[Any]) -> BaseException | None:
    """Return what a future that is done ended with."""
    return None if future.cancelled() else future.exception()


def _concerns_all(future: Future[Any]) -> bool:
    """Tell whether a future has to be raised for all."""
    error = _error(future)
    return error is not None and (isinstance(error, InputError) or not isinstance(error, Exception))


def died_everywhere(error: BaseException) -> bool:
    """Tell whether a cluster gave a unit up: several of its workers died of it, one after another."""
    return type(error).__name__ == "KilledWorker"


def record_of(files: Files) -> dict[str, Any]:
    """Return the record among a unit's files."""
    found: dict[str, Any] = json.loads(files["unit.json"])
    return found


def why(error: BaseException) -> str:
    """Return why a try failed, on one line."""
    if isinstance(error, BrokenExecutor):
        return "its worker died: killed, or out of memory"
    return one_line(error)
