"""Waves keep what could be right, say what conflicts, and end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.fitting import (
    Waves,
    after_runs,
    fit_emulators,
    history_match,
    in_batches,
    monte_carlo_error,
    next_design,
    pair_matrices,
    run,
    space_filling,
)
from calibration.fitting.history_matching import Match
from calibration.fitting.implausibility import Implausibility, conflict
from tests.calibration.fitting.cheap import NAMES, straight, straight_problem

SEEDS = range(4)


@pytest.fixture(scope="module")
def matched():
    problem = straight_problem(error=0.1)
    settings = Waves(seed=3, most=2, candidates=1024, emulator_share=0.0, least_shrinkage=0.0)
    return history_match(problem, in_batches(straight, NAMES), SEEDS, settings)


def true_implausibility(problem, points):
    """By the lines themselves, without emulators."""
    from tests.calibration.fitting.cheap import SLOPES

    away = np.abs(problem.observed - problem.values(points) @ SLOPES.T)
    return (away / problem.targets[0].error).max(axis=1)


def test_what_is_left_is_what_the_simulator_leaves(matched):
    points = space_filling(2, 4096, 1)
    truly = true_implausibility(matched.problem, points)
    found = matched.implausibility(points)
    assert (found[truly <= 2.7] <= 3.0).all()  # nothing that is right is ruled out
    assert (found[truly > 4.0] > 3.0).mean() > 0.99
    share = (truly <= 3.0).mean()
    assert matched.waves[-1].share_left == pytest.approx(share, rel=0.3)
    assert (true_implausibility(matched.problem, matched.waves[-1].left) < 3.5).all()


def test_waves_go_on_from_each_other(matched):
    assert [wave.number for wave in matched.waves] == [1, 2]
    assert matched.ended == "as many waves as were asked for"
    assert matched.runs is not None
    assert len(matched.runs.points) == 40
    assert (matched.implausibility(matched.runs.points[20:]) <= 3.2).all()
    assert matched.waves[0].share_left >= matched.waves[1].share_left
    assert replace(matched, settings=replace(matched.settings, emulator_share=0.5)).ended.startswith(
        "emulators"
    )


def test_the_same_seed_gives_the_same_waves(matched):
    again = history_match(matched.problem, in_batches(straight, NAMES), SEEDS, matched.settings)
    assert np.array_equal(again.waves[-1].left, matched.waves[-1].left)


def test_when_nothing_is_left_it_says_which_targets_conflict():
    problem = straight_problem(observed=(1.5, 0.0, -0.6), error=0.05)
    match = history_match(problem, in_batches(straight, NAMES), SEEDS, Waves(seed=1, candidates=1024))
    assert match.ended == "nothing is left"
    found = match.waves[-1].conflict
    assert found is not None
    assert ("first", "third") in found.pairs
    assert set(found.without) == {"first", "third"} or "first and third" in found.told()
    with pytest.raises(ValueError, match="nothing is left"):
        next_design(match)


def test_a_target_out_of_reach_is_named():
    of_each = np.array([[0.5, 9.0], [4.0, 7.0], [1.0, 8.0]])
    found = conflict(of_each, ("near", "far"), 1, 3.0)
    assert found.unreachable == ("far",)
    assert found.without == {"far": pytest.approx(2 / 3)}
    assert found.nearest == {"near": 4.0, "far": 7.0}
    assert "no parameters reach far" in found.told()


def test_the_second_farthest_target_may_judge(matched):
    judge = matched.waves[0].judge
    points = space_filling(2, 64, 4)
    ordered = np.sort(judge.of_each(points), axis=1)
    assert np.array_equal(judge(points, 1), ordered[:, -1])
    assert np.array_equal(judge(points, 2), ordered[:, -2])


def test_an_emulator_that_is_not_trusted_rules_nothing_out(matched):
    judge = matched.waves[0].judge
    first = judge.emulators.each[0]
    doubted = replace(first, diagnostics=replace(first.diagnostics, doubts=("too sure",)))
    emulators = replace(judge.emulators, each=(doubted, *judge.emulators.each[1:]))
    without = Implausibility(problem=judge.problem, emulators=emulators, chance=judge.chance)
    assert without.target_names == ("second", "third")


def test_held_out_targets_do_not_judge(matched):
    problem = matched.problem
    targets = (*problem.targets[:2], replace(problem.targets[2], use="hold_out"))
    apart = replace(problem, targets=targets)
    match = after_runs(Match(problem=apart, settings=matched.settings), matched.runs)
    assert match.waves[0].judge.target_names == ("first", "second")


def test_plots_of_pairs_show_the_least_over_all_else():
    points = space_filling(3, 512, 2)
    values = points[:, 0] * 6.0
    table = pair_matrices(points, values, ("a", "b", "c"), 3.0, cells=4)
    assert len(table) == 3 * 16
    assert table["points"].sum() == 3 * 512
    left = table[(table["across"] == "a") & (table["across_cell"] < 2)]
    assert (left["optical_depth"] == 1.0).all()
    assert table[(table["across"] == "a") & (table["across_cell"] > 1)]["optical_depth"].max() == 0.0
    assert table["least_implausibility"].min() == values.min()


def test_luck_that_all_points_share_keeps_the_space_wide():
    """Replicates whose seeds all make more ill: the data, without that luck, must stay within reach."""
    problem = straight_problem(observed=(1.0, 0.0, 0.3), error=1e-3)

    def lucky(point, seed):
        luck = 0.5 * np.random.default_rng(seed).normal()
        return {name: value + luck for name, value in straight(point, seed).items()}

    runs = run(problem, in_batches(lucky, NAMES), space_filling(2, 24, 1), SEEDS)
    chance = monte_carlo_error(runs)
    judge = Implausibility(problem=problem, emulators=fit_emulators(problem, runs, chance), chance=chance)
    assert np.sqrt(chance.of_means[0, 0]) == pytest.approx(runs.means[0].std() + 0.2, abs=0.35)
    assert judge(problem.points([[0.8, 0.4]]))[0] < 3.0
