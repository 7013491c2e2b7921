"""Tables of rules for care nodes: a row a pattern of names, of which the last one that fits a node holds.

Such a table has the columns node, source, grade, owner, reason, and what its rules say (`capacity.csv`,
`small_scale.csv`). Its first row is for every node.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol, TypeVar

from sim.parameters.errors import InputError

ANY_NODE = "*"


class NodeRule(Protocol):
    """A rule with the pattern of the nodes that it is for."""

    @property
    def node(self) -> str:
        """Pattern of names."""


Kind = TypeVar("Kind", bound=NodeRule)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of rules.

    Raises:
        InputError: A row has no source or no reason, or the first one is not for every node.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row["source"] or not row["reason"]:
            raise InputError(file=path, key=row["node"], found="nothing", allowed="a source and a reason")
    first = rows[0]["node"] if rows else "nothing"
    if first != ANY_NODE:
        allowed = f"{ANY_NODE} in the first row, so that a rule fits every node"
        raise InputError(file=path, key="node", found=first, allowed=allowed)
    return rows


def rule_for(node: str, rules: Sequence[Kind]) -> Kind:
    """Return the last rule whose pattern fits a node."""
    return next(rule for rule in reversed(rules) if fnmatch(node, rule.node))
