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


@dataclass(frozen=True, kw_only=True)
class Combination:
    """Several scenarios as one.

    Attributes:
        data: One document with what all of them change.
        origins: Where each intervention was first written, by key.
        messages: What a reader must know of how they were put together, in sentences.
    """

    data: LocatedMap
    origins: dict[str, Origin]
    messages: tuple[str, ...]


def combined(parts: Sequence[Part]) -> Combination:
    """Return one scenario of several: the same programme twice is one programme, and that is said.

    An intervention that parts have from one parent, unchanged, or that two files have under one key and with
    the same content, is there once. Others with one key are told apart by the name of their scenario before
    the key, all of them, so that their order does not matter.

    Raises:
        InvalidFile: With every intervention of one parent that the parts change differently.
        InputError: When one scenario is named twice, in two variants.
    """
    parts, messages = _once(parts)
    kept, renamed, told = _reconciled(parts)
    messages += told
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
    messages += _alike(items)
    data = LocatedMap(entries, dict.fromkeys(entries, first.place), first.place)
    return Combination(data=data, origins=origins, messages=tuple(messages))


def _once(parts: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """Return each scenario once, and what to say of those named twice; refuse one in two variants."""
    names = [part.name for part in parts]
    plain = [name.partition("@")[0] for name in names]
    for name in plain:
        variants = {full for full, one in zip(names, plain, strict=True) if one == name}
        if len(variants) > 1:
            raise InputError(
                file="command line", key="SCENARIO", found=f"'{name}' twice in {'+'.join(names)}",
                allowed="each scenario once in a combination, in one variant",
            )  # fmt: skip
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    told = [f"'{name}' is named more than once; it is one programme and acts once." for name in twice]
    return list({part.name: part for part in reversed(parts)}.values())[::-1], told


def _content(item: LocatedMap, but: tuple[str, ...] = ("label", "note")) -> dict[str, Any]:
    """Return what an intervention does: everything but its words."""
    return {key: value for key, value in item.items() if key not in but}


def _alike(items: Sequence[LocatedMap]) -> list[str]:
    """Return a sentence for each two interventions of a combination that do the same under two keys."""
    without = ("label", "note", "key")
    return [
        f"'{one['key']}' and '{other['key']}' are alike in all but their names, and both act: where they are "
        "one programme, leave one out (`remove`, in a file that extends them)."
        for place, other in enumerate(items)
        for one in items[:place]
        if _content(one, without) == _content(other, without)
    ]


Kept = tuple[int, Part, LocatedMap, tuple[str, int]]


def _reconciled(parts: Sequence[Part]) -> tuple[list[Kept], dict[tuple[int, str], str], list[str]]:
    """Return the interventions kept, the new keys of those whose key another part has, and what to say."""
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
    messages: list[str] = []
    for key, entries in by_key.items():
        left: list[tuple[Kept, Origin]] = []
        for entry in entries:
            origin = entry[1].origins.get(key, (entry[1].data["name"], key))
            same = [one for one, _ in left if _content(one[2]) == _content(entry[2])]
            before = [one for one, of in left if of == origin]
            if same:
                dropped.add((entry[0], key))
                messages.append(_there_once(same[0], entry))
            elif before:
                problems.append(_changed_differently(key, origin, before[0], entry))
            else:
                left.append((entry, origin))
        if len(left) > 1:
            renamed |= {(n, key): f"{part.prefix}_{key}" for n, part, _, _ in entries}
            apart = " and ".join(f"'{part.prefix}_{key}'" for (_, part, _, _), _ in left)
            messages.append(f"Different interventions are called '{key}': they are kept apart as {apart}.")
    if problems:
        raise InvalidFile(problems)
    kept = [entry for entry in everything if (entry[0], entry[2]["key"]) not in dropped]
    return kept, renamed, messages


def _there_once(first: Kept, second: Kept) -> str:
    """Return that two parts have one programme, which acts once."""
    label = second[2].get("label", second[2]["key"])
    return (
        f"\u201c{label}\u201d ({second[2]['key']}) is in {first[1].name} and in {second[1].name}: it is one "
        "programme and acts once."
    )


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
