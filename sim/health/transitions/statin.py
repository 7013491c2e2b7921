"""Starting and stopping a statin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri

from sim.health.ages import by_sex_and_age, net_flow, rate
from sim.health.transitions.blood_pressure import level_prevalence
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, grouped, ratio_table
from sim.parameters.national import Condition, National
from sim.population.circumstances import copula_rho

ATTRIBUTE = "statin"
NO, YES = 0, 1
ALONE = "alone"
"""Whom a published share is of: those with the condition and no other of the table."""


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

    With one rate of stopping, starts are in the ratio of the odds in balance. Odds multiply, so those with
    two of the conditions are treated more often than the published share of either, which holds them too:
    the ratios are solved together so that everybody with a condition (or those with it alone, where the
    share is of them) has its share, the conditions going together as at the start. Those without any have
    what the published total leaves. Only a condition that is diagnosed indicates treatment.

    Args:
        national: National tables.
        largest: Odds with a condition are at most so many times those of everybody of the sex and age.
    """
    share = level_prevalence(national, ATTRIBUTE)[YES]
    table = national.risk_factors[ATTRIBUTE].tables["indications"]
    columns = (table[name] for name in ("condition", "among", "value"))
    rows = [
        (str(key), among == ALONE, float(value))
        for key, among, value in zip(*columns, strict=True)
        if key in national.conditions
    ]
    if not rows:
        return {}
    known = share > 0
    together = _together([national.conditions[key] for key, _, _ in rows])
    all_odds = np.where(known, share / (1.0 - share), 1.0)
    rest, ratio = all_odds, [np.ones_like(share) for _ in rows]
    for _ in range(_ROUNDS):
        met = _treated(together, rest, ratio)
        left = np.clip(rest * np.where(known, share / met, 1.0), _LEAST * all_odds, None)
        rest = np.where(known, left, 1.0)
        for k, (_, alone, value) in enumerate(rows):
            some = {h: f for h, f in together.items() if h[k] and not (alone and sum(h) > 1)}
            treated = _treated(some, rest, ratio) / np.maximum(np.sum(list(some.values()), axis=0), _NOBODY)
            step = value / (1.0 - value) / np.maximum(treated / (1.0 - treated), _NOBODY)
            now = np.clip(ratio[k] * step, 1.0, np.maximum(1.0, largest * all_odds / rest))
            ratio[k] = np.where(known, now, 1.0)
    return {key: np.asarray(grouped(one), np.float64) for (key, _, _), one in zip(rows, ratio, strict=True)}


def _treated(
    people: Mapping[tuple[bool, ...], FloatArray], rest: FloatArray, ratio: Sequence[FloatArray]
) -> FloatArray:
    """Return the people treated, (2, 111), of those with some combinations of conditions."""
    out = np.zeros_like(rest)
    for held, found in people.items():
        odds = rest * np.prod([one for one, has in zip(ratio, held, strict=True) if has], axis=0)
        out += found * odds / (1.0 + odds)
    return out


def _together(conditions: Sequence[Condition]) -> dict[tuple[bool, ...], FloatArray]:
    """Return the share with each combination of the conditions on their registers, (2, 111).

    Conditions share one normal factor, as at the start (`sim/health/initial.py`), independent given it.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = (weights / weights.sum())[:, None, None]
    given = []
    for one in conditions:
        rho = copula_rho(one.key)
        place = ndtri(np.clip(_diagnosed(one), _NOBODY, 1.0 - _NOBODY))
        given.append(ndtr((place + np.sqrt(rho) * nodes[:, None, None]) / np.sqrt(1.0 - rho)))
    return {
        held: np.asarray((weights * np.prod(
            [p if has else 1.0 - p for p, has in zip(given, held, strict=True)], axis=0
        )).sum(axis=0))
        for held in product((False, True), repeat=len(conditions))
    }  # fmt: skip


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
_ROUNDS, _NODES = 200, 24  # rounds of proportional fitting; nodes over the common factor
_LEAST = 0.2  # of the mean share treated: those without an indication are never taken to have less
