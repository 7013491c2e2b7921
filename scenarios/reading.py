"""A document checked against its model, every problem at once, in words for the person who can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scenarios import refusals
from scenarios.problems import Problem
from sim.parameters.errors import nearest_name
from sim.parameters.located import LocatedMap, place_of

Model = TypeVar("Model", bound=BaseModel)


def read_document(
    model: type[Model],
    data: LocatedMap,
    context: dict[str, Any] | None = None,
    tags: Mapping[str, type] | None = None,
) -> tuple[Model | None, list[Problem]]:
    """Check a document.

    Args:
        model: What it should be.
        data: The document with its places.
        context: Given to the validators.
        tags: The models that a `type` key chooses between.

    Returns:
        The model, or None with every problem that was found.
    """
    try:
        return model.model_validate(data, context=context), []
    except ValidationError as error:
        return None, [problem_of(model, data, details, tags or {}) for details in error.errors()]


def problem_of(
    model: type[BaseModel], data: LocatedMap, details: ErrorDetails | dict[str, Any], tags: Mapping[str, type]
) -> Problem:
    """Turn one of pydantic's errors into a problem with its place."""
    location = tuple(details["loc"])
    context: dict[str, Any] = details.get("ctx") or {}
    key = ".".join(str(part) for part in location if part not in (*tags, "[key]")) or "file"
    place = place_of(data, location) or data.place
    given = details.get("input")
    found, allowed, nearest = refusals.told(given), refusals.allowed(details["type"], context), ""
    match details["type"]:
        case "not_allowed":
            found, allowed, nearest = context["found"], context["allowed"], context["nearest"]
        case "extra_forbidden":
            fields = fields_at(model, location[:-1], tags)
            found, allowed = f"unknown key '{location[-1]}'", f"keys {', '.join(fields) or 'of none'}"
            nearest = nearest_name(str(location[-1]), fields) or ""
        case "value_error":
            allowed = str(context["error"])
        case "model_type" | "dict_type":
            fields = fields_at(model, location, tags)
            allowed = f"the keys {', '.join(fields)}" if fields else allowed
        case "missing":
            found, allowed = "nothing", f"'{location[-1]}' is required"
        case "union_tag_invalid" | "union_tag_not_found":
            found = refusals.told(given.get("type") if isinstance(given, dict) else given)
            found = found.strip("'")
            key, allowed = f"{key}.type", f"one of {', '.join(tags)}"
            nearest = nearest_name(found, tags) or ""
            place = place_of(data, (*location, "type")) or place
        case "literal_error":
            allowed = context["expected"]
            nearest = (
                nearest_name(str(given), allowed.replace("'", "").replace(" or ", ", ").split(", ")) or ""
            )
    return Problem(
        file=place[0], line=place[1], key=key, found=_short(found), allowed=allowed, nearest=nearest
    )


def _short(found: str) -> str:
    """Cut what was found to a length that a message can hold."""
    limit = 120
    return found if len(found) <= limit else found[: limit - 3] + "..."


def fields_at(model: type[BaseModel], location: tuple[Any, ...], tags: Mapping[str, type]) -> list[str]:
    """Return the keys that a model allows at a location inside it."""
    at: Any = model
    for part in location:
        at = _descend(at, part, tags)
    options = [at, *get_args(at)]  # a part that may be left out is a union with None
    models = [one for one in options if isinstance(one, type) and issubclass(one, BaseModel)]
    return list(models[0].model_fields) if len(models) == 1 else []


def _descend(at: Any, part: Any, tags: Mapping[str, type]) -> Any:
    """Return the annotation below one part of a location."""
    if isinstance(at, type) and issubclass(at, BaseModel):
        field = at.model_fields.get(str(part))
        return field.annotation if field else at
    if get_origin(at) in {list, dict}:
        return get_args(at)[-1]
    if get_origin(at) is Annotated:
        return _descend(get_args(at)[0], part, tags)
    if part in tags:
        return tags[part]
    # A union such as `EstimateField | None`: the part belongs to its model.
    models = [option for option in get_args(at) if isinstance(option, type) and issubclass(option, BaseModel)]
    return _descend(models[0], part, tags) if len(models) == 1 else at
