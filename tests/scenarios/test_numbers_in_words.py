"""Labels of interventions say a number that their variant has: 'five points more' is an uptake of 0.05."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from scenarios import Scenario
from scenarios.scenario import library_names
from scenarios.variant_differences import differences

SPOKEN = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"twenty": 20, "thirty": 30, "fifty": 50}  # fmt: skip
NUMBER = rf"(\d[\d,.]*\d|\d|{'|'.join(SPOKEN)})"
AMOUNT = re.compile(
    rf"\b{NUMBER}\b|\b(half|third|quarter|fifth|tenth|doubled?|twice|(two|three|four)fold)\b", re.I
)
NOT_A_SIZE = (
    rf"\b(of|at|until|above|within|Category|Type|PM) ?{NUMBER}(\.5)?( (to|and) {NUMBER})?\b",
    rf"\b{NUMBER} (and over|to {NUMBER})\b",
    r"\b(999|COVID-19|One referral route|two or more conditions|A third fewer attendances)\b",
    r"\b(five days on which it is closed|twice as fast|a quarter slower|One community bed in ten closed)\b",
)
"""Ages, times, names and thresholds, and sizes that only one variant has in a label of its own."""


def near(found: float, wanted: float) -> bool:
    """Tell whether two figures are the same as far as words go."""
    return found == pytest.approx(wanted, rel=0.02)


SIZES: tuple[tuple[str, Callable[[Any, float], bool]], ...] = (
    (rf"{NUMBER} points more", lambda item, said: near(100 * item.uptake.mean.value, said)),
    (rf"for {NUMBER} years", lambda item, said: item.stays_months == 12 * said),
    (rf"{NUMBER} micrograms? of", lambda item, said: near(item.effects[0].multiplier.value, 0.9923**said)),
    (rf"{NUMBER} people a month", lambda item, said: near(item.monthly_capacity.value, said)),
    (rf"highest {NUMBER} in a hundred",
     lambda item, said: near(100 * item.eligible.risk_stratum.top_share.value, said)),
    (rf"{NUMBER} (?:interim |recovery |more practitioner)", lambda item, said: near(size(item), said)),
    (rf"unit of {NUMBER} beds", lambda item, said: near(size(item), said)),
    # 63 vehicles are nine for Dorset and six crews on the road, as the file says.
    (rf"{NUMBER} more vehicles", lambda item, said: near(size(item), 6) and said == 9),
    (rf"{NUMBER} weeks", lambda item, said: 4 * len(item.months_of_year or (1, 2)) == said),
    (rf"reach {NUMBER} times", lambda item, said: near(item.offered_per_year.value, 0.1 * (said - 1))),
    ("reach (doubled)", lambda item, _: near(item.offered_per_year.value, 0.1)),
    ("places (doubled)", lambda item, _: near(item.monthly_capacity.value, 97)),
)  # fmt: skip
"""What a label may say of its size, and whether an intervention has it; new ways to say one go here."""


def size(item: Any) -> float:
    """Return the places that an intervention adds or closes, or what the baseline has of them."""
    return abs(item.places.value)


@cache
def labelled() -> tuple[tuple[str, Any], ...]:
    """Return each intervention of each variant of the library whose label says an amount."""
    return tuple(_labelled())


def _labelled() -> Iterator[tuple[str, Any]]:
    for name in library_names():
        for variant in Scenario.load(name).variants:
            for item in Scenario.load(name, variant).to_specification().interventions:
                words = item.label
                for pattern in NOT_A_SIZE:
                    words = re.sub(pattern, "", words, flags=re.I)
                if AMOUNT.search(words):
                    yield f"{name}@{variant} {item.key}", item


def number_of(text: str) -> float:
    """Return a number said in figures or words; nought where it is none."""
    word = text.lower()
    if word in SPOKEN:
        return SPOKEN[word]
    return float(word.replace(",", "")) if word[0].isdigit() else 0.0


def test_sizes_in_labels_are_those_of_their_variant() -> None:
    """Every size that a label says is known to this test, and is what the variant has."""
    wrong = []
    for place, item in labelled():
        found = [(check, match) for way, check in SIZES if (match := re.search(way, item.label, re.I))]
        if not found:
            wrong.append(f"{place}: '{item.label}' says an amount that SIZES does not know")
        wrong += [
            f"{place}: '{item.label}' is not what it has"
            for check, match in found
            if not check(item, number_of(match[1]))
        ]
    assert wrong == []


def test_descriptions_of_planned_variants_say_all_only_of_all() -> None:
    """Who says 'everybody offered' or 'for every package' in a variant changes a share to the whole."""
    wrong = []
    for name in library_names():
        usual = Scenario.load(name)
        for variant in usual.variants[1:]:
            found = Scenario.load(name, variant)
            text = " ".join(found.document.description.split())
            if not re.search(
                r"\b(everybody|every \w+( \w+)?) (is )?(asked|offered|reviewed|photographed)", text, re.I
            ):
                continue
            changed = " ".join(differences(usual.to_specification(), found.to_specification()))
            whole = re.search(r"(offered_per_year|share|found) (1|0\.5),", changed)
            if not whole and "monthly_capacity" not in changed:
                wrong.append(f"{name}@{variant}: {text}")
    assert wrong == []
