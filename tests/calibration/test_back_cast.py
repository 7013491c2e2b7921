"""The held-out prediction from 2012: its arithmetic, and what its errors are said to be."""

import numpy as np
import pytest

from calibration.back_cast import (
    LAST_YEAR,
    PREDICTED_FROM,
    against_projection,
    back_cast,
    errors,
    on_residents,
)
from sim.areas import load_area
from sim.population.inputs import as_area_tables, estimated_residents


@pytest.fixture(scope="module")
def area():
    return as_area_tables(load_area("dorset"))


@pytest.fixture(scope="module")
def table(area):
    return back_cast(area)


def test_the_list_is_the_residents_of_the_time(area):
    estimated, _ = estimated_residents(area, PREDICTED_FROM)
    assert on_residents(area, PREDICTED_FROM).list_size == round(estimated.sum())


def test_every_year_council_sex_and_band_is_predicted_once(table):
    assert not table.duplicated(["council", "sex", "age_from", "year"]).any()
    assert len(table) == 10 * 2 * 2 * 19
    assert (table["predicted"] > 0).all()


def test_errors_are_as_documented(table):
    """Held out: the figures that docs/explanation/population.md quotes, to their last digit."""
    by_council = errors(table[table["year"] == LAST_YEAR], ["council"])["error"]
    assert by_council["bcp"] == pytest.approx(0.058, abs=0.002)
    assert by_council["dorset"] == pytest.approx(-0.007, abs=0.002)
    old = table[(table["year"] == LAST_YEAR) & (table["age_from"] >= 65)]
    assert abs(errors(old, ["year"])["error"].iloc[0]) < 0.03


def test_people_of_65_and_over_are_predicted_better_than_by_no_change(table):
    """Migration of the young turned after 2016 and was not foreseen; ageing was."""
    old = errors(table[table["age_from"] >= 65], ["council", "year"])
    assert (old["error"].abs() <= old["naive_error"].abs() + 0.005).all()


def test_ten_years_on_the_projection_is_met(area):
    assert np.abs(against_projection(area, 10)["error"]).max() < 0.015
