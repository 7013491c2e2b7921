"""The card of each scenario: a paragraph in plain English, three figures, its net cost, its evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from results.pairing import VERDICTS
from results.report.assumptions import Strength, strength_of
from results.report.blocks import Context, change_text, estimate, is_clear, is_grey, page_key, percent_text
from results.report.headline import Headline, headlines, net_cost
from results.report.paragraph import paragraph
from results.runs import Run
from results.stated import Stated, stated
from results.wording import Estimate, number, pounds

MOST_OTHERS = 3
MANY_MORE = 1000
AS_EVIDENCED = "as_evidenced"


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
    key: str
    """Id of its row in the table of the first page."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A scenario in one minute."""

    run: str
    label: str
    """In full: the card is where a short label is explained."""
    parts: list[tuple[str, str]]
    """What it is: for each scenario that it is of, its label (empty where there is one) and its words."""
    paragraph: str
    facts: list[Fact]
    """The three figures that every card has, whether clear or not."""
    others: list[Fact]
    """What else is clear, the largest first."""
    cost: str
    """Pounds a year more, net of cash released; empty where it was not recorded."""
    strength: Strength
    family: str
    """The scenario of which it is a variant."""
    variant: str
    """as_evidenced, as_planned, ...; that of a scenario without variants is as_evidenced."""
    keys: dict[str, str]
    """Ids in the page: its row of the net cost, its text, its assumptions."""


def reading(row: object) -> str:
    """Return how sure a change is, in a short sentence: the verdict's words, and what would settle it."""
    verdict: str = row.verdict  # type: ignore[attr-defined]
    words = VERDICTS[verdict]
    if verdict == "noise":
        more = row.further_replicates  # type: ignore[attr-defined]
        if more > MANY_MORE:
            return f"{words}, and more repeat runs are unlikely to settle it."
        count = f"about {number(more)} more repeat runs" if more > 1 else "about one more repeat run"
        return f"{words}; {count} would settle the direction."
    better = row.better  # type: ignore[attr-defined]
    if verdict == "change" and better is not None:
        return f"{words}: for the {'better' if better else 'worse'}."
    return f"{words}."


def _fact(found: Headline) -> Fact:
    """Turn a difference into a figure of a card."""
    row = found.row
    shown = estimate(row, "difference")
    before, after = (number(getattr(row, key), shown.places) for key in ("baseline", "scenario"))
    share = f"{percent_text(row)}; " if math.isfinite(row.percent) else ""  # type: ignore[attr-defined]
    return Fact(
        name=found.name,
        change=change_text(row, found.of),
        detail=f"{share}from {before} to {after} {found.unit}",
        reading=reading(row),
        grey=is_grey(row.verdict),  # type: ignore[attr-defined]
        key=found.key,
    )


def cards(context: Context) -> list[Card]:
    """Return a card for each scenario."""
    return [_card(context, run) for run in context.comparison.scenarios]


def _card(context: Context, run: Run) -> Card:
    """Return the card of one scenario."""
    found, name = headlines(context, run), context.comparison.names[run]
    three = [
        one
        for one in found
        if one.kind != "year" or one.of.name == "emergency_admissions"
    ]  # fmt: skip
    rest = [one for one in found if one not in three and is_clear(_verdict(one))]
    cost = net_cost(context, run)
    return Card(
        run=name,
        label=run.label,
        parts=_parts(run),
        paragraph=paragraph(context, run, found, cost),
        facts=[_fact(one) for one in three],
        others=[_fact(one) for one in sorted(rest, key=_size, reverse=True)[:MOST_OTHERS]],
        cost=_cost(cost) if cost else "",
        strength=strength_of(run),
        family=str(run.scenario["name"]),
        variant=str(run.scenario.get("variant") or AS_EVIDENCED),
        keys={
            "cost": page_key("cost", name), "scenario": page_key("scenario", name),
            "assumptions": page_key("assumptions", name),
        },
    )  # fmt: skip


def _cost(found: Estimate) -> str:
    """Return pounds more or less."""
    if found.mean == 0:
        return "None"
    if found.has_interval and found.low <= 0 <= found.high:
        return f"{pounds(found, signed=True)}: not clear"
    return f"{pounds(found.size())} {'more' if found.mean > 0 else 'less'}"


def variants(made: list[Card]) -> list[tuple[str, str]]:
    """Return the variants between which the page can switch, key and words; none where none has two."""
    kept: dict[str, set[str]] = {}
    for card in made:
        kept.setdefault(card.family, set()).add(card.variant)
    several = set().union(*(found for found in kept.values() if len(found) > 1))
    order = dict.fromkeys([AS_EVIDENCED, *(card.variant for card in made)])
    return [(one, one.replace("_", " ").capitalize()) for one in order if one in several]


def _verdict(found: Headline) -> str:
    """Return the verdict on a difference."""
    return str(found.row.verdict)  # type: ignore[attr-defined]


def _size(found: Headline) -> float:
    """Return a difference in units of the smallest that matters."""
    size = found.row.threshold  # type: ignore[attr-defined]
    difference: float = found.row.difference  # type: ignore[attr-defined]
    return abs(difference) / size if size > 0 else math.inf


def _parts(run: Run) -> list[tuple[str, str]]:
    """Return what the scenario asks and is, part by part."""
    found = stated(run)
    return [(part.label if len(found) > 1 else "", _words(part)) for part in found]


def _words(part: Stated) -> str:
    """Return a scenario's question, or the first sentence of its description: cards are read in seconds."""
    return part.question or first_sentence(part.description)


def first_sentence(text: str) -> str:
    """Return the first sentence of a description: cards are read in seconds, the rest is in the file."""
    plain = " ".join(text.split())
    end = plain.find(". ")
    return plain if end < 0 else plain[: end + 1]
