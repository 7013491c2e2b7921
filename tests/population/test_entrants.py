"""Births and in-migrants are an exogenous schedule: the same whatever a scenario does."""

import numpy as np
import pytest

from sim.health.start import starting_residents
from sim.population.circumstances import age_at_start, count_residents
from sim.population.entrants import (
    BIRTH,
    IN_MIGRANT,
    births_per_month,
    departure_hazard,
    entrants,
    in_migrants_per_year,
    out_migration_hazard,
)
from sim.population.margins import residents_at_start
from tests.population.conftest import SEED

MONTHS = 24


@pytest.fixture(scope="module")
def schedule(area, circumstances):
    return entrants(area, circumstances, MONTHS, SEED)


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


def test_births_are_the_expected_number(tables, circumstances, schedule):
    """Every council x sex group is within one person of what is expected: exact, no false alarms."""
    expected = births_per_month(tables, circumstances, MONTHS).sum(axis=1)
    births = schedule.columns["kind"] == BIRTH
    found = np.bincount(schedule.columns["council"][births], minlength=expected.size)
    assert np.abs(found - expected).max() <= 2
    np.testing.assert_array_equal(
        schedule.columns["birth_month"][births],
        np.repeat(np.arange(MONTHS), np.diff(schedule.first))[births],
    )


def test_births_are_near_the_infants_on_the_list(tables, circumstances):
    """Births of the first year against residents under one: independent tables, stated tolerance of 20%."""
    births = births_per_month(tables, circumstances, 12).sum()
    infants = (age_at_start(circumstances) == 0).sum()
    assert births == pytest.approx(infants, rel=0.2)


def test_in_migrants_balance_departures_to_the_net_migration(tables, circumstances):
    counts = count_residents(circumstances, len(tables.councils))
    leaving = (counts.sum(axis=3) * out_migration_hazard(tables)).sum(axis=(1, 2))
    arriving = in_migrants_per_year(tables, circumstances).sum(axis=(1, 2))
    net = tables.table("net_migration").groupby("council")["value"].sum()
    inflation = tables.list_size / residents_at_start(tables).sum()
    assert arriving - leaving == pytest.approx(inflation * net.loc[list(tables.councils)].to_numpy())


def test_mean_departure_hazard_gives_as_many_departures(tables, circumstances):
    counts = count_residents(circumstances, len(tables.councils))
    by_council = (counts.sum(axis=3) * out_migration_hazard(tables)).sum()
    by_quintile = (counts.sum(axis=0) * departure_hazard(tables, circumstances)).sum()
    assert by_quintile == pytest.approx(by_council)


def test_in_migrants_take_age_sex_and_council_from_their_group(tables, circumstances, schedule):
    migrants = schedule.columns["kind"] == IN_MIGRANT
    month = np.repeat(np.arange(MONTHS), np.diff(schedule.first))[migrants]
    age = (month - schedule.columns["birth_month"][migrants]) // 12
    assert age.min() >= 0
    expected = in_migrants_per_year(tables, circumstances) * MONTHS / 12
    starts = sorted(tables.table("out_migration")["age_from"].unique())
    band = np.searchsorted(starts, age, side="right") - 1
    found = np.zeros(expected.shape)
    np.add.at(found, (schedule.columns["council"][migrants], schedule.columns["sex"][migrants], band), 1)
    assert np.abs(found - expected).max() < 1


def test_neighbourhoods_of_entrants_are_those_of_their_council(tables, schedule):
    shares = tables.neighbourhoods[[f"share_{key}" for key in tables.councils]].to_numpy()
    assert (shares[schedule.columns["neighbourhood"], schedule.columns["council"]] > 0).all()
