"""Moves of ranked risk factors: null when nobody is reached, lasting over birthdays, reverting."""

from __future__ import annotations

import numpy as np
import pytest

from sim.health.ranked import Ranked
from sim.interventions.rank_moves import RankMoves
from sim.interventions.specification import CohortProgramme, Eligibility, Estimate, LevelMove, Uptake
from sim.population.residents import NOT_REACHED, Attribute, Residents

N = 20_000
KEY = np.array([3, 4], np.uint32)
LABELS = ("normal", "overweight", "obese", "severe")
CUTS = (-0.4, 0.5, 1.3)


def number(value: float) -> Estimate:
    """Return a figure without an interval."""
    return Estimate(value=value, low=value, high=value, unit="-", source="test", grade="C")


def programme(probability: float, reverts: float | None = None) -> CohortProgramme:
    """Return a weight programme for the obese."""
    return CohortProgramme(
        key="weight", label="Weight", start="2026-04", eligible=Eligibility(),
        uptake=Uptake(mean=number(1.0)),
        moves=(
            LevelMove(
                factor="bmi", from_level="obese", to_level="overweight", probability=number(probability),
                reverts_per_year=None if reverts is None else number(reverts),
            ),
        ),
    )  # fmt: skip


@pytest.fixture
def residents() -> Residents:
    """Adults of one sex and quintile with a month of birth each."""
    named = [
        Attribute(name="sex", labels=("male", "female"), description="-"),
        Attribute(name="quintile", labels=("1", "2", "3", "4", "5"), description="-"),
        Attribute(name="bmi", labels=LABELS, description="-"),
    ]
    people = Residents([Attribute(name="status", description="-"), *named], N, 0, 1, 120)
    person = np.arange(N, dtype=np.uint32)
    born = (-(300 + np.arange(N) % 480)).astype(np.int16)
    codes = {name: np.zeros(N, np.uint8) for name in people.column_of}
    people.add(person, born, codes)
    return people


def ranks(residents: Residents, item: CohortProgramme) -> RankMoves:
    """Return the moves of one programme on one ranked factor."""
    edge = np.full((1, 2, 111, 5, 4), np.inf)
    edge[..., :3] = CUTS
    ranked = Ranked(
        column=np.array([residents.column_of["bmi"]]), stream=np.array([7], np.uint32),
        lasting=np.array([0.6]), step_years=np.array([5]), drift=np.zeros(1), edge=edge,
    )  # fmt: skip
    return RankMoves([item], residents, ranked, 24_300, KEY, KEY)


def levels(residents: Residents, item: CohortProgramme, month: int) -> np.ndarray:
    """Return levels in a month."""
    ranks(residents, item).read(np.arange(N), month)
    return residents.column("bmi").copy()


def test_nobody_reached_changes_nothing(residents):
    alone = levels(residents, programme(0.0), 5)
    np.testing.assert_array_equal(levels(residents, programme(1.0), 5), alone)


def test_the_obese_who_are_reached_are_one_level_lower_for_as_long_as_it_lasts(residents):
    """Those obese when reached follow their rank one level lower at every later age; others keep theirs."""
    alone = {month: levels(residents, programme(0.0), month) for month in (5, 6, 30, 90)}
    residents.reached[:, 0] = 5
    for month in (6, 30, 90):
        found = levels(residents, programme(1.0), month)
        moved = alone[5] == 2
        np.testing.assert_array_equal(found[moved], np.maximum(alone[month][moved].astype(int) - 1, 0))
        np.testing.assert_array_equal(found[~moved], alone[month][~moved])


def test_probability_and_reverting_are_the_stated_ones(residents):
    """Shares within 5 standard errors: a half moved at once; exp(-2 x 0.5) of them still after two years."""
    alone = levels(residents, programme(0.0), 0)
    residents.reached[:, 0] = 0
    chosen = alone == 2
    for month, asked in ((0, 0.5), (24, 0.5 * np.exp(-1.0))):
        base = levels(residents, programme(0.0), month)
        found = levels(residents, programme(0.5, reverts=0.5), month)
        share = (found != base)[chosen & (base > 0)].mean()
        assert abs(share - asked) < 5 * np.sqrt(asked * (1 - asked) / (chosen & (base > 0)).sum()), month


def test_a_higher_probability_moves_all_of_those_and_more(residents):
    """Monotone: one keyed number decides."""
    residents.reached[:, 0] = 3
    few, many = levels(residents, programme(0.3), 8), levels(residents, programme(0.6), 8)
    assert (many <= few).all() and (many < few).any()
    residents.reached[:, 0] = NOT_REACHED
