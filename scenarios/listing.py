"""The library by family, one line a scenario, for `leftshift scenario list`."""

from __future__ import annotations

from typing import Any

from scenarios.programmes import FAMILIES, programmes
from scenarios.scenario import DEFAULT_VARIANT, LIBRARY, library_names
from sim.parameters.errors import InputError
from sim.parameters.located import load_located

BESIDE_FAMILIES = "today"
"""What the baseline is listed under: it has no family."""


def listing(search: str = "", family: str = "") -> str:
    """Return the library as text: families in their order, and in each a line for every scenario.

    Args:
        search: Words that must all occur in a scenario's name, label, question, family, variants, or the
            programmes that it covers; letter case does not count.
        family: Only this family.

    Raises:
        InputError: When there is no such family, or nothing is found.
    """
    known = (BESIDE_FAMILIES, *FAMILIES)
    if family and family not in known:
        allowed = f"one of {', '.join(known)}"
        raise InputError(file="command line", key="--family", found=family, allowed=allowed, names=known)
    by_family: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for name in library_names():
        # Read but not checked: a list of many files must not take a minute.
        data = load_located(LIBRARY / f"{name}.yaml")
        its_family = str(data.get("family") or BESIDE_FAMILIES)
        if family in ("", its_family) and _has(name, data, search):
            by_family.setdefault(its_family, []).append((name, data))
    if not by_family:
        allowed = "words of a name, label, question, family or programme: `leftshift scenario list` tells all"
        raise InputError(file="command line", key="--search", found=search or family, allowed=allowed)
    width = max(len(name) for rows in by_family.values() for name, _ in rows) + 2
    lines = []
    for one in (one for one in known if one in by_family):
        lines += [one.replace("_", " ").capitalize()]
        for name, held in by_family[one]:
            lines.append(f"  {name:{width}}{held.get('label', name)}{_variants(held)}")
        lines.append("")
    lines.append(
        "Combine with '+', as in home_first@as_planned+winter_surge. Read one: leftshift scenario show NAME. "
        "Find some: leftshift scenario list --search TEXT, or --family NAME."
    )
    return "\n".join(lines) + "\n"


def _variants(data: dict[str, Any]) -> str:
    others = [key for key in data.get("variants") or {} if key != DEFAULT_VARIANT]
    return f" (also @{', @'.join(others)})" if others else ""


def _has(name: str, data: dict[str, Any], search: str) -> bool:
    """Tell whether every word asked for occurs in what a scenario says of itself."""
    covered = [programmes()[one]["programme"] for one in data.get("programmes") or [] if one in programmes()]
    variants = [f"{key} {one.get('label', '')}" for key, one in (data.get("variants") or {}).items()]
    text = " ".join(
        [name, name.replace("_", " "), *(str(data.get(key) or "") for key in ("label", "question", "family")),
         *(data.get("programmes") or []), *covered, *variants]
    ).lower()  # fmt: skip
    return all(word in text for word in search.lower().split())


__all__ = ["listing"]
