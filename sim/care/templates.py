"""Templates of a network file: `for_each: {site: [poole, ...]}` repeats every key that says `{site}`."""

from __future__ import annotations

import itertools
import re
from typing import Any

from sim.care.problems import Complaints
from sim.parameters.located import LocatedList, LocatedMap, like

_NAME = re.compile(r"\{([a-z_]+)\}")


def expand(document: dict[str, Any], complaints: Complaints) -> dict[str, Any]:
    """Repeat templated keys of `nodes`, `arrivals`, `routes` and items of `exits`.

    A key such as `ed_{site}` becomes one key for each site, and `{site}` inside what it holds is replaced
    with it. Inside a node's routes, a target that names another list is repeated in turn.

    Args:
        document: The file as read.
        complaints: Takes the templates that name no list.

    Returns:
        The document without templates and without `for_each`.
    """
    lists = document.pop("for_each", {})
    if not isinstance(lists, dict) or not all(isinstance(v, list) for v in lists.values()):
        complaints.add("for_each", lists, "a mapping from a name to a list, such as {site: [north, south]}")
        return document
    for section in ("nodes", "arrivals", "routes"):
        if isinstance(document.get(section), dict):
            document[section] = _expand_keys(document[section], lists, section, complaints)
    if isinstance(document.get("exits"), list) and all(isinstance(name, str) for name in document["exits"]):
        repeated = _expand_keys(dict.fromkeys(document["exits"]), lists, "exits", complaints)
        given = document["exits"]
        document["exits"] = list(repeated)
        if isinstance(given, LocatedList):
            document["exits"] = LocatedList(list(repeated), [given.place] * len(repeated), given.place)
    return document


def _expand_keys(
    section: dict[Any, Any], lists: dict[str, list[Any]], where: str, complaints: Complaints
) -> dict[Any, Any]:
    expanded: dict[Any, Any] = like(section, {})
    for key, value in section.items():
        names = list(dict.fromkeys(_NAME.findall(str(key))))
        unknown = [name for name in names if name not in lists]
        if unknown:
            complaints.add(f"{where}.{key}", unknown[0], "a list named in for_each", lists)
            continue
        for items in itertools.product(*(lists[name] for name in names)):
            chosen = dict(zip(names, map(str, items), strict=True))
            filled = _fill(value, chosen)
            if isinstance(filled, dict):
                filled = _expand_keys(filled, lists, f"{where}.{key}", complaints)
            new_key = _fill(key, chosen)
            if new_key in expanded:
                complaints.add(f"{where}.{key}", new_key, "each name once, also after for_each")
            expanded[new_key] = filled
            if isinstance(expanded, LocatedMap) and isinstance(section, LocatedMap):
                expanded.places[new_key] = section.places[key]
    return expanded


def _fill(value: Any, chosen: dict[str, str]) -> Any:
    """Replace `{name}` in every string (key or value) inside `value`."""
    if isinstance(value, str):
        return _NAME.sub(lambda found: chosen.get(found.group(1), found.group(0)), value)
    if isinstance(value, dict):
        filled = {_fill(key, chosen): _fill(item, chosen) for key, item in value.items()}
        if not isinstance(value, LocatedMap):
            return filled
        places = {_fill(key, chosen): place for key, place in value.places.items()}
        return LocatedMap(filled, places, value.place)
    if isinstance(value, list):
        items = [_fill(item, chosen) for item in value]
        return LocatedList(items, value.places, value.place) if isinstance(value, LocatedList) else items
    return value
