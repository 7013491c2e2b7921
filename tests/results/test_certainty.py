"""Shares and their intervals, ranks, spread and targets: against theory and by hand.

Where numbers are random the false-alarm rate is stated; seeds are fixed, so that a test passes or fails once.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.comparison import Comparison
from results.statistics import components, total_variance
from results.uncertainty.ranks import first_shares, mean_ranks, ranks
from results.uncertainty.repeated import effective_number, share_interval
from results.uncertainty.settings import setting
from results.uncertainty.spread import spread
from results.uncertainty.targets import TABLE, meeting, targets
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

UNITS = st.integers(1, 5).flatmap(
    lambda draws: st.tuples(
        st.just(draws),
        st.lists(st.floats(-100, 100), min_size=draws * 3, max_size=draws * 3).map(np.array),
    )
)


@given(UNITS)
def test_the_law_of_total_variance(given_units: tuple[int, np.ndarray]) -> None:
    """The parts add up to the variance of all units."""
    draws, units = given_units
    within, between = total_variance(units, draws)
    assert within + between == pytest.approx(units.var(), abs=1e-6)
    assert within >= 0
    assert between >= 0


@given(UNITS, st.floats(-50, 50), st.floats(0.1, 10))
def test_components_do_not_depend_on_place_and_grow_with_the_square_of_scale(
    given_units: tuple[int, np.ndarray], shift: float, factor: float
) -> None:
    draws, units = given_units
    before, after = components(units, draws), components(units * factor + shift, draws)
    for name in ("parameters", "replicates", "residual"):
        expected = getattr(before, name) * factor**2
        np.testing.assert_allclose(getattr(after, name), expected, rtol=1e-6, atol=1e-6)


def test_jeffreys_interval_of_the_paper() -> None:
    """Brown, Cai and DasGupta (2001): Beta(x + 1/2, n - x + 1/2); 0 of 10 goes from 0 to 0.217."""
    none = share_interval(np.zeros(10))
    assert none == pytest.approx((0.0, 0.0, 0.2172), abs=0.0002)
    assert share_interval(np.ones(10)) == pytest.approx((1.0, 1 - 0.2172, 1.0), abs=0.0002)
    assert share_interval(np.array([])) != share_interval(np.zeros(1))


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_a_share_and_its_complement_mirror(inside: list[bool], chance: object) -> None:
    table = np.array(inside, dtype=float)
    share, low, high = share_interval(table)
    other = share_interval(1 - table)
    assert (share, low, high) == pytest.approx((1 - other[0], 1 - other[2], 1 - other[1]))
    chance.shuffle(inside)  # type: ignore[attr-defined]
    assert share_interval(np.array(inside, dtype=float)) == pytest.approx((share, low, high))


def test_repeated_chance_is_not_more_evidence() -> None:
    """A run that is the same in every draw knows no more than its replicates, whatever the draws."""
    own = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    assert effective_number(np.tile(own, 50), 50) == pytest.approx(6, rel=0.25)
    assert effective_number(np.ones(50 * 4), 50) == 4
    independent = np.random.default_rng(8).integers(0, 2, 50 * 4)
    assert effective_number(independent, 50) > 60


def test_ranks_by_hand() -> None:
    numbers = [[3, 1, 2], [1, 1, 5], [2, 0, 2]]
    assert first_shares(numbers) == pytest.approx([0.5, 0.5, 0.0])
    assert mean_ranks(numbers) == pytest.approx([(1 + 1.5 + 2.5) / 3, (3 + 1.5 + 1) / 3, (2 + 3 + 2.5) / 3])


TABLES = st.integers(2, 4).flatmap(
    lambda rows: st.lists(st.lists(st.integers(-5, 5), min_size=rows, max_size=rows), min_size=1, max_size=8)
)


@given(TABLES, st.randoms(use_true_random=False))
def test_first_shares_add_up_and_follow_the_rows(columns: list[list[int]], chance: object) -> None:
    numbers = np.array(columns, dtype=float).T
    shares = first_shares(numbers)
    assert shares.sum() == pytest.approx(1)
    order = np.arange(len(numbers))
    chance.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_allclose(first_shares(numbers[order]), shares[order])
    np.testing.assert_allclose(first_shares(3 * numbers - 7), shares)


@given(st.integers(2, 5), st.integers(1, 6))
def test_equal_scenarios_share_the_first_place(rows: int, columns: int) -> None:
    np.testing.assert_allclose(first_shares(np.ones((rows, columns))), 1 / rows)


def test_ranks_of_runs(runs: list[Path]) -> None:
    """Who takes admissions away is first in every repeat; the rest tie or differ by their jitter."""
    found = ranks(Comparison(runs), "emergency_admissions", "2027/28").set_index("run")
    assert found.loc["prevention", "first"] == 1
    assert found["first"].sum() == pytest.approx(1)
    assert found.loc["prevention", "mean_rank"] == 1
    assert (found["of"] == "3 repeat runs (chance alone)").all()
    assert ranks(Comparison(runs), "gp_appointments", "2027/28").empty  # neither way is better


def test_spread_keeps_chance_and_parameters_apart(runs: list[Path]) -> None:
    """Without draws nothing is known of parameters; chance in the mean is that of one run over sqrt(n)."""
    found = spread(Comparison(runs), ["emergency_admissions", "life_expectancy_birth"], "2027/28")
    assert found["of_parameters"].isna().all()
    np.testing.assert_allclose(found["error_of_mean"], found["of_chance"] / np.sqrt(3), rtol=1e-6)


HEAD = "id,label,area,measure,dimension,level,limit,value,unit,by,source,grade,owner,reason\n"
ROW = "X1,Fewer,dorset,{measure},all,all,{limit},{value},admissions,{by},{source},PLAN,lead,for a test\n"
GOOD = {
    "measure": "emergency_admissions",
    "limit": "at_most",
    "value": "98000",
    "by": "2026/27",
    "source": "s",
}


def table_of(folder: Path, **changes: str) -> Path:
    path = folder / "targets.csv"
    path.write_text(HEAD + ROW.format(**(GOOD | changes)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "emergency_admission"}, "emergency_admissions"),
        ({"limit": "under"}, "at_most"),
        ({"by": ""}, "2029-03"),
        ({"source": ""}, "where it is said"),
        ({"value": "few"}, "a number"),
    ],
)
def test_a_target_must_say_what_how_much_and_by_when(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        targets(table_of(tmp_path, **change))


def test_targets_of_the_plan_name_measures_and_times() -> None:
    assert len(targets(TABLE)) >= 6
    assert all(one.by and one.source and one.reason for one in targets(TABLE))


def test_the_probability_of_meeting_a_target_by_hand(tmp_path: Path) -> None:
    """Replicates of 3% noise lie on both sides of the mean: the share is counted; a fall meets it in all."""
    fall = {"emergency_admissions": {"quintile:1": -2000.0}}
    runs = [
        make_run(tmp_path / "baseline", replicates=8),
        make_run(tmp_path / "less", "less", effect=fall, replicates=8),
    ]
    comparison = Comparison(runs)
    units = comparison.draws(comparison.baseline, "emergency_admissions").loc[("2026/27", "all")].to_numpy()
    aim = float(np.sort(units)[2])
    found = meeting(comparison, table_of(tmp_path, value=repr(aim))).set_index("run")
    assert found.loc["baseline", "probability"] == pytest.approx(3 / 8)
    assert found.loc["less", "probability"] == 1
    assert found.loc["baseline", "probability_low"] < 3 / 8 < found.loc["baseline", "probability_high"]
    later = tmp_path / "later"
    later.mkdir()
    after = meeting(comparison, table_of(later, by="2031-03"))
    assert set(after["state"]) == {"after the run's end"}
    gone = tmp_path / "gone"
    gone.mkdir()
    assert meeting(comparison, table_of(gone, by="2019/20")).empty
    shutil.rmtree(tmp_path / "less")


def test_settings_are_named() -> None:
    assert setting("power") == 0.8
    with pytest.raises(InputError, match="run_length"):
        setting("run_lenght")
