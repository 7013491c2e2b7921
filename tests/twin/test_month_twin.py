"""The whole month in kernels and in the slow twin: every event, need, stage and attribute, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.building import World, load_world
from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    Eligibility,
    Estimate,
    LevelMove,
    PopulationEffect,
    ScenarioSpecification,
    Uptake,
)
from sim.population.residents import NOT_REACHED
from sim.settings import Settings
from tests.twin.month_recording import Recording
from tests.twin.month_twin import MonthRecord, MonthTwin

STATUS_COUNT = {"dead": 2, "left": 3}


def estimate(value: float) -> Estimate:
    """A number for a test."""
    return Estimate(value=value, low=value, high=value, unit="any", source="test", grade="C")


def small_scenario() -> ScenarioSpecification:
    """Programmes with every feature: moves, capacity, repeats, ramps, an end, effects on each kind of target."""
    treatment = CohortProgramme(
        key="treat", label="Blood pressure", start="2026-04", already_delivered=0.2, ramp_months=2,
        eligible=Eligibility(age_from=40, age_to=90, risk_factors=(("blood_pressure", ("raised_untreated",)),)),
        offered_per_year=estimate(0.9), uptake=Uptake(mean=estimate(0.7), ratio_by_quintile=(0.6, 0.8, 1.0, 1.2, 1.5)),
        moves=(LevelMove(factor="blood_pressure", from_level="raised_untreated", to_level="treated_controlled",
                         probability=estimate(0.8)),),
        effects=(Effect(on="onset", key="stroke_tia", multiplier=estimate(0.5), starts_after_months=1, ramp_months=2),),
    )  # fmt: skip
    proactive = CohortProgramme(
        key="proactive", label="Proactive care", start="2026-05",
        eligible=Eligibility(age_from=65, conditions_at_least=2, care_home=False),
        monthly_capacity=estimate(1200.0), uptake=Uptake(mean=estimate(0.6)), repeat_after_months=2,
        effects=(
            Effect(on="need", key="nel_admission_total", multiplier=estimate(0.6), lasts_months=3),
            Effect(on="need", key="gp_appointment", multiplier=estimate(1.5)),
            Effect(on="transition", key="frailty.mild", multiplier=estimate(0.4)),
        ),
    )  # fmt: skip
    often = CohortProgramme(
        key="often", label="Frequent attenders", start="2026-04", end="2026-11",
        eligible=Eligibility(recent_attendances_at_least=1, quintiles=(1, 2, 3)),
        offered_per_year=estimate(0.5), uptake=Uptake(mean=estimate(1.0)),
        effects=(Effect(on="need", key="ed_type1_attendance", multiplier=estimate(0.5)),),
    )  # fmt: skip
    everybody = PopulationEffect(
        key="smokefree", label="Tobacco control", start="2026-05", end="2026-12", ramp_months=3,
        eligible=Eligibility(age_from=16, sexes=("female",)),
        effects=(
            Effect(on="transition", key="smoking.current_to_ex_under_1", multiplier=estimate(3.0)),
            Effect(on="mortality", key="all", multiplier=estimate(0.5)),
        ),
    )  # fmt: skip
    return ScenarioSpecification(
        name="twin", label="Everything at once", interventions=(treatment, proactive, often, everybody)
    )


@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(years=1))


class Comparison:
    """Compares a recording with its twin, month by month, and counts what was compared."""

    def __init__(self, recording: Recording) -> None:
        assert recording.twin is not None
        self.recording, self.twin = recording, recording.twin
        self.compared: dict[str, int] = {}
        self.seen: set[Any] = set()
        for month, record in zip(*self._burn_in(), strict=True):
            self.month(month, record, lived=False)

    def _burn_in(self) -> tuple[range, list[MonthRecord]]:
        records = self.twin.burn_in()
        self.count("first list", rows(self.recording.first_list), sorted(tuple(a) for a in self.twin.first_list))
        return range(-len(records), 0), records

    def run(self, months: int) -> Comparison:
        """Run both for some months and compare each."""
        for month in range(months):
            self.recording.run_month()
            self.month(month, self.twin.month(month))
            self.attributes(month)
        self.count("hazards cut", self.recording.model.parts.life.clipped.tolist(), self.twin.cut)
        return self

    def count(self, name: str, kernel: Any, twin: Any) -> None:
        """Both must be equal; adds how many there are."""
        assert len(kernel) == len(twin), (name, len(kernel), len(twin))
        for left, right in zip(kernel, twin, strict=True):
            assert left == right, name
        self.compared[name] = self.compared.get(name, 0) + len(kernel)

    def month(self, month: int, record: MonthRecord, lived: bool = True) -> None:
        """Everything that happened in a month."""
        found = self.recording.of(month)
        if lived:
            self.count("life-course events", sorted(found.happened), sorted(record.happened))
        assert found.needs is not None and found.stages is not None
        twin_needs = [(n.hour, n.node, n.kind, n.priority, n.row, n.episode, n.need_class, n.copy) for n in record.needs]
        self.count("needs", rows(found.needs), sorted(twin_needs))
        self.count("arrivals", rows(found.arrivals), sorted(tuple(a) for a in record.arrivals))
        self.count("removals", rows(found.removals), sorted(record.removals))
        self.pooled(found, record)
        self.stages(found.stages, record.stages)
        for j, waiting in record.waiting.items():
            self.count("pooled queues", found.waiting[j], waiting)

    def pooled(self, found: Any, record: MonthRecord) -> None:
        """Pooled needs by class and cell, and by class, neighbourhood and day."""
        for name, table, counter in (
            ("pooled needs by cell", found.pooled, record.pooled.by_cell),
            ("pooled needs by day", found.pooled_days, record.pooled.by_day),
        ):
            where = np.argwhere(table)
            kernel = {tuple(index): int(table[tuple(index)]) for index in where.tolist()}
            twin = {index: number for index, number in counter.items() if number}
            assert kernel == twin, name
            self.compared[name] = self.compared.get(name, 0) + sum(twin.values())

    def stages(self, kernel: np.ndarray[Any, Any], twin: list[Any]) -> None:
        """Finished stages, in the order in which they ended."""
        np.testing.assert_array_equal(kernel, np.array(twin, np.float64).reshape(-1, 10))
        self.compared["stages"] = self.compared.get("stages", 0) + len(twin)
        for stage in twin:
            self.seen |= {"waited"} if stage[7] > stage[6] else set()
            self.seen |= {"stayed after service"} if stage[9] > stage[8] else set()
            self.seen |= {"removed"} if stage[5] <= -30_000 else set()

    def attributes(self, month: int) -> None:
        """Every attribute, cell, stratum, clock and programme of every resident."""
        residents, twin = self.recording.model.residents, self.twin
        for name in residents.column_of:
            values = [getattr(resident, name) for resident in twin.residents]
            self.count("attributes", residents.column(name).tolist(), values)
        for name in ("cell", "stratum"):
            wide = getattr(residents, name)[: residents.size].tolist()
            self.count("attributes", wide, [getattr(resident, name) for resident in twin.residents])
        horizon = twin.shared.months
        for resident in twin.residents:
            clocks = [horizon if clock is None else clock for clock in resident.clocks]
            self.count("clocks", residents.clock[resident.row].tolist(), clocks)
            reached = [resident.reached.get(k, int(NOT_REACHED)) for k in range(residents.reached.shape[1])]
            self.count("reached", residents.reached[resident.row].tolist(), reached)


def rows(tables: Any) -> list[tuple[float, ...]]:
    """Rows of one table or several, sorted."""
    tables = tables if isinstance(tables, list) else [tables]
    return sorted(tuple(row) for table in tables for row in table.tolist())


def statuses(twin: MonthTwin) -> dict[str, int]:
    """How many died and left."""
    return {name: sum(one.status == code for one in twin.residents) for name, code in STATUS_COUNT.items()}


def test_a_quarter_of_a_small_area_is_the_same(world: World) -> None:
    """Three months of 300 residents after their burn-in."""
    found = Comparison(Recording(world, 300, small_scenario())).run(3)
    assert found.compared["life-course events"] > 20
    assert found.compared["stages"] > 500
    assert found.seen >= {"waited", "stayed after service"}
