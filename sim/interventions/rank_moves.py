"""Moves of risk factors that follow a rank, such as a weight programme: a difference from the rank's level.

Somebody whom a programme reaches in month r is moved when their rank gives the level moved from in month r
and the programme's own keyed number is under its probability. From then on their level is the rank's, so many
levels higher or lower, never beyond the first or the last; differences of several programmes add up. Where
the move reverts, it lasts while the programme is delivered to them and a keyed exponential time more, and is
gone at the next birthday after it. All of it is a function of keyed numbers and of the month of reaching, so
it outlives birthdays without a memory of its own, and where nobody is reached nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.health.ranked import Ranked, rank_level, relevel
from sim.interventions.specification import CohortProgramme, LevelMove, PopulationEffect, month_label
from sim.kernels.randomness import philox4x32, stream_key, uniform32
from sim.population.residents import NOT_REACHED, REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR

IntArray = npt.NDArray[np.int64]
Key = npt.NDArray[np.uint32]


class RankMoves:
    """Levels of ranked risk factors, with what programmes do to them.

    Args:
        items: Interventions that reach residents, in the order of their columns in `Residents.reached`.
        residents: Whose levels they are.
        ranked: Compiled factors.
        calendar_start: Calendar month of month 0.
        key: The two words of `replicate_key`.
        population_key: Key of the synthetic population, which ranks are drawn with.
        months: Months of the run.
    """

    def __init__(
        self,
        items: Sequence[CohortProgramme | PopulationEffect],
        residents: Residents,
        ranked: Ranked,
        calendar_start: int,
        key: Key,
        population_key: Key,
        months: int = 0,
    ) -> None:
        self.residents = residents
        self.ranked = ranked
        self.calendar_start = calendar_start
        self.key = key
        self.population_key = population_key
        names = {code: name for name, code in residents.column_of.items()}
        self.factors = {names[int(column)]: f for f, column in enumerate(ranked.column)}
        self.moves = [
            (column, item, move)
            for column, item in enumerate(items)
            if isinstance(item, CohortProgramme)
            for move in item.moves
            if move.factor in self.factors
        ]
        self._until = {
            column: delivered_until(item, months, calendar_start) for column, item, _ in self.moves
        }

    def read(self, rows: IntArray, month: int) -> None:
        """Set levels of those registered among these rows, as their last birthday and programmes left them.

        Of all rows a third has not come yet, and is read on entry, or has gone.
        """
        residents = self.residents
        rows = rows[residents.columns[rows, residents.column_of["status"]] == REGISTERED]
        relevel(
            rows, residents.person, residents.birth_month, month, residents.columns,
            residents.column_of["sex"], residents.column_of["quintile"], self.ranked, self.population_key,
        )  # fmt: skip
        for column, item, move in self.moves:
            reached = residents.reached[rows, column]
            chosen = rows[(reached != NOT_REACHED) & (reached <= month)]
            if chosen.size:
                self._shift(chosen, month, column, item, move)

    def _shift(self, rows: IntArray, month: int, column: int, item: CohortProgramme, move: LevelMove) -> None:
        residents = self.residents
        labels = residents.attributes[move.factor].labels
        before, after = labels.index(move.from_level), labels.index(move.to_level)
        back = move.reverts_per_year.value / MONTHS_A_YEAR if move.reverts_per_year else 0.0
        name = f"programme/{item.key}"
        _shift_levels(
            rows, month, self.calendar_start, residents.person, residents.birth_month, residents.columns,
            residents.column_of["sex"], residents.column_of["quintile"], residents.reached[:, column],
            self._until[column], self.ranked, self.factors[move.factor], (before, after, len(labels) - 1),
            move.probability.value * item.departure, back,
            (np.uint32(stream_key(name)), np.uint32(stream_key(f"{name}/reverts/{move.factor}"))),
            self.population_key, self.key,
        )  # fmt: skip


def delivered_until(item: CohortProgramme, months: int, calendar_start: int) -> IntArray:
    """Return for how many months a programme is delivered to somebody reached in each month of the run.

    For `stays_months`, or until it is no longer in force; for none but the month of reaching where no stay is
    stated. The last holds for later months.
    """
    stays = item.stays_months or 0
    found = np.full(months + 1, stays, np.int64)
    for month in range(months if stays else 0):
        for later in range(1, stays):
            if item.share_in_force(month_label(calendar_start + month + later)) <= 0.0:
                found[month] = later
                break
    return found


@njit(cache=True)
def _shift_levels(  # type: ignore[no-untyped-def]
    rows, month, calendar_start, person, birth_month, columns, sex_column, quintile_column, reached, until,
    ranked, factor, levels, chance, back, streams, population_key, key,
):  # fmt: skip
    before, after, most = levels
    for row in rows:
        since = np.int64(reached[row])
        then = rank_level(
            person[row], birth_month[row], since, columns[row, sex_column], columns[row, quintile_column],
            ranked, factor, population_key,
        )  # fmt: skip
        occasion = np.uint32(calendar_start + since)
        words = philox4x32(person[row], occasion, streams[0], np.uint32(0), key[0], key[1])
        if then != before or uniform32(words[3]) >= chance:
            continue
        if back > 0.0:
            words = philox4x32(person[row], occasion, streams[1], np.uint32(0), key[0], key[1])
            if -math.log(uniform32(words[0])) < back * (month - since - until[min(since, until.size - 1)]):
                continue
        level = np.int64(columns[row, ranked.column[factor]]) + after - before
        columns[row, ranked.column[factor]] = min(max(level, 0), most)
