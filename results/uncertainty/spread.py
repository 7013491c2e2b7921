"""Chance and parameters kept apart: how much of a difference's spread is of each (law of total variance).

    Var(difference) = E[ Var(difference | parameters) ] + Var( E[difference | parameters] )

The first is chance, which more replicates make small in the mean; the second stays.
`results.statistics.components` estimates both without the one's leaking into the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.statistics import components, mean_interval, over_replicates

if TYPE_CHECKING:
    from results.comparison import Comparison

COLUMNS = [
    "run", "label", "measure", "period", "difference", "of_chance", "of_parameters", "parameter_share",
    "error_of_mean", "draws", "replicates",
]  # fmt: skip


def spread(comparison: Comparison, names: Iterable[str], period: str) -> pd.DataFrame:
    """Return how much of each scenario's difference from baseline varies by chance and by parameters.

    Args:
        comparison: The runs.
        names: Measures.
        period: The year; an expectancy has all years alone.

    Returns:
        Columns `COLUMNS`. of_chance is the standard deviation of one replicate's difference at given
        parameters, of_parameters that of the expected difference over draws (NaN without draws),
        parameter_share the parameters' part of the variance of one replicate of one draw, error_of_mean what
        chance leaves in the mean over all replicates.
    """
    rows = []
    draws, replicates = len(comparison.draw_numbers), len(comparison.replicates)
    for name in names:
        before = comparison.draws(comparison.baseline, name)
        for run in comparison.scenarios:
            after = comparison.draws(run, name)
            key = next((key for key in after.index if key[0] in {period, "all years"}), None)
            if key is None or key not in before.index:
                continue
            units = after.loc[key].to_numpy(dtype=float) - before.loc[key].to_numpy(dtype=float)
            parts = components(units, draws)
            chance = np.nansum([parts.replicates, parts.residual]) if replicates > 1 else np.nan
            whole = chance + parts.parameters
            mean, _, _, error = mean_interval(over_replicates(units, draws))
            rows.append(
                (
                    comparison.names[run], comparison.labels[run], name, key[0], float(mean),
                    float(np.sqrt(chance)), float(np.sqrt(parts.parameters)),
                    float(parts.parameters / whole) if whole > 0 else np.nan,
                    float(error / np.sqrt(replicates)), draws, replicates,
                )
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
