"""The care network of a generated pack: what belongs to a site or council once for each system.

What has no place (999, 111, virtual wards, planned lists by treatment, mental-health beds) stays one service
for all, as large as its people need: the hardest case for the flow kernel, and how an ambulance trust of
three systems works.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from sim.areas.generated.naming import Naming
from sim.parameters.errors import InputError

SECTIONS = ("definitions", "nodes", "arrivals", "routes")
MIX = "_mix"
"""End of the names of definitions that divide people among councils: a system has its share of them."""
SHARE = "share_of_residents_of_system_{}"
"""Parameter with a system's share of the residents."""
PROFILES = "profiles.csv"


def write_network(source: Path, target: Path, naming: Naming) -> None:
    """Write the network of a pack as several systems have it.

    Args:
        source: Folder of the pattern, with `network.yaml`.
        target: Folder of the generated pack.
        naming: Names of the systems.

    Raises:
        InputError: Something of a site or council lies where no rule says how several systems have it.
    """
    main = source / "network.yaml"
    whole = yaml.safe_load(main.read_text(encoding="utf-8"))
    for name in ["network.yaml", *whole.get("include", [])]:
        document = yaml.safe_load((source / name).read_text(encoding="utf-8"))
        made = _profiles_here(grown(document, naming, source / name), main.parent, target)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(made, sort_keys=False, width=110, allow_unicode=True)
        head = "# Generated for tests of scale, never for results, by `leftshift area make-cluster`.\n"
        (target / name).write_text(head + text, encoding="utf-8", newline="\n")


def grown(document: dict[str, Any], naming: Naming, file: Path) -> dict[str, Any]:
    """Return one file of a network as several systems have it."""
    made = copy.deepcopy(document)
    if "label" in made:
        made["label"] = f"{made['label']}, generated for tests of scale"
    if "kinds" in made and "council" in made["kinds"]:
        made["kinds"]["council"] = _list(made["kinds"]["council"], naming)
    for name, items in made.get("for_each", {}).items():
        made["for_each"][name] = _list(items, naming)
    for name in SECTIONS:
        if name in made:
            made[name] = _section(made[name], naming, f"{file.name}: {name}")
    return made


def _list(items: list[str], naming: Naming) -> list[str]:
    """Return a list with the names of each system; what is no system's stays at the end."""
    own = [naming.of(item, number) for number in naming.numbers for item in items if naming.is_local(item)]
    return own + [item for item in items if not naming.is_local(item)]


def _section(section: dict[str, Any], naming: Naming, where: str) -> dict[str, Any]:
    """Return a section: local entries once for each system, the others with room for all systems."""
    made: dict[str, Any] = {}
    for key, value in section.items():
        if not naming.is_local(key):
            made[key] = _widened(value, naming, f"{where}.{key}", key.endswith(MIX))
            continue
        for number in naming.numbers:
            entry = naming.deep(value, number)
            if number > 1 and isinstance(entry, dict) and "label" in entry:
                entry["label"] = f"{entry['label']}, system {number}"
            made[naming.of(key, number)] = entry
    return made


def _widened(value: Any, naming: Naming, where: str, shared: bool = False) -> Any:
    """Return a value that is for everybody with what it says of one system said of each."""
    if isinstance(value, list):
        return _items(value, naming, where)
    if isinstance(value, dict):
        if set(value) == {"complement"} and naming.is_local(value["complement"]):
            return {"complement": {"sum": [naming.of(value["complement"], n) for n in naming.numbers]}}
        return _mapping(value, naming, where, shared)
    if naming.is_local(value):
        raise InputError(file=where, key="name", found=value, allowed="a name that belongs to no system")
    return value


def _items(value: list[Any], naming: Naming, where: str) -> list[Any]:
    """Return a list, of a sum, with its local items once for each system."""
    local = [item for item in value if naming.is_local(item)]
    if local and not where.endswith(".sum"):
        raise InputError(file=where, key="name", found=local[0], allowed="a name that belongs to no system")
    others = [_widened(item, naming, where) for item in value if item not in local]
    return [naming.of(item, number) for number in naming.numbers for item in local] + others


def _mapping(value: dict[Any, Any], naming: Naming, where: str, shared: bool) -> dict[Any, Any]:
    """Return a mapping with its local keys once for each system, each with its share where it is a mix."""
    made: dict[Any, Any] = {}
    for key, item in value.items():
        if not naming.is_local(key):
            made[key] = _widened(item, naming, f"{where}.{key}", shared)
            continue
        for number in naming.numbers:
            own = naming.deep(item, number)
            made[naming.of(key, number)] = {"product": [SHARE.format(number), own]} if shared else own
    return made


def _profiles_here(document: dict[str, Any], source: Path, target: Path) -> dict[str, Any]:
    """Return a document whose arrivals read their profile from a copy in the pack's own folder."""

    def moved(entry: Any) -> Any:
        table = entry.get("profile_table") if isinstance(entry, dict) else None
        if table is None:
            return entry
        (target / PROFILES).write_bytes((source / table["file"]).read_bytes())
        return entry | {"profile_table": table | {"file": PROFILES}}

    return document | _each(document, "arrivals", moved)


def _each(document: dict[str, Any], section: str, change: Callable[[Any], Any]) -> dict[str, Any]:
    """Return a section with each entry changed; nothing where the document has none."""
    if section not in document:
        return {}
    return {section: {key: change(value) for key, value in document[section].items()}}
