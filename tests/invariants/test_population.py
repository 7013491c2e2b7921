"""Residents are conserved, and every table counts the same people.

Exact accounts: false-alarm rate nil. Counts are whole people divided by the scale, so they are compared to
one part in 10^9.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.observers.groups import DIMENSIONS as GROUPS
from sim.population.residents import NOT_REACHED
from sim.population.strata import AGE_BANDS
from tests.invariants.accounts import LASTING, STRATA, by_month, totals, wide
from tests.metamorphic.watching import Watched


@pytest.mark.parametrize("dimension", LASTING)
def test_residents_are_conserved_month_by_month(year: Watched, dimension: str) -> None:
    """Start + births + in-migrants - deaths - out-migrants = end, and the end is the next month's start."""
    account = wide(year.tables["measures"]).loc[dimension]
    end = (
        account["population_start"] + account["births"] + account["in_migrants"]
        - account["deaths"] - account["out_migrants"]
    )  # fmt: skip
    np.testing.assert_allclose(end, account["population_end"], rtol=1e-9)
    starts, ends = (by_month(account, name) for name in ("population_start", "population_end"))
    assert starts.shape[1] == 12
    np.testing.assert_allclose(starts.iloc[:, 1:], ends.iloc[:, :-1], rtol=1e-9)


def test_age_bands_are_conserved_but_for_birthdays(year: Watched) -> None:
    account = wide(year.tables["measures"]).loc["age_band"]
    starts, ends = (
        by_month(account, name).reindex(AGE_BANDS) for name in ("population_start", "population_end")
    )
    moved = starts.iloc[:, 1:].to_numpy() - ends.iloc[:, :-1].to_numpy()
    np.testing.assert_allclose(moved.sum(axis=0), 0.0, atol=1e-6)
    upwards = np.cumsum(moved, axis=0)[:-1]  # nobody grows younger
    assert (upwards <= 1e-6).all()


def test_the_tables_count_who_is_in_the_model(year: Watched) -> None:
    end = totals(year.tables["measures"], "measure").xs("population_end", level="measure").iloc[-1]
    assert end * year.model.settings.scale == pytest.approx(year.model.residents.registered.sum())


@pytest.mark.parametrize("dimension", STRATA)
@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("measures", ("measure",)),
        ("conditions", ("condition", "measure")),
        ("deaths", ("cause",)),
    ],
)
def test_levels_of_a_dimension_add_up_to_all(
    year: Watched, table: str, keys: tuple[str, ...], dimension: str
) -> None:
    found = year.tables[table]
    everybody = totals(found, *keys, elsewhere=False)
    summed = found[found["dimension"] == dimension].groupby(["period", *keys])["value"].sum()
    assert set(summed.index) == set(everybody.index)
    np.testing.assert_allclose(summed.reindex(everybody.index), everybody, rtol=1e-9, atol=1e-6)


def test_deaths_are_the_same_in_every_table(year: Watched) -> None:
    """By cause, in the mortality table, and in the population account."""
    measures, mortality = year.tables["measures"], year.tables["mortality"]
    measures = measures[~measures["dimension"].isin(GROUPS)]  # no cause is counted by them
    counted = measures[measures["measure"] == "deaths"].set_index(["period", "dimension", "level"])["value"]
    by_cause = year.tables["deaths"].groupby(["period", "dimension", "level"])["value"].sum()
    np.testing.assert_allclose(by_cause.reindex(counted.index), counted, rtol=1e-9)
    assert counted.sum() > 0
    for dimension, column in (("sex", "sex"), ("quintile", "quintile")):
        a_year = counted.xs(dimension, level="dimension").groupby("level").sum()
        np.testing.assert_allclose(
            mortality.groupby(column)["deaths"].sum().reindex(a_year.index), a_year, rtol=1e-9
        )
    causes = [name for name in mortality.columns if name.startswith("deaths_")]
    np.testing.assert_allclose(mortality[causes].sum(axis=1), mortality["deaths"], rtol=1e-9)


def test_person_time_is_the_same_in_every_table(year: Watched) -> None:
    measures, mortality = year.tables["measures"], year.tables["mortality"]
    counted = totals(measures, "measure").xs("person_months", level="measure").sum()
    assert mortality["person_years"].sum() * 12 == pytest.approx(counted, rel=1e-9)
    account = wide(measures).loc["all"]
    most = account["population_start"] + account["births"] + account["in_migrants"]
    assert (account["person_months"] <= most + 1e-6).all()
    assert (account["person_months"] >= account["population_end"] - 1e-6).all()


def test_new_cases_fit_the_stock_of_conditions_without_remission(year: Watched) -> None:
    """Nobody has more new cases in a year than people at the start who did not have it."""
    table = year.tables["conditions"]
    everybody = table[table["dimension"] == "all"]
    cases = everybody[everybody["measure"] == "cases"].groupby("condition")["value"].first()
    new = everybody[everybody["measure"] == "new_cases"].groupby("condition")["value"].sum()
    people = totals(year.tables["measures"], "measure").xs("population_start", level="measure").iloc[0]
    assert (cases > 0).all()
    assert (cases <= people).all()
    assert (new.reindex(cases.index).fillna(0.0) <= people - cases).all()


def test_programmes_cost_what_those_reached_cost(programmes_year: Watched) -> None:
    """Pounds by payer = people reached or followed x cost each + a twelfth of yearly costs, by month.

    Of the departure from what is delivered already, which costs no more.
    """
    table: pd.DataFrame = programmes_year.tables["programmes"]
    specification = programmes_year.model.specification
    named = {one.key for one in (*specification.interventions, *specification.limits)}
    assert set(table["programme"]) == named
    for item in specification.interventions:
        mine = table[table["programme"] == item.key].pivot_table(
            index="period", columns="measure", values="value"
        )
        for payer in {cost.payer for cost in item.costs}:
            each = {cost.per: cost.amount.value for cost in item.costs if cost.payer == payer}
            assert set(each) <= {"person", "person_month", "year"}
            in_force = np.array([item.share_in_force(period) for period in mine.index])
            pounds = mine["reached"] * each.get("person", 0.0) + in_force / 12 * each.get("year", 0.0)
            if "person_month" in each:
                pounds = pounds + mine["following"] * each["person_month"]
            np.testing.assert_allclose(mine[f"cost_{payer}"], pounds * item.departure, rtol=1e-9)
    assert (table["value"] > 0).any()


def test_people_newly_reached_are_marked_as_reached(programmes_year: Watched) -> None:
    """Nobody can be reached a second time within the half year."""
    table = programmes_year.tables["programmes"]
    newly = table[table["measure"] == "reached"].groupby("programme")["value"].sum()
    residents = programmes_year.model.residents
    marked = (residents.reached[: residents.size] != NOT_REACHED).sum(axis=0)
    for column, item in enumerate(programmes_year.model.specification.interventions):
        assert newly[item.key] * programmes_year.model.settings.scale == pytest.approx(marked[column])
