"""The reference page of the network file, made from its schema; `docs.generate` writes it."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.care import schema
from sim.care.csv_network import NODE_COLUMNS, ROUTE_COLUMNS
from sim.kernels.distribution_parameters import ACCEPTED

# Sections of the page: what is written in the file, its model.
SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", schema.NetworkFile),
    ("`nodes` each by its name", schema.Node),
    ("`places` as a calendar", schema.CalendarEntry),
    ("`changes`", schema.DatedChange),
    ("`slots`", schema.Session),
    ("`service` and every other time", schema.Distribution),
    ("`of` in a mixture", schema.Part),
    ("`service` by kind of person", schema.DistributionBy),
    ("`balking`", schema.Balking),
    ("`reneging`, `death` and `overflow`", schema.Leaving),
    ("`deterioration`", schema.Deterioration),
    ("`escalation`", schema.Escalation),
    ("`uses`", schema.Uses),
    ("`arrivals` by node", schema.Arrivals),
    ("`profile`", schema.RateEntry),
    ("`profile_table`", schema.ProfileTable),
    ("`initial` by node", schema.Initial),
    ("`routes` by node, then by what follows", schema.Route),
)
EXPRESSIONS: tuple[type[BaseModel], ...] = (schema.By, schema.Product, schema.Sum, schema.Complement)
_NAMES: dict[Any, str] = {float: "number", str: "text", bool: "true or false", int: "whole number"}
_WORDS = {"datedchange": "dated change", "tuple": "pairs"}
_TYPES = {
    "of": "list of parts",  # a forward reference, whose form depends on what was read before
    "kinds": "list of levels by attribute",
    "routes": "route or value, by node and by what follows",
}
_PLACES = "number, name, `unlimited` or calendar"


def network_schema() -> str:
    """Return the published JSON Schema."""
    return json.dumps(schema.json_schema(), indent=2) + "\n"


def network_file() -> str:
    """Return the reference page: every key with type, unit, default and meaning."""
    lines = [
        "# The network file",
        "",
        "Made from the code by `make docs`. The JSON Schema is `docs/reference/network.schema.json`;",
        "editors that know JSON Schema check a file while it is written. The tutorial",
        "`docs/how-to/run-a-pathway-alone.md` begins with an example, and",
        "`docs/explanation/care_network.md` tells what happens to a person.",
        "",
        "A *value* is a number, the name of one of the file's `parameters` or `definitions` or of a row",
        "of its `parameter_tables`, or an expression (below). *(time)* means: in the file's `time_unit`,",
        "unless a `unit` stands beside it. Unknown keys are refused with the nearest valid one.",
        "",
    ]
    for title, model in SECTIONS:
        lines += [f"## {title}", "", _sentence(model), ""]
        lines += [*_table(model), ""]
        if model is schema.Distribution:
            lines += [*_summaries(), ""]
    lines += ["## Expressions", "", "Where a value may stand, one of these may.", ""]
    for model in EXPRESSIONS:
        lines += [f"**{model.__name__}.** {_sentence(model)}", "", *_table(model), ""]
    lines += [*_csv(), ""]
    return "\n".join(lines)


def _sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _table(model: type[BaseModel]) -> Iterator[str]:
    """Yield the rows of a model's keys."""
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    if model is schema.NetworkFile:
        for key, (kind, meaning) in schema.BEFORE.items():
            words = "list of text" if kind["type"] == "array" else "lists by name"
            yield f"| `{key}` | {words} | none | {meaning} |"
    for name, field in model.model_fields.items():
        key = field.alias or name
        limits = _limits(field)
        meaning, kind = (field.description or "").replace("|", "/"), _TYPES.get(name)
        yield f"| `{key}` | {kind or _type(field.annotation)}{limits} | {_default(field)} | {meaning} |"
    if model is schema.Node:
        yield "| `slots` | list of sessions | none | Recurring sessions instead of places and service. |"


def _limits(field: FieldInfo) -> str:
    """Return the limits of a number in words."""
    words = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
    told = [f"{words[n]} {getattr(m, n):g}" for m in field.metadata for n in words if hasattr(m, n)]
    return f", {' and '.join(told)}" if told else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _type(annotation: Any) -> str:
    """Return a type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation == schema.Value or annotation in _NAMES:
        return _NAMES.get(annotation, "value")
    if origin in (types.UnionType, typing.Union):
        return _union([one for one in arguments if one is not type(None)])
    name = getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", "")
    words: dict[Any, Callable[[], str]] = {
        typing.Annotated: lambda: _type(arguments[0]),
        typing.Literal: lambda: ", ".join(f"`{one}`" for one in arguments),
        list: lambda: f"list of {_type(arguments[0])}",
        dict: lambda: f"{_type(arguments[1])} by name",
    }
    return words.get(origin, lambda: _WORDS.get(name.lower(), name.lower()))()


def _union(options: list[Any]) -> str:
    """Return the options of a union; the forms of a value are told as one."""
    forms = set(get_args(schema.Value))
    if forms <= set(options):
        rest = [one for one in options if one not in forms]
        return " or ".join([*map(_type, rest), "value"])
    if set(get_args(schema.Places)) <= set(options):
        return _PLACES
    if schema.DistributionBy in options:
        rest = [one for one in options if one not in (schema.Distribution, schema.DistributionBy)]
        return " or ".join(["distribution", *map(_type, rest)])
    words = ["number or name" if one is float and str in options else _type(one) for one in options]
    return " or ".join(dict.fromkeys(word for word in words if not (word == "text" and float in options)))


def _summaries() -> Iterator[str]:
    """Yield how each distribution may be given."""
    yield "| distribution | given by |"
    yield "|---|---|"
    for name, ways in ACCEPTED.items():
        yield f"| `{name}` | {'; or '.join(' and '.join(f'`{one}`' for one in way) for way in ways)} |"
    yield "| `empirical` | `quantiles` |"
    yield "| `mixture` | `of` |"


def _csv() -> Iterator[str]:
    """Yield the columns of the two tables."""
    yield "## Two CSV tables instead"
    yield ""
    yield "`leftshift flow nodes.csv --routes routes.csv` reads the same network from two tables, for"
    yield "instance from a spreadsheet. They become the document above and are checked by the same code;"
    yield "messages name the row."
    yield "What the tables have no column for (calendars, kinds of people, reneging) needs the YAML file."
    for title, columns in (("nodes", NODE_COLUMNS), ("routes", ROUTE_COLUMNS)):
        yield ""
        yield f"| column of {title} | meaning |"
        yield "|---|---|"
        for name, meaning in columns.items():
            yield f"| `{name}` | {meaning} |"
