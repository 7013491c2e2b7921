"""A network written in several files: `include: [urgent.yaml, ...]` joins their sections into one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sim.care.problems import Complaints
from sim.parameters.errors import InputError
from sim.parameters.located import LocatedList, LocatedMap, compose_located, like


def read_document(path: Path, complaints: Complaints) -> Any:
    """The YAML document at a path, with the place of every key.

    Args:
        path: The file.
        complaints: Takes keys that are written twice.

    Raises:
        InputError: The file is missing or no YAML.
    """
    try:
        document, repeated = compose_located(path.read_text(encoding="utf-8-sig"), str(path))
    except OSError as error:
        raise InputError(
            file=path, key="file", found=error.strerror or "unreadable", allowed="a readable network file"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        file = path if mark is None else f"{path}:{mark.line + 1}"
        found = getattr(error, "problem", None) or " ".join(str(error).split())
        raise InputError(file=file, key="YAML", found=found, allowed="a YAML mapping") from None
    for again in repeated:
        complaints.add(
            ".".join(again.path), f"the key again (first on line {again.first})", "each key once",
            place=(str(path), again.line),
        )  # fmt: skip
    return document


def join_parts(document: dict[str, Any], folder: Path, complaints: Complaints) -> dict[str, Any]:
    """The document with the sections of its parts put in, in the order of `include`; parts may not include.

    Mappings are joined key by key and lists end to end; a key that two parts give is a complaint.

    Args:
        document: The file as read.
        folder: Folder in which the names of the parts are looked up.
        complaints: Takes missing parts and keys given twice.
    """
    names = document.get("include", [])
    joined: dict[str, Any] = like(document, {k: v for k, v in document.items() if k != "include"})
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        complaints.add("include", names, "a list of network files beside this one")
        return joined
    for name in names:
        if not (folder / name).is_file():
            there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))
            complaints.add("include", name, "a network file beside this one", there)
            continue
        part = read_document(folder / name, complaints)
        if not isinstance(part, dict) or "include" in part:
            complaints.add(f"include.{name}", type(part).__name__, "a mapping without an include of its own")
            continue
        for section, value in part.items():
            joined[section] = _joined(joined.get(section), value, f"{section} of {name}", complaints)
            if isinstance(joined, LocatedMap) and isinstance(part, LocatedMap):
                joined.places.setdefault(section, part.places[section])
    return joined


def _joined(before: Any, value: Any, where: str, complaints: Complaints) -> Any:
    if before is None:
        return value
    if isinstance(before, dict) and isinstance(value, dict):
        for key in sorted(set(before) & set(value), key=str):
            place = value.places.get(key) if isinstance(value, LocatedMap) else None
            complaints.add(where, key, "each key in one part only", place=place)
        both = {**before, **value}
        if isinstance(before, LocatedMap) and isinstance(value, LocatedMap):
            return LocatedMap(both, {**before.places, **value.places}, before.place)
        return both
    if isinstance(before, list) and isinstance(value, list):
        if isinstance(before, LocatedList) and isinstance(value, LocatedList):
            return LocatedList([*before, *value], [*before.places, *value.places], before.place)
        return [*before, *value]
    complaints.add(where, value, "a mapping or a list, given in one part only otherwise")
    return before
