"""What all tests share, and how they are divided among workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from scenarios.machine import THREAD_VARIABLES, cores, default_workers

ROOT = Path(__file__).resolve().parent.parent
WORKER_MB = 5000.0
"""Memory of a worker at its most, as measured: models that tests compare, and whole replicates."""
SHARING = ("invariants", "metamorphic", "population", "results")
"""Folders whose modules share costly fixtures: they stay with one worker."""
FIRST = ("calibration", "library", "metamorphic", "results", "parameters", "project", "scenarios")
"""Folders that begin: the longest, and those in which a second worker has work while it compiles kernels."""
APART = "library"
"""Folder of many runs that share little: a room for each first letter of a scenario."""

# One thread a worker, which inherits this: workers side by side are the better use of cores.
for variable in THREAD_VARIABLES:
    os.environ.setdefault(variable, "1")

# What a test takes depends on the machine and on who else uses it; how long is told by `--durations`.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


def room(node: str) -> str:
    """Return what of a test's name it shares a worker with: its folder, its module, or a part of that."""
    module = node.split("::", 1)[0]
    folder = module.rpartition("/")[0]
    if folder.removeprefix("tests/") == APART:
        test, _, of = node.partition("[")
        return f"{test}[{of[:1]}"
    return folder if folder.removeprefix("tests/") in SHARING else module


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the rooms that begin first; the others stay in their order."""
    place = {f"tests/{folder}": k for k, folder in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::", 1)[0].rpartition("/")[0], len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Take as many workers for `-n auto` as cores and memory bear."""
    return default_workers(cores(), WORKER_MB)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a room together, so that what they share is made once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByRoom(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return room(nodeid)

    config.option.loadscopereorder = False  # the order is ours
    return ByRoom(config, log)
