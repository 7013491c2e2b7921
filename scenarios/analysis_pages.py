"""The short pages of an analysis, in Markdown: what was asked, what came out, what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scenarios.attribution import Attribution
from scenarios.break_even import CANNOT_BE_TOLD, BreakEven
from scenarios.experiment import (
    ALL_YEARS,
    Experiment,
    Summary,
    least_replicates,
    summary,
    told,
    told_with_interval,
)
from scenarios.plain_names import is_money, word
from scenarios.plain_names import measure as called
from scenarios.plain_numbers import pounds
from scenarios.portfolio import NOTHING, Portfolio
from scenarios.solving import Solution

if TYPE_CHECKING:
    import pandas as pd

INTERVALS = (
    "Intervals in brackets are 95% over replicates, from differences paired by replicate: computing error, "
    "and nothing of what is uncertain about the figures or the model."
)


SETS = 8
"""How many best sets a page tells."""


def intervals_of(experiment: Experiment) -> str:
    """Return what the intervals of a page are, and that they are not to be believed where they are not."""
    number = experiment.replicates
    if not 1 < number < least_replicates():
        return INTERVALS
    freedom = "1 degree" if number == 2 else f"{number - 1} degrees"
    return (
        f"{INTERVALS} **They are from {number} replicates only** (Student's t with {freedom} of freedom): "
        f"one that leaves out nought is no sign of an effect. Give at least {least_replicates()}."
    )


def read_first(experiment: Experiment) -> list[str]:
    """Return what a reader must know before any number of a page; nothing where runs can bear a decision."""
    notes = experiment.trial().notes
    return [f"**Read this first.** {' '.join(notes)}"] if notes else []


def runs_of(experiment: Experiment) -> str:
    """Return in a sentence what was run."""
    one, draws = experiment.settings, experiment.draws
    runs = "replicate" if experiment.replicates == 1 else "replicates"
    years = "year" if one.years == 1 else "years"
    of_draws = ", central figures."
    if draws:
        of_draws = (
            f", each in {draws} draws of the uncertain figures. The range over draws is of their means over "
            "replicates, computing error not taken out: an upper bound of parameter uncertainty."
        )
    return (
        f"{one.area}, {one.years} {years} from {one.start}, scale {one.scale:g}, seed {one.seed}, "
        f"{experiment.replicates} {runs}{of_draws}"
    )


def rows(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    told_rows = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in told_rows)


def with_draws(one: Summary, say: Callable[[float], str] = told) -> str:
    """Return a number with its interval, and apart from it that over draws.

    Args:
        one: The number.
        say: How one figure is said.
    """
    text = told_with_interval(one, say)
    if np.isfinite(one.drawn_low):
        text += f"; draws {say(one.drawn_low)} to {say(one.drawn_high)}"
    return text


def attribution_page(found: Attribution, experiment: Experiment) -> str:
    """Return the page of an attribution: each measure over all years."""
    whole = found.whole
    how = f"all {found.subsets} sets of parts were run"
    if found.orders:
        how = f"{found.orders} orders of the parts were sampled, in pairs of one and its reverse"
    text = [
        f"# What each part of {whole.scenario.label} contributes",
        runs_of(experiment) + f" Parts: {', '.join(whole.names)}; {how}.",
        *read_first(experiment),
        "Differences from baseline, averages a year over all years (each year is in `attribution.csv`). "
        "*Alone*: with that part only. *Left out*: what goes when it is taken from the whole. *Shapley*: its "
        "mean contribution over all orders in which parts could be added; these add up to the whole. "
        "*Interaction*: the whole less the sum of alone; of the other sign than the whole where parts take "
        "from each other.",
        intervals_of(experiment),
    ]
    trial = experiment.trial()
    table = found.table[found.table["period"] == ALL_YEARS]
    for measure in dict.fromkeys(table["measure"]):
        mine = table[table["measure"] == measure].set_index(["part", "quantity"])
        text.append(f"## {measure}{trial.mark(measure)}")
        lines = [_of_part(part, mine, bool(found.orders)) for part in whole.names]
        whole_line = [
            "**whole**",
            *(_cell(mine, "all", name) for name in ("sum_of_alone", "interaction", "whole")),
        ]
        text.append(rows(["part", "alone", "left out", "Shapley"], lines))
        text.append(rows(["", "sum of alone", "interaction", "whole"], [whole_line]))
    return "\n\n".join(text) + "\n"


def _of_part(part: str, mine: pd.DataFrame, sampled: bool) -> list[str]:
    """Return one part's line."""
    cells = [part, *(_cell(mine, part, name) for name in ("alone", "left_out", "shapley"))]
    if sampled:
        cells[-1] += f"; sampling error {told(float(mine.loc[(part, 'shapley'), 'sampling_error']))}"
    return cells


def _cell(mine: pd.DataFrame, part: str, quantity: str) -> str:
    """Return one number of the table with its intervals."""
    row = mine.loc[(part, quantity)]
    names = ("mean", "low", "high", "drawn_low", "drawn_high")
    ends = {name: float(row[name]) for name in names}
    return with_draws(Summary(**ends, replicates=int(row["replicates"])))


def solution_finding(found: Solution, experiment: Experiment) -> str:
    """Return in a sentence the value that meets the target, with its intervals."""
    varied, one, trial = found.field, found.interval, experiment.trial()
    unit = varied.unit.replace("GBP", "£")
    line = f"**{varied.path} = {varied.told(found.value)}** ({unit}; now {varied.told(varied.now)})"
    if np.isfinite(one.low):
        few = f", of {one.replicates} replicates only" if one.few else ""
        line += f", {_told_ends(found, one.low, one.high, found.open_ends)} by computing error{few}"
    else:
        line += ": with one replicate there is no interval"
    if np.isfinite(one.drawn_low):
        ends = _told_ends(found, one.drawn_low, one.drawn_high, found.drawn_open_ends)
        line += f"; over draws of the uncertain figures {ends}"
    mark = trial.mark(found.goal.measure)
    unread = f" What it is to meet is {called(found.goal.measure)}{mark}." if mark else ""
    return f"{trial.lead}{line}.{unread}"


def solution_page(found: Solution, experiment: Experiment) -> str:
    """Return the page of a target met."""
    varied = found.field
    text = [f"# {varied.scenario.label}: {varied.path} for {found.goal}", runs_of(experiment)]
    text += [*read_first(experiment), solution_finding(found, experiment)]
    own = np.isfinite(found.own_roots)
    told_own = (
        f"By itself, {own.sum()} of {own.size} runs (draws x replicates) meets the target within the range"
    )
    if own.any():
        quarter, three_quarters = np.quantile(found.own_roots[own], [0.25, 0.75])
        told_own += f"; the middle half of those at {_told_ends(found, quarter, three_quarters)}"
    text.append(f"{told_own}.")
    if not found.straight:
        text.append(
            "The means do not rise or fall throughout: another value may meet the target as well, or "
            "differences are smaller than computing error. Give more replicates."
        )
    if any((*found.open_ends, *found.drawn_open_ends)):
        bounds = varied.told_bounds()
        can = f" It can be {bounds} only." if bounds else ""
        text.append(
            "Where an interval has no end within the range tried, the target is not excluded at that end of "
            f"the range: give more replicates, or a wider `--between`.{can}"
        )
    draws = experiment.draws
    say = pounds if is_money(found.goal.measure) else told
    lines = [
        [
            varied.told(p.value),
            *(with_draws(summary(one, draws), say) for one in (p.level, p.change)),
        ]
        for p in found.points
    ]
    mark = experiment.trial().mark(found.goal.measure)
    text.append(rows([varied.path, found.goal.measure + mark, "difference from baseline"], lines))
    text.append(
        intervals_of(experiment)
        + " The interval of the value holds the values at which the target lies within the interval "
        "of the measure, so it never goes beyond what the number can be."
    )
    return "\n\n".join(text) + "\n"


def _told_ends(
    found: Solution, low: float, high: float, open_ends: tuple[bool, bool] = (False, False)
) -> str:
    """Return an interval in words; an end that lies beyond the range tried is said to."""
    ends = [found.field.told(low), found.field.told(high)]
    if open_ends[0]:
        ends[0] = f"{ends[0]} or less" if low > found.field.bounds[0] else f"{ends[0]}, the least it can be,"
    if open_ends[1]:
        ends[1] = f"{ends[1]} or more" if high < found.field.bounds[1] else f"{ends[1]}, the most it can be"
    return " to ".join(ends)


def break_even_page(
    label: str, payer: str, found: Sequence[BreakEven], experiment: Experiment, note: str = ""
) -> str:
    """Return the page of a programme's repaying itself, with what `freed_beds` says of it."""
    text = [f"# Does {label} repay itself to {word('payer', payer)}?", runs_of(experiment)]
    text += read_first(experiment)
    text.append(
        "Pounds added up from the start to each year's end, not discounted; savings at central prices of "
        "`sim/parameters/unit_costs.csv`, which prices follow `results/economics/activities.csv`. Capacity "
        "freed is worth the average cost of the care not used, though staff and beds are there either "
        "way; cash is what is paid for by the unit. What long-term care saves is not counted: weeks lived in "
        "care homes are not measured. Unit costs and effects are varied by themselves: delivery is taken to "
        "stay as it is."
    )
    for counted in dict.fromkeys(row.counted for row in found):
        text.append(f"## Counting {counted}")
        lines = [
            [
                row.period, *(with_draws(one, pounds) for one in (row.cost, row.saving, row.net)),
                row.repays, _factor(row, row.price_factor, "unit costs"),
                _factor(row, row.effect_factor, "savings"),
            ]
            for row in found
            if row.counted == counted
        ]  # fmt: skip
        header = [
            "to the end of", "cost (£)", "saving (£)", "net cost (£)", "repays itself",
            "it would where it cost", "or where it saved",
        ]  # fmt: skip
        text.append(rows(header, lines))
    text.append(
        f"{intervals_of(experiment)} *Cannot be told*: by its interval, or by the draws, it may be either, "
        f"or there are fewer than {least_replicates()} replicates; of a multiple, the interval of the saving "
        "has savings and losses in it. A multiple has no interval with one replicate, nor where what it is a "
        "multiple of is not clear of nought."
    )
    text += [note] if note else []
    return "\n\n".join(text) + "\n"


def _factor(row: BreakEven, one: Summary, what: str) -> str:
    """Return a factor in words."""
    if row.saves_or_not:
        return CANNOT_BE_TOLD
    if not np.isfinite(one.mean):
        return f"at no multiple: it has no {what}"
    if one.mean <= 0:
        return f"at no multiple of its {what}"
    return f"{with_draws(one)} times its {what}"


def portfolio_page(found: Portfolio, experiment: Experiment, note: str = "") -> str:
    """Return the page of a portfolio, with what `freed_beds` says of its programmes."""
    per = "a year on average over the run" if found.period == ALL_YEARS else f"in {found.period}"
    gained = called(found.measure) + experiment.trial().mark(found.measure)
    header = ["programme", "gain", "cost (£ a year)", "gains most", "gains most a pound"]
    header += ["in the best set", "chosen"]
    text = [
        f"# The best programmes for {gained} within £{found.budget:,.0f} of {word('payer', found.payer)}",
        runs_of(experiment) + f" Pounds and gains are {per}; a gain is a change for the better.",
        *read_first(experiment),
        experiment.trial().lead + _best(found),
        rows(header, _of_programmes(found)),
        "The sets that are the best of a unit (a replicate of a draw):",
        rows(["set", "best in"], [[_named(names), f"{share:.0%}"] for names, share in found.sets[:SETS]]),
        "The choice takes gains and costs to add up. Run whole, the best set gives:",
        rows(
            ["sum of alone", "whole", "interaction", "cost of the whole (£ a year)"],
            [
                [
                    *(with_draws(n) for n in (found.added_up, found.whole, found.interaction)),
                    with_draws(found.whole_cost, pounds),
                ]
            ],
        ),
    ]  # fmt: skip
    if found.whole_cost.mean > found.budget:
        text.append("Run whole, it costs more than the budget: its costs do not add up.")
    if found.interaction.low > 0 or found.interaction.high < 0:
        text.append(
            "The interaction is larger than computing error: another set might do better than this one. "
            "`leftshift attribute` shows where programmes overlap."
        )
    of_chance = " Without `--draws` the probabilities are of chance alone, at central figures."
    text.append(intervals_of(experiment) + ("" if experiment.draws else of_chance))
    text += [note] if note else []
    return "\n\n".join(text) + "\n"


def _of_programmes(found: Portfolio) -> list[list[str]]:
    """Return a line for each programme, and one for choosing nothing."""
    lines = [
        [
            one.name, with_draws(one.benefit), with_draws(one.cost, pounds), f"{one.first:.0%}",
            f"{one.first_for_money:.0%}", f"{one.chosen:.0%}", "yes" if one.in_best else "",
        ]
        for one in found.programmes
    ]  # fmt: skip
    shares = [f"{share:.0%}" for share in (*found.nothing, found.chosen_nothing)]
    return [*lines, [NOTHING, "0", "£0", *shares, "" if found.best else "yes"]]


def _best(found: Portfolio) -> str:
    """Return which set is the best, and whether it can be told from choosing nothing."""
    shares = f"It is the best set in {found.as_often:.0%} of the units (draws x replicates)"
    if not found.best:
        return f"**Best: {NOTHING}.** No programme gains within the budget. {shares}."
    if found.told_apart:
        return f"**Best: {_named(found.best)}.** {shares}, {NOTHING} in {found.chosen_nothing:.0%}."
    why = "its interval or its draws hold no gain"
    if 0 < found.whole.replicates < least_replicates():
        why = f"an interval is believed from {least_replicates()} replicates on"
    return (
        f"**Not distinguishable from {NOTHING}.** The largest mean gain is that of {_named(found.best)}: "
        f"{with_draws(found.whole)}; {why}. {shares}, {NOTHING} in {found.chosen_nothing:.0%}."
    )


def _named(names: Sequence[str]) -> str:
    return ", ".join(names) or NOTHING
