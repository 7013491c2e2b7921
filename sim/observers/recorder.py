"""What a run records: long, tidy tables, added to month by month and handed over at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.observers.strata import Strata, mortality_bands
from sim.population.strata import N_QUINTILES, N_SEXES, QUINTILES, SEXES

MONTHS_A_YEAR = 12
RESIDENCE, NON_RESIDENT = "residence", "non_resident"
"""Dimension and level of the measures of people from elsewhere; `all` has residents only."""
_KEYS = {
    "measures": ["period", "dimension", "level", "measure"],
    "nodes": ["period", "node", "measure"],
    "conditions": ["period", "dimension", "level", "condition", "measure"],
    "deaths": ["period", "dimension", "level", "cause"],
    "programmes": ["period", "programme", "measure"],
}


class Recorder:
    """Collects the tables of one replicate.

    Args:
        strata: Cells and their margins.
        sites: Keys of the sites.
        start: Calendar month of month 0 (12 * year + month - 1).
        years: Years of the run, for the mortality table.
    """

    def __init__(self, strata: Strata, sites: Sequence[str], start: int, years: int) -> None:
        self.strata = strata
        self.sites = tuple(sites)
        self.start = start
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in _KEYS}
        bands = len(mortality_bands())
        self.person_months = np.zeros((years, N_SEXES, N_QUINTILES, bands))
        self.deaths = np.zeros((years, N_SEXES, N_QUINTILES, bands))

    def period(self, month: int) -> str:
        """Return the calendar month of a month of the run, 'YYYY-MM'."""
        year, index = divmod(self.start + month, MONTHS_A_YEAR)
        return f"{year:04d}-{index + 1:02d}"

    def measure(self, month: int, name: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record a measure in all one-way strata; `by_cell` has shape (cells,)."""
        period = self.period(month)
        self._rows["measures"] += [
            (period, dimension, level, name, value)
            for dimension, level, value in self.strata.margins(by_cell)
        ]

    def site(self, month: int, name: str, by_site: Sequence[float]) -> None:
        """Record a measure by site."""
        period = self.period(month)
        self._rows["measures"] += [
            (period, "site", site, name, float(value))
            for site, value in zip(self.sites, by_site, strict=True)
        ]

    def non_resident(self, month: int, name: str, value: float) -> None:
        """Record a measure of people who are not residents: they are in no stratum."""
        if value:
            self._rows["measures"].append((self.period(month), RESIDENCE, NON_RESIDENT, name, value))

    def node(self, month: int, node: str, values: dict[str, float]) -> None:
        """Record the measures of one care node."""
        period = self.period(month)
        self._rows["nodes"] += [(period, node, name, float(value)) for name, value in values.items()]

    def condition(self, month: int, condition: str, name: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record cases, new cases or diagnoses of a condition in all one-way strata."""
        period = self.period(month)
        self._rows["conditions"] += [
            (period, dimension, level, condition, name, value)
            for dimension, level, value in self.strata.margins(by_cell)
        ]

    def cause(self, month: int, cause: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record deaths of one cause in all one-way strata."""
        period = self.period(month)
        self._rows["deaths"] += [
            (period, dimension, level, cause, value)
            for dimension, level, value in self.strata.margins(by_cell)
        ]

    def programme(self, month: int, programme: str, reached: float, cost: Mapping[str, float]) -> None:
        """Record whom a programme newly reached, or the stays that a change acted on, and pounds by payer."""
        period = self.period(month)
        self._rows["programmes"].append((period, programme, "reached", float(reached)))
        self._rows["programmes"] += [
            (period, programme, f"cost_{payer}", float(pounds)) for payer, pounds in cost.items()
        ]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables, sorted by their keys.

        They are `measures`, `nodes`, `conditions`, `deaths`, `programmes` and `mortality`.
        """
        found = {}
        for name, keys in _KEYS.items():
            table = pd.DataFrame(self._rows[name], columns=[*keys, "value"])
            found[name] = table.sort_values(keys, kind="stable", ignore_index=True)
        found["mortality"] = self._mortality()
        return found

    def _mortality(self) -> pd.DataFrame:
        bands = mortality_bands()
        years, sexes, quintiles, ages = np.indices(self.deaths.shape).reshape(4, -1)
        return pd.DataFrame(
            {
                "year": years,
                "sex": np.array(SEXES)[sexes],
                "quintile": np.array(QUINTILES)[quintiles],
                "age_from": np.array([first for first, _ in bands])[ages],
                "age_to": np.array([last for _, last in bands])[ages],
                "person_years": self.person_months.ravel() / MONTHS_A_YEAR,
                "deaths": self.deaths.ravel(),
            }
        )
