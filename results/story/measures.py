"""What two lives come to: years lived, conditions, visits, nights and days of waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from results.story.lines import episodes
from results.story.wording import DAYS_A_YEAR, MINUTES_A_DAY, lower_first

Life = Mapping[str, Any]
BEDS = ("acute_beds", "elective_beds")
INTERMEDIATE = ("p1", "spot_home_care", "reablement", "p2", "spot_care_home", "p3")
SAME = 0.05


def lived(life: Life) -> float:
    """Return the years that somebody lived here within the run."""
    ends = [one["minute"] for one in life["moments"] if one["kind"] == "end"]
    return float((min([*ends, life["end"]]) - (life["began"] or 0.0)) / (MINUTES_A_DAY * DAYS_A_YEAR))


def new_conditions(life: Life) -> list[str]:
    """Return the conditions that began within the run, by key."""
    return [
        one["attribute"] for one in life["moments"]
        if one["kind"] == "change" and one["attribute"] in life["conditions"] and one["was"] == "no"
    ]  # fmt: skip


def served(life: Life, *care: str) -> int:
    """Return how many episodes came to be served at a kind of care."""
    return sum(
        any(one["care"] in care and one["start"] is not None for one in stages)
        for stages in episodes(life).values()
    )


def days(life: Life, *care: str, waiting: bool = False) -> float:
    """Return the days in places of some kinds; or of those, the days after readiness to leave hospital."""
    total = 0.0
    for one in (one for one in life["moments"] if one["kind"] == "stage"):
        if one["care"] not in care or one["start"] is None:
            continue
        leave = life["end"] if one["leave"] is None else one["leave"]
        since = one["ready"] if waiting else one["start"]
        if waiting and (since is None or one["next"].startswith("acute_beds")):
            continue
        total += max(0.0, leave - max(since, 0.0))
    return total / MINUTES_A_DAY


MEASURES: tuple[tuple[str, Callable[[Life], float], int], ...] = (
    ("Years lived in the run", lived, 1),
    ("New long-term conditions", lambda life: float(len(new_conditions(life))), 0),
    ("Calls to 111", lambda life: float(served(life, "call_111")), 0),
    ("Ambulances", lambda life: float(served(life, "ambulance_crews")), 0),
    ("Treated in A&E", lambda life: float(served(life, "ed")), 0),
    ("Emergency admissions to a bed", lambda life: float(served(life, "acute_beds")), 0),
    ("Days in a hospital bed", lambda life: days(life, *BEDS), 1),
    ("Of these, days ready to leave", lambda life: days(life, "acute_beds", waiting=True), 1),
    ("Days of intermediate care", lambda life: days(life, *INTERMEDIATE), 1),
)


def side_by_side(first: Life, second: Life) -> list[tuple[str, str, str]]:
    """Return (measure, in the first life, in the second) for the table."""
    return [
        (name, f"{measure(first):,.{places}f}", f"{measure(second):,.{places}f}")
        for name, measure, places in MEASURES
    ]


def outcome(life: Life, conditions: Mapping[str, str]) -> str:
    """Return how a life stands when the run ends, in a sentence's words."""
    status = {"dead": "has died", "left": "has moved away"}.get(life["status"], "is alive")
    home = " in a care home" if status == "is alive" and life["end_state"]["care_home"] == "yes" else ""
    frailty = life["end_state"]["frailty"]
    state = "" if status != "is alive" else f", {'fit' if frailty == 'fit' else frailty + 'ly frail'}"
    new = [lower_first(conditions.get(key, key)) for key in dict.fromkeys(new_conditions(life))]
    return f"{status}{home}{state}; new conditions: {', '.join(new) or 'none'}"


__all__ = ["days", "lived", "new_conditions", "outcome", "served", "side_by_side"]
