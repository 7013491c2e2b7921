"""How sure each result is: chance and parameters apart, targets, ranks, what matters, where it turns."""

from __future__ import annotations

import math

import pandas as pd

from results import certainty_charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Figure, Row, Section, Table
from results.report.sections.fairness import share_text
from results.runs import Run
from results.uncertainty.conclusion import INSIDE, OUTSIDE, rests_on, turns
from results.uncertainty.figures import figures_of
from results.uncertainty.ranks import ranks
from results.uncertainty.settings import setting
from results.uncertainty.spread import spread
from results.uncertainty.targets import JUDGED, meeting
from results.uncertainty.tornado import LEAST_DRAWS, draws_needed, tornado
from results.wording import Estimate, number, replicates_text

JUDGED_BY = (
    "emergency_admissions", "occupied_beds", "nctr_daily", "four_hour_share", "response_category_2",
    "eighteen_week_share", "deaths", "qalys",
)  # fmt: skip
MOVED = ("emergency_admissions", "occupied_beds", "deaths")
MOST_BARS = 10
COUNTED = {"at_most": "at most", "at_least": "at least"}


def certainty_of_results(context: Context) -> Section:
    """Return how sure each scenario's results are, and on what they hang."""
    comparison = context.comparison
    section = Section(
        key="sureness",
        title="How sure each result is",
        lead=[
            "Two kinds of doubt are kept apart. Chance is what differs between repeats of one run: more "
            "repeats settle it. Doubt of the evidence is what differs between draws of the uncertain "
            "figures: only better evidence settles it. That the model's form may be wrong is in neither.",
            _drawn_words(context),
        ],
    )
    section.blocks += [
        block for block in (_spread(context), _targets(context), _ranks(context)) if block is not None
    ]
    for run in comparison.scenarios:
        section.blocks += [block for name in MOVED if (block := _tornado(context, run, name)) is not None]
    section.blocks += [block for block in (_turns(context), _rests(context)) if block is not None]
    return section


def _drawn_words(context: Context) -> str:
    """Return whether figures were drawn, how often, and how often they would have to be."""
    comparison = context.comparison
    known = [len(figures_of(run)) for run in comparison.scenarios]
    most = max(known, default=0)
    needed = draws_needed(setting("material_correlation"), most)
    if comparison.drawn:
        enough = "enough" if len(comparison.draw_numbers) >= needed else "too few"
        return (
            f"The uncertain figures were drawn {len(comparison.draw_numbers)} times, {enough} to tell with "
            f"{number(100 * setting('power'))}% probability which of up to {most} figures matters much "
            f"(rank correlation of {setting('material_correlation'):g}): that takes {needed}."
        )
    told = f" With up to {most} uncertain figures it takes about {needed} draws." if most else ""
    return (
        "The uncertain figures were not drawn, so that only chance is known here: which assumption matters "
        f"most, and at what value a conclusion turns, cannot be told.{told}"
    )


def _readable(context: Context) -> list[str]:
    """Return the measures judged by, without waits that are accidents of a sample."""
    return [name for name in JUDGED_BY if name not in context.comparison.unreadable]


def _spread(context: Context) -> Table | None:
    """Return chance and parameters apart, with what more repeats would settle."""
    comparison = context.comparison
    found = spread(comparison, _readable(context), context.last_year)
    if found.empty:
        return None
    changes = context.changes(JUDGED_BY).set_index(["run", "measure"])
    head = [
        "Measure", "Scenario", "Difference", "Spread by chance, one run", "Left by chance in the mean",
        "Spread by parameters", "Share of variance from parameters", "More repeats for its direction",
        "More repeats to tell whether it matters",
    ]  # fmt: skip
    rows = []
    for row in found.itertuples():
        change = changes.loc[(row.run, row.measure)]
        places = Estimate(change["difference"], change["low"], change["high"]).places
        share = _percent(row.parameter_share) if comparison.drawn else "not drawn"
        drawn = number(row.of_parameters, places + 1) if comparison.drawn else "not drawn"
        cells = [
            measure(row.measure).label, row.label, number(row.difference, places, signed=True),
            number(row.of_chance, places + 1), number(row.error_of_mean, places + 1), drawn, share,
            replicates_text(float(change["further_replicates"])),
            replicates_text(float(change["further_to_threshold"])),
        ]  # fmt: skip
        rows.append(Row(cells, run=row.run))
    one = len(comparison.replicates) == 1 and comparison.drawn
    mixed = "; with one repeat run the spread by parameters has chance in it" if one else ""
    return Table(
        name="spread",
        caption=f"Chance and parameters kept apart, {context.last_year} (standard deviations{mixed})",
        head=head,
        rows=rows,
        frame=found,
        headers=2,
    )


def _percent(share: float) -> str:
    """Return a share in per cent."""
    return "not known" if math.isnan(share) else f"{number(100 * share)}%"


def _targets(context: Context) -> Table | None:
    """Return the probability that each run meets each target of the plan."""
    found = meeting(context.comparison)
    if found.empty:
        return None
    head = [
        "Target", "Run", "By", "Aim", "In the run (95% interval)", "Probability of meeting it (95% interval)",
        "Source",
    ]  # fmt: skip
    rows = []
    for row in found.itertuples():
        judged = row.state == JUDGED
        value = Estimate(row.value, row.low, row.high).text() if pd.notna(row.value) else "not known"
        shown = (
            share_text(row.probability, row.probability_low, row.probability_high) if judged else row.state
        )
        of = f" of {row.of}" if judged else ""
        cells = [
            row.words, row.label, row.by, f"{COUNTED[row.limit]} {row.aim:g} {row.unit}", value, shown + of,
            f"{row.source} (grade {row.grade})",
        ]  # fmt: skip
        run = "" if row.run == context.baseline_name else row.run
        rows.append(Row(cells, run=run, grey=not judged))
    return Table(
        name="targets", caption="Targets of the plan and how likely each run meets them", head=head,
        rows=rows, frame=found, headers=2, words=frozenset({3, 5, 6}),
    )  # fmt: skip


def _ranks(context: Context) -> Table | None:
    """Return how often each run is first in each measure."""
    found = [ranks(context.comparison, name, context.last_year) for name in _readable(context)]
    found = [part for part in found if not part.empty]
    if not found:
        return None
    whole = pd.concat(found, ignore_index=True)
    rows = [
        Row(
            [
                measure(row.measure).label, row.label, share_text(row.first, row.low, row.high),
                number(row.mean_rank, 1), row.of,
            ],
            run="" if row.run == context.baseline_name else row.run,
        )
        for row in whole.itertuples()
    ]  # fmt: skip
    return Table(
        name="ranks", caption=f"How often each run is first, {context.last_year}: the baseline takes part",
        head=["Measure", "Run", "First (95% interval)", "Mean rank", "Of"], rows=rows, frame=whole, headers=2,
        words=frozenset({4}),
    )  # fmt: skip


def _tornado(context: Context, run: Run, name: str) -> Figure | Table | None:
    """Return which figures move a scenario's result most, the first measure drawn; none without draws."""
    found = tornado(context.comparison, run, name, context.last_year)
    if len(context.comparison.draw_numbers) < LEAST_DRAWS or found.empty:
        return None
    label, shown = measure(name).label, found.head(MOST_BARS)
    key = f"tornado_{name}_{context.comparison.names[run]}".replace("@", "_").replace("+", "_")
    table = _tornado_table(key, f"{label}, {context.comparison.labels[run]}", found)
    if name != MOVED[0]:
        return table
    middle = float((found["at_low"] + found["at_high"]).mean() / 2)
    rows = pd.DataFrame(
        {
            "name": shown["figure"] + " (" + shown["grade"] + ")", "start": shown["at_low"],
            "end": shown["at_high"], "low": math.nan, "high": math.nan, "grey": ~shown["clear"].astype(bool),
            "text": [f"r {number(row.correlation, 2, signed=True)}" for row in shown.itertuples()],
        }
    )  # fmt: skip
    clear = found[found["clear"].astype(bool)]
    said = (
        f"{clear.iloc[0]['figure']} matters most"
        if len(clear)
        else f"no figure clearly matters in {int(found['draws'].iloc[0])} draws"
    )
    naming = Naming(
        key,
        f"{label}, {context.comparison.labels[run]}: {said}",
        f"Bars: the difference from baseline in {label.lower()} with each uncertain figure at its low and at "
        "its high end, the figures that matter most first.",
    )
    chart = certainty_charts.bars(
        naming, rows, f"Difference from baseline, {measure(name).unit}", middle, context.comparison.names[run]
    )
    note = (
        f"{context.last_year}. Each bar is a straight line through the draws, from the figure's 2.5% value "
        "to its 97.5% value, others as they fall; r is the rank correlation. White: its interval, widened "
        "for so many figures, holds nothing. The letter is the figure's grade."
    )
    return Figure(chart=chart, table=table, note=note)


def _tornado_table(name: str, label: str, found: pd.DataFrame) -> Table:
    """Return every figure's correlation and swing."""
    head = [
        "Figure", "Grade", "Stated (low to high)", "Rank correlation (95%, all together)",
        "Swing of the difference (95%, all together)", "Share of variance", "Draws", "Draws needed",
    ]  # fmt: skip
    rows = [
        Row(
            [
                row.figure, row.grade, f"{row.value:g} ({row.low:g} to {row.high:g}) {row.unit}",
                Estimate(row.correlation, row.correlation_low, row.correlation_high).text(signed=True),
                Estimate(row.swing, row.swing_low, row.swing_high).text(signed=True),
                _percent(row.share_of_variance),
                str(row.draws), str(row.draws_needed),
            ],
            run=row.run, grey=not row.clear,
        )
        for row in found.itertuples()
    ]  # fmt: skip
    caption = f"What moves the difference from baseline, each uncertain figure by itself: {label}"
    return Table(name=name, caption=caption, head=head, rows=rows, frame=found, words=frozenset({1, 2}))


def _turns(context: Context) -> Table | None:
    """Return the values at which conclusions turn, of figures whose line is clear."""
    comparison = context.comparison
    parts = [
        turns(comparison, run, name, context.last_year) for run in comparison.scenarios for name in MOVED
    ]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True)
    known = whole[whole["state"].isin([INSIDE, OUTSIDE])]
    head = [
        "Measure and conclusion", "Scenario", "Figure", "Grade", "Stated (low to high)",
        "Turns at (95% interval)", "Where",
    ]  # fmt: skip
    rows = [
        Row(
            [
                f"{measure(row.measure).label}: {row.conclusion}", row.label, row.figure, row.grade,
                f"{row.value:g} ({row.low:g} to {row.high:g}) {row.unit}",
                Estimate(row.turns_at, row.turns_low, row.turns_high).text(), row.state,
            ],
            run=row.run, grey=row.state == OUTSIDE,
        )
        for row in known.itertuples()
    ]  # fmt: skip
    caption = (
        f"Values at which conclusions turn, {context.last_year}: figures not listed have no clear line "
        f"through the draws ({len(whole) - len(known)} of {len(whole)})"
    )
    return Table(
        name="turns", caption=caption, head=head, rows=rows, frame=whole, headers=2,
        words=frozenset({2, 3, 4, 6}),
    )  # fmt: skip


def _rests(context: Context) -> Table | None:
    """Return on what each conclusion rests: weakest grade, share from C-graded figures, what settles it."""
    comparison = context.comparison
    parts = [
        rests_on(comparison, run, name, context.last_year) for run in comparison.scenarios for name in MOVED
    ]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return None
    whole = pd.concat(parts, ignore_index=True)
    head = [
        "Measure", "Scenario", "Weakest grade", "Among", "Share of variance from C-graded figures",
        "C-graded figures", "First to settle", "Local data set that would settle it",
    ]  # fmt: skip
    rows = []
    for row in whole.itertuples():
        share = share_text(row.weak_share, row.weak_share_low, row.weak_share_high)
        cells = [
            measure(row.measure).label, row.label, row.weakest_grade, row.material,
            share if row.draws else "not drawn", f"{row.weak_figures} of {row.figures}", row.why,
            row.settled_by or "not named",
        ]  # fmt: skip
        rows.append(Row(cells, run=row.run))
    return Table(
        name="rests_on", caption="Weak figures in the open: on what each conclusion rests", head=head,
        rows=rows, frame=whole, headers=2, words=frozenset({2, 3, 6, 7}),
    )  # fmt: skip
