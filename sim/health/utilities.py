"""Utility of each resident (EQ-5D): one rule for the whole population, normalised on its norms.

    utility = limit(healthy(sex, age) + decrements of what the resident has + adjustment for their number)

Decrements (negative) and the adjustment are those of Sullivan and others (Medical Decision Making 2011; 31:
800-804), added up as that catalogue says. `healthy` is the utility of somebody with nothing on the list. The
published norm of a sex and age (Ara and Brazier, Value in Health 2010; 13: 509-518) already holds average
illness, so it is not the healthy level: that is solved for, by sex and five-year group, such that the start
population's mean utility is the norm. It stays fixed afterwards in every scenario. Of frailty and residence
in a care home only the larger loss counts, since they are the same people.

A second line by the same score: those under a threshold count as limited by illness. The threshold of a sex
and age group is where the start population's share under it is the share disabled there (census, Equality
Act); who lies exactly on it counts in part. So the level by age and sex is built in; differences between
places and changes over time follow from health.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.ages import by_sex_and_age
from sim.kernels.scoring import (
    AGES_A_GROUP,
    LAST_GROUP,
    Scoring,
    add_points,
    score_all,
    score_rows,
    sum_scores,
)
from sim.parameters.errors import InputError
from sim.parameters.national import PARAMETERS, National
from sim.population.residents import Attribute, Residents
from sim.population.strata import MONTHS_A_YEAR, N_SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Columns = Mapping[str, npt.NDArray[np.generic]]

POINTS_A_UNIT = 10_000
"""Utilities are whole ten-thousandths: their sums are exact in any order."""
PARTS = ("condition", "risk factor or circumstance", "the largest of these")
ANY = "any"
N_GROUPS = LAST_GROUP + 1
MONTHS_A_FULL_PASS = 3
"""Everyone is scored anew each quarter; between, those to whom something happened (measured: a full pass over
827,000 residents takes 0.03 s, those of a month 0.002 s)."""
_CODES = 16
_BLOCK = 65_536
_DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True)
class Utilities:
    """The scoring of one population, and everybody's utility as last scored."""

    scoring: Scoring
    score: npt.NDArray[np.int16]
    """(N,) utility in ten-thousandths."""

    def all(self, residents: Residents) -> None:
        """Score everyone registered, for their age in the current month."""
        score_all(
            residents.column("status"), residents.columns, residents.column("sex"), residents.birth_month,
            residents.month, self.scoring, self.score,
        )  # fmt: skip

    def rows(self, residents: Residents, rows: IntArray) -> None:
        """Score some residents, for their age in the current month."""
        score_rows(
            rows, residents.columns, residents.column("sex"), residents.birth_month, residents.month,
            self.scoring, self.score,
        )  # fmt: skip

    def of(self, rows: IntArray) -> FloatArray:
        """Return the utility of rows as last scored."""
        return np.asarray(self.score[rows] / POINTS_A_UNIT)

    def sums(self, residents: Residents, band_of_age: IntArray, sums: Sums) -> None:
        """Add up utilities as last scored of those registered; `sums` is written."""
        sum_scores(
            residents.column("status"), residents.column("sex"), residents.column("quintile"),
            residents.column("council"), residents.cell, residents.birth_month, residents.month, band_of_age,
            self.score, self.scoring, sums.by_cell, sums.scored, sums.unlimited,
        )  # fmt: skip

    def unlimited(self, residents: Residents, rows: IntArray) -> FloatArray:
        """Return how much of each row counts as free of limiting illness, 0 to 1."""
        group = np.clip(residents.age_of(rows) // AGES_A_GROUP, 0, LAST_GROUP)
        sex = residents.column("sex")[rows]
        score, line = self.score[rows], self.scoring.threshold[sex, group]
        return np.where(score == line, self.scoring.share_at[sex, group], (score > line).astype(np.float64))


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Utilities of those registered, added up."""

    by_cell: IntArray
    """(cells,) ten-thousandths."""
    scored: IntArray
    """(councils, 2, Q, bands) ten-thousandths."""
    unlimited: FloatArray
    """(councils, 2, Q, bands) people free of limiting illness."""

    @classmethod
    def room(cls, n_cells: int, shape: tuple[int, ...]) -> Sums:
        """Return room for sums over so many cells, and over (councils, sexes, quintiles, bands)."""
        return cls(
            by_cell=np.zeros(n_cells, np.int64), scored=np.zeros(shape, np.int64), unlimited=np.zeros(shape)
        )


def compile_utilities(national: National, residents: Residents, start: Columns) -> Utilities:
    """Return the utilities of a run, normalised on its start population at full size.

    Args:
        national: Tables.
        residents: Of the run; gives the columns and the number of rows.
        start: Columns of the whole start population, whatever the scale of the run.

    Raises:
        InputError: A decrement names a level that its attribute does not have.
    """
    rows = _decrements(national, residents.attributes)
    names = list(dict.fromkeys(rows["attribute"]))
    part = rows.drop_duplicates("attribute")["part"]
    points = np.zeros((len(names), _CODES), np.int32)
    for row in rows.itertuples():
        attribute = residents.attributes[str(row.attribute)]
        points[names.index(attribute.name), _codes(attribute, str(row.level))] = _whole([row.value])
    limits = national.tables["utility_limits"].set_index("limit")["value"]
    scoring = Scoring(
        column=np.arange(len(names)),
        counted=int((part == PARTS[0]).sum()),
        added=int((part != PARTS[2]).sum()),
        points=points,
        by_number=_by_number(national.tables["utility_number"]),
        level=np.zeros((N_SEXES, N_GROUPS), np.int32),
        threshold=np.zeros((N_SEXES, N_GROUPS), np.int32),
        share_at=np.zeros((N_SEXES, N_GROUPS)),
        least=int(_whole([limits["least"]])[0]),
        greatest=int(_whole([limits["greatest"]])[0]),
    )
    scoring = _normalised(scoring, names, start, by_sex_and_age(national.tables["utility_norm"]))
    column = np.array([residents.column_of[name] for name in names], np.int64)
    return Utilities(scoring=scoring._replace(column=column), score=np.zeros(residents.person.size, np.int16))


def _decrements(national: National, attributes: Mapping[str, Attribute]) -> pd.DataFrame:
    """Return the decrements of what residents have, by part; a condition's folder may bring its own.

    The national table is a catalogue: what residents do not have is passed over.
    """
    own = [
        condition.tables["utility"].assign(attribute=key, part=PARTS[0])
        for key, condition in national.conditions.items()
        if "utility" in condition.tables
    ]
    rows = pd.concat([national.tables["utility_decrements"], *own], ignore_index=True)
    rows = rows[rows["attribute"].isin(list(attributes))]
    twice = rows[rows.duplicated(["attribute", "level"])]
    if not twice.empty:
        key = str(twice["attribute"].iloc[0])
        raise InputError(
            file=PARAMETERS / f"conditions/{key}/utility.csv", key=key, found="a decrement in both places",
            allowed="one decrement: in the condition's folder or in utilities/decrements.csv",
        )  # fmt: skip
    order = rows["part"].astype(str).map(PARTS.index)
    return rows.iloc[np.argsort(order.to_numpy(), kind="stable")]


def _codes(attribute: Attribute, level: str) -> IntArray:
    """Return the codes that a level of the table stands for."""
    if level == ANY:
        return np.arange(1, _CODES)
    if level not in attribute.labels:
        raise InputError(
            file=PARAMETERS / "utilities/decrements.csv", key=f"{attribute.name}, level", found=level,
            allowed=", ".join((ANY, *attribute.labels)), names=[ANY, *attribute.labels],
        )  # fmt: skip
    return np.array([attribute.labels.index(level)])


def _whole(values: Any) -> npt.NDArray[np.int32]:
    return np.round(np.asarray(values, np.float64) * POINTS_A_UNIT).astype(np.int32)


def _by_number(table: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Return points by number of conditions, nought below the first of the table."""
    out = np.zeros(int(table["conditions"].max()) + 1, np.int32)
    out[table["conditions"].to_numpy(np.int64)] = _whole(table["value"].to_numpy())
    return out


def _normalised(scoring: Scoring, names: list[str], start: Columns, norm: FloatArray) -> Scoring:
    """Return the scoring with levels at which mean utilities are the norms, and thresholds of limitation."""
    age = np.clip(-start["birth_month"].astype(np.int64) // MONTHS_A_YEAR, 0, norm.shape[1] - 1)
    sex = start["sex"].astype(np.int64)
    cell = sex * N_GROUPS + np.minimum(age // AGES_A_GROUP, LAST_GROUP)
    points = _points(scoring, names, start)
    low = int(points.min())
    values = np.arange(low, int(points.max()) + 1)
    size = N_SEXES * N_GROUPS
    counts = np.bincount(cell * values.size + (points - low), minlength=size * values.size)
    people = counts.reshape(size, values.size)
    target = np.bincount(cell, norm[sex, age], minlength=size)
    disabled = np.bincount(cell, start[_DISABLED], minlength=size)
    level, threshold, share_at = np.zeros(size, np.int32), np.zeros(size, np.int32), np.ones(size)
    for c in range(size):
        present = np.flatnonzero(people[c])
        if present.size == 0:  # nobody of that age: as the group before
            level[c], threshold[c], share_at[c] = level[c - 1], threshold[c - 1], share_at[c - 1]
            continue
        weight = people[c, present]
        level[c] = _level(values[present], weight, target[c] / weight.sum(), scoring)
        score = np.clip(level[c] + values[present], scoring.least, scoring.greatest)
        threshold[c], share_at[c] = _line(score, weight, disabled[c])
    shape = (N_SEXES, N_GROUPS)
    return scoring._replace(
        level=level.reshape(shape), threshold=threshold.reshape(shape), share_at=share_at.reshape(shape)
    )


def _points(scoring: Scoring, names: list[str], start: Columns) -> npt.NDArray[np.int32]:
    """Return the points of everyone of the start population; in blocks, to spare memory."""
    size = start["sex"].size
    points = np.empty(size, np.int32)
    for first in range(0, size, _BLOCK):
        block = slice(first, first + _BLOCK)
        codes = np.column_stack([start[name][block].astype(np.uint8) for name in names])
        add_points(codes, scoring, points[block])
    return points


def _level(points: IntArray, weight: IntArray, target: float, scoring: Scoring) -> int:
    """Return the level at which the mean of the limited scores is nearest to `target`, by bisection."""
    below, above = 0, 3 * POINTS_A_UNIT
    while above - below > 1:
        middle = (below + above) // 2
        mean = np.average(np.clip(middle + points, scoring.least, scoring.greatest), weights=weight)
        below, above = (middle, above) if mean <= target * POINTS_A_UNIT else (below, middle)
    return below


def _line(score: IntArray, weight: IntArray, under: float) -> tuple[int, float]:
    """Return the score under which `under` people lie, and the share above the line of those at it."""
    distinct, which = np.unique(score, return_inverse=True)
    people = np.bincount(which, weight)
    upto = np.cumsum(people)
    k = min(int(np.searchsorted(upto, under, side="right")), distinct.size - 1)
    return int(distinct[k]), float(np.clip((upto[k] - under) / people[k], 0.0, 1.0))
