"""The words of a story: dates, spans of time, people and phrases."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MINUTES_A_DAY = 1440.0
MINUTES_AN_HOUR = 60.0
DAYS_A_YEAR = 365.25
ADULT, CHILD_FROM = 18, 1
FIFTHS = {
    1: "the most deprived fifth of areas", 2: "the second most deprived fifth of areas",
    3: "the middle fifth of areas", 4: "the second least deprived fifth of areas",
    5: "the least deprived fifth of areas",
}  # fmt: skip
SHOWS = (
    "One life shows how the model works, step by step, and not how large an effect is; for that, compare the "
    "scenarios over everybody (leftshift compare)."
)


@cache
def phrases() -> dict[tuple[str, str], str]:
    """Return the phrase of each (kind, key)."""
    with (HERE / "words.csv").open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["key"]): row["words"] for row in csv.DictReader(file)}


def moment(start: str, minute: float) -> datetime.datetime:
    """Return the date and time of a minute of a run that starts in the month `start`, 'YYYY-MM'."""
    year, month = (int(part) for part in start.split("-"))
    return datetime.datetime(year, month, 1) + datetime.timedelta(minutes=minute)


def date(start: str, minute: float) -> str:
    """Return '3 May 2027'."""
    found = moment(start, minute)
    return f"{found.day} {found:%B %Y}"


def span(minutes: float) -> str:
    """Return a length of time as one would say it: '40 minutes', '3.5 hours', '6 days', '7 weeks'."""
    if minutes < 2 * MINUTES_AN_HOUR:
        return _many(round(minutes), "minute")
    if minutes < 2 * MINUTES_A_DAY:
        return f"{minutes / MINUTES_AN_HOUR:.0f} hours"
    days = minutes / MINUTES_A_DAY
    return f"{days:.0f} days" if days < 28 else f"{days / 7:.0f} weeks"


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def person(life: Mapping[str, Any]) -> str:
    """Return 'a woman aged 71 in Poole North, in the middle fifth of areas'."""
    female, age = life["sex"] == "female", int(life["age"])
    if age < CHILD_FROM:
        who = f"a baby {'girl' if female else 'boy'}"
    elif age < ADULT:
        who = f"a {'girl' if female else 'boy'} aged {age}"
    else:
        who = f"a {'woman' if female else 'man'} aged {age}"
    return f"{who} in {life['neighbourhood']}, in {FIFTHS[int(life['quintile'])]}"


def simulated(life: Mapping[str, Any] | None) -> str:
    """Return that this resident, or all where none is given, is made up, and what a life can show."""
    if life is None:
        return f"The people told of here are simulated: nobody has lived these lives. {SHOWS}"
    who = "She" if life["sex"] == "female" else "He"
    return f"{who} is simulated: nobody has lived this life. {SHOWS}"


def subject(life: Mapping[str, Any]) -> str:
    """Return 'she' or 'he'."""
    return "she" if life["sex"] == "female" else "he"


def pronoun(life: Mapping[str, Any]) -> str:
    """Return 'her' or 'him'."""
    return "her" if life["sex"] == "female" else "him"


def lower_first(text: str) -> str:
    """Return a sentence's words for the middle of another; abbreviations stay as they are."""
    short = text[:2].isalpha() and text[:2].isupper()
    return text if short or text.startswith("A&E") else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Return a phrase as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def times(multiplier: float) -> str:
    """Return a multiplier as a change: 'lowers by 21%', 'multiplies by 1.8'."""
    if multiplier < 1:
        return f"lowers by {100 * (1 - multiplier):.0f}%"
    return f"multiplies by {multiplier:.2g}"
