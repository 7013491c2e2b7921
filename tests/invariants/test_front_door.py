"""Accounts of the front door: streams, handovers, responses, people from elsewhere.

Exact accounts: false-alarm rate nil. Where chance enters, the test says how much.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from sim.observers.urgent_care import CATEGORIES, HANDOVER_LIMITS, STREAMS
from tests.invariants.accounts import totals
from tests.metamorphic.watching import Watched


def test_an_attendance_is_in_one_stream_or_left(year: Watched) -> None:
    account = totals(year.tables["measures"], "measure").unstack("measure")
    parts = sum(account[f"ed_attendances_{stream}"] for stream in STREAMS) + account["ed_left_before_seen"]
    np.testing.assert_allclose(parts, account["ed_type1_attendances"])
    assert (account["ed_left_before_seen"] > 0).all()


def test_longer_handovers_are_some_of_the_shorter(year: Watched) -> None:
    account = totals(year.tables["measures"], "measure").unstack("measure")
    before = account["ambulance_conveyances"]
    for limit in HANDOVER_LIMITS:
        assert (account[f"handovers_over_{limit}"] <= before).all()
        before = account[f"handovers_over_{limit}"]
    assert (account["handover_minutes"] > 0).all()


def test_every_response_has_a_category(year: Watched) -> None:
    """Crews' jobs that ended are responses of the four categories, the first days' and removals apart."""
    account = totals(year.tables["measures"], "measure").unstack("measure").sum()
    responses = sum(account[f"responses_category_{number}"] for number in CATEGORIES)
    ended = account[["see_and_treat", "conveyed_elsewhere", "conveyed_to_any_ed"]].sum()
    assert responses == pytest.approx(ended, rel=0.01)
    minutes = [
        account[f"response_minutes_category_{n}"] / account[f"responses_category_{n}"] for n in CATEGORIES
    ]
    assert minutes == sorted(minutes)


def test_hear_see_and_convey_are_all_incidents(year: Watched) -> None:
    """Up to those who die or leave in the ambulance's care, and jobs open at a month's ends: 1%."""
    account = totals(year.tables["measures"], "measure").unstack("measure").sum()
    outcomes = account[["hear_and_treat", "see_and_treat", "conveyed_elsewhere", "conveyed_to_any_ed"]].sum()
    assert outcomes == pytest.approx(account["incidents_999"], rel=0.01)


def test_people_from_elsewhere_come_as_often_as_declared(year: Watched) -> None:
    """Each month's number against its Poisson interval: 72 of them, false alarms below 1 in 1,000."""
    visitors = year.model.parts.visitors
    for month in range(12):
        share = visitors.season[(visitors.demand.calendar_start + month) % 12]
        for j, visits in zip(visitors.classes, visitors.of_month(month), strict=True):
            expected = visitors.a_year[j].sum() * share * visitors.demand.growth_of(j, month) / 12
            low, high = poisson.ppf([5e-6, 1 - 5e-6], expected * np.array([0.92, 1.02]))  # 28 to 31 days
            assert low <= visits.hour.size <= high


def test_people_from_elsewhere_are_in_no_stratum(year: Watched) -> None:
    table = year.tables["measures"]
    elsewhere = table[table["dimension"] == "residence"].groupby("measure")["value"].sum()
    everybody = totals(table, "measure").groupby("measure").sum()
    declared = 0.03  # outside_share_of_arrivals
    assert elsewhere["ed_type1_attendances"] / everybody["ed_type1_attendances"] == pytest.approx(
        declared, abs=0.003
    )
    assert "gp_appointments" not in elsewhere.index
