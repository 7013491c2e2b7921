"""The Poisson arrivals of a network file: rates by hour of the week, kinds, priorities and batches."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.care.durations import ROUNDING
from sim.care.problems import Complaints
from sim.care.schema import MINUTES_PER, WEEKDAYS, Arrivals, NetworkFile, ProfileTable
from sim.care.values import Kind, Values
from sim.kernels.flow_layout import PRIORITIES

LARGEST_BATCH = 64


@dataclass(frozen=True)
class ArrivalStream:
    """One Poisson stream from outside.

    `rates` holds the rate per minute in each hour of the week (168 values, Monday's first hour first);
    `weights` the shares of the kinds; `priority` holds cumulative shares of priorities 0 to 7 by kind;
    `batch` cumulative shares of one, two, ... people who arrive together (the rate counts batches).
    """

    node: int
    rates: np.ndarray
    weights: np.ndarray
    priority: np.ndarray
    batch: np.ndarray

    @property
    def mean_batch(self) -> float:
        """People who arrive together on average."""
        return float(np.dot(np.diff([0.0, *self.batch]), np.arange(1, len(self.batch) + 1)))


class Streams:
    """Compiles the arrivals of one file.

    Args:
        file: The file.
        values: Evaluates numbers.
        complaints: Takes problems.
        kinds: Levels of each kind of person.
        nodes: Index of each node by name.
        folder: Where profile tables are looked up.
    """

    def __init__(
        self,
        file: NetworkFile,
        values: Values,
        complaints: Complaints,
        kinds: Sequence[Kind],
        nodes: Mapping[str, int],
        folder: Path,
    ) -> None:
        self.file = file
        self.values = values
        self.complaints = complaints
        self.kinds = kinds
        self.nodes = nodes
        self.folder = folder

    def compiled(self) -> list[ArrivalStream]:
        """The streams, in the order of the file."""
        streams = []
        for name, given in self.file.arrivals.items():
            key = f"arrivals.{name}"
            if name not in self.nodes:
                self.complaints.add(key, name, "a node", self.nodes)
                continue
            weights = np.array([self.values.number(given.mix, f"{key}.mix", kind) for kind in self.kinds])
            if not (np.all(weights >= 0) and weights.sum() > 0) and not np.isnan(weights).any():
                self.complaints.add(f"{key}.mix", weights.tolist(), "weights of 0 or more, not all 0")
            priority = self._priorities(given, key)
            rates = self._rates(given, key) / MINUTES_PER[given.unit or self.file.time_unit]
            shares = weights / max(weights.sum(), 1e-300)
            streams.append(ArrivalStream(self.nodes[name], rates, shares, priority, self._batch(given, key)))
        return streams

    def _batch(self, given: Arrivals, key: str) -> np.ndarray:
        """Cumulative shares of batch sizes 1, 2, ...; one person at a time when nothing is said."""
        if given.batch is None:
            return np.ones(1)
        sizes = list(given.batch)
        if not sizes or min(sizes) < 1 or max(sizes) > LARGEST_BATCH:
            self.complaints.add(f"{key}.batch", sizes, f"sizes from 1 to {LARGEST_BATCH} with their shares")
            return np.ones(1)
        shares = np.zeros(max(sizes))
        for size, share in given.batch.items():
            shares[size - 1] = self.values.number(share, f"{key}.batch", self.kinds[0])
        if not np.isnan(shares).any() and (shares.min() < 0.0 or abs(shares.sum() - 1.0) > ROUNDING):
            self.complaints.add(f"{key}.batch", float(shares.sum()), "shares of 0 or more that sum to 1")
        ends = np.cumsum(shares)
        ends[-1] = 1.0
        return np.asarray(ends)

    def _priorities(self, given: Arrivals, key: str) -> np.ndarray:
        """Cumulative shares of the priorities for each kind. Shape (K, PRIORITIES)."""
        shares = np.zeros((len(self.kinds), PRIORITIES))
        for k, kind in enumerate(self.kinds):
            if given.priority_shares is None:
                shares[k, self.values.priority(given.priority, f"{key}.priority", kind)] = 1.0
            for level, share in (given.priority_shares or {}).items():
                at = self.values.priority(float(level), f"{key}.priority_shares", kind)
                shares[k, at] = self.values.number(share, f"{key}.priority_shares", kind)
        if not np.allclose(shares.sum(axis=1), 1.0, atol=ROUNDING) and not np.isnan(shares).any():
            self.complaints.add(f"{key}.priority_shares", float(shares[0].sum()), "shares that sum to 1")
        return np.cumsum(shares, axis=1)

    def _rates(self, given: Arrivals, key: str) -> np.ndarray:
        """Rate in each hour of the week, per time unit of the file. Shape (168,)."""
        rates = np.zeros((7, 24))
        if (given.rate is None) == (given.profile is None):
            self.complaints.add(key, "both or neither", "either a rate or a profile")
        if given.rate is not None:
            rates[:] = self.values.number(given.rate, f"{key}.rate", self.kinds[0])
        if given.profile_table is not None:
            rates *= self._multipliers(given.profile_table, f"{key}.profile_table")
        for entry in given.profile or ():
            hours = [entry.from_, entry.to]
            if any(h != round(h) for h in hours) or hours[0] >= hours[1]:
                self.complaints.add(f"{key}.profile", hours, "whole hours, from before to")
                continue
            days = range(7) if entry.weekdays is None else [WEEKDAYS.index(w) for w in entry.weekdays]
            rate = self.values.number(entry.rate, f"{key}.profile.rate", self.kinds[0])
            for day in days:
                rates[day, round(hours[0]) : round(hours[1])] = rate
        if np.any(rates < 0):
            self.complaints.add(key, float(rates.min()), "a rate of 0 or more")
        return rates.reshape(168)

    def _multipliers(self, table: ProfileTable, key: str) -> np.ndarray:
        """Weekday times hour multipliers of a stream, scaled to a mean of one. Shape (7, 24)."""
        path = self.folder / table.file
        if not path.is_file():
            self.complaints.add(f"{key}.file", table.file, "a CSV table beside the network file")
            return np.ones((7, 24))
        hours, days = np.ones(24), np.ones(7)
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["stream"] == table.stream]
        if not rows:
            self.complaints.add(f"{key}.stream", table.stream, f"a stream of {table.file}")
        for row in rows:
            if row["dimension"] == "hour":
                hours[int(row["level"])] = float(row["value"])
            elif row["dimension"] == "weekday":
                days[WEEKDAYS.index(row["level"][:3].lower())] = float(row["value"])
        both = np.outer(days, hours)
        return np.asarray(both / both.mean())
