"""Small runs that are watched: every resident at the end of each month, every stage in the care network."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.building import World, load_world
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.kernels.flow import Stages, Totals
from sim.kernels.flow_layout import WAITING
from sim.kernels.flow_records import some_of
from sim.model import HealthSystem
from sim.parameters.national import load_national
from sim.settings import Settings

SCALE = 0.02
"""One resident in fifty, about 16,500: large enough for every table to hold something, done in seconds."""
BURN_IN_MONTHS = 3
"""A quarter of the model's own: what is compared to the bit need not have settled first."""
PILOT_SCALE = 0.02
"""Residents of the pilots that keep the baseline: they are run anew for every change of the transitions."""
LONGEST_MONTHS = 24
"""Months for which these worlds hold."""
MONTHS = 4
"""Months of `watch_events`."""
Event = tuple[int, int, str, float]
"""Month, row, key of the transition, when in the month."""
STAGE_KEYS = ["person_slot", "episode", "node", "time_join"]
STAGE_COLUMNS = (
    "person_slot", "person_id", "episode", "kind", "node", "next", "time_join", "time_start",
    "time_service_end", "time_leave",
)  # fmt: skip


@dataclass(kw_only=True)
class Watched:
    """What one run did."""

    model: HealthSystem
    tables: dict[str, pd.DataFrame]
    columns: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    """By month: (N, attributes) codes of every resident at its end."""
    ends: list[float] = field(default_factory=list)
    """By month: the minute at which it ended."""
    stages: pd.DataFrame
    """Stages that finished after minute 0, one row each, sorted by `STAGE_KEYS`."""
    unfinished: pd.DataFrame
    """Stages that have not finished: person_slot, episode, node, and whether they still wait."""
    totals: list[Totals] = field(default_factory=list)
    """By month: counts and integrals of every node."""
    ended: list[npt.NDArray[np.int64]] = field(default_factory=list)
    """By month: stages that ended at each node."""
    inside: list[npt.NDArray[np.int64]] = field(default_factory=list)
    """Number queueing at each node or keeping a place there, at the start and at the end of each month."""

    @property
    def neighbourhood(self) -> npt.NDArray[np.uint8]:
        """Neighbourhood of every resident."""
        return np.asarray(self.model.residents.column("neighbourhood"))


@cache
def world(burn_in_months: int = BURN_IN_MONTHS) -> World:
    """Return tables and people, loaded once, with small pilots no longer than the longest run."""
    chosen = {"burn_in_months": burn_in_months, "pilot_scale": PILOT_SCALE}
    return shortened(load_world(Settings(scale=SCALE, years=1), load_national().with_scalars(chosen)))


def shortened(found: World, months: int = LONGEST_MONTHS) -> World:
    """Return a world with the entrants of its first months alone: its pilots end where they do."""
    schedule = found.people.schedule
    first = schedule.first[: months + 1]
    columns = {name: values[: first[-1]] for name, values in schedule.columns.items()}
    people = replace(found.people, schedule=replace(schedule, columns=columns, first=first))
    return replace(found, people=people)


def watch(
    scenario: ScenarioSpecification = BASELINE,
    *,
    months: int = 12,
    prepare: Callable[[HealthSystem], None] | None = None,
    **settings: Any,
) -> Watched:
    """Run a scenario for some months of a year and return everything it did.

    Args:
        scenario: What is changed.
        months: Months to run, 1 to 12.
        prepare: Called with the model before its first month.
        settings: Keywords of `HealthSystem`; `scale` is `SCALE` unless given.
    """
    chosen = {"scale": SCALE, "years": 1, "world": world(), "rng": 1} | settings
    gc.collect()  # models are in cycles, and several that nothing needs any more would take gigabytes
    model = HealthSystem(scenario=scenario, **chosen)
    if prepare is not None:
        prepare(model)
    logs: list[Stages] = []
    nothing = pd.DataFrame()
    found = Watched(model=model, tables={}, stages=nothing, unfinished=nothing, inside=[_inside(model)])
    _listen(model, logs, found.totals)
    while model.month < months:
        month = model.month
        model.step()
        if model.month > month:
            found.columns.append(model.residents.columns[: model.residents.size].copy())
            found.ends.append(model.minute)
            found.inside.append(_inside(model))
    nodes = len(model.parts.care.names)
    found.ended = [np.bincount(log.node, minlength=nodes) for log in logs]
    found.tables = model.tables()
    found.stages = _frame(logs)
    found.unfinished = _unfinished(model)
    return found


def watch_events(**settings: Any) -> tuple[Watched, list[Event]]:
    """Run `MONTHS` of the baseline, and return the events of the life course too."""
    found: list[Event] = []

    def listen(model: HealthSystem) -> None:
        life = model.parts.life
        advance = life.advance

        def advanced(month: int) -> Any:
            events = advance(month)
            keys = [life.transitions[t].key for t in events.transition]
            found.extend(
                zip([month] * len(keys), events.row.tolist(), keys, events.fraction.tolist(), strict=True)
            )
            return events

        life.advance = advanced  # type: ignore[method-assign]

    return watch(months=MONTHS, prepare=listen, **settings), sorted(found)


def _unfinished(model: HealthSystem) -> pd.DataFrame:
    present, holding = model.parts.care.state.present(), model.parts.care.state.holding()
    parts = [
        pd.DataFrame({
            "person_slot": where.person_slot, "episode": where.episode, "node": where.node, "waits": waits,
        })
        for where, waits in ((present, present.status == WAITING), (holding, False))
    ]  # fmt: skip
    # somebody in service is present and keeps a place: one row
    return pd.concat(parts).drop_duplicates(["person_slot", "episode", "node"])


def _listen(model: HealthSystem, logs: list[Stages], totals: list[Totals]) -> None:
    """Keep what the network hands over each month, on its way to the observers."""
    take_month = model.parts.care.take_month

    def taken() -> tuple[Stages, Totals]:
        stages, counted = take_month()
        logs.append(some_of(stages, np.ones(stages.node.size, np.bool_)))  # lent until the network runs on
        totals.append(counted)
        return stages, counted

    model.parts.care.take_month = taken  # type: ignore[method-assign]


def _inside(model: HealthSystem) -> npt.NDArray[np.int64]:
    """Return how many queue or keep a place at each node; where places are kept upstream, who is present."""
    state, care = model.parts.care.state, model.parts.care
    occupancy = state.occupancy()
    present, keeping = (
        np.bincount(where.node, minlength=len(care.names)) for where in (state.present(), state.holding())
    )  # people, of whom some use several places
    return np.where(care.network.flow.nodes.holds_upstream, present, keeping + occupancy.queue)


def _frame(logs: list[Stages]) -> pd.DataFrame:
    columns = {name: np.concatenate([getattr(log, name) for log in logs]) for name in STAGE_COLUMNS}
    return pd.DataFrame(columns).sort_values(STAGE_KEYS, kind="stable", ignore_index=True)


def differing(first: dict[str, pd.DataFrame], second: dict[str, pd.DataFrame]) -> list[str]:
    """Return names of the tables that are not the same to the bit.

    `programmes` and `reach` are not compared: they tell of the programmes themselves, who is eligible among
    it, and the baseline has none.
    """
    names = sorted((set(first) | set(second)) - {"programmes", "reach"})
    return [name for name in names if not _same(first.get(name), second.get(name))]


def _same(first: pd.DataFrame | None, second: pd.DataFrame | None) -> bool:
    if first is None or second is None or list(first.columns) != list(second.columns):
        return False
    if len(first) != len(second):
        return False
    return all(_bits(first[name]) == _bits(second[name]) for name in first.columns)


def _bits(values: pd.Series) -> bytes | list[Any]:
    array = values.to_numpy()
    return array.tobytes() if array.dtype.kind in "fiub" else values.astype(str).tolist()
