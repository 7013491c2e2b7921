"""A life as lines: one for each thing that happened, and one for each episode of care."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from results.story.wording import lower_first, phrases, span, upper_first
from results.trial import NOT_READ

Life = Mapping[str, Any]
Moment = Mapping[str, Any]
HANDOVER_MINUTES = 15
"""A handover at the door is told from this on: the national standard (NHS England)."""
FROM_JOINING = ("ed_waiting", "utc", "sdec")
"""Where the wait for a place is part of the time that is told."""
FIRST_APPOINTMENT = "elective_first_outpatient"
SHORTEST_TOLD = 60
"""Minutes that a place is kept after its use before that is told."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened."""

    minute: float
    """When, or when it began."""
    until: float | None
    """When it was over, for an episode of care that is."""
    kind: str
    """`health`, `end`, `programme`, `need` or `care`."""
    text: str
    """A sentence without a full stop."""


def lines(
    life: Life, programmes: Mapping[str, str], conditions: Mapping[str, str], unread: Collection[str] = ()
) -> list[Line]:
    """Return a life's lines in order.

    Args:
        life: What `Follower` wrote down.
        programmes: Label of each programme of the scenario, by key.
        conditions: Label of each condition, by key.
        unread: Nodes whose queues are accidents of the sample: waits there are marked.
    """
    found = list(_episodes(life, unread))
    for one in life["moments"]:
        kind, text = _told(life, one, programmes, conditions)
        if text:
            found.append(Line(minute=one["minute"], until=None, kind=kind, text=text))
    if life["began"]:
        text = "Is born" if life["how"] == "birth" else "Moves into the area"
        found.append(Line(minute=life["began"], until=None, kind="health", text=text))
    return sorted(found, key=lambda line: (line.minute, line.kind == "care"))


def _told(
    life: Life, one: Moment, programmes: Mapping[str, str], conditions: Mapping[str, str]
) -> tuple[str, str]:
    """Return the kind of a moment and its sentence; nothing where there is no sentence for it."""
    if one["kind"] == "change":
        return "health", change_words(life, one, conditions)
    if one["kind"] == "end":
        return "end", phrases()["end", one["key"]]
    if one["kind"] == "reached":
        label = programmes.get(one["key"], one["key"])
        if "after" not in one:
            return "programme", f"Reached by: {label}"
        then = "enough" if one["after"] == "nothing" else "and goes on to the first place after all"
        return "programme", f"Emergency taken on by: {label}; {then}"
    if one["kind"] == "need" and one["met"] == "outside":
        return "need", f"{phrases().get(('need', one['key']), one['label'])}, met outside the area"
    return "", ""


def change_words(life: Life, one: Moment, conditions: Mapping[str, str]) -> str:
    """Return what a change of an attribute is in words, '' where it is not worth a line."""
    name, was, now = one["attribute"], one["was"], one["now"]
    if name not in life["conditions"]:
        known = phrases()
        return known.get(("change", f"{name}.{was}>{now}")) or known.get(("change", f"{name}.{now}"), "")
    label = conditions.get(name, name.replace("_", " "))
    if now == "no":
        return f"No longer has a condition: {lower_first(label)}"
    if was == "no":
        return f"New condition: {lower_first(label)}" + (
            ", not yet diagnosed" if now == "undiagnosed" else ""
        )
    if now == "diagnosed":
        return f"Diagnosed: {lower_first(label)}"
    return f"{label} goes on to {now.replace('_', ' ')}" if now.startswith("stage") else ""


def episodes(life: Life) -> dict[int, list[Moment]]:
    """Return the stages of each episode of care, in order."""
    found: dict[int, list[Moment]] = {}
    for one in life["moments"]:
        if one["kind"] == "stage":
            found.setdefault(one["episode"], []).append(one)
    return found


def _episodes(life: Life, unread: Collection[str]) -> Iterator[Line]:
    for stages in episodes(life).values():
        text = episode_words(stages) + _mark(stages, unread)
        ends = [one["leave"] for one in stages]
        until = None if None in ends else max(ends)
        if episode_words(stages):
            yield Line(minute=stages[0]["join"], until=until, kind="care", text=text)


def _mark(stages: Sequence[Moment], unread: Collection[str]) -> str:
    """Return that an episode waited where waits are accidents of the sample; '' where it did not wait there.

    What keeps a patient at one place may be the queue of the next.
    """
    waited = {
        name
        for one in stages
        for name in (one["node"], one["next"])
        if name in unread and (one["start"] is None or one["start"] > one["join"] or _held(one))
    }
    return f" (waits {NOT_READ})" if waited else ""


def _held(one: Moment) -> bool:
    """Tell whether a place was kept after its use."""
    return None not in (one["ready"], one["leave"]) and one["leave"] - one["ready"] >= 1.0


def episode_words(stages: Sequence[Moment]) -> str:
    """Return an episode in one sentence: where, how long, how it ended."""
    before = [stages[0]["join"], *(one["join"] if one["leave"] is None else one["leave"] for one in stages)]
    if len(stages) > 1 and stages[1]["care"] == FIRST_APPOINTMENT:
        before[1] = stages[0]["join"]  # waited for since the referral
    told_of = zip(stages, before, strict=False)
    parts = [words for one, since in told_of if (words := stage_words(one, since))]
    last = stages[-1]
    told = ("exit", "removed", "still", "turned_away", "balked")
    ending = phrases().get((last["how"], last["next"]), "") if last["how"] in told else ""
    return upper_first("; ".join([*parts, *([ending] if ending else [])]))


def stage_words(one: Moment, since: float) -> str:
    """Return one stage in words, '' for what a patient would not notice as a place of its own.

    Args:
        one: The stage.
        since: Minute from which its wait is counted: when the stage before was left.
    """
    pattern = phrases().get(("care", one["care"]), "")
    if not pattern:
        return ""
    join, start, ready, leave = (one[name] for name in ("join", "start", "ready", "leave"))
    if start is None:
        return f"waits: {lower_first(one['label'].split(' (')[0])}"
    return pattern.format(
        site=one["site"] or "the hospital",
        bed=lower_first(one["label"].split(" (")[0].replace("Acute beds, ", "A bed in ")),
        stay="from then on" if leave is None else span(leave - _since(one)),
        waited="no wait" if start - since < 1 else span(start - since),
        served=span((start if ready is None else ready) - join),
        handover=_kept(one, " and waits {} to be handed over", HANDOVER_MINUTES),
        blocked=_kept(one, _blocked(one), SHORTEST_TOLD),
    )  # fmt: skip


def _since(one: Moment) -> float:
    """Return the minute from which the time at a place is told."""
    return float(one["join"] if one["care"] in FROM_JOINING else one["start"])


def _blocked(one: Moment) -> str:
    moves = one["how"] == "node" and one["next"].startswith("acute_beds")
    return ", the last {} waiting for the next bed" if moves else ", the last {} ready to leave"


def _kept(one: Moment, words: str, least: float) -> str:
    """Return how long a place was kept after its use, from some minutes on."""
    ready, leave = one["ready"], one["leave"]
    if ready is None or leave is None or leave - ready < least:
        return ""
    return words.format(span(leave - ready))


__all__ = ["Line", "episodes", "lines"]
