"""Recent use and risk lists of today's residents, as expected before any run: for `leftshift scenario show`.

A run finds both in its burn-in, which takes minutes. Here they are an estimate made in seconds from the same
rates (`sim/health/expected_use.py`), and the risk tool of the run (`sim/interventions/risk.py`) is put to
work on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.building import deaths_with_need, load_network
from sim.health.compiling import compile_transitions
from sim.health.demand import Demand
from sim.health.expected_use import use_of_a_year
from sim.health.feedback import Feedback, people_at_start
from sim.health.life import LifeCourse
from sim.health.needs import need_classes
from sim.health.onsets import expected_admissions, onset_admissions
from sim.health.recent_use import RECENT_USE
from sim.health.transitions import DEATH, Transition, all_transitions
from sim.interventions.risk import RiskTools
from sim.interventions.specification import RiskStratum
from sim.kernels.randomness import replicate_key
from sim.population.residents import Residents
from sim.settings import Settings
from sim.world import World, run_residents

RECENT = ("admissions_12m", "attendances_12m")
_SEED = 1
"""Of the estimate: another one differs by what chance moves 827,000 residents."""


@dataclass(frozen=True)
class ExpectedToday:
    """Residents of the start with a year's use behind them, drawn as expected, and who is at high risk.

    Attributes:
        world: Tables and people.
        settings: Area and start.
    """

    world: World
    settings: Settings

    @cached_property
    def transitions(self) -> Sequence[Transition]:
        """What may happen to residents, as published: what keeps prevalences on trend is left out."""
        world = self.world
        people = people_at_start(world.people.residents)
        feedback = Feedback.of(world.national, world.area, self.settings.feedbacks, people)
        deaths = feedback.relieved(world.area_hazards[DEATH], people)
        return all_transitions(world.national, {**world.area_hazards, DEATH: deaths}, feedback)

    @cached_property
    def _found(self) -> tuple[Residents, Demand]:
        world, settings = self.world, self.settings
        network = load_network(world.area, world.national)
        residents, _, _ = run_residents(world, network, len(self.transitions), 1, 1.0, 0)
        onsets = onset_admissions(world.national, self.transitions)
        admitted = expected_admissions(onsets, residents)
        dying = deaths_with_need(world, residents)
        demand = Demand(
            need_classes(world.national), world.national, world.area, residents, network, (),
            settings.calendar_start, admitted, dying, settings.growth, RECENT_USE in settings.feedbacks,
        )  # fmt: skip
        use = use_of_a_year(demand, residents, admitted, _SEED)
        for name, counts in zip(RECENT, use, strict=True):
            residents.columns[: residents.size, residents.column_of[name]] = counts
        return residents, demand

    @property
    def residents(self) -> Residents:
        """Those of the start, with admissions and attendances of the last twelve months."""
        return self._found[0]

    def on_list(self, stratum: RiskStratum) -> npt.NDArray[np.bool_]:
        """Return who is on the list that a risk tool would draw up today, (rows,)."""
        residents, demand = self._found
        key = np.array(replicate_key(self.settings.seed, self.settings.replicate), np.uint32)
        every = int(self.world.national.scalar("risk_list_months"))
        tools = RiskTools(residents, demand, self._life(key), (stratum.by,), (stratum,), key, every)
        listed = np.zeros((1, residents.person.size), np.bool_)
        tools.draw_up(0, listed)
        return np.asarray(listed[0])

    def _life(self, key: npt.NDArray[np.uint32]) -> LifeCourse:
        """Return the life course, whose hazards of death a list may ask for."""
        residents = self.residents
        processes = compile_transitions(self.transitions, residents, self.settings.months)
        return LifeCourse(
            residents, self.transitions, processes, self.settings.calendar_start, self.settings.months, key
        )


__all__ = ["RECENT", "ExpectedToday"]
