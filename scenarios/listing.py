"""The library by family, one line a scenario, for `leftshift scenario list`."""

from __future__ import annotations

from scenarios.programmes import FAMILIES
from scenarios.scenario import DEFAULT_VARIANT, LIBRARY, library_names
from sim.parameters.located import load_located


def listing() -> str:
    """Return the library as text: families in their order, and in each a line for every scenario."""
    by_family: dict[str, list[str]] = {}
    names = library_names()
    width = max(len(name) for name in names) + 2
    for name in names:
        # Read but not checked: a list of many files must not take a minute.
        data = load_located(LIBRARY / f"{name}.yaml")
        others = [key for key in data.get("variants") or {} if key != DEFAULT_VARIANT]
        variants = f" (also @{', @'.join(others)})" if others else ""
        by_family.setdefault(str(data.get("family") or ""), []).append(
            f"  {name:{width}}{data.get('label', name)}{variants}"
        )
    lines = []
    for family in ("", *FAMILIES):
        if family in by_family:
            lines += [family.replace("_", " ").capitalize() or "Today", *by_family[family], ""]
    lines.append(
        "Combine with '+', as in home_first@as_planned+winter_surge. Read one: leftshift scenario show NAME."
    )
    return "\n".join(lines) + "\n"
