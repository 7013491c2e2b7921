"""Search of the library in the words that the NHS has for things: whole words, the best match first.

Looked in are name, label, variants' labels, question, family, the plans' programmes, description,
interventions' labels and notes, and what people call it (`synonyms.csv`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.programmes import programmes
from sim.parameters.errors import InputError

SYNONYMS = Path(__file__).resolve().parent / "synonyms.csv"
NAME, CALLED, ABOUT, TOLD, NOTED = 16, 8, 4, 2, 1
"""What a word counts, by where it stands: name; synonym or programme; question; description; notes."""
PHRASE = 2
"""How many times as much words count that stand together, in their order."""
NEAREST, LIKE = 5, 0.7
SHORTEST_PLURAL = 4


class NoMatch(InputError):
    """A search that finds nothing: it says so, and names the nearest words."""

    def message(self) -> str:
        """Return that nothing was found, on one line."""
        return f"{self.file}: {self.key}: {self.found}; {self.allowed}"


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, plurals as singulars: 'Virtual wards': virtual, ward."""
    found = re.findall(r"[a-z0-9@&]+", text.lower().replace("'s", "").replace("\u2019s", ""))
    return [one[:-1] if len(one) >= SHORTEST_PLURAL and one[-1] == "s" and one[-2] != "s" else one
            for one in found]  # fmt: skip


def ranked(held: Mapping[str, Mapping[str, Any]], search: str) -> list[str]:
    """Return the names of the scenarios that have every word, the best match first.

    Args:
        held: What each scenario's file says, by name.
        search: What is looked for.

    Raises:
        NoMatch: No scenario has all of the words.
    """
    wanted = words_of(search)
    texts = {name: list(_texts(name, data)) for name, data in held.items()}
    scores = {name: _score(wanted, parts) for name, parts in texts.items()}
    found = [name for name, score in scores.items() if score]
    if not found:
        raise _none(search, wanted, [words for parts in texts.values() for _, words in parts])
    return sorted(found, key=lambda name: -scores[name])


def _score(wanted: list[str], texts: Iterable[tuple[int, list[str]]]) -> float:
    """Return how well texts match; 0 where a word is in none of them."""
    held = list(texts)
    best = [max((weight for weight, words in held if one in words), default=0) for one in wanted]
    if not best or not all(best):
        return 0.0
    together = [weight for weight, words in held if _follow(wanted, words)]
    return sum(best) + PHRASE * len(wanted) * max(together, default=0)


def _follow(wanted: list[str], words: list[str]) -> bool:
    """Tell whether words stand together, in their order."""
    length = len(wanted)
    return any(words[place : place + length] == wanted for place in range(len(words) - length + 1))


def _texts(name: str, data: Mapping[str, Any]) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each text of a scenario, with what they count."""
    yield NAME, words_of(name.replace("_", " "))
    yield NAME, [name, *(f"{name}@{key}" for key in data.get("variants") or {})]
    yield NAME, words_of(str(data.get("label") or ""))
    for text in synonyms().get(name, ()):
        yield CALLED, words_of(text)
    for one in data.get("programmes") or []:
        yield (
            CALLED,
            [str(one).lower(), *words_of(programmes()[one]["programme"] if one in programmes() else "")],
        )
    for key, weight in (("question", ABOUT), ("family", ABOUT), ("description", TOLD)):
        yield weight, words_of(str(data.get(key) or "").replace("_", " "))
    for key, variant in (data.get("variants") or {}).items():
        yield ABOUT, words_of(f"{key} {variant.get('label', '')}".replace("_", " "))
        yield TOLD, words_of(f"{variant.get('question', '')} {variant.get('description', '')}")
        yield from _of_interventions([*(variant.get("change") or {}).values(), *(variant.get("add") or [])])
    yield from _of_interventions(data.get("interventions") or [])


def _of_interventions(items: Iterable[Any]) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of interventions' labels and notes."""
    for item in items:
        if isinstance(item, dict):
            yield TOLD, words_of(str(item.get("label") or ""))
            yield NOTED, words_of(str(item.get("note") or ""))


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Return what people call each scenario of the library, beside its own words."""
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        return {row["scenario"]: tuple(one.strip() for one in row["words"].split(";"))
                for row in csv.DictReader(file)}  # fmt: skip


def _none(search: str, wanted: list[str], texts: Iterable[list[str]]) -> NoMatch:
    """Return the refusal of a search that finds nothing."""
    held = {word for words in texts for word in words}
    known = sorted(word for word in held if len(word) >= SHORTEST_PLURAL)
    absent = [one for one in wanted if one not in held]
    near = [like for one in absent for like in get_close_matches(one, known, NEAREST, LIKE)]
    said = f"no scenario has the word{'s' if len(wanted) > 1 else ''} '{search}'"
    if wanted and not absent:
        said = f"no scenario has all of the words '{search}', though each is in some"
    nearest = f"nearest words: {', '.join(dict.fromkeys(near))}; " if near else ""
    return NoMatch(
        file="command line", key="--search", found=said,
        allowed=f"{nearest}`leftshift scenario list` without --search tells all",
    )  # fmt: skip


__all__ = ["NoMatch", "ranked", "synonyms", "words_of"]
