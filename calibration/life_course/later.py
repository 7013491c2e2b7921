"""Ten years on and more: people against the projection, prevalence that must start without a jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from calibration.life_course.checks import (
    FALSE_ALARM,
    PROJECTIONS,
    Check,
    Target,
    judged,
    of_check,
    read_rows,
)
from calibration.life_course.recording import Record
from sim.parameters.national import National
from sim.population.inputs import as_area_tables, projected_residents
from sim.population.strata import MONTHS_A_YEAR, OLDEST_AGE
from sim.world import World

FloatArray = npt.NDArray[np.float64]
TEN_YEARS = 10
FIRST_YEARS = 2
"""Years in which a start that does not fit would be seen."""
TREND_YEARS = 8
"""Years after them through which the trend is laid."""
ADULT = 16
EDGES = (0, 5, 15, 25, 45, 65, 75, 85)
"""First ages of the bands in which people are held against the projection."""
BASES = {
    "published": "SNPP 2018-based principal, as published",
    "stepped": "the same, rebased to mid-2022 with ratios that step by five years",
}
"""Other bases than the one that the model follows, and what they are."""
_BASIS_COLUMNS = ["basis", "council", "age_from", "age_to", "year", "value", "unit", "source", "grade"]


def start_year(record: Record) -> float:
    """Return the year of the first instant: 2026.25 for April 2026."""
    first = min(record.tables["measures"]["period"])
    year, month = map(int, str(first).split("-"))
    return year + (month - 1) / MONTHS_A_YEAR


def projected(world: World, year: float) -> FloatArray:
    """Return projected residents by council and band of the projection, (C, bands)."""
    return np.asarray(projected_residents(as_area_tables(world.area), year)[0].sum(axis=1))


def wide_bands(bands: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    """Return which of the projection's bands make up each wide band: `EDGES` lie on their edges."""
    starts = [first for first, _ in bands]
    names = [f"{a}-{b - 1}" for a, b in pairwise(EDGES)] + [f"{EDGES[-1]}+"]
    where = np.searchsorted(np.array(EDGES), np.array(starts), side="right") - 1
    return {name: [int(i) for i in np.flatnonzero(where == k)] for k, name in enumerate(names)}


def people_by_wide_band(record: Record, year: int) -> FloatArray:
    """Return registered people by council and wide band, (C, bands)."""
    people = record.people[year].sum(axis=(1, 3))
    ends = [*EDGES[1:], OLDEST_AGE + 1]
    return np.stack([people[:, a:b].sum(axis=1) for a, b in zip(EDGES, ends, strict=True)], axis=1)


def registered_per_resident(world: World, record: Record) -> float:
    """Return people on the list at the start for each resident then: 1.04."""
    return float(record.people[0].sum() / projected(world, start_year(record)).sum())


def population_table(world: World, records: Sequence[Record], year: int = TEN_YEARS) -> pd.DataFrame:
    """Return registered people against the projection, on the scale of the list, by council and age band.

    Returns:
        Columns council, age_band, people (mean over runs), low and high (over runs), projected, ratio; and a
        column for each of `BASES`, on the same scale.
    """
    at = start_year(records[0]) + year
    inflation = registered_per_resident(world, records[0])
    bands = projected_residents(as_area_tables(world.area), at)[1]
    asked = projected(world, at) * inflation
    runs = np.stack([people_by_wide_band(record, year) for record in records])
    others = {name: _on_basis(world, name, at) * inflation for name in BASES}
    rows = []
    for c, council in enumerate(world.area.council_keys):
        for b, (name, parts) in enumerate(wide_bands(bands).items()):
            found = runs[:, c, b]
            row = (council, name, found.mean(), found.min(), found.max(), asked[c, parts].sum())
            rows.append((*row, *(other[c, b] for other in others.values())))
    names = ["council", "age_band", "people", "low", "high", "projected", *BASES]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(ratio=table["people"] / table["projected"])


def _on_basis(world: World, basis: str, at: float) -> FloatArray:
    """Return residents of another basis by council and wide band, between the mid-years around `at`."""
    table = pd.DataFrame(read_rows(PROJECTIONS, _BASIS_COLUMNS))
    table = table[table["basis"] == basis].astype({"age_from": int, "year": int, "value": float})
    wide = table.pivot_table(index=["council", "age_from"], columns="year", values="value")
    middle = at - 0.5
    below = min(max(int(middle), int(wide.columns.min())), int(wide.columns.max()) - 1)
    weight = middle - below
    people = (1.0 - weight) * wide[below] + weight * wide[below + 1]
    return np.stack([people.loc[council].loc[list(EDGES)].to_numpy() for council in world.area.council_keys])


def population_checks(world: World, records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return people by council and age band ten years on, and the share aged 65 and over."""
    (limit,), (other,) = of_check(targets, "population"), of_check(targets, "population_other_basis")
    found = []
    table = population_table(world, records)
    for row in table.itertuples():
        far = abs(row.ratio - 1.0)
        found.append(
            Check(
                section=limit.section, label=limit.label, stratum=f"{row.council} {row.age_band}",
                model=float(row.people), target=float(row.projected), unit="people", use=limit.use,
                allowed=f"within {100 * limit.tolerance:g}%", met=bool(far <= limit.tolerance),
                chance=f"{len(records)} runs: {row.low:,.0f} to {row.high:,.0f}",
                source=limit.source, reason=limit.reason, grade=limit.grade,
            )
        )  # fmt: skip
    for basis, words in BASES.items():
        for council, rows in table.groupby("council", sort=False):
            ratio = (rows["people"] / rows[basis]).to_numpy()
            each = ", ".join(f"{b} {v:.3f}" for b, v in zip(rows["age_band"], ratio, strict=True))
            total = float(rows["people"].sum() / rows[basis].sum())
            check = judged(other, total, "", f"all ages; {each}")
            found.append(check.about(f"{council}: {words}"))
    for name in ("share_65", "share_65_2033"):
        for target in of_check(targets, name):
            year = min(round(float(target.year) - start_year(records[0])), len(records[0].people) - 1)
            if year >= 0:
                shares = [share_65(world, record, year, target.stratum) for record in records]
                found.append(judged(target, float(np.mean(shares)), _spread(shares)))
    return found


def share_65(world: World, record: Record, year: int, council: str = "all") -> float:
    """Return the share of registered people aged 65 and over."""
    councils = list(world.area.council_keys)
    people = record.people[year]
    some = people if council == "all" else people[[councils.index(council)]]
    return float(some[:, :, 65:].sum() / some.sum())


def _spread(values: Sequence[float]) -> str:
    """Return lowest to highest over runs: with few runs no more should be said."""
    if len(values) < 2:
        return "one run"
    return f"{len(values)} runs: {min(values):,.4g} to {max(values):,.4g}"


# ---------------------------------------------------------------------------------------- prevalence
def diabetes_checks(records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return diabetes of both types, diagnosed or not, among people of 16 and over."""
    found = []
    for target in of_check(targets, "diabetes"):
        year = round(float(target.stratum) - start_year(records[0]))
        if 0 <= year < len(records[0].people):
            shares = [adult_prevalence(record, "_diabetes", year) for record in records]
            found.append(judged(target, float(np.mean(shares)), _spread(shares)))
    return found


def adult_prevalence(record: Record, ending: str, year: int) -> float:
    """Return the share of those of 16 and over who have a condition whose key ends so."""
    chosen = [k for k, key in enumerate(record.conditions) if key.endswith(ending)]
    cases = record.cases[year][chosen][:, :, :, ADULT:].sum()
    return float(cases / record.people[year][:, :, ADULT:].sum())


def monthly_prevalence(records: Sequence[Record], name: str) -> FloatArray:
    """Return the share of people with a condition by month, the mean over runs, (months + 1,).

    It is standardised to the sex and ages (by five years) of the start: a wave of births that reaches the age
    of an illness is no transient of it.
    """
    return np.asarray(np.mean([_standardised(record, name) for record in records], axis=0))


def _standardised(record: Record, name: str) -> FloatArray:
    cases, people = np.stack(record.monthly[name]), np.stack(record.monthly_people)
    rate = np.divide(cases, people, out=np.zeros_like(cases), where=people > 0.0)
    return np.asarray(rate @ people[0] / people[0].sum())


def trend(series: FloatArray, first_years: int = FIRST_YEARS, years: int = TREND_YEARS) -> FloatArray:
    """Return the trend of later years over all months, (months,).

    The logarithm of the series is laid through a parabola over the years after the first ones, and carried
    back: a start in balance lies on it.
    """
    months = np.arange(series.size)
    later = (months >= first_years * MONTHS_A_YEAR) & (months <= (first_years + years) * MONTHS_A_YEAR)
    at = (months - months[later].mean()) / MONTHS_A_YEAR
    curve = np.polynomial.Polynomial.fit(at[later], np.log(np.maximum(series[later], 1e-12)), 2)
    return np.asarray(np.exp(curve(at)))


def transient_table(records: Sequence[Record]) -> pd.DataFrame:
    """Return for each condition, risk factor and frailty how far its first two years lie off the later trend.

    Returns:
        Columns name, people (at the start), largest (with its sign), month of it, low and high: the same
        month in each run.
    """
    rows = []
    for name in records[0].monthly:
        series = monthly_prevalence(records, name)
        if series.size <= FIRST_YEARS * MONTHS_A_YEAR + MONTHS_A_YEAR or series[0] == 0.0:
            continue
        first = (series / trend(series) - 1.0)[: FIRST_YEARS * MONTHS_A_YEAR + 1]
        month = int(np.abs(first).argmax())
        each = [monthly_prevalence([record], name) for record in records]
        runs = [float(own[month] / trend(own)[month] - 1.0) for own in each]
        cases = float(np.mean([record.monthly[name][0].sum() for record in records]))
        rows.append((name, cases, float(first[month]), month, min(runs), max(runs)))
    return pd.DataFrame(rows, columns=["name", "people", "largest", "month", "low", "high"])


def transient_checks(records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return the start-up transient of each condition, risk factor and frailty."""
    (target,) = of_check(targets, "transient")
    found = []
    for row in transient_table(records).itertuples():
        note = f"in month {row.month}; {row.people:,.0f} people at the start"
        chance = f"{len(records)} runs: {row.low:+.3f} to {row.high:+.3f}"
        check = judged(target, float(row.largest), chance, note)
        found.append(check.about(str(row.name)))
    return found


def declared_trend(national: National, name: str) -> float:
    """Return the change a year that a condition's table declares, the mean over its ages; nought without."""
    condition = national.conditions.get(name)
    table = None if condition is None else condition.tables.get("trend")
    return 0.0 if table is None else float(table["value"].mean())


def on_trend_table(national: National, records: Sequence[Record]) -> pd.DataFrame:
    """Return how far each condition, and frailty, strays from its declared trend in the first two years.

    Returns:
        Columns name, people (at the start), largest (with its sign), month of it, and sd: what the chance of
        who comes and goes may make of it, were all replaced within the two years.
    """
    rows = []
    for name in (*records[0].conditions, "frailty"):
        series = monthly_prevalence(records, name)
        months = np.arange(min(series.size, FIRST_YEARS * MONTHS_A_YEAR + 1))
        grown = 1.0 + declared_trend(national, name) * months / MONTHS_A_YEAR
        off = series[: months.size] / series[0] / grown - 1.0
        month = int(np.abs(off).argmax())
        cases = float(np.mean([record.monthly[name][0].sum() for record in records]))
        rows.append((name, cases, float(off[month]), month, float(np.sqrt(2.0 / cases / len(records)))))
    return pd.DataFrame(rows, columns=["name", "people", "largest", "month", "sd"])


def on_trend_checks(national: National, records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return how far prevalence by age strays from its declared trend, beyond what chance allows."""
    (target,) = of_check(targets, "on_trend")
    z = float(stats.norm.isf(FALSE_ALARM / 2))
    found = []
    for row in on_trend_table(national, records).itertuples():
        check = judged(target, float(row.largest), f"false alarm {FALSE_ALARM:g} at +-{z * row.sd:.3f}",
                       f"in month {row.month}; {row.people:,.0f} people at the start")  # fmt: skip
        met = abs(row.largest) <= target.tolerance + z * row.sd
        asked = f"within {100 * target.tolerance:g}% beyond chance"
        found.append(replace(check, stratum=str(row.name), met=bool(met), allowed=asked))
    return found


def growth_checks(records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return growth of cases a year over the whole run, beside England's published one."""
    found = []
    for target in of_check(targets, "growth"):
        chosen = records[0].of_register(target.stratum)
        if not chosen:
            continue
        years = len(records[0].cases) - 1
        rates = [
            (record.cases[-1][chosen].sum() / record.cases[0][chosen].sum()) ** (1.0 / years) - 1.0
            for record in records
        ]
        found.append(judged(target, float(np.mean(rates)), _spread(rates)))
    return found
