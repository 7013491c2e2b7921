"""What to say of a folder that a run finds: it is for another run, or was made with other code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios import identity

OF_RUN = {
    "kind": "kind of work", "scenario": "scenario", "area": "area", "start": "first month", "years": "years",
    "scale": "scale", "seed": "seed", "draw": "draw", "projection": "population projection",
    "risk_factor_trends": "trends of risk factors", "mortality_trend": "trend of mortality",
    "care": "care network", "name": "name", "drawn": "draws", "cohorts": "cohorts",
    "parameters": "named numbers", "draw_from": "what is drawn from", "design": "design",
}  # fmt: skip
"""What each part of a request is called."""
CHANGED_FIGURES = (
    "the same scenario as it was before: its figures, or the code that reads them, have changed since"
)


def other_run(held: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    """Return in what the run of a folder differs from the one that is asked for; '' where it does not.

    Args:
        held: What the folder is for.
        mine: What is asked for.
    """
    # a folder from before there were any is made again, not refused
    older = {"cohorts", "parameters", "draw_from"} - set(held)
    differing = [key for key in {**held, **mine} if held.get(key) != mine.get(key) and key not in older]
    if not differing:
        return ""
    kind = held.get("kind", "run")
    told = [key for key in differing if key in OF_RUN]
    if told:
        words = [f"{OF_RUN[key]} {_said(held.get(key))}, not {_said(mine.get(key))}" for key in told]
        return f"a {kind} with another {'; another '.join(words)}"
    if differing == ["scenarios"]:
        return _other_scenarios(kind, held["scenarios"] or {}, mine["scenarios"] or {})
    return f"a {kind} of {CHANGED_FIGURES}"


def _other_scenarios(kind: str, held: Mapping[str, str], mine: Mapping[str, str]) -> str:
    """Return in what the scenarios of a study or an analysis differ."""
    less = [name for name in held if name not in mine]
    more = [name for name in mine if name not in held]
    changed = [name for name in held if name in mine and held[name] != mine[name]]
    parts = [f"with {', '.join(less)}"] if less else []
    parts += [f"without {', '.join(more)}"] if more else []
    parts += [f"with {', '.join(changed)} as it was before its figures, or the code that reads them, changed"
              ] if changed else []  # fmt: skip
    return f"a {kind} {' and '.join(parts)}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(one.get("name", one)) for one in value) or "none"
    return "none" if value is None else str(value)


def made_with() -> dict[str, Any]:
    """Return what a unit's record keeps of the code and packages that made it."""
    found = identity.environment()
    return {"code": found["code_version"], "packages": found["versions"]}


def made_otherwise(outdated: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """Return what to say of finished replicates that would not come out the same any more.

    Args:
        outdated: Their records.
        folder: Where they lie.
    """
    now = made_with()
    then: Mapping[str, Any] = outdated[0].get("made_with") or {}
    changed = []
    if then.get("code") != now["code"]:
        changed.append(f"the code of Leftshift (now {now['code']}, then {then.get('code', 'not recorded')})")
    packages = then.get("packages") or {}
    changed += [
        f"{name} (now {version}, then {packages[name]})"
        for name, version in now["packages"].items()
        if name in packages and packages[name] != version and name != "leftshift"
    ]
    number = len(outdated)
    which = "1 finished replicate was" if number == 1 else f"{number} finished replicates were"
    return (
        f"{which} made before this changed: {'; '.join(changed) or 'what they were made with'}. They would "
        f"come out otherwise now, so they are made again and replaced, in {folder}. Give another --out to "
        "keep results of before beside new ones."
    )


__all__ = ["made_otherwise", "made_with", "other_run"]
