"""What a scenario assumes, read from the text kept in its manifest, with the grade of each figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from results.stated import parsed

if TYPE_CHECKING:
    from results.runs import Run

GRADES = {
    "A": "read in the source named",
    "B": "recalled from the publication named",
    "C": "derived or assumed",
    "G": "stated in the plan",
    "PLAN": "stated in the plan",
}
ORDER = ("A", "B", "G", "PLAN", "C")
DOTS = {"A": 3, "B": 2, "G": 1, "PLAN": 1, "C": 1}


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One figure of a scenario."""

    run: str
    where: str
    """Path of keys in the scenario file."""
    value: str
    """Value with unit."""
    number: str
    """The value alone, without needless noughts."""
    interval: str
    """Low to high."""
    source: str
    grade: str


@dataclass(frozen=True, kw_only=True)
class Strength:
    """Strength of evidence: that of the weakest figure."""

    dots: int
    """0 to 3."""
    words: str


def assumptions_of(run: Run) -> list[Assumption]:
    """Return every figure on which a scenario rests: those with a source in its text, and what else varies.

    The text names some figures by the key of their evidence, and leaves shares to their defaults: these the
    manifest has in full.
    """
    tree = parsed(str(run.scenario.get("text") or ""))
    found = [_assumption(run.name, path, of) for path, of in _sourced(tree, ())]
    known = {(one.number, one.interval, one.source) for one in found}
    for figure in run.manifest.get("figures") or []:
        if isinstance(figure, dict) and figure.get("source"):
            one = _assumption(run.name, tuple(str(figure.get("name", "")).split("/")[1:]), figure)
            if (one.number, one.interval, one.source) not in known:
                found.append(one)
    return found


def _sourced(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each mapping that names a source, with the keys that lead to it."""
    if isinstance(node, dict):
        if "source" in node and ("value" in node or "grade" in node):
            yield path, node
        for key, child in node.items():
            yield from _sourced(child, (*path, str(key)))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            name = (
                next((str(child[key]) for key in ("name", "key", "type") if key in child), "")
                if isinstance(child, dict)
                else ""
            )
            yield from _sourced(child, (*path, name or str(index + 1)))


def _assumption(run: str, path: tuple[str, ...], found: dict[str, Any]) -> Assumption:
    """Turn a mapping of the scenario file into a row."""
    unit = str(found.get("unit") or "")
    given = found.get("value", "")
    value = f"{given} {unit}".strip()
    low, high = found.get("low"), found.get("high")
    skipped = {"interventions", "effects", "changes", "effect"}
    where = ", ".join(part.replace("_", " ") for part in path if part not in skipped and not part.isdigit())
    interval = f"{low} to {high}" if low is not None and high is not None else "none given"
    return Assumption(
        run=run,
        where=where,
        value=value,
        interval=interval,
        number=f"{float(given):g}" if isinstance(given, (int, float)) else str(given),
        source=" ".join(str(found["source"]).split()),
        grade=str(found.get("grade") or "not graded"),
    )


def strength_of(run: Run) -> Strength:
    """Return the strength of the weakest figure on which a scenario rests."""
    grades = {row.grade.upper() for row in assumptions_of(run)}
    known = [grade for grade in ORDER if grade in grades]
    if not known:
        return Strength(dots=0, words="the scenario's own figures carry no grade")
    weakest = known[-1]
    return Strength(dots=DOTS[weakest], words=f"weakest figure graded {weakest}: {GRADES[weakest]}")
