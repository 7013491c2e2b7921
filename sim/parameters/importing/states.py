"""States of conditions: who of those with a condition is not diagnosed, and at which stage the others are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from sim.parameters.columns import SEXES
from sim.parameters.importing.evidence import derived
from sim.parameters.importing.scalars import Constants
from sim.parameters.tables import Row

DIAGNOSED, UNDIAGNOSED = "diagnosed", "undiagnosed"
FASTEST = 5.0
"""Largest rate of a move a year: slower than that, a state is too short to be worth having."""
_OPEN_WIDTH = 14  # years of age of an open last band, less one
SHARE, MOVE = "share of those with the condition", "per person-year"


def with_undiagnosed(
    registered: list[Row], totals: list[Row], onsets: list[Row], use: dict[str, Any], constants: Constants
) -> dict[str, list[Row]]:
    """Return the tables of a condition some of whose cases are not known to the practice.

    Args:
        registered: Prevalence on the register, by sex and five-year band.
        totals: Published prevalence of diagnosed and undiagnosed, in bands as wide or wider; may be empty.
        onsets: Rates of joining the register, or of onset where `use` says so, in the bands of `registered`.
        use: `share`: the scalar that says which share is undiagnosed, where no totals are; `onset`: true
            where `onsets` are of onset and not of diagnosis.
        constants: Scalars.
    """
    made: dict[str, list[Row]] = {
        "prevalence": [],
        "incidence": [],
        "state_shares": [],
        "state_transitions": [],
    }
    rates = {_key(row): row for row in onsets}
    for row in registered:
        known = float(row["value"])
        total, rule = _total(row, totals, use, constants)
        part = known / total if total else 1.0
        rate = rates.get(_key(row))
        joined = float(rate["value"]) if rate else 0.0
        hidden = total - known
        where = {name: row[name] for name in ("sex", "age_from", "age_to")}
        made["prevalence"].append(
            {**where, **_figure(total, "proportion", row, rule, widen=total / known if known else 1.0)}
        )
        if rate:
            scale = 1.0 if use.get("onset") or not known else total / known
            words = "" if scale == 1.0 else f"x {scale:.3g}, all cases to those diagnosed"
            made["incidence"].append({**where, **_figure(joined * scale, rate["unit"], rate, words, scale)})
        for state, share in ((DIAGNOSED, part), (UNDIAGNOSED, 1.0 - part)):
            words = f"rule: prevalence on the register / {rule or 'total prevalence'}"
            made["state_shares"].append(
                {"state": state, **where, **derived(share, unit=SHARE, year=row["year"], source=words)}
            )
        flow = joined * (part if use.get("onset") else 1.0) * (1.0 - known)
        made["state_transitions"].append(
            {
                "from_state": UNDIAGNOSED, "to_state": DIAGNOSED, **where,
                **derived(
                    min(FASTEST, flow / hidden) if hidden > 0 else 0.0, unit=MOVE, year=row["year"],
                    source="rule: rate of joining the register x those not on it / those undiagnosed; the "
                    "balance of prevalence at the start moves it",
                ),
            }
        )  # fmt: skip
    return made


def _key(row: Row) -> tuple[str, str]:
    return row["sex"], row["age_from"]


def _total(row: Row, totals: list[Row], use: dict[str, Any], constants: Constants) -> tuple[float, str]:
    """Prevalence of diagnosed and undiagnosed together, and the rule that made it."""
    known = float(row["value"])
    if "share" in use:
        hidden = constants[use["share"]]
        return known / (1.0 - hidden), f"prevalence on the register / (1 - {hidden:g}), {use['share']}"
    least = constants["least_undiagnosed_share"]
    floor = known / (1.0 - least)
    published, source = _published(row, totals)
    if published > floor:
        return published, source
    said = f", above {published:.4g} of {source}" if source else ": no total at these ages"
    return floor, f"prevalence on the register / (1 - {least:g}){said}"


def _published(row: Row, totals: list[Row]) -> tuple[float, str]:
    """Total at the middle of a row's ages, on straight lines between middles of the published bands.

    The line starts from nothing at the first age and is level after the last middle. Bands as wide as the
    row's are taken as they are. Nothing and no source before the first band.
    """
    mine = sorted((one for one in totals if one["sex"] == row["sex"]), key=lambda one: int(one["age_from"]))
    for one in mine:
        if (one["age_from"], one["age_to"]) == (row["age_from"], row["age_to"]):
            return float(one["value"]), one["source"]
    if not mine or _middle(row) < int(mine[0]["age_from"]):
        return 0.0, ""
    ages = [float(mine[0]["age_from"]), *(_middle(one) for one in mine)]
    values = [0.0, *(float(one["value"]) for one in mine)]
    value = float(np.interp(_middle(row), ages, values))
    return value, f"{mine[0]['source']}, on straight lines between the middles of its bands"


def _middle(row: Row) -> float:
    """Middle age of a band; an open one is taken to be 15 years wide."""
    first = int(row["age_from"])
    return (first + min(int(row["age_to"]), first + _OPEN_WIDTH) + 1) / 2


def _figure(value: float, unit: str, row: Row, rule: str, widen: float) -> Row:
    """A figure made from that of a row, with its interval stretched by `widen`."""
    low, high = (float(row[end] or row["value"]) * widen for end in ("low", "high"))
    source = row["source"] if not rule else f"{rule}; {row['source']}"
    top = 1.0 if unit == "proportion" else high
    return derived(value, unit=unit, low=low, high=min(high, top), year=row["year"], source=source)


def staged(
    prevalence: list[Row], onsets: list[Row], use: dict[str, Any], constants: Constants
) -> dict[str, list[Row]]:
    """Return shares of stages and progress between them, each new case starting at the first stage.

    Args:
        prevalence: Prevalence of all stages, by sex and five-year band.
        onsets: Onset rates in the same bands.
        use: `stages`: names of stages, each with the scalar of its share but the last, which has the rest.
        constants: Scalars.
    """
    stages: dict[str, str | None] = use["stages"]
    share: dict[str, float] = {}
    for name, scalar in stages.items():
        share[name] = constants[scalar] if scalar else 1.0 - sum(share.values())
    names = list(share)
    rates = {_key(row): row for row in onsets}
    shares, moves = [], []
    for name in names:
        source = f"{stages[name]} (parameters.csv)" if stages[name] else "rule: what the other stages leave"
        figure = derived(share[name], unit=SHARE, source=source)
        shares.append({"state": name, "sex": "all", "age_from": "0", "age_to": "110", **figure})
    for position, (before, after) in enumerate(pairwise(names)):
        beyond = sum(share[name] for name in names[position + 1 :])
        for row in prevalence:
            rate = rates[_key(row)]
            flow = float(rate["value"]) * (1.0 - float(row["value"])) * beyond
            there = share[before] * float(row["value"])
            figure = derived(
                min(FASTEST, flow / there) if there else 0.0, unit=MOVE, year=row["year"],
                source="rule: onset rate x those without it x share of later stages / those at it; the "
                " balance of prevalence at the start moves it",
            )  # fmt: skip
            where = {name: row[name] for name in ("sex", "age_from", "age_to")}
            moves.append({"from_state": before, "to_state": after, **where, **figure})
    moves.sort(key=lambda row: (row["from_state"], SEXES.index(row["sex"]), int(row["age_from"])))
    return {"state_shares": shares, "state_transitions": moves}
