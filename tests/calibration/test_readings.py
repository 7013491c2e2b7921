"""What targets read from tables, told by hand. Exact: false-alarm rate nil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from calibration.readings import reading
from calibration.targets import Target
from results.measures import abridged_life_table
from tests.calibration.synthetic import BANDS, tables

TARGET = Target(
    measure="m", label="m", stratum="all", period="year 1", how="year", numerator="beds", denominator="",
    factor=1.0, value=1.0, low=1.0, high=1.0, unit="u", use="fitted", source="s", grade="A", reason="r",
)  # fmt: skip
TABLES = tables(beds=310.0, calls=100.0)


@pytest.mark.parametrize(
    ("how", "numerator", "denominator", "stratum", "factor", "value"),
    [
        ("start", "population_start", "", "all", 1, 1000),
        ("year", "beds", "", "all", 1, 3720),
        ("year", "beds+calls", "", "all", 1, 4920),
        ("year", "beds", "", "site:poole", 1, 930),
        ("year", "beds", "", "age:65+", 1, 1488),
        ("daily", "beds", "", "all", 1, 3720 / 365),
        ("mean", "beds", "", "all", 1, 310),
        ("ratio", "calls", "beds", "all", 1, 100 / 310),
        ("ratio", "calls", "person_years", "age:65+", 1000, 1200),
        ("node_share", "beds", "", "all", 1, 0.8),
        ("node_minutes", "beds_a", "calls", "all", 1, 2 * 365 * 1440 / 1200),
        ("cases", "asthma", "", "all", 1, 50),
        ("new_cases", "asthma", "", "all", 1, 24),
        ("incidence", "asthma", "person_years", "all", 1000, 24),
    ],
)
def test_readings_by_hand(
    how: str, numerator: str, denominator: str, stratum: str, factor: float, value: float
) -> None:
    target = replace(
        TARGET, how=how, numerator=numerator, denominator=denominator, stratum=stratum, factor=factor
    )
    assert reading(target, TABLES) == pytest.approx(value)


def test_life_expectancy_is_that_of_the_life_table() -> None:
    """The five fifths together have 12 deaths in 500 person-years at every age."""
    expected = abridged_life_table(BANDS, np.full(20, 500.0), np.full(20, 12.0)).at(0)
    target = replace(TARGET, how="life_expectancy", stratum="sex:male")
    assert reading(target, TABLES) == pytest.approx(float(expected))


def test_the_gap_is_least_less_most_deprived() -> None:
    rich, poor = (
        float(abridged_life_table(BANDS, np.full(20, 100.0), np.full(20, deaths)).at(0))
        for deaths in (2.0, 4.0)
    )
    target = replace(TARGET, how="life_expectancy_gap", stratum="sex:female")
    assert reading(target, TABLES) == pytest.approx(rich - poor)
    assert rich > poor


@pytest.mark.parametrize("how", ["year", "daily", "mean", "ratio", "cases", "new_cases", "node_share"])
def test_what_a_run_does_not_record_is_not_a_number(how: str) -> None:
    target = replace(TARGET, how=how, numerator="unheard_of", denominator="beds")
    assert np.isnan(reading(target, TABLES))


def test_a_month_after_the_year_counts_for_nothing() -> None:
    """Stocks are counted once more after the last month."""
    more = dict(TABLES)
    extra = (
        TABLES["measures"]
        .iloc[[0]]
        .assign(period="2027-04", measure="beds", dimension="all", level="all", value=1e9)
    )
    more["measures"] = pd.concat([TABLES["measures"], extra])
    assert reading(TARGET, more) == pytest.approx(3720)
