"""Parameters: national evidence tables with provenance, their schemas, and how they are read.

`read_table(path, schema)` is the only way in; everything wrong with an input is an `InputError`. The tables
are made from the evidence by `python -m sim.parameters.importer` and listed in docs/reference/parameters.md.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.parameters.errors import InputError, TableError, nearest_name

if TYPE_CHECKING:
    from sim.parameters.schemas import BY_NAME
    from sim.parameters.tables import Column, Schema, check_table, read_table, write_table

PARAMETERS = Path(__file__).parent
"""Folder of the national tables."""

__all__ = [
    "BY_NAME",
    "PARAMETERS",
    "Column",
    "InputError",
    "Schema",
    "TableError",
    "check_table",
    "nearest_name",
    "read_table",
    "write_table",
]


def __getattr__(name: str) -> Any:
    """Import what reads tables, and pandas with it, when it is first asked for: errors are wanted without."""
    if name not in __all__:
        raise AttributeError(f"module 'sim.parameters' has no attribute {name!r}")
    module = "sim.parameters.schemas" if name == "BY_NAME" else "sim.parameters.tables"
    return getattr(import_module(module), name)
