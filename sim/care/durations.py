"""Service times and delays of a network file as rows of the kernel's table of distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.care.schema import MINUTES_PER, Distribution, DistributionBy, TimeUnit
from sim.care.values import Kind, Values
from sim.kernels import distribution_parameters as dp
from sim.kernels import distributions as d

ROUNDING = 1e-6
"""How far the shares of a mixture, or the probabilities of a node's routes, may be from 1."""
_SUMMARIES = (
    "mean", "sd", "median", "p90", "mu", "sigma", "low", "mode", "high", "shape", "scale", "value",
)  # fmt: skip


class Durations:
    """Collects the distributions of one file, each once.

    Args:
        values: Evaluates numbers and takes complaints.
        time_unit: The file's unit, for distributions that name none.
    """

    def __init__(self, values: Values, time_unit: TimeUnit) -> None:
        self.values = values
        self.time_unit = time_unit
        self.points: list[tuple[float, float]] = []
        self._rows: dict[dp.Native, int] = {}
        self._point_rows: dict[tuple[tuple[float, float], ...], int] = {}

    @property
    def natives(self) -> list[list[float]]:
        """Native parameters of each row in minutes, at least one row."""
        return [[float(x) for x in native] for native in self._rows] or [[0.0] * 6]

    def row(self, spec: object, key: str, kind: Kind) -> int:
        """Row of a service time or delay, however it is written; a bare value is a fixed time.

        Args:
            spec: Distribution, distribution by level, or value.
            key: Where in the file it stands.
            kind: Levels of the kind of person.

        Returns:
            The row; 0 after a complaint.
        """
        if isinstance(spec, Distribution):
            return self._native(spec, key, kind)
        if isinstance(spec, DistributionBy):
            by_level = {str(level): item for level, item in spec.values.items()}
            chosen = self.values.choose(spec.by, by_level, spec.default, key, kind)
            return 0 if chosen is None else self._native(chosen, key, kind)
        return self._native(Distribution(distribution="deterministic", value=spec), key, kind)

    def _native(self, spec: Distribution, key: str, kind: Kind) -> int:
        unit = MINUTES_PER[spec.unit or self.time_unit]
        if spec.distribution == "empirical":
            return self._empirical(spec, key, unit)
        if spec.distribution == "mixture":
            return self._mixture(spec, key, kind)
        accepted = dp.ACCEPTED.get(spec.distribution)
        if accepted is None:
            names = [*dp.ACCEPTED, "empirical", "mixture"]
            allowed = "one of " + ", ".join(names)
            self.values.complain(f"{key}.distribution", spec.distribution, allowed, names)
            return 0
        given = {n: getattr(spec, n) for n in _SUMMARIES if getattr(spec, n) is not None}
        chosen = next((names for names in accepted if set(names) == set(given)), None)
        if chosen is None or spec.of is not None:
            ways = " or ".join(" and ".join(names) for names in accepted)
            found = ", ".join([*given, *(["of"] if spec.of is not None else [])]) or "no parameters"
            self.values.complain(key, found, f"{spec.distribution} by {ways}")
            return 0
        numbers = [self.values.number(given[name], f"{key}.{name}", kind) for name in chosen]
        limits = [
            None if v is None else self.values.number(v, key, kind) for v in (spec.minimum, spec.maximum)
        ]
        try:
            if not any(math.isnan(n) for n in numbers):
                native = accepted[chosen](*numbers)
                if limits != [None, None]:
                    native = dp.truncated(native, *limits)
                return self._add(dp.scaled(native, unit))
        except ValueError as error:
            self.values.complain(key, ", ".join(map(repr, numbers)), str(error))
        return 0

    def _empirical(self, spec: Distribution, key: str, unit: float) -> int:
        points = [(float(p), float(v) * unit) for p, v in spec.quantiles or ()]
        try:
            dp.check_quantiles(points)
        except ValueError as error:
            self.values.complain(f"{key}.quantiles", points, str(error))
            return 0
        return self._pointed(d.EMPIRICAL, points)

    def _mixture(self, spec: Distribution, key: str, kind: Kind) -> int:
        """Parts chosen by their shares; a part may be anything but another mixture."""
        parts = spec.of or []
        summaries = [
            n for n in (*_SUMMARIES, "minimum", "maximum", "quantiles") if getattr(spec, n) is not None
        ]
        if len(parts) < 2 or summaries or any(part.distribution == "mixture" for part in parts):
            found = ", ".join(summaries) or f"{len(parts)} parts"
            self.values.complain(key, found, "a mixture `of` two or more parts, none of them a mixture")
            return 0
        shares = [
            self.values.number(part.share, f"{key}.of[{i}].share", kind) for i, part in enumerate(parts)
        ]
        if any(math.isnan(share) for share in shares):
            return 0
        if min(shares) < 0.0 or abs(math.fsum(shares) - 1.0) > ROUNDING:
            self.values.complain(f"{key}.of", shares, "shares of 0 or more that sum to 1")
            return 0
        rows = [self._native(part, f"{key}.of[{i}]", kind) for i, part in enumerate(parts)]
        taken = [(share, row) for share, row in zip(shares, rows, strict=True) if share > 0.0]
        ends = cumulative([share for share, _ in taken])
        return self._pointed(
            d.MIXTURE, [(end, float(row)) for end, (_, row) in zip(ends, taken, strict=True)]
        )

    def _pointed(self, family: int, points: Sequence[tuple[float, float]]) -> int:
        """Row of a distribution whose parameters lie in the table of points."""
        chosen = tuple(points)
        if chosen not in self._point_rows:
            self._point_rows[chosen] = len(self.points)
            self.points.extend(chosen)
        return self._add(dp.Native(family, float(self._point_rows[chosen]), float(len(chosen))))

    def _add(self, native: dp.Native) -> int:
        return self._rows.setdefault(native, len(self._rows))


def cumulative(shares: Sequence[float]) -> list[float]:
    """Running sums whose last is exactly 1, so that no uniform falls beyond it."""
    total, sums, so_far = math.fsum(shares), [], 0.0
    for share in shares:
        so_far += share
        sums.append(so_far / total)
    return [*sums[:-1], 1.0] if sums else []
