"""What a pound brings: return, cost for each QALY gained, net benefit, and the later costs of survivors.

For a perspective (`perspectives.csv`: whose pounds count, and what a QALY is worth to it), with C the
programmes' cost, S the worth of care not used at full cost (capacity and cash) and Q the QALYs gained, all
discounted and paired with the baseline:

    return of each pound = S / C,   with health (S + k Q) / C;
    cost for each QALY   = (C - S) / Q;
    net monetary benefit = k Q - (C - S), k pounds for a QALY: above nought where it is worth its cost.

A ratio's interval is Fieller's; where its denominator is not clear of nought it has none. A ratio of negative
numbers is no price of health, so it is given only where health is gained at a cost, or lost for a saving; the
quadrant of the cost-effectiveness plane is told beside it (Black WC, Medical Decision Making 1990). A run has
a horizon: what prevention gains after it is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.economics.activities import NODES, activities
from results.economics.discounting import discount_factors, present_value
from results.economics.money import CAPACITY, CASH, COST, more_than_before
from results.economics.paired import SPREAD, cube, every_year, side_by_side, spread
from results.economics.prices import in_price_year
from results.economics.tables import table
from results.measures.series import MONTHS, recorded
from results.runs import Run
from results.statistics import Array, fieller, over_replicates

QALYS, LIFE_YEARS = "qalys", "person_months"
COLUMNS = ["run", "label", "perspective", "quantity", "value", *SPREAD, "words"]
QUADRANTS = {
    (False, True): "gains health and saves money",
    (True, True): "gains health and costs money",
    (True, False): "loses health and costs money",
    (False, False): "loses health and saves money",
}


@dataclass(frozen=True, kw_only=True)
class Perspective:
    """Whose pounds count, and what a QALY is worth: a row of `perspectives.csv`.

    Attributes:
        name: Its key.
        words: In words.
        payers: Whose pounds count.
        pounds_a_qaly: What a QALY gained is worth, pounds of the price year.
        costs: Which rate discounts costs.
        health: Which rate discounts health.
        source: Where the worth is from.
    """

    name: str
    words: str
    payers: tuple[str, ...]
    pounds_a_qaly: float
    costs: str
    health: str
    source: str


@cache
def perspectives() -> tuple[Perspective, ...]:
    """Return the perspectives, in the order of the table."""
    return tuple(
        Perspective(
            name=row["perspective"], words=row["words"], payers=tuple(row["payers"].split()),
            pounds_a_qaly=in_price_year(float(row["pounds_a_qaly"]), row["price_year"]),
            costs=row["costs_discounted"], health=row["health_discounted"], source=row["source"],
        )
        for row in table("perspectives")
    )  # fmt: skip


def net_monetary_benefit(qalys: Array | float, cost: Array | float, pounds_a_qaly: float) -> Array:
    """Return k Q - C, pounds."""
    worth = np.multiply(np.asarray(qalys, dtype=np.float64), pounds_a_qaly)
    return np.subtract(worth, np.asarray(cost, dtype=np.float64))


def cost_per_qaly(cost: Array | float, qalys: Array | float) -> float:
    """Return mean cost over mean QALYs, the cost-effectiveness ratio; NaN where nothing is gained."""
    gained = float(np.mean(qalys))
    return float(np.mean(cost)) / gained if gained else float("nan")


def quadrant(cost: float, qalys: float) -> str:
    """Return where a pair of differences lies on the cost-effectiveness plane, in words."""
    return QUADRANTS[cost > 0, qalys > 0]


def value(comparison: Comparison) -> pd.DataFrame:
    """Return what each scenario's pounds bring, from each perspective.

    Returns:
        Columns `COLUMNS`; quantity is cost, cash, capacity, qalys, return, cash_return, return_with_health,
        net_cost, cost_per_qaly, net_monetary_benefit, probability (share of draws and replicates in which the
        net benefit is above nought). Words hold the quadrant, beside cost_per_qaly. Pounds and QALYs are
        discounted sums over the run.
    """
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        for view in perspectives():
            found = _of_perspective(comparison, run, view)
            named = {"run": comparison.names[run], "label": comparison.labels[run], "perspective": view.name}
            rows += [named | row for row in _quantities(comparison, found, view)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_perspective(comparison: Comparison, run: Run, view: Perspective) -> dict[str, Array]:
    """Return the discounted sums of a scenario (units,) from a perspective."""
    years = len(comparison.years)
    costs, health = (discount_factors(years, what) for what in (view.costs, view.health))
    nothing = np.zeros((years, len(comparison.units)))
    kinds = dict.fromkeys((COST, CASH, CAPACITY), nothing)
    for payer in view.payers:
        for kind, units in more_than_before(comparison, run, payer).items():
            kinds[kind] = kinds[kind] + units
    found = {kind: present_value(units, costs) for kind, units in kinds.items()}
    gained = _yearly(comparison, run, QALYS) - _yearly(comparison, comparison.baseline, QALYS)
    return found | {QALYS: present_value(gained, health)}


def _yearly(comparison: Comparison, run: Run, counts: str) -> Array:
    """Return recorded counts (years, units)."""
    tidy = recorded(run, counts).rename(columns={"replicate": "unit"})
    return every_year(comparison, side_by_side(comparison, run, tidy, []))


def _quantities(
    comparison: Comparison, found: dict[str, Array], view: Perspective
) -> list[dict[str, object]]:
    """Return the rows of one scenario and perspective."""
    cost, cash, capacity, qalys = (found[name] for name in (COST, CASH, CAPACITY, QALYS))
    net = cost - cash - capacity
    benefit = net_monetary_benefit(qalys, net, view.pounds_a_qaly)
    sums = {"cost": cost, "cash": cash, "capacity": capacity, "qalys": qalys, "net_cost": net,
            "net_monetary_benefit": benefit}  # fmt: skip
    rows: list[dict[str, object]] = [
        {"quantity": name, "words": "", **_one(spread(comparison, units[None, :]))}
        for name, units in sums.items()
    ]
    ratios = {"return": (cash + capacity, cost), "cash_return": (cash, cost),
              "return_with_health": (cash + capacity + view.pounds_a_qaly * qalys, cost),
              "cost_per_qaly": (net, qalys)}  # fmt: skip
    for name, (above, below) in ratios.items():
        figures = _ratio(comparison, above, below)
        words = ""
        if name == "cost_per_qaly":
            words = quadrant(float(net.mean()), float(qalys.mean()))
            if (net.mean() > 0) != (qalys.mean() > 0):  # dominates or is dominated: no price of health
                figures = dict.fromkeys(figures, float("nan"))
        rows.append({"quantity": name, "words": words, **figures})
    chance = float((benefit > 0).mean()) if benefit.size > 1 else float("nan")
    rows.append({"quantity": "probability", "words": "", "value": chance, **dict.fromkeys(SPREAD, np.nan)})
    return rows


def _one(found: dict[str, Array]) -> dict[str, float]:
    """Return the figures of a single row."""
    return {name: float(values[0]) for name, values in found.items()}


def _ratio(comparison: Comparison, above: Array, below: Array) -> dict[str, float]:
    """Return a ratio of means with Fieller's interval; NaN without one, for it may then be anything."""
    draws = len(comparison.draw_numbers)
    low, high = fieller(over_replicates(above, draws), over_replicates(below, draws))
    fixed = bool(below.size > 1 and np.ptp(below) == 0 and below.mean())
    known = np.isfinite(low) or fixed
    mean = float(above.mean() / below.mean()) if known else float("nan")
    return {"value": mean, "low": low, "high": high, "parameter_low": np.nan, "parameter_high": np.nan}


def survivors(comparison: Comparison) -> pd.DataFrame:
    """Return years of life gained, and what the care of those who live longer costs, beside the gain.

    Prevention postpones: who does not die uses care later. The extra person-years of each age band, at the
    baseline's cost of care per person-year of that band (activities that are counted by age; the NHS and
    councils together), are care that is there because people live; the rest of the change is care that the
    living use more or less of.

    Returns:
        Columns run, label, quantity (life_years, care_of_survivors, other_care, care), value with its spread;
        pounds of the price year over the run, not discounted.
    """
    rows: list[dict[str, object]] = []
    base = _by_age(comparison, comparison.baseline)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(base[1] > 0, base[0] / base[1], 0.0)
    for run in comparison.scenarios:
        pounds, lived = _by_age(comparison, run)
        care = (pounds - base[0]).sum(axis=0)
        later = ((lived - base[1]) * each).sum(axis=0)
        years = (lived - base[1]).sum(axis=0)
        found = {"life_years": years, "care_of_survivors": later, "other_care": care - later, "care": care}
        rows += [
            {"run": comparison.names[run], "label": comparison.labels[run], "quantity": name,
             **_one(spread(comparison, units[None, :]))}
            for name, units in found.items()
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["run", "label", "quantity", "value", *SPREAD])


def _by_age(comparison: Comparison, run: Run) -> tuple[Array, Array]:
    """Return pounds of care and person-years (age bands x years, units)."""
    priced = [one for one in activities().values() if one.full is not None and one.table != NODES]
    tidy = [recorded(run, one.counts, "age_band").assign(pounds=one.pounds) for one in priced]
    care = pd.concat([part for part in tidy if not part.empty], ignore_index=True)
    care = care.assign(value=care["value"] * care["pounds"])
    lived = recorded(run, LIFE_YEARS, "age_band")
    lived = lived.assign(value=lived["value"] / MONTHS)
    bands = [(str(level),) for level in dict.fromkeys(lived["level"])]
    return _cube(comparison, run, care, bands), _cube(comparison, run, lived, bands)


def _cube(comparison: Comparison, run: Run, tidy: pd.DataFrame, bands: list[tuple[str]]) -> Array:
    """Return amounts (age bands x years, units)."""
    wide = side_by_side(comparison, run, tidy.rename(columns={"replicate": "unit"}), ["level"])
    return cube(comparison, wide, bands).reshape(len(bands) * len(comparison.years), -1)
