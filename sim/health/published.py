"""Published use of an area by kind of care, sex and age, with the totals that its tables give."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.areas import AreaPack
from sim.health.calendar import MONTHS_A_YEAR
from sim.health.needs import rates_by_sex_and_band
from sim.parameters.national import National
from sim.population.strata import AGE_BANDS

FloatArray = npt.NDArray[np.float64]
ADULT_BAND = 2  # first age band of adults


def published_rates(national: National, area: AreaPack, people: FloatArray) -> dict[str, FloatArray]:
    """Return published use per person-year by target, (2, 7) each, with totals as published for the area."""
    table = national.tables["use_rates"]
    local = area.tables["local_use"].set_index(["service", "measure", "age_band"])["value"]
    found = {}
    for name in table["need_class"].unique():
        rates = rates_by_sex_and_band(table, name)
        crude = local.get((name, "annual rate, crude calibrated", "all"))
        level = 1.0 if crude is None else float(crude) * people.sum() / (rates * people).sum()
        found[str(name)] = rates * level
    zero = national.tables["zero_day_share"].set_index("age_band")["value"].loc[list(AGE_BANDS)].to_numpy()
    found["nel_0day"] = found["nel_admission_total"] * zero
    found["nel_1plus"] = found["nel_admission_total"] * (1.0 - zero)
    referrals = area.tables["elective"].set_index("measure")["value"]
    found["elective_referral"] = _spread(
        found["outpatient_attended"],
        people,
        MONTHS_A_YEAR * float(referrals["Dorset clock starts per month planning"]),
    )
    adults = found["community_contact"].copy()
    adults[:, :ADULT_BAND] = 0.0
    pathways = area.tables["discharge_pathways"].set_index("measure")["value"]
    found["ucr_referral"] = _spread(
        adults, people, MONTHS_A_YEAR * float(pathways["Dorset UCR referrals per month estimate"])
    )
    scalars = area.tables["network_parameters"].set_index("name")["value"]
    found["pharmacy_contact"] = _spread(
        found["gp_appointment"], people, float(scalars["pharmacy_contacts_a_year"])
    )
    found["mental_health_crisis"] = _by_age(
        scalars, "mental_health_line_age_mix", people, float(scalars["mental_health_line_calls_a_year"])
    )
    return found


def _by_age(scalars: pd.Series, mix: str, people: FloatArray, total: float) -> FloatArray:
    """Return rates, alike for both sexes, that make `total` events a year in the age mix of parameters."""
    names = [f"{mix}_{band.replace('+', '_plus').replace('-', '_')}" for band in AGE_BANDS]
    share = scalars.loc[names].to_numpy(np.float64)
    rate = total * share / share.sum() / people.sum(axis=0)
    return np.broadcast_to(rate, people.shape).copy()


def _spread(shape: FloatArray, people: FloatArray, total: float) -> FloatArray:
    """Return rates in the proportions of `shape` that make `total` events a year."""
    rates: FloatArray = shape * (total / (shape * people).sum())
    return rates
