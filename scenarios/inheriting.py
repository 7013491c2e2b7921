"""What a scenario extends: its file laid on one parent, or on several whose parts it puts together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.combining import Origin
from scenarios.problems import InvalidFile, Problem
from scenarios.refusals import LIST_ALL, scenarios_allowed
from sim.parameters.errors import nearest_name
from sim.parameters.located import LocatedList, LocatedMap, Repeated, load_located, merge, place_of

LIBRARY = Path(__file__).resolve().parent / "library"
NOT_INHERITED = ("variants", "question", "programmes", "expects", "remove")
"""Keys that say what one file is for; a scenario that extends it says its own."""


def library_names() -> list[str]:
    """Return the names of the scenarios in the library, the baseline first."""
    names = sorted(path.stem for path in LIBRARY.glob("*.yaml"))
    return sorted(names, key=lambda name: name != "baseline")


def read_with_parents(
    path: Path, children: tuple[Path, ...] = (), repeated: list[tuple[str, Repeated]] | None = None
) -> LocatedMap:
    """Read a file and lay it on what it extends, less what it removes of that.

    From one parent everything is inherited but `NOT_INHERITED`; from several only their interventions and
    limits, since a label or a description of one is not that of all.

    Args:
        path: The file.
        children: The files that extend it, so that a circle is seen.
        repeated: Takes the keys written twice, as `load_located` has it.

    Raises:
        InvalidFile: When a parent is not there or extends this one, or when parents disagree.
    """
    data = named(load_located(path, _label(path), repeated), path)
    parents = _parents(data)
    if not parents:
        _refuse_unknown(data, [])
        return data
    bases = []
    for parent in parents:
        base_path = _parent_path(parent, data, path)
        if base_path in (*children, path):
            raise InvalidFile([_at(data, parent, "a scenario that does not extend this one")])
        bases.append((base_path, read_with_parents(base_path, (*children, path), repeated)))
    base = bases[0][1] if len(bases) == 1 else _together(data, bases)
    kept = LocatedMap({k: v for k, v in base.items() if k not in NOT_INHERITED}, base.places, base.place)
    if isinstance(kept.get("interventions"), LocatedList):
        kept["interventions"] = _less_removed(kept["interventions"], data)
    merged = merge(kept, data)
    first, second = kept.get("interventions"), data.get("interventions")
    if isinstance(first, LocatedList) and isinstance(second, LocatedList):
        merged["interventions"] = joined(first, second)
    return merged


def origins_of(path: Path) -> dict[str, Origin]:
    """Return where each intervention of a file was first written: in it, or in what it extends."""
    data = named(load_located(path, _label(path)), path)
    inherited: dict[str, Origin] = {}
    for parent in _parents(data):
        inherited |= origins_of(_parent_path(parent, data, path))
    removed = data.get("remove") or []
    inherited = {key: origin for key, origin in inherited.items() if key not in removed}
    items = data.get("interventions")
    keys = [item.get("key") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {str(key): (str(data["name"]), str(key)) for key in keys} | inherited


def named(data: LocatedMap, path: Path) -> LocatedMap:
    """Give a file without a name or label those of its file."""
    given = {
        "name": path.stem.lower().replace("-", "_").replace(" ", "_"),
        "label": path.stem.replace("_", " "),
    }
    return merge(LocatedMap(given, dict.fromkeys(given, data.place), data.place), data)


def joined(first: LocatedList, second: LocatedList) -> LocatedList:
    """Return a parent's interventions, with a child's of the same key laid on them and its others after."""
    items, places = list(first), list(first.places)
    keys = [item.get("key") if isinstance(item, LocatedMap) else None for item in items]
    for item, place in zip(second, second.places, strict=True):
        key = item.get("key") if isinstance(item, LocatedMap) else None
        if key is not None and key in keys:
            items[keys.index(key)] = merge(items[keys.index(key)], item)
        else:
            items.append(item)
            places.append(place)
    return LocatedList(items, places, second.place)


def unknown_key(data: LocatedMap, location: tuple[Any, ...], key: Any, known: Iterable[Any]) -> Problem:
    """Return the problem of a file or variant that names an intervention which is not there."""
    place, keys = place_of(data, location) or data.place, [str(one) for one in known]
    nearest = nearest_name(str(key), keys) or ""
    return Problem(
        file=place[0], line=place[1], key=".".join(str(part) for part in location), found=f"'{key}'",
        allowed=f"the key of an intervention: {', '.join(keys)}", nearest=nearest,
    )  # fmt: skip


@cache
def _label(path: Path) -> str:
    """Return what messages call a file: library files by their place in the project."""
    return f"scenarios/library/{path.name}" if path.parent == LIBRARY else str(path)


def _parents(data: LocatedMap) -> list[str]:
    """Return the names in `extends`: one, or a list; what is neither is left for the check of the file."""
    given = data.get("extends")
    names = given if isinstance(given, list) else [given]
    return [name for name in names if isinstance(name, str) and name]


def _parent_path(parent: str, data: LocatedMap, path: Path) -> Path:
    """Return the file that a scenario extends: in the library, or beside it."""
    names = library_names()
    if parent in names:
        return LIBRARY / f"{parent}.yaml"
    beside = path.parent / (parent if parent.endswith((".yaml", ".yml")) else f"{parent}.yaml")
    if not beside.is_file():
        allowed = f"{scenarios_allowed(parent, names)} beside this one; {LIST_ALL[0].lower()}{LIST_ALL[1:]}"
        raise InvalidFile([_at(data, parent, allowed, nearest_name(parent, names) or "")])
    return beside


def _together(data: LocatedMap, bases: Sequence[tuple[Path, LocatedMap]]) -> LocatedMap:
    """Return the interventions and limits of several parents; what two have from one ancestor is kept once.

    Raises:
        InvalidFile: With every key that parents use for different interventions, or for one changed
            differently.
    """
    kept: dict[str, dict[Any, tuple[Any, tuple[str, int], Origin]]] = {"interventions": {}, "limits": {}}
    problems = []
    for path, base in bases:
        origins = origins_of(path)
        for section, found in kept.items():
            given = base.get(section)
            if not isinstance(given, LocatedList):
                continue
            for number, (item, place) in enumerate(zip(given, given.places, strict=True)):
                key = item.get("key", (path, number)) if isinstance(item, LocatedMap) else (path, number)
                origin = origins.get(str(key), (str(base["name"]), str(key)))
                before = found.setdefault(key, (item, place, origin))
                if before[0] != item or (section == "interventions" and before[2] != origin):
                    allowed = (
                        "parents whose keys are their own, or have one intervention in common, unchanged"
                    )
                    problems.append(_at(data, f"{key} of {before[2][0]} and of {base['name']}", allowed))
    if problems:
        raise InvalidFile(problems)
    entries = {
        section: LocatedList(
            [one[0] for one in found.values()], [one[1] for one in found.values()], data.place
        )
        for section, found in kept.items()
        if found
    }
    return LocatedMap(entries, dict.fromkeys(entries, data.place), data.place)


def _less_removed(items: LocatedList, data: LocatedMap) -> LocatedList:
    """Return what parents have, less what the file removes."""
    keys = [str(item.get("key")) for item in items if isinstance(item, LocatedMap)]
    _refuse_unknown(data, keys)
    removed = data.get("remove") or []
    left = [n for n, one in enumerate(items) if not (isinstance(one, dict) and one.get("key") in removed)]
    return LocatedList([items[n] for n in left], [items.places[n] for n in left], items.place)


def _refuse_unknown(data: LocatedMap, known: Sequence[str]) -> None:
    """Refuse a file that removes what no parent of it has."""
    removed = data.get("remove")
    if not isinstance(removed, list):
        return
    problems = [
        unknown_key(data, ("remove", number), key, known)
        for number, key in enumerate(removed)
        if key not in known
    ]
    if problems:
        raise InvalidFile(problems)


def _at(data: LocatedMap, found: str, allowed: str, nearest: str = "") -> Problem:
    """Return a problem at `extends`."""
    place = place_of(data, ("extends",)) or data.place
    return Problem(
        file=place[0], line=place[1], key="extends", found=f"'{found}'", allowed=allowed, nearest=nearest
    )
