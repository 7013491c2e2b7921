"""Starting and stopping a statin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.health.ages import by_sex_and_age, net_flow, rate
from sim.health.transitions.blood_pressure import level_prevalence
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, grouped, ratio_table
from sim.parameters.national import Condition, National

ATTRIBUTE = "statin"
NO, YES = 0, 1


def statin_transitions(national: National) -> Iterable[Transition]:
    """Starting and stopping, which keep the prevalence by age, sex and quintile as it is.

    Stops are a published rate; starts are what is then needed, h = (dP/da + stop P) / (1 - P), more often
    with a condition that indicates a statin and by the gradient of use by quintile.
    """
    if ATTRIBUTE not in national.risk_factors:
        return
    share = level_prevalence(national, ATTRIBUTE)
    stops = np.full_like(share[NO], national.scalar("statin_stops_per_year"))
    starts = rate(np.maximum(0.0, stops * share[YES] + net_flow(share[YES])), share[NO])
    rows = national.risk_factors[ATTRIBUTE].tables["gradient"].sort_values("quintile")
    yield Transition(
        key="statin.no_to_yes", stream="statin.no_to_yes", attribute=ATTRIBUTE, from_code=NO, to_code=YES,
        hazard=flat(starts), gradient=rows["value"].to_numpy(np.float64),
        cap=national.scalar("risk_ratio_cap"), modifiers=tuple(_indications(national)),
        normalise="all",
    )  # fmt: skip
    yield Transition(
        key="statin.yes_to_no", stream="statin.yes_to_no", attribute=ATTRIBUTE, from_code=YES, to_code=NO,
        hazard=flat(stops), cap=national.scalar("transition_ratio_cap"),
    )  # fmt: skip


def indication_ratios(national: National, largest: float) -> dict[str, FloatArray]:
    """Return by condition the ratio of the odds of being treated with it to those without any, (2, 23).

    With one rate of stopping, starts are in the ratio of the odds in balance. The share treated of those
    without any of the conditions is what the published total leaves. Only a condition that is diagnosed
    indicates treatment.

    Args:
        national: National tables.
        largest: Odds with a condition are at most so many times those of everybody of the sex and age.
    """
    share = level_prevalence(national, ATTRIBUTE)[YES]
    table = national.risk_factors[ATTRIBUTE].tables["indications"]
    shares = dict(zip(table["condition"], map(float, table["value"]), strict=True))
    present = {
        key: _diagnosed(national.conditions[key])
        for key in shares
        if key in national.conditions
    }
    if not present:
        return {}
    without = np.prod([1.0 - found for found in present.values()], axis=0)
    with_one = sum(found * shares[key] for key, found in present.items())
    scale = (1.0 - without) / np.maximum(sum(present.values()), _NOBODY)
    rest = np.clip((share - with_one * scale) / without, _LEAST * share, 1.0 - _NOBODY)
    known = share > 0
    rest_odds = np.where(known, rest / (1.0 - rest), 1.0)
    most = largest * np.where(known, share / (1.0 - share), 1.0) / rest_odds
    found = {}
    for key in present:
        odds = shares[key] / (1.0 - shares[key])
        by_age = np.where(known, np.clip(odds / rest_odds, 1.0, most), 1.0)
        found[key] = np.asarray(grouped(by_age), np.float64)
    return found


def _diagnosed(condition: Condition) -> FloatArray:
    """Return the share with a condition who are on its register, by sex and age, (2, 111)."""
    share = by_sex_and_age(condition.tables["prevalence"])
    if "state_shares" not in condition.tables:
        return share
    rows = condition.tables["state_shares"]
    states = [state for state, listed in zip(condition.states, condition.register, strict=True) if listed]
    return np.asarray(share * sum(by_sex_and_age(rows[rows["state"] == state]) for state in states))


def _indications(national: National) -> Iterable[Modifier]:
    """Yield, by condition, how much sooner those diagnosed start; no hazard that the cap would cut."""
    for key, ratios in indication_ratios(national, national.scalar("risk_ratio_cap")).items():
        ratio = ratio_table()
        codes = np.flatnonzero(national.conditions[key].register)
        ratio[:, :, codes] = ratios[:, :, None]
        yield Modifier(attribute=key, ratio=ratio)


_NOBODY = 1e-9
_LEAST = 0.2  # of the mean share treated: those without an indication are never taken to have less
