"""What `condition.yaml` may say, and whether the tables beside it fit its states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from sim.parameters.columns import OLDEST, SEXES
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from sim.parameters.national import Condition

ONSET, LEAVING, NOTHING = "onset", "leaving", "nothing"
BALANCED_BY = (ONSET, LEAVING, NOTHING)
WITHOUT = "no"
"""Label of code 0: without the condition."""
_WORDS = ("key", "label", "stream", "kind")
_ALLOWED = (
    *_WORDS, "description", "register", "remission", "states", "onset_state", "excludes", "joined_by",
    "balanced_by", "group",
)  # fmt: skip
_KINDS = ("onset", "congenital")
_CLOSE = 1e-6
_MOST_STATES = 15  # codes of a column that the tables of ratios have room for, less the one without it


class Faults(InputError):
    """Every fault of one condition's folder, one a line.

    Attributes:
        faults: Each of them.
    """

    def __init__(self, faults: Sequence[InputError]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(file=first.file, key=first.key, found=first.found, allowed=first.allowed)

    def message(self) -> str:
        """Return every fault, one a line."""
        return "\n".join(fault.message() for fault in self.faults)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from a worker process."""
        return Faults, (self.faults,)


def declaration(directory: Path) -> dict[str, Any]:
    """Return the fields of `Condition` that `condition.yaml` in `directory` declares, but key and tables.

    Raises InputError, or Faults with every fault of the file.
    """
    path = directory / "condition.yaml"
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(file=path, key="file", found="no file", allowed="what the condition is") from None
    except yaml.YAMLError as error:
        found = str(error).replace("\n", " ")
        raise InputError(file=path, key="file", found=found, allowed="YAML") from None
    if not isinstance(said, dict) or said.get("key") != directory.name:
        raise InputError(file=path, key="key", found=str(said), allowed=f"key: {directory.name}")
    problems = list(_faults(path, said))
    if problems:
        raise Faults(problems)
    states = said.get("states", {"yes": {"register": True}})
    return {
        "label": said["label"],
        "stream": said.get("stream", said["key"]),
        "kind": said["kind"],
        "states": (WITHOUT, *states),
        "register": (False, *(bool(one["register"]) for one in states.values())),
        "onset_state": said.get("onset_state", next(iter(states))),
        "excludes": tuple(said.get("excludes", ())),
        "joined_by": tuple(said.get("joined_by", ())),
        "balanced_by": said.get("balanced_by", ONSET),
        "group": said.get("group", said["key"]),
    }


def _faults(path: Path, said: Mapping[str, Any]) -> Iterable[InputError]:
    """Yield what is wrong with the keys of a `condition.yaml`."""
    for name in said:
        if name not in _ALLOWED:
            allowed = ", ".join(_ALLOWED)
            yield InputError(file=path, key=str(name), found=name, allowed=allowed, names=_ALLOWED)
    for name in ("label", "kind"):
        if not isinstance(said.get(name), str):
            yield InputError(file=path, key=name, found=said.get(name), allowed="a few words")
    if isinstance(said.get("kind"), str) and said["kind"] not in _KINDS:
        yield _one_of(path, "kind", said["kind"], _KINDS)
    for name in ("excludes", "joined_by"):
        value = said.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            yield InputError(file=path, key=name, found=value, allowed="a list of names")
    excluded = said.get("excludes", [])
    if isinstance(excluded, list) and len(excluded) > 1:
        yield InputError(
            file=path, key="excludes", found=excluded, allowed="one condition, since both are drawn at once"
        )
    if said.get("balanced_by", ONSET) not in BALANCED_BY:
        yield _one_of(path, "balanced_by", said["balanced_by"], BALANCED_BY)
    yield from _state_faults(path, said)


def _state_faults(path: Path, said: Mapping[str, Any]) -> Iterable[InputError]:
    """Yield what is wrong with the states."""
    states = said.get("states")
    if states is None:
        if said.get("onset_state", "yes") != "yes":
            yield _one_of(path, "onset_state", said["onset_state"], ("yes",))
        return
    if not isinstance(states, dict) or not 0 < len(states) <= _MOST_STATES:
        yield InputError(
            file=path, key="states", found=states, allowed=f"1 to {_MOST_STATES} states, each with a label"
        )
        return
    for name, one in states.items():
        if name == WITHOUT or not isinstance(name, str):
            yield InputError(
                file=path, key=f"states.{name}", found=name,
                allowed=f"a text other than '{WITHOUT}' (in quotes if it reads as yes or no)",
            )  # fmt: skip
        if not isinstance(one, dict) or set(one) != {"label", "register"} or one["register"] not in (0, 1):
            yield InputError(
                file=path, key=f"states.{name}", found=one, allowed="label: words, register: true or false"
            )
    if said.get("onset_state", next(iter(states))) not in states:
        yield _one_of(path, "onset_state", said["onset_state"], tuple(map(str, states)))


def _one_of(path: Path, key: str, found: object, allowed: tuple[str, ...]) -> InputError:
    return InputError(file=path, key=key, found=found, allowed=", ".join(allowed), names=allowed)


def check_states(directory: Path, condition: Condition) -> None:
    """Raise Faults when tables name states that are not declared, or shares of states are no whole."""
    problems = []
    named = {
        "mortality": ("state",), "state_shares": ("state",), "state_transitions": ("from_state", "to_state"),
    }  # fmt: skip
    for table, columns in named.items():
        for column in columns:
            allowed = condition.states if column == "to_state" else condition.states[1:]
            for found in sorted(set(_filled(condition, table, column)) - set(allowed)):
                problems.append(_one_of(directory / f"{table}.csv", column, found, allowed))
    if len(condition.states) > 2 and "prevalence" in condition.tables and not problems:
        problems += _share_faults(directory, condition)
    if "remission" in condition.tables and WITHOUT in _filled(condition, "state_transitions", "to_state"):
        problems.append(
            InputError(
                file=directory / "state_transitions.csv", key="to_state", found=WITHOUT,
                allowed="states, since remission.csv says who leaves them all",
            )
        )  # fmt: skip
    if problems:
        raise Faults(problems)


def _filled(condition: Condition, table: str, column: str) -> list[str]:
    """Texts of a column that are not blank; none where the table or the column is missing."""
    rows = condition.tables.get(table)
    if rows is None or column not in rows:
        return []
    return [str(name) for name in rows[column] if isinstance(name, str) and name]


def _share_faults(directory: Path, condition: Condition) -> Iterable[InputError]:
    """Yield a fault when the shares of states are missing, or do not add up to one at some age."""
    path = directory / "state_shares.csv"
    if "state_shares" not in condition.tables:
        yield InputError(
            file=path, key="file", found="no file", allowed="the share in each state, as states are declared"
        )
        return
    total = np.zeros((len(SEXES), OLDEST + 1))
    rows = condition.tables["state_shares"]
    columns = (rows[name] for name in ("sex", "age_from", "age_to", "value"))
    for sex, first, last, value in zip(*columns, strict=True):
        total[slice(None) if sex == "all" else SEXES.index(sex), int(first) : int(last) + 1] += value
    if np.abs(total - 1.0).max() > _CLOSE:
        sex, age = np.unravel_index(np.abs(total - 1.0).argmax(), total.shape)
        yield InputError(
            file=path, key=f"{SEXES[sex]}, age {age}", found=f"{total[sex, age]:g}",
            allowed="shares of states that add up to 1",
        )  # fmt: skip


def check_excluded(directory: Path, conditions: Mapping[str, Condition]) -> None:
    """Raise Faults when a condition excludes one that does not exist, or that excludes it as well."""
    problems = []
    for key, condition in conditions.items():
        for other in condition.excludes:
            if other not in conditions or other == key:
                allowed = tuple(name for name in conditions if name != key)
                problems.append(_one_of(directory / key / "condition.yaml", "excludes", other, allowed))
            elif key in conditions[other].excludes:
                problems.append(
                    InputError(
                        file=directory / key / "condition.yaml", key="excludes", found=other,
                        allowed=f"saying so once: {other} excludes {key} already",
                    )
                )  # fmt: skip
    if problems:
        raise Faults(problems)
