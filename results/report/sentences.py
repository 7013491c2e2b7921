"""Sentences written from the numbers: headlines of charts, and the card of each scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from results.measures.registry import Measure, measure
from results.report.assumptions import Strength, strength_of
from results.report.blocks import Context, best_change, change_text, estimate, is_grey, percent_text
from results.wording import Estimate, joined, number, seen

JANUARY = "01"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One figure of a card."""

    name: str
    """What it is."""
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
    description: str
    sentence: str
    facts: list[Fact]
    strength: Strength


def _unsigned(row: object, found: Measure) -> str:
    """Return the size of a change on the scale a planner reads, without its sign."""
    if found.is_share or found.unit == "years":
        unit = "percentage points" if found.is_share else "years"
        return f"{_size_text(estimate(row, 'difference'))} {unit}"
    return _size_text(estimate(row, "percent", "percent_low", "percent_high"), "%")


def _size_text(shown: Estimate, suffix: str = "") -> str:
    """Return the size without sign and without interval, for a headline."""
    places = min(shown.places, 1 if abs(shown.mean) >= 1 else 2)
    return number(abs(shown.mean), seen(shown.mean, places)) + suffix


def finding(rows: pd.DataFrame, found: Measure, when: str) -> str:
    """Return a chart's title: the largest clear change among scenarios, and what the others do.

    Args:
        rows: Differences of one measure in one period, a row a scenario.
        found: The measure.
        when: When, in words ('in 2030/31').
    """
    name = found.label[0].lower() + found.label[1:] if not found.label[:2].isupper() else found.label
    if rows.empty:
        return f"{found.label} {when}"
    clear = rows[~rows["verdict"].map(is_grey)].sort_values("percent", key=abs, ascending=False)
    if clear.empty:
        return f"No scenario changes {name} clearly enough to act on {when}"
    top = next(clear.itertuples())
    verb = "raises" if top.difference > 0 else "lowers"
    title = f"{top.label} {verb} {name} by {_unsigned(top, found)} {when}"
    others = len(rows) - len(clear)
    if len(rows) > 1 and others == len(rows) - 1:
        return f"{title}; no other scenario changes it clearly enough to act on"
    if len(clear) > 1:
        return f"{title}, the largest change of {len(rows)} scenarios"
    return title


READINGS = {
    "identical": "No change at all.",
    "no_interval": "One replicate only: no interval can be given.",
    "uncertain": "Clear in computing, but its sign depends on figures that are uncertain.",
    "below_threshold": "Clear, but too small to change a decision.",
}


def _reading(row: object) -> str:
    """Return how sure a change is, in a short sentence."""
    verdict = row.verdict  # type: ignore[attr-defined]
    if verdict in READINGS:
        return READINGS[verdict]
    if verdict == "noise":
        more = row.further_replicates  # type: ignore[attr-defined]
        if more > 1000:
            return "Cannot be told from computing error, and more replicates are unlikely to settle it."
        count = f"about {number(more)} more replicates" if more > 1 else "about one more replicate"
        return f"Cannot be told from computing error; {count} would settle the sign."
    better = row.better  # type: ignore[attr-defined]
    return (
        "A clear change." if better is None else f"A clear change for the {'better' if better else 'worse'}."
    )


def _fact(name: str, row: object, found: Measure, unit: str) -> Fact:
    """Turn a difference into a figure of a card."""
    shown = estimate(row, "difference")
    before, after = (number(getattr(row, key), shown.places) for key in ("baseline", "scenario"))
    return Fact(
        name=name,
        change=change_text(row, found),
        detail=f"{percent_text(row)}; from {before} to {after} {unit}",
        reading=_reading(row),
        grey=is_grey(row.verdict),  # type: ignore[attr-defined]
    )


def _only(frame: pd.DataFrame, **keys: str) -> object | None:
    """Return the one row that matches, or None."""
    for key, value in keys.items():
        frame = frame[frame[key] == value]
    return next(frame.itertuples(), None)


def cards(context: Context) -> list[Card]:
    """Return a card for each scenario."""
    comparison = context.comparison
    admissions = comparison.differences("emergency_admissions")
    beds = comparison.differences("occupied_beds", by="month")
    gaps = comparison.differences("emergency_admission_rate", "inequality")
    januaries = [period for period in dict.fromkeys(beds["period"]) if period.endswith("-" + JANUARY)]
    made = []
    for run in comparison.scenarios:
        name = comparison.names[run]
        rows = {
            "admissions": _only(admissions, run=name, period=context.last_year),
            "beds": _only(beds, run=name, period=januaries[-1]) if januaries else None,
            "gap": _only(gaps, run=name, period=context.last_year, level="absolute_gap"),
            "ratio": _only(gaps, run=name, period=context.last_year, level="relative_gap"),
        }
        made.append(
            Card(
                run=name,
                label=run.label,
                description=first_sentence(str(run.scenario.get("description") or "")),
                sentence=_sentence(
                    run.label, rows, context.last_year, januaries[-1][:4] if januaries else ""
                ),
                facts=_facts(rows, context.last_year, januaries[-1][:4] if januaries else ""),
                strength=strength_of(run),
            )
        )
    return made


def _facts(rows: dict[str, object | None], year: str, winter: str) -> list[Fact]:
    """Return the three figures of a card, where their numbers were recorded."""
    wanted: Iterable[tuple[str, str, str, str]] = (
        ("admissions", f"Emergency admissions in {year}", "emergency_admissions", "admissions"),
        ("beds", f"Acute beds occupied in January {winter}", "occupied_beds", "beds"),
        (
            "gap",
            f"Gap in emergency admissions between the most and least deprived fifths in {year}",
            "emergency_admission_rate",
            "admissions per 1,000 people",
        ),
    )
    return [
        _fact(title, rows[key], measure(name), unit)
        for key, title, name, unit in wanted
        if rows[key] is not None
    ]


def _clause(row: object, noun: str, fewer: str = "fewer") -> str:
    """Return '360 (340 to 380) fewer emergency admissions', or that nothing clear changes."""
    if row.verdict == "below_threshold":  # type: ignore[attr-defined]
        return f"a change too small to matter in {noun}"
    if is_grey(row.verdict):  # type: ignore[attr-defined]
        return f"no clear change in {noun}"
    shown = estimate(row, "difference")
    return f"{shown.size().text()} {'more' if shown.mean > 0 else fewer} {noun}"


def _sentence(label: str, rows: dict[str, object | None], year: str, winter: str) -> str:
    """Return the sentence of a card."""
    parts = []
    if rows["admissions"] is not None:
        parts.append(f"{_clause(rows['admissions'], 'emergency admissions')} in {year}")
    if rows["beds"] is not None:
        parts.append(f"{_clause(rows['beds'], 'acute beds occupied')} in January {winter}")
    text = f"Compared with the baseline, {label} brings {joined(parts)}." if parts else ""
    return f"{text} {_gap_sentence(rows['gap'], rows['ratio'])}".strip()


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


def main_finding(context: Context) -> str:
    """Return one sentence on which scenario moves which headline most."""
    said = []
    for name in ("emergency_admissions", "occupied_beds"):
        rows = context.comparison.differences(name)
        rows = rows[rows["period"] == context.last_year]
        said.append(finding(rows, measure(name), f"in {context.last_year}") + ".")
    return " ".join(said)


def effect_text(row: object) -> str:
    """Return the words written beside a dot."""
    return best_change(row, measure(row.measure))  # type: ignore[attr-defined]


def first_sentence(text: str) -> str:
    """Return the first sentence of a description: cards are read in seconds, the rest is in the file."""
    plain = " ".join(text.split())
    end = plain.find(". ")
    return plain if end < 0 else plain[: end + 1]
