"""Named numbers that a run replaces: found, refused, laid in every table that has them, found by caches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.areas import load_area
from sim.areas.pack import area_directory
from sim.health import start
from sim.parameters.errors import InputError
from sim.parameters.named import NamedNumber, named_numbers, problems_of
from sim.parameters.national import National, load_national
from sim.population.inputs import as_area_tables
from sim.population.outlook import starting_at
from sim.settings import Settings
from sim.world import World, require_parameters, with_parameters

NUMBERS = named_numbers(area_directory("dorset"))
VARYING = sorted(name for name, number in NUMBERS.items() if number.has_range)
NATIONAL, AREA, NETWORK = "risk_ratio_cap", "catchment_decay_km", "acute_beds_assessment_poole"


def settings(**parameters: float) -> Settings:
    """Return settings with named numbers."""
    return Settings(parameters=tuple(parameters.items()))


def test_every_table_of_scalars_is_there() -> None:
    """Three national tables and two of the area; the central figure lies in its range."""
    assert {number.file.name for number in NUMBERS.values()} == {
        "parameters.csv", "life_course.csv", "feedback.csv", "network_parameters.csv",
    }  # fmt: skip
    assert all(number.low <= number.value <= number.high for number in NUMBERS.values())


@given(st.sampled_from(VARYING), st.floats(0, 1))
def test_a_value_is_taken_exactly_within_its_range(name: str, share: float) -> None:
    """Inside it is no problem; beyond either end it is, and the range is told."""
    number = NUMBERS[name]
    width = number.high - number.low
    inside = min(number.high, max(number.low, number.low + share * width))
    inside = float(round(inside)) if number.is_whole else inside
    if number.low <= inside <= number.high:
        assert problems_of({name: inside}, NUMBERS) == []
    for outside in (number.low - width * (share + 1e-6), number.high + width * (share + 1e-6), float("nan")):
        (told,) = problems_of({name: outside}, NUMBERS)
        assert f"{number.low:g} to {number.high:g}" in told.message()


def test_names_are_refused_all_at_once() -> None:
    """One that is not there, with the nearest; one that is fixed; half a bed."""
    fixed = next(name for name, number in NUMBERS.items() if not number.may_vary)
    told = problems_of({"risk_ratio_cup": 9.0, fixed: 1.0, NETWORK: 60.5}, NUMBERS)
    assert [one.key for one in told] == ["parameters", "parameters", f"parameters.{NETWORK}"]
    assert told[0].nearest == "risk_ratio_cap"
    assert "fixes this one" in told[1].message() and "whole numbers" in told[2].message()
    with pytest.raises(InputError, match="did you mean 'risk_ratio_cap'"):
        settings(risk_ratio_cup=9.0)
    assert isinstance(NUMBERS[fixed], NamedNumber)


def test_values_are_laid_in_the_tables_that_have_them() -> None:
    """National scalars, the area's, and what the network is compiled with; the tables themselves stay."""
    chosen = settings(**{NATIONAL: 9.0, AREA: 5.0, NETWORK: 60.0})
    area, national = with_parameters(load_area("dorset"), load_national(), chosen)
    assert national.scalar(NATIONAL) == 9.0
    assert area.scalar(AREA) == 5.0
    rows = area.tables["network_parameters"].set_index("name")["value"]
    before = load_area("dorset").tables["network_parameters"].set_index("name")["value"]
    assert rows[NETWORK] == 60.0
    assert (rows != before).sum() == 1
    world = World(
        area=area, national=national, people=None, area_hazards={}, seed=1, parameters=chosen.parameters,
    )  # fmt: skip
    assert world.network_scalars[NETWORK] == 60.0
    assert NATIONAL not in area.scalars_among(dict(chosen.parameters))
    assert load_national().scalar(NATIONAL) != 9.0
    with pytest.raises(InputError, match="the world that was given"):
        require_parameters(world, Settings())


def test_the_order_in_which_they_are_given_does_not_matter() -> None:
    """The same run has the same settings."""
    one, two = ((NATIONAL, 9.0), (AREA, 5.0)), ((AREA, 5), (NATIONAL, 9))
    assert Settings(parameters=one) == Settings(parameters=two)


class Read(dict[str, float]):
    """Scalars that remember which of them were asked for."""

    def __init__(self, scalars: Any) -> None:
        super().__init__(scalars)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> float:
        """Return one, and remember it."""
        self.asked.add(name)
        return super().__getitem__(name)


@pytest.mark.slow
def test_the_cache_of_people_is_found_by_every_scalar_that_they_depend_on() -> None:
    """Else a run with another value would be given the people of the tables."""
    national = load_national()
    read = Read(national.scalars)
    watched = National(**{**national.__dict__, "scalars": read})
    tables = starting_at(as_area_tables(load_area("dorset")), "2026-04")
    start._make(tables, watched, 1, 120, "principal")
    assert read.asked <= set(start.scalars_of_people(national))
