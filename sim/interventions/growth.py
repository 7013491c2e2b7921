"""Growth of use beyond demography, made slower or faster from a date on: growth, never the level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.needs import NeedClass
from sim.interventions.needs_named import codes_of
from sim.interventions.specification import MONTHS_A_YEAR, GrowthChange, ScenarioSpecification

FloatArray = npt.NDArray[np.float64]


class GrowthRatios:
    """Use in a scenario over use in the baseline, by class and month, from changes of growth alone.

    In a month of the run with share f in force, growth g a year becomes g (1 + f (k - 1)), k the multiplier;
    several changes of one class multiply. The ratio is the product of (1 + changed) / (1 + g), each to the
    power of a twelfth, over the months gone by: exactly 1 where no growth is changed. The growth of recent
    use (`sim/health/recent_use.py`) follows by itself, from the events that fail to come.

    Args:
        scenario: Its changes of growth.
        classes: Classes of need.
        growth: (J,) growth a year of each class in the baseline.
        calendar_start: Calendar month of month 0.
        months: Months of the run.
    """

    def __init__(
        self,
        scenario: ScenarioSpecification,
        classes: Sequence[NeedClass],
        growth: FloatArray,
        calendar_start: int,
        months: int,
    ) -> None:
        factor = np.ones((months + 1, len(classes)))
        for change in scenario.interventions:
            if isinstance(change, GrowthChange):
                mine = codes_of(change.needs, classes, one_by_one=False)
                for month in range(months):
                    share = change.acting(calendar_start + month)
                    factor[month + 1, mine] *= 1.0 + share * (change.multiplier.value - 1.0)
        yearly = np.where(factor == 1.0, 1.0, (1.0 + growth * factor) / (1.0 + growth))
        self.changed = bool((factor != 1.0).any())
        self._ratio = np.cumprod(yearly ** (1.0 / MONTHS_A_YEAR), axis=0)

    def of_month(self, month: int) -> FloatArray:
        """Return the ratio of each class in a month of the run, (J,); ones before month 1."""
        return np.asarray(self._ratio[min(max(0, month), len(self._ratio) - 1)])


__all__ = ["GrowthRatios"]
