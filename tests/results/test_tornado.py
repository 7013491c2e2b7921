"""Which figures matter and where conclusions turn: against theory, and by hand.

Rates of random tests are held to four standard errors: by chance alone one in sixteen thousand fails.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.comparison import Comparison
from results.uncertainty.conclusion import rests_on, settled_by, settling, turning_point, turns, weak_share
from results.uncertainty.figures import UncertainFigure, figures_of, varied, weakest
from results.uncertainty.tornado import adjusted_share, draws_needed, line, rank_correlation, tornado

DRAWS, REPLICATES = 80, 3
PERIOD = "2026/27"
NAME = "emergency_admissions"


def entry(name: str, grade: str, drawn: np.ndarray) -> dict[str, Any]:
    """A figure as a manifest holds it."""
    return {
        "name": name, "where": [f"some/{name}"], "value": 0.0, "low": -2.0, "high": 2.0, "unit": "units",
        "grade": grade, "source": "a test", "drawn": {str(k + 1): float(v) for k, v in enumerate(drawn)},
    }  # fmt: skip


def compared(draws: int, slopes: tuple[float, float, float], level: float, noise: float = 1.0) -> Any:
    """A comparison whose difference is level + slopes x three figures (graded A, C and C) and noise."""
    generator = np.random.default_rng([17, draws])
    x = generator.standard_normal((3, draws))
    own = level + slopes @ x + 0.0
    after = own[:, None] + noise * generator.standard_normal((draws, REPLICATES)) + 1000.0
    index = pd.MultiIndex.from_tuples([(PERIOD, "all")], names=["period", "level"])
    names = ("team/effects/0/multiplier", "team/uptake/mean", "team/costs/0/amount")
    entries = [entry(name, grade, row) for name, grade, row in zip(names, "ACC", x, strict=True)]
    base, run = SimpleNamespace(manifest={}), SimpleNamespace(manifest={"figures": entries})
    tables = {id(base): np.full(draws * REPLICATES, 1000.0), id(run): after.ravel()}
    return SimpleNamespace(
        baseline=base, scenarios=[run], drawn=draws > 1, draw_numbers=tuple(range(1, draws + 1)),
        replicates=tuple(range(REPLICATES)), names=_By("some"), labels=_By("Some"),
        draws=lambda one, name: pd.DataFrame([tables[id(one)]], index=index),
    ), run  # fmt: skip


class _By:
    """The same word for every run."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __getitem__(self, run: object) -> str:
        return self.word


def test_draws_needed_for_a_correlation_of_a_half() -> None:
    """Hulley's tables say 29 for Pearson's r = 0.5 at 5% and 80%; ranks take (1 + r^2 / 2) as many."""
    assert draws_needed(0.5) == 33
    assert draws_needed(0.5, 10) > draws_needed(0.5)
    assert draws_needed(0.3) > 2 * draws_needed(0.5)


def test_false_alarms_of_ten_figures_together() -> None:
    """Ten figures that do nothing.

    Any is called clear in at most 5% of 400 studies (limit: 4 standard errors).
    """
    generator = np.random.default_rng(23)
    alarms = 0
    for _ in range(400):
        y = generator.standard_normal(30)
        found = [rank_correlation(generator.standard_normal(30), y, 10) for _ in range(10)]
        alarms += any(low > 0 or high < 0 for _, low, high in found)
    assert alarms / 400 <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)


def test_power_at_the_number_of_draws_needed() -> None:
    """Ranks correlated by a half are seen in 80% of 400 studies of so many draws, or 4 errors fewer."""
    generator = np.random.default_rng(29)
    count = draws_needed(0.5)
    pearson = 2 * np.sin(np.pi * 0.5 / 6)  # of a normal pair whose rank correlation is a half
    seen = 0
    for _ in range(400):
        x, other = generator.standard_normal((2, count))
        low, high = rank_correlation(x, pearson * x + np.sqrt(1 - pearson**2) * other)[1:]
        seen += low > 0 or high < 0
    assert seen / 400 >= 0.8 - 4 * np.sqrt(0.8 * 0.2 / 400)


SERIES = st.lists(st.floats(-9, 9), min_size=6, max_size=20, unique=True).map(np.array)


@given(SERIES, st.floats(0.1, 5), st.floats(-3, 3), st.randoms(use_true_random=False))
def test_ranks_do_not_depend_on_order_or_scale(
    x: np.ndarray, factor: float, shift: float, chance: object
) -> None:
    y = x[::-1].copy()
    before = rank_correlation(x, y)
    order = np.arange(x.size)
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert rank_correlation(x[order], y[order]) == pytest.approx(before)
    assert rank_correlation(np.round(x * 2, 6), y) == pytest.approx(rank_correlation(np.round(x * 2, 6), y))
    assert rank_correlation(-x, y)[0] == pytest.approx(-before[0])
    assert line(x * factor + shift, y)[2] == pytest.approx(line(x, y)[2] / factor, rel=1e-6, abs=1e-9)


def test_a_figure_that_does_not_vary_has_no_correlation() -> None:
    assert np.isnan(rank_correlation(np.ones(9), np.arange(9.0))).all()
    assert np.isnan(rank_correlation(np.arange(4.0), np.arange(4.0))[1])  # too few draws for an interval


def test_adjusted_share_by_hand() -> None:
    """Y = x with one point off: R^2 by hand, then 1 - (1 - R^2) 4 / 3... with five points and one figure."""
    x, y = np.array([[1.0, 2, 3, 4, 5]]), np.array([1.0, 2, 3, 4, 7])
    r = np.corrcoef(x[0], y)[0, 1]
    assert adjusted_share(x, y) == pytest.approx(1 - (1 - r**2) * 4 / 3)
    assert np.isnan(adjusted_share(np.ones((4, 5)) * x, y))
    assert adjusted_share(np.empty((0, 5)), y) == 0.0


def test_the_largest_comes_first_and_is_clear() -> None:
    """3, 1 and 0 of three figures, 80 draws.

    Shares of variance 9, 1 and 0 of 10 + 1/3 (chance of 3 replicates).
    """
    comparison, run = compared(DRAWS, (3.0, 1.0, 0.0), -10.0)
    found = tornado(comparison, run, NAME, PERIOD)
    assert found.loc[0, "figure"] == "team: effects 1"
    assert found.loc[0, "clear"]
    assert not found.set_index("figure").loc["team: costs 1: amount", "clear"]
    assert found.loc[0, "share_of_variance"] == pytest.approx(9 / (10 + 1 / 3), abs=0.08)
    assert found.loc[0, "swing"] == pytest.approx(3 * (2 * 1.96), rel=0.25)
    assert found.loc[0, "swing_low"] < found.loc[0, "swing"] < found.loc[0, "swing_high"]


def test_what_is_due_to_weak_figures() -> None:
    """1 of 10 of the parameters' variance is of figures graded C (3^2 and 1^2); its interval holds that."""
    comparison, run = compared(DRAWS, (3.0, 1.0, 0.0), -10.0)
    share, low, high = weak_share(comparison, run, NAME, PERIOD)
    assert low <= 0.1 <= high
    assert share < 0.35
    comparison, run = compared(DRAWS, (0.0, 2.0, 2.0), -10.0)
    assert weak_share(comparison, run, NAME, PERIOD)[0] > 0.9


def test_a_conclusion_turns_where_the_line_meets_nothing() -> None:
    """-2 + 3 x meets nothing at 2/3."""
    comparison, run = compared(DRAWS, (3.0, 0.0, 0.0), -2.0, noise=0.1)
    found = turns(comparison, run, NAME, PERIOD).set_index(["conclusion", "figure"])
    row = found.loc[("direction", "team: effects 1")]
    assert row["turns_at"] == pytest.approx(2 / 3, abs=0.1)
    assert row["turns_low"] < 2 / 3 < row["turns_high"]
    assert row["state"] == "inside its range"
    assert found.loc[("direction", "team: costs 1: amount"), "state"] == "not clear"


def test_fiellers_interval_holds_the_truth() -> None:
    """In 95% of 400 studies of 30 draws (limit: 4 standard errors)."""
    generator = np.random.default_rng(31)
    inside = 0
    for _ in range(400):
        x = generator.standard_normal(30)
        turn = turning_point(x, 1 + 2 * x + generator.standard_normal(30), 0.0)
        inside += turn.low <= -0.5 <= turn.high
    assert abs(inside / 400 - 0.95) <= 4 * np.sqrt(0.95 * 0.05 / 400)


@given(st.floats(-3, 3), st.floats(0.5, 4), st.floats(-2, 2))
def test_a_line_without_noise_turns_exactly(height: float, slope: float, level: float) -> None:
    x = np.linspace(-1, 1, 9)
    assert turning_point(x, height + slope * x, level).at == pytest.approx((level - height) / slope, abs=1e-9)


def test_weak_figures_in_the_open() -> None:
    comparison, run = compared(DRAWS, (0.0, 3.0, 0.0), -10.0)
    (row,) = rests_on(comparison, run, NAME, PERIOD).itertuples()
    assert (row.weakest_grade, row.why, row.material) == (
        "C",
        "team: uptake: mean",
        "figures that clearly matter",
    )
    assert "register" in row.settled_by
    assert (row.weak_figures, row.figures, row.draws) == (2, 3, DRAWS)


def test_without_draws_it_says_so() -> None:
    comparison, run = compared(1, (1.0, 1.0, 1.0), -10.0)
    assert tornado(comparison, run, NAME, PERIOD).empty
    assert turns(comparison, run, NAME, PERIOD).empty
    (row,) = rests_on(comparison, run, NAME, PERIOD).itertuples()
    assert (row.material, row.draws, row.weakest_grade) == ("all uncertain figures", 0, "C")
    assert np.isnan(row.weak_share)


def test_runs_that_wrote_no_figures_have_none() -> None:
    comparison = cast(Comparison, SimpleNamespace(drawn=True, draw_numbers=(1, 2)))
    older = cast(Any, SimpleNamespace(manifest={}))
    assert figures_of(older) == ()
    assert varied(comparison, older) == ()
    assert weakest([]) == ""
    assert weakest(["A", "C", "B"]) == "C"


def test_every_kind_of_figure_of_the_library_has_a_data_set() -> None:
    """What scenarios leave uncertain can be settled by something local that is named, with its owner."""
    from scenarios.drawing import figures
    from scenarios.scenario import Scenario

    assert all(row["reason"] for row in settling())
    for name in ("home_first", "urgent_community_response", "tobacco_and_hypertension"):
        held = figures(Scenario.load(name).to_specification(), [1, 2], 7)
        assert held
        for one in held:
            (figure,) = figures_of(cast(Any, SimpleNamespace(manifest={"figures": [one]})))
            assert isinstance(figure, UncertainFigure)
            assert settled_by(figure), figure.where
