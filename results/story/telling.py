"""One resident's story, put together: who, where the lives part and why, what they come to, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from results.story.lines import Line, lines
from results.story.measures import outcome, side_by_side
from results.story.parting import HEALTH, Parting, Reasons
from results.story.wording import date, person

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of both lives: the same in both, or in one only."""

    when: str
    first: str
    second: str
    same: bool
    after: bool
    """Whether it is at or after the minute at which the lives part."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One resident's story under two scenarios, ready to be told."""

    number: int
    """The resident's identity."""
    who: str
    labels: tuple[str, str]
    lives: tuple[Mapping[str, Any], Mapping[str, Any]]
    start: str
    parting: Parting | None
    health: Parting | None
    """The first difference in health, where there is one."""
    outcomes: tuple[str, str]
    table: list[tuple[str, str, str]]
    rows: list[Row]
    lines: tuple[list[Line], list[Line]]

    @property
    def findings(self) -> list[str]:
        """The story in a few sentences."""
        if self.parting is None:
            return ["The two lives are the same, to the minute. The scenario does not touch this resident."]
        first = self.parting
        found = [
            f"Until {date(self.start, first.minute)} the two lives are the same, to the minute.",
            f"There they part. {first.what} {first.why}",
        ]
        if self.health is None:
            found.append("Their health never differs: only when and where care is given.")
        elif self.health.minute > first.minute or self.health.what != first.what:
            found.append(f"Their health first differs later. {self.health.what} {self.health.why}")
        for label, end in zip(self.labels, self.outcomes, strict=True):
            found.append(f"When the run ends, in \u201c{label}\u201d the resident {end}.")
        return found


def story(record: Record, index: int) -> Story:
    """Return the story of one of a record's residents.

    Args:
        record: What `scenarios.stories.tell` returns.
        index: Which resident.
    """
    first, second = record["lives"][index]
    start, conditions = record["settings"]["start"], record["conditions"]
    scenarios = record["scenarios"]
    reasons = Reasons((first, second), scenarios, record)
    parting = reasons.first()
    told = tuple(
        lines(life, {item["key"]: item["label"] for item in scenario["interventions"]}, conditions)
        for life, scenario in zip((first, second), scenarios, strict=True)
    )
    minute = float("inf") if parting is None else parting.minute
    return Story(
        number=first["person"], who=person(first), labels=(scenarios[0]["label"], scenarios[1]["label"]),
        lives=(first, second), start=start, parting=parting, health=reasons.first(HEALTH),
        outcomes=(outcome(first, conditions), outcome(second, conditions)), table=side_by_side(first, second),
        rows=rows(told[0], told[1], start, minute), lines=(told[0], told[1]),
    )  # fmt: skip


def rows(first: list[Line], second: list[Line], start: str, parts: float) -> list[Row]:
    """Return the lines of two lives beside each other, in order; what is the same in both is told once.

    What begins at the same minute and then goes otherwise, such as an episode of care, stands in one row.
    """
    sides = [_by_minute(side) for side in (first, second)]
    found = []
    for key in sorted({*sides[0], *sides[1]}):
        texts = [side.get(key, []) for side in sides]
        common = [text for text in texts[0] if text in texts[1]]
        only = [[text for text in side if text not in common] for side in texts]
        pairs = [(text, text) for text in common] + list(zip_longest(*only, fillvalue=""))
        for one, other in pairs:
            after = key[0] >= parts or one != other
            found.append(
                Row(when=date(start, key[0]), first=one, second=other, same=one == other, after=after)
            )
    return found


def _by_minute(told: list[Line]) -> dict[tuple[float, bool], list[str]]:
    """Return the sentences of each minute, those of care apart."""
    found: dict[tuple[float, bool], list[str]] = {}
    for line in told:
        found.setdefault((line.minute, line.kind == "care"), []).append(line.text)
    return found


def search_words(record: Record) -> list[str]:
    """Return what a search saw, in sentences; nothing where there was none."""
    seen = record["search"]
    if seen is None:
        return []
    scale = record["settings"]["scale"]
    found = [
        f"Of {seen['looked_at']:,} simulated residents looked at, {seen['reached']:,} were reached by a "
        f"programme; the health of {seen['health']:,} differs between the two runs, and of "
        f"{seen['care_only']:,} only their care (through queues and beds that others use or leave).",
        _longer(seen["longer"], seen["shorter"]),
        "Those told are the ones whose lives differ most, whichever way: chosen for it, and not typical.",
    ]
    if scale < 1:
        found[0] = found[0].replace("looked at,", f"looked at ({100 * scale:.3g}% of everybody),", 1)
    if not seen["found"]:
        found[-1] = "Nobody's life differs in what was asked for, so there is no story to tell."
    return found


def _longer(longer: int, shorter: int) -> str:
    """Return how many live longer and how many less long."""
    if not longer and not shorter:
        return "Nobody lives longer or less long within the run, those who moved away left aside."
    return (
        f"Within the run {longer:,} had a longer life and {shorter:,} a shorter one, those who moved away "
        "left aside. "
        "Single lives go either way; what holds on average is for the comparison to say."
    )


__all__ = ["Row", "Story", "rows", "search_words", "story"]
