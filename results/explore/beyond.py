"""What the explorer offers beyond saved tables: today's people, one resident's story, a model to step.

`results` reads saved tables only, so whoever starts the explorer says how each is done; a thing that is not
given is told as missing, with what it takes.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sim.parameters.errors import InputError

Choices = Mapping[str, Any]
READY = "ready "
"""What a model to step writes on standard output when it can be opened, with its port."""
PORT_VARIABLE, KEY_VARIABLE = "LEFTSHIFT_EXPLORE_PORT", "LEFTSHIFT_EXPLORE_KEY"
LINES_KEPT = 200
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """How each of these is done."""

    cohort: Callable[[Choices], dict[str, Any]] | None = None
    """Counts of today's people who meet a filter."""
    cohort_choices: Callable[[], dict[str, Any]] | None = None
    """What may be filtered by."""
    story: Callable[[Choices, Path], Sequence[str]] | None = None
    """The command that writes a story into a folder."""
    live: Callable[[Choices], Sequence[str]] | None = None
    """The command that serves a model to step."""
    no_live: str = ""
    """Why there is none, and what to install."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment of these commands."""


class Job:
    """A command at work, what it says, and whether it has ended.

    Its standard input stays open as long as we live, so that it can tell when we are gone.

    Args:
        command: What to run.
        environment: Its environment.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.told: list[str] = []
        self.complaints: list[str] = []
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", errors="replace", env=dict(environment) or None,
        )  # fmt: skip
        for stream, kept in ((self._process.stdout, self.told), (self._process.stderr, self.complaints)):
            threading.Thread(target=_keep, args=(stream, kept), daemon=True).start()

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End it, politely and then not."""
        if self.code is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _keep(stream: IO[str] | None, kept: list[str]) -> None:
    """Keep the last lines of a stream."""
    if stream is None:
        return
    with stream:
        for line in stream:
            kept.append(line.rstrip("\n"))
            del kept[:-LINES_KEPT]


class Stories:
    """Stories that the page asked for, one at work at a time, each in a folder of its own."""

    def __init__(self, beyond: Beyond) -> None:
        self._beyond = beyond
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._jobs: list[Job] = []

    def start(self, choices: Choices) -> dict[str, Any]:
        """Begin a story, in place of one that is still at work.

        Raises:
            InputError: Stories are not offered, or a choice cannot be.
        """
        if self._beyond.story is None:
            raise InputError(file="explore", key="story", found="asked for", allowed="nothing: not offered")
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="leftshift_stories_")
        number = len(self._jobs)
        command = self._beyond.story(choices, self._page(number).parent)
        for job in self._jobs:
            job.stop()
        self._jobs.append(Job(command, self._beyond.environment))
        return self.state(number)

    def state(self, number: int) -> dict[str, Any]:
        """Return how far a story is: working, done or failed, with its last words."""
        if not 0 <= number < len(self._jobs):
            raise InputError(file="explore", key="story", found=number, allowed="a story that was begun")
        job = self._jobs[number]
        code = job.code
        done = code == 0 and self._page(number).is_file()
        words = [line for line in job.complaints if line.strip()]
        return {
            "story": number,
            "state": "working" if code is None else "done" if done else "failed",
            "said": words[-1] if words else "",
        }

    def page(self, number: int) -> bytes | None:
        """Return a finished story's page."""
        if not 0 <= number < len(self._jobs):
            return None
        path = self._page(number)
        return path.read_bytes() if path.is_file() else None

    def _page(self, number: int) -> Path:
        """Return where a story that was begun is to be."""
        assert self._folder is not None, "a story was begun"
        return Path(self._folder.name) / f"story_{number}" / "story.html"

    def close(self) -> None:
        """End what is at work and take the folders away."""
        for job in self._jobs:
            job.stop()
        if self._folder is not None:
            self._folder.cleanup()


class LiveModel:
    """A model that the reader can step, served by a process of its own."""

    def __init__(self, beyond: Beyond) -> None:
        self._beyond = beyond
        self._job: Job | None = None

    def start(self, choices: Choices, port: int, key: str) -> dict[str, Any]:
        """Begin, in place of one that was begun before.

        Args:
            choices: What the model is of.
            port: Where the explorer listens: whose cookie the model's page asks for.
            key: The explorer's key; given in the environment, where other users of the machine cannot see it.

        Raises:
            InputError: What it takes is not installed, or a choice cannot be.
        """
        if self._beyond.live is None:
            raise InputError(file="explore", key="live", found="asked for", allowed=self._beyond.no_live)
        command = self._beyond.live(choices)
        self.close()
        own = {PORT_VARIABLE: str(port), KEY_VARIABLE: key}
        self._job = Job(command, {**self._beyond.environment, **own})
        return self.state()

    def state(self) -> dict[str, Any]:
        """Return whether it is missing, idle, starting, ready (with its port) or failed."""
        if self._beyond.live is None:
            return {"state": "missing", "said": self._beyond.no_live}
        if self._job is None:
            return {"state": "idle", "said": ""}
        ready = [line for line in self._job.told if line.startswith(READY)]
        words = [line for line in self._job.complaints if line.strip()]
        if self._job.code is not None:
            return {"state": "failed", "said": words[-1] if words else "it ended"}
        if ready:
            return {"state": "ready", "said": "", "port": int(ready[-1][len(READY) :])}
        return {"state": "starting", "said": words[-1] if words else ""}

    def close(self) -> None:
        """End it."""
        if self._job is not None:
            self._job.stop()
            self._job = None
