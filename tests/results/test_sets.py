"""Sets of measures: each names measures of the registry in order, or says why it has none."""

from __future__ import annotations

import pytest

from results.measures import measure, measure_set, measure_sets
from sim.parameters.errors import InputError


def test_sets_name_measures_once_and_in_order() -> None:
    for name, found in measure_sets().items():
        assert found.name == name and found.label and found.members
        assert len(set(found.measures)) == len(found.measures)
        assert all(measure(one).name == one for one in found.measures)
        assert all(member.measure or member.note.endswith(".") for member in found.members)


def test_the_sets_that_plans_ask_for() -> None:
    assert len(measure_set("neighbourhood_seven").members) == 7
    assert [member.label for member in measure_set("neighbourhood_seven").members if not member.measure] == [
        "Medicines"
    ]
    assert measure_set("better_care_fund").measures == (
        "emergency_admission_rate_65_plus", "discharge_delay", "care_home_admission_rate_65_plus",
        "home_at_91_days",
    )  # fmt: skip
    assert {"urgent_care_standards", "elective_standards", "winter_capacity"} <= set(measure_sets())


def test_an_unknown_set_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'better_care_fund'"):
        measure_set("better_care_found")
