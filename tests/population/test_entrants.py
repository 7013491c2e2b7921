"""Births and in-migrants are an exogenous schedule: the same whatever a scenario does."""

import numpy as np
import pytest

from sim.health.start import starting_residents
from sim.population.circumstances import age_at_start, count_residents
from sim.population.cohort import spread_oldest
from sim.population.entrants import BIRTH, IN_MIGRANT, OPEN_AGE, entrants
from sim.population.inputs import death_rates, residents_by_age
from sim.population.moves import Departures, moves
from sim.population.outlook import principal_outlook
from tests.population.conftest import SEED

MONTHS = 24
MANY = 500  # people a year, where moves by chance from one age to the next are some tens


@pytest.fixture(scope="module")
def outlook(tables):
    return principal_outlook(tables)


@pytest.fixture(scope="module")
def schedule(area, circumstances, outlook):
    return entrants(area, circumstances, MONTHS, SEED, outlook=outlook)


def test_identities_follow_the_start_population(circumstances, schedule):
    start = circumstances["sex"].size
    np.testing.assert_array_equal(schedule.columns["person"], start + np.arange(schedule.size))
    assert sum(schedule.of(month)["person"].size for month in range(MONTHS)) == schedule.size
    with pytest.raises(IndexError):
        schedule.of(MONTHS)


def test_a_longer_schedule_begins_with_the_shorter(area, circumstances, schedule):
    longer = entrants(area, circumstances, MONTHS + 36, SEED)
    for name, values in schedule.columns.items():
        np.testing.assert_array_equal(longer.columns[name][: schedule.size], values)


def test_schedule_is_the_same_whatever_a_scenario_changes(area, national, monkeypatch, tmp_path):
    """Scalars of the life course, with which scenarios and parameter draws work, do not reach it."""
    monkeypatch.setenv("LEFTSHIFT_CACHE", "")
    plain = starting_residents(area, national, SEED, 6)
    name = "risk_ratio_cap"
    changed = starting_residents(area, national.with_scalars({name: national.scalar(name) / 2}), SEED, 6)
    for key, values in plain.schedule.columns.items():
        np.testing.assert_array_equal(changed.schedule.columns[key], values)
    for key, values in plain.residents.items():
        np.testing.assert_array_equal(changed.residents[key], values)


def test_births_are_the_expected_number(outlook, schedule):
    """Every council x sex group is within one person of what is expected: exact, no false alarms."""
    expected = outlook.births[:2].sum(axis=0)
    births = schedule.columns["kind"] == BIRTH
    found = np.bincount(schedule.columns["council"][births], minlength=expected.size)
    assert np.abs(found - expected).max() <= 2
    np.testing.assert_array_equal(
        schedule.columns["birth_month"][births],
        np.repeat(np.arange(MONTHS), np.diff(schedule.first))[births],
    )


def test_births_are_near_the_infants_on_the_list(outlook, circumstances):
    """Births of the first year against residents under one: fitted to one projection; tolerance of 20%."""
    infants = (age_at_start(circumstances) == 0).sum()
    assert outlook.births[0].sum() == pytest.approx(infants, rel=0.2)


def test_in_migrants_take_age_sex_and_council_from_their_group(outlook, schedule):
    migrants = schedule.columns["kind"] == IN_MIGRANT
    month = np.repeat(np.arange(MONTHS), np.diff(schedule.first))[migrants]
    age = np.minimum((month - schedule.columns["birth_month"][migrants]) // 12, OPEN_AGE)
    assert age.min() >= 0
    arrivals = outlook.arrivals[:2].sum(axis=0)
    expected = arrivals[:, :, : OPEN_AGE + 1].copy()
    expected[:, :, OPEN_AGE] = arrivals[:, :, OPEN_AGE:].sum(axis=2)
    found = np.zeros(expected.shape)
    np.add.at(found, (schedule.columns["council"][migrants], schedule.columns["sex"][migrants], age), 1)
    assert np.abs(found - expected).max() < 1


def test_departures_by_council_are_those_of_the_moves(outlook):
    """One hazard and ratios of the councils give each council's own departures."""
    found = Departures.of(outlook.moves)
    ratio = np.repeat(found.ratio, [b - a + 1 for a, b in outlook.moves.bands], axis=2)
    np.testing.assert_allclose(found.hazard[..., 0] * ratio, outlook.departures)
    assert found.ratio.max() == 1.0


def test_departures_of_a_band_are_those_of_the_table(tables):
    """The shape by single year leaves the departures of all councils together in each band as they are."""
    found = moves(tables)
    rates = death_rates(tables).mean(axis=1)
    people = spread_oldest(residents_by_age(tables)[0], rates)
    flat = np.repeat(found.level, [b - a + 1 for a, b in found.bands], axis=2)
    shaped = found.in_bands(people * found.departures).sum(axis=0)
    np.testing.assert_allclose(shaped, found.in_bands(people * flat).sum(axis=0), rtol=0.02)
    np.testing.assert_allclose(found.in_bands(found.arrivals), 1.0)


def test_students_come_and_go_and_the_retired_come(outlook, circumstances):
    """Bournemouth gains at 18 and 19 and loses at 21 to 23; Dorset loses at 18 and gains at 60 to 64."""
    people = outlook.arrivals[0]
    net = people - outlook.departures * count_residents(circumstances, 2).sum(axis=3)
    assert net[0, :, 18:20].sum() > MANY
    assert net[0, :, 21:24].sum() < -MANY
    assert net[1, :, 18:20].sum() < -MANY
    assert net[1, :, 60:65].sum() > MANY


def test_neighbourhoods_of_entrants_are_those_of_their_council(tables, schedule):
    shares = tables.neighbourhoods[[f"share_{key}" for key in tables.councils]].to_numpy()
    assert (shares[schedule.columns["neighbourhood"], schedule.columns["council"]] > 0).all()
