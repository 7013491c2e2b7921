"""Follows chosen residents through a run: what becomes of them, what reaches them, where they are cared for.

A life is written down as plain data (numbers, words, lists), so that it can be kept in a file and told by
whoever reads it. Its moments are of these kinds:

- `change`: an attribute moves from one label to another; `by` is the transition that moved it, or
  `programme`, `care` or `time` (a birthday and the trend read on it);
- `deficit`: one more deficit of frailty;
- `end`: death, by its cause, or departure;
- `reached`: a programme of the scenario takes the resident on; or a service takes an emergency of theirs,
  and then `after` says whether they go on to the first place;
- `acted`: a stage of care passes what the scenario changes in the network;
- `need`: something is sought; `met` says whether within the area;
- `stage`: one stay at one node of the care network, with when it was joined, started, was over and was left.

Contacts that are served in pools (general practice, outpatients, community teams) are not by person and are
not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.care.system import DEATH
from sim.health.entries import OUTSIDE
from sim.health.life import MonthEvents
from sim.health.transitions import DEATHS, DEPARTURE
from sim.interventions.effects import reaching
from sim.interventions.specification import ScenarioSpecification
from sim.kernels.flow import Stages
from sim.kernels.flow_layout import BALKED, DIVERTED, REMOVED, TURNED_AWAY, WAITING
from sim.kernels.needs import Arrivals
from sim.observers.acting_care import changed_places, stages_changed
from sim.observers.care_month import ACTING
from sim.observers.digest import OF_CARE, minute_of
from sim.population.residents import NOT_REACHED

if TYPE_CHECKING:
    from sim.model import HealthSystem

Moment = dict[str, Any]
Life = dict[str, Any]
MINUTES_AN_HOUR = 60.0
COUNT = "frailty_score"
"""The one attribute that is a number; moves of its class are told, and each deficit as well."""


class Follower:
    """Listens to a run and writes down the lives of some residents.

    Args:
        model: The model, at the start of its run.
        scenario: What it runs.
        persons: Identities of those who are followed.

    Raises:
        KeyError: When somebody is not among the residents of the run.
    """

    def __init__(self, model: HealthSystem, scenario: ScenarioSpecification, persons: Sequence[int]) -> None:
        residents = model.residents
        places = {int(person): row for row, person in enumerate(residents.person[: residents.size])}
        self.rows = {places[person]: person for person in persons}
        self._programmes = reaching(scenario)
        self._network = model.parts.care.network
        self._places = changed_places(model)
        self._sites = {site.key: site.name for site in model.world.area.description.sites}
        self._needs = [(need.key, need.label) for need in model.parts.demand.classes]
        self._told = [name for name in residents.column_of if name not in (*OF_CARE, COUNT)]
        self._birth = {row: bool(model.parts.births[row]) for row in self.rows}
        self._began: dict[int, float] = {}
        self._before = {row: self._state(model, row) for row in self.rows}
        self._reached = {row: residents.reached[row].copy() for row in self.rows}
        self._moments: dict[int, list[Moment]] = {row: [] for row in self.rows}
        self._first = dict(self._before)
        for row in self.rows:
            if residents.registered[row]:
                self._began[row] = 0.0

    def _state(self, model: HealthSystem, row: int) -> dict[str, str]:
        resident = model.residents[row]
        return {name: str(getattr(resident, name)) for name in (*self._told, COUNT)}

    # ------------------------------------------------------------------------------------ listening
    def happened(self, model: HealthSystem, events: MonthEvents) -> None:
        """Write down a month's life course, and what changed at the month's start."""
        minute = minute_of(model, events)
        for row in self.rows:
            if row not in self._began and row in model.parts.entrants[model.month]:
                self._began[row] = model.minute
                self._first[row] = self._before[row] = self._arrived(model, row, events)
            if row in self._began:
                mine = np.flatnonzero(events.row == row)
                self._reach(model, row)
                self._change(model, row, events.transition[mine].tolist(), minute[mine].tolist())

    def _arrived(self, model: HealthSystem, row: int, events: MonthEvents) -> dict[str, str]:
        """Return the state of somebody who comes this month, as it was before the month's events."""
        state = self._state(model, row)
        for p in events.transition[events.row == row][::-1].tolist():
            one = model.parts.life.transitions[p]
            labels = self._labels(model, one.attribute)
            if one.attribute in state and labels:
                state[one.attribute] = labels[one.from_code]
        return state

    @staticmethod
    def _labels(model: HealthSystem, attribute: str) -> tuple[str, ...]:
        return model.residents.attributes[attribute].labels

    def _reach(self, model: HealthSystem, row: int) -> None:
        now = model.residents.reached[row]
        for column in np.flatnonzero((now != self._reached[row]) & (now != NOT_REACHED)).tolist():
            self._add(row, model.minute, "reached", key=self._programmes[column].key)
        self._reached[row] = now.copy()

    def _change(self, model: HealthSystem, row: int, transitions: list[int], minutes: list[float]) -> None:
        """Write down what moved: by its own transition, along with another, or at the month's start."""
        life, now = model.parts.life, self._state(model, row)
        held = dict(self._before[row])
        when: dict[str, tuple[float, str]] = {}
        for p, minute in zip(transitions, minutes, strict=True):
            one = life.transitions[p]
            if one.key in (*DEATHS, DEPARTURE):
                self._add(row, minute, "end", key=one.key)
                continue
            for name in (*(name for name, _ in one.also), *(name for name, _ in one.follows)):
                when[name] = (minute, one.key)
            labels = self._labels(model, one.attribute)
            if not labels:
                self._add(row, minute, "deficit", key=one.key)
                continue
            name, was, to = one.attribute, labels[one.from_code], labels[one.to_code]
            if held[name] != was:  # it moved at the month's start, and again within the month
                self._moved(
                    row, (model.minute, self._cause(row, model.minute, name)), name, (held[name], was)
                )
            self._moved(row, (minute, one.key), name, (was, to))
            held[name] = to
        for name in self._told:
            if held[name] != now[name]:
                by = when.get(name) or (model.minute, self._cause(row, model.minute, name))
                self._moved(row, by, name, (held[name], now[name]))
        self._before[row] = now

    def _moved(self, row: int, by: tuple[float, str], attribute: str, labels: tuple[str, str]) -> None:
        self._add(row, by[0], "change", attribute=attribute, was=labels[0], now=labels[1], by=by[1])

    def _cause(self, row: int, minute: float, attribute: str) -> str:
        """Return what changes an attribute between two months of the life course."""
        now = {
            one["key"] for one in self._moments[row] if one["kind"] == "reached" and one["minute"] == minute
        }
        moved = {
            move.factor for item in self._programmes if item.key in now for move in getattr(item, "moves", ())
        }
        return "programme" if attribute in moved else "care" if attribute == "care_home" else "time"

    def sought(self, model: HealthSystem, arrivals: Arrivals) -> None:
        """Write down the needs of a month."""
        chosen = np.isin(arrivals.row, list(self.rows)) & (arrivals.copy == 0)
        for k in np.flatnonzero(chosen).tolist():
            key, label = self._needs[int(arrivals.need_class[k])]
            minute = float(model.minute + arrivals.hour[k] * MINUTES_AN_HOUR)
            met = "outside" if arrivals.node[k] == OUTSIDE else "here"
            self._add(int(arrivals.row[k]), minute, "need", key=key, label=label, met=met)

    def ended(self, model: HealthSystem, stages: Stages) -> None:
        """Write down the stages of care that ended in a month."""
        chosen = np.isin(stages.person_slot, list(self.rows)) & (stages.episode & ACTING == ACTING)
        for k in np.flatnonzero(chosen).tolist():
            self._stage(
                int(stages.person_slot[k]), int(stages.episode[k]), int(stages.node[k]),
                [float(column[k]) for column in stages[6:]], self._onward(int(stages.next[k])),
            )  # fmt: skip

        self._taken(model)
        for key, changed in stages_changed(self._places, model, stages):
            for k in changed[np.isin(stages.person_slot[changed], list(self.rows))].tolist():
                self._add(
                    int(stages.person_slot[k]), float(stages.time_join[k]), "acted", key=key,
                    episode=int(stages.episode[k]),
                )  # fmt: skip

    def _taken(self, model: HealthSystem) -> None:
        """Write down whose emergencies a service took this month."""
        for key, taken in model.month_cycle.arriving.diversions.taken_people.items():
            mine = np.isin(taken.row, list(self.rows)) & (taken.episode.astype(np.int64) & ACTING == ACTING)
            for k in np.flatnonzero(mine).tolist():
                after = "nothing" if taken.avoided[k] else "first place"
                self._add(int(taken.row[k]), float(taken.minute[k]), "reached", key=key, after=after)

    def _onward(self, code: int) -> tuple[str, str]:
        """Return how a stage ended and where to: a node, an exit, or neither."""
        names, exits = self._network.node_names, self._network.exit_names
        if code >= 0:
            return "node", names[code]
        if code <= REMOVED:
            return "removed", "death" if REMOVED - code == DEATH else "departure"
        if code <= DIVERTED:
            return "node", names[DIVERTED - code]
        if code <= BALKED:
            return "balked", ""
        return ("turned_away", "") if code <= TURNED_AWAY else ("exit", exits[-1 - code])

    def _stage(
        self, row: int, episode: int, node: int, minutes: list[float], onward: tuple[str, str]
    ) -> None:
        name = self._network.node_names[node]
        told = self._network.file.nodes[name]
        join, start, ready, leave = (None if np.isnan(one) else one for one in minutes)
        site = "" if told.site is None else self._sites.get(told.site, told.site)
        self._add(
            row, minutes[0], "stage", episode=episode, node=name, label=told.label or name,
            care=str(told.kind_of_care), site=site, join=join, start=start, ready=ready, leave=leave,
            how=onward[0], next=onward[1],
        )  # fmt: skip

    def finished(self, model: HealthSystem) -> None:
        """Write down where everybody is when the run ends."""
        present = model.parts.care.state.present()
        chosen = np.isin(present.person_slot, list(self.rows)) & (present.episode & ACTING == ACTING)
        nothing = float("nan")
        for k in np.flatnonzero(chosen).tolist():
            waits = present.status[k] == WAITING
            start = nothing if waits else float(present.time_start[k])
            minutes = [float(present.time_join[k]), start, nothing, nothing]
            self._stage(
                int(present.person_slot[k]), int(present.episode[k]), int(present.node[k]), minutes,
                ("still", ""),
            )  # fmt: skip
        self.lives = {person: self._life(model, row) for row, person in self.rows.items()}

    def _add(self, row: int, minute: float, kind: str, **told: Any) -> None:
        self._moments[row].append({"minute": float(minute), "kind": kind, **told})

    def _life(self, model: HealthSystem, row: int) -> Life:
        """Return the life of one resident as plain data."""
        residents = model.residents
        names = model.world.area.tables["neighbourhoods"].set_index("key")["name"]
        state, began = self._first[row], self._began.get(row)
        month = 0 if began is None else next(
            m for m, rows in enumerate(model.parts.entrants) if row in rows
        ) if began else 0  # fmt: skip
        age = (month - int(residents.birth_month[row])) // 12
        return {
            "person": self.rows[row], "sex": state["sex"], "age": age, "began": began,
            "how": "start" if not began else "birth" if self._birth[row] else "in_migrant",
            "neighbourhood": str(names[state["neighbourhood"]]), "quintile": int(state["quintile"]),
            "state": state, "end_state": self._before[row], "status": residents[row].status,
            "conditions": list(residents.condition_names), "end": float(model.minute),
            "moments": sorted(self._moments[row], key=_order),
        }  # fmt: skip


def _order(moment: Moment) -> tuple[float, int]:
    """Return what moments are sorted by; what reaches a resident comes before what it changes."""
    kinds = ("reached", "change", "deficit", "need", "acted", "stage", "end")
    return moment["minute"], kinds.index(moment["kind"])


__all__ = ["Follower", "Life"]
