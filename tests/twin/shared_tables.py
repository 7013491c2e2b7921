"""All that the slow twin shares with the kernels: tables, keys, streams, and the residents of the start.

Taken from a replicate before anything runs, and copied, so that neither can write into the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.building import Replicate, World, wait_bands
from sim.care.network import Network
from sim.health.demand import Demand
from sim.health.recent_use import EVENTS
from sim.health.transitions import DEATH, DEATHS_BY_CAUSE, Transition
from sim.interventions.specification import ScenarioSpecification
from sim.kernels.flow_layout import FlowNetwork
from sim.kernels.randomness import replicate_key


class Factor(NamedTuple):
    """A ranked risk factor: how its rank moves, and normal scores of its levels by sex, age and quintile."""

    name: str
    stream: int
    lasting: float
    step_years: int
    drift: float
    edge: list[list[list[list[float]]]]


class Ratio(NamedTuple):
    """A modifier of one transition, by sex, five-year age group and code."""

    attribute: str
    ratio: list[list[list[float]]]


class Shared:
    """The tables.

    Args:
        world: Tables and people of the area.
        parts: A replicate that has not run yet.
        scenario: What it changes.
    """

    def __init__(self, world: World, parts: Replicate, scenario: ScenarioSpecification) -> None:
        settings = parts.settings
        self.scenario = scenario
        self.calendar_start = settings.calendar_start
        self.months = settings.months
        self.scale = settings.scale
        self.feedbacks = settings.feedbacks
        self.national, self.area = world.national, world.area
        rows = world.area.tables["network_parameters"]
        self.scalars = dict(zip(rows["name"], map(float, rows["value"]), strict=True))
        self.death_hazard: np.ndarray[Any, Any] = world.area_hazards[DEATH]
        self.n_councils = len(world.area.council_keys)
        self.key = (int(parts.key[0]), int(parts.key[1]))
        self.population_key = replicate_key(world.seed, 0)
        self.wait_bands = wait_bands(world.area)
        self._life(parts)
        self._care(parts)
        self._residents(parts)

    def _life(self, parts: Replicate) -> None:
        """Transitions, compiled hazards and modifiers, as nested lists."""
        processes = parts.life.processes
        self.onsets = {onset.condition: (onset.share, onset.hazard) for onset in parts.onsets}
        self.transitions: tuple[Transition, ...] = parts.life.transitions
        self.cause_of = {parts.life.index[key]: cause for cause, key in enumerate(DEATHS_BY_CAUSE)}
        self.streams = [int(stream) for stream in processes.stream]
        self.base = processes.base.tolist()
        self.bound = processes.bound.tolist()
        self.bound_sum = processes.bound_sum.tolist()
        self.calendar = processes.calendar.tolist()
        self.ratio_most = processes.ratio_most.tolist()
        self.divisors = parts.divisors.tolist()
        self.balance = parts.balance.tolist()
        self._counts(parts)
        names = list(parts.residents.column_of)
        first = processes.modifier_first
        self.modifiers = [
            [
                Ratio(names[processes.modifier_column[m]], processes.modifier_table[m].astype(float).tolist())
                for m in range(first[p], first[p + 1])
            ]
            for p in range(len(self.transitions))
        ]
        self.smoking_path = [float(share / parts.smoking.prevalence[0]) for share in parts.smoking.prevalence]
        self.ranked = [
            Factor(names[column], int(stream), float(lasting), int(step), float(drift), edge.tolist())
            for column, stream, lasting, step, drift, edge in zip(*parts.ranked, strict=True)
        ]

    def _counts(self, parts: Replicate) -> None:
        """Hazards of counting transitions by quarter, and the count of those too young to be frail."""
        processes = parts.life.processes
        self.counted: list[dict[int, tuple[Any, Any]]] = []
        for quarter in range(-(-self.months // 3)):
            copy = processes._replace(base=processes.base.copy(), own=processes.own.copy())
            parts.counts.set_quarter(copy, quarter)
            self.counted.append({
                p: (copy.base[p].tolist(), copy.own[c].astype(float).tolist())
                for p, c in enumerate(copy.counting) if c >= 0
            })  # fmt: skip
        self.held = parts.held

    def _care(self, parts: Replicate) -> None:
        """Demand, network, and how places differ from the calendar."""
        self.demand: Demand = parts.demand
        recent = parts.demand.recent
        self.recent = {
            event: (sizes.tolist(), expected)
            for event, sizes, expected in zip(EVENTS, recent.size, recent.expected, strict=True)
        }
        self.recent_scale = recent.scale
        self.brought_outside = dict(zip(EVENTS, recent.brought.tolist(), strict=True))
        self.brought_elsewhere = dict(zip(EVENTS, recent.elsewhere.tolist(), strict=True))
        self.burn_in_months = int(self.national.scalar("burn_in_months"))
        self.visitors = parts.visitors
        self.network: Network = parts.care.network
        self.flow: FlowNetwork = parts.care.state.network
        self.unlimited = parts.care.unlimited
        self.rules = dict(parts.care.rules)
        self.changes = parts.changes
        self.opening = parts.care.state.time
        self.start_date = parts.care.start
        self.slots = {j: [float(x) for x in service.slots_a_day] for j, service in parts.pooled.items()}
        self.slot_growth = {j: service.growth for j, service in parts.pooled.items()}
        self.contacts_per_stay = {
            j: parts.demand.contacts_per_stay[parts.demand.classes[j].key] for j in parts.pooled
        }

    def _residents(self, parts: Replicate) -> None:
        """Everybody at the start, and who enters when."""
        residents = parts.residents
        self.labels = {name: attribute.labels for name, attribute in residents.attributes.items()}
        self.conditions = residents.condition_names
        self.people = [
            (
                int(residents.person[row]),
                int(residents.birth_month[row]),
                int(parts.copies[row]),
                dict(zip(residents.column_of, map(int, residents.columns[row]), strict=True)),
            )
            for row in range(residents.size)
        ]
        self.entrants = [[int(row) for row in rows] for rows in parts.entrants]
