"""The names of the model's parts as people say them: needs, conditions, places, measures, payers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from scenarios.names import MEASURES, PARAMETERS, money

TABLE = Path(__file__).resolve().parent / "words.csv"
OF_CONDITIONS = ("new_cases", "cases", "undiagnosed", "deaths")
MOST_PLACES, SHOWN_KINDS = 8, 6
"""So many places are named one by one; of more kinds of them than that, so many are told."""
ABBREVIATIONS = {"bcp": "BCP", "p1": "P1", "p2": "P2", "p3": "P3", "uhd": "UHD"}


@cache
def words() -> dict[tuple[str, str], str]:
    """Return the words of each (kind, key) of words.csv."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["kind"], row["key"]): row["words"] for row in csv.DictReader(file)}


def word(kind: str, key: str) -> str:
    """Return what a key of some kind is called; its own name with spaces where nothing else is known."""
    return words().get((kind, key), spaced(key))


def spaced(key: str) -> str:
    """Return a name with spaces in the place of its underscores."""
    return key.replace("_", " ")


@cache
def need_labels() -> dict[str, str]:
    """Return what each class of need is called."""
    with (PARAMETERS / "use" / "need_classes.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: lower_first(row["label"]) for row in csv.DictReader(file)}


def need(key: str) -> str:
    """Return what a class of need, or the use that classes answer to, is called."""
    return words().get(("need", key)) or need_labels().get(key) or spaced(key)


@cache
def condition(key: str) -> str:
    """Return what a condition is called."""
    path = PARAMETERS / "conditions" / key / "condition.yaml"
    if not path.is_file():
        return spaced(key)
    lines = path.read_text(encoding="utf-8").splitlines()
    label = next((line.partition(":")[2].strip() for line in lines if line.startswith("label:")), key)
    return lower_first(label.strip("\"'").split(" diagnosed in")[0])


def transition(key: str) -> str:
    """Return a transition: 'smoking goes from "smokes now" to "gave up under a year ago"'."""
    subject, _, moved = key.partition(".")
    return way(condition(subject), *moved.split("_to_", 1))


def way(what: str, was: str, now: str) -> str:
    """Return a move between two levels or states in words."""
    return f"{what} goes from \u201c{word('level', was)}\u201d to \u201c{word('level', now)}\u201d"


@cache
def measures() -> dict[str, str]:
    """Return the label of each measure of the registry."""
    with MEASURES.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["label"] for row in csv.DictReader(file)}


def measure(name: str) -> str:
    """Return what a measure that is expected to change is called."""
    kind, colon, subject = name.partition(":")
    if not colon:
        return measures().get(name) or spaced(name).capitalize().replace(" nhs", " of the NHS")
    joined = f"of {condition(subject)}" if kind in OF_CONDITIONS else f"at {subject}"
    return f"{spaced(kind).capitalize()} {joined}"


@cache
def is_money(name: str) -> bool:
    """Tell whether a measure is a sum of pounds."""
    return name in money() or name.endswith("_pounds")


def places(keys: Iterable[str], labels: Mapping[str, str]) -> str:
    """Return places in words, those of one kind together: 'Acute beds, medicine (Poole, Dorset County)'.

    Of more than `MOST_PLACES` it is said how many there are of each kind, and of the first kinds only.

    Args:
        keys: Nodes of the network, exits or pooled services.
        labels: What the area's network calls its nodes.
    """
    found: dict[str, list[str]] = {}
    many = len(keys := list(keys)) > MOST_PLACES
    for key in keys:
        name, _, site = (labels.get(key) or need_labels().get(key) or key).partition(" (")
        held = found.setdefault(name, [])
        held += [_title(site.rstrip(")"))] if site else []
    told = [_said(name) + _bracketed(sites, many) for name, sites in found.items()]
    if len(told) > MOST_PLACES:
        left = len(told) - SHOWN_KINDS
        told = [*told[:SHOWN_KINDS], f"and {left} more kinds of places ({len(keys)} places in all)"]
    return "; ".join(told)


def _bracketed(sites: Sequence[str], many: bool) -> str:
    """Return where places of one kind are, or how many there are."""
    if not sites:
        return ""
    return f" ({len(sites)} of them)" if many and len(sites) > 1 else f" ({', '.join(sites)})"


def _title(site: str) -> str:
    """Return a site or council as a name."""
    return " ".join(ABBREVIATIONS.get(part, part.title()) for part in site.replace("_", " ").split(" "))


def _said(name: str) -> str:
    """Return a label with its abbreviations in capitals."""
    return " ".join(ABBREVIATIONS.get(part, part) for part in name.split(" "))


def lower_first(text: str) -> str:
    """Return a label for the middle of a sentence; abbreviations stay as they are."""
    return text if len(text) < 2 or not text[1].islower() else text[0].lower() + text[1:]


__all__ = [
    "condition", "is_money", "lower_first", "measure", "need", "places", "spaced", "transition", "way",
    "word",
]  # fmt: skip
