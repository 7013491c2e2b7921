"""What the files of a run's scenario state: label, question, description, expectations; part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.runs import Run

DIRECTION_WORDS = {"falls": "falls", "rises": "rises", "stays": "stays as it is"}
"""What a measure may be expected to do, in words; the directions are those of the scenario language."""
SHORT_LETTERS = 44
NAMED_PARTS = 2


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A measure that must fall, rise or stay against the baseline, as a scenario's file states it."""

    measure: str
    """A measure of the registry, or KIND:NAME."""
    direction: str
    """falls, rises or stays."""
    years: int
    """Year of the run in which it is judged, from 1."""
    why: str
    """The mechanism, in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """One scenario's own words."""

    name: str
    label: str
    question: str
    description: str
    expects: tuple[Expected, ...]


@lru_cache(maxsize=256)
def parsed(text: str) -> Any:
    """Return what a scenario's text holds, None where it cannot be read; not to be changed by who asks."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


@lru_cache(maxsize=256)
def stated(run: Run) -> tuple[Stated, ...]:
    """Return what the scenario of a run states; of a combination, what each of its parts does.

    The question and the expectations are in the scenario's text; a run by an older version that does not hold
    its parts' texts gives a combination as one, without them.
    """
    parts = run.scenario.get("parts") or []
    texts = [(str(part["name"]), str(part["text"])) for part in parts]
    if texts:
        return tuple(_read(name, text, {}) for name, text in texts)
    return (_read(str(run.scenario["name"]), str(run.scenario.get("text") or ""), dict(run.scenario)),)


def intervention_labels(run: Run) -> dict[str, str]:
    """Return the label of each intervention of a run's scenario by its key, where its text says so."""
    tree = parsed(str(run.scenario.get("text") or ""))
    items = tree.get("interventions") if isinstance(tree, dict) else None
    return {
        str(item["key"]): _plain(item.get("label") or str(item["key"]).replace("_", " ").capitalize())
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and "key" in item
    }


def _read(name: str, text: str, known: dict[str, Any]) -> Stated:
    """Return what a scenario's text states; where it cannot be read, what the manifest knows of it."""
    tree = parsed(text)
    found: dict[str, Any] = tree if isinstance(tree, dict) else {}
    expects = found.get("expects")
    return Stated(
        name=name,
        label=_plain(known.get("label") or found.get("label") or name.replace("_", " ").capitalize()),
        question=_plain(found.get("question")),
        description=_plain(known.get("description") or found.get("description")),
        expects=tuple(_expected(one) for one in expects if _is_expected(one))
        if isinstance(expects, list)
        else (),
    )


def _plain(value: object) -> str:
    """Return text on one line."""
    return " ".join(str(value or "").split())


def _is_expected(one: Any) -> bool:
    """Tell whether a value has what an expectation needs."""
    return isinstance(one, dict) and "measure" in one and one.get("direction") in DIRECTION_WORDS


def _expected(one: dict[str, Any]) -> Expected:
    """Return an expectation as its file states it."""
    return Expected(
        measure=str(one["measure"]), direction=str(one["direction"]), years=int(one.get("years", 1)),
        why=_plain(one.get("why")),
    )  # fmt: skip


def short_labels(runs: Sequence[Run]) -> dict[Run, str]:
    """Return a label for each run that charts and tables have room for, no two alike.

    A scenario's is that of its file. A combination's is its first two parts up to their commas, or, where
    that is long or there are more, the first and how many more.
    """
    found = {run: _short(run) for run in runs}
    for label in set(found.values()):
        alike = [run for run in runs if found[run] == label]
        if len(alike) > 1 and len({run.label for run in alike}) > 1:
            found |= {run: f"{label} ({number})" for number, run in enumerate(alike, start=1)}
    return found


def _short(run: Run) -> str:
    """Return a run's label where it is no combination, else a short form of it."""
    parts = [part.label.partition(",")[0] for part in stated(run)]
    if len(parts) == 1:
        parts = [part.partition(",")[0] for part in run.label.split(" + ")]
        if len(parts) == 1:
            return run.label
    joined = " + ".join(parts)
    if len(parts) <= NAMED_PARTS and len(joined) <= SHORT_LETTERS:
        return joined
    return f"{parts[0]} + {len(parts) - 1} more"
