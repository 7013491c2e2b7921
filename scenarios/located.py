"""YAML read with the place of every key kept, so that a message can say which line to mend.

Keys are always text: YAML 1.1 would read the key `on` as true. A key written twice is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sim.parameters.errors import InputError

Place = tuple[str, int]
"""File as the user named it, and line counted from 1."""


class LocatedMap(dict[str, Any]):
    """A mapping that remembers where each of its keys stands."""

    def __init__(self, entries: dict[str, Any], places: dict[str, Place], place: Place) -> None:
        super().__init__(entries)
        self.places = places
        self.place = place


class LocatedList(list[Any]):
    """A list that remembers where each of its items stands."""

    def __init__(self, items: list[Any], places: list[Place], place: Place) -> None:
        super().__init__(items)
        self.places = places
        self.place = place


def load_located(path: Path, label: str | None = None) -> LocatedMap:
    """Read one YAML document whose top is a mapping.

    Args:
        path: The file.
        label: What messages call it; its path by default.

    Raises:
        InputError: When it cannot be read, is not YAML, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(file=path, key="file", found=str(error), allowed="a readable UTF-8 file") from error
    return parse_located(text, label or str(path))


def parse_located(text: str, label: str) -> LocatedMap:
    """Read one YAML document from text; see `load_located`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        top = _build(node, label, set()) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else "file"
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(file=label, key=where, found=problem, allowed="valid YAML") from error
    except (ValueError, RecursionError) as error:
        raise InputError(file=label, key="file", found=str(error), allowed="valid YAML") from error
    if not isinstance(top, LocatedMap):
        kind = "nothing" if top is None else type(top).__name__
        raise InputError(file=label, key="line 1", found=kind, allowed="keys and values, such as 'name: ...'")
    return top


def _build(node: yaml.Node, label: str, above: set[int]) -> Any:
    """Turn a composed node into plain values, mappings and lists with their places."""
    place = (label, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if id(node) in above:
        raise ValueError(f"line {place[1]}: an alias that contains itself")
    inside = above | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        places = [(label, item.start_mark.line + 1) for item in node.value]
        return LocatedList([_build(item, label, inside) for item in node.value], places, place)
    entries: dict[str, Any] = {}
    where: dict[str, Place] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ValueError(f"line {line}: a key must be a word")
        key = str(key_node.value)
        if key in entries:
            raise InputError(
                file=label, key=f"line {line}: {key}", found="the key twice", allowed="each key once"
            )
        entries[key] = _build(value_node, label, inside)
        where[key] = (label, line)
    return LocatedMap(entries, where, place)


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return the value of a scalar by the safe loader's rules; times of day and dates stay text."""
    constructor = yaml.constructor.SafeConstructor()
    if node.tag in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"}:
        return str(node.value)
    return constructor.construct_object(node)


def place_of(data: Any, location: tuple[Any, ...]) -> Place | None:
    """Return where a location inside the data stands, or the nearest enclosing place that is known.

    Parts of the location that name no key (such as the tag of a union) are passed over.
    """
    place: Place | None = getattr(data, "place", None)
    for part in location:
        if isinstance(data, LocatedMap):
            if part not in data:
                continue
            place, data = data.places.get(part, place), data[part]
        elif isinstance(data, LocatedList) and isinstance(part, int) and part < len(data):
            place, data = data.places[part], data[part]
    return place


def merge(base: LocatedMap, over: LocatedMap) -> LocatedMap:
    """Return `base` with the keys of `over` laid on it, mapping by mapping; lists are replaced."""
    entries, places = dict(base), dict(base.places)
    for key, value in over.items():
        old = entries.get(key)
        if isinstance(old, LocatedMap) and isinstance(value, LocatedMap):
            entries[key] = merge(old, value)
        else:
            entries[key] = value
        places[key] = over.places[key]
    return LocatedMap(entries, places, over.place)
