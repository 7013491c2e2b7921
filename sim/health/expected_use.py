"""Emergency admissions and A&E attendances of a year, as expected of residents before anything has run.

An estimate in seconds of what the burn-in would find: needs come by the rates of residents' strata, their own
propensity included, and rise after events as `sim/health/recent_use.py` says; each brings the discharges and
attendances that its class is expected to bring. Queues, delays, seasons and deaths in hospital are left
out: against a sample that lived the burn-in there are 4% more admissions and 7% more attendances. Not used
by runs: for telling a scenario's reach before it is run.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.health.demand import Demand
from sim.health.recent_use import EVENTS
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR, N_AGE_BANDS, age_band_of_year

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_MOST = 255
"""As many as the residents' columns hold."""


def use_of_a_year(
    demand: Demand, residents: Residents, admitted: FloatArray, seed: int
) -> npt.NDArray[np.uint8]:
    """Return one drawing of the admissions and attendances of twelve months, (2, N).

    Args:
        demand: Rates of needs and sizes of recent use.
        residents: Those registered at the start.
        admitted: Admissions a year at an onset, by sex and age band, (2, 7).
        seed: Of the drawing; numbers are drawn in order, since nothing is paired with them.
    """
    draw = np.random.Generator(np.random.Philox(seed))
    recent, size = demand.recent, residents.size
    stratum = residents.stratum[:size].astype(np.int64)
    band = age_band_of_year()[np.clip(residents.age_years, 0, 110)].astype(np.int64)
    sex = residents.column("sex").astype(np.int64)
    classes = [j for j, need in enumerate(demand.classes) if not need.pooled and recent.brought[:, j].any()]
    codes = [demand.classes[j].recent for j in classes]
    level = recent.mean_ratio(0.0)
    base = [
        (demand.rates[j] / MONTHS_A_YEAR / level[code])[stratum]
        for j, code in zip(classes, codes, strict=True)
    ]
    here = residents.registered.astype(np.float64)
    people = np.bincount(sex * N_AGE_BANDS + band, here, minlength=admitted.size).reshape(admitted.shape)
    base.append((admitted / np.maximum(people, 1.0) / MONTHS_A_YEAR)[sex, band])
    scale, unseen = recent.scale, recent.unseen()
    seen: list[list[IntArray]] = []
    found = np.zeros((len(EVENTS), size), np.int64)
    for month in range(MONTHS_A_YEAR):
        beyond = recent.expected * unseen[:, month : month + 1]
        beyond[0] *= scale
        excess = beyond[:, stratum]
        for lag, events in enumerate(reversed(seen)):
            for event, rows in enumerate(events):
                each = recent.size[event, lag] * (scale[stratum[rows]] if event == 0 else 1.0)
                excess[event] += np.bincount(rows, np.broadcast_to(each, rows.shape), minlength=size)
        born = here * (residents.birth_month[:size] <= month - MONTHS_A_YEAR)
        raised = (1.0, 1.0 + excess[0], 1.0 + excess[1], 1.0 + excess[0] + excess[1])
        happened: list[list[IntArray]] = [[], []]
        for j, code, rate in zip([*classes, -1], [*codes, 0], base, strict=True):
            upto = np.cumsum(rate * raised[code] * born)
            rows = np.searchsorted(upto, draw.random(draw.poisson(upto[-1])) * upto[-1], side="right")
            uniform, inside = draw.random((2, rows.size))
            inside_share = demand.inside_share[j]
            for event in range(len(EVENTS)):
                times = np.floor(recent.brought[event, j, band[rows]] + uniform).astype(np.int64)
                happened[event].append(np.repeat(rows, times))
                counted = np.repeat(rows, np.where(inside < inside_share, times, 0))
                found[event] += np.bincount(counted, minlength=size)
        seen.append([np.concatenate(rows) for rows in happened])
    return np.minimum(found, _MOST).astype(np.uint8)


__all__ = ["use_of_a_year"]
