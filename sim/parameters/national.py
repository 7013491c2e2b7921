"""All national tables, loaded once: conditions, risk factors, frailty, mortality, use, and named scalars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from sim.parameters.declaration import ONSET, check_excluded, check_states, declaration
from sim.parameters.errors import InputError
from sim.parameters.schemas import BY_NAME, SCALARS
from sim.parameters.tables import read_table

PARAMETERS = Path(__file__).parent
SCALAR_FILES = ("parameters.csv", "life_course.csv", "feedback.csv")
_CONDITION_TABLES = (
    "prevalence",
    "incidence",
    "adjust",
    "gradient",
    "relative_risks",
    "mortality",
    "remission",
    "state_shares",
    "state_transitions",
    "trend",
    "utility",
)
_SCHEMA_OF = {"adjust": "condition_adjustment"}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One long-term condition: what its folder says."""

    key: str
    """Name of its folder and its column."""
    label: str
    """A few plain words."""
    stream: str
    """Name of its random stream; never changes, whatever the label becomes."""
    kind: str
    """onset, or congenital: present from birth and never acquired."""
    states: tuple[str, ...] = ("no", "yes")
    """Labels of the codes of its column; code 0 is without the condition, every other is with it."""
    register: tuple[bool, ...] = (False, True)
    """By code: whether it is diagnosed, and so on the register of the practice."""
    onset_state: str = "yes"
    """The state that a new case enters."""
    excludes: tuple[str, ...] = ()
    """Conditions that nobody has beside this one; where both are drawn at the start, those come first."""
    joined_by: tuple[str, ...] = ()
    """Transitions of other attributes that put a resident without it on its register."""
    group: str = ""
    """Conditions of one group count once where conditions are counted, as cancers do."""
    balanced_by: str = ONSET
    """What is moved so that prevalence by age holds: onset, leaving (its later steps), or nothing."""
    tables: Mapping[str, pd.DataFrame]
    """Tables by name; those that the folder does not have are missing."""

    def code(self, state: str) -> int:
        """Return the code of a state."""
        return self.states.index(state)

    @property
    def partly_registered(self) -> bool:
        """Whether somebody may have it without being on its register."""
        return not all(self.register[1:])


@dataclass(frozen=True, kw_only=True)
class RiskFactor:
    """One risk factor: its levels in the order of their codes, and its tables."""

    key: str
    levels: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class National:
    """Everything that holds for England and not for one area."""

    conditions: Mapping[str, Condition]
    risk_factors: Mapping[str, RiskFactor]
    tables: Mapping[str, pd.DataFrame]
    """Tables by schema name, for example `use_rates`, `frailty_prevalence`, `causes`."""
    scalars: Mapping[str, float]

    def scalar(self, name: str) -> float:
        """Return a named number; raises InputError with the nearest name when there is none."""
        if name not in self.scalars:
            raise InputError(
                file=PARAMETERS / "parameters.csv", key="name", found=name, allowed="a named scalar",
                names=list(self.scalars),
            )  # fmt: skip
        return self.scalars[name]

    def with_scalars(self, values: Mapping[str, float]) -> National:
        """Return the same tables with some scalars replaced (one parameter draw)."""
        for name in values:
            self.scalar(name)
        changed: dict[str, Any] = {**self.__dict__, "scalars": {**self.scalars, **values}}
        return National(**changed)


@cache
def load_national(directory: Path = PARAMETERS) -> National:
    """Read and check every national table below `directory`; raises InputError at the first fault."""
    conditions = {key: _condition(path) for key, path in _folders(directory / "conditions")}
    check_excluded(directory / "conditions", conditions)
    return National(
        conditions=conditions,
        risk_factors={key: _risk_factor(path) for key, path in _folders(directory / "risk_factors")},
        tables={
            schema.name: read_table(directory / schema.pattern, schema)
            for schema in BY_NAME.values()
            if "*" not in schema.pattern
            and (directory / schema.pattern).exists()
            and schema.name != "scalars"
        },
        scalars=_scalars(directory),
    )


def _folders(parent: Path) -> list[tuple[str, Path]]:
    return [
        (path.name, path) for path in sorted(parent.iterdir()) if path.is_dir() and path.name[0] not in "._"
    ]


def _condition(directory: Path) -> Condition:
    said = declaration(directory)
    tables = {
        name: read_table(directory / f"{name}.csv", BY_NAME[_SCHEMA_OF.get(name, f"condition_{name}")])
        for name in _CONDITION_TABLES
        if (directory / f"{name}.csv").exists()
    }
    found = Condition(key=directory.name, tables=tables, **said)
    check_states(directory, found)
    return found


def _risk_factor(directory: Path) -> RiskFactor:
    tables = {}
    for schema in BY_NAME.values():
        path = directory / Path(schema.pattern).name
        if schema.pattern.startswith("risk_factors/") and path.exists():
            tables[path.stem] = read_table(path, schema)
    levels = tables["levels"].sort_values("code")["level"]
    return RiskFactor(key=directory.name, levels=tuple(levels), tables=tables)


def _scalars(directory: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    for file_name in SCALAR_FILES:
        path = directory / file_name
        if not path.exists():
            continue
        table = read_table(path, SCALARS)
        for name, value in zip(table["name"], table["value"], strict=True):
            if name in found:
                raise InputError(file=path, key="name", found=str(name), allowed="a name not used before")
            found[str(name)] = float(value)
    return found
