"""A hash of whatever a part of the model is made of: numbers, words, arrays, tables, and objects of ours."""

from __future__ import annotations

import datetime
import enum
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

_PLAIN = (bool, int, float, complex, str, bytes, type(None), Path, datetime.date, enum.Enum, np.generic)


def fingerprint(*values: Any) -> str:
    """Return the hash of everything that values hold, as hexadecimal digits.

    Objects count by their type and attributes, tables by columns, types and cells, mappings in their order.

    Raises:
        TypeError: Something is of a kind that cannot be told apart by what it holds, such as a function.
    """
    digest = hashlib.blake2b(digest_size=20)
    for chunk in _chunks(values, {}):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(value: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Yield the bytes of a value; an object that holds itself is named by when it was first met."""
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r};".encode()
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype.str} {value.shape};".encode()
        yield repr(value.tolist()).encode() if value.dtype.hasobject else np.ascontiguousarray(value).data
    elif isinstance(value, pd.DataFrame):
        yield f"table {list(value.columns)} {list(map(str, value.dtypes))};".encode()
        for column in range(value.shape[1]):
            cells = value.iloc[:, column].to_numpy()
            yield cells.tobytes() if cells.dtype.kind in "biuf" else repr(cells.tolist()).encode()
    elif id(value) in seen:
        yield f"as {list(seen).index(id(value))};".encode()
    else:
        seen[id(value)] = value
        yield f"{type(value).__qualname__}(".encode()
        for one in _parts(value):
            yield from _chunks(one, seen)
        yield b");"


def _parts(value: Any) -> Iterator[Any]:
    """Yield what a container or an object holds."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield key
            yield one
    elif isinstance(value, set | frozenset):
        yield from sorted(value, key=repr)
    elif isinstance(value, list | tuple | deque):
        yield from value
    elif isinstance(value, BaseModel):
        yield value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):  # what it has cached is no part of it
        for field in fields(value):
            yield field.name
            yield getattr(value, field.name)
    elif hasattr(value, "__dict__") and not callable(value):
        yield from (item for pair in vars(value).items() for item in pair)
    else:
        raise TypeError(f"nothing tells one {type(value).__qualname__} from another")


__all__ = ["fingerprint"]
