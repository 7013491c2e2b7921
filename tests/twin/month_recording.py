"""A small model under test, with everything written down that the twin is compared with, and its twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import numpy as np

import sim.building
import sim.model
from sim.building import Prepared, Replicate, World, build_replicate
from sim.health.life import LifeCourse
from sim.interventions.specification import ScenarioSpecification
from sim.kernels import needs as needs_kernel
from sim.model import HealthSystem
from sim.settings import Settings
from tests.twin.month_twin import MonthTwin

FULL_SIZE = 827_000


@dataclass
class Recorded:
    """What the model did in one month, as its kernels wrote it."""

    happened: list[tuple[int, int, float]] = field(default_factory=list)
    needs: np.ndarray[Any, Any] | None = None
    pooled: np.ndarray[Any, Any] | None = None
    pooled_days: np.ndarray[Any, Any] | None = None
    arrivals: list[np.ndarray[Any, Any]] = field(default_factory=list)
    removals: list[np.ndarray[Any, Any]] = field(default_factory=list)
    stages: np.ndarray[Any, Any] | None = None
    waiting: dict[int, list[float]] = field(default_factory=dict)
    columns: np.ndarray[Any, Any] | None = None


class Recording:
    """Builds a small model, writes down what it does, and builds its twin from the same tables.

    A run of a share of residents sends 1 / scale keyed copies of each need into the full-size network: about
    400 at 2,000 residents, far too many events for plain Python. So residents send one, two or three copies,
    by row, and the network's places are reduced in proportion (at least one where any is open): queues and
    blocking then happen as in the full size. Both are set on the replicate before its burn-in, through its
    public parts; the model's own code is untouched.

    Args:
        world: Tables and people.
        residents: About how many.
        scenario: What is changed.
        haste: Factor on every hazard of the life course, so that transitions compete within a month.
        settings: Further arguments of the model.
    """

    def __init__(
        self,
        world: World,
        residents: int,
        scenario: ScenarioSpecification,
        haste: float = 1.0,
        **settings: Any,
    ) -> None:
        self.months: dict[int, Recorded] = {}
        self.twin: MonthTwin | None = None
        self._haste = haste
        generate = needs_kernel.generate
        with (
            mock.patch.object(sim.model, "build_replicate", self._build),
            # queues must fill within months here, so the scenario asks for more than it has places for
            mock.patch.object(sim.building, "check_load"),
            mock.patch.object(needs_kernel, "generate", self._generate(generate)),
        ):
            self.model = HealthSystem(
                scale=residents / FULL_SIZE, years=1, scenario=scenario, world=world, **settings
            )
        self._kernel_generate = generate
        self.first_list = self.months.pop(0).arrivals  # announced before the clock of the burn-in is set

    def run_month(self) -> None:
        """Run the model one month."""
        month = self.model.month
        with mock.patch.object(needs_kernel, "generate", self._generate(self._kernel_generate)):
            while self.model.month == month:
                self.model.step()

    def of(self, month: int) -> Recorded:
        """What happened in a month."""
        return self.months.setdefault(month, Recorded())

    @property
    def _now(self) -> Recorded:
        return self.of(self._parts.residents.month)

    # ------------------------------------------------------------------------------------ building
    def _build(
        self, world: World, settings: Settings, scenario: ScenarioSpecification, prepared: Prepared | None
    ) -> Replicate:
        parts = build_replicate(world, settings, scenario, prepared)
        self._parts = parts
        parts.copies[:] = 1 + np.arange(parts.copies.size) % 3
        share = float(parts.copies.sum()) / FULL_SIZE
        parts.visitors.a_year = parts.visitors.a_year * share
        parts.care.rules = {
            node: replace(rule, factor=rule.factor * share, added=rule.added * share + 0.5)
            for node, rule in parts.care.rules.items()
        }
        if self._haste != 1.0:
            parts.life = hastened(parts.life, self._haste)
            counts = [replace(one, factor=one.factor * self._haste) for one in parts.counts.counts]
            parts.counts = replace(parts.counts, counts=counts)
        self.twin = MonthTwin(world, parts, scenario)
        self._listen(parts)
        return parts

    def _listen(self, parts: Replicate) -> None:
        """Stand between the model and its parts, and write down what passes."""
        life, state, care = parts.life, parts.care.state, parts.care
        advance, add_arrivals, add_removals = life.advance, state.add_arrivals, state.add_removals
        take_month = care.take_month

        def advanced(month: int) -> Any:
            events = advance(month)
            self._now.happened = list(
                zip(events.row.tolist(), events.transition.tolist(), events.fraction.tolist(), strict=True)
            )
            return events

        def arrived(*columns: Any) -> None:
            self._now.arrivals.append(np.stack(np.broadcast_arrays(*columns), axis=1))
            add_arrivals(*columns)

        def removed(*columns: Any) -> None:
            self._now.removals.append(np.stack(np.broadcast_arrays(*columns), axis=1))
            add_removals(*columns)

        def took() -> Any:
            stages, totals = take_month()
            self._now.stages = np.stack([np.asarray(column, np.float64) for column in stages], axis=1)
            self._now.waiting = {j: service.waiting.tolist() for j, service in parts.pooled.items()}
            self._now.columns = parts.residents.columns.copy()
            return stages, totals

        life.advance, state.add_arrivals, state.add_removals = advanced, arrived, removed  # type: ignore[method-assign]
        care.take_month = took  # type: ignore[method-assign]

    def _generate(self, kernel: Any) -> Any:
        def generated(*arguments: Any) -> Any:
            found, full = kernel(*arguments)
            arrivals, pooled, days = arguments[12:15]
            if not full:
                columns: Sequence[Any] = [np.asarray(column[:found], np.float64) for column in arrivals]
                self._now.needs = np.stack(columns, axis=1)
                self._now.pooled, self._now.pooled_days = pooled.copy(), days.copy()
            return found, full

        return generated


def hastened(life: LifeCourse, factor: float) -> LifeCourse:
    """The same life course with every hazard multiplied."""
    changed = {name: getattr(life.processes, name) * factor for name in ("base", "bound", "bound_sum")}
    processes = life.processes._replace(**changed)
    return LifeCourse(life.residents, life.transitions, processes, life.calendar_start, life.months, life.key)
