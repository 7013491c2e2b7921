"""Ready dates, community beds, treatment, waits of urgent care, measures of some ages: by hand, exact."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.kernels.flow import Holding, Stages
from sim.kernels.flow_layout import REMOVED
from sim.observers.after_ready import count_community_beds, count_ready_dates
from sim.observers.recorder import Recorder
from sim.observers.standards import Waits
from sim.observers.strata import Strata
from sim.observers.treatment import TreatmentObserver
from sim.population.residents import STATUSES, Attribute, Residents

DAY = 1440.0
BED, WARD, HUB, COMMUNITY = range(4)
ACUTE, P2 = np.array([True, True, False, False]), np.array([False, False, False, True])
HOME, DIED = -1, REMOVED - 1
ADULT, CHILD = 4, 1


def stages(*rows: tuple[int, int, int, float, float, float, float]) -> Stages:
    """Stages of (row, node, next, join, start, end, leave), times in days."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    person, node, following = (table[:, i].astype(np.int64) for i in range(3))
    times = [table[:, i] * DAY for i in range(3, 7)]
    return Stages(person, person, person, person * 0, node, following, *times)


def counted(what: Any, *given: Any) -> dict[str, float]:
    """Return the sums of what is counted."""
    total: dict[str, float] = defaultdict(float)

    def add(name: str, rows: np.ndarray, weights: np.ndarray | None = None) -> None:
        total[name] += float(rows.size if weights is None else weights.sum())

    what(*given, add)
    return total


def test_days_from_the_ready_date_are_counted_from_date_to_date() -> None:
    """Ready at nine and gone at noon is the same day; ready at 23 and gone at one is a day later."""
    band = np.array([ADULT, ADULT, ADULT, CHILD, ADULT, ADULT])
    found = stages(
        (0, WARD, HOME, 0, 0, 5.375, 5.5),
        (1, WARD, HUB, 0, 0, 5.95, 6.05),
        (2, WARD, HUB, 0, 0, 5.0, 12.9),
        (3, WARD, HOME, 0, 0, 1.0, 4.0),  # a child
        (4, BED, WARD, 0, 0, 1.0, 2.0),  # moves to a ward
        (5, WARD, DIED, 0, 0, np.nan, 9.0),  # dies
        (-1, WARD, HOME, 0, 0, 1.0, 3.0),  # lives elsewhere
    )
    told = counted(count_ready_dates, found, ACUTE, band)
    assert told == {
        "ready_discharges": 3, "ready_discharged_on_day": 1, "ready_discharged_later": 2,
        "ready_delay_days": 8,
    }  # fmt: skip


def test_community_beds_are_counted_inside_the_month() -> None:
    """A month from day 10 to 40: who came before, who waits for a care home, who is still in service."""
    ended = stages((0, COMMUNITY, HOME, 0, 0, 20, 25), (1, COMMUNITY, HOME, 9, np.nan, np.nan, 12))
    times = np.array([[30.0, 35.0, 5.0], [38.0, 50.0, np.nan]]) * DAY
    node = np.array([COMMUNITY, COMMUNITY, WARD])
    holding = Holding(np.arange(3), np.arange(3), node, *times, np.zeros(3, np.int64))
    told = counted(count_community_beds, ended, holding, P2, (10 * DAY, 40 * DAY))
    assert told["community_bed_days"] == pytest.approx((25 - 10) + (40 - 30) + (40 - 35))
    assert told["community_nctr_days"] == pytest.approx((25 - 20) + (40 - 38))


def test_waits_of_urgent_care() -> None:
    kinds = ("call_111", "call_111_clinical", "ed_triage", "urgent_community_response", "utc")
    minute = 1.0 / DAY
    found = stages(
        (0, 0, 1, 0, 30 / 86400, 0.01, 0.01),
        (1, 0, 1, 0, 90 / 86400, 0.01, 0.01),
        (2, 2, 1, 0, 14 * minute, 0.1, 0.1),
        (3, 2, 1, 0, 16 * minute, 0.1, 0.1),
        (4, 3, HOME, 0, 60 * minute, 2, 2),
        (5, 4, HOME, 0, 0, 239 * minute, 239 * minute),
        (6, 4, HOME, 0, 0, 300 * minute, 300 * minute),
        (7, 4, DIED, 0, np.nan, np.nan, 100 * minute),
    )

    def kind(*names: str) -> np.ndarray:
        return np.isin(kinds, names)

    total: dict[str, float] = defaultdict(float)

    def count(name: str, chosen: np.ndarray, weights: np.ndarray | None = None) -> None:
        total[name] += float(chosen.size if weights is None else weights.sum())

    rows, minutes = Waits(kind).count(found, count)
    assert total["calls_111_within_60s"] == 1 and total["calls_111_answer_seconds"] == pytest.approx(120)
    assert (total["ed_walk_ins_assessed"], total["ed_walk_ins_assessed_within_15min"]) == (2, 1)
    assert (total["ucr_within_2h"], total["clinical_calls_111"]) == (1, 0)
    assert rows.tolist() == [5, 6, 7] and minutes == pytest.approx([239, 300, 100])


def _recorder() -> Recorder:
    return Recorder(Strata(neighbourhoods=("here",), councils=("one",)), [], 12 * 2026 + 3, 2)


def test_treated_to_target_once_a_year() -> None:
    """Levels of pressure by code on the register: at target without and with treatment, and not."""
    names = ("status", "blood_pressure", "statin", "hypertension", "coronary_heart_disease", "stroke_tia")
    people = Residents([Attribute(name=n, labels=STATUSES if n == "status" else ()) for n in names], 8, 1, 0)
    held = [  # pressure, statin, hypertension, heart disease, stroke
        (0, 0, 1, 0, 0), (2, 0, 1, 0, 0), (3, 1, 1, 1, 1), (4, 1, 1, 0, 1), (1, 0, 0, 1, 0), (0, 1, 0, 0, 0),
        (3, 1, 1, 1, 0), (3, 1, 1, 1, 0),
    ]  # fmt: skip
    codes = {
        name: np.array(column, np.uint8) for name, column in zip(names[1:], np.transpose(held), strict=True)
    }
    people.add(np.arange(8, dtype=np.uint32), np.zeros(8, np.int16), codes)
    people.cell[:] = ADULT
    people.cell[6] = CHILD
    people.columns[7, people.column_of["status"]] = STATUSES.index("registered") + 1  # no longer here
    recorder = _recorder()
    conditions: Any = {name: SimpleNamespace(register=(False, True)) for name in names[3:]}
    observer = TreatmentObserver(people, conditions, recorder, recorder.strata.n_cells, 10.0)
    for month in range(13):
        observer.open_month(month)
    table = recorder.tables()["measures"]
    assert set(table["period"]) == {"2026-04", "2027-04"}
    value = table[(table["dimension"] == "all") & (table["period"] == "2026-04")].set_index("measure")[
        "value"
    ]
    assert value.to_dict() == {
        "hypertension_register": 40, "hypertension_treated": 20, "hypertension_to_target": 20,
        "cardiovascular_register": 30, "cardiovascular_on_statin": 20,
    }  # fmt: skip


def test_measures_of_some_ages_are_those_of_their_bands() -> None:
    recorder = _recorder()
    by_cell = np.random.default_rng(1).integers(0, 9, recorder.strata.n_cells).astype(float)
    for name in ("person_months", "deaths", "emergency_admissions", "births"):
        recorder.measure(0, name, by_cell)
    value = recorder.tables()["measures"].set_index(["measure", "dimension", "level"])["value"].sort_index()
    old, young = ("65-74", "75-84", "85+"), ("0-4", "5-17", "18-44", "45-64", "65-74")
    for name, bands in (
        ("person_months_65_plus", old), ("person_months_under_75", young), ("deaths_under_75", young),
        ("emergency_admissions_65_plus", old),
    ):  # fmt: skip
        of_all = name.removesuffix("_65_plus").removesuffix("_under_75")
        expected = sum(value[of_all, "age_band", band] for band in bands)
        assert value[name, "all", "all"] == value[name, "quintile"].sum() == expected
    assert not [name for name in value.index.levels[0] if name.startswith("births_")]
