"""What care does to residents, as departures from what the baseline's care already does to them.

Observed deaths and frailty contain today's delays. So the harm that a baseline year does, measured once by
the model (`exposure.csv` of the area, `python -m calibration.exposure`), is taken out of the hazards of its
stratum, and each resident's own exposure is put in:

    death:    h(base) = h(table) x (1 - expected harm / deaths of the stratum), and an admitted resident who
              waited w in A&E has the hazard -ln(1 - e(w) x shape(age)) of a death from delay for one month;
    frailty:  h = h(table) x r ** days / E[r ** days], with the days of delayed discharge of 12 months.

On average over the baseline the two cancel, whatever the sizes of e and r: they need no second calibration. A
scenario that shortens waits leaves deaths out, one that lengthens them adds some. The table is the same in
every scenario. Limits: within a stratum exposure is taken to be independent of a resident's other risks, and
waits shorter than the first threshold harm nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack
from sim.kernels.life_course import CODES
from sim.parameters.errors import InputError
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import (
    AGE_BANDS,
    MONTHS_A_YEAR,
    N_AGE_BANDS,
    N_QUINTILES,
    N_SEXES,
    OLDEST_AGE,
    SEXES,
    age_band_of_year,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ED_DELAY_HARM, DECONDITIONING, CARE_HOME = "ed_delay_harm", "deconditioning", "care_home"
ED_DELAY, DELAYED_STEPS = "ed_delay", "delayed_steps_12m"
"""Attributes of a resident that carry exposure, and measures of the exposure table."""
DELAY_CLASSES = ("none", "first", "second", "third")
"""Classes of time from arrival in A&E to an acute bed, in the order of their codes."""
MOST_STEPS = CODES - 1
LARGEST_PART = 0.5
"""Largest part of a stratum's deaths that may be put down to delay: beyond it a table is wrong."""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """Exposure of the baseline and its harm, for one run."""

    active: frozenset[str]
    """Feedbacks that act; the others leave no trace."""
    ed_share: FloatArray
    """(2, 7, 5, 4) share of person-months by class of delay of the last admission."""
    steps_share: FloatArray
    """(2, 7, 16) share of person-months with so many steps of delayed discharge in twelve months."""
    limits_minutes: FloatArray
    """(3,) minutes in A&E at which the classes of delay begin."""
    excess: FloatArray
    """(4,) deaths within a month of one admission, by class, before the shape by age."""
    shape: FloatArray
    """(7,) ratio of the harm of an age band to the mean; mean one over those delayed in the baseline."""
    days_per_step: float
    ratio_per_day: Mapping[str, float]
    """By feedback: ratio of the hazard per day of delayed discharge."""

    @classmethod
    def of(cls, national: National, area: AreaPack, active: frozenset[str], people: FloatArray) -> Feedback:
        """Read the exposure of an area and the sizes of harm.

        Args:
            national: Its scalars; `feedback.csv`.
            area: Its table `exposure`.
            active: Feedbacks that act.
            people: (2, 111, 5) residents at the start by sex, age and quintile.

        Raises:
            InputError: A feedback acts and the area has no exposure table.
        """
        if active & {ED_DELAY_HARM, DECONDITIONING} and area.tables["exposure"].empty:
            raise InputError(
                file=area.directory / "exposure.csv", key="exposure", found="no rows",
                allowed="exposure of the baseline (python -m calibration.exposure), or feedback=False",
            )  # fmt: skip
        scalar = national.scalar
        names = [band.replace("-", "_").replace("+", "_plus") for band in AGE_BANDS]
        ed_share = _shares(area, ED_DELAY, DELAY_CLASSES)
        excess = np.array([0.0, *(scalar(f"ed_delay_excess_{name}") for name in DELAY_CLASSES[1:])])
        shape = np.array([scalar(f"ed_delay_harm_shape_{name}") for name in names])
        met = np.einsum("saqc,c,saq->a", ed_share, excess, by_band(people))
        mean = float(met @ shape / met.sum()) if met.sum() > 0.0 else 1.0
        worst = float(excess.max() * shape.max() / mean)
        if not 0.0 <= worst < 1.0:
            raise InputError(
                file="feedback.csv", key="ed_delay_excess", found=f"{worst:.2f} deaths per patient",
                allowed="a share from 0 to 1 at every age",
            )  # fmt: skip
        return cls(
            active=active, ed_share=ed_share, excess=excess, shape=shape / mean,
            steps_share=_shares(area, DELAYED_STEPS, [str(k) for k in range(CODES)])[:, :, 0, :],
            limits_minutes=60.0
            * np.array([scalar(f"ed_delay_{name}_hours") for name in DELAY_CLASSES[1:]]),
            days_per_step=scalar("delayed_days_per_step"),
            ratio_per_day={
                DECONDITIONING: scalar("deconditioning_ratio_per_delayed_day"),
                CARE_HOME: scalar("care_home_ratio_per_delayed_day"),
            },
        )  # fmt: skip

    # ------------------------------------------------------------------------------------ exposure
    def delay_class(self, minutes: FloatArray) -> npt.NDArray[np.uint8]:
        """Return the class of delay of admissions, by minutes from arrival in A&E to the bed."""
        return np.searchsorted(self.limits_minutes, minutes, side="left").astype(np.uint8)

    def steps(self, delayed_days: FloatArray) -> npt.NDArray[np.int64]:
        """Return whole steps of delayed discharge in stays, by their delayed days."""
        return np.clip(np.floor(delayed_days / self.days_per_step), 0, MOST_STEPS).astype(np.int64)

    def mark_delay(
        self, residents: Residents, before: IntArray, admitted: IntArray, minutes: FloatArray
    ) -> None:
        """Set the class of delay of last month's admissions from A&E, and take off that of the month before.

        It is set whatever acts: what it does is in the hazards.

        Args:
            residents: Whose attribute is set.
            before: Rows that carry one.
            admitted: Rows of last month's admissions; of several, the longest delay counts.
            minutes: Minutes in A&E of each.
        """
        column = residents.columns[:, residents.column_of[ED_DELAY]]
        column[before] = 0
        np.maximum.at(column, admitted, self.delay_class(minutes))

    # ------------------------------------------------------------------------------------ deaths from delay
    @property
    def harm_per_month(self) -> FloatArray:
        """Return the hazard a month of a death from delay by age band and class, (7, 4)."""
        if ED_DELAY_HARM not in self.active:
            return np.zeros((N_AGE_BANDS, len(DELAY_CLASSES)))
        return np.asarray(-np.log1p(-np.outer(self.shape, self.excess)))

    @property
    def expected_deaths(self) -> FloatArray:
        """Return deaths from delay per person-month at the baseline's exposure, (2, 7, 5)."""
        return np.asarray(np.einsum("saqc,ac->saq", self.ed_share, -np.expm1(-self.harm_per_month)))

    def relieved(self, deaths: FloatArray, people: FloatArray) -> FloatArray:
        """Return the hazard of death without the harm that a baseline year does, (2, 111, 5) a year.

        Args:
            deaths: (2, 111, 5) observed hazard a year.
            people: (2, 111, 5) residents at the start.

        Raises:
            InputError: More deaths than `LARGEST_PART` of a stratum would be put down to delay.
        """
        observed = by_band(deaths * people)
        harmed = MONTHS_A_YEAR * self.expected_deaths * by_band(people)
        part = np.divide(harmed, observed, out=np.zeros_like(harmed), where=observed > 0.0)
        if part.max() > LARGEST_PART:
            raise InputError(
                file="exposure.csv", key=ED_DELAY, found=f"{part.max():.2f} of the deaths of a stratum",
                allowed=f"at most {LARGEST_PART:g} of its deaths from delay",
            )  # fmt: skip
        return np.asarray(deaths * (1.0 - part[:, age_band_of_year()]))

    # ------------------------------------------------------------------------------------ delayed discharge
    def ratio(self, name: str) -> FloatArray:
        """Return the ratio of a hazard by steps of delayed discharge in twelve months, (16,)."""
        if name not in self.active:
            return np.ones(CODES)
        return np.asarray(self.ratio_per_day[name] ** (self.days_per_step * np.arange(CODES)))

    def mean_ratio(self, name: str) -> FloatArray:
        """Return the mean of that ratio over the baseline, by sex and age, (2, 111)."""
        if name not in self.active or self.ratio_per_day[name] == 1.0:
            return np.ones((N_SEXES, OLDEST_AGE + 1))
        return np.asarray((self.steps_share @ self.ratio(name))[:, age_band_of_year()])


def by_band(values: FloatArray) -> FloatArray:
    """Return sums over the ages of each band: (2, 111, 5) to (2, 7, 5)."""
    band = age_band_of_year()
    return np.stack([values[:, band == k].sum(axis=1) for k in range(N_AGE_BANDS)], axis=1)


def people_at_start(residents: Mapping[str, Any]) -> FloatArray:
    """Return residents at the start by sex, age and quintile, (2, 111, 5).

    Args:
        residents: Columns `birth_month`, `sex` and `quintile` of the start population.
    """
    out = np.zeros((N_SEXES, OLDEST_AGE + 1, N_QUINTILES))
    age = np.clip(-np.asarray(residents["birth_month"]).astype(np.int64) // MONTHS_A_YEAR, 0, OLDEST_AGE)
    np.add.at(out, (residents["sex"], age, residents["quintile"]), 1.0)
    return out


def _shares(area: AreaPack, measure: str, levels: object) -> FloatArray:
    """Return shares of one measure, (2, 7, 5, levels); a row for all quintiles serves each."""
    names = list(levels)  # type: ignore[call-overload]
    out = np.zeros((N_SEXES, N_AGE_BANDS, N_QUINTILES, len(names)))
    table = area.tables["exposure"]
    rows = table[table["measure"] == measure]
    columns = (rows[name] for name in ("level", "sex", "age_band", "quintile", "value"))
    for level, sex, band, quintile, value in zip(*columns, strict=True):
        where = slice(None) if quintile == "all" else int(quintile) - 1
        out[SEXES.index(str(sex)), AGE_BANDS.index(str(band)), where, names.index(str(level))] = value
    return out
