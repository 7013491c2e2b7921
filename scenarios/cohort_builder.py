"""Cohorts of today's people, put together from the filters of the scenario language, and counted.

The same rules decide here and in a run (`scenarios/eligible.py`, `sim/interventions/eligibility.py`), on the
same people: everybody who is registered at the start, at full scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from scenarios.eligible import EligibleField
from scenarios.names import INCLUSION_GROUPS, load_names
from scenarios.plain_names import condition, word
from sim.areas import load_area
from sim.interventions.eligibility import ETHNICITIES, eligible
from sim.parameters.errors import InputError
from sim.population.strata import AGE_BANDS, SEXES, age_band_of_year
from sim.settings import Settings

if TYPE_CHECKING:
    from sim.population.residents import Residents

Mask = npt.NDArray[np.bool_]
FIFTHS = {"1": "1 (most deprived)", "2": "2", "3": "3", "4": "4", "5": "5 (least deprived)"}
YES = {"core20plus": "Core20PLUS: the most deprived fifth, or a PLUS group", "carer": "Gives unpaid care",
       "disability": "Disabled", "care_home": "Lives in a care home"}  # fmt: skip
AT_LEAST = ("2", "3", "4")
OLDEST = 110
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Split:
    """One way in which people are told apart, ready to be counted.

    A column of residents is a strided view of their table, and who is registered never changes here: the
    codes in a row of their own, and the counts of everybody, are made once and not at every click.
    """

    title: str
    head: str
    words: tuple[str, ...]
    codes: IntArray
    """(residents,) the level of each."""
    everybody: IntArray
    """(levels,) how many are registered."""


class Cohorts:
    """Today's people of an area.

    Args:
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.

    They are read when they are first asked for, which takes some seconds, and kept.
    """

    def __init__(self, area: str, start: str) -> None:
        self.area, self.start = area, start
        self.names = load_names(area)
        pack = load_area(area)
        table = pack.tables["neighbourhoods"]
        self.neighbourhoods = dict(zip(table["key"], table["name"], strict=True))
        self.councils = {one.key: one.name for one in pack.description.councils}
        self._people: Residents | None = None
        self._lock = Lock()

    @property
    def people(self) -> Residents:
        """Everybody of the start."""
        with self._lock:
            if self._people is None:
                from scenarios.today import starting
                from sim.world import load_world

                people = starting(load_world(Settings(area=self.area, start=self.start, years=1)))
                eligible(people, EligibleField().build())  # compiles the rules, once
                self._people = people
            return self._people

    def choices(self) -> dict[str, Any]:
        """Return what may be chosen: lists of options with their labels, by key of the filter."""
        conditions = {key: _sentence(condition(key)) for key in self.names.conditions}
        lists = [
            ("conditions", "Has any of these conditions", conditions),
            ("without_conditions", "Has none of these", conditions),
            ("conditions_at_least", "Conditions, at least", {one: one for one in AT_LEAST}),
            ("frailty", "Frailty", _spoken(self.people.attributes["frailty"].labels)),
            ("sexes", "Sex", _spoken(SEXES)),
            ("quintiles", "Deprivation fifth", FIFTHS),
            ("neighbourhoods", "Neighbourhood team (INT)", self.neighbourhoods),
            ("councils", "Council", self.councils),
            ("ethnicities", "Ethnic group", _spoken(ETHNICITIES)),
            ("inclusion_groups", "Inclusion health group", _spoken(INCLUSION_GROUPS)),
            ("yes", "And is", YES),
            *(
                (f"risk_factors.{factor}", _sentence(word("factor", factor)), _spoken(levels))
                for factor, levels in self.names.levels.items()
            ),
        ]
        return {
            "lists": [
                {"key": key, "label": label, "options": [{"key": k, "label": v} for k, v in found.items()]}
                for key, label, found in lists
            ]
        }

    def count(self, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Return how many meet a filter, and who and where they are.

        Args:
            chosen: `age_from`, `age_to` and lists of options by the keys of `choices`.

        Returns:
            people, registered, per_cent, sentences; and tables of rows label, people, share (% of the
            cohort) and rate (% of everybody in that row).

        Raises:
            InputError: A filter or a level that does not exist.
        """
        rule = self.rule(chosen)
        who = np.flatnonzero(eligible(self.people, rule.build()))
        number, registered = who.size, int(self.splits[0].everybody.sum())
        return {
            "people": number,
            "registered": registered,
            "per_cent": 100 * number / max(1, registered),
            "sentences": [
                f"Counted among everybody registered at {self.start}, by the rules that scenarios use. These "
                "people are simulated: they match the area in number, and none of them is anybody."
            ],
            "tables": [
                {"title": split.title, "head": split.head, "rows": _rows(split, who)} for split in self.splits
            ],
        }

    def rule(self, chosen: Mapping[str, Any]) -> EligibleField:
        """Return the filter of the scenario language that choices stand for.

        Raises:
            InputError: It is no such filter.
        """
        found: dict[str, Any] = {"risk_factors": {}}
        _ages_in_order(chosen)
        try:
            for key, value in chosen.items():
                if key.startswith("risk_factors."):
                    found["risk_factors"][key.partition(".")[2]] = value
                elif key == "yes":
                    found |= dict.fromkeys(value, True)
                elif key == "conditions_at_least":
                    found[key] = min(map(int, value), default=0)
                elif key == "quintiles":
                    found[key] = [int(one) for one in value]
                else:
                    found[key] = value
        except (TypeError, ValueError) as problem:
            raise InputError(file="cohort", key=key, found=value, allowed="a list of options") from problem
        try:
            return EligibleField.model_validate(found, context={"names": self.names})
        except ValidationError as problem:
            first = problem.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "filter"
            told, given = str(first.get("ctx", {}).get("allowed", first["msg"])), first["input"]
            what = "these choices together" if isinstance(given, Mapping) else given
            raise InputError(file="cohort", key=key, found=what, allowed=told) from problem

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """How the cohort is told apart: by neighbourhood, fifth, age, sex and ethnic group."""
        residents = self.people
        band = age_band_of_year()[np.clip(residents.age_years, 0, OLDEST)]
        labels = {name: residents.attributes[name].labels for name in residents.attributes}
        named: list[tuple[str, str, npt.NDArray[Any], Iterable[str]]] = [
            ("Where they are", "Neighbourhood team", residents.column("neighbourhood"),
             [self.neighbourhoods[key] for key in labels["neighbourhood"]]),
            ("By deprivation", "Fifth", residents.column("quintile"),
             [FIFTHS[key] for key in labels["quintile"]]),
            ("By age", "Age", band, [one.replace("-", " to ") for one in AGE_BANDS]),
            ("By sex", "Sex", residents.column("sex"), map(_sentence, labels["sex"])),
            ("By ethnic group", "Ethnic group", residents.column("ethnic_group"), labels["ethnic_group"]),
        ]  # fmt: skip
        registered = residents.registered
        return tuple(
            _split(title, head, codes, tuple(words), registered) for title, head, codes, words in named
        )


def _split(title: str, head: str, codes: npt.NDArray[Any], words: tuple[str, ...], registered: Mask) -> Split:
    """Return a split with its codes side by side and everybody counted."""
    held = np.ascontiguousarray(codes, dtype=np.intp)
    everybody = np.bincount(held[registered], minlength=len(words))
    return Split(title=title, head=head, words=words, codes=held, everybody=everybody)


def _rows(split: Split, who: IntArray) -> list[dict[str, Any]]:
    """Return a row for each level: people of the cohort, their share of it, and of everybody of the level."""
    some = np.bincount(split.codes[who], minlength=len(split.words))
    total = max(1, who.size)
    return [
        {"label": word, "people": int(some[code]), "share": 100 * float(some[code]) / total,
         "rate": 100 * float(some[code]) / max(1, int(split.everybody[code]))}
        for code, word in enumerate(split.words)
    ]  # fmt: skip


def _ages_in_order(chosen: Mapping[str, Any]) -> None:
    """Refuse ages of which the first is above the last, in the words of the page."""
    first, last = chosen.get("age_from", 0), chosen.get("age_to", OLDEST)
    whole = all(isinstance(age, int) and not isinstance(age, bool) for age in (first, last))
    if whole and first > last:
        raise InputError(
            file="cohort", key="age_from", found=f"{first}, with age_to {last}", allowed="From not above To"
        )


def _spoken(keys: Iterable[str]) -> dict[str, str]:
    return {key: _sentence(word("level", key)) for key in keys}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
