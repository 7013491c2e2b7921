"""What is said of a value that a file may not hold: in our words, never in a library's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from sim.parameters.errors import folded

MOST_TOLD = 12
"""Names told in one message; of more, those nearest to what was found."""
NEAREST_SCENARIOS, LIKE = 5, 0.5
"""Scenarios told when one is not found: so many at most, and how like they must be."""
LIST_ALL = (
    "All scenarios: leftshift scenario list; those about something: leftshift scenario list --search TEXT"
)

OF_ANOTHER_KIND = "a value of another kind: see docs/reference/scenario_language.md"
_WHOLE, _NUMBER, _WORDS = "a whole number", "a number", "text"
_TRUTH, _LIST, _KEYS = "true or false", "a list, such as [one, two]", "keys with values below it"
_KINDS = {
    "int": _WHOLE, "float": _NUMBER, "finite_number": _NUMBER, "string": _WORDS, "bool": _TRUTH,
    "list": _LIST, "tuple": _LIST, "dict": _KEYS, "model": _KEYS, "mapping": _KEYS, "none": "nothing",
    "decimal": _NUMBER, "enum": "one of the names allowed",
}  # fmt: skip
"""What is wanted, by the first word of the kind of error."""


def told(value: Any) -> str:
    """Return what a file says, as its writer would call it."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"the keys {', '.join(map(str, value))}" if value else "no keys"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    return (
        f"'{value}'" if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def allowed(kind: str, context: Mapping[str, Any]) -> str:
    """Return what may stand there.

    Args:
        kind: The kind of error, such as 'float_parsing' or 'greater_than_equal'.
        context: What the check was given, such as the limit.
    """
    limits = {
        "greater_than": ("gt", "a number above {}"), "greater_than_equal": ("ge", "{} or more"),
        "less_than": ("lt", "a number below {}"), "less_than_equal": ("le", "{} or less"),
        "multiple_of": ("multiple_of", "a multiple of {}"),
    }  # fmt: skip
    if kind in limits:
        name, words = limits[kind]
        limit = context.get(name)
        return words.format(f"{limit:g}" if isinstance(limit, float) else limit)
    if kind in {"too_short", "too_long"}:
        least, most = context.get("min_length"), context.get("max_length")
        return f"at least {least} in the list" if kind == "too_short" else f"at most {most} in the list"
    if kind == "string_too_short":
        return "some text"
    if kind == "string_pattern_mismatch":
        return _pattern(str(context.get("pattern", "")))
    return _KINDS.get(kind.partition("_")[0], OF_ANOTHER_KIND)


def _pattern(pattern: str) -> str:
    """Return what a pattern asks for."""
    if pattern.startswith(r"^\d{4}"):
        return "a month as YYYY-MM, from 01 to 12"
    return "lower case letters, digits and underscores, a letter first"


def nearest(found: str, names: Iterable[str], number: int, least: float = 0.0) -> list[str]:
    """Return the names most like what was found, the most like first; those that contain it count as like.

    Args:
        found: What was found.
        names: What exists.
        number: How many at most.
        least: How like they must be, from 0 to 1.
    """
    wanted = folded(found)

    def likeness(name: str) -> float:
        spelled = folded(name)
        within = bool(wanted) and (wanted in spelled or spelled in wanted)
        return SequenceMatcher(None, wanted, spelled).ratio() + (0.5 if within else 0.0)

    scores = {name: likeness(name) for name in names}
    like = [name for name, score in scores.items() if score >= least]
    return sorted(like, key=lambda name: -scores[name])[:number]


def some_of(found: object, names: Sequence[str]) -> str:
    """Return names for a message: all where they are few, else those nearest to what was found."""
    distinct = list(dict.fromkeys(names))
    if len(distinct) <= MOST_TOLD:
        return ", ".join(distinct)
    few = nearest(str(found), distinct, MOST_TOLD)
    return f"{', '.join(few)} and {len(distinct) - len(few)} more"


def scenarios_allowed(found: str, names: Iterable[str]) -> str:
    """Return what the name of a scenario may be: names like the one found, a file, and where to find all."""
    like = nearest(found.partition("@")[0], names, NEAREST_SCENARIOS, LIKE)
    near = f" (near: {', '.join(like)})" if like else ""
    return f"a scenario of the library{near} or a file ending in .yaml"


__all__ = ["LIST_ALL", "MOST_TOLD", "allowed", "nearest", "scenarios_allowed", "some_of", "told"]
