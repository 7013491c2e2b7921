"""What a run records: long, tidy tables, added to month by month and handed over at the end."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.observers.strata import Strata, mortality_bands
from sim.population.strata import N_QUINTILES, N_SEXES, QUINTILES, SEXES

FloatArray = npt.NDArray[np.float64]
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


_ROWS_A_BLOCK = 1 << 16
_QUICKLY = 1


class Rows:
    """Rows of one table as they come: codes of their keys and a value, in blocks of fixed size.

    A row takes two bytes a key and eight for its value, where a tuple of Python objects takes some hundred:
    ten years of Dorset have a million rows. A block that is full is packed, to a fifth of that.

    Args:
        keys: Names of the key columns.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        self._code: tuple[dict[str, int], ...] = tuple({} for _ in keys)
        self._packed: list[tuple[bytes, bytes]] = []
        self._block = self._new_block()
        self._free = 0

    def _new_block(self, rows: int = 0) -> tuple[npt.NDArray[np.int16], FloatArray]:
        return np.empty((len(self.keys), rows), np.int16), np.empty(rows)

    def code(self, key: int, label: str) -> int:
        """Return the code of a label of the key at this position, a new one for a new label."""
        known = self._code[key]
        return known.setdefault(label, len(known))

    def codes(self, key: int, labels: Iterable[str]) -> npt.NDArray[np.int16]:
        """Return the codes of labels of the key at this position."""
        return np.array([self.code(key, label) for label in labels], np.int16)

    def add(self, codes: Sequence[int | npt.NDArray[np.int16]], values: npt.ArrayLike) -> None:
        """Add rows: a code for all, or one for each, of every key; and their values."""
        given = np.atleast_1d(np.asarray(values, np.float64))
        done = 0
        while done < given.size:
            if self._free == 0:
                if self._block[1].size:
                    whole = (zlib.compress(part.tobytes(), _QUICKLY) for part in self._block)
                    self._packed.append((next(whole), next(whole)))
                self._block, self._free = self._new_block(_ROWS_A_BLOCK), _ROWS_A_BLOCK
            count = min(self._free, given.size - done)
            place = slice(_ROWS_A_BLOCK - self._free, _ROWS_A_BLOCK - self._free + count)
            block, value = self._block
            for key, code in enumerate(codes):
                block[key, place] = code[done : done + count] if isinstance(code, np.ndarray) else code
            value[place] = given[done : done + count]
            done += count
            self._free -= count

    def table(self) -> pd.DataFrame:
        """Return the rows as a table with their labels, sorted by their keys."""
        columns = [*self.keys, "value"]
        if not self._block[1].size:
            return pd.DataFrame([], columns=columns)
        size = (len(self._packed) + 1) * _ROWS_A_BLOCK - self._free
        shape = (len(self.keys), _ROWS_A_BLOCK)
        blocks = [np.frombuffer(zlib.decompress(one), np.int16).reshape(shape) for one, _ in self._packed]
        code = np.concatenate([*blocks, self._block[0]], axis=1)[:, :size]
        labels = [np.array(list(known), dtype=object) for known in self._code]
        sort_keys = [np.argsort(np.argsort(labels[k]))[code[k]] for k in range(len(labels))]
        order = np.lexsort(sort_keys[::-1])
        found = {
            key: pd.array(labels[k], dtype="str").take(code[k, order]) for k, key in enumerate(self.keys)
        }
        packed = [np.frombuffer(zlib.decompress(one)) for _, one in self._packed]
        values = np.concatenate([*packed, self._block[1]])[:size]
        return pd.DataFrame({**found, "value": values[order]})


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
        self._rows = {name: Rows(keys) for name, keys in _KEYS.items()}
        self._node_codes: dict[tuple[str, ...], npt.NDArray[np.int16]] = {}
        self._strata = {
            name: tuple(self._rows[name].codes(k, labels) for k, labels in enumerate(strata.labels, start=1))
            for name, keys in _KEYS.items()
            if "dimension" in keys
        }
        shape = (years, len(strata.councils), N_SEXES, N_QUINTILES, len(mortality_bands()))
        self.person_months = np.zeros(shape)
        self.deaths = np.zeros(shape)
        self.deaths_by_cause: dict[str, FloatArray] = {}
        self.quality_months = np.zeros(shape)
        self.unlimited_months = np.zeros(shape)

    def period(self, month: int) -> str:
        """Return the calendar month of a month of the run, 'YYYY-MM'."""
        year, index = divmod(self.start + month, MONTHS_A_YEAR)
        return f"{year:04d}-{index + 1:02d}"

    def _in_strata(
        self, table: str, month: int, names: Sequence[str], by_cell: npt.NDArray[np.generic]
    ) -> None:
        """Add a row for `all` and every one-way stratum; `names` are the keys after dimension and level."""
        rows = self._rows[table]
        after = [rows.code(k, name) for k, name in enumerate(names, start=3)]
        period = rows.code(0, self.period(month))
        rows.add((period, *self._strata[table], *after), self.strata.totals(by_cell))

    def _add(self, table: str, labels: Sequence[str], value: float) -> None:
        """Add one row."""
        rows = self._rows[table]
        rows.add([rows.code(k, label) for k, label in enumerate(labels)], value)

    def measure(self, month: int, name: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record a measure in all one-way strata; `by_cell` has shape (cells,)."""
        self._in_strata("measures", month, [name], by_cell)

    def site(self, month: int, name: str, by_site: Sequence[float]) -> None:
        """Record a measure by site."""
        rows = self._rows["measures"]
        codes = rows.code(0, self.period(month)), rows.code(1, "site"), rows.codes(2, self.sites)
        rows.add((*codes, rows.code(3, name)), by_site)

    def non_resident(self, month: int, name: str, value: float) -> None:
        """Record a measure of people who are not residents: they are in no stratum."""
        if value:
            self._add("measures", (self.period(month), RESIDENCE, NON_RESIDENT, name), value)

    def node(self, month: int, node: str, values: dict[str, float]) -> None:
        """Record the measures of one care node."""
        if values:
            rows = self._rows["nodes"]
            names = tuple(values)
            if names not in self._node_codes:
                self._node_codes[names] = rows.codes(2, names)
            period, which = rows.code(0, self.period(month)), rows.code(1, node)
            rows.add((period, which, self._node_codes[names]), list(values.values()))

    def nodes(self, month: int, nodes: Sequence[str], values: Mapping[str, npt.ArrayLike]) -> None:
        """Record measures of several care nodes, a value for each node, (nodes,), by measure."""
        rows = self._rows["nodes"]
        period, which = rows.code(0, self.period(month)), rows.codes(1, nodes)
        for name, by_node in values.items():
            rows.add((period, which, rows.code(2, name)), by_node)

    def condition(self, month: int, condition: str, name: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record cases, new cases or diagnoses of a condition in all one-way strata."""
        self._in_strata("conditions", month, [condition, name], by_cell)

    def cause(self, month: int, cause: str, by_cell: npt.NDArray[np.generic]) -> None:
        """Record deaths of one cause in all one-way strata."""
        self._in_strata("deaths", month, [cause], by_cell)

    def deaths_of(self, cause: str, year: int) -> FloatArray:
        """Return a year's deaths of one cause in the mortality table, to be added to."""
        return self.deaths_by_cause.setdefault(cause, np.zeros(self.deaths.shape))[year]

    def programme(
        self, month: int, programme: str, reached: float, cost: Mapping[str, float],
        further: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        """Record whom a programme newly reached, or the stays that a change acted on, and pounds by payer.

        `further` has what else is counted, by name: people followed or held back, hours by group of staff.
        """
        period = self.period(month)
        self._add("programmes", (period, programme, "reached"), float(reached))
        for payer, pounds in cost.items():
            self._add("programmes", (period, programme, f"cost_{payer}"), float(pounds))
        for name, value in (further or {}).items():
            self._add("programmes", (period, programme, name), float(value))

    def limit(self, month: int, key: str, allowed: float, used: float, binding: bool) -> None:
        """Record what a limit allowed in a month and what was used of it, pounds or hours, and if it held."""
        measures = {"limit_allowed": allowed, "limit_used": used, "limit_binding": float(binding)}
        for name, value in measures.items():
            self._add("programmes", (self.period(month), key, name), value)

    def programme_counts(self, month: int, programme: str, counts: Mapping[str, float]) -> None:
        """Record further measures of an intervention, such as what a diverting service knew of and took."""
        for name, value in counts.items():
            self._add("programmes", (self.period(month), programme, name), float(value))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables, sorted by their keys.

        They are `measures`, `nodes`, `conditions`, `deaths`, `programmes` and `mortality`.
        """
        found = {name: rows.table() for name, rows in self._rows.items()}
        found["mortality"] = self._mortality()
        return found

    def _mortality(self) -> pd.DataFrame:
        bands = mortality_bands()
        years, councils, sexes, quintiles, ages = np.indices(self.deaths.shape).reshape(5, -1)
        return pd.DataFrame(
            {
                "year": years,
                "council": np.array(self.strata.councils)[councils],
                "sex": np.array(SEXES)[sexes],
                "quintile": np.array(QUINTILES)[quintiles],
                "age_from": np.array([first for first, _ in bands])[ages],
                "age_to": np.array([last for _, last in bands])[ages],
                "person_years": self.person_months.ravel() / MONTHS_A_YEAR,
                "deaths": self.deaths.ravel(),
                "quality_years": self.quality_months.ravel() / MONTHS_A_YEAR,
                "disability_free_years": self.unlimited_months.ravel() / MONTHS_A_YEAR,
                **{f"deaths_{cause}": by.ravel() for cause, by in self.deaths_by_cause.items()},
            }
        )
