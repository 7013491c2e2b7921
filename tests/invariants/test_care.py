"""The care network loses nobody, and its two ways of counting agree.

Exact accounts: false-alarm rate nil. Sums of minutes are compared to one part in 10^6 or better.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.observers.groups import DIMENSIONS as GROUPS
from tests.invariants.accounts import STRATA, days, of_nodes, totals
from tests.metamorphic.watching import Watched

ACUTE, ELECTIVE = "acute_beds", "elective_beds"


def nodes_of(year: Watched, prefix: str) -> np.ndarray:
    """Return the positions of the nodes whose names begin with `prefix`."""
    return np.array([i for i, name in enumerate(year.model.parts.care.names) if name.startswith(prefix)])


@pytest.mark.parametrize(
    ("measure", "prefixes"),
    [
        ("bed_days", (ACUTE, ELECTIVE)),
        ("emergency_bed_days", (ACUTE,)),
        ("elective_bed_days", (ELECTIVE,)),
    ],
)
def test_bed_days_are_the_integral_of_occupancy(
    year: Watched, measure: str, prefixes: tuple[str, ...]
) -> None:
    """Bed days are added up stay by stay; occupancy is integrated by the kernel as it runs."""
    counted = totals(year.tables["measures"], "measure").xs(measure, level="measure")
    for period, value in counted.items():
        occupied = sum(of_nodes(year.tables["nodes"], prefix, "mean_occupied")[period] for prefix in prefixes)
        assert value == pytest.approx(occupied * days(str(period)), rel=1e-6)
        assert value > 0


def test_days_without_criteria_to_reside_are_the_integral_of_blocked_beds(year: Watched) -> None:
    """Beds kept after the stay there: by people who could leave, and by those who wait to move to a ward."""
    account = totals(year.tables["measures"], "measure")
    counted = account.xs("nctr_days", level="measure") + account.xs("bed_move_wait_days", level="measure")
    blocked = of_nodes(year.tables["nodes"], ACUTE, "mean_blocked")
    for period, value in counted.items():
        assert value == pytest.approx(blocked[period] * days(str(period)), rel=1e-6)


def test_every_arrival_has_ended_or_is_still_in(year: Watched) -> None:
    """At every node and in every month: inside before + arrivals = stages ended + inside after."""
    names = np.array(year.model.parts.care.names)
    for month, (counts, ended) in enumerate(zip(year.totals, year.ended, strict=True)):
        change = year.inside[month + 1] - year.inside[month]
        wrong = names[counts.arrivals - ended != change]
        assert wrong.size == 0, (month, wrong)


def test_every_stage_ends_once(year: Watched) -> None:
    """No episode of a person leaves the same node twice at once, and none of them ends before it begins."""
    stages = year.stages
    assert not stages.duplicated(["person_slot", "episode", "node", "time_join"]).any()
    for first, second in (
        ("time_join", "time_start"),
        ("time_start", "time_service_end"),
        ("time_start", "time_leave"),
    ):
        both = stages[[first, second]].dropna()
        assert (both[second] >= both[first]).all()
    assert (stages["time_leave"] >= stages["time_join"]).all()


def test_who_is_in_an_acute_bed_has_no_second_record_of_it(year: Watched) -> None:
    """Still in at the end: an admission that has not ended is in the network and not in the log."""
    holding = year.model.parts.care.state.holding()
    here = np.isin(holding.node, nodes_of(year, ACUTE))
    still = set(zip(holding.person_slot[here], holding.episode[here], holding.time_start[here], strict=True))
    assert len(still) == here.sum()
    log = year.stages[np.isin(year.stages["node"], nodes_of(year, ACUTE))]
    assert not still & set(zip(log["person_slot"], log["episode"], log["time_start"], strict=True))


def test_admissions_of_a_day_or_more_are_the_acute_stays_that_ended(year: Watched) -> None:
    """Counted at discharge, once however often the bed changed; without a bed nobody was admitted."""
    counted = totals(year.tables["measures"], "measure").xs("emergency_admissions_1plus", level="measure")
    stays = year.stages[
        np.isin(year.stages["node"], nodes_of(year, ACUTE))
        & ~np.isin(year.stages["next"], nodes_of(year, ACUTE))
        & year.stages["time_start"].notna()
    ]
    month = np.searchsorted(year.ends, stays["time_leave"], side="left")
    assert counted.tolist() == np.bincount(month, minlength=12).tolist()


def test_nobody_is_in_care_after_death_or_departure(year: Watched) -> None:
    """Who is in the network at the end is registered; stand-ins of the burn-in are people who live on."""
    present = year.model.parts.care.state.present()
    residents = present.person_slot[present.person_slot >= 0]  # the others come from elsewhere
    assert residents.size > 0
    assert year.model.residents.registered[residents].all()


def test_sites_add_up_to_all(year: Watched) -> None:
    """A measure that is counted by site counts everybody, people from elsewhere too, at one site each."""
    table = year.tables["measures"]
    everybody = totals(table, "measure")
    sites = table[table["dimension"] == "site"].groupby(["period", "measure"])["value"].sum()
    for (period, measure), value in sites.items():
        assert value == pytest.approx(everybody[period, measure], rel=1e-9), (period, measure)


def test_parts_are_no_larger_than_the_whole(year: Watched) -> None:
    account = year.tables["measures"].pivot_table(
        index=["dimension", "level", "period"], columns="measure", values="value"
    )
    np.testing.assert_allclose(
        account["emergency_admissions"],
        account["emergency_admissions_0day"] + account["emergency_admissions_1plus"],
    )
    known = account.dropna(subset=["bed_days", "emergency_bed_days", "elective_bed_days"])
    np.testing.assert_allclose(
        known["bed_days"], known["emergency_bed_days"] + known["elective_bed_days"], atol=1e-6
    )
    for part, whole in (
        ("ed_4h_within", "ed_type1_attendances"), ("ed_over_12h", "ed_type1_attendances"),
        ("nctr_days", "emergency_bed_days"), ("rtt_within_18_weeks", "waiting_list_size"),
    ):  # fmt: skip
        both = account[[part, whole]].dropna()
        assert (both[part] <= both[whole] + 1e-6).all(), part
    # whose call ends in one month may be conveyed in the next, or came from 111: not one by one, so that
    # groups of a few hundred people hold this over a year and not in every month
    both = account[["ambulance_conveyances", "incidents_999"]].dropna()
    of_groups = both.index.get_level_values("dimension").isin(GROUPS)
    for counts in (both[~of_groups], both[of_groups].groupby(["dimension", "level"]).sum()):
        assert (counts["ambulance_conveyances"] <= counts["incidents_999"] + 1e-6).all()
    assert (
        (account["ed_4h_within"] + account["ed_over_12h"]).dropna()
        <= account["ed_type1_attendances"].dropna() + 1e-6
    ).all()


def test_deaths_in_hospital_are_some_of_all_deaths(year: Watched) -> None:
    account = totals(year.tables["measures"], "measure").unstack("measure").sum()
    assert 0 < account["deaths_in_hospital"] < account["deaths"]


def test_use_by_stratum_adds_up(year: Watched) -> None:
    """What people of a neighbourhood use is what all use, each measure of care in each dimension."""
    table = year.tables["measures"]
    everybody = totals(table, "measure", elsewhere=False).groupby("measure").sum()
    for dimension in STRATA:
        summed = table[table["dimension"] == dimension].groupby("measure")["value"].sum()
        np.testing.assert_allclose(summed.reindex(everybody.index), everybody, rtol=1e-9)
