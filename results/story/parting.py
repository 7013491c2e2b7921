"""Where two lives of one resident part, and why.

With common random numbers nothing differs before the first difference, so it can be named: the earliest
minute at which one life has something that the other has not. Why is read from what is known of that minute:
a programme that reached the resident and what it multiplies, an attribute that differed by then, changes of
the network, or else other people in the queues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from results.story.lines import change_words
from results.story.wording import date, lower_first, phrases, pronoun, span, subject, times

Life = Mapping[str, Any]
Atom = tuple[float, str, str, str]
"""Minute, what, key, detail."""
HEALTH = ("change", "deficit", "end")
MINUTES_OF_MEMORY = 365 * 1440.0
"""Care of the last year acts on needs and frailty (docs/explanation/architecture.md)."""


@dataclass(frozen=True, kw_only=True)
class Parting:
    """The first difference of two lives."""

    minute: float
    what: str
    """What happens in one life and not in the other."""
    why: str
    """Why, in a sentence or two."""


def atoms(life: Life) -> list[Atom]:
    """Return everything that happened in a life, each with the minute at which it did."""
    found: list[Atom] = []
    for one in life["moments"]:
        kind = one["kind"]
        if kind == "stage":
            where = f"{one['episode']}/{one['node']}"
            found += [
                (one[name], name, where, one["next"] if name == "leave" else "")
                for name in ("join", "start", "leave")
                if one[name] is not None
            ]
        elif kind == "change":
            detail = f"{one['was']}>{one['now']}/{one['by']}"
            found.append((one["minute"], kind, one["attribute"], detail))
        elif kind != "acted":  # by itself it makes no difference: what comes of it is in the stages
            found.append((one["minute"], kind, one["key"], one.get("met", one.get("after", ""))))
    return found


def differences(first: Life, second: Life, kinds: Sequence[str] = ()) -> list[tuple[int, Atom]]:
    """Return what is in one life only, in order of time; 0 is the first life and 1 the second."""
    one, other = set(atoms(first)), set(atoms(second))
    found = [(0, atom) for atom in one - other] + [(1, atom) for atom in other - one]
    order = ("reached", "change", "deficit", "end", "need", "join", "start", "leave")
    return sorted(
        (item for item in found if not kinds or item[1][1] in kinds),
        key=lambda item: (item[1][0], order.index(item[1][1]), item[0], item[1][2:]),
    )


class Reasons:
    """Finds the first difference of two lives, and reasons for differences.

    Args:
        lives: The resident's life in the scenario and in what it is held against.
        scenarios: These two, as `scenarios/stories.py` tells them.
        record: What else is known of the runs: their start, conditions and needs.
    """

    def __init__(
        self, lives: Sequence[Life], scenarios: Sequence[Mapping[str, Any]], record: Mapping[str, Any]
    ) -> None:
        self.lives, self.scenarios = lives, scenarios
        self.start: str = record["settings"]["start"]
        self.conditions: Mapping[str, str] = record["conditions"]
        self.needs: Mapping[str, list[str]] = record["needs"]
        self.names = [f"\u201c{scenario['label']}\u201d" for scenario in scenarios]

    def first(self, kinds: Sequence[str] = ()) -> Parting | None:
        """Return the first difference, of some kinds where they are given; None where there is none."""
        found = differences(*self.lives, kinds)
        if not found:
            return None
        which, atom = found[0]
        return Parting(minute=atom[0], what=self.what(which, atom), why=self.why(which, atom))

    # ------------------------------------------------------------------------------------ what
    def what(self, which: int, atom: Atom) -> str:
        """Return a difference as a sentence."""
        when = date(self.start, atom[0])
        name, (_, kind, key, _) = self.names[which], atom
        if kind == "reached":
            label = self._labels(which)[key]
            if atom[3]:
                return f"On {when}, in {name}, an emergency is taken on by \u201c{label}\u201d."
            return f"On {when}, {name} reaches {pronoun(self.lives[0])} with \u201c{label}\u201d."
        if kind in ("change", "end", "need", "deficit"):
            return f"On {when}, in {name} only: {lower_first(self._event(which, atom))}."
        return f"{self._staged(which, atom)}."

    def _staged(self, which: int, atom: Atom) -> str:
        """Return a difference at a stage of care, and how it is in the other life."""
        minute, kind, key, detail = atom
        verb = {"join": "comes to", "start": "gets a place in", "leave": "leaves"}[kind]
        when, who = date(self.start, minute), subject(self.lives[0])
        said = f"On {when}, in {self.names[which]}, {who} {verb} this: "
        said += lower_first(self._stage(which, key))
        said += f" ({_place(detail)})" if kind == "leave" and detail else ""
        other = next((one for one in atoms(self.lives[1 - which]) if one[1:3] == (kind, key)), None)
        if other is None:
            return f"{said}. In the other life that does not happen"
        if other[0] == minute:
            return f"{said}; in the other life to go elsewhere ({_place(other[3])})"
        return f"{said}. In the other life that is {span(other[0] - minute)} later"

    def _event(self, which: int, atom: Atom) -> str:
        _, kind, key, detail = atom
        if kind == "change":
            was, _, rest = detail.partition(">")
            moved = {"attribute": key, "was": was, "now": rest.partition("/")[0]}
            told = change_words(self.lives[which], moved, self.conditions)
            return told or f"{key.replace('_', ' ')} goes from {was} to {moved['now']}".replace("_", " ")
        if kind == "deficit":
            return "one more deficit of frailty"
        return phrases().get((kind, key), key.replace("_", " "))

    def _stage(self, which: int, key: str) -> str:
        episode, _, node = key.partition("/")
        for one in self.lives[which]["moments"]:
            if one["kind"] == "stage" and str(one["episode"]) == episode and one["node"] == node:
                site = f" ({one['site']})" if one["site"] else ""
                return f"{one['label'].split(' (')[0]}{site}"
        return node.replace("_", " ")

    # ------------------------------------------------------------------------------------ why
    def why(self, which: int, atom: Atom) -> str:
        """Return the reason for a difference, as far as the two lives tell it."""
        _, kind, key, detail = atom
        if kind == "reached":
            return self._takes(which, key, detail) if detail else self._acts(which, key)
        if kind in HEALTH:
            by = (
                detail.rpartition("/")[2]
                if kind == "change"
                else "frailty.deficit"
                if kind == "deficit"
                else key
            )
            if by == "programme":
                return "A programme moves it for those whom it reaches."
            return self._direct(atom[0], [by]) or self._indirect(atom[0])
        if kind == "need":
            direct = self._direct(atom[0], self.needs.get(key, [key]), need=True)
            return direct or self._competed(key) or self._indirect(atom[0])
        if kind == "join" and not self._came_from(which, key):
            taken = self._competed(self._need_at(which, atom[0]))
            return taken or self._onset(which, atom[0]) or self._indirect(atom[0])
        return self._queue(key.partition("/")[2])

    def _acts(self, which: int, key: str) -> str:
        """Return what a programme does for somebody reached."""
        item = next(one for one in self.scenarios[which]["interventions"] if one["key"] == key)
        parts = [f"it {times(effect['multiplier'])} {_effect_words(effect, self.conditions)}"
                 for effect in item["effects"]]  # fmt: skip
        parts += [f"it may move {move['factor'].replace('_', ' ')} to {move['to'].replace('_', ' ')}"
                  for move in item["moves"]]  # fmt: skip
        return (
            f"From then on {'; '.join(parts)}." if parts else "It changes nothing about the resident at once."
        )

    def _takes(self, which: int, key: str, after: str) -> str:
        """Return what a service does with an emergency that it takes."""
        item = next(one for one in self.scenarios[which]["interventions"] if one["key"] == key)
        to = item.get("to", "home")
        where = "helps at home" if to in ("", "home") else f"sends to: {_plain(to)}"
        needs = "the first place is not needed any more" if after == "nothing" else (
            f"{subject(self.lives[0])} goes on to the first place after all"
        )  # fmt: skip
        who = pronoun(self.lives[0])
        return f"It takes {who} in place of where the emergency was going and {where}; {needs}."

    def _direct(self, minute: float, by: Sequence[str], need: bool = False) -> str:
        """Return which programmes that reached the resident by then act on just this."""
        found = []
        for which, scenario in enumerate(self.scenarios):
            reached = self._reached(which, minute)
            for item in scenario["interventions"]:
                found += [
                    f"\u201c{item['label']}\u201d, which had reached {pronoun(self.lives[0])} by then, "
                    f"{times(effect['multiplier'])} {_effect_words(effect, self.conditions)}"
                    for effect in item["effects"]
                    if item["key"] in reached and any(_acts_on(effect, one, need) for one in by)
                ]
        return f"{'; '.join(found)}." if found else ""

    def _indirect(self, minute: float) -> str:
        """Return what else differed by then: attributes, care of late, other programmes."""
        unlike = self._unlike(minute)
        if unlike:
            return f"By then the two lives differed in this: {'; '.join(unlike)}."
        late = [one for _, one in differences(*self.lives) if minute - MINUTES_OF_MEMORY <= one[0] < minute]
        if any(one[1] in ("join", "start", "leave") for one in late):
            return (
                "Nothing but care had differed by then: waits, delays and recent use act back on health and "
                "on later needs."
            )
        labels = [
            self._labels(which)[key] for which in (0, 1) for key in sorted(self._reached(which, minute))
        ]
        if labels:
            return f"Reached by then: {', '.join(labels)}."
        return "Nothing about the resident had differed by then: it comes from outside, through the network."

    def _unlike(self, minute: float) -> list[str]:
        states = [_state_at(life, minute) for life in self.lives]
        return [
            f"{self.conditions.get(name, name).replace('_', ' ').lower()} is "
            f"\u201c{_plain(states[0][name])}\u201d in {self.names[0]} and "
            f"\u201c{_plain(states[1][name])}\u201d in {self.names[1]}"
            for name in states[0]
            if states[0][name] != states[1][name]
        ]

    def _queue(self, node: str) -> str:
        labels = [
            item["label"]
            for scenario in self.scenarios
            for item in scenario["interventions"]
            if any(fnmatch(node, pattern) for pattern in item["nodes"])
        ]
        if labels:
            return f"The scenario changes this part of the network itself: {'; '.join(labels)}."
        return (
            "It is the queue: the scenario changed other people's use of care or the places there are, so a "
            "place came free at another time. It did not begin with anything about this resident."
        )

    def _competed(self, key: str) -> str:
        """Return which interventions act on all needs of a class, or take some of them elsewhere."""
        labels = [
            f"\u201c{item['label']}\u201d"
            for scenario in self.scenarios
            for item in scenario["interventions"]
            if {key, *self.needs.get(key, ())} & set(item["needs"])
        ]
        return f"It is of a kind that {', '.join(labels)} acts on." if labels else ""

    def _need_at(self, which: int, minute: float) -> str:
        """Return the class of the need that arose at a minute, '' where none did."""
        found = (one["key"] for one in self.lives[which]["moments"]
                 if one["kind"] == "need" and one["minute"] == minute)  # fmt: skip
        return next(found, "")

    def _onset(self, which: int, minute: float) -> str:
        """Return that an admission came with a new condition, where one began at that minute."""
        for one in self.lives[which]["moments"]:
            if one["kind"] == "change" and one["minute"] == minute:
                told = change_words(self.lives[which], one, self.conditions)
                return f"It comes with this: {lower_first(told)}." if told else ""
        return ""

    def _came_from(self, which: int, key: str) -> bool:
        """Whether a stage follows another of its episode."""
        episode, _, node = key.partition("/")
        mine = [one for one in self.lives[which]["moments"] if one["kind"] == "stage"
                and str(one["episode"]) == episode]  # fmt: skip
        return bool(mine) and mine[0]["node"] != node

    def _reached(self, which: int, minute: float) -> set[str]:
        return {
            one["key"] for one in self.lives[which]["moments"]
            if one["kind"] == "reached" and one["minute"] <= minute
        }  # fmt: skip

    def _labels(self, which: int) -> dict[str, str]:
        return {item["key"]: item["label"] for item in self.scenarios[which]["interventions"]}


def _state_at(life: Life, minute: float) -> dict[str, str]:
    """Return the attributes just before a minute."""
    state = dict(life["state"])
    for one in life["moments"]:
        if one["kind"] == "change" and one["minute"] < minute:
            state[one["attribute"]] = one["now"]
    state.pop("frailty_score", None)
    return state


def _acts_on(effect: Mapping[str, Any], by: str, need: bool) -> bool:
    """Whether an effect multiplies just what a transition or a need class is driven by."""
    if need or effect["on"] == "need":
        return need and effect["on"] == "need" and effect["key"] == by
    if effect["on"] == "mortality":
        return by.startswith("death") and effect["key"] in ("all", by.removeprefix("death."))
    return bool(effect["key"] == by)


def _effect_words(effect: Mapping[str, Any], conditions: Mapping[str, str]) -> str:
    """Return what an effect multiplies, in words."""
    key = effect["key"]
    if effect["on"] == "onset":
        return f"the chance of {lower_first(conditions.get(key, _plain(key)))}"
    if effect["on"] == "mortality":
        return "the risk of dying" if key == "all" else f"the risk of dying of {_plain(key)}"
    if effect["on"] == "need":
        return f"the rate of {effect.get('words') or _plain(key)}"
    factor, _, move = key.partition(".")
    was, _, now = move.partition("_to_")
    told = phrases().get(("change", f"{factor}.{now}"))
    move_words = lower_first(told) if told else f"{_plain(factor)} goes from {_plain(was)} to {_plain(now)}"
    return f"the chance of this: {move_words}"


def _place(key: str) -> str:
    return phrases().get(("exit", key)) or phrases().get(("removed", key)) or _plain(key)


def _plain(text: str) -> str:
    return text.replace("_", " ")


__all__ = ["HEALTH", "Parting", "Reasons", "atoms", "differences"]
