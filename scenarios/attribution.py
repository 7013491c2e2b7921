"""What each part of a scenario contributes: alone, left out, and its Shapley value, replicate by replicate.

With v(S) the paired difference from baseline of the scenario with the parts S alone (v of none is 0):

- alone: v({i}); left out: v(all) - v(all but i);
- Shapley: the mean, over all orders in which the parts could be added, of what i adds to those before it. The
  values of all parts add up to v(all), in every replicate (L. S. Shapley, A value for n-person games, 1953);
- interaction: v(all) less the sum of alone.

Up to eight parts every subset is run (2 to the number of parts). Beyond, or when asked, orders are sampled in
pairs, each with its reverse; the values still add up exactly, and each has a sampling error over the pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np

from scenarios.experiment import Array, Experiment, summary
from scenarios.parts import Whole
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MOST_EXACT = 8
ORDERS = 16
"""Orders sampled beyond eight parts, unless another number is asked for."""
DEFAULT_MEASURES = (
    "ed_attendances", "emergency_admissions", "nctr_daily", "deaths", "qalys",
    "programme_cost_nhs", "programme_cost_council",
)  # fmt: skip
Subset = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """A decomposition.

    Attributes:
        whole: What was taken to parts.
        units: Columns measure, period, part, quantity, unit, value: a row for each replicate and draw.
            Quantity is whole, sum_of_alone, interaction (part 'all'), alone, left_out or shapley.
        table: Columns measure, period, part, quantity, mean, low, high, drawn_low, drawn_high, replicates,
            sampling_error.
        subsets: How many sets of parts were run.
        orders: Orders sampled; 0 where every subset was run.
    """

    whole: Whole
    units: pd.DataFrame
    table: pd.DataFrame
    subsets: int
    orders: int


def orders_of(parts: Sequence[str], asked: int | None) -> int:
    """Return how many orders to sample: none where all subsets are run, else an even number."""
    if asked is None:
        return 0 if len(parts) <= MOST_EXACT else ORDERS
    return asked + asked % 2


def sampled_orders(parts: Sequence[str], count: int, seed: int) -> list[tuple[str, ...]]:
    """Return orders of the parts, each followed by its reverse; they depend on the seed alone."""
    generator = np.random.default_rng(seed)
    found: list[tuple[str, ...]] = []
    for _ in range(count // 2):
        order = tuple(parts[n] for n in generator.permutation(len(parts)))
        found += [order, order[::-1]]
    return found


def subsets_needed(parts: Sequence[str], orders: Sequence[tuple[str, ...]]) -> list[Subset]:
    """Return the sets of parts that are run: all, or what the orders, alone and left out take."""
    every = frozenset(parts)
    if not orders:
        sizes = range(len(parts) + 1)
        return [frozenset(one) for one in chain.from_iterable(combinations(parts, size) for size in sizes)]
    found = [frozenset[str](), every, *(frozenset([one]) for one in parts), *(every - {one} for one in parts)]
    found += [frozenset(order[:place]) for order in orders for place in range(1, len(order))]
    return list(dict.fromkeys(found))


def shapley(parts: Sequence[str], value: Mapping[Subset, Array]) -> dict[str, Array]:
    """Return every part's exact value from those of all subsets; the shape is that of the values."""
    n = len(parts)
    found = {}
    for part in parts:
        others = [one for one in parts if one != part]
        total = np.zeros_like(value[frozenset()])
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for one in combinations(others, size):
                before = frozenset(one)
                total = total + weight * (value[before | {part}] - value[before])
        found[part] = total
    return found


def shapley_sampled(
    parts: Sequence[str], value: Mapping[Subset, Array], orders: Sequence[tuple[str, ...]]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return every part's value over sampled orders, and its sampling error of the mean over units.

    Args:
        parts: Their names.
        value: Values (rows, units) of the subsets that the orders pass.
        orders: Each followed by its reverse, whose mean is one observation.

    Returns:
        Values (rows, units) and errors (rows): the standard error over pairs, NaN with one pair.
    """
    added: dict[str, list[Array]] = {part: [] for part in parts}
    for order in orders:
        before: Subset = frozenset()
        for part in order:
            added[part].append(value[before | {part}] - value[before])
            before = before | {part}
    found, errors = {}, {}
    for part, each in added.items():
        stacked = np.stack(each)
        found[part] = stacked.mean(axis=0)
        pairs = stacked.mean(axis=-1).reshape(-1, 2, stacked.shape[1]).mean(axis=1)
        enough = len(pairs) > 1
        errors[part] = (
            pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)) if enough else np.full(stacked.shape[1], np.nan)
        )
    return found, errors


def scenarios_needed(whole: Whole, orders: int | None, seed: int) -> list[ScenarioSpecification]:
    """Return the scenarios that an attribution runs."""
    sampled = sampled_orders(whole.names, orders_of(whole.names, orders), seed)
    return [whole.subset(one) for one in subsets_needed(whole.names, sampled)]


def attribute(
    whole: Whole, experiment: Experiment, measures: tuple[str, ...], orders: int | None = None
) -> Attribution:
    """Take a scenario to parts.

    Args:
        whole: The scenario and its parts.
        experiment: Where its subsets are run, all at once, none twice.
        measures: What is decomposed.
        orders: Orders to sample; None for every subset up to eight parts and 16 orders beyond.
    """
    import pandas as pd

    names = whole.names
    sampled = sampled_orders(names, orders_of(names, orders), experiment.settings.seed)
    subsets = subsets_needed(names, sampled)
    try:
        experiment.run([BASELINE, *(whole.subset(one) for one in subsets)])
    except InputError as error:
        allowed = (
            f"{error.allowed} (in a set of the parts: one may need another, and go with it by --together)"
        )
        raise InputError(file=error.file, key=error.key, found=error.found, allowed=allowed) from error
    frames = {one: experiment.differences(whole.subset(one), measures) for one in subsets}
    value = {one: frame.to_numpy(dtype=float) for one, frame in frames.items()}
    index = frames[frozenset()].index
    errors: dict[str, Array] = {}
    if sampled:
        shares, errors = shapley_sampled(names, value, sampled)
    else:
        shares = shapley(names, value)
    rows, table = [], []
    for part, quantity, numbers in _quantities(names, value, shares):
        of_sampling = errors.get(part) if quantity == "shapley" else None
        frame = pd.DataFrame(numbers, index=index, columns=experiment.unit_numbers)
        for place, ((measure, period), row) in enumerate(zip(index, numbers, strict=True)):
            one = summary(row, experiment.draws)
            table.append(
                {"measure": measure, "period": period, "part": part, "quantity": quantity, **vars(one)}
                | {"sampling_error": 0.0 if of_sampling is None else float(of_sampling[place])}
            )
        long = frame.reset_index().melt(["measure", "period"], var_name="unit")
        rows.append(long.assign(part=part, quantity=quantity))
    units = pd.concat(rows, ignore_index=True).astype({"unit": int})
    columns = ["measure", "period", "part", "quantity", "unit", "value"]
    return Attribution(
        whole=whole, units=units[columns], table=pd.DataFrame(table), subsets=len(subsets),
        orders=len(sampled),
    )  # fmt: skip


def _quantities(
    names: Sequence[str], value: Mapping[Subset, Array], shares: Mapping[str, Array]
) -> Iterator[tuple[str, str, Array]]:
    """Yield part, quantity and values (rows, units)."""
    every = frozenset(names)
    alone = {name: value[frozenset([name])] for name in names}
    total = sum(alone.values(), np.zeros_like(value[every]))
    yield "all", "whole", value[every]
    yield "all", "sum_of_alone", total
    yield "all", "interaction", value[every] - total
    for name in names:
        yield name, "alone", alone[name]
        yield name, "left_out", value[every] - value[every - {name}]
        yield name, "shapley", shares[name]
