"""A network written in several files: `include: [urgent.yaml, ...]` joins their sections into one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sim.care.problems import Complaints
from sim.parameters.errors import InputError


def read_document(path: Path) -> Any:
    """The YAML document at a path; InputError when it is missing or no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            file=path, key="file", found=error.strerror or "unreadable", allowed="a readable network file"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = " ".join(str(error).split())
        raise InputError(file=path, key="YAML", found=found, allowed="a YAML mapping") from None


def join_parts(document: dict[str, Any], folder: Path, complaints: Complaints) -> dict[str, Any]:
    """The document with the sections of its parts put in, in the order of `include`; parts may not include.

    Mappings are joined key by key and lists end to end; a key that two parts give is a complaint.

    Args:
        document: The file as read.
        folder: Folder in which the names of the parts are looked up.
        complaints: Takes missing parts and keys given twice.
    """
    names = document.get("include", [])
    joined = {key: value for key, value in document.items() if key != "include"}
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        complaints.add("include", names, "a list of network files beside this one")
        return joined
    for name in names:
        if not (folder / name).is_file():
            there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))
            complaints.add("include", name, "a network file beside this one", there)
            continue
        part = read_document(folder / name)
        if not isinstance(part, dict) or "include" in part:
            complaints.add(f"include.{name}", type(part).__name__, "a mapping without an include of its own")
            continue
        for section, value in part.items():
            joined[section] = _joined(joined.get(section), value, f"{section} of {name}", complaints)
    return joined


def _joined(before: Any, value: Any, where: str, complaints: Complaints) -> Any:
    if before is None:
        return value
    if isinstance(before, dict) and isinstance(value, dict):
        for key in sorted(set(before) & set(value), key=str):
            complaints.add(where, key, "each key in one part only")
        return {**before, **value}
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *value]
    complaints.add(where, value, "a mapping or a list, given in one part only otherwise")
    return before
