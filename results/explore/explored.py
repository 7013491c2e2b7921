"""The runs that are explored: loaded once, compared with whichever of them is asked for."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from results.comparison import Comparison
from results.explore.plain import options
from results.figures import series_of
from results.measures.registry import Measure, measures
from results.measures.series import LIFE_DIMENSIONS, month_labels, natural_key
from results.report.blocks import Context
from results.report.certainty import warnings_of
from results.report.page import area_name, period_words
from results.report.sections.shared import fifth_name, place_words, spoken
from results.runs import Run
from sim.parameters.errors import InputError

DIMENSIONS = {
    "all": "Everybody",
    "neighbourhood": "Neighbourhood team (INT)",
    "quintile": "Deprivation fifth",
    "age_band": "Age",
    "sex": "Sex",
    "council": "Council",
    "site": "Hospital or unit",
    "ethnic_group": "Ethnic group",
    "condition": "Condition",
    "plus_group": "PLUS group",
}
"""Strata that the page offers where a run has them, with what they are called."""
GROUPS = {
    "population": "People", "demand": "Demand", "beds": "Beds and emergency departments",
    "discharge": "Leaving hospital", "elective": "Planned care", "outcomes": "Health",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place of the area, as its pack has it."""

    name: str
    """What it is called."""
    latitude: float
    longitude: float


class Explored:
    """Runs that can be compared with each other.

    Args:
        folders: Folders of runs or of a study; or loaded runs.
        places: Neighbourhoods of the area by key, where they are known.

    Raises:
        InputError: A run cannot be read, or the runs are not alike.
    """

    def __init__(
        self, folders: Sequence[str | Path | Run], places: Mapping[str, Place] | None = None
    ) -> None:
        self.comparison = Comparison(folders)
        self.places = dict(places or {})
        self._against = {self.name_of(self.comparison.baseline): self.comparison}

    def name_of(self, run: Run) -> str:
        """Return a run's short name, by which the page asks for it."""
        return self.comparison.names[run]

    def run(self, name: str) -> Run:
        """Return the run of a name.

        Raises:
            InputError: There is none.
        """
        for run in self.comparison.runs:
            if self.name_of(run) == name:
                return run
        known = [self.name_of(run) for run in self.comparison.runs]
        raise InputError(file="explore", key="run", found=name, allowed=", ".join(known), names=known)

    def against(self, name: str) -> Comparison:
        """Return the comparison of all runs with the one of this name."""
        if name not in self._against:
            self.run(name)
            self._against[name] = Comparison(self.comparison.runs, name)
        return self._against[name]

    @property
    def months(self) -> list[str]:
        """The run's months, 'YYYY-MM'."""
        return month_labels(self.comparison.baseline)

    @cached_property
    def words(self) -> frozenset[str]:
        """Words that are names of places."""
        return place_words(Context.of(self.comparison))

    @cached_property
    def levels(self) -> dict[str, list[str]]:
        """Levels of each recorded dimension that the page offers, in their natural order."""
        table = self.comparison.baseline.table("measures")
        pairs = table[["dimension", "level"]].drop_duplicates()
        found: dict[str, list[str]] = {}
        for dimension in DIMENSIONS:
            mine = pairs.loc[pairs["dimension"] == dimension, "level"].astype(str)
            if len(mine):
                found[dimension] = sorted(mine, key=natural_key)
        return found

    def level_name(self, dimension: str, level: str) -> str:
        """Return what a level is called."""
        if dimension == "neighbourhood" and level in self.places:
            return self.places[level].name
        if dimension == "quintile":
            return fifth_name(level)
        if dimension == "age_band":
            return level.replace("-", " to ").replace("+", " and over")
        return "Everybody" if dimension == "all" else spoken(level, self.words)

    def recorded(self, found: Measure, dimension: str) -> bool:
        """Tell whether a measure can be told for a dimension, from the names of what was recorded."""
        if found.is_expectancy:
            return dimension in LIFE_DIMENSIONS
        needed = {*found.numerator, *filter(None, [found.denominator])}
        return needed <= self._counted.get(dimension, frozenset())

    @cached_property
    def _counted(self) -> dict[str, frozenset[str]]:
        table = self.comparison.baseline.table("measures")
        pairs = table[["dimension", "measure"]].drop_duplicates().astype(str)
        return {str(name): frozenset(part["measure"]) for name, part in pairs.groupby("dimension")}

    def overview(self) -> dict[str, Any]:
        """Return what the page must know before anything is chosen."""
        comparison = self.comparison
        names = [(self.name_of(run), comparison.labels[run]) for run in comparison.runs]
        looks = series_of(names, self.name_of(comparison.baseline))
        return {
            "title": f"{area_name(comparison)}, {period_words(comparison)}",
            "months": options(self.months, [month_name(month) for month in self.months]),
            "years": comparison.years,
            "runs": [
                {
                    "key": name, "label": label, "colour": looks[name].colour,
                    "about": str(comparison.runs[place].scenario.get("description", "")),
                }
                for place, (name, label) in enumerate(names)
            ],
            "baseline": self.name_of(comparison.baseline),
            "replicates": len(comparison.replicates),
            "draws": len(comparison.draw_numbers),
            "version": str(comparison.baseline.manifest.get("code_version", "not recorded")),
            "warnings": self.first_warnings(),
            "dimensions": [
                {
                    "key": key, "label": DIMENSIONS[key],
                    "levels": options(levels, [self.level_name(key, one) for one in levels]),
                }
                for key, levels in self.levels.items()
            ],
            "groups": options(list(GROUPS), list(GROUPS.values())),
            "measures": self.measures(),
        }  # fmt: skip

    def measures(self) -> list[dict[str, Any]]:
        """Return the measures that these runs have, with the dimensions that each can be told for."""
        found = []
        for one in measures().values():
            dimensions = [name for name in self.levels if self.recorded(one, name)]
            if dimensions:
                found.append(
                    {
                        "key": one.name, "label": one.label, "unit": one.unit, "group": one.group,
                        "dimensions": dimensions, "monthly": not one.is_expectancy,
                        "unreadable": one.name in self.comparison.unreadable,
                    }
                )  # fmt: skip
        return found

    def first_warnings(self) -> list[str]:
        """Return what a reader must know before anything is read: too little to decide on, or unfinished."""
        found = []
        if self.comparison.shortcomings:
            few = " and ".join(self.comparison.shortcomings)
            found.append(f"This is a trial run, with {few}: good for looking around, not for deciding.")
        for run in self.comparison.runs:
            if run.unfinished:
                done, asked = len(run.replicates), run.declared_replicates
                found.append(
                    f"{self.comparison.labels[run]} is unfinished: {done} of {asked} repeats are here."
                )
        return found

    def warnings(self) -> list[str]:
        """Return all that the report says is to be known first, as what is not to be read and what is full.

        It takes the months of every care node, so the page asks for it apart.
        """
        return warnings_of(Context.of(self.comparison))


def month_name(month: str) -> str:
    """Return 'April 2026' for '2026-04'."""
    return f"{calendar.month_name[int(month[-2:])]} {month[:4]}"
