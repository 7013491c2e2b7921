"""How fast the life course is: resident-months a second, against one Mesa agent object per resident.

Both do the same work on the same tables: every transition of the model, month by month. The Mesa model has
one `mesa.Agent` per resident with plain attributes, whose step tries each transition that it is at risk of
with the same hazard (base rate by sex, age and quintile, times the ratios of its other attributes). Run from
the project's root: `python -m benchmarks.life_course_benchmark`.
"""

from __future__ import annotations

import math
import random
import time
from typing import Any

import mesa
import numba
import numpy as np

from sim.building import build_replicate
from sim.interventions.specification import BASELINE
from sim.kernels.randomness import philox4x32, uniform32
from sim.model import HealthSystem
from sim.settings import Settings
from sim.world import load_world

_MONTHS_A_YEAR = 12
_OLDEST = 110


class ResidentAgent(mesa.Agent):  # type: ignore[misc]
    """One resident as an object: codes in a list, age in months."""

    def __init__(self, model: ObjectModel, age_months: int, codes: list[int]) -> None:
        super().__init__(model)
        self.age_months = age_months
        self.codes = codes
        self.alive = True

    def step(self) -> None:
        """Try every transition that the resident is at risk of."""
        if not self.alive:
            return
        model = self.model
        age = min(self.age_months // _MONTHS_A_YEAR, _OLDEST)
        sex, quintile = self.codes[model.sex], self.codes[model.quintile]
        for column, before, after, base, modifiers, most, own in model.transitions:
            code = self.codes[column]
            if code >= most if own else code != before:
                continue
            rate = base[sex][age][quintile]
            if rate == 0.0:
                continue
            for other, table in modifiers:
                rate *= table[sex][age // 5][self.codes[other]]
            if own:
                rate *= own[sex][age][quintile][code]
            if model.draw() < 1.0 - math.exp(-rate):
                self.codes[column] = code + 1 if own else after
                self.alive = self.codes[model.status] == 1
        self.age_months += 1


class ObjectModel(mesa.Model):  # type: ignore[misc]
    """Residents as objects, with the compiled hazards as nested lists."""

    def __init__(self, parts: Any, people: int) -> None:
        super().__init__(rng=1)
        processes, residents = parts.life.processes, parts.residents
        column = residents.column_of
        self.sex, self.quintile, self.status = column["sex"], column["quintile"], column["status"]
        self.draw = random.Random(1).random
        self.transitions = []
        for p in range(processes.column.size):
            first, last = processes.modifier_first[p], processes.modifier_first[p + 1]
            modifiers = [
                (int(processes.modifier_column[m]), processes.modifier_table[m].tolist())
                for m in range(first, last)
            ]
            counting = int(processes.counting[p]) if processes.counting.size else -1
            most = int(processes.most[counting]) if counting >= 0 else 0
            own = processes.own[counting].tolist() if counting >= 0 else []
            self.transitions.append((
                int(processes.column[p]), int(processes.from_code[p]), int(processes.to_code[p]),
                processes.base[p].tolist(), modifiers, most, own,
            ))  # fmt: skip
        rows = np.linspace(0, residents.size - 1, people).astype(int)
        rows = rows[residents.column("status")[rows] == 1]
        for row in rows:
            ResidentAgent(self, -int(residents.birth_month[row]), residents.columns[row].tolist())

    def step(self) -> None:
        """Run one month."""
        self.agents.do("step")


def kernel_seconds(parts: Any, months: int) -> tuple[float, int]:
    """Return seconds of the kernel for some months from the start, clocks included, and resident-months."""
    residents, life = parts.residents, parts.life
    start = time.perf_counter()
    life.start(np.flatnonzero(residents.registered), 0)
    lived = 0
    for month in range(months):
        residents.month = month
        lived += residents.size if month == 0 else int(residents.registered.sum())
        life.advance(month)
    return time.perf_counter() - start, lived


def needs_seconds(years: int, months: int = 12) -> float:
    """Return seconds to draw and place the needs of ten years, from `months` months of a full-scale model."""
    model = HealthSystem(years=years)
    total = 0.0
    for month in range(months):
        model.residents.month = month
        start = time.perf_counter()
        model.month_cycle.needs()
        total += time.perf_counter() - start
    return total * 120 / months


def draw_nanoseconds(draws: int = 2_000_000) -> float:
    """Return nanoseconds of one keyed draw, the unit in which a resident-month is told."""

    @numba.njit
    def loop(n: int) -> float:
        total = 0.0
        for i in range(n):
            total += uniform32(
                philox4x32(
                    np.uint32(i), np.uint32(n), np.uint32(7), np.uint32(0), np.uint32(1), np.uint32(2)
                )[0]
            )
        return total

    loop(10)
    start = time.perf_counter()
    loop(draws)
    return 1e9 * (time.perf_counter() - start) / draws


def measure(years: int = 10, people: int = 2_000, object_months: int = 6) -> dict[str, float]:
    """Return resident-months a second of the kernel and of Mesa objects, and their ratio."""
    settings = Settings(years=years)
    world = load_world(settings)
    parts = build_replicate(world, settings, BASELINE)
    kernel_seconds(build_replicate(world, Settings(years=1, scale=0.01), BASELINE), 2)  # compiled once
    model = ObjectModel(parts, people)
    start = time.perf_counter()
    for _ in range(object_months):
        model.step()
    objects = len(model.agents) * object_months / (time.perf_counter() - start)
    seconds, lived = kernel_seconds(parts, settings.months)
    transitions = float(parts.life.processes.column.size)
    del parts
    ten_years, needs = seconds * 120 / settings.months, needs_seconds(years)
    return {
        "transitions": transitions,
        "kernel_resident_months_per_second": lived / seconds,
        "kernel_nanoseconds_per_resident_month": 1e9 * seconds / lived,
        "life_course_seconds_ten_years": ten_years,
        "needs_seconds_ten_years": needs,
        "life_course_and_needs_seconds_ten_years": ten_years + needs,
        "mesa_objects_resident_months_per_second": objects,
        "ratio_to_mesa_objects": lived / seconds / objects,
        "nanoseconds_per_draw": draw_nanoseconds(),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:,.2f}")
