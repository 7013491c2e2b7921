"""Parameters: national evidence tables with provenance, their schemas, and how they are read.

`read_table(path, schema)` is the only way in; everything wrong with an input is an `InputError`. The tables
are made from the evidence by `python -m sim.parameters.importer` and listed in docs/reference/parameters.md.
"""

from pathlib import Path

from sim.parameters.errors import InputError, TableError, nearest_name
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
