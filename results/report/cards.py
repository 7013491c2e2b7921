"""The card of each scenario: what is clear as headlines, what is not told as such, in its own periods."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from results.measures.registry import Measure, measure, measures
from results.report.assumptions import Strength, strength_of
from results.report.blocks import Context, change_text, estimate, is_clear, is_grey, percent_text
from results.runs import Run
from results.stated import Stated, stated
from results.wording import joined, number

JANUARY = "01"
HEADLINES = (
    "emergency_admissions", "ed_attendances", "occupied_beds", "nctr_daily", "four_hour_share", "deaths",
    "gp_appointments", "community_contacts",
)  # fmt: skip
MOST_FACTS = 3
ON_AVERAGE = ("occupied_beds", "nctr_daily")
"""Levels of an average day, not totals of a period."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One figure of a card."""

    name: str
    """What it is, and of which period."""
    change: str
    """The difference with its interval."""
    detail: str
    """The same as a percentage, and the levels."""
    reading: str
    """How sure, in words."""
    grey: bool
    """Whether it is too small or too uncertain to act on."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A scenario in one minute."""

    run: str
    label: str
    """In full: the card is where a short label is explained."""
    parts: list[tuple[str, str]]
    """What it is: for each scenario that it is of, its label (empty where there is one) and its words."""
    sentence: str
    facts: list[Fact]
    """What is clear, the largest first."""
    unclear: list[Fact]
    """What was looked at and is not clear: no headlines."""
    strength: Strength


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A difference that may be a headline."""

    name: str
    unit: str
    row: object
    of: Measure
    always: bool
    """Told even where it is not clear."""


READINGS = {
    "identical": "No change at all.",
    "no_interval": "One repeat run only: no interval can be given.",
    "uncertain": "Not by chance, but its direction depends on figures that are uncertain.",
    "below_threshold": "Not by chance, but too small to change a decision.",
    "scale": "Not to be read at this scale.",
}
MANY_MORE = 1000


def _reading(row: object) -> str:
    """Return how sure a change is, in a short sentence."""
    verdict = row.verdict  # type: ignore[attr-defined]
    if verdict in READINGS:
        return READINGS[verdict]
    if verdict == "noise":
        more = row.further_replicates  # type: ignore[attr-defined]
        if more > MANY_MORE:
            return "May be chance, and more repeat runs are unlikely to settle it."
        count = f"about {number(more)} more repeat runs" if more > 1 else "about one more repeat run"
        return f"May be chance; {count} would settle the direction."
    better = row.better  # type: ignore[attr-defined]
    return (
        "A clear change." if better is None else f"A clear change for the {'better' if better else 'worse'}."
    )


def _fact(found: _Found) -> Fact:
    """Turn a difference into a figure of a card."""
    row = found.row
    shown = estimate(row, "difference")
    before, after = (number(getattr(row, key), shown.places) for key in ("baseline", "scenario"))
    return Fact(
        name=found.name,
        change=change_text(row, found.of),
        detail=f"{percent_text(row)}; from {before} to {after} {found.unit}",
        reading=_reading(row),
        grey=is_grey(row.verdict),  # type: ignore[attr-defined]
    )


def cards(context: Context) -> list[Card]:
    """Return a card for each scenario."""
    made = []
    for run in context.comparison.scenarios:
        candidates = list(_candidates(context, run))
        clear = sorted((one for one in candidates if is_clear(_verdict(one))), key=_size, reverse=True)
        unclear = [one for one in candidates if one.always and not is_clear(_verdict(one))]
        made.append(
            Card(
                run=context.comparison.names[run],
                label=run.label,
                parts=_parts(run),
                sentence=_sentence(context, run),
                facts=[_fact(one) for one in clear[:MOST_FACTS]],
                unclear=[_fact(one) for one in unclear],
                strength=strength_of(run),
            )
        )
    return made


def _verdict(found: _Found) -> str:
    """Return the verdict on a difference."""
    return str(found.row.verdict)  # type: ignore[attr-defined]


def _size(found: _Found) -> float:
    """Return a difference in units of the smallest that matters."""
    size = found.row.threshold  # type: ignore[attr-defined]
    difference: float = found.row.difference  # type: ignore[attr-defined]
    return abs(difference) / size if size > 0 else math.inf


def _candidates(context: Context, run: Run) -> Iterable[_Found]:
    """Yield the differences of a scenario that may be headlines: usual ones, and those that it expects."""
    expected = [one.measure for part in stated(run) for one in part.expects if one.measure in measures()]
    year = context.last_year
    for name in dict.fromkeys((*HEADLINES, *expected)):
        found = measure(name)
        row = _row(context, run, name)
        if row is not None and not found.is_expectancy:
            of_day = "on an average day of " if name in ON_AVERAGE else "over "
            yield _Found(
                name=f"{found.label}, {of_day}the year {year}", unit=found.unit, row=row, of=found,
                always=name == "emergency_admissions",
            )  # fmt: skip
    winter = _last_january(context)
    row = _row(context, run, "occupied_beds", by="month", period=winter) if winter else None
    if row is not None:
        yield _Found(
            name=f"Acute beds occupied, on an average day of January {winter[:4]} alone", unit="beds",
            row=row, of=measure("occupied_beds"), always=True,
        )  # fmt: skip
    row = _row(context, run, "emergency_admission_rate", "inequality", level="absolute_gap")
    if row is not None:
        yield _Found(
            name="Gap in emergency admissions between the most and least deprived fifths, over the year "
            f"{year}",
            unit="admissions per 1,000 people", row=row, of=measure("emergency_admission_rate"), always=True,
        )  # fmt: skip


def _row(
    context: Context, run: Run, name: str, dimension: str = "all", *,
    by: str = "year", period: str = "", level: str = "",
) -> object | None:  # fmt: skip
    """Return the difference of a measure in a period (the last year by default), or None."""
    frame = context.comparison.differences(name, dimension, by)
    frame = frame[frame["run"] == context.comparison.names[run]]
    frame = frame[frame["period"] == (period or context.last_year)]
    if level:
        frame = frame[frame["level"] == level]
    return next(frame.itertuples(), None)


def _last_january(context: Context) -> str:
    """Return the last January of the run, 'YYYY-MM'; empty where there is none."""
    from results.measures.series import month_labels

    found = [month for month in month_labels(context.comparison.baseline) if month.endswith(f"-{JANUARY}")]
    return found[-1] if found else ""


def _parts(run: Run) -> list[tuple[str, str]]:
    """Return what the scenario asks and is, part by part."""
    found = stated(run)
    return [(part.label if len(found) > 1 else "", _words(part)) for part in found]


def _words(part: Stated) -> str:
    """Return a scenario's question, or the first sentence of its description: cards are read in seconds."""
    return part.question or first_sentence(part.description)


def _clause(row: object, noun: str, fewer: str = "fewer") -> str:
    """Return '360 (340 to 380) fewer emergency admissions', or that nothing clear changes."""
    verdict = row.verdict  # type: ignore[attr-defined]
    if verdict == "below_threshold":
        return f"a change too small to matter in {noun}"
    if is_grey(verdict):
        return f"no clear change in {noun}"
    shown = estimate(row, "difference")
    return f"{shown.size().text()} {'more' if shown.mean > 0 else fewer} {noun}"


def _sentence(context: Context, run: Run) -> str:
    """Return the sentence of a card, each figure with its period."""
    winter = _last_january(context)
    admissions, beds = (_row(context, run, name) for name in ("emergency_admissions", "occupied_beds"))
    in_winter = _row(context, run, "occupied_beds", by="month", period=winter) if winter else None
    parts = []
    if admissions is not None:
        parts.append(f"{_clause(admissions, 'emergency admissions')} over the year {context.last_year}")
    if beds is not None:
        parts.append(f"{_clause(beds, 'acute beds occupied')} on an average day of that year")
    if in_winter is not None:
        parts.append(f"{_clause(in_winter, 'acute beds occupied')} in the month of January {winter[:4]}")
    label = context.comparison.labels[run]
    text = f"Compared with the baseline, {label} brings {joined(parts)}." if parts else ""
    gap, ratio = (
        _row(context, run, "emergency_admission_rate", "inequality", level=level)
        for level in ("absolute_gap", "relative_gap")
    )
    return f"{text} {_gap_sentence(gap, ratio)}".strip()


def _gap_sentence(gap: object | None, ratio: object | None) -> str:
    """Return what happens to the gap between fifths, absolute and relative together."""
    if gap is None or ratio is None:
        return ""
    subject = "The gap in emergency admissions between the most and least deprived fifths"
    if is_grey(gap.verdict) and is_grey(ratio.verdict):  # type: ignore[attr-defined]
        return f"{subject} does not clearly change."
    words = []
    for row, name in ((gap, "in absolute terms"), (ratio, "in relative terms")):
        if is_grey(row.verdict):  # type: ignore[attr-defined]
            words.append(f"does not clearly change {name}")
        else:
            words.append(f"{'narrows' if row.better else 'widens'} {name}")  # type: ignore[attr-defined]
    return f"{subject} {words[0]} and {words[1]}."


def first_sentence(text: str) -> str:
    """Return the first sentence of a description: cards are read in seconds, the rest is in the file."""
    plain = " ".join(text.split())
    end = plain.find(". ")
    return plain if end < 0 else plain[: end + 1]
