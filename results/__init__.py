"""Results: saved runs, measures, inequality, comparison with a baseline, figures and the report.

Reads saved tables only. Names are loaded on first use, so that `leftshift --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from results.command import compare_command
    from results.comparison import Comparison
    from results.runs import Run, load_run
    from results.sql.asking import query

__all__ = ["Comparison", "Run", "compare_command", "load_run", "query"]

_HOME = {
    "Comparison": "results.comparison",
    "Run": "results.runs",
    "compare_command": "results.command",
    "load_run": "results.runs",
    "query": "results.sql.asking",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'results' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
