"""What scenarios combined have in common besides exact copies: notes for a reader, never a refusal.

Two programmes may well act on one need at once, and the model lets both. But a plan's programme, a grant or
an effect that two files hold under different keys is counted twice, and only a reader can tell which it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from scenarios.plain_names import condition, need, places, spaced, transition
from scenarios.programmes import programmes
from sim.interventions import specification as spec

WAY, INTO = "way", "into"
"""People taken from a way between two nodes, and people sent along one."""
MOST_TOLD = 4
"""Things in common that one sentence names; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Acting:
    """One scenario of a combination.

    Attributes:
        name: As it was named.
        shock: Whether it is something that happens and no programme: nothing of it is counted twice.
        programmes: Rows of the map of programmes that it stands for.
        interventions: What it changes.
    """

    name: str
    shock: bool = False
    programmes: tuple[str, ...]
    interventions: tuple[spec.Intervention, ...]


@dataclass(frozen=True, kw_only=True)
class Lever:
    """One thing that an intervention changes.

    Attributes:
        kind: What kind of thing, such as 'need' or 'places at'.
        key: Which one.
        words: How it is told.
        eligible: For whom; None where it is for everybody who comes.
        evidence: Row of evidence of its size; '' without one.
    """

    kind: str
    key: tuple[str, ...]
    words: str
    eligible: spec.Eligibility | None = None
    evidence: str = ""


def overlaps(parts: Sequence[Acting], labels: dict[str, str] | None = None) -> list[str]:
    """Return a sentence for each two scenarios that stand for one programme, or change one thing.

    What both have unchanged is left out: it is there once, and that is said elsewhere.

    Args:
        parts: The scenarios.
        labels: What the network calls its nodes.
    """
    told: list[str] = []
    for one, other in combinations(parts, 2):
        alike = {_content(item) for item in one.interventions} & {
            _content(item) for item in other.interventions
        }
        first, second = (
            [item for item in part.interventions if _content(item) not in alike] for part in (one, other)
        )
        if first and second and not (one.shock or other.shock):
            told += _of_programmes(one, other)
            told += _of_levers(one.name, first, other.name, second, labels or {})
    return told


def _content(item: spec.Intervention) -> Any:
    """Return an intervention without its words."""
    return replace(item, label="", note="")


def _of_programmes(one: Acting, other: Acting) -> Iterable[str]:
    """Yield that two scenarios stand for one programme of the plans."""
    both = [row for row in one.programmes if row in other.programmes]
    if both:
        named = "; ".join(f"{programmes()[row]['programme']} ({row})" for row in both)
        yield (
            f"{one.name} and {other.name} stand for the same programme of the plans: {named}. Both act and "
            "both are paid for: where they are one service or one sum of money, it is counted twice; leave "
            "one out."
        )


def _of_levers(
    name: str, first: Sequence[Any], other: str, second: Sequence[Any], labels: dict[str, str]
) -> Iterable[str]:
    """Yield what two scenarios both change, with the keys of the interventions that do."""
    found: dict[str, None] = {}
    rows: dict[str, None] = {}
    for one in first:
        for two in second:
            for mine in _levers(one, labels):
                for its in _levers(two, labels):
                    if _same(mine, its) and _may_meet(mine, its):
                        found[f"{mine.words} ('{one.key}' and '{two.key}')"] = None
                        if mine.evidence and mine.evidence == its.evidence:
                            rows[mine.evidence] = None
    if not found:
        return
    told = list(found)[:MOST_TOLD]
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    same = f" Some sizes are of one row of evidence ({', '.join(rows)})." if rows else ""
    yield (
        f"{name} and {other} change the same for people who may be the same: {'; '.join(told)}{more}.{same} "
        "Both act in full, one on what the other leaves: where they are one service, or the evidence of one "
        "holds the other, it is counted twice; leave one out (`remove`, in a file that extends them)."
    )


def _levers(item: Any, labels: dict[str, str]) -> Iterable[Lever]:
    """Yield what an intervention changes; what is certain to change nothing is none."""
    match item:
        case spec.CohortProgramme() | spec.PopulationEffect():
            yield from _of_people(item)
        case spec.Diversion():
            for one in item.needs:
                words = f"who meets {need(one)}"
                yield Lever(kind="met", key=(one,), words=words, eligible=item.eligible)
        case spec.GrowthChange():
            for one in item.needs:
                yield Lever(kind="growth", key=(one,), words=f"growth of {need(one)}")
        case spec.CapacityChange():
            for node in item.nodes:
                yield Lever(kind="places", key=(node,), words=f"places at {places([node], labels)}")
        case spec.ServiceTimeChange():
            for node in item.nodes:
                yield Lever(kind="time", key=(node,), words=f"time at {places([node], labels)}")
        case spec.DelayChange() | spec.RoutingChange():
            yield from _of_ways(item, labels)


def _of_people(item: Any) -> Iterable[Lever]:
    """Yield what changes for those whom an intervention reaches."""
    for one in item.effects:
        if not one.multiplier.low == one.multiplier.high == 1.0:
            words, row = _words(one.on, one.key), one.multiplier.evidence_id
            yield Lever(kind=one.on, key=(one.key,), words=words, eligible=item.eligible, evidence=row)
    for move in getattr(item, "moves", ()):
        words = f"{spaced(move.factor)} of those {spaced(move.from_level)}"
        yield Lever(
            kind="move", key=(move.factor, move.from_level), words=words, eligible=item.eligible,
            evidence=move.probability.evidence_id,
        )  # fmt: skip


def _of_ways(item: Any, labels: dict[str, str]) -> Iterable[Lever]:
    """Yield the ways whose delay, or whose people, an intervention changes."""
    delay = isinstance(item, spec.DelayChange)
    for node in item.from_nodes if delay else item.nodes:
        for target in item.to_nodes if delay else item.from_destinations:
            way = f"from {places([node], labels)} to {places([target], labels)}"
            words = f"delay {way}" if delay else f"who goes {way}"
            yield Lever(kind="delay" if delay else WAY, key=(node, target), words=words)
        for target in () if delay else item.to_destinations:
            words = f"who goes from {places([node], labels)} to {places([target], labels)}"
            yield Lever(kind=INTO, key=(node, target), words=words)


def _words(on: str, key: str) -> str:
    """Return what an effect multiplies."""
    if on == "need":
        return need(key)
    if on == "onset":
        return f"new {condition(key)}"
    if on == "mortality":
        return "deaths" if key == "all" else f"deaths from {spaced(key)}"
    return f"the rate at which {transition(key)}"


def _same(one: Lever, other: Lever) -> bool:
    """Tell whether two levers are one; a way that one fills and the other empties is one as well."""
    return one.key == other.key and (one.kind == other.kind != INTO or {one.kind, other.kind} == {WAY, INTO})


def _may_meet(one: Lever, other: Lever) -> bool:
    """Tell whether somebody may be eligible for both; where that cannot be ruled out, they may."""
    first, second = one.eligible, other.eligible
    return first is None or second is None or not _apart(first, second)


_CHOICES = ("sexes", "quintiles", "neighbourhoods", "councils", "ethnicities", "inclusion_groups", "frailty")
_EITHER = ("carer", "disability", "care_home")


def _apart(one: spec.Eligibility, other: spec.Eligibility) -> bool:
    """Tell whether nobody can be eligible under both rules."""
    ages = one.age_to < other.age_from or other.age_to < one.age_from
    choices = any(_exclusive(getattr(one, name), getattr(other, name)) for name in _CHOICES)
    either = any(
        None not in (getattr(one, name), getattr(other, name)) and getattr(one, name) != getattr(other, name)
        for name in _EITHER
    )
    without = any(
        had.conditions and set(had.conditions) <= set(lacks.without_conditions)
        for had, lacks in ((one, other), (other, one))
    )
    levels = any(
        _exclusive(mine, dict(getattr(other, name)).get(which, ()))
        for name in ("risk_factors", "condition_states")
        for which, mine in getattr(one, name)
    )
    return ages or choices or either or without or levels


def _exclusive(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Tell whether two choices leave nothing in common; an empty one admits everything."""
    return bool(first) and bool(second) and not set(first) & set(second)


__all__ = ["Acting", "overlaps"]
