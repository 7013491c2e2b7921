"""Opening a run: the people of the published waiting list, and who dies or falls ill in the burn-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.building import longest_wait_weeks, wait_bands, weeks_waited
from sim.care.first_list import FirstList
from sim.health.calendar import MINUTES_A_DAY
from sim.health.entries import OUTSIDE
from sim.health.life import MonthEvents
from sim.health.onsets import stand_in_rows
from sim.health.transitions import DEATH, DEATHS
from sim.kernels.draws import keyed_uniforms
from sim.kernels.needs import CellTables, episode_codes
from sim.kernels.randomness import stream_key
from sim.observers.care_month import ACTING
from sim.population.strata import MONTHS_A_YEAR

if TYPE_CHECKING:
    from sim.model import HealthSystem

IntArray = npt.NDArray[np.int64]
FIRST_LIST = "first waiting list"
STAND_IN = "burn-in deaths"
ROUTINE = 1  # priority of those who have waited: the urgent have been seen


def first_arrivals(model: HealthSystem, cells: CellTables, until: float) -> None:
    """Let the people of the published waiting list join it, as long before `until` as they waited."""
    parts, world = model.parts, model.world
    residents, demand = parts.residents, parts.demand
    j = [need.care for need in demand.classes].index("elective_waiting_list")
    rows = np.flatnonzero(residents.registered & (residents.birth_month[: residents.size] < -MONTHS_A_YEAR))
    rate = demand.rates[j][residents.stratum[rows]]
    elective = world.area.tables["elective"].set_index("measure")["value"]
    size = float(elective["Dorset waiting list planning start"]) * model.settings.scale
    rows_of = world.area.tables["network_parameters"]
    scalars = dict(zip(rows_of["name"], map(float, rows_of["value"]), strict=True))
    size *= float(scalars["first_list_at_stages_share"])
    size /= float(demand.inside_share[j])  # those who wait outside the area are not on this list
    occasion = model.settings.calendar_start - int(world.national.scalar("burn_in_months"))
    draws = keyed_uniforms(residents.person[rows], occasion, stream_key(FIRST_LIST), parts.key)
    chosen = draws[:, 0] < size * rate / rate.sum()
    rows, draws = rows[chosen], draws[chosen]
    copies = parts.copies[rows].astype(np.int64)
    copy = np.arange(copies.sum()) - np.repeat(np.cumsum(copies) - copies, copies)
    rows, draws = np.repeat(rows, copies), np.repeat(draws, copies, axis=0)
    bands = wait_bands(world.area)
    weeks = weeks_waited(draws[:, 1], bands)
    waited = weeks * 7 * MINUTES_A_DAY
    node = demand.enter(j, cells.neighbourhood[residents.cell[rows]], draws[:, 2])
    inside = node != OUTSIDE
    stages = FirstList(parts.care.network, world.area.tables["first_list"], scalars)
    seen = inside & (
        waited > scalars["elective_triage_mean_days"] * MINUTES_A_DAY
    )  # the others are in triage
    node[seen] = stages.nodes(node[seen], weeks[seen], draws[seen, 3])
    code = episode_codes(np.uint32(stream_key(FIRST_LIST)), np.uint32(occasion), copy.astype(np.int64))
    parts.care.state.add_arrivals(
        until - waited[inside], node[inside], cells.kind[residents.cell[rows]][inside], ROUTINE, rows[inside],
        residents.person[rows][inside], episode_of(code, copy)[inside],
    )  # fmt: skip
    assert waited.max(initial=0.0) <= longest_wait_weeks(world.area) * 7 * MINUTES_A_DAY


def stand_ins(model: HealthSystem, status: npt.NDArray[np.uint8], month: int) -> MonthEvents:
    """Return deaths and onsets that change nobody: they bring their admissions in the burn-in.

    Args:
        model: The model, its network open.
        status: (N,) 1 for those registered.
        month: Month of the run, negative.
    """
    parts, residents = model.parts, model.residents
    occasion = model.settings.calendar_start + month
    chance = -np.expm1(-model.world.area_hazards[DEATH] / MONTHS_A_YEAR)
    rows, when = stand_in_rows(
        residents, status, month, np.zeros_like(status), chance, occasion, stream_key(STAND_IN), parts.key
    )
    death = parts.life.index[DEATHS[0]]  # of whatever cause: only that it is a death is used
    found = [(rows, np.full(rows.size, death), when)]
    for onset in parts.onsets:
        mine, fraction = onset.stand_ins(residents, status, month, occasion, parts.key)
        found.append((mine, np.full(mine.size, parts.life.index[onset.condition]), fraction))
    row, transition, when = (np.concatenate(part) for part in zip(*found, strict=True))
    return MonthEvents(row=row, transition=transition, fraction=when)


def episode_of(code: npt.NDArray[np.integer], copy: npt.NDArray[np.integer]) -> IntArray:
    """Mark the copy that acts on the resident in the lowest bit of the code."""
    return np.asarray((code.astype(np.int64) & ~ACTING) | (copy == 0))
