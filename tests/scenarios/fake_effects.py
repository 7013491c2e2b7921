"""A light model whose answers are known: each change takes so much off, and pairs take from each other.

In a month the attendances are 1,000 and the replicate's own noise, less `strength x (1 + luck)` of each
change in force, and `STOLEN` of the product of each pair's strengths back. Luck is -0.1, 0, 0.1 of replicates
1, 2, 3.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pyarrow as pa

from sim.interventions.specification import (
    MONTHS_A_YEAR,
    CapacityChange,
    Cost,
    Estimate,
    ScenarioSpecification,
    month_label,
    month_number,
)

STOLEN = 0.01
LEVEL = 1000.0


def number(value: float, half: float = 0.0, unit: str = "places") -> Estimate:
    """Return a number with an interval."""
    return Estimate(
        value=value, low=value - half, high=value + half, unit=unit, source="for a test", grade="C",
        interval="judgement" if half else "none",
    )  # fmt: skip


def change(key: str, places: float, pounds: float = 0.0, **more: Any) -> CapacityChange:
    """Return a change of so many places, which takes as many attendances off a month."""
    costs = (Cost(amount=number(pounds, unit="GBP a year"), per="year", payer="nhs"),) if pounds else ()
    half = more.pop("half", 0.0)
    given = {"start": "2026-04", "change": "add", "nodes": ("home",), "costs": costs} | more
    return CapacityChange(
        key=key,
        label=key,
        places=number(places, half),
        induced_share=number(0),
        backfill_share=number(0),
        **given,
    )


def scenario(*changes: CapacityChange) -> ScenarioSpecification:
    """Return a scenario of changes."""
    return ScenarioSpecification(name="tried", label="Tried", interventions=changes)


def luck(replicate: int) -> float:
    """Return by how much a replicate's effects differ from the mean of three."""
    return 0.1 * ((replicate - 1) % 3 - 1)


def month(strengths: list[float], replicate: int) -> float:
    """Return the attendances of one month."""
    taken = sum(strengths) * (1 + luck(replicate))
    back = STOLEN * sum(one * two for one, two in combinations(strengths, 2))
    return LEVEL + 7.0 * replicate - taken + back


def simulate(
    settings: dict[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Return the tables of a run."""
    first = month_number(settings["start"])
    months = [month_label(first + n) for n in range(settings["years"] * MONTHS_A_YEAR)]
    measures, costs = [], []
    for one in months:
        strengths = [
            getattr(item, "places", number(1)).value * item.share_in_force(one)
            for item in scenario.interventions
        ]
        value = month(strengths, settings["replicate"])
        counted = ("ed_type1_attendances", "emergency_admissions", "deaths", "qalys")
        measures += [(one, "all", "all", name, value) for name in counted]
        measures += [(one, "all", "all", name, LEVEL) for name in ("nctr_days", "person_months")]
        for item in scenario.interventions:
            for cost in item.costs:
                pounds = cost.amount.value / MONTHS_A_YEAR * item.share_in_force(one)
                costs.append((one, item.key, f"cost_{cost.payer}", pounds))
    tables = {
        "measures": _table(measures, "period", "dimension", "level", "measure", "value"),
        "programmes": _table(costs, "period", "programme", "measure", "value"),
    }
    return tables | dict.fromkeys(("nodes", "conditions", "deaths", "mortality"), pa.table({})), {}


def _table(rows: list[Any], *names: str) -> pa.Table:
    """Return rows as a table; the last column is a number, the others words."""
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(names)
    kinds = [*[pa.string()] * (len(names) - 1), pa.float64()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))
