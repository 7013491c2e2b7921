"""History matching: waves of runs that rule out parameters which cannot be right, and keep all that could be.

Each wave runs the simulator at points not yet ruled out, makes emulators of what it sees there, and rules out
the points that they call implausible. What one wave ruled out stays out. What is left is no posterior: it is
where a posterior must lie, and it says so when nothing is left, which a posterior never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import emcee
import numpy as np
from threadpoolctl import threadpool_limits

from calibration.fitting.design import design_size, farthest, space_filling
from calibration.fitting.emulator import fit_emulators
from calibration.fitting.implausibility import CUT_OFF, Conflict, Implausibility, conflict, ranked
from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import Batch, MonteCarloError, Runs, monte_carlo_error, run

WALL = 0.1
"""How steeply points beyond the cut-off thin out while points within are looked for, in implausibility."""
WALKERS_PER_PARAMETER = 4
FEWEST_WALKERS = 16
STEPS = 100
SPREAD = 1e-3
"""How far apart, in shares of a parameter's range, walkers start at least."""


@dataclass(frozen=True, kw_only=True)
class Waves:
    """How waves are made, and when they end."""

    seed: int
    """Of designs and of the search for points that are left."""
    points: int | None = None
    """Runs of each wave; ten for each parameter by default."""
    most: int = 5
    """Waves at most."""
    rank: int = 1
    """1: the target farthest off rules out; 2: the second farthest, safer where one emulator may be wrong."""
    cut_off: float = CUT_OFF
    """Implausibility above which a point is ruled out."""
    candidates: int = 4096
    """Points at which emulators are asked what is left."""
    emulator_share: float = 0.25
    """Emulators are good enough where their variance is, in the middle, below this share of all other."""
    least_shrinkage: float = 0.2
    """Waves end when the last ruled out less than this share of what was left before it."""

    def __post_init__(self) -> None:
        """Refuse waves that cannot be made."""
        if self.rank not in {1, 2} or self.most < 1 or self.cut_off <= 0.0 or self.candidates < 1:
            raise ValueError("waves need a rank of 1 or 2, a cut-off above 0, and to be one at least")


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One wave, after its runs."""

    number: int
    """From 1."""
    judge: Implausibility
    """Its emulators."""
    runs_used: int
    """Runs that its emulators were made from."""
    share_left: float
    """Share of the prior that no wave so far has ruled out."""
    left: Floats
    """Points spread over what is left, (points, parameters); may be none."""
    emulator_share: float
    """Emulator variance over all other: the worst target's median over points left; NaN if none are."""
    conflict: Conflict | None
    """Which targets conflict, when nothing is left."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """All waves so far."""

    problem: Problem
    settings: Waves
    runs: Runs | None = None
    """Every run of every wave."""
    waves: tuple[Wave, ...] = field(default=())

    def implausibility(self, points: Floats) -> Floats:
        """Return the largest implausibility over waves, by the rule of the settings, (points,).

        A point that a wave rules out keeps that wave's figure: later emulators were not made for it.
        """
        found = np.zeros(len(points))
        for wave in self.waves:
            kept = found <= self.settings.cut_off
            if kept.any():
                found[kept] = np.maximum(found[kept], wave.judge(points[kept], self.settings.rank))
        return found

    @property
    def ended(self) -> str:
        """Why no further wave is needed; empty while one is."""
        if not self.waves:
            return ""
        last = self.waves[-1]
        if not len(last.left):
            return "nothing is left"
        if last.emulator_share <= self.settings.emulator_share:
            return "emulators add little to the other errors"
        before = self.waves[-2].share_left if len(self.waves) > 1 else 1.0
        if len(self.waves) > 1 and last.share_left > (1.0 - self.settings.least_shrinkage) * before:
            return "the last wave ruled out little"
        return "as many waves as were asked for" if len(self.waves) >= self.settings.most else ""


def next_design(match: Match) -> Floats:
    """Return where the next wave is run, (points, parameters of the unit cube).

    Raises:
        ValueError: Nothing is left to run.
    """
    parameters = len(match.problem.priors)
    points = match.settings.points or design_size(parameters)
    if not match.waves:
        return space_filling(parameters, points, match.settings.seed)
    assert match.runs is not None
    left = match.waves[-1].left
    if not len(left):
        raise ValueError("nothing is left to run")
    return farthest(left, match.runs.points, min(points, len(left)))


def after_runs(match: Match, made: Runs, chance: MonteCarloError | None = None) -> Match:
    """Return the match with one more wave, made from runs at `next_design`.

    Args:
        match: The waves before.
        made: The new runs, with the seeds of those before.
        chance: Monte-Carlo error; by default that of all runs.
    """
    runs = made if match.runs is None else match.runs.joined(made)
    within = match.implausibility(runs.points) <= match.settings.cut_off
    fewest = min(len(runs.points), design_size(len(match.problem.priors)))
    used = runs.only(within)
    if within.sum() < fewest:  # too few to learn from: those that were least implausible as well
        nearest = np.argsort(match.implausibility(runs.points), kind="stable")
        used = runs.only(nearest[:fewest])
    error = chance or monte_carlo_error(runs)
    judge = Implausibility(
        problem=match.problem, emulators=fit_emulators(match.problem, used, error), chance=error
    )
    with threadpool_limits(limits=1):
        return _with_wave(match, runs, judge, len(used.points))


def history_match(
    problem: Problem,
    batch: Batch,
    seeds: Sequence[int],
    settings: Waves,
    chance: MonteCarloError | None = None,
) -> Match:
    """Run waves until they end.

    Args:
        problem: What is matched.
        batch: The simulator.
        seeds: Of the replicates, the same at every point.
        settings: How waves are made.
        chance: Monte-Carlo error; by default that of the runs.
    """
    match = Match(problem=problem, settings=settings)
    while not match.ended:
        match = after_runs(match, run(problem, batch, next_design(match), seeds), chance)
    return match


def _with_wave(match: Match, runs: Runs, judge: Implausibility, used: int) -> Match:
    """Return the match with a wave of these emulators: what it leaves, and why nothing, if nothing."""
    from dataclasses import replace

    settings, number = match.settings, len(match.waves) + 1
    cube = space_filling(len(match.problem.priors), settings.candidates, settings.seed + number)
    before = match.waves[-1].left if match.waves else cube
    share_before = match.waves[-1].share_left if match.waves else 1.0
    of_each = judge.of_each(before)
    kept = ranked(of_each, settings.rank) <= settings.cut_off
    wave = Wave(
        number=number, judge=judge, runs_used=used, share_left=share_before * float(kept.mean()),
        left=before[kept], emulator_share=np.nan, conflict=None,
    )  # fmt: skip
    found = replace(match, runs=runs, waves=(*match.waves, wave))
    if kept.sum() < settings.candidates / 4:  # too few to draw the next wave from, or perhaps overlooked
        start = before[np.argsort(ranked(of_each, settings.rank), kind="stable")]
        wave = replace(wave, left=_spread(found, start))
    if len(wave.left):
        _, variance = judge.emulators.predict(wave.left)
        ratio = variance[:, judge.judging] / judge.other_variance
        wave = replace(wave, emulator_share=float(np.median(ratio, axis=0).max(initial=0.0)))
    else:
        wave = replace(wave, conflict=conflict(of_each, judge.target_names, settings.rank, settings.cut_off))
    return replace(found, waves=(*match.waves, wave))


def _spread(match: Match, start: Floats) -> Floats:
    """Return points spread evenly over what is left, found by emcee; none where nothing is left.

    Walkers are free within the cut-off and slide back to it from outside, so those within are spread evenly.

    Args:
        match: Whose waves judge.
        start: Points from the least implausible on.
    """
    settings, parameters = match.settings, start.shape[1]
    walkers = max(FEWEST_WALKERS, WALKERS_PER_PARAMETER * parameters)

    def free(points: Floats) -> Floats:
        inside = ((points >= 0.0) & (points <= 1.0)).all(axis=1)
        logs = np.full(len(points), -np.inf)
        over = np.maximum(match.implausibility(points[inside]) - settings.cut_off, 0.0)
        logs[inside] = -0.5 * (over / WALL) ** 2
        return logs

    random = np.random.default_rng([settings.seed, len(match.waves)])
    chosen = start[np.arange(walkers) % min(walkers, len(start))]
    begin = np.clip(chosen + SPREAD * random.normal(size=chosen.shape), 0.0, 1.0)
    mover = np.random.RandomState(random.integers(2**32))
    sampler = emcee.EnsembleSampler(walkers, parameters, free, vectorize=True, moves=emcee.moves.DEMove())
    steps = STEPS + -(-2 * settings.candidates // walkers)
    sampler.run_mcmc(emcee.State(begin, random_state=mover.get_state()), steps)
    found = np.unique(sampler.get_chain(discard=STEPS, flat=True), axis=0)
    found = found[match.implausibility(found) <= settings.cut_off]
    if len(found) > settings.candidates:
        found = found[np.sort(random.choice(len(found), settings.candidates, replace=False))]
    return found
