"""A scenario in a paragraph of plain English, written from its numbers, for a reading age of 12 to 14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results.report.blocks import Context, estimate, is_clear, is_grey
from results.report.headline import Headline, gap_rows, last_january, target_of
from results.runs import Run
from results.settings import settings
from results.wording import Estimate, number, pounds

PLAIN = {
    "emergency_admission_rate": "emergency admissions", "ed_attendance_rate": "visits to A&E",
    "bed_day_rate": "days in hospital", "nctr_day_rate": "days stuck in hospital when well enough to leave",
    "death_rate": "deaths", "gp_appointments_per_person": "GP appointments",
    "community_contacts_per_person": "community visits",
    "four_hour_share": "people seen within 4 hours in A&E",
}  # fmt: skip
"""What is compared between fifths, as people say it."""
MONEY_WORTH_TELLING = 1000.0
"""Pounds a year under which a programme is said to cost next to nothing."""


def paragraph(context: Context, run: Run, found: Sequence[Headline], cost: Estimate | None) -> str:
    """Return what a scenario does to admissions, winter beds and the gap, where work goes, and what it costs.

    Args:
        context: The comparison.
        run: The scenario.
        found: Its headlines.
        cost: Its net cost in pounds a year; None where it is not known.
    """
    told = {one.kind: one.row for one in found if one.kind != "year"}
    told |= {one.of.name: one.row for one in found if one.kind == "year"}
    sentences = [
        *_admissions(context, told.get("emergency_admissions")),
        *_beds(context, told.get("january")),
        *_gap(context, run),
        *_work(context, run),
        *_money(context, cost),
    ]
    return " ".join(sentences)


def _admissions(context: Context, row: object | None) -> Iterable[str]:
    """Yield the sentence on emergency admissions."""
    if row is None:
        return
    year = context.last_year
    what = "people come into hospital as an emergency"
    yield _sentence(row, f"In {year}, about", what, "fewer", f"emergency admissions in {year}")


def _beds(context: Context, row: object | None) -> Iterable[str]:
    """Yield the sentence on beds in January, when they are fullest."""
    if row is None:
        return
    when = f"on a usual day in January {last_january(context)[:4]}"
    yield _sentence(row, f"{when[0].upper()}{when[1:]}, about", "hospital beds are in use", "fewer",
                    f"hospital beds in use {when}")  # fmt: skip


def _sentence(row: object, begin: str, what: str, fewer: str, noun: str) -> str:
    """Return a sentence on one difference: how large, or that it is not clear, or too small."""
    verdict: str = row.verdict  # type: ignore[attr-defined]
    shown = estimate(row, "difference")
    if verdict == "identical":
        return f"Nothing changes in {noun}."
    if verdict == "scale":
        return f"At this scale, nothing can be read of {noun}."
    if verdict == "below_threshold":
        return f"There is a change in {noun}, but it is too small to matter: {shown.text(signed=True)}."
    if is_grey(verdict):
        return f"There is no clear change in {noun} ({_span(shown)})."
    return f"{begin} {shown.size().text()} {'more' if shown.mean > 0 else fewer} {what}."


def _span(shown: Estimate) -> str:
    """Return how far an unclear change may go either way: '3,000 fewer to 400 more'."""
    if not shown.has_interval:
        return "one repeat run cannot tell"
    ends = (number(abs(end), shown.places) for end in (shown.low, shown.high))
    words = ("fewer" if end < 0 else "more" for end in (shown.low, shown.high))
    low, high = (f"{end} {word}" if end != "0" else "none" for end, word in zip(ends, words, strict=True))
    return f"anything from {low} to {high}"


def _gap(context: Context, run: Run) -> Iterable[str]:
    """Yield what happens to the gap between the most and the least deprived fifths."""
    gap, ratio = gap_rows(context, run)
    if gap is None or ratio is None:
        return
    subject = f"The gap between the most and least deprived fifths in {PLAIN[target_of(run)]}"
    moves = [None if is_grey(row.verdict) else bool(row.better) for row in (gap, ratio)]  # type: ignore[attr-defined]
    if moves == [None, None]:
        yield f"{subject} does not clearly change."
    elif moves[0] == moves[1]:
        yield f"{subject} gets {'smaller' if moves[0] else 'larger'}."
    else:
        size, share = ("gets smaller" if one else "stays about the same" if one is None else "gets larger"
                       for one in moves)  # fmt: skip
        yield f"{subject} {size} in size, and {share} as a ratio."


def _work(context: Context, run: Run) -> Iterable[str]:
    """Yield the largest clear rise in use of another service: work that is moved has to be done."""
    names = {row["measure"]: row["setting"] for row in settings() if row["panel"] == "contacts"}
    rows = context.changes(names)
    rows = rows[(rows["run"] == context.comparison.names[run]) & rows["verdict"].map(is_clear).astype(bool)]
    rows = rows[rows["difference"] > 0].sort_values("difference", ascending=False)
    for row in rows.head(1).itertuples():
        words = names[row.measure]
        words = words if words[:2].isupper() else words[0].lower() + words[1:]
        yield f"More work lands in {words}: {estimate(row, 'difference').text(signed=True)} a year."


def _money(context: Context, cost: Estimate | None) -> Iterable[str]:
    """Yield what it costs in cash."""
    if cost is None:
        return
    year, who = context.last_year, "the NHS and councils"
    if cost.has_interval and cost.low <= 0 <= cost.high:
        yield f"Whether it costs or saves cash for {who} in {year} is not clear."
    elif abs(cost.mean) < MONEY_WORTH_TELLING:
        yield f"It costs {who} next to nothing in {year}."
    elif cost.mean > 0:
        yield f"It costs {who} {pounds(cost)} more in cash in {year}."
    else:
        yield f"It saves {who} {pounds(cost.size())} in cash in {year}."
