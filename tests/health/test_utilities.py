"""Utilities: the norms come back, the rule in plain words gives the same, and every loss is a loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.building import World, load_network, load_world
from sim.health.ages import by_sex_and_age
from sim.health.utilities import PARTS, POINTS_A_UNIT, Sums, Utilities, compile_utilities
from sim.observers.strata import mortality_band_of_age, mortality_bands
from sim.parameters import InputError
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS
from sim.settings import Settings
from sim.world import run_residents

WITHOUT_DECREMENT = {"other", "hypertension"}  # raised pressure has one, whether it was found or not
"""Conditions for which no decrement is published: see sim/parameters/utilities/README.md."""
YET_TO_COME = {"cancer", "cancer_breast", "cancer_bowel", "cancer_lung", "cancer_prostate", "cancer_other"}
"""In the catalogue for cancer as one condition and by site; residents have one or the other."""


@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(years=1))


@pytest.fixture(scope="module")
def residents(world: World) -> Residents:
    """The whole start population."""
    return run_residents(world, load_network(world.area, world.national), 0, 0, 1.0, 0)[0]


@pytest.fixture(scope="module")
def utilities(world: World, residents: Residents) -> Utilities:
    """Their utilities at the start."""
    made = compile_utilities(world.national, residents, world.people.residents)
    made.all(residents)
    return made


def test_every_condition_has_a_decrement_and_every_decrement_a_place(
    world: World, residents: Residents
) -> None:
    named = set(world.national.tables["utility_decrements"]["attribute"])
    own = {key for key, one in world.national.conditions.items() if "utility" in one.tables}
    assert set(world.national.conditions) - named - own == WITHOUT_DECREMENT
    assert named - set(residents.attributes) <= YET_TO_COME


def test_mean_utility_is_the_norm_by_sex_and_age(
    world: World, residents: Residents, utilities: Utilities
) -> None:
    """Built in: the healthy level is solved for it. Levels are whole ten-thousandths."""
    norm = by_sex_and_age(world.national.tables["utility_norm"])
    sex, age = residents.column("sex"), np.clip(residents.age_years, 0, 110)
    group = np.minimum(age // 5, 18)
    for s in (0, 1):
        for g in range(19):
            mine = np.flatnonzero((sex == s) & (group == g))
            assert utilities.of(mine).mean() == pytest.approx(norm[s, age[mine]].mean(), abs=2e-4)


def test_share_limited_is_the_share_disabled_by_sex_and_age(
    residents: Residents, utilities: Utilities
) -> None:
    """Built in; by deprivation it follows from health and is compared in the validation."""
    sex, group = residents.column("sex"), np.clip(residents.age_years // 5, 0, 18)
    disabled = residents.column("disabled")
    for s in (0, 1):
        for g in range(19):
            mine = np.flatnonzero((sex == s) & (group == g))
            limited = 1 - utilities.unlimited(residents, mine).mean()
            assert limited == pytest.approx(disabled[mine].mean(), abs=1e-6)


def test_the_rule_in_plain_words_gives_the_same(
    world: World, residents: Residents, utilities: Utilities
) -> None:
    """One resident at a time, from the tables."""
    rows = world.national.tables["utility_decrements"]
    adjustment = world.national.tables["utility_number"].set_index("conditions")["value"]
    for row in range(0, residents.size, residents.size // 500):
        person = residents[row]
        has: dict[str, list[float]] = {part: [] for part in PARTS}
        for one in rows.itertuples():
            if one.attribute not in residents.attributes:
                continue
            labels = residents.attributes[one.attribute].labels
            if getattr(person, one.attribute) in (labels[1:] if one.level == "any" else (one.level,)):
                has[one.part].append(one.value)
        number = min(len(has[PARTS[0]]), int(adjustment.index.max()))
        total = sum(has[PARTS[0]]) + adjustment.get(number, 0.0) + sum(has[PARTS[1]])
        total += min(has[PARTS[2]], default=0.0)
        sex = residents.column("sex")[row]
        level = utilities.scoring.level[sex, min(person.age_years // 5, 18)] / POINTS_A_UNIT
        expected = min(1.0, max(0.1, level + total))
        assert utilities.of(np.array([row]))[0] == pytest.approx(expected, abs=0.001)


def test_sums_are_of_everyone(residents: Residents, utilities: Utilities) -> None:
    bands = mortality_band_of_age()
    n_cells = int(residents.cell.max()) + 1
    sums = Sums.room(n_cells, (2, 2, 5, len(mortality_bands())))
    utilities.sums(residents, bands, sums)
    everyone = np.arange(residents.size)
    assert sums.by_cell.sum() == sums.scored.sum() == utilities.score[: residents.size].sum(dtype=np.int64)
    assert sums.unlimited.sum() == pytest.approx(utilities.unlimited(residents, everyone).sum())
    of_age = sums.by_cell.reshape(-1, len(AGE_BANDS)).sum(axis=0)
    oldest = np.flatnonzero(residents.age_years >= 85)
    assert of_age[-1] == utilities.score[oldest].sum(dtype=np.int64)


def _few(residents: Residents, condition: float, disabled: float, people: int) -> dict[str, np.ndarray]:
    """Return a start population of one sex and age in which some have dementia and some are disabled."""
    start = {name: np.zeros(people, np.uint8) for name in residents.attributes}
    start["birth_month"] = np.full(people, -12 * 70, np.int16)
    start["dementia"] = (np.arange(people) < condition * people).astype(np.uint8)
    start["disabled"] = (np.arange(people) < disabled * people).astype(np.uint8)
    return start


@given(condition=st.floats(0, 1), disabled=st.floats(0, 1), people=st.integers(1, 300))
def test_norms_come_back_whatever_the_illness(
    world: World, residents: Residents, condition: float, disabled: float, people: int
) -> None:
    """Unless limits forbid it: the healthy cannot be better than in full health."""
    start = _few(residents, condition, disabled, people)
    scoring = compile_utilities(world.national, residents, start).scoring
    norm = by_sex_and_age(world.national.tables["utility_norm"])[0, 70]
    loss = -0.2166 * start["dementia"].astype(float)
    mean = np.clip(scoring.level[0, 14] / POINTS_A_UNIT + loss, 0.1, 1.0).mean()
    assert mean == pytest.approx(norm, abs=2e-4)


def test_an_unknown_level_is_refused_by_name(world: World, residents: Residents) -> None:
    rows = world.national.tables["utility_decrements"].copy()
    rows.loc[rows["level"] == "moderate", "level"] = "modrate"
    tables = {**world.national.tables, "utility_decrements": rows}
    with pytest.raises(InputError, match="did you mean 'moderate'"):
        compile_utilities(replace(world.national, tables=tables), residents, world.people.residents)


def test_a_condition_brings_its_own_decrement_and_not_two(world: World, residents: Residents) -> None:
    own = pd.DataFrame({"level": ["any"], "value": [-0.05]})
    national = world.national
    made = {}
    for key in ("other", "asthma"):
        one = national.conditions[key]
        changed = {**national.conditions, key: replace(one, tables={**one.tables, "utility": own})}
        made[key] = replace(national, conditions=changed)
    before = compile_utilities(national, residents, world.people.residents).scoring
    after = compile_utilities(made["other"], residents, world.people.residents).scoring
    assert after.counted == before.counted + 1
    assert (after.level[:, 8:] > before.level[:, 8:]).all()  # others are healthier at the same mean
    with pytest.raises(InputError, match="both places"):
        compile_utilities(made["asthma"], residents, world.people.residents)


def test_being_found_with_raised_pressure_costs_no_health(
    world: World, residents: Residents, utilities: Utilities
) -> None:
    """To find people is not to make them ill: the same resident scores the same before and after."""
    column, register = residents.column_of["blood_pressure"], residents.column_of["hypertension"]
    rows = np.flatnonzero(residents.columns[: residents.size, column] == 1)[:500]
    before = utilities.of(rows)
    kept = residents.columns[rows].copy()
    try:
        residents.columns[rows, column], residents.columns[rows, register] = 2, 1
        utilities.rows(residents, rows)
        assert np.array_equal(utilities.of(rows), before)
    finally:
        residents.columns[rows] = kept
        utilities.rows(residents, rows)
