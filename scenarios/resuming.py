"""What to say of a folder that a run finds: it is for another run, or was made with other code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenarios import identity
from scenarios.units import Unit
from sim.parameters.errors import InputError

LISTED = 12
"""Scenarios and draws that are named when many units are stale."""

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


def as_now(held: Mapping[str, Any], mine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a folder is for, with what may have changed since as it is now.

    The figures of a scenario may change and a study may gain scenarios: units say by their own keys which of
    them have to be made again. What was asked for under another name, seed or length is another run.
    """
    now = dict(held)
    if "scenario_sha256" in held and held.get("scenario") == mine.get("scenario"):
        now["scenario_sha256"] = mine.get("scenario_sha256")
    then, wanted = held.get("scenarios"), mine.get("scenarios")
    if isinstance(then, Mapping) and isinstance(wanted, Mapping) and set(then) <= set(wanted):
        now["scenarios"] = wanted
    return now


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


def made_of(unit: Unit) -> dict[str, Any]:
    """Return what a unit's record keeps of what it was asked for, to tell later what has changed."""
    return {"scenario_sha256": identity.scenario_sha256(unit.drawn), "settings": asdict(unit.settings)}


def stale(units: Sequence[tuple[Unit, Mapping[str, Any]]], folder: Path) -> list[str]:
    """Return what to say of units that are finished and would not come out the same any more.

    One text for each set of inputs that changed, with the units that it makes stale.

    Args:
        units: Each with its record.
        folder: Where they lie.
    """
    groups: dict[tuple[str, ...], list[tuple[Unit, Mapping[str, Any]]]] = {}
    now = made_with()
    for unit, record in units:
        changed = (*_changed_code(record, now), *_changed_request(unit, record))
        groups.setdefault(changed, []).append((unit, record))
    return [
        made_otherwise([record for _, record in some], folder, changed, _listed([unit for unit, _ in some]))
        for changed, some in groups.items()
    ]


def made_otherwise(
    outdated: Sequence[Mapping[str, Any]],
    folder: Path,
    changed: Sequence[str] | None = None,
    listed: str = "",
) -> str:
    """Return what to say of finished replicates that would not come out the same any more.

    Args:
        outdated: Their records.
        folder: Where they lie.
        changed: What changed since; by default of code and packages.
        listed: Which they are.
    """
    if changed is None:
        changed = _changed_code(outdated[0], made_with())
    number = len(outdated)
    which = "1 finished replicate was" if number == 1 else f"{number} finished replicates were"
    return (
        f"{which} made before this changed: {'; '.join(changed) or 'what they were made with'}. They would "
        f"come out otherwise now, so they are made again and replaced, in {folder}{listed and ': '}{listed}. "
        "Give another --out to keep results of before beside new ones."
    )


def other_code(record: Mapping[str, Any], elsewhere: bool) -> InputError:
    """Return the refusal of a unit that a worker made with other code than this process has.

    Args:
        record: Of the unit.
        elsewhere: Whether the worker belongs to an engine that was lent, such as a cluster.
    """
    differs = "; ".join(_changed_code(record, made_with())) or "code or versions that are not those of now"
    if elsewhere:
        there = differs.replace("then", "there")
        return InputError(
            file="cluster", key="worker", found=f"other code or packages than here: {there}",
            allowed="the same code and the same lock file on every machine; what was finished is kept",
        )  # fmt: skip
    return InputError(
        file="command line", key="--out", found="code of Leftshift that changed while it was running",
        allowed="code that stays as it is during a run; the same command makes again what has to be",
    )  # fmt: skip


def _changed_code(record: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what of the code and packages is not as a record has it."""
    then: Mapping[str, Any] = record.get("made_with") or {}
    changed = []
    if then.get("code") != now["code"]:
        changed.append(f"the code of Leftshift (now {now['code']}, then {then.get('code', 'not recorded')})")
    packages = then.get("packages") or {}
    changed += [
        f"{name} (now {version}, then {packages[name]})"
        for name, version in now["packages"].items()
        if name in packages and packages[name] != version and name != "leftshift"
    ]
    return changed


def _changed_request(unit: Unit, record: Mapping[str, Any]) -> list[str]:
    """Return what of a unit's scenario and settings is not as its record has it."""
    then = record.get("made_of")
    if then is None:
        return []
    changed = []
    if then.get("scenario_sha256") != identity.scenario_sha256(unit.drawn):
        changed.append(f"the figures of the scenario {unit.scenario.full_name}")
    settings = json.loads(json.dumps(asdict(unit.settings)))
    held = then.get("settings") or {}
    changed += [
        f"{OF_RUN.get(name, name)} (now {_said(value)}, then {_said(held.get(name))})"
        for name, value in settings.items()
        if held.get(name) != value
    ]
    return changed


def _listed(units: Sequence[Unit]) -> str:
    """Return which units these are: by scenario and draw, runs of replicates as 1-5."""
    of: dict[str, list[int]] = {}
    for unit in units:
        draw = f" draw {unit.settings.draw}" if unit.settings.draw else ""
        of.setdefault(f"{unit.scenario.full_name}{draw}", []).append(unit.replicate)
    parts = [f"{name} {_ranges(sorted(numbers))}" for name, numbers in of.items()]
    more = f" and {len(parts) - LISTED} more scenarios and draws" if len(parts) > LISTED else ""
    return ", ".join(parts[:LISTED]) + more


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as '1-3, 5'."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


__all__ = ["as_now", "made_of", "made_otherwise", "made_with", "other_code", "other_run", "stale"]
