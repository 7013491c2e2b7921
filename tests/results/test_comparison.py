"""Paired differences with known answers, and the statistics behind them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from results import Comparison
from results.comparison import DIFFERENCE_COLUMNS
from results.statistics import further_replicates, mean_interval, variance_reduction
from results.thresholds import threshold
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run


def test_five_fewer_admissions_a_month_in_the_most_deprived_fifth(pair: list[Path]) -> None:
    comparison = Comparison(pair)
    by_fifth = comparison.differences("emergency_admissions", "quintile").set_index("level")
    assert by_fifth.loc["1", "difference"] == pytest.approx(-60)
    assert by_fifth.loc[["2", "3", "4", "5"], "difference"].tolist() == [0, 0, 0, 0]
    assert by_fifth.loc["2", "verdict"] == "identical"
    whole = comparison.differences("emergency_admissions").iloc[0]
    assert whole["difference"] == pytest.approx(-60)
    assert whole["low"] == pytest.approx(-60) and whole["high"] == pytest.approx(-60)
    assert bool(whole["better"])
    assert list(comparison.differences("deaths").columns) == DIFFERENCE_COLUMNS


def test_occupied_beds_of_no_criteria_to_reside(pair: list[Path]) -> None:
    """310 days fewer each month over 365 days."""
    found = Comparison(pair).differences("nctr_daily").iloc[0]
    assert found["difference"] == pytest.approx(-310 * 12 / 365)
    assert found["verdict"] == "change"


def test_inequality_follows_the_fifths(pair: list[Path]) -> None:
    found = Comparison(pair).differences("emergency_admission_rate", "inequality").set_index("level")
    people = 827_000 / 5
    assert found.loc["absolute_gap", "difference"] == pytest.approx(-60 / people * 1000)
    assert found.loc["slope_index", "difference"] == pytest.approx(-60 / people * 1000)
    assert bool(found.loc["absolute_gap", "better"])
    assert found.loc["relative_gap", "baseline"] == pytest.approx(1.5)
    assert found.loc["concentration_index", "baseline"] == pytest.approx(-0.08)


def test_fewer_deaths_lengthen_lives(pair: list[Path]) -> None:
    found = Comparison(pair).differences("life_expectancy_birth", "sex")
    assert (found["difference"] > 0.3).all() and found["better"].all()


def test_a_run_against_itself_is_identical(pair: list[Path], tmp_path: Path) -> None:
    twin = make_run(tmp_path / "twin", "other")
    found = Comparison([pair[0], twin]).differences("emergency_admissions", "neighbourhood")
    assert (found["difference"] == 0).all() and (found["verdict"] == "identical").all()


def test_pairing_removes_what_replicates_share(runs: list[Path]) -> None:
    found = Comparison(runs).differences("emergency_admissions")
    assert (found["variance_reduction"] > 20).all()


def test_the_baseline_is_found_or_named(pair: list[Path]) -> None:
    assert Comparison(pair[::-1]).baseline.scenario["name"] == "baseline"
    assert Comparison(pair, baseline="less").baseline.name == "less"
    assert Comparison(pair, baseline="less_admitted").baseline.name == "less"
    with pytest.raises(InputError, match="did you mean 'baseline'"):
        Comparison(pair, baseline="base_line")
    with pytest.raises(InputError, match="at least one"):
        Comparison([])


@pytest.mark.parametrize("key", ["area", "start", "years", "scale", "seed"])
def test_unlike_runs_are_refused(pair: list[Path], tmp_path: Path, key: str) -> None:
    other = {"area": "elsewhere", "start": "2027-04", "years": 2, "scale": 0.5, "seed": 2}[key]
    manifest = {"years": 1.0, key: other}
    unlike = make_run(tmp_path / "unlike", "x", replicates=1, months=1, manifest=manifest)
    with pytest.raises(InputError, match=f"json: {key}: found"):
        Comparison([pair[0], unlike])


def test_one_replicate_has_no_interval(tmp_path: Path) -> None:
    effect = {"deaths": {"quintile:1": -50.0}}
    alone = [
        make_run(tmp_path / "baseline", replicates=1),
        make_run(tmp_path / "b", "b", replicates=1, effect=effect),
    ]
    found = Comparison(alone).differences("deaths").iloc[0]
    assert found["verdict"] == "no_interval" and math.isnan(found["low"])


def test_only_shared_replicates_are_compared(tmp_path: Path) -> None:
    unequal = [make_run(tmp_path / "baseline", replicates=2), make_run(tmp_path / "b", "b", replicates=3)]
    assert Comparison(unequal).replicates == (1, 2)
    comparison = Comparison(unequal)
    assert list(comparison.draws(comparison.scenarios[0], "deaths").columns) == [1, 2]


draws = st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=2, max_size=30)


@given(sample=draws)
def test_intervals_are_those_of_a_t_test(sample: list[float]) -> None:
    mean, low, high, spread = mean_interval(sample)
    deviation = np.std(sample, ddof=1)
    half = stats.t.ppf(0.975, len(sample) - 1) * deviation / np.sqrt(len(sample))
    near = {"rel": 1e-6, "abs": 1e-6}
    assert mean == pytest.approx(np.mean(sample), **near)
    assert (float(low), float(high)) == (
        pytest.approx(np.mean(sample) - half, **near),
        pytest.approx(np.mean(sample) + half, **near),
    )
    assert spread == pytest.approx(deviation, **near)


@given(mean=st.floats(0.05, 5), spread=st.floats(0.01, 5), done=st.integers(2, 50))
def test_further_replicates_are_just_enough(mean: float, spread: float, done: int) -> None:
    more = float(further_replicates(mean, spread, done))
    if math.isinf(more):
        return

    def half(n: float) -> float:
        return float(stats.t.ppf(0.975, n - 1)) * spread / math.sqrt(n)

    assert half(done + more) < mean * (1 + 1e-9)
    if more > 0:
        assert half(done + more - 1) >= mean * (1 - 1e-9)


def test_replicates_at_the_edges() -> None:
    assert np.isinf(further_replicates(0.0, 1.0, 5))
    assert np.isnan(further_replicates(1.0, np.nan, 1))
    assert further_replicates(1.0, 0.0, 5) == 0
    assert np.isnan(variance_reduction([1.0], [2.0]))


def test_variance_reduction_by_hand() -> None:
    """Levels 1, 2, 3 and 2, 3, 5: variances 1 and 7/3; differences 1, 1, 2 with variance 1/3: ten times."""
    assert variance_reduction([2.0, 3.0, 5.0], [1.0, 2.0, 3.0]) == pytest.approx((1 + 7 / 3) / (1 / 3))


def test_thresholds_have_sources_and_fall_back() -> None:
    assert threshold("four_hour_share").basis == "absolute"
    assert threshold("gp_appointments").size(200.0) == pytest.approx(2.0)
    assert threshold("gp_appointments", "relative_gap").size(1.5) == pytest.approx(0.01)
