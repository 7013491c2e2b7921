"""The library by family, one line a scenario, for `leftshift scenario list`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scenarios.programmes import FAMILIES
from scenarios.scenario import DEFAULT_VARIANT, LIBRARY, library_names
from scenarios.searching import ranked
from sim.parameters.errors import InputError
from sim.parameters.located import load_located

BESIDE_FAMILIES = "today"
"""What the baseline is listed under: it has no family."""


def listing(search: str = "", family: str = "") -> str:
    """Return the library as text: families in their order, and in each a line for every scenario.

    Args:
        search: Words that must all occur in what a scenario says of itself or is called by (`searching`);
            those found come in one list, the best match first.
        family: Only this family.

    Raises:
        InputError: When there is no such family, or nothing is found.
    """
    known = (BESIDE_FAMILIES, *FAMILIES)
    if family and family not in known:
        allowed = f"one of {', '.join(known)}"
        raise InputError(file="command line", key="--family", found=family, allowed=allowed, names=known)
    # Read but not checked: a list of many files must not take a minute.
    read = {name: load_located(LIBRARY / f"{name}.yaml") for name in library_names()}
    held = {name: data for name, data in read.items() if family in ("", _family(data))}
    width = max(len(name) for name in held) + 2
    lines = list(_found(held, search, width) if search.strip() else _by_family(held, known, width))
    lines.append(
        "Combine with '+', as in home_first@as_planned+winter_surge. Read one: leftshift scenario show NAME. "
        "Find some: leftshift scenario list --search TEXT, or --family NAME."
    )
    return "\n".join(lines) + "\n"


def _family(data: dict[str, Any]) -> str:
    return str(data.get("family") or BESIDE_FAMILIES)


def _title(family: str) -> str:
    return family.replace("_", " ").capitalize()


def _by_family(held: Mapping[str, dict[str, Any]], known: Sequence[str], width: int) -> Iterator[str]:
    """Yield families with their scenarios."""
    for family in known:
        mine = {name: data for name, data in held.items() if _family(data) == family}
        if mine:
            yield _title(family)
            yield from (_line(name, data, width) for name, data in mine.items())
            yield ""


def _found(held: Mapping[str, dict[str, Any]], search: str, width: int) -> Iterator[str]:
    """Yield the scenarios that a search finds, the best match first, each with its family."""
    names = ranked(held, search)
    yield f"{len(names)} found for '{search}'" + (", the best match first" if len(names) > 1 else "")
    yield from (f"{_line(name, held[name], width)} [{_title(_family(held[name]))}]" for name in names)
    yield ""


def _line(name: str, data: Mapping[str, Any], width: int) -> str:
    return f"  {name:{width}}{data.get('label', name)}{_variants(data)}"


def _variants(data: Mapping[str, Any]) -> str:
    others = [key for key in data.get("variants") or {} if key != DEFAULT_VARIANT]
    return f" (also @{', @'.join(others)})" if others else ""


__all__ = ["listing"]
