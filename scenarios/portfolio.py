"""The best programmes under a budget, and how sure that is.

Each programme is run alone. Benefits and costs are taken to add up; the best set under the budget is then a
knapsack of whole programmes, solved exactly (scipy.optimize.milp). Because they do not quite add up, the
winner is run whole, and what it gives is shown beside the sum. The same choice is made with every draw's and
replicate's own figures: the share of them in which a programme is in the best set, or ranks first, is its
probability. Choosing nothing takes part as every programme does: where nothing gains it is the best set.
Those probabilities say nothing of uncertainty that is not drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scenarios import identity
from scenarios.experiment import Array, Experiment, Summary, summary
from scenarios.parts import Whole
from sim.interventions.specification import BASELINE
from sim.parameters.errors import InputError

MOST_PROGRAMMES = 12
NOTHING = "choosing nothing"
"""What the empty set is called, which takes part in every choice."""
FIRST_SHARES = "results.uncertainty.ranks:first_shares"
"""Where the function is that says how often each is first: this package does not import `results`."""


@dataclass(frozen=True, kw_only=True)
class Programme:
    """One programme by itself.

    Attributes:
        name: Its name.
        benefit: What it gains of the measure: positive is better.
        cost: Pounds.
        first: Share of units in which it gains most; ties are shared.
        first_for_money: Share of units in which it gains most for each pound.
        chosen: Share of units in whose best set it is.
        in_best: Whether it is in the best set by the means.
    """

    name: str
    benefit: Summary
    cost: Summary
    first: float
    first_for_money: float
    chosen: float
    in_best: bool


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """The best set.

    Attributes:
        measure: What is gained.
        payer: Whose pounds.
        period: The year, or all years (averages a year).
        budget: Pounds in that year.
        programmes: Each, in the order given.
        best: Names of the best set by the means.
        added_up: Benefit of the best set as the sum of its programmes alone.
        whole: Benefit of the best set run whole.
        whole_cost: Its cost, run whole.
        interaction: Whole less the sum.
        as_often: Share of units whose best set is the same.
        sets: Every set that is the best of a unit, the empty one among them, with its share of units; the
            most frequent first.
        nothing: Share of units in which no programme gains, and in which none gains for its money.
    """

    measure: str
    payer: str
    period: str
    budget: float
    programmes: tuple[Programme, ...]
    best: tuple[str, ...]
    added_up: Summary
    whole: Summary
    whole_cost: Summary
    interaction: Summary
    as_often: float
    sets: tuple[tuple[tuple[str, ...], float], ...]
    nothing: tuple[float, float]

    @property
    def told_apart(self) -> bool:
        """Whether the best set, run whole, gains clearly more than choosing nothing."""
        return bool(self.best) and self.whole.clear and self.whole.mean > 0

    @property
    def chosen_nothing(self) -> float:
        """Share of units whose best set is empty."""
        return dict(self.sets).get((), 0.0)


def best_set(benefit: Array, cost: Array, budget: float) -> Array:
    """Return which programmes are in the best set: 1 or 0 for each.

    Maximises the sum of benefits with the sum of costs within the budget. A programme that gains nothing is
    left out, unless it saves money that others need.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    # Scaled to about one, so that the solver's tolerances mean the same in pounds and in deaths.
    gain = benefit / max(float(np.abs(benefit).max()), 1e-300)
    price = cost / max(budget, float(np.abs(cost).max()), 1e-300)
    limit = budget / max(budget, float(np.abs(cost).max()), 1e-300)
    found = milp(
        -gain, integrality=np.ones(gain.size), bounds=Bounds(0, 1),
        constraints=LinearConstraint(price[None, :], -np.inf, limit), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.x is None:
        return np.zeros(gain.size)
    return np.round(found.x)


def refuse_too_many(whole: Whole) -> None:
    """Refuse more programmes than a portfolio takes."""
    if len(whole.names) > MOST_PROGRAMMES:
        raise InputError(
            file="command line", key="SCENARIO...", found=len(whole.names),
            allowed=f"2 to {MOST_PROGRAMMES} programmes",
        )  # fmt: skip


def choose(
    whole: Whole,
    experiment: Experiment,
    *,
    measure: str,
    payer: str,
    budget: float,
    period: str,
    higher: bool,
) -> Portfolio:
    """Choose the best programmes under a budget.

    Args:
        whole: The programmes, combined, so that each alone has the keys that it has in any set.
        experiment: Where they are run.
        measure: What is gained.
        payer: Whose budget it is.
        budget: Pounds in the period (a year; of all years, a year on average).
        period: A year's label or 'all years'.
        higher: Whether more of the measure is better.
    """
    names = whole.names
    sign = 1.0 if higher else -1.0
    spent = f"programme_cost_{payer}"
    both = (measure, spent)
    alone = [whole.subset([name]) for name in names]
    experiment.run([BASELINE, *alone])
    frames = [experiment.differences(one, both) for one in alone]
    if (measure, period) not in frames[0].index:
        held = [one for name, one in frames[0].index if name == measure]
        raise InputError(
            file="command line", key="--year", found=period, allowed=f"for {measure} one of {', '.join(held)}"
        )
    benefit = sign * np.stack([frame.loc[(measure, period)].to_numpy(dtype=float) for frame in frames])
    cost = np.stack([frame.loc[(spent, period)].to_numpy(dtype=float) for frame in frames])
    best = best_set(benefit.mean(axis=1), cost.mean(axis=1), budget)
    own = np.stack(
        [best_set(gains, costs, budget) for gains, costs in zip(benefit.T, cost.T, strict=True)], 1
    )
    chosen = tuple(name for name, held in zip(names, best, strict=True) if held)
    together = experiment.differences(whole.subset(chosen), both)
    gained = sign * together.loc[(measure, period)].to_numpy(dtype=float)
    added = benefit[best > 0].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What costs nothing is best for money where it gains, and worst where it loses.
        for_money = np.where(cost > 0, benefit / cost, np.sign(benefit) * np.inf)
    for_money = np.nan_to_num(for_money, nan=0.0)
    first_shares: Callable[[Array], Array] = identity.load_function(FIRST_SHARES)
    none = np.zeros((1, benefit.shape[1]))
    first, first_for_money = (first_shares(np.concatenate([one, none])) for one in (benefit, for_money))
    draws = experiment.draws
    programmes = tuple(
        Programme(
            name=name, benefit=summary(benefit[n], draws), cost=summary(cost[n], draws),
            first=float(first[n]), first_for_money=float(first_for_money[n]),
            chosen=float(own[n].mean()), in_best=bool(best[n]),
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    return Portfolio(
        measure=measure, payer=payer, period=period, budget=budget, programmes=programmes, best=chosen,
        added_up=summary(added, draws), whole=summary(gained, draws),
        whole_cost=summary(together.loc[(spent, period)].to_numpy(dtype=float), draws),
        interaction=summary(gained - added, draws), as_often=float((own == best[:, None]).all(axis=0).mean()),
        sets=_sets(names, own), nothing=(float(first[-1]), float(first_for_money[-1])),
    )  # fmt: skip


def _sets(names: Sequence[str], own: Array) -> tuple[tuple[tuple[str, ...], float], ...]:
    """Return every unit's best set with its share of units; the most frequent first.

    Args:
        names: Of the programmes.
        own: 1 where a programme is in a unit's best set (programmes, units).
    """
    counted = Counter(tuple(name for name, held in zip(names, unit, strict=True) if held) for unit in own.T)
    return tuple((one, count / own.shape[1]) for one, count in counted.most_common())
