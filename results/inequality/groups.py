"""A group against everybody else: Core20, and the PLUS groups that a run records.

Core20 is the fifth of England that is most deprived; a PLUS group is a level of the dimension `plus_group`.
People are in one group and outside another, so each is compared with all residents who are not in it, never
with the sum of the other groups. Rates and shares only: totals of groups of unlike size are not compared.

Source: NHS England, Core20PLUS5, an approach to reducing healthcare inequalities, 2021.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.inequality.ordered import absolute_gap, relative_gap
from results.measures.counted import levels_of
from results.measures.series import CORE20, GROUP, MOST_DEPRIVED, OTHERS

if TYPE_CHECKING:
    from results.runs import Run

PLUS = "plus_group"
ITSELF = frozenset({CORE20})
"""Levels of `plus_group`, where a run has them, that have a dimension of their own."""
GAPS = ("absolute_gap", "relative_gap")


def group_of(dimension: str) -> tuple[str, str] | None:
    """Return the recorded dimension and level behind 'core20' or 'plus_group:LEVEL'; None for any other."""
    if dimension == CORE20:
        return "quintile", MOST_DEPRIVED
    recorded, _, level = dimension.partition(":")
    return (recorded, level) if recorded == PLUS and level else None


def plus_groups(run: Run) -> tuple[str, ...]:
    """Return the dimensions 'plus_group:LEVEL' that a run can be asked for; none where it records none."""
    return tuple(f"{PLUS}:{level}" for level in sorted(levels_of(run, PLUS)) if level not in ITSELF)


def with_gaps(wide: pd.DataFrame) -> pd.DataFrame:
    """Add the gap and the ratio, group against others, to rows of both.

    Args:
        wide: Index (period, level) with levels 'group' and 'others', a column for each unit.

    Returns:
        The same with levels 'absolute_gap' (group less others) and 'relative_gap', by period.
    """
    if wide.empty:
        return wide
    periods = wide.index.get_level_values("period").unique()
    both = wide
    if list(wide.index.get_level_values("level")) != [GROUP, OTHERS] * len(periods):
        rows = pd.MultiIndex.from_product([periods, [GROUP, OTHERS]], names=["period", "level"])
        both = wide.reindex(rows)
    values = both.to_numpy(dtype=float).reshape(len(periods), 2, -1)
    across = values.swapaxes(1, 2)
    found = np.concatenate([values, np.stack([absolute_gap(across), relative_gap(across)], axis=1)], axis=1)
    index = pd.MultiIndex.from_product([periods, [GROUP, OTHERS, *GAPS]], names=["period", "level"])
    return pd.DataFrame(found.reshape(len(index), -1), index=index, columns=wide.columns)
