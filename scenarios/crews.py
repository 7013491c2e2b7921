"""Who does the work: processes of this machine, or an engine that was lent. All are asked in the same way.

Each local worker is a pool of its own with one process, so that a process that dies takes only its own unit
with it, and is known by it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, Protocol

from scenarios.machine import available_memory_mb, stop_workers

Pools = Callable[[int], Executor]


class Crew(Protocol):
    """Workers."""

    def has_room(self) -> bool:
        """Tell whether one more unit may be under way."""
        ...

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a worker do something."""
        ...

    def take_back(self, future: Future[Any], died: bool) -> None:
        """Take the worker back that has done it, or died of it."""
        ...

    def note(self) -> str:
        """Return what the person who waits should be told since last asked; '' for nothing."""
        ...

    def close(self) -> None:
        """End the workers, which have nothing to do."""
        ...

    def stop(self) -> None:
        """End the workers at once."""
        ...


class LocalCrew:
    """Processes of this machine, started as they are needed and as memory bears."""

    def __init__(self, workers: int, pools: Pools, memory_mb_each: float) -> None:
        self.workers = workers
        self.memory_mb_each = memory_mb_each
        self._pools = pools
        self._idle: list[Executor] = []
        self._busy: dict[Future[Any], Executor] = {}
        self._short = False
        self._note = ""

    def has_room(self) -> bool:
        """Tell whether a worker is free and memory bears one more unit; one unit is always under way."""
        busy = len(self._busy)
        if busy >= self.workers:
            return False
        available = available_memory_mb() if busy else None
        short = available is not None and available < self.memory_mb_each
        if short and not self._short:
            self._note = (
                f"memory is short ({available:,.0f} MB free, a replicate takes {self.memory_mb_each:,.0f}): "
                f"{busy} of {self.workers} workers go on, the others when there is room"
            )
        elif self._short and not short and busy + 1 >= self.workers:
            self._note = f"memory is free again: {self.workers} workers"
        self._short = short or (self._short and busy + 1 < self.workers)
        if short:
            self._end_idle()
        return not short

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a free worker do something, or a new one where it has died since."""
        pool = self._idle.pop() if self._idle else self._pools(1)
        try:
            future = pool.submit(function, *arguments)
        except BrokenExecutor:
            pool.shutdown(wait=False)
            pool = self._pools(1)
            future = pool.submit(function, *arguments)
        self._busy[future] = pool
        return future

    def take_back(self, future: Future[Any], died: bool) -> None:
        """Keep the worker for what comes next, or bury it."""
        pool = self._busy.pop(future)
        if died:
            pool.shutdown(wait=False)
        else:
            self._idle.append(pool)

    def note(self) -> str:
        """Return what has become of memory since last asked."""
        said, self._note = self._note, ""
        return said

    def close(self) -> None:
        """End the workers and wait for them."""
        for pool in self._idle:
            pool.shutdown()
        self._idle.clear()

    def stop(self) -> None:
        """End the workers at once."""
        for pool in [*self._busy.values(), *self._idle]:
            stop_workers(pool)

    def _end_idle(self) -> None:
        """Give the memory of workers back that have nothing to do."""
        for pool in self._idle:
            pool.shutdown(wait=False)
        self._idle.clear()


class LentCrew:
    """An executor that somebody else started and will end; it may say how many units it has room for.

    An executor without `room()` is given everything at once.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._busy: set[Future[Any]] = set()

    def has_room(self) -> bool:
        """Tell whether one more unit may be under way."""
        room: Callable[[], int] | None = getattr(self.executor, "room", None)
        return room is None or len(self._busy) < room()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have the executor do something."""
        future = self.executor.submit(function, *arguments)
        self._busy.add(future)
        return future

    def take_back(self, future: Future[Any], died: bool) -> None:
        """Count one unit less."""
        self._busy.discard(future)

    def note(self) -> str:
        """Return what the executor has to say."""
        note: Callable[[], str] | None = getattr(self.executor, "note", None)
        return note() if note is not None else ""

    def close(self) -> None:
        """Leave the executor to whoever started it."""

    def stop(self) -> None:
        """Take back what is not done."""
        for future in self._busy:
            future.cancel()
