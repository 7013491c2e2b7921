"""A network in two CSV tables, nodes and routes, read as the same document as a YAML file."""

from __future__ import annotations

import csv
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from sim.care.problems import Complaints
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.located import LocatedList, LocatedMap, Place

EXIT = "exit"
_SUMMARIES = (
    "mean", "sd", "median", "p90", "mu", "sigma", "low", "mode", "high", "shape", "scale", "value",
)  # fmt: skip
NODE_COLUMNS: dict[str, str] = {
    "node": "name of the node, or of an exit where `places` says `exit`",
    "places": "a number, `unlimited`, or `exit`",
    "distribution": "of the service time: exponential, lognormal, gamma, weibull, uniform, triangular, ...",
    **{name: f"the distribution's {name}" for name in _SUMMARIES},
    "minimum": "shortest service (truncation)",
    "maximum": "longest service (truncation)",
    "unit": "unit of the service time, where it is not `time_unit`",
    "external_queue": "people from outside who may wait, or `unlimited` (also when empty)",
    "internal_queue": "people from other nodes who may wait, or `unlimited` (also when empty)",
    "divert_to": "node at which people from outside are tried when this one is full",
    "holds_upstream": "yes: people here keep the place they came from",
    "priority": "priority at this node, 0 (first) to 7",
    "arrival_rate": "people from outside in each unit of time, Poisson",
    "arrival_unit": "unit of the rate, where it is not `time_unit`: minute, hour, day, week or year",
    "time_unit": "minute, hour or day, for the whole table: in the first row, or the same in all",
    "label": "plain words",
    "kind_of_care": "kind of care, for grouping",
    "site": "site, for grouping",
}
"""Columns of the table of nodes; all but `node`, `places`, `distribution` and `time_unit` may be left out."""
ROUTE_COLUMNS: dict[str, str] = {
    "from": "node that is left",
    "to": "node or exit that follows; a name that is no node is an exit",
    "probability": "share of those who leave, or `remainder`",
    "delay_distribution": "distribution of the delay on the way; left out: a fixed delay of `delay_mean`",
    **{f"delay_{name}": f"the delay's {name}" for name in _SUMMARIES},
    "delay_unit": "unit of the delay, where it is not `time_unit`",
    "holds_place": "yes (also when empty) or no: whether the place left is kept during the delay",
}
"""Columns of the table of routes; `from`, `to` and `probability` are needed."""
_ALIKE = 0.8  # a name that is no node but so like one is a slip, not an exit
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class _Row(NamedTuple):
    place: Place
    cells: dict[str, str]


def read_tables(nodes: Path, routes: Path, complaints: Complaints) -> LocatedMap:
    """The document that two tables say.

    Args:
        nodes: Table of nodes, columns `NODE_COLUMNS`.
        routes: Table of routes, columns `ROUTE_COLUMNS`.
        complaints: Takes what the tables say wrongly, with file and line.

    Raises:
        InputError: A table cannot be read.
    """
    node_rows = _rows(nodes, NODE_COLUMNS, ("node", "places"), complaints)
    route_rows = _rows(routes, ROUTE_COLUMNS, ("from", "to", "probability"), complaints)
    top: Place = (str(nodes), 1)
    sections: dict[str, LocatedMap] = {name: LocatedMap({}, {}, top) for name in ("nodes", "arrivals")}
    exits: dict[str, Place] = {}
    for row in node_rows:
        name = row.cells.get("node", "")
        if not name:
            complaints.add("node", "nothing", "a name", place=row.place)
        elif name in sections["nodes"] or name in exits:
            complaints.add(f"node {name}", "the name again", "each node in one row", place=row.place)
        elif row.cells.get("places") == EXIT:
            exits[name] = row.place
        else:
            _put(sections["nodes"], name, _node(row, complaints), row.place)
            if "arrival_rate" in row.cells:
                _put(sections["arrivals"], name, _arrivals(row), row.place)
    ways = _routes(route_rows, sections["nodes"], exits, complaints)
    entries = {
        "time_unit": _time_unit(node_rows, complaints),
        **sections,
        "routes": ways,
        "exits": LocatedList(list(exits), list(exits.values()), top),
    }
    return LocatedMap(entries, dict.fromkeys(entries, top), top)


def _rows(path: Path, columns: dict[str, str], needed: tuple[str, ...], complaints: Complaints) -> list[_Row]:
    """Rows with their lines, empty cells left out; unknown columns are complained about once."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            reader = csv.DictReader(table)
            head = [(name or "").strip() for name in reader.fieldnames or []]
            meant = [name if name in columns else nearest_name(name, columns) or name for name in head]
            reader.fieldnames = meant if len(set(meant)) == len(meant) else head
            rows = [_Row((str(path), reader.line_num), _cells(cells)) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError(file=path, key="file", found=found, allowed="a CSV table in UTF-8") from None
    for name in head:
        if name and name not in columns:
            complaints.add("columns", name, "one of " + ", ".join(columns), columns, place=(str(path), 1))
    for name in needed:
        if name not in meant:
            allowed = "the columns " + ", ".join(needed)
            complaints.add("columns", f"no column {name}", allowed, place=(str(path), 1))
    return [row for row in rows if row.cells]


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _ALIKE


def _cells(cells: dict[Any, Any]) -> dict[str, str]:
    return {k: v.strip() for k, v in cells.items() if isinstance(k, str) and isinstance(v, str) and v.strip()}


def _put(section: LocatedMap, name: str, value: Any, place: Place) -> None:
    section[name] = value
    section.places[name] = place


def _number(text: str) -> float | str:
    """A number where the text is one; else the text, which the schema or the compiler judges."""
    try:
        return float(text)
    except ValueError:
        return text


def _mapping(entries: dict[str, Any], place: Place) -> LocatedMap:
    return LocatedMap(entries, dict.fromkeys(entries, place), place)


def _truth(row: _Row, column: str, default: bool, complaints: Complaints) -> bool:
    found = row.cells.get(column)
    if found is None:
        return default
    if found.lower() not in _TRUTH:
        complaints.add(column, found, "yes or no", place=row.place)
    return _TRUTH.get(found.lower(), default)


def _distribution(row: _Row, prefix: str) -> LocatedMap:
    """A distribution from the columns that begin with a prefix."""
    names = ("distribution", "unit", "minimum", "maximum", *_SUMMARIES)
    given = {name: row.cells[prefix + name] for name in names if prefix + name in row.cells}
    words = ("distribution", "unit")
    return _mapping({n: v if n in words else _number(v) for n, v in given.items()}, row.place)


def _node(row: _Row, complaints: Complaints) -> LocatedMap:
    cells = row.cells
    node: dict[str, Any] = {"service": _distribution(row, "")}
    if "places" in cells:
        node["places"] = _number(cells["places"])
    for name in ("label", "kind_of_care", "site", "divert_to"):
        if name in cells:
            node[name] = cells[name]
    for name in ("external_queue", "internal_queue", "priority"):
        if name in cells:
            node[name] = _number(cells[name])
    node["holds_upstream"] = _truth(row, "holds_upstream", False, complaints)
    return _mapping(node, row.place)


def _arrivals(row: _Row) -> LocatedMap:
    arrivals: dict[str, Any] = {"rate": _number(row.cells["arrival_rate"])}
    if "arrival_unit" in row.cells:
        arrivals["unit"] = row.cells["arrival_unit"]
    return _mapping(arrivals, row.place)


def _routes(
    rows: list[_Row], nodes: LocatedMap, exits: dict[str, Place], complaints: Complaints
) -> LocatedMap:
    """The ways on; a target that is no node becomes an exit, unless exits are declared or it is a slip."""
    declared = bool(exits)
    ways = LocatedMap({}, {}, rows[0].place if rows else nodes.place)
    for row in rows:
        start, end = row.cells.get("from"), row.cells.get("to")
        if start is None or end is None:
            complaints.add("from, to", "nothing", "a node, and what follows it", place=row.place)
            continue
        if end not in nodes and end not in exits and not declared:
            slip = next((name for name in nodes if _alike(end, name)), None)
            if slip is not None:
                allowed = "a node, or a row of the nodes whose places are `exit`"
                complaints.add(f"routes.{start}.{end}", end, allowed, [slip], place=row.place)
                end = slip
            else:
                exits[end] = row.place
        if start not in ways:
            _put(ways, start, LocatedMap({}, {}, row.place), row.place)
        if end in ways[start]:
            complaints.add(f"routes.{start}.{end}", "the way again", "each way in one row", place=row.place)
        route: dict[str, Any] = {"holds_place": _truth(row, "holds_place", True, complaints)}
        if "probability" in row.cells:
            route["probability"] = _number(row.cells["probability"])
        delay = _distribution(row, "delay_")
        if delay:
            fixed = "distribution" not in delay and set(delay) <= {"mean", "value", "unit"}
            if fixed:
                time = delay.pop("mean", delay.pop("value", None))
                delay = _mapping({**delay, "distribution": "deterministic", "value": time}, row.place)
            route["delay"] = delay
        _put(ways[start], end, _mapping(route, row.place), row.place)
    return ways


def _time_unit(rows: list[_Row], complaints: Complaints) -> str:
    """The table's one unit of time."""
    found = {row.cells["time_unit"]: row.place for row in reversed(rows) if "time_unit" in row.cells}
    if not found:
        place = rows[0].place if rows else None
        complaints.add("time_unit", "nothing", "minute, hour or day, in the first row", place=place)
        return "hour"
    if len(found) > 1:
        complaints.add("time_unit", ", ".join(found), "one unit of time", place=max(found.values()))
    return next(reversed(found))
