"""Counts of conditions under declared definitions, the Cambridge score and its segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.health.multimorbidity import cambridge_score, definitions, segments
from sim.observers.multimorbidity import MultimorbidityObserver
from sim.observers.recorder import Recorder
from sim.observers.strata import Strata
from sim.parameters import InputError
from sim.parameters.national import National, load_national
from sim.population.residents import STATUSES, Attribute, Residents

NATIONAL = load_national()


def residents_with(*held: dict[str, int], age: int = 60, national: National = NATIONAL) -> Residents:
    """Return residents, each with these codes of conditions."""
    names = ("status", "sex", "quintile", "frailty", "frailty_score", *national.conditions)
    attributes = [
        Attribute(
            name=name, labels=STATUSES if name == "status" else (), condition=name in national.conditions
        )
        for name in names
    ]
    residents = Residents(attributes, len(held), 1, 0)
    codes = {name: np.array([one.get(name, 0) for one in held], np.uint8) for name in names[1:]}
    residents.add(np.arange(len(held), dtype=np.uint32), np.full(len(held), -12 * age, np.int16), codes)
    return residents


def test_each_morbidity_counts_once_and_only_when_diagnosed() -> None:
    """Two columns of one family count once; a state that is not on the register does not count."""
    asthma = replace(
        NATIONAL.conditions["asthma"], states=("no", "yes", "hidden"), register=(False, True, False)
    )
    cancer = replace(NATIONAL.conditions["asthma"], key="cancer_lung")
    conditions = {**NATIONAL.conditions, "asthma": asthma}
    conditions |= {key: cancer for key in ("cancer_lung", "cancer_bowel")}
    national = replace(NATIONAL, conditions=conditions)
    residents = residents_with(
        {}, {"asthma": 1}, {"asthma": 2}, {"cancer_lung": 1, "cancer_bowel": 1}, {"other": 1, "asthma": 1},
        national=national,
    )  # fmt: skip
    found = definitions(national, residents)
    assert found["named"].total(residents).tolist() == [0, 1, 0, 1, 1]
    assert found["any"].total(residents).tolist() == [0, 1, 0, 1, 2]
    assert cambridge_score(national, residents).total(residents).tolist() == [0, 19, 0, 153, 19]


def test_scores_are_sums_of_weights_and_segments_begin_above_their_limits() -> None:
    """0.08, 0.69, 0.75, 1.46 + 0.50, 2.50 + 0.53: segments 1, 2, 3, 4 and 5; children have none."""
    held = (
        {"hypertension": 1}, {"asthma": 1, "depression_anxiety": 1}, {"type2_diabetes": 1},
        {"copd": 1, "depression_anxiety": 1}, {"dementia": 1, "ckd": 1},
    )  # fmt: skip
    residents = residents_with(*held)
    score = cambridge_score(NATIONAL, residents).total(residents)
    assert score.tolist() == [8, 69, 75, 196, 303]
    assert segments(residents, NATIONAL).tolist() == [1, 2, 3, 4, 5]
    assert segments(residents_with(*held, age=16), NATIONAL).tolist() == [0] * 5


def test_both_diabetes_weigh_as_one() -> None:
    residents = residents_with({"type1_diabetes": 1}, {"type1_diabetes": 1, "type2_diabetes": 1})
    assert cambridge_score(NATIONAL, residents).total(residents).tolist() == [75, 75]


def test_an_unknown_condition_is_refused_by_name() -> None:
    table = NATIONAL.tables["multimorbidity_definitions"].copy()
    table.loc[0, "condition"] = "asthmma"
    national = replace(NATIONAL, tables={**NATIONAL.tables, "multimorbidity_definitions": table})
    with pytest.raises(InputError, match="did you mean 'asthma'"):
        definitions(national, residents_with({}))


def test_recorded_once_a_year_and_adding_up() -> None:
    """Every definition's counts add up to the people, segments to the adults; nothing in other months."""
    held = [{"asthma": i % 2, "copd": i % 3 == 0, "ckd": i % 5 == 0, "frailty": i % 4} for i in range(60)]
    residents = residents_with(*held)
    recorder = Recorder(Strata(neighbourhoods=("here",), councils=("one",)), [], 12 * 2026 + 3, 2)
    cells = recorder.strata.n_cells
    observer = MultimorbidityObserver(residents, NATIONAL, recorder, cells, 10.0)
    for month in range(12):
        observer.open_month(month)
    table = recorder.tables()["measures"]
    assert set(table["period"]) == {"2026-04"}
    value = table[table["dimension"] == "all"].set_index("measure")["value"]
    assert value["multimorbidity_people"] == 600.0
    for name in definitions(NATIONAL, residents):
        parts = value[[f"multimorbidity_{name}_{k}" for k in ("0", "1", "2", "3plus")]]
        assert parts.sum() == 600.0
    assert value[[f"segment_{k}" for k in range(1, 6)]].sum() == value["segment_people"] == 600.0
    assert value["frailty_severe"] == 150.0
