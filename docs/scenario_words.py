"""The words of the scenario language, for its reference: what each key may be, what every name is called."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from scenarios.care_names import _need_rows
from scenarios.names import PARAMETERS, load_names
from scenarios.plain_names import condition, need, spaced, word, words
from scenarios.vocabulary import AREA, EFFECTS
from scenarios.vocabulary import words as lists

CALLED = {
    "EffectField.on": "on", "CostField.per": "cost", "StaffField.per": "cost", "CostField.payer": "payer",
    "Cohort.order": "order",
    "EffectField.after_stop": "after_stop", "RiskStratumField.by": "risk", "CohortDocument.order": "order",
    "CohortDocument.by": "risk",
}  # fmt: skip
"""Kind in `scenarios/words.csv` of the choices of a key, where they have words."""


def choices(part: str, key: str, annotation: Any) -> str:
    """Return the choices of a key as a sentence, '' where it has no closed list of them."""
    values = _literals(annotation)
    if len(values) < 2:
        return ""
    kind = CALLED.get(f"{part}.{key}", "")
    told = [f"`{one}`" + (f" ({words()[kind, one]})" if (kind, one) in words() else "") for one in values]
    return f"One of {', '.join(told)}"


def _literals(annotation: Any) -> tuple[str, ...]:
    """Return the values of a literal, in an option or beneath an annotation as well."""
    origin = get_origin(annotation)
    if origin is Literal:
        return tuple(str(one) for one in get_args(annotation))
    if origin is Annotated:
        return _literals(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return tuple(one for option in get_args(annotation) for one in _literals(option))
    return ()


def scenario_words() -> list[str]:
    """Return the sections of names: of the nation, then those of the area."""
    names, held = load_names(AREA), lists()
    lines = [
        "# The words",
        "",
        f"Names that a file may use, from the tables; the area's own are those of `{AREA}`. "
        "`scenarios/schema.json` has them as well: an editor that reads it (the first line of a file that "
        "`leftshift scenario new` writes says where it is) completes them.",
        "",
        "## Keys of effects",
        "",
        "| `on` | what `key` is | such as |",
        "|---|---|---|",
    ]
    what = {
        "transition": "a way between two levels of a risk factor or states of a condition, below",
        "onset": "a condition", "mortality": "`all`, or a cause of death", "need": "a use, below",
    }  # fmt: skip
    lines += [f"| `{on}` | {what[on]} | `{held[name][0]}` |" for on, name in EFFECTS.items()]
    lines += ["", "Causes of death: " + _named(held["word_cause_of_death"][1:]) + ".", ""]
    lines += _table(
        "Uses (`on: need`)", ("key", "what it is"), ((one, need(one)) for one in names.need_classes)
    )
    lines += _table(
        "Need classes (`needs` of diversions and growth)",
        ("key", "what it is", "answers to", "met"),
        _needs(),
    )
    lines += ["A diversion also takes `last_days` and `onset`: " + "; ".join(
        f"`{one}`, {word('need', one)}" for one in ("last_days", "onset")) + ".", ""]  # fmt: skip
    lines += _table("Risk factors and their levels", ("key", "levels"), (
        (factor, _named(levels)) for factor, levels in names.levels.items()))  # fmt: skip
    lines += _table("Conditions and their states", ("key", "what it is", "states"), (
        (key, condition(key), _named(states)) for key, states in names.states.items()))  # fmt: skip
    lines += _table("Transitions (`on: transition`)", ("of", "from_to_to"), _transitions(names.transitions))
    lines += _people()
    nodes = [(key, names.labels.get(key) or "where people leave", spaced(names.cares.get(key, "")))
             for key in names.nodes]  # fmt: skip
    lines += _table(f"Nodes and exits of `{AREA}`", ("key", "what it is", "kind of care"), nodes)
    lines += [f"Councils of `{AREA}`: {_named(names.councils)}.", ""]
    lines += [f"Neighbourhoods of `{AREA}`: {_named(names.neighbourhoods)}.", ""]
    lines += ["Measures that may be expected to change are in [measures](measures.md)."]
    return lines


def _named(keys: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in keys)


def _table(title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return a section with a table, of which the first column is keys."""
    lines = [f"## {title}", "", f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    lines += [f"| `{key}` | {' | '.join(rest)} |" for key, *rest in rows]
    return [*lines, ""]


def _needs() -> Iterable[tuple[str, ...]]:
    """Yield the classes of need."""
    for row in _need_rows():
        met = "in pooled slots; its key names the service" if row["pooled"] == "yes" else "one by one"
        yield row["key"], row["label"], _named(row["answers"].split(";")), met


def _transitions(transitions: Iterable[str]) -> Iterable[tuple[str, ...]]:
    """Yield each factor or condition with its transitions."""
    held: dict[str, list[str]] = {}
    for one in transitions:
        held.setdefault(one.partition(".")[0], []).append(one)
    for factor, ways in held.items():
        yield factor, _named(ways)


def _people() -> list[str]:
    """Return the groups of people that filters name."""
    held = lists()
    kinds = {
        "sexes": "word_sex", "frailty": "word_frailty", "age_bands": "word_age_band",
        "ethnicities": "word_ethnicity", "inclusion_groups": "word_inclusion_group",
        "weekdays": "word_weekday",
    }  # fmt: skip
    rows = ((key, _named(held[name])) for key, name in kinds.items())
    lines = _table("Groups of people, and days", ("key", "values"), rows)
    with (PARAMETERS.parent / "interventions" / "core20plus.csv").open(encoding="utf-8", newline="") as file:
        plus = [f"{spaced(row['attribute'])} `{row['level']}`" for row in csv.DictReader(file)]
    return [*lines, f"`core20plus` is anybody with one of these: {', '.join(plus)}.", ""]


__all__ = ["choices", "scenario_words"]
