"""Compares what the model did with what its slow twin did: everything, month by month, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.population.residents import NO_CLOCKS, NOT_REACHED
from tests.twin.month_recording import Recording
from tests.twin.month_twin import MonthRecord
from tests.twin.resident_twin import REGISTERED

REMOVED = -30_000


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
        first_list = sorted(tuple(arrival) for arrival in self.twin.first_list)
        self.count("first list", rows(self.recording.first_list), first_list)
        return range(-len(records), 0), records

    def run(self, months: int) -> Comparison:
        """Run both for some months and compare each."""
        for month in range(months):
            self.recording.run_month()
            self.month(month, self.twin.month(month))
            self.attributes()
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
        needs = [
            (n.hour, n.node, n.kind, n.priority, n.row, n.episode, n.need_class, n.copy) for n in record.needs
        ]
        self.count("needs", rows(found.needs), sorted(needs))
        self.count("arrivals", rows(found.arrivals), sorted(tuple(a) for a in record.arrivals))
        self.count("removals", rows(found.removals), sorted(record.removals))
        self.seen |= {key for key, reached in record.reached.items() if reached}
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
            self.seen |= {"removed"} if stage[5] <= REMOVED else set()

    def happened_to_residents(self) -> set[str]:
        """Kinds of outcomes of care that any resident had."""
        return self.twin.care.outcomes_seen

    def attributes(self) -> None:
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
            place = residents.clock_row[resident.row]
            if place != NO_CLOCKS:
                self.count("clocks", residents.clock[place].tolist(), clocks)
            else:  # whoever is not registered keeps none
                self.count("without clocks", [int(resident.status == REGISTERED)], [0])
            reached = [resident.reached.get(k, int(NOT_REACHED)) for k in range(residents.reached.shape[1])]
            self.count("reached", residents.reached[resident.row].tolist(), reached)


def rows(tables: Any) -> list[tuple[float, ...]]:
    """Rows of one table or several, sorted."""
    tables = tables if isinstance(tables, list) else [tables]
    return sorted(tuple(row) for table in tables for row in table.tolist())
