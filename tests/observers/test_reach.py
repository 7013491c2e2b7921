"""Who is eligible, reached and followed by stratum: accounting identities, and a plain count of people.

Exact: false-alarm rate nil.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from sim.interventions.specification import Cost, Eligibility, Intervention, Limit, PopulationEffect
from sim.observers.reach import ReachObserver
from sim.observers.recorder import Recorder
from sim.observers.strata import Strata
from sim.population.residents import NOT_REACHED, REGISTERED, Residents
from sim.population.strata import age_band_of_year, cell_index
from tests.interventions.people import APRIL_2026, at_work, cohort, halves_death, number, town

SCALE, MONTHS, STAYS = 0.5, 26, 6
LEAVERS = 40
KEYS = ["period", "programme", "dimension", "level", "measure"]


def _cells(people: Residents) -> np.ndarray:
    column = people.columns[:, [people.column_of[n] for n in ("neighbourhood", "council", "quintile", "sex")]]
    band = age_band_of_year()[np.clip(people.age_of(np.arange(people.size)), 0, 110)]
    return cell_index(*column.T, band, 2)


def _lived(
    items: Sequence[Intervention], limits: Sequence[Limit] = ()
) -> tuple[pd.DataFrame, pd.DataFrame, list[int], Residents]:
    """Return the tables of reach and of programmes, who was truly followed each month, and the people."""
    people = town(3000, programmes=len(items))
    people.cell[:] = _cells(people)
    strata = Strata(neighbourhoods=("east", "west"), councils=("north", "south"))
    recorder = Recorder(strata, [], APRIL_2026, 3)
    programmes = at_work(people, items, scale=SCALE, limits=limits)
    observer = ReachObserver(people, recorder, 1.0 / SCALE)
    status = people.columns[:, people.column_of["status"]]
    followed = []
    for month in range(MONTHS):
        people.month = month
        status[month * LEAVERS : (month + 1) * LEAVERS] = REGISTERED + 1  # people die or leave every month
        told = programmes.reach(month)
        observer.of_month(month, programmes, told)
        for one in told:
            recorder.programme(month, one.key, one.rows.size / SCALE, one.cost, one.further)
        since = month - people.reached[:, 0].astype(int)
        here = (people.reached[:, 0] != NOT_REACHED) & (since < STAYS) & (status == REGISTERED)
        followed.append(int(here.sum()))
    tables = recorder.tables()
    return tables["reach"], tables["programmes"], followed, people


@pytest.fixture(scope="module")
def lived() -> tuple[pd.DataFrame, pd.DataFrame, list[int], Residents]:
    items = [
        cohort(
            "visits", eligible=Eligibility(age_from=50), stays_months=STAYS, repeat_after_months=STAYS,
            monthly_capacity=number(60.0),
        ),
        cohort("once", monthly_capacity=number(20.0)),
        PopulationEffect(
            key="air", label="air", start="2027-01", eligible=Eligibility(quintiles=(1,)),
            effects=(halves_death(),),
        ),
    ]  # fmt: skip
    return _lived(items)


def test_totals_are_those_of_the_programmes_table(lived) -> None:  # type: ignore[no-untyped-def]
    reach, programmes, followed, _ = lived
    of_all = reach[(reach["dimension"] == "all") & reach["measure"].isin(["reached", "following"])]
    told = programmes[programmes["measure"].isin(["reached", "following"])]
    keys = ["period", "programme", "measure"]
    pd.testing.assert_frame_equal(
        of_all[[*keys, "value"]].sort_values(keys, ignore_index=True),
        told[[*keys, "value"]].sort_values(keys, ignore_index=True),
    )
    mine = of_all[(of_all["programme"] == "visits") & (of_all["measure"] == "following")]
    assert list(mine["value"] * SCALE) == followed


def test_strata_add_up_to_all_of_every_measure(lived) -> None:  # type: ignore[no-untyped-def]
    reach = lived[0]
    by = reach.pivot_table(
        index=["period", "programme", "measure"], columns="dimension", values="value", aggfunc="sum"
    )
    assert set(by.columns) == {
        "all", "neighbourhood", "council", "quintile", "sex", "age_band", "ethnic_group",
        "neighbourhood_quintile", "neighbourhood_ethnic_group",
    }  # fmt: skip
    for dimension in by.columns:  # crossed once a year
        told = by[dimension].notna() | ("_" in dimension and dimension.startswith("neighbourhood_"))
        assert told.all()
        assert (by[dimension].dropna() == by["all"][by[dimension].notna()]).all()


def test_no_more_are_reached_than_are_eligible_in_any_stratum(lived) -> None:  # type: ignore[no-untyped-def]
    reach = lived[0].pivot_table(index=KEYS[:4], columns="measure", values="value")
    counted = reach.dropna(subset=["eligible", "reached"])
    assert (counted["eligible"] >= counted["reached"]).all()
    assert counted["reached"].sum() > 0


def test_those_eligible_are_counted_once_a_year_of_the_run(lived) -> None:  # type: ignore[no-untyped-def]
    eligible = lived[0][lived[0]["measure"].eq("eligible") & lived[0]["dimension"].eq("all")]
    months = eligible.groupby("programme")["period"].apply(list)
    assert months["visits"] == ["2026-04", "2027-04", "2028-04"]
    assert months["air"] == ["2027-01", "2027-04", "2028-04"]


def test_who_is_eligible_is_who_meets_the_rule(lived) -> None:  # type: ignore[no-untyped-def]
    reach, _, _, people = lived
    poorest = people.columns[: people.size, people.column_of["quintile"]] == 0
    remain = np.arange(people.size) >= 25 * LEAVERS  # registered in month 24
    of = reach.set_index(KEYS)["value"]
    assert of["2028-04", "air", "all", "all", "eligible"] == (poorest & remain).sum() / SCALE
    assert of["2028-04", "air", "quintile", "2", "eligible"] == 0
    group = people.columns[: people.size, people.column_of["ethnic_group"]] == 1
    asian = people.attributes["ethnic_group"].labels[1]
    assert of["2028-04", "once", "ethnic_group", asian, "eligible"] == (group & remain).sum() / SCALE


def test_programmes_without_a_stay_follow_nobody(lived) -> None:  # type: ignore[no-untyped-def]
    measures = lived[0].groupby("programme")["measure"].agg(set)
    assert measures["visits"] == {"eligible", "reached", "reached_in_year", "following"}
    assert measures["once"] == measures["air"] == {"eligible", "reached", "reached_in_year"}


def test_a_neighbourhood_sees_its_own_groups_once_a_year(lived) -> None:  # type: ignore[no-untyped-def]
    reach, people = lived[0], lived[3]
    of = reach.set_index(KEYS)["value"].sort_index()
    east = of["2027-03", "visits", "neighbourhood", "east", "following"]
    for dimension, groups in (
        ("quintile", "12345"),
        ("ethnic_group", people.attributes["ethnic_group"].labels),
    ):
        where = f"neighbourhood_{dimension}"
        parts = [of["2027-03", "visits", where, f"east|{group}", "following"] for group in groups]
        assert sum(parts) == east > 0
    crossed = reach[reach["dimension"].str.startswith("neighbourhood_") & (reach["programme"] == "visits")]
    months = crossed.groupby("measure")["period"].agg(set)
    assert months["eligible"] == {"2026-04", "2027-04", "2028-04"}
    assert months["following"] == months["reached_in_year"] == {"2027-03", "2028-03"}
    by_month = reach[reach["measure"].eq("reached") & reach["dimension"].eq("all")]
    year = by_month[by_month["programme"].eq("visits") & (by_month["period"] < "2027-04")]["value"].sum()
    assert of["2027-03", "visits", "all", "all", "reached_in_year"] == year


def test_who_is_held_back_by_a_limit_is_not_reached() -> None:
    """A quarter of the money: those recorded are those let through."""
    item = cohort(
        "visits", stays_months=STAYS, repeat_after_months=STAYS, monthly_capacity=number(60.0),
        costs=(Cost(amount=number(10.0), per="person", payer="nhs"),),
    )  # fmt: skip
    limit = Limit(
        key="purse", kind="budget", of="nhs", per_year=number(15 * 10.0 * 12), interventions=("visits",)
    )
    reach, programmes, followed, _ = _lived([item], [limit])
    told = programmes.set_index(["period", "programme", "measure"])["value"]
    of = reach.set_index(KEYS)["value"]
    assert of["2026-04", "visits", "all", "all", "reached"] == told["2026-04", "visits", "reached"] <= 15
    assert of["2026-09", "visits", "all", "all", "following"] * SCALE == followed[5] > 0


def test_a_scenario_without_programmes_has_an_empty_table() -> None:
    recorder = Recorder(Strata(neighbourhoods=("east",), councils=("north",)), [], APRIL_2026, 1)
    assert recorder.tables()["reach"].empty
