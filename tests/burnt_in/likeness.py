"""Where two objects differ, in everything that they hold and can be reached from them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pandas as pd

from sim.kernels import flow_keeping
from sim.kernels.flow_layout import State

_MISSING = object()
_OPAQUE = (FunctionType, MethodType, ModuleType, type)


@dataclass
class Likeness:
    """Compares two objects part by part.

    Args:
        scratch: Names, 'Class.attribute', of what need not be alike, because it is written before it is read.
    """

    scratch: frozenset[str] = frozenset()
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _kept: list[tuple[Any, Any]] = field(default_factory=list)

    def differences(self, a: Any, b: Any, path: str = "model") -> Iterator[str]:
        """Yield the path of every part that differs."""
        if a is b or (id(a), id(b)) in self._seen:
            return
        self._seen.add((id(a), id(b)))
        self._kept.append((a, b))  # so that no other object takes their place in memory
        if type(a) is not type(b):
            yield path
        elif isinstance(a, np.ndarray):
            alike = a.dtype == b.dtype and a.shape == b.shape
            if not alike or not (a.tobytes() == b.tobytes() or _same_objects(a, b)):
                yield path
        elif isinstance(a, pd.DataFrame | pd.Series):
            if not a.equals(b):
                yield path
        elif isinstance(a, _OPAQUE):
            return
        else:
            yield from self._within(a, b, path)

    def _within(self, a: Any, b: Any, path: str) -> Iterator[str]:
        mine, other = dict(self._parts(a)), dict(self._parts(b))
        if not mine and not other and not _empty(a):
            if repr(a) != repr(b):
                yield path
            return
        for name in dict.fromkeys([*mine, *other]):
            first, second = mine.get(name, _MISSING), other.get(name, _MISSING)
            yield from self.differences(first, second, f"{path}.{name}")

    def _parts(self, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, State):
            yield from flow_keeping.kept(value).items()
        elif isinstance(value, Mapping):
            yield from ((repr(key), one) for key, one in value.items())
        elif isinstance(value, list | tuple | deque):
            yield from ((str(k), one) for k, one in enumerate(value))
        elif hasattr(value, "__dict__"):
            kind = type(value).__name__
            yield from ((n, v) for n, v in vars(value).items() if f"{kind}.{n}" not in self.scratch)
        elif hasattr(type(value), "__slots__"):
            yield from ((n, getattr(value, n)) for n in type(value).__slots__ if hasattr(value, n))


def _same_objects(a: Any, b: Any) -> bool:
    if a.dtype.hasobject:
        return bool(a.tolist() == b.tolist())
    return False


def _empty(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple | deque) or hasattr(value, "__dict__")


__all__ = ["Likeness"]
