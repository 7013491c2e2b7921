"""Attendances by person: classes, frequent attenders, and who is one again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.observers.use_by_person import UseByPerson
from sim.population.residents import Attribute, Residents


class Kept:
    """Keeps measures instead of a recorder."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], float] = {}

    def measure(self, month: int, name: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Keep the total of a measure."""
        self.found[month, name] = float(np.sum(by_cell))


def test_people_are_counted_by_their_attendances_of_a_year() -> None:
    """Six residents, one of whom died; each stands for ten people."""
    residents = Residents([Attribute(name="status", description="")], 6, 0, 0)
    residents.add(np.arange(6, dtype=np.uint32), np.full(6, -600, np.int16), {})
    kept = Kept()
    watched = UseByPerson(residents, kept, 1, 10.0)  # type: ignore[arg-type]
    nobody = np.zeros(0, np.int64)
    watched.close_month(-1, np.repeat([0, 1], 5))  # the burn-in's last month: two frequent attenders
    assert kept.found == {}
    residents.columns[5, residents.column_of["status"]] = 2
    for month in range(11):
        watched.close_month(month, np.array([0, 2]) if month < 6 else nobody)
    assert set(kept.found.values()) == {0.0}
    watched.close_month(11, np.repeat([0, 3, 5], [6, 1, 2]))
    found = {name: value for (month, name), value in kept.found.items() if month == 11}
    assert found == {
        "people_with_attendances_0": 20.0,  # residents 1 and 4
        "people_with_attendances_1": 10.0,  # 3
        "people_with_attendances_2": 10.0,  # 5, who is dead by now
        "people_with_attendances_3": 0.0,
        "people_with_attendances_4": 0.0,
        "people_with_attendances_5_to_9": 10.0,  # 2
        "people_with_attendances_10_plus": 10.0,  # 0
        "frequent_attenders": 20.0,
        "attendances_of_frequent_attenders": 180.0,
        "attendances_of_people": 210.0,
        "frequent_attenders_before": 20.0,
        "frequent_attenders_again": 10.0,
    }
    assert watched.this_year.sum() == 0
    assert watched.last_year.tolist() == [12, 0, 6, 1, 0, 2]
