"""An existing Dask cluster as the engine of a run: the same units, computed elsewhere, written here.

Units come back to this process, which writes them, and are not written by the workers: then one process alone
writes to the folder and holds its lock, no folder has to be shared, and a worker that was given up for lost
can change nothing when it comes back. A unit is a few megabytes.

Results are the same to the bit where code, packages and architecture are: so every worker is asked for them
before the first unit, and one that comes later is asked before its first.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenarios import identity
from sim.parameters.errors import InputError

WAIT_SECONDS = 60.0
"""How long the first worker is waited for."""
CONNECT_SECONDS = 15.0
LOOK_SECONDS = 2.0
"""How often is looked for workers that came or went."""
UNITS_A_WORKER = 2
"""One that a worker computes and one that it has next."""
INSTALL = "pip install 'leftshift[cluster]'"


def own_identity() -> dict[str, str]:
    """Return what must be the same on all machines: code, packages that can change a number, architecture."""
    found = identity.environment()
    versions = {name: number for name, number in found["versions"].items() if name != "leftshift"}
    return {"code": found["code_version"], "architecture": platform.machine(), **versions}


class ClusterExecutor(Executor):
    """Those workers of a Dask cluster that are as this machine is, asked like `concurrent.futures`."""

    def __init__(self, client: Any, address: str) -> None:
        self.client = client
        self.address = address
        self._mine = own_identity()
        self._checked: set[str] = set()
        self._refused: dict[str, str] = {}
        self._notes: list[str] = []
        self._given: dict[Future[Any], frozenset[str]] = {}
        self._room = 0
        self._looked = 0.0

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Have a worker that was checked call a function."""
        workers = frozenset(self._checked)
        engine = self.client.get_executor(
            pure=False, retries=0, workers=sorted(workers), allow_other_workers=False
        )
        future: Future[Any] = engine.submit(function, *arguments, **keywords)
        self._given[future] = workers
        return future

    def room(self) -> int:
        """Return how many units may be under way, with the workers that there are now.

        Raises:
            InputError: The scheduler is gone.
        """
        if self._looked and time.monotonic() - self._looked < LOOK_SECONDS:
            return self._room
        self._look()
        if not self._checked and self._room:
            self._notes.append(f"no worker is left at {self.address}: waiting for one")
        self._room = UNITS_A_WORKER * len(self._checked)
        return self._room

    def note(self) -> str:
        """Look after the workers, and return what has become of them since last asked."""
        self.room()
        said, self._notes = "; ".join(self._notes), []
        return said

    def wait_for_workers(self) -> None:
        """Wait for the first worker, and refuse a cluster of which one is not as this machine is.

        Raises:
            InputError: No worker came, or some have other code or packages: all at once.
        """
        until = time.monotonic() + WAIT_SECONDS
        while self.room() == 0 and not self._refused:
            if time.monotonic() > until:
                raise self._refusal(
                    f"a scheduler without workers for {WAIT_SECONDS:.0f} s", "a cluster with workers: see "
                    "docs/how-to/run-on-a-cluster.md"
                )  # fmt: skip
            time.sleep(0.2)
        if self._refused:
            told = "; ".join(f"{worker}: {why}" for worker, why in sorted(self._refused.items()))
            raise self._refusal(
                told, "workers with the code, the lock file and the architecture of this machine, one thread "
                "each (dask worker --nthreads 1)"
            )  # fmt: skip

    def _look(self) -> None:
        """See which workers came and went, and ask those that came what they are."""
        try:
            there: Mapping[str, int] = self.client.nthreads()
        except Exception as error:  # every way in which a connection ends
            raise self._refusal("a scheduler that cannot be reached any more", _GO_ON) from error
        self._looked = time.monotonic()
        self._checked &= set(there)
        self._refused = {worker: why for worker, why in self._refused.items() if worker in there}
        for future, workers in list(self._given.items()):
            if future.done() or not workers & set(there):
                del self._given[future]
                future.cancel()  # nobody is left who may do it: it is handed out again
        new = set(there) - self._checked - set(self._refused)
        if not new:
            return
        answers = self.client.run(own_identity, workers=sorted(new), on_error="return")
        for worker in sorted(new & set(answers)):
            why = self._differs(answers[worker], there[worker])
            if why:
                self._refused[worker] = why
                self._notes.append(f"the worker {worker} is given nothing to do: {why}")
            else:
                self._checked.add(worker)

    def _differs(self, answer: Any, threads: int) -> str:
        """Return in what a worker is not as this machine is; '' where it is."""
        if "ModuleNotFoundError" in repr(answer):
            return "Leftshift is not installed there, or another version of it"
        if isinstance(answer, BaseException):
            return f"it does not answer ({type(answer).__name__}: {answer})"
        parts = [
            f"{name} {answer.get(name, 'unknown')}, here {mine}"
            for name, mine in self._mine.items()
            if answer.get(name) != mine
        ]
        if threads != 1:
            parts.append(f"{threads} threads in one process, where the model wants 1")
        return ", ".join(parts)

    def _refusal(self, found: str, allowed: str) -> InputError:
        """Return a message about the cluster."""
        return InputError(file="command line", key=f"--dask {self.address}", found=found, allowed=allowed)


_GO_ON = "a scheduler that runs on; what was finished is kept, and the same command goes on from there"


@contextmanager
def cluster(address: str) -> Iterator[ClusterExecutor]:
    """Connect to a Dask scheduler, check its workers, and leave the cluster as it was at the end.

    Args:
        address: Such as 'tcp://10.0.0.5:8786', or the file that `dask scheduler --scheduler-file` wrote.

    Raises:
        InputError: Dask is not installed, nobody answers, or a worker is not as this machine is.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            file="command line", key="--dask", found="Dask is not installed", allowed=f"{INSTALL} first"
        ) from None  # fmt: skip
    given = {"address": address}
    if address.endswith(".json"):
        given = {"scheduler_file": address}
        if not Path(address).is_file():  # Dask would wait for it
            raise InputError(file="command line", key="--dask", found=address, allowed="a file that is there")
    try:
        connect: Any = Client  # Dask has no types
        client = connect(**given, timeout=CONNECT_SECONDS, name="leftshift", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            file="command line", key="--dask", found=f"{address}: nobody answers ({type(error).__name__})",
            allowed="the address of a running scheduler, such as tcp://10.0.0.5:8786, or its scheduler file",
        ) from None  # fmt: skip
    try:
        executor = ClusterExecutor(client, address)
        executor.wait_for_workers()
        yield executor
    finally:
        client.close(timeout=5)
