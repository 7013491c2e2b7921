"""The machine: how many processes it bears, how they are started and stopped, what they use."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

# One thread a worker: replicates side by side are the better use of cores, and nothing depends on threads.
THREAD_VARIABLES = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
PARENT_CHECK_SECONDS = 2.0
GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells the limits of this process's group, in a container as in a scheduler's job."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def available_memory_mb() -> float | None:
    """Return the memory that is free for new work, in MB, or None where it cannot be told.

    A container or a scheduler's job may have less than its machine: the least counts.
    """
    known = [free for free in (_free_of_machine(), _free_of_group()) if free is not None]
    return min(known, default=None)


def _free_of_machine() -> float | None:
    """Return what the machine has free, in MB."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def _group() -> Path:
    """Return the folder of the group of processes that this one is in."""
    try:
        for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
            if line.startswith("0::/"):
                return GROUP / line[len("0::/") :]
    except OSError:
        pass
    return GROUP


def _free_of_group(group: Path | None = None) -> float | None:
    """Return what the group of processes that this one is in may still take, in MB; None without a limit."""
    group = group or _group()
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        kept = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    if limit == "max":
        return None
    # Pages of files that nobody has used of late are given up before anybody is killed.
    return (int(limit) - used + int(kept.get("inactive_file", 0))) / 2**20


def default_workers(units: int, memory_mb_each: float) -> int:
    """Return how many workers to start: no more than the units, the cores, or what memory bears."""
    available = available_memory_mb()
    borne = units if available is None else int(available * 0.8 // memory_mb_each)
    return max(1, min(units, cores(), borne))


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Return a pool of fresh interpreters, each with one thread."""
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin_worker, initargs=(os.getpid(),)
    )


def _begin_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end when the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent is another than it was: the run was killed."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(1)


def stop_workers(pool: Executor) -> None:
    """End the pool's processes at once; what they had not finished leaves nothing behind."""
    pool.shutdown(wait=False, cancel_futures=True)
    for child in multiprocessing.active_children():
        child.terminate()


def describe() -> dict[str, str | int]:
    """Return what is recorded of the machine; nothing that names it or its user."""
    return {"system": platform.system(), "architecture": platform.machine(), "cores": cores()}
