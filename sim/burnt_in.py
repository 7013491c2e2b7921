"""A burn-in made once: what it leaves is kept in a file, and another unit that would come to it starts there.

Scenarios act from month 0. What happens before is the same in every scenario that leaves the network of the
burn-in as it is, whatever it does later, and in every draw of its figures. So a unit that has just been built
looks for the file of its own burn-in (`sim/burn_in_key.py`), and burns in only where there is none.

What a burn-in leaves is told by the parts themselves: a class names in `BURNT_IN` those of its attributes
that a burn-in changes. What is not named there has not changed, or is written anew before it is read: a test
compares all that a model holds, whether it burnt in itself or started from a file.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.burn_in_key import burn_in_key
from sim.health.feedback import DELAYED_STEPS, ED_DELAY
from sim.kernels import flow_keeping
from sim.kernels.flow_layout import State
from sim.population.cache import read_arrays, write_arrays
from sim.population.residents import Residents

if TYPE_CHECKING:
    from sim.model import HealthSystem

Arrays = dict[str, npt.NDArray[Any]]
KEPT = 8
"""Files that are kept side by side, those made or read last: units that share one follow each other."""
CARE_SETS = ("admissions_12m", "attendances_12m", DELAYED_STEPS, ED_DELAY, "care_home", "place")
"""Attributes of residents that care changes."""
_PLAIN = (bool, int, float, str, type(None))
_STRUCTURE = "structure"


class BurntIn:
    """The burn-ins kept in a folder.

    Args:
        folder: Where they are kept; made when there is one to keep.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def bring(self, model: HealthSystem, burn_in: Callable[[], None]) -> None:
        """Bring a model that was just built to where its burn-in leaves it, by the file of it or by itself.

        A file that is not there, or damaged, is made anew; where none can be written, none is.

        Args:
            model: The model, before its burn-in.
            burn_in: Burns it in.
        """
        file = self.folder / f"burnt_in-{burn_in_key(model)}.npz"
        found = read_arrays(file)
        if found is not None and _STRUCTURE in found:
            restore(model, found)
        else:
            burn_in()
            write_arrays(file, state_of(model), KEPT)


def state_of(model: HealthSystem) -> Arrays:
    """Return what a burn-in has left in a model, as arrays by name; many are the model's own."""
    arrays: Arrays = {}
    structure = json.dumps(_pack(model, "model", arrays))
    return {**arrays, _STRUCTURE: np.frombuffer(structure.encode(), np.uint8)}


def restore(model: HealthSystem, arrays: Arrays) -> None:
    """Bring a model that was just built to the state that `state_of` told of one built alike."""
    _unpack(json.loads(arrays[_STRUCTURE].tobytes()), arrays, model)


# ---------------------------------------------------------------------------------------- values as arrays
def _pack(value: Any, name: str, arrays: Arrays) -> list[Any]:
    """Put the arrays of a value among the others and return how it is made of them, fit for JSON.

    That is its kind, and what it holds: of an array its name, of a plain value the value, of everything else
    pairs of a key and what is under it.
    """
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return ["array", name]
    if isinstance(value, _PLAIN):
        return ["plain", value]
    kind, parts = _parts(value, name)
    return [kind, [(key, _pack(one, f"{name}.{key}", arrays)) for key, one in parts]]


def _parts(value: Any, name: str) -> tuple[str, Iterable[tuple[Any, Any]]]:
    """Return of which kind a value is, and its parts by key."""
    if isinstance(value, State):
        return "network", flow_keeping.kept(value).items()
    if isinstance(value, Residents):
        return "residents", ((key, np.ascontiguousarray(value.column(key))) for key in CARE_SETS)
    if hasattr(value, "BURNT_IN"):
        return "object", ((key, getattr(value, key)) for key in value.BURNT_IN)
    if is_dataclass(value):
        return "dataclass", ((field.name, getattr(value, field.name)) for field in fields(value))
    if isinstance(value, dict):
        return "dict", value.items()
    if type(value) in (list, tuple, deque):
        return type(value).__name__, enumerate(value)
    raise TypeError(f"{name} is a {type(value).__qualname__}, which does not say what a burn-in leaves in it")


def _unpack(told: list[Any], arrays: Arrays, now: Any = None) -> Any:
    """Return the value that `_pack` told of; `now` is what stands in its place in a model not burnt in."""
    kind, content = told
    if kind in ("array", "plain"):
        return arrays[content] if kind == "array" else content
    found = {key: _unpack(one, arrays, _standing(now, kind, key)) for key, one in content}
    match kind:
        case "network":
            now = flow_keeping.put_back(now, found)
        case "residents":
            for key, codes in found.items():
                now.column(key)[:] = codes
        case "object":
            for key, one in found.items():
                setattr(now, key, one)
        case "dataclass":
            now = replace(now, **found)
        case "dict":
            now = found
        case "deque":
            now = deque(found.values(), now.maxlen)
        case _:
            now = list(found.values()) if kind == "list" else tuple(found.values())
    return now


def _standing(now: Any, kind: str, key: Any) -> Any:
    """Return what a part replaces; nothing in a sequence, whose length a burn-in changes."""
    if kind == "dict":
        return now.get(key)
    return getattr(now, key, None) if kind in ("object", "dataclass") else None


__all__ = ["BurntIn", "restore", "state_of"]
