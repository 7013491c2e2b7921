"""A document against the schema: one complaint for each thing to mend; what is sound is read all the same.

Pydantic reports a value that may have several forms once for each form. Here the form is chosen that the
writer
most likely meant: the one with most of the keys that are there.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.care import schema
from sim.care.problems import Complaints
from sim.care.schema import NetworkFile
from sim.parameters.errors import nearest_name
from sim.parameters.located import LocatedMap

Path = tuple[str | int, ...]
_FORMS = {
    "float": "a number", "int": "a whole number", "str": "a name", "bool": "true or false",
    "Distribution": "a distribution such as {distribution: exponential, mean: 2}",
    "DistributionBy": "one for each level as {by: ..., values: ...}",
    "Route": "a route such as {probability: 0.3, delay: 2}",
    "By": "an expression (by, product, sum, complement)",
}  # fmt: skip
_EXPRESSIONS = {"Product", "Sum", "Complement"}  # told with "By"
_SECTIONS = ("nodes", "arrivals", "routes")


@dataclass(frozen=True)
class _Problem:
    """One of pydantic's errors: where in the data, which forms were tried on the way, what it says."""

    path: Path
    forms: tuple[tuple[Path, str], ...]
    details: ErrorDetails


def read_file(document: dict[str, Any], complaints: Complaints) -> NetworkFile | None:
    """The document as a checked model; every broken rule becomes a complaint.

    Args:
        document: The document, parts joined and templates expanded.
        complaints: Takes the problems.

    Returns:
        The file. Where something in a node, an arrival or a route is wrong, something harmless stands in its
        place, so that the rest can be checked too; None where that is not possible.
    """
    try:
        return NetworkFile.model_validate(document)
    except ValidationError as error:
        raw = [_problem(document, details) for details in error.errors()]
    problems = _meant(document, raw)
    strangers = [p for p in problems if p.details["type"] == "extra_forbidden"]
    excused = {(p.path[:-1], _nearest_key(p)) for p in strangers}
    for problem in problems:
        if problem.details["type"] != "missing" or (problem.path[:-1], problem.path[-1]) not in excused:
            _complain(problem, complaints)
    try:
        mended = _mended(document, problems)
        file = NetworkFile.model_validate(mended)
    except (ValidationError, KeyError, TypeError, IndexError):
        return None
    complaints.document = mended
    return file


# ---------------------------------------------------------------------------------------- what was meant
def _problem(document: Any, details: ErrorDetails) -> _Problem:
    """Tell the parts of an error's location that lie in the data from the names of forms."""
    path: list[str | int] = []
    forms: list[tuple[Path, str]] = []
    data = document
    last = len(details["loc"]) - 1
    for index, part in enumerate(details["loc"]):
        if isinstance(data, dict) and part in data:
            path.append(part)
            data = data[part]
        elif isinstance(data, dict) and isinstance(part, int) and str(part) in data:
            path.append(str(part))
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data = data[part]
        elif index == last and details["type"] == "missing":
            path.append(part)
        elif part != "[key]":
            forms.append((tuple(path), str(part)))
    return _Problem(tuple(path), tuple(forms), details)


def _meant(document: Any, problems: Sequence[_Problem], depth: int = 0) -> list[_Problem]:
    """Of the errors under each value with several forms, those of the form that was meant."""
    kept: list[_Problem] = []
    groups: dict[Path, list[_Problem]] = {}
    for problem in problems:
        if len(problem.forms) > depth:
            groups.setdefault(problem.forms[depth][0], []).append(problem)
        else:
            kept.append(problem)
    for place, group in groups.items():
        names = list(dict.fromkeys(problem.forms[depth][1] for problem in group))
        chosen = _chosen(_at(document, place), names, group, depth)
        if chosen is None:
            whole: Any = {
                "type": "no_form", "loc": place, "input": _at(document, place), "msg": _allowed_forms(names),
            }  # fmt: skip
            kept.append(_Problem(place, (), whole))
        else:
            kept += _meant(document, [p for p in group if p.forms[depth][1] == chosen], depth + 1)
    return kept


def _chosen(data: Any, names: list[str], group: Sequence[_Problem], depth: int) -> str | None:
    """The form whose keys the data has most of; for a list the form of a list; None when nothing fits."""
    if isinstance(data, dict):
        scores = {name: _likeness(set(data), _keys(getattr(schema, name, None))) for name in names}
        counts = {name: sum(p.forms[depth][1] == name for p in group) for name in names}
        best = max(names, key=lambda name: (scores[name], -counts[name]))
        return best if scores[best] > 0 else None
    lists = [name for name in names if name.startswith("list[")]
    if isinstance(data, list) and lists:
        return lists[0]
    if isinstance(data, int | float) and not isinstance(data, bool):
        limits = [name for name in names if name in ("float", "int")]
        return limits[0] if limits else None
    return None


def _likeness(given: set[str], keys: set[str]) -> float:
    """How many of the keys given a form has; those it has but for a slip count half."""
    return sum(1.0 if key in keys else 0.5 if nearest_name(str(key), keys) else 0.0 for key in given)


def _allowed_forms(names: Iterable[str]) -> str:
    """The forms that a value may have, in words."""
    told = []
    for name in names:
        if name.startswith("literal["):
            told.append(name[len("literal[") : -1].replace("'", ""))
        elif name.startswith("list["):
            told.append("a list of entries")
        elif name not in _EXPRESSIONS:
            told.append(_FORMS.get(name, name))
    return " or ".join(dict.fromkeys(told))


def _at(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def _keys(model: Any) -> set[str]:
    """The keys of a model, as they are written in a file."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return set()
    return {field.alias or name for name, field in model.model_fields.items()}


# ---------------------------------------------------------------------------------------- in words
def _complain(problem: _Problem, complaints: Complaints) -> None:
    """Say one problem for the person who can mend it."""
    details, kind = problem.details, problem.details["type"]
    key = _dotted(problem.path)
    allowed, found, names = _sentence(details["msg"]), details["input"], list[str]()
    if kind == "extra_forbidden":
        names = sorted(_siblings(problem))
        found, allowed = problem.path[-1], "one of the keys " + ", ".join(names)
    elif kind == "missing":
        found, allowed = "nothing", "a value: the key is required"
    elif kind == "literal_error":
        allowed = "one of " + str(details.get("ctx", {}).get("expected", ""))
        names = re.findall(r"'([^']*)'", allowed)
        allowed = allowed.replace("'", "")
    complaints.add(key, _short(found), allowed, names)


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _sentence(message: str) -> str:
    """Pydantic's words without their opening."""
    for opening in ("Input should be ", "Value error, "):
        message = message.removeprefix(opening)
    words = {"a valid dictionary or instance of": "a mapping, as for", "a valid dictionary": "a mapping",
             "a valid string": "text", "a valid list": "a list", "a valid number": "a number"}  # fmt: skip
    for theirs, ours in words.items():
        message = message.replace(theirs, ours)
    return message


def _short(found: Any) -> Any:
    """What was found, cut to a length that a message can hold."""
    text = repr(found)
    return found if len(text) <= 80 else f"{text[:77]}..."


def _nearest_key(problem: _Problem) -> str | None:
    return nearest_name(str(problem.path[-1]), _siblings(problem))


def _siblings(problem: _Problem) -> set[str]:
    """The keys allowed where an unknown one stands."""
    forms = dict(problem.forms)
    at: Any = NetworkFile
    for index, part in enumerate(problem.path[:-1]):
        at = _below(at, part)
        form = getattr(schema, forms.get(problem.path[: index + 1], ""), None)
        at = form if form is not None else at
    model = _only_model(at)
    written_out = {NetworkFile: set(schema.BEFORE), schema.Node: {"slots"}}
    return _keys(model) | written_out.get(model, set())


def _below(annotation: Any, part: str | int) -> Any:
    """The annotation of what stands below one key."""
    annotation = _only_model(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
        return None
    if get_origin(annotation) in (dict, list):
        return get_args(annotation)[-1]
    return annotation


def _only_model(annotation: Any) -> Any:
    """The one model, mapping or list of an annotation that may also be None or carry limits."""
    if get_origin(annotation) is Annotated:
        return _only_model(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        options = [one for one in get_args(annotation) if isinstance(one, type) or get_origin(one)]
        held = [o for o in options if get_origin(o) in (dict, list) or _keys(o)]
        return held[0] if len(held) == 1 else annotation
    return annotation


# ---------------------------------------------------------------------------------------- reading on
def _mended(document: dict[str, Any], problems: Sequence[_Problem]) -> dict[str, Any]:
    """The document with misspelt keys as they were meant, and harmless values for wrong ones."""
    mended = copy.deepcopy(document)
    for problem in problems:
        if problem.details["type"] == "extra_forbidden":
            _rename(_at(mended, problem.path[:-1]), str(problem.path[-1]), _nearest_key(problem))
    for problem in problems:
        path = problem.path
        if problem.details["type"] == "extra_forbidden":
            continue
        if path == ("time_unit",):
            mended["time_unit"] = "hour"
        elif path == ("start",):
            mended.pop("start")
        elif len(path) < 2 or path[0] not in _SECTIONS or (path[0] == "routes" and len(path) < 3):
            raise KeyError(path)
        else:
            _replace(mended[str(path[0])], path)
    return mended


def _rename(entries: dict[str, Any], wrong: str, right: str | None) -> None:
    """Give a misspelt key its name, or leave it out where no name is near or the name is taken."""
    value = entries.pop(wrong, None)
    if right is not None and right not in entries and value is not None:
        entries[right] = value
        if isinstance(entries, LocatedMap):
            entries.places[right] = entries.places.get(wrong, entries.place)


def _replace(section: dict[str, Any], path: Path) -> None:
    """Put something harmless where a node, an arrival or a route says something wrong."""
    kind, name = path[0], str(path[1])
    service = {"distribution": "deterministic", "value": 1.0}
    if kind == "nodes" and (len(path) < 3 or not isinstance(section[name], dict)):
        section[name] = {"places": "unlimited", "service": service}
    elif kind == "nodes":
        key = str(path[2])
        harmless: dict[str, Any] = {"places": "unlimited", "service": service}
        if key not in harmless:
            section[name].pop(key, None)
        elif len(path) > 3 or path[-1] != key or not _is_sound(key, section[name].get(key)):
            section[name][key] = harmless[key]
    elif kind == "arrivals":
        section[name] = {"rate": 1.0}
    else:
        ways = section[name]
        taken = [way.get("probability") if isinstance(way, dict) else way for way in ways.values()]
        ways[str(path[2])] = 0.0 if "remainder" in taken else "remainder"


def _is_sound(key: str, value: Any) -> bool:
    """Whether a misspelt key has just given a service where one was missing."""
    return key == "service" and isinstance(value, dict)
