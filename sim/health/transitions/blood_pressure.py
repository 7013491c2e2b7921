"""Rise, detection, treatment and control of blood pressure.

Levels: 0 normal, 1 raised and undetected, 2 raised, detected and untreated, 3 treated and controlled,
4 treated and not controlled. Everyone at 2 to 4 is on the hypertension register and nobody at 1 is: pressure
that rises in somebody on the register is seen at once, and somebody with undetected pressure comes on to the
register by being detected, never by the register's own onset. (Who joins the register for another reason in
the very month in which pressure rises is at 1 and on it, until detected: about one resident a year.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.health.ages import net_flow, rate, smooth_by_age
from sim.health.starting_treatment import pressure_by_register
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, ratio_table
from sim.parameters.national import National

ATTRIBUTE, REGISTER = "blood_pressure", "hypertension"
NORMAL, UNDETECTED, UNTREATED, CONTROLLED, UNCONTROLLED = range(5)
_NOBODY = 1e-9
ON_REGISTER = (UNTREATED, CONTROLLED, UNCONTROLLED)


def level_prevalence(national: National, key: str) -> list[FloatArray]:
    """Return the share at each level of a risk factor by sex and age, each (2, 111), smooth in age."""
    factor = national.risk_factors[key]
    table = factor.tables["prevalence"]
    found = [smooth_by_age(table[table["level"] == level]) for level in factor.levels]
    rest = np.sum(found[1:], axis=0)
    return [1.0 - rest, *found[1:]]


def pressure_in_balance(national: National) -> list[FloatArray]:
    """Return the share at each level of blood pressure once all detected fit on the register, each (2, 111).

    The start population is drawn so: rates that keep the survey's own split would let it drift.
    """
    share = np.stack(level_prevalence(national, ATTRIBUTE), axis=-1)[:, :, np.newaxis]
    register = smooth_by_age(national.conditions[REGISTER].tables["prevalence"])[:, :, np.newaxis]
    on, off = pressure_by_register(share, register)
    mixed = (register[..., np.newaxis] * on + (1.0 - register[..., np.newaxis]) * off)[:, :, 0]
    return [mixed[..., level] for level in range(mixed.shape[-1])]


def blood_pressure_rates(national: National) -> dict[tuple[int, int], FloatArray]:
    """Return hazards a year between levels of blood pressure that keep their prevalences as they are by age.

    Net flows along the chain follow from the slopes of the prevalences by age; the loss of control is a
    parameter and regaining it balances the books.
    """
    share = pressure_in_balance(national)
    rises = np.maximum(0.0, -net_flow(share[NORMAL]))
    found = np.maximum(0.0, rises - net_flow(share[UNDETECTED]))
    starts = np.maximum(0.0, found - net_flow(share[UNTREATED]))
    lost = np.full_like(share[NORMAL], national.scalar("blood_pressure_control_lost_per_year"))
    regained = np.maximum(0.0, lost * share[CONTROLLED] - net_flow(share[UNCONTROLLED]))
    return {
        (NORMAL, UNDETECTED): rate(rises, share[NORMAL]),
        (NORMAL, UNTREATED): rate(rises, share[NORMAL]),
        (UNDETECTED, UNTREATED): rate(found, share[UNDETECTED]),
        (UNTREATED, CONTROLLED): _soon(starts, share[UNTREATED]),
        (CONTROLLED, UNCONTROLLED): lost,
        (UNCONTROLLED, CONTROLLED): rate(regained, share[UNCONTROLLED]),
    }


def _soon(flow: FloatArray, source: FloatArray) -> FloatArray:
    """Return the hazard that makes `flow` out of `source`; a year's wait where nobody is found waiting."""
    return np.asarray(np.where(source > flow, flow / np.maximum(source, flow + _NOBODY), np.sign(flow)))


def blood_pressure_transitions(
    national: National, rates: Mapping[tuple[int, int], FloatArray]
) -> Iterable[Transition]:
    """Yield the changes between levels of blood pressure at `rates` a year, each (2, 111)."""
    levels = national.risk_factors[ATTRIBUTE].levels
    for (before, after), hazard in rates.items():
        name = f"{ATTRIBUTE}.{levels[before]}_to_{levels[after]}"
        by_care = before in (UNDETECTED, UNTREATED)
        yield Transition(
            key=name, stream=name, attribute=ATTRIBUTE, from_code=before, to_code=after,
            hazard=flat(hazard), cap=national.scalar("transition_ratio_cap") if by_care else 2.0,
            modifiers=(_registered(after == UNTREATED),) if before == NORMAL else (),
            also=((REGISTER, 1),) if (before, after) == (UNDETECTED, UNTREATED) else (),
        )  # fmt: skip


def _registered(those: bool) -> Modifier:
    """Return a ratio of one for those on the hypertension register or for those off it, zero for others."""
    ratio = ratio_table()
    if those:
        ratio[:, :, 0] = 0.0
    else:
        ratio[:, :, 1:] = 0.0
    return Modifier(attribute=REGISTER, ratio=ratio)


def register_links() -> dict[tuple[str, int, int], tuple[tuple[str, int], ...]]:
    """Return what a programme's move sets as well: who is moved to a detected level is on the register."""
    return {
        (ATTRIBUTE, before, after): ((REGISTER, 1),)
        for before in (NORMAL, UNDETECTED)
        for after in ON_REGISTER
    }
