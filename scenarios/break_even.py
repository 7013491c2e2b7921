"""Whether a programme repays itself to a payer by a year, and what would have to be true for it to.

To a year's end, added up and not discounted: what the programme costs the payer, and what the care that
people use less of is worth at central prices (`results/economics/activities.csv`). Two sums are kept apart:
all of that, most of which is capacity freed (staff and beds are there either way), and the part that saves
cash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenarios.experiment import TWO_SIDED_95, Array, Experiment, Summary, summary
from scenarios.identity import load_function
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.parameters.errors import InputError

CANNOT_BE_TOLD = "cannot be told"
RATIO = "results.statistics:fieller"
"""Where the interval of a ratio is computed: this package does not import `results`."""


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """One way of counting what a programme gives back.

    Attributes:
        counted: 'capacity and cash' or 'cash alone'.
        period: Year to whose end it is added up.
        cost: Pounds that the programme costs the payer.
        saving: Pounds that less care is worth to the payer.
        net: Cost less saving; below nought it has repaid itself.
        price_factor: Multiple of all its unit costs at which net is nought; below 1 it must cost less. NaN
            where it costs this payer nothing.
        effect_factor: Multiple of its savings at which net is nought, at the same cost; NaN where it saves
            nothing.
    """

    counted: str
    period: str
    cost: Summary
    saving: Summary
    net: Summary
    price_factor: Summary
    effect_factor: Summary

    @property
    def repays(self) -> str:
        """Return whether it has repaid itself: 'yes', 'no' or 'cannot be told', by its interval and draws."""
        return ("yes" if self.net.mean < 0 else "no") if self.net.clear else CANNOT_BE_TOLD

    @property
    def saves_or_not(self) -> bool:
        """Whether the interval of what it saves, or its spread over draws, has savings and losses in it."""
        one = self.saving
        return one.low < 0 < one.high or one.drawn_low < 0 < one.drawn_high


def break_even(
    scenario: ScenarioSpecification, experiment: Experiment, payer: str, periods: tuple[str, ...]
) -> list[BreakEven]:
    """Return for the end of every year whether a scenario has repaid itself, both ways of counting.

    Raises:
        InputError: When it costs nobody, or not this payer, anything that was written.
    """
    names = tuple(f"{kind}_{payer}" for kind in ("programme_cost", "care_cost", "care_cash"))
    experiment.run([BASELINE, scenario])
    frame = experiment.differences(scenario, names)
    found = []
    for number, period in enumerate(periods, start=1):
        cost, care, cash = (
            frame.loc[[(name, one) for one in periods[:number]]].to_numpy(dtype=float).sum(axis=0)
            for name in names
        )
        for counted, change in (("capacity and cash", care), ("cash alone", cash)):
            found.append(_counted(counted, period, cost, -change, experiment.draws))
    return found


def refuse_no_cost(scenario: ScenarioSpecification, payer: str) -> None:
    """Refuse a scenario that says of no cost that this payer has: it cannot repay it."""
    payers = sorted({cost.payer for one in scenario.interventions for cost in one.costs})
    if payer not in payers:
        raise InputError(
            file="command line", key="--payer", found=payer,
            allowed=f"a payer of {scenario.full_name}: {', '.join(payers) or 'none, for it states no cost'}",
            names=payers,
        )  # fmt: skip


def _counted(counted: str, period: str, cost: Array, saving: Array, draws: int) -> BreakEven:
    """Return one row."""
    return BreakEven(
        counted=counted, period=period, cost=summary(cost, draws), saving=summary(saving, draws),
        net=summary(cost - saving, draws), price_factor=ratio(saving, cost, draws),
        effect_factor=ratio(cost, saving, draws) if saving.mean() > 0 else _unknown(),
    )  # fmt: skip


def ratio(above: Array, below: Array, draws: int) -> Summary:
    """Return the ratio of two means with its interval: the ratios that the two means do not exclude.

    With r = mean(above)/mean(below) these are the r at which the mean of `above - r below` is not clear of
    nought over replicates (E. C. Fieller, Some problems in interval estimation, 1954). Where `below` itself
    is not clear of nought every ratio is possible, and there is no interval.
    """
    if not below.mean():
        return _unknown()
    value = float(above.mean() / below.mean())
    fieller: Callable[[Array, Array], tuple[float, float]] = load_function(RATIO)
    low, high = fieller(*(one.reshape(max(1, draws), -1).mean(axis=0) for one in (above, below)))
    replicates = above.size // max(1, draws)
    if draws < 2:
        return Summary(mean=value, low=low, high=high, replicates=replicates)
    each = [one.reshape(draws, -1).mean(axis=1) for one in (above, below)]
    drawn = np.quantile(each[0] / each[1], [1 - TWO_SIDED_95, TWO_SIDED_95]) if each[1].all() else None
    ends = (float("nan"), float("nan")) if drawn is None else (float(drawn[0]), float(drawn[1]))
    return Summary(
        mean=value, low=low, high=high, drawn_low=ends[0], drawn_high=ends[1], replicates=replicates
    )


def _unknown() -> Summary:
    return Summary(mean=float("nan"), low=float("nan"), high=float("nan"))


def years_table(rows: list[BreakEven]) -> list[dict[str, object]]:
    """Return rows of break_even.csv."""
    table = []
    for row in rows:
        flat: dict[str, object] = {"counted": row.counted, "period": row.period, "repays": row.repays}
        for name in ("cost", "saving", "net", "price_factor", "effect_factor"):
            one: Summary = getattr(row, name)
            ends = {
                "low": one.low,
                "high": one.high,
                "drawn_low": one.drawn_low,
                "drawn_high": one.drawn_high,
            }
            flat |= {name: one.mean} | {f"{name}_{end}": value for end, value in ends.items()}
        table.append(flat)
    return table
