"""How near the start population comes to what it was fitted to: one row for each target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.population.inputs import AreaTables, FloatArray, age_bands
from sim.population.margins import LIST_AGE_GROUPS, list_age_group
from sim.population.strata import N_QUINTILES
from sim.population.synthesis import Joint

BUILT_IN, AGREED, PUBLISHED = "built in", "after agreement", "as published"


def fit_residuals(area: AreaTables, joint: Joint) -> pd.DataFrame:
    """Return the gaps between whole people and each target.

    `after agreement` compares with the lists' shares once they add up to list sizes and residents; `as
    published` with the shares of 2020 and 2021 as the lists have them, applied to today's list.

    Returns:
        Columns target, kind (built in, after agreement, as published), cells, people, largest_gap and
        mean_gap in people, misplaced: the share of people who would have to move to meet the target.
    """
    counts, asked = joint.counts.astype(np.float64), joint.margins
    group = list_age_group()
    by_age = np.stack(
        [counts[..., group == g].sum(axis=(1, 2, 3, 4)) for g in range(len(LIST_AGE_GROUPS))], axis=1
    )
    people = counts.sum(axis=0).transpose(0, 2, 3, 1)
    bands = age_bands(area.table("population_by_quintile"))
    lists = counts.sum(axis=(1, 2, 3, 4))
    published = _published(area)
    rows = [
        _row("list size", BUILT_IN, counts.sum()[np.newaxis], np.array([float(area.list_size)])),
        _row("council x sex x year of age", BUILT_IN, people.sum(axis=3), asked.people.sum(axis=3)),
        _row(
            "council x sex x age band x quintile",
            BUILT_IN,
            _banded(people, bands),
            _banded(asked.people, bands),
        ),
        _row("neighbourhood", BUILT_IN, lists, asked.lists),
    ]
    for name, found, agreed in (
        ("council", counts.sum(axis=(2, 3, 4)), asked.list_council),
        ("list age group", by_age, asked.list_age),
        ("quintile", counts.sum(axis=(1, 3, 4)), asked.list_quintile),
    ):
        rows.append(_row(f"neighbourhood x {name}", AGREED, found, agreed))
        rows.append(_row(f"neighbourhood x {name}", PUBLISHED, found, published[name] * lists[:, np.newaxis]))
    return pd.DataFrame(rows)


def _row(target: str, kind: str, found: FloatArray, asked: FloatArray) -> dict[str, object]:
    """Return the gaps of one target."""
    gap = np.abs(found - asked)
    return {
        "target": target,
        "kind": kind,
        "cells": gap.size,
        "people": asked.sum(),
        "largest_gap": gap.max(),
        "mean_gap": gap.mean(),
        "misplaced": gap.sum() / 2 / asked.sum(),
    }


def _banded(people: FloatArray, bands: list[tuple[int, int]]) -> FloatArray:
    """Add single years of age, the third axis, up to bands."""
    return np.stack([people[:, :, a : b + 1].sum(axis=2) for a, b in bands], axis=2)


def _published(area: AreaTables) -> dict[str, FloatArray]:
    """Return the neighbourhoods' shares as published, by what they are shares of."""
    table = area.neighbourhoods
    young, fifty, old = (
        table[f"share_{name}"].to_numpy(np.float64) for name in ("under_16", "50_plus", "65_plus")
    )
    return {
        "council": np.stack([table[f"share_{key}"].to_numpy(np.float64) for key in area.councils], axis=1),
        "list age group": np.stack([young, 1 - young - fifty, fifty - old, old], axis=1),
        "quintile": np.stack(
            [table[f"quintile_{q + 1}"].to_numpy(np.float64) for q in range(N_QUINTILES)], axis=1
        ),
    }
