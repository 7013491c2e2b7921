"""The measure that is watched while a study runs: each scenario's paired difference and its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios import identity
from scenarios.experiment import ALL_YEARS
from scenarios.study.stopping import student
from scenarios.units import Unit
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.study.plan import Arm

Array = npt.NDArray[np.float64]
UNIT_MEASURED = "results.annual:unit_by_year"
"""Where the function is that reads one finished unit: this package does not import `results`."""
DEFAULT, WITHOUT_CARE = "emergency_admissions", "deaths"
"""What is watched unless a study says otherwise, with and without the care network."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is watched.

    Attributes:
        measure: Name of a measure of results.
        period: 'all years', or one.
        against: Full name of the scenario that others are held against; '' where there is none.
        confidence_percent: Of the intervals.
    """

    measure: str
    period: str = ALL_YEARS
    against: str = ""
    confidence_percent: float = 95.0


@dataclass(frozen=True, kw_only=True)
class Row:
    """The paired difference of one scenario at one point, so far.

    Attributes:
        scenario: Its full name.
        point: Number of the point; 0 without a design.
        base: Mean of what it is held against, over the same pairs.
        difference: Mean difference; NaN where there is no pair.
        low: Lower end of its interval over replicates; NaN where there are fewer than two.
        high: Upper end of it.
        replicates: Pairs.
        draws: Draws over which each is a mean.
    """

    scenario: str
    point: int
    base: float
    difference: float
    low: float
    high: float
    replicates: int
    draws: int

    def percent(self, number: float) -> float:
        """Return a number in per cent of what the scenario is held against; NaN where that is nothing."""
        return 100.0 * number / abs(self.base) if self.base else float("nan")


@dataclass(kw_only=True)
class Headline:
    """Values of what is watched, by unit.

    Attributes:
        watched: What is watched.
        arms: Every scenario at every point.
        values: Value by the unit's key.
    """

    watched: Watched
    arms: Sequence[Arm]
    values: dict[str, float] = field(default_factory=dict)

    def read(self, unit: Unit, folder: Path) -> float | None:
        """Return the value of a finished unit, from its tables; None where it cannot be told.

        Args:
            unit: The unit.
            folder: Of the run that it belongs to.
        """
        key = unit.key
        if key not in self.values:
            value = value_of(folder, unit.folder, self.watched)
            if value is None:
                return None
            self.values[key] = value
        return self.values[key]

    def table(self, units: Mapping[tuple[str, int], Sequence[Unit]]) -> list[Row]:
        """Return the rows of all scenarios but the one held against, in the order of points, then scenarios.

        Args:
            units: By scenario and point.
        """
        rows = []
        for arm in self.arms:
            name, point = arm.scenario.full_name, arm.point.number
            base = units.get((self.watched.against, point))
            if name == self.watched.against or base is None:
                continue
            mine, theirs = (self._by_place(one) for one in (units[name, point], base))
            rows.append(row_of(name, point, mine, theirs, self.watched.confidence_percent))
        return rows

    def _by_place(self, units: Sequence[Unit]) -> dict[tuple[int, int], float]:
        """Return the values known, by draw and replicate."""
        found = {(unit.settings.draw, unit.replicate): self.values.get(unit.key) for unit in units}
        return {place: value for place, value in found.items() if value is not None}


def row_of(
    name: str, point: int, mine: Mapping[tuple[int, int], float], theirs: Mapping[tuple[int, int], float],
    confidence_percent: float,
) -> Row:  # fmt: skip
    """Return the paired difference of values by draw and replicate; without draws it pairs with each."""
    differences, base, draws = paired(mine, theirs)
    n = differences.size
    mean = float(differences.mean()) if n else float("nan")
    half = float("nan")
    if n > 1:
        half = student(confidence_percent, n - 1) * float(differences.std(ddof=1)) / float(np.sqrt(n))
    return Row(
        scenario=name, point=point, base=float(base.mean()) if n else float("nan"), difference=mean,
        low=mean - half, high=mean + half, replicates=n, draws=draws,
    )  # fmt: skip


def paired(
    mine: Mapping[tuple[int, int], float], theirs: Mapping[tuple[int, int], float]
) -> tuple[Array, Array, int]:
    """Return differences and what they are held against, one of each a replicate, and the draws in each.

    Replicates are means over the draws that all of them have: while a study runs, over those finished.
    """

    def against(draw: int, replicate: int) -> float | None:
        return theirs.get((draw, replicate), theirs.get((0, replicate)))

    def own(draw: int, replicate: int) -> float | None:
        return mine.get((draw, replicate), mine.get((0, replicate)))

    draws = sorted({draw for draw, _ in (*mine, *theirs)} - {0}) or [0]
    numbers = sorted({replicate for _, replicate in (*mine, *theirs)})
    held = {
        draw: [n for n in numbers if own(draw, n) is not None and against(draw, n) is not None]
        for draw in draws
    }
    most = max((len(each) for each in held.values()), default=0)
    if not most:
        return np.empty(0), np.empty(0), 0
    whole = [draw for draw in draws if len(held[draw]) == most]
    kept = [n for n in held[whole[0]] if all(n in held[draw] for draw in whole)]
    first = np.array([[own(draw, n) for n in kept] for draw in whole], np.float64)
    second = np.array([[against(draw, n) for n in kept] for draw in whole], np.float64)
    return (first - second).mean(axis=0), second.mean(axis=0), len(whole) if whole != [0] else 1


def value_of(folder: Path, unit: Path, watched: Watched) -> float | None:
    """Return what is watched of one finished unit; None where its tables do not hold it."""
    read: Callable[..., pd.DataFrame] = identity.load_function(UNIT_MEASURED)
    try:
        tidy = read(folder, unit, (watched.measure,))
    except (InputError, KeyError, ValueError, OSError):
        return None
    found = tidy.loc[tidy["period"].astype(str) == watched.period, "value"]
    return float(found.iloc[0]) if len(found) and np.isfinite(found.iloc[0]) else None


def kept_values(lines: Iterable[Mapping[str, Any]], watched: Watched) -> dict[str, float]:
    """Return the values that a log holds of what is watched, by unit's key."""
    found: dict[str, float] = {}
    same = False
    for line in lines:
        if line["event"] == "begun":
            same = (line.get("measure"), line.get("period")) == (watched.measure, watched.period)
        elif line["event"] == "finished" and same and isinstance(line.get("value"), int | float):
            found[str(line.get("unit"))] = float(line["value"])
    return found
