"""Runs the life course alone and keeps what its validation reads: people, cases and hazards in fine cells."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from sim.health.ages import N_AGES
from sim.health.life import LifeCourse
from sim.health.multimorbidity import definitions
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, hazard
from sim.model import HealthSystem
from sim.parameters.national import National
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES
from sim.world import World

FloatArray = npt.NDArray[np.float64]
DEATH = "death"
MOST_COUNTED = 3


@dataclass(kw_only=True)
class Record:
    """What one run of the life course alone showed; years count from the first instant, (years + 1) of them.

    Cells are council, sex, year of age and quintile: (C, 2, 111, 5).
    """

    conditions: list[str]
    """Keys, in the order of `cases`."""
    people: list[FloatArray] = field(default_factory=list)
    """By year: registered people by cell."""
    cases: list[FloatArray] = field(default_factory=list)
    """By year: people with each condition, whatever its state, (conditions, C, 2, 111, 5)."""
    registers: list[FloatArray] = field(default_factory=list)
    """By year: those of them who are diagnosed."""
    number: list[FloatArray] = field(default_factory=list)
    """By year: people with 0, 1, 2, 3 or more named conditions by sex and year of age, (2, 111, 4), under the
    definition of `sim/parameters/multimorbidity`: on a register, the cancers once."""
    any_condition: list[float] = field(default_factory=list)
    """By year: people with any condition on a register, the residual one included."""
    deaths: list[dict[str, FloatArray]] = field(default_factory=list)
    """By year: hazard of death a year, summed over the people of a cell, by transition: at the first instant
    of the run, and of later years a month into them, when the year's own hazards are in force."""
    exposed: list[FloatArray] = field(default_factory=list)
    """By year: the people at that instant by cell."""
    monthly_people: list[FloatArray] = field(default_factory=list)
    """By month: registered people by sex and five years of age, (46,)."""
    monthly: dict[str, list[FloatArray]] = field(default_factory=dict)
    """By condition, risk factor above its first level, or frailty: the same of those with it, by month."""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    """The tables of the run."""
    run_seconds: float = 0.0
    """Processor time of the months, what is kept here not counted: other work beside it matters little."""
    bytes_a_resident: dict[str, float] = field(default_factory=dict)

    def of_register(self, name: str) -> list[int]:
        """Return the conditions that a register counts: `diabetes` both types, `cancer` every site."""
        return [
            k for k, key in enumerate(self.conditions)
            if key == name or key.startswith(f"{name}_") or (name == "diabetes" and key.endswith("_diabetes"))
        ]  # fmt: skip


def record_run(world: World | None = None, years: int = 14, **settings: Any) -> Record:
    """Run the life course alone and return what it showed.

    Args:
        world: Tables and people, to share between runs.
        years: Whole years.
        settings: Keywords of `HealthSystem`.
    """
    model = HealthSystem(years=years, care=False, world=world, **settings)
    found = Record(conditions=list(model.residents.condition_names))
    found.bytes_a_resident = bytes_a_resident(model.residents)
    month = -1
    while model.running:
        if model.month != month:
            month = model.month
            keep_month(model, found)
        began = time.process_time()
        model.step()
        found.run_seconds += time.process_time() - began
    keep_month(model, found)
    found.tables = model.tables()
    return found


def keep_month(model: HealthSystem, found: Record) -> None:
    """Keep the people at the first instant of a month as last month left them; once a year in fine cells."""
    residents, national = model.residents, model.world.national
    residents.month = model.month
    rows = np.flatnonzero(residents.registered)
    age = np.clip(residents.age_years[rows], 0, N_AGES - 1)
    cell = residents.column("sex")[rows].astype(np.int64) * AGE_GROUPS + age // AGES_A_GROUP
    cells = N_SEXES * AGE_GROUPS
    found.monthly_people.append(_by(cell, cells))
    for name in (*found.conditions, *national.risk_factors, "frailty"):
        has = residents.column(name)[rows] > 0
        found.monthly.setdefault(name, []).append(_by(cell[has], cells))
    smokes = residents.column("smoking")[rows] == 1
    found.monthly.setdefault("smoking: current", []).append(_by(cell[smokes], cells))
    if model.month % MONTHS_A_YEAR == 0:
        _keep_year(model, found, rows, age)
    if model.month == 0 or (model.month % MONTHS_A_YEAR == 1 and model.month > 1):
        shape = found.people[0].shape
        life = model.parts.life
        found.exposed.append(_by(_cells(residents, rows, age, shape), int(np.prod(shape))).reshape(shape))
        found.deaths.append(expected_hazards(life, deaths_of(life), model.month, shape))


def _keep_year(
    model: HealthSystem, found: Record, rows: npt.NDArray[np.int64], age: npt.NDArray[np.int64]
) -> None:
    residents, national = model.residents, model.world.national
    shape = (len(model.world.area.council_keys), N_SEXES, N_AGES, N_QUINTILES)
    cell = _cells(residents, rows, age, shape)
    size = int(np.prod(shape))
    found.people.append(_by(cell, size).reshape(shape))
    codes = [residents.column(name)[rows] for name in found.conditions]
    listed = [_on_register(national, name)[code] for name, code in zip(found.conditions, codes, strict=True)]
    found.cases.append(np.stack([_by(cell[code > 0], size).reshape(shape) for code in codes]))
    found.registers.append(np.stack([_by(cell[on], size).reshape(shape) for on in listed]))
    listings = definitions(national, residents)
    counted = listings["named"].total(residents)[rows]
    found.any_condition.append(float((listings["any"].total(residents)[rows] > 0).sum()))
    most = MOST_COUNTED + 1
    sex = residents.column("sex")[rows].astype(np.int64)
    at = ((sex * N_AGES) + age) * most + np.minimum(counted, MOST_COUNTED)
    found.number.append(_by(at, N_SEXES * N_AGES * most).reshape(N_SEXES, N_AGES, most))


def _cells(
    residents: Residents, rows: npt.NDArray[np.int64], age: npt.NDArray[np.int64], shape: tuple[int, ...]
) -> npt.NDArray[np.int64]:
    council, sex, quintile = (
        residents.column(name)[rows].astype(np.int64) for name in ("council", "sex", "quintile")
    )
    return np.asarray(np.ravel_multi_index((council, sex, age, quintile), shape))


def _by(cell: npt.NDArray[Any], size: int) -> FloatArray:
    return np.bincount(cell, minlength=size).astype(np.float64)


def _on_register(national: National, name: str) -> npt.NDArray[np.bool_]:
    """Return by code whether a condition is diagnosed, (256,)."""
    out = np.zeros(256, np.bool_)
    register = national.conditions[name].register
    out[: len(register)] = register
    return out


def bytes_a_resident(residents: Residents) -> dict[str, float]:
    """Return bytes a resident of the columns, of transitions, and of the rest.

    Transitions have clocks, of one byte in ten years. The rest is identity, month of birth, cells, the next
    clock and when programmes reached them.
    """
    rest = (
        residents.person, residents.birth_month, residents.cell, residents.stratum, residents.soonest,
        residents.reached, residents.clock_row,
    )  # fmt: skip
    return {
        "columns": float(residents.columns.shape[1]), "transitions": float(residents.clock.shape[1]),
        "cold": sum(array.nbytes for array in rest) / residents.person.size,
    }  # fmt: skip


# ---------------------------------------------------------------------------------------- expected hazards
def deaths_of(life: LifeCourse) -> list[str]:
    """Return the transitions by which residents die: `death` and all that begin with `death.`."""
    return [t.key for t in life.transitions if t.key == DEATH or t.key.startswith(f"{DEATH}.")]


def expected_hazards(
    life: LifeCourse, keys: Sequence[str], month: int, shape: tuple[int, ...]
) -> dict[str, FloatArray]:
    """Return the hazard a year that residents have of some transitions, summed over the people of each cell.

    The mean hazard of a cell has far less chance in it than a year's events: only who is there, and with what
    risks, varies.

    Args:
        life: The life course, its residents as they are.
        keys: Transitions.
        month: Month of the run for the multipliers by calendar and programme.
        shape: Councils, 2, 111, 5.
    """
    residents = life.residents
    column = residents.column_of
    out = np.zeros((len(keys), int(np.prod(shape))))
    _add_hazards(
        np.array([life.index[key] for key in keys], np.int64), residents.columns, residents.size,
        residents.birth_month, residents.month, month,
        np.array([column[name] for name in ("status", "council", "sex", "quintile")], np.int64),
        np.array(shape, np.int64), life.processes, residents.reached, out,
    )  # fmt: skip
    a_year = out.reshape(len(keys), *shape) * MONTHS_A_YEAR
    return dict(zip(keys, a_year, strict=True))


@njit(cache=True)
def _add_hazards(  # type: ignore[no-untyped-def]
    chosen, columns, size, birth_month, now, month, where, shape, processes, reached, out
):
    for row in range(size):
        if columns[row, where[0]] != REGISTERED:
            continue
        age = max(0, min((np.int64(now) - birth_month[row]) // MONTHS_A_YEAR, N_AGES - 1))
        sex, quintile = columns[row, where[2]], columns[row, where[3]]
        cell = ((columns[row, where[1]] * shape[1] + sex) * shape[2] + age) * shape[3] + quintile
        for k in range(chosen.size):
            process = chosen[k]
            if columns[row, processes.column[process]] == processes.from_code[process]:
                out[k, cell] += hazard(columns, row, process, sex, age, quintile, month, processes, reached)
