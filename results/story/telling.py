"""One resident's story, put together: who, where the lives part and why, what they come to, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from results.small_scale import waits_at
from results.story.lines import Line, lines
from results.story.measures import outcome, side_by_side
from results.story.parting import HEALTH, Parting, Reasons
from results.story.wording import date, person, phrases, pronoun, subject
from results.trial import trial_notes

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
    touched: tuple[str, ...] = ()
    """What of each scenario reaches the resident, in a sentence; only of one that changes something."""

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
        found += self.touched
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
        lines(
            life,
            {item["key"]: item["label"] for item in scenario["interventions"]},
            conditions,
            record.get("unread_nodes", ()),
        )
        for life, scenario in zip((first, second), scenarios, strict=True)
    )
    minute = float("inf") if parting is None else parting.minute
    return Story(
        number=first["person"], who=person(first), labels=(scenarios[0]["label"], scenarios[1]["label"]),
        lives=(first, second), start=start, parting=parting, health=reasons.first(HEALTH),
        outcomes=(outcome(first, conditions), outcome(second, conditions)), table=side_by_side(first, second),
        rows=rows(told[0], told[1], start, minute), lines=(told[0], told[1]),
        touched=tuple(
            touched(life, scenario, start, record.get("core20plus", ()))
            for life, scenario in zip((first, second), scenarios, strict=True)
            if scenario["interventions"]
        ),
    )  # fmt: skip


def trial(record: Record) -> list[str]:
    """Return that a story's runs are a trial, and which of its waits are not to be read."""
    nodes = record.get("unread_nodes", ())
    return trial_notes(record["settings"]["scale"], 1, nodes, waits_at(nodes))


def touched(
    life: Mapping[str, Any], scenario: Mapping[str, Any], start: str,
    plus: Sequence[tuple[str, Sequence[str]]] = (),
) -> str:  # fmt: skip
    """Return what of a scenario reaches a resident: programmes, services, changed places of care.

    Args:
        life: The resident's.
        scenario: As `scenarios/stories.py` tells it.
        start: First month of the run.
        plus: Attributes and their levels that make somebody Core20PLUS.
    """
    labels = {item["key"]: item["label"] for item in scenario["interventions"]}
    for_plus = {item["key"] for item in scenario["interventions"] if item.get("core20plus")}
    name = f"\u201c{scenario['label']}\u201d"
    reached = [one for one in life["moments"] if one["kind"] == "reached"]
    parts = []
    for key in dict.fromkeys(one["key"] for one in reached):
        mine = [one for one in reached if one["key"] == key]
        verb = "takes on an emergency" if "after" in mine[0] else "reaches " + pronoun(life)
        why = core20plus_words(life, plus) if key in for_plus else ""
        parts.append(f"\u201c{labels.get(key, key)}\u201d {verb}{_when(mine, start)}{why}")
    acted: dict[str, set[int]] = {}
    for one in life["moments"]:
        if one["kind"] == "acted":
            acted.setdefault(one["key"], set()).add(one["episode"])
    for key, times_ in acted.items():
        number = "one episode" if len(times_) == 1 else f"{len(times_)} episodes"
        parts.append(f"\u201c{labels.get(key, key)}\u201d changes a place that {number} of care passes")
    if not parts:
        through = "what differs comes through queues and places that others use"
        return f"Nothing of {name} reaches {pronoun(life)}: {through}."
    return f"What of {name} reaches {pronoun(life)}: {'; '.join(parts)}."


def core20plus_words(life: Mapping[str, Any], plus: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return why a resident is Core20PLUS, by what she or he is at the start; '' where it is not told."""
    state = {"quintile": str(life["quintile"]), **life["state"]}
    held = [(name, str(state[name])) for name, levels in plus if str(state.get(name)) in levels]
    known = phrases()
    told = [known.get(("core20plus", f"{name}.{level}")) or known[("core20plus", name)].format(level)
            for name, level in held]  # fmt: skip
    return f" ({subject(life)} is Core20PLUS: {' and '.join(told)})" if told else ""


def _when(moments: list[Mapping[str, Any]], start: str) -> str:
    """Return on which day, or how often from which day."""
    first = date(start, moments[0]["minute"])
    return f" on {first}" if len(moments) == 1 else f" {len(moments)} times, first on {first}"


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
        f"Of {seen['looked_at']:,} simulated residents looked at, {_reached(seen)}; the health of "
        f"{seen['health']:,} differs between the two runs, and of {seen['care_only']:,} only their care.",
        _longer(seen["longer"], seen["shorter"]),
        "Those told are the ones whose lives differ most, whichever way: chosen for it, and not typical.",
    ]
    if scale < 1:
        found[0] = found[0].replace("looked at,", f"looked at ({100 * scale:.3g}% of everybody),", 1)
    if not seen["found"]:
        found[-1] = "Nobody's life differs in what was asked for, so there is no story to tell."
    return found


def _reached(seen: Mapping[str, Any]) -> str:
    """Return how many the scenario reached: by programmes, by taking emergencies, by changed places."""
    taken, changed = seen.get("taken", 0), seen.get("care_changed", 0)
    told = f"{seen['reached']:,} were reached by it"
    if taken:
        some = "all" if taken == seen["reached"] else f"{taken:,} of them"
        told += f" ({some} by a service that took an emergency of theirs)"
    if changed:
        passed = "had care at a place whose ways on, times or delays it changes"
        if not seen["reached"]:
            return f"no programme of it reached anybody, but {changed:,} {passed}"
        return f"{told}, and {changed:,} others {passed}"
    return told if seen["reached"] else f"{told} directly: what it changes is places and queues"


def _longer(longer: int, shorter: int) -> str:
    """Return how many live longer and how many less long."""
    if not longer and not shorter:
        return "Nobody lives longer or less long within the run, those who moved away left aside."
    return (
        f"Within the run {longer:,} had a longer life and {shorter:,} a shorter one, those who moved away "
        "left aside. "
        "Single lives go either way; what holds on average is for the comparison to say."
    )


__all__ = ["Row", "Story", "rows", "search_words", "story", "trial"]
