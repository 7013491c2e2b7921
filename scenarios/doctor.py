"""Whether this machine can run Leftshift: Python, libraries, cores, memory, disk, area packs, library."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from scenarios import identity, machine
from scenarios.estimate import memory_mb_each
from scenarios.names import area_names, load_names
from scenarios.scenario import LIBRARY, check
from sim.parameters.errors import InputError

OLDEST_PYTHON = (3, 11)
LEAST_DISK_GB = 1.0


def report() -> tuple[list[str], bool]:
    """Return what was found, a line each beginning with 'ok' or 'not ok', and whether all is well."""
    findings = [*_interpreter(), *_libraries(), *_room(), *_content()]
    lines = [f"{'ok    ' if good else 'not ok'} {text}" for good, text in findings]
    return lines, all(good for good, _ in findings)


def _interpreter() -> list[tuple[bool, str]]:
    """Look at Python itself."""
    good = sys.version_info >= OLDEST_PYTHON
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return [(good, f"Python {platform.python_version()} on {platform.system()} (at least {wanted})")]


def _libraries() -> list[tuple[bool, str]]:
    """Look at what is installed."""
    versions = identity.environment()["versions"]
    return [
        (number != "not installed", f"{name} {number}")
        for name, number in versions.items()
        if name != "python"
    ]


def _room() -> list[tuple[bool, str]]:
    """Look at cores, memory and disk."""
    free_gb = shutil.disk_usage(Path()).free / 1e9
    memory, needed = machine.available_memory_mb(), memory_mb_each(1.0)
    told = "unknown" if memory is None else f"{memory:,.0f} MB"
    return [
        (True, f"{machine.cores()} cores"),
        (
            memory is None or memory >= needed,
            f"{told} of memory free (a full-scale replicate needs {needed:,.0f} MB)",
        ),
        (free_gb >= LEAST_DISK_GB, f"{free_gb:,.1f} GB of disk free here"),
    ]


def _content() -> list[tuple[bool, str]]:
    """Look at the area packs and the scenarios."""
    found: list[tuple[bool, str]] = []
    for area in area_names():
        try:
            load_names(area)
            problems = [
                problem for path in sorted(LIBRARY.glob("*.yaml")) for problem in check(path, area)[0]
            ]
            found.append((not problems, f"area {area}, scenario library: {len(problems)} problems"))
        except (InputError, OSError, KeyError) as error:
            found.append((False, f"area {area}: {error}"))
    return found
