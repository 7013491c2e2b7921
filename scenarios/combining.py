"""Scenarios combined by name: `A+B@variant+C` is all that each of them changes, at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenarios.problems import InvalidFile, Problem
from sim.parameters.errors import InputError
from sim.parameters.located import LocatedList, LocatedMap

Origin = tuple[str, str]
"""The scenario that an intervention was first written in, and its key there."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the scenarios combined.

    Attributes:
        name: As it was named, such as 'home_first@as_planned'.
        data: What it says, with `extends` and the variant laid in.
        origins: Where each of its interventions was first written, by key.
    """

    name: str
    data: LocatedMap
    origins: dict[str, Origin]

    @property
    def prefix(self) -> str:
        """Return what is put before its keys where another part has them too."""
        return self.name.replace("@", "_").rpartition("/")[2].partition(".")[0]


def combined(parts: Sequence[Part]) -> tuple[LocatedMap, dict[str, Origin]]:
    """Return one document with what all parts change, and where each intervention was first written.

    An intervention that parts have from one parent, unchanged, is kept once. Others with one key are told
    apart by the name of their scenario before the key, all of them, so that their order does not matter.

    Raises:
        InvalidFile: With every intervention of one parent that the parts change differently.
        InputError: When one scenario is named twice.
    """
    names = [part.name for part in parts]
    _refuse_twice(names)
    kept, renamed = _reconciled(parts)
    items, places, origins = [], [], {}
    for number, part, item, place in kept:
        key = renamed.get((number, item["key"]), item["key"])
        items.append(LocatedMap({**item, "key": key}, item.places, item.place))
        places.append(place)
        origins[key] = part.origins.get(item["key"], (part.data["name"], item["key"]))
    first = parts[0].data
    entries: dict[str, Any] = {
        "name": "_and_".join(part.prefix for part in parts),
        "label": " + ".join(str(part.data["label"]) for part in parts),
        "description": " ".join(
            f"{part.data['label']}: {' '.join(str(part.data.get('description', '')).split())}"
            for part in parts
        ),
        "family": "bundles",
        "question": "What would these do together?",
        "programmes": list(dict.fromkeys(one for part in parts for one in part.data.get("programmes", []))),
        "interventions": LocatedList(items, places, first.place),
    }
    limits = [_limit(limit, n, part, renamed) for n, part in enumerate(parts) for limit in _limits(part)]
    if limits:
        entries["limits"] = LocatedList(limits, [limit.place for limit in limits], first.place)
    return LocatedMap(entries, dict.fromkeys(entries, first.place), first.place), origins


def _refuse_twice(names: Sequence[str]) -> None:
    """Refuse a scenario that is combined with itself, in whatever variant."""
    plain = [name.partition("@")[0] for name in names]
    for name in plain:
        if plain.count(name) > 1:
            raise InputError(
                file="command line", key="SCENARIO", found=f"'{name}' twice in {'+'.join(names)}",
                allowed="each scenario once in a combination",
            )  # fmt: skip


Kept = tuple[int, Part, LocatedMap, tuple[str, int]]


def _reconciled(parts: Sequence[Part]) -> tuple[list[Kept], dict[tuple[int, str], str]]:
    """Return the interventions kept, and the new keys of those whose key another part has."""
    everything = [
        (number, part, item, place)
        for number, part in enumerate(parts)
        for item, place in _interventions(part)
    ]
    by_key: dict[str, list[Kept]] = {}
    for entry in everything:
        by_key.setdefault(entry[2]["key"], []).append(entry)
    dropped: set[tuple[int, str]] = set()
    renamed: dict[tuple[int, str], str] = {}
    problems: list[Problem] = []
    for key, entries in by_key.items():
        origins = [part.origins.get(key, (part.data["name"], key)) for _, part, _, _ in entries]
        for place, (entry, origin) in enumerate(zip(entries, origins, strict=True)):
            before = [other for other, one in zip(entries[:place], origins, strict=False) if one == origin]
            if before and before[0][2] == entry[2]:
                dropped.add((entry[0], key))
            elif before:
                problems.append(_changed_differently(key, origin, before[0], entry))
        if len(set(origins)) > 1:
            renamed |= {(n, key): f"{part.prefix}_{key}" for n, part, _, _ in entries}
    if problems:
        raise InvalidFile(problems)
    return [entry for entry in everything if (entry[0], entry[2]["key"]) not in dropped], renamed


def _changed_differently(key: str, origin: Origin, first: Kept, second: Kept) -> Problem:
    """Return the problem of two parts that change one parent's intervention in different ways."""
    return Problem(
        file=second[3][0],
        line=second[3][1],
        key=key,
        found=f"'{key}' of {origin[0]}, which {first[1].name} and {second[1].name} change differently",
        allowed="a combination in which one of them changes it; else a file that extends one of them",
    )


def _interventions(part: Part) -> list[tuple[LocatedMap, tuple[str, int]]]:
    """Return a part's interventions with their places."""
    found = part.data.get("interventions")
    return list(zip(found, found.places, strict=True)) if isinstance(found, LocatedList) else []


def _limits(part: Part) -> list[LocatedMap]:
    """Return a part's limits."""
    return [limit for limit in part.data.get("limits", []) if isinstance(limit, LocatedMap)]


def _limit(limit: LocatedMap, number: int, part: Part, renamed: dict[tuple[int, str], str]) -> LocatedMap:
    """Return a limit under a key of its own, with the new keys of its interventions."""
    changed = {
        **limit,
        "key": f"{part.prefix}_{limit['key']}",
        "interventions": [renamed.get((number, key), key) for key in limit.get("interventions", [])],
    }
    return LocatedMap(changed, limit.places, limit.place)
