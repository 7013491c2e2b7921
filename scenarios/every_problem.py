"""Every problem of a part of the language at once.

A model's validators of the whole (an end after the start, a caseload with its months) run only when every
field is right by itself, and the first to refuse silences the others. Here each of them is run on the fields
that are right, so that a file need not be checked again and again to hear of all that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from inspect import signature
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

NOT_ALLOWED = "not_allowed"
"""The kind of our own errors."""


def told_together(
    model: type[BaseModel], data: Any, error: ValidationError, info: ValidationInfo
) -> ValidationError:
    """Return an error with what validators of the whole have against the fields that are right.

    Args:
        model: What the data should be.
        data: As it was given.
        error: What was found first.
        info: Of the validation, for its context.
    """
    first = error.errors(include_url=False)
    known = {_said(one) for one in first if not one["loc"]}
    more: list[InitErrorDetails] = []
    for refused in _of_the_whole(model, data, first, info):
        if str(refused) not in known:
            known.add(str(refused))
            more.append(InitErrorDetails(type=refused, loc=(), input=data))
    return ValidationError.from_exception_data(error.title, [*map(_again, first), *more]) if more else error


def refuse_all(title: str, problems: Sequence[PydanticCustomError], data: Any) -> None:
    """Refuse a value for one reason or several; does nothing without any."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [InitErrorDetails(type=one, loc=(), input=data) for one in problems]
        raise ValidationError.from_exception_data(title, lines)


def _said(one: ErrorDetails) -> str:
    return str(one["msg"])


def _again(one: ErrorDetails) -> InitErrorDetails:
    """Return an error as it was, so that it can be raised with others."""
    kind = _custom(one) if one["type"] == NOT_ALLOWED else one["type"]
    return InitErrorDetails(type=kind, loc=one["loc"], input=one["input"], ctx=one.get("ctx") or {})


def _of_the_whole(
    model: type[BaseModel], data: Any, first: Iterable[ErrorDetails], info: ValidationInfo
) -> Iterator[PydanticCustomError]:
    """Yield what validators of the whole refuse, of those that need none of the faulty fields."""
    made = _partly(model, data, {str(one["loc"][0]) for one in first if one["loc"]}, info)
    if made is None:
        return
    for one in model.__pydantic_decorators__.model_validators.values():
        if one.info.mode != "after":
            continue
        given = (made, info) if len(signature(one.func).parameters) > 1 else (made,)
        try:
            one.func(*given)
        except PydanticCustomError as refused:
            yield refused
        except ValidationError as refused:
            yield from (_custom(each) for each in refused.errors(include_url=False) if not each["loc"])
        except Exception:
            continue  # it needs a field that is faulty


def _custom(one: ErrorDetails) -> PydanticCustomError:
    return PydanticCustomError(NOT_ALLOWED, "found '{found}'; allowed: {allowed}", dict(one["ctx"]))


def _partly(model: type[BaseModel], data: Any, faulty: set[str], info: ValidationInfo) -> BaseModel | None:
    """Return a model with the fields that are right; the others are not there at all, not even by default."""
    for one in model.__pydantic_decorators__.model_validators.values():
        if one.info.mode == "before":
            try:
                data = one.func(data)
            except (PydanticCustomError, ValidationError):
                return None
    if not isinstance(data, dict):
        return None
    values, absent = {}, set()
    for name, field in model.model_fields.items():
        if name in data and name not in faulty:
            try:
                values[name] = _adapter(model, name).validate_python(data[name], context=info.context)
                continue
            except (ValidationError, PydanticCustomError):
                pass
        if name in data or field.is_required():
            absent.add(name)
    made = model.model_construct(_fields_set=set(values), **values)
    for name in absent:
        made.__dict__.pop(name, None)
    return made


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """Return what reads one field of a model."""
    field = model.model_fields[name]
    kind: Any = field.annotation
    for one in field.metadata:
        kind = Annotated[kind, one]
    return TypeAdapter(kind)


__all__ = ["NOT_ALLOWED", "refuse_all", "told_together"]
