"""Inclusion-health groups have their published counts, and change nobody else's circumstances."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from sim.parameters.errors import InputError
from sim.population.circumstances import count_residents, draw_circumstances, fit_circumstances
from sim.population.inclusion import INCLUSION_GROUPS, draw_group, inclusion_shares
from tests.population.conftest import SEED

FALSE_ALARM = 1e-6


def test_expected_people_are_those_published(tables, circumstances):
    counts = count_residents(circumstances, len(tables.councils))
    shares = inclusion_shares(tables, counts)
    assert shares.min() >= 0.0
    assert shares.sum(axis=-1).max() < 0.2
    found = (shares * counts[..., None]).sum(axis=(1, 2, 3))
    table = tables.table("inclusion")
    for group in ("homeless", "asylum_seeker"):
        rows = table[(table["group"] == group) & (table["measure"] == "persons")].set_index("council")
        assert found[:, INCLUSION_GROUPS.index(group) - 1] == pytest.approx(
            rows.loc[list(tables.councils), "value"].to_numpy()
        )
    adults = counts[:, :, 15:65].sum(axis=(1, 2, 3))
    assert found[:, INCLUSION_GROUPS.index("drug_dependence") - 1] == pytest.approx(0.0095 * adults)


def test_drawn_people_are_as_many(tables, circumstances):
    """Each council x group within what independent draws give; false-alarm rate 1e-6 for the family."""
    counts = count_residents(circumstances, len(tables.councils))
    expected = (inclusion_shares(tables, counts) * counts[..., None]).sum(axis=(1, 2, 3))
    groups = len(INCLUSION_GROUPS)
    index = circumstances["council"].astype(int) * groups + circumstances["inclusion_group"]
    found = np.bincount(index, minlength=expected.shape[0] * groups).reshape(-1, groups)[:, 1:]
    enough = expected > 25  # where the normal law is good enough for so small a tail
    z = (found - expected)[enough] / np.sqrt(expected[enough])
    assert np.abs(z).max() < norm.isf(FALSE_ALARM / 2 / z.size)


def test_other_circumstances_do_not_depend_on_the_groups(tables, circumstances):
    shares = fit_circumstances(tables, circumstances)
    person = np.arange(circumstances["sex"].size, dtype=np.uint32)
    without = draw_circumstances(
        replace(shares, inclusion=np.zeros_like(shares.inclusion)), circumstances, person, SEED
    )
    assert not without["inclusion_group"].any()
    for name, values in without.items():
        if name != "inclusion_group":
            np.testing.assert_array_equal(values, circumstances[name])


def test_a_uniform_falls_into_one_group():
    shares = np.array([[0.1, 0.2, 0.3]] * 4)
    assert draw_group(shares, np.array([0.05, 0.15, 0.45, 0.75])).tolist() == [1, 2, 3, 0]


def test_an_unknown_group_is_refused(tables, circumstances):
    table = tables.table("inclusion").replace({"group": {"homeless": "homles"}})
    wrong = replace(tables, tables={**tables.tables, "inclusion": table})
    with pytest.raises(InputError) as caught:
        inclusion_shares(wrong, count_residents(circumstances, 2))
    assert caught.value.nearest == "homeless"
