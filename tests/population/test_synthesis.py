"""The start population has the joint totals of the tables it was made from."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.parameters.errors import InputError
from sim.population.circumstances import age_at_start, count_residents, fit_circumstances
from sim.population.cohort import spread_oldest
from sim.population.draws import ill_health, uniforms
from sim.population.inputs import start_in_years
from sim.population.outlook import residents_at_start
from sim.population.residuals import fit_residuals
from sim.population.strata import age_band_of_year, cell_index
from sim.population.synthesis import joint_table, start_population
from tests.population.conftest import SEED

FALSE_ALARM = 1e-6
"""Chance that a whole family of comparisons fails although nothing is wrong."""


def test_everyone_on_the_list_is_there_once(area, circumstances):
    assert {values.size for values in circumstances.values()} == {area.description.list_size}


def test_residents_equal_the_integerised_joint_exactly(joint, circumstances):
    index = tuple(circumstances[name] for name in ("neighbourhood", "council", "quintile", "sex"))
    counts = np.zeros_like(joint.counts)
    np.add.at(counts, (*index, age_at_start(circumstances)), 1)
    np.testing.assert_array_equal(counts, joint.counts)


def test_one_way_totals_are_within_one_person_of_their_targets(joint):
    asked = joint.margins.people
    counts = joint.counts
    band = age_band_of_year()
    for found, target, tolerance in (
        (counts.sum(axis=(0, 2, 3, 4)), asked.sum(axis=(1, 2, 3)), 2),  # council: two sexes, each within one
        (counts.sum(axis=(0, 1, 2, 4)), asked.sum(axis=(0, 2, 3)), 2),  # sex: two councils
        (counts.sum(axis=(0, 1, 3, 4)), asked.sum(axis=(0, 1, 2)), 1),  # quintile
        (counts.sum(axis=(0, 1, 2, 3)), asked.sum(axis=(0, 1, 3)), 1),  # year of age
        (counts.sum(axis=(1, 2, 3, 4)), joint.margins.lists, 1),  # neighbourhood
        (np.bincount(band, counts.sum(axis=(0, 1, 2, 3))), np.bincount(band, asked.sum(axis=(0, 1, 3))), 27),
    ):
        assert np.abs(found - target).max() <= tolerance


def test_residual_table_is_within_its_stated_tolerances(tables, joint):
    table = fit_residuals(tables, joint).set_index(["target", "kind"])
    assert table.xs("built in", level="kind")["largest_gap"].max() < 2
    assert table.xs("after agreement", level="kind")["misplaced"].max() < 5e-4
    published = table.xs("as published", level="kind")["misplaced"]
    assert published["neighbourhood x council"] < 0.005
    assert published["neighbourhood x quintile"] < 0.005
    assert published["neighbourhood x list age group"] < 0.05  # lists of 2020 against residents of 2026


def test_impossible_cells_are_empty(tables, joint):
    shares = tables.neighbourhoods[[f"share_{key}" for key in tables.councils]].to_numpy()
    assert (joint.counts.sum(axis=(2, 3, 4))[shares == 0] == 0).all()


def test_residents_are_sorted_by_cell_and_then_age(area, circumstances):
    age = age_at_start(circumstances)
    names = ("neighbourhood", "council", "quintile", "sex")
    cell = cell_index(
        *(circumstances[name] for name in names), age_band_of_year()[age], len(area.council_keys)
    )
    order = cell.astype(np.int64) * 2000 - circumstances["birth_month"]
    assert (np.diff(order) >= 0).all()


def test_birthdays_are_spread_over_the_year(circumstances):
    months = np.bincount(-circumstances["birth_month"].astype(np.int64) % 12, minlength=12)
    assert months.max() / months.min() < 1.02


def test_same_seed_same_people_other_seed_other_people_same_totals(area, circumstances, joint, tables):
    again = start_population(area, SEED)
    for name, values in circumstances.items():
        np.testing.assert_array_equal(values, again[name])
    other = joint_table(tables, SEED + 1)
    assert (other.counts != joint.counts).any()
    np.testing.assert_array_equal(other.counts.sum(axis=0), joint.counts.sum(axis=0))


def test_the_oldest_are_spread_without_loss():
    counts = np.ones((1, 2, 91))
    spread = spread_oldest(counts, np.full((2, 111), 0.2))
    np.testing.assert_allclose(spread[..., 90:].sum(axis=-1), 1.0)
    assert (np.diff(spread[0, 0, 90:]) < 0).all()


def test_residents_lie_between_the_projections_around_the_start(tables):
    table = tables.table("projections")
    totals = table.groupby("projection_year")["value"].sum()
    low, high = sorted((totals.loc[int(tables.start) - 1], totals.loc[int(tables.start)]))
    assert low <= residents_at_start(tables).sum() <= high


@pytest.mark.parametrize("name", ["lives_alone", "unpaid_carer", "disabled", "care_home"])
def test_circumstances_have_the_fitted_shares(tables, circumstances, name):
    """Each sex x year of age within what independent draws give; false-alarm rate 1e-6 for the family."""
    shares = fit_circumstances(tables, circumstances)
    share = getattr(shares, name) * (1.0 if name in ("care_home", "disabled") else 1 - shares.care_home)
    counts = count_residents(circumstances, len(tables.councils))
    sex, age = circumstances["sex"], age_at_start(circumstances)
    found = np.bincount(sex.astype(int) * 111 + age, circumstances[name], minlength=222).reshape(2, 111)
    expected = (counts * share).sum(axis=(0, 3))
    variance = (counts * share * (1 - share)).sum(axis=(0, 3))
    enough = variance > 25  # where the normal law is good enough for so small a tail
    z = (found - expected)[enough] / np.sqrt(variance[enough])
    assert np.abs(z).max() < norm.isf(FALSE_ALARM / 2 / z.size)
    assert (found[variance == 0] == 0).all()


def test_ethnic_groups_have_the_councils_shares(tables, circumstances):
    """Each council x group within what independent draws give; false-alarm rate 1e-6 for the family."""
    fitted = fit_circumstances(tables, circumstances).ethnic_group
    counts = count_residents(circumstances, len(tables.councils)).sum(axis=(1, 2))
    expected = (fitted * counts[..., np.newaxis]).sum(axis=1)
    index = circumstances["council"].astype(int) * fitted.shape[-1] + circumstances["ethnic_group"]
    found = np.bincount(index, minlength=expected.size).reshape(expected.shape)
    z = (found - expected) / np.sqrt(expected * (1 - expected / counts.sum(axis=1, keepdims=True)))
    assert np.abs(z).max() < norm.isf(FALSE_ALARM / 2 / z.size)
    np.testing.assert_allclose(fitted.sum(axis=-1), 1.0, atol=1e-6)


def test_nobody_in_a_care_home_lives_alone_or_is_under_65(circumstances):
    living = circumstances["care_home"] == 1
    assert not circumstances["lives_alone"][living].any()
    assert age_at_start(circumstances)[living].min() >= 65


def test_deciles_lie_in_their_quintiles(circumstances):
    np.testing.assert_array_equal(circumstances["decile"] // 2, circumstances["quintile"])


def test_draws_depend_on_identity_alone():
    ids = np.arange(1000, dtype=np.uint32)
    whole = uniforms(ids, "test", SEED)
    np.testing.assert_array_equal(uniforms(ids[::-7], "test", SEED), whole[::-7])
    assert (uniforms(ids, "other", SEED) != whole).all()
    assert abs(ill_health(ids, SEED).mean()) < norm.isf(FALSE_ALARM / 2) / np.sqrt(ids.size)


def test_start_month_is_read_or_refused():
    assert start_in_years("2026-04") == pytest.approx(2026.25)
    with pytest.raises(InputError, match="YYYY-MM"):
        start_in_years("2026-13")
