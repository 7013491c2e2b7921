"""The page `docs/validation/population_fit.md`: what the population was fitted to, and how near it came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.columns import YES_NO
from sim.health.initial import PRESSURE, REGISTER, fit_starting_health, initial_health
from sim.parameters.national import National
from sim.parameters.schemas import SCALARS
from sim.parameters.tables import read_table
from sim.population.circumstances import Columns, age_at_start, draw_circumstances, fit_circumstances
from sim.population.inputs import as_area_tables
from sim.population.residuals import fit_residuals
from sim.population.strata import AGE_BANDS, age_band_of_year
from sim.population.synthesis import joint_table, residents_of

CHECKS = Path(__file__).with_name("starting_checks.csv")
ATTRIBUTES = Path(__file__).parents[1] / "population" / "attributes.csv"
RESIDUAL = "other"
"""The condition that stands for all that are not named."""
MOST_COUNTED = 3
_OLD, _MIDDLE_AGED = 65, 50


def prevalence_check(people: Columns, national: National) -> pd.DataFrame:
    """Compare drawn prevalence with the tables, by condition.

    A cell is a sex and age band of the table. The expected number in a cell is the table's share times its
    people; its variance that of independent draws, p (1 - p) each.

    Returns:
        Columns condition, cases, expected, ratio, cells, outside: cells beyond 1.96 standard deviations
        (5% are by chance), largest_z, chi_square over the cells with people and cases.
    """
    age, sex = age_at_start(people), people["sex"].astype(np.int64)
    rows = []
    for key, shares in fit_starting_health(people, national).conditions.items():
        cell = sex * (int(shares.band.max()) + 1) + shares.band[age]
        p = shares.table[sex, age]
        cases, expected = np.bincount(cell, people[key] > 0), np.bincount(cell, p)
        sd = np.sqrt(np.bincount(cell, p * (1 - p)))
        z = ((cases - expected) / np.where(sd > 0, sd, np.inf))[sd > 0]
        rows.append({
            "condition": key, "cases": cases.sum(), "expected": expected.sum(),
            "ratio": cases.sum() / expected.sum(), "cells": z.size, "outside": (np.abs(z) > 1.96).sum(),
            "largest_z": np.abs(z).max(), "chi_square": (z**2).sum(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def number_of_conditions(people: Columns, national: National) -> npt.NDArray[np.int64]:
    """Return how many named conditions each resident is on a register of, cancers counted as one.

    The residual condition does not count, nor what is not diagnosed: so do the published counts.
    """
    groups: dict[str, npt.NDArray[np.bool_]] = {}
    for key, condition in national.conditions.items():
        if key != RESIDUAL:
            listed = np.array(condition.register)[people[key]]
            groups[condition.group] = groups.get(condition.group, False) | listed
    number: npt.NDArray[np.int64] = np.sum(list(groups.values()), axis=0, dtype=np.int64)
    return number


def multimorbidity(people: Columns, national: National) -> pd.DataFrame:
    """Return the share of residents with 0, 1, 2 and 3 or more named conditions by age band."""
    band = age_band_of_year()[age_at_start(people)]
    number = np.minimum(number_of_conditions(people, national), MOST_COUNTED)
    table = np.zeros((len(AGE_BANDS), MOST_COUNTED + 1))
    np.add.at(table, (band, number), 1.0)
    shares = np.vstack([table, table.sum(axis=0)])
    shares /= shares.sum(axis=1, keepdims=True)
    names = [str(n) for n in range(MOST_COUNTED)] + [f"{MOST_COUNTED}+"]
    out = pd.DataFrame(shares, columns=names)
    out.insert(0, "age", [*AGE_BANDS, "all"])
    return out


def headline_checks(people: Columns, national: National) -> pd.DataFrame:
    """Compare headline shares with the figures of `starting_checks.csv`.

    Returns:
        Columns name, model, figure, ratio, low, high, grade, source, note.
    """
    number = number_of_conditions(people, national)
    age = age_at_start(people)
    measures: dict[str, Callable[[], Any]] = {
        "share_with_1_plus_named_conditions": lambda: number >= 1,
        "share_with_2_plus_named_conditions": lambda: number >= 2,
        "share_with_3_plus_named_conditions": lambda: number >= MOST_COUNTED,
        "share_with_1_plus_any_condition": lambda: (number + people[RESIDUAL]) >= 1,
        "share_with_2_plus_england": lambda: number >= 2,
        "disabled_share": lambda: people["disabled"],
        "unpaid_carer_share": lambda: people["unpaid_carer"],
        "care_home_share_65_plus": lambda: people["care_home"][age >= _OLD],
        "frail_share_50_plus": lambda: people["frailty"][age >= _MIDDLE_AGED] > 0,
    }
    table = read_table(CHECKS, SCALARS)
    table.insert(1, "model", [float(np.mean(measures[name]())) for name in table["name"]])
    table["ratio"] = table["model"] / table["value"]
    return table.rename(columns={"value": "figure"})[
        ["name", "model", "figure", "ratio", "low", "high", "grade", "source", "note"]
    ]


def pressure_and_register(people: Columns, national: National) -> pd.DataFrame:
    """Return residents by blood-pressure level, on and off the hypertension register, with the table's.

    The register comes first: where the table treats more people than the register holds, the rest are moved.
    """
    shares = fit_starting_health(people, national).factors[PRESSURE]
    sex, age = people["sex"].astype(np.int64), age_at_start(people)
    counts = np.zeros((len(shares.levels), len(YES_NO)), dtype=np.int64)
    np.add.at(counts, (people[PRESSURE].astype(np.int64), people[REGISTER].astype(np.int64)), 1)
    return pd.DataFrame({
        "level": shares.levels, "off register": counts[:, 0], "on register": counts[:, 1],
        "all": counts.sum(axis=1), "table": [level[sex, age].sum() for level in shares.table],
    })  # fmt: skip


def attribute_table(national: National) -> pd.DataFrame:
    """Return every attribute of a resident: `attributes.csv`, then risk factors and conditions."""
    table = pd.read_csv(ATTRIBUTES, keep_default_na=False, dtype=str)
    rows = [
        {"name": key, "dtype": "uint8", "unit": "code", "default": "0",
         "codes": ";".join(f"{code}={level}" for code, level in enumerate(factor.levels)),
         "description": f"Level of the risk factor {key}"}
        for key, factor in national.risk_factors.items()
    ]  # fmt: skip
    rows += [
        {"name": key, "dtype": "uint8", "unit": "code", "default": "0",
         "codes": ";".join(f"{code}={state}" for code, state in enumerate(condition.states)),
         "description": f"State of the condition: {condition.label}"}
        for key, condition in national.conditions.items()
    ]  # fmt: skip
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


def population_fit_page(area: Any, national: National, seed: int) -> str:
    """Return the page as Markdown, made from one start population."""
    tables = as_area_tables(area)
    joint = joint_table(tables, seed)
    people = residents_of(joint.counts, seed)
    person = np.arange(people["sex"].size, dtype=np.uint32)
    people |= draw_circumstances(fit_circumstances(tables, people), people, person, seed)
    people |= initial_health(people, national, seed)
    age = pd.DataFrame({
        "age": AGE_BANDS,
        "residents": np.bincount(age_band_of_year()[age_at_start(people)], minlength=len(AGE_BANDS)),
    })  # fmt: skip
    pressure = pressure_and_register(people, national)
    return _PAGE.format(
        seed=seed, size=f"{person.size:,}", residents=f"{joint.margins.residents.sum():,.0f}",
        inflation=joint.margins.list_inflation, ages=_markdown(age),
        residuals=_markdown(fit_residuals(tables, joint)),
        prevalence=_markdown(prevalence_check(people, national)),
        counts=_markdown(multimorbidity(people, national)),
        pressure=_markdown(pressure), headlines=_markdown(headline_checks(people, national)),
        attributes=_markdown(attribute_table(national)),
    )  # fmt: skip


def write_population_fit(path: Path, area: Any, national: National, seed: int) -> None:
    """Write the page to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(population_fit_page(area, national, seed), encoding="utf-8")


def _markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown; whole numbers with thousands, others with four digits."""
    lines = ["| " + " | ".join(map(str, table.columns)) + " |", "|" + "---|" * table.shape[1]]
    lines += [
        "| " + " | ".join(_cell(value) for value in row) + " |" for row in table.itertuples(index=False)
    ]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    """Return one value as text."""
    if isinstance(value, str):
        return value.replace("|", "/")
    number = float(value)
    if np.isnan(number):
        return ""
    if number == int(number) and abs(number) >= 1:
        return f"{int(number):,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.4g}"


_PAGE = """# How the start population fits

Generated from the tables by `sim.health.start_report.write_population_fit` with population seed {seed};
do not edit.

The list of {size} people stands for {residents} residents at the start date: {inflation:.4f}
registered people per resident. ONS residents come first, then quintiles, then lists. Counts by council, sex,
age, quintile and neighbourhood are whole people that meet the first two exactly but for rounding. The lists'
shares by council, age and quintile of 2020 and 2021 do not add up with today's residents, so they are met
after being brought into agreement, and the gap to the shares as published is shown beside it.

## Residents by age

{ages}

## Gaps by target

Gaps in people; `misplaced` is the share of people who would have to move to meet the target.

{residuals}

## Prevalence against the tables (built in)

Cells are sex by age band of the table. Expected numbers are the table's; under independent draws 5% of cells
are outside 1.96 standard deviations and chi-square is near the number of cells.

{prevalence}

## Share with 0, 1, 2 and 3 or more named conditions, by age

{counts}

## Blood pressure and the hypertension register

{pressure}

## Headline shares

{headlines}

## Attributes

{attributes}
"""
