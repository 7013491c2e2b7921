"""YAML read with the place of every key kept, so that a message can say which line to mend.

Keys are always text: YAML 1.1 would read the key `on` as true. A key written twice is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sim.parameters.errors import InputError

Place = tuple[str, int]
"""File as the user named it, and line counted from 1."""


_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C where PyYAML has been built with it: ten times as fast."""


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


def load_located(
    path: Path, label: str | None = None, repeated: list[tuple[str, Repeated]] | None = None
) -> LocatedMap:
    """Read one YAML document whose top is a mapping.

    Args:
        path: The file.
        label: What messages call it; its path by default.
        repeated: Takes each key that is written twice with what messages call the file; the first is then
            kept. By default such a key is refused.

    Raises:
        InputError: When it cannot be read, is not YAML, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        found = "other than UTF-8 text"
        raise InputError(file=path, key="file", found=found, allowed="a text file") from error
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        found = "no such file" if missing else (error.strerror or "an error").lower()
        raise InputError(file=path, key="file", found=found, allowed="a file that can be read") from error
    return parse_located(text, label or str(path), repeated)


def parse_located(text: str, label: str, repeated: list[tuple[str, Repeated]] | None = None) -> LocatedMap:
    """Read one YAML document from text; see `load_located`."""
    try:
        top, twice = compose_located(text, label)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else "file"
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(file=label, key=where, found=problem, allowed="valid YAML") from error
    except (ValueError, RecursionError) as error:
        raise InputError(file=label, key="file", found=str(error), allowed="valid YAML") from error
    if repeated is not None:
        repeated += [(label, again) for again in twice]
    elif twice:
        key = f"line {twice[0].line}: {twice[0].path[-1]}"
        raise InputError(file=label, key=key, found="the key twice", allowed="each key once")
    if not isinstance(top, LocatedMap):
        kind = "nothing" if top is None else type(top).__name__
        raise InputError(file=label, key="line 1", found=kind, allowed="keys and values, such as 'name: ...'")
    return top


class Repeated(NamedTuple):
    """A key that a mapping has twice: where it is in the document, its line, and that of the first."""

    path: tuple[str, ...]
    line: int
    first: int


def compose_located(text: str, label: str) -> tuple[Any, list[Repeated]]:
    """Read one YAML document of any kind, with the keys that are written twice (the first is kept).

    Raises:
        yaml.YAMLError: The text is no YAML.
        ValueError: A key is no word, or an alias contains itself.
    """
    try:
        node = yaml.compose(text, Loader=_FAST)
    except yaml.YAMLError:  # said in the words that PyYAML has for it, whichever loader there is
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    repeated: list[Repeated] = []
    return (_build(node, label, set(), (), repeated) if node is not None else None), repeated


def _build(
    node: yaml.Node, label: str, above: set[int], path: tuple[str, ...], repeated: list[Repeated]
) -> Any:
    """Turn a composed node into plain values, mappings and lists with their places."""
    place = (label, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if id(node) in above:
        raise ValueError(f"line {place[1]}: an alias that contains itself")
    inside = above | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        places = [(label, item.start_mark.line + 1) for item in node.value]
        items = [_build(item, label, inside, (*path, str(i)), repeated) for i, item in enumerate(node.value)]
        return LocatedList(items, places, place)
    entries: dict[str, Any] = {}
    where: dict[str, Place] = {}
    merged: list[Any] = []
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise ValueError(f"line {line}: a key must be a word")
        key = str(key_node.value)
        value = _build(value_node, label, inside, (*path, key), repeated)
        if key_node.tag == "tag:yaml.org,2002:merge":
            merged += value if isinstance(value, list) else [value]
        elif key in entries:
            repeated.append(Repeated((*path, key), line, where[key][1]))
        else:
            entries[key] = value
            where[key] = (label, line)
    for other in merged:
        if not isinstance(other, LocatedMap):
            raise ValueError(f"line {place[1]}: '<<' takes mappings")
        for key, value in other.items():
            if key not in entries:
                entries[key] = value
                where[key] = other.places[key]
    return LocatedMap(entries, where, place)


# YAML 1.1 reads 1e-3 as text; nobody means text.
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def _scalar(node: yaml.ScalarNode) -> Any:
    """Return the value of a scalar by the safe loader's rules; times of day and dates stay text."""
    constructor = yaml.constructor.SafeConstructor()
    if node.tag in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:binary"}:
        return str(node.value)
    if not node.style and node.tag == "tag:yaml.org,2002:str" and _EXPONENT.fullmatch(node.value):
        return float(node.value)
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


def like(source: Mapping[str, Any], entries: dict[str, Any]) -> dict[str, Any]:
    """Return entries made from a mapping's, with the mapping's places where it has any."""
    if isinstance(source, LocatedMap):
        return LocatedMap(entries, {k: p for k, p in source.places.items() if k in entries}, source.place)
    return entries


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
