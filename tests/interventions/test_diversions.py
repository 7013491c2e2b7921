"""Services that compete for emergencies: each episode is taken once, within capacity, in turn.

Exact comparisons under one seed have no false alarms; shares are held against 99.9% intervals of the binomial
(false alarms: 1 in 1,000 for each at a new seed).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.interventions.specification import Diversion, Eligibility
from sim.kernels.competing import LOST, REFUSED, TAKEN, codes_elsewhere, resolve
from sim.kernels.needs import episode_codes
from tests.metamorphic.changes import number, specification
from tests.metamorphic.watching import Watched, watch

NEEDS = ("incident_999", "ed_walk_in", "direct_admission", "last_days", "onset")
MONTHS = 2
NORMAL_999 = 3.2905


def service(key: str, found: float = 0.5, room: float | None = None, **more: Any) -> Diversion:
    """Return a service for emergencies of those of 65 and over."""
    given = {"substitutes": number(0.4), "returns_after_days": number(0.0), "induced_share": number(0.0)}
    return Diversion(
        key=key, label=key, start="2026-04", needs=NEEDS, eligible=Eligibility(age_from=65),
        found=number(found), daily_capacity=None if room is None else number(room), **(given | more),
    )  # fmt: skip


@cache
def run(*services: Diversion, **settings_of_run: Any) -> Watched:
    """Run two months of services."""
    return watch(specification(*services), months=MONTHS, **settings_of_run)


def total(done: Watched, key: str, measure: str) -> float:
    """Return a measure of a service over the run."""
    table = done.tables["programmes"]
    return float(table[(table["programme"] == key) & (table["measure"] == measure)]["value"].sum())


def measure(done: Watched, name: str, periods: int | None = None) -> float:
    """Return a measure of everybody over the run, or over its first periods."""
    table = done.tables["measures"]
    values = (
        table[(table["measure"] == name) & (table["dimension"] == "all")].groupby("period")["value"].sum()
    )
    return float(values.sort_index().iloc[:periods].sum())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(0, 3)), max_size=60),
    st.lists(st.integers(0, 4), min_size=12, max_size=12),
)
def test_each_is_taken_once_and_room_is_kept(claims: list[tuple[int, int, int]], room: list[int]) -> None:
    """Whatever the claims: who is refused found no room, and nobody is lost whom nobody took."""
    day_of = {item: day for item, _, day in claims}
    ordered = sorted(dict.fromkeys((item, claimant) for item, claimant, _ in claims))
    item = np.array([one for one, _ in ordered], np.int64)
    claimant = np.array([one for _, one in ordered], np.int64)
    day = np.array([day_of[one] for one, _ in ordered], np.int64)
    places = np.array(room, np.int64).reshape(3, 4)
    left = places.copy()
    found = resolve(item, claimant, day, left)
    taken: npt.NDArray[np.int64] = item[found == TAKEN]
    assert len(set(taken.tolist())) == taken.size
    assert (left >= 0).all()
    used = np.zeros_like(places)
    np.add.at(used, (claimant[found == TAKEN], day[found == TAKEN]), 1)
    assert np.array_equal(places - used, left)
    assert set(item[found == LOST].tolist()) <= set(taken.tolist())
    assert all(
        left[c, d] == 0 for c, d in zip(claimant[found == REFUSED], day[found == REFUSED], strict=True)
    )


def test_codes_of_episodes_elsewhere_keep_who_acts() -> None:
    """The lowest bit says whether this copy acts on the resident; all else is new."""
    old = episode_codes(np.uint32(1), np.uint32(2), np.arange(1000)).astype(np.int64)
    new = codes_elsewhere(old, 77)
    assert np.array_equal(old & 1, new & 1)
    assert (old != new).mean() > 0.99
    assert len(set(new.tolist())) == 1000


def test_what_is_found_and_avoided_comes_to_the_declared_shares() -> None:
    """Half of those eligible are known, of whom all are taken and four in ten are avoided."""
    whole, half = run(service("alone", 1.0)), run(service("alone", 0.5))
    everybody = total(whole, "alone", "known_of")
    for number_of, of, share in (
        (total(half, "alone", "known_of"), everybody, 0.5),
        (total(half, "alone", "avoided"), total(half, "alone", "taken"), 0.4),
    ):
        # fifty copies of each need of one resident draw alone, so the binomial holds
        assert abs(number_of - share * of) < NORMAL_999 * np.sqrt(share * (1 - share) * of)
    assert total(half, "alone", "taken") == total(half, "alone", "known_of")


def test_services_that_compete_never_multiply() -> None:
    """Two services that each know of everybody take each episode once, the first in turn all of them."""
    alone = run(service("first", 1.0, order=1))
    both = run(service("first", 1.0, order=1), service("second", 1.0, order=2))
    assert total(both, "first", "taken") == total(alone, "first", "taken")
    assert total(both, "second", "taken") == 0.0
    assert total(both, "second", "lost_to_another") == total(both, "first", "taken")


def test_services_of_one_order_share_evenly() -> None:
    """The keyed draw gives each of two the first turn as often."""
    both = run(service("first", 1.0), service("second", 1.0))
    first, second = (total(both, key, "taken") for key in ("first", "second"))
    assert abs(first - second) < NORMAL_999 * np.sqrt(first + second)


def test_capacity_is_met_and_what_is_refused_is_told() -> None:
    """Seven and a half a day over 61 days; the others that it knows of are refused or lost."""
    done = run(service("small", 0.5, 7.5))
    assert total(done, "small", "taken") == pytest.approx(7.5 * 61, abs=1.0)
    parts = [total(done, "small", name) for name in ("taken", "lost_to_another", "refused_for_capacity")]
    assert sum(parts) == total(done, "small", "known_of")
    assert parts[2] > 0


def test_a_service_relieves_the_front_door_and_is_met_where_it_sends_people() -> None:
    """Fewer conveyances, attendances and admissions; more at the place where those taken go."""
    nothing, done = run(), run(service("response", 0.3, to="urgent_community_response"))
    for name in ("incidents_999", "ed_type1_attendances", "emergency_admissions"):
        assert measure(done, name) < measure(nothing, name), name
    assert measure(done, "ucr_responses") > measure(nothing, "ucr_responses")
    # the need is the same, until fewer attendances and discharges bring fewer back
    assert measure(done, "need_ed_walk_in", 1) == measure(nothing, "need_ed_walk_in", 1)
    assert measure(done, "need_ed_walk_in") <= measure(nothing, "need_ed_walk_in")


def test_a_service_that_replaces_nothing_changes_nothing_but_its_own_place() -> None:
    """Nobody is spared the first place and all go on at once: the same stages, and those at home are none."""
    nothing = run(unlimited=True, feedback=False)
    done = run(service("idle", 1.0, substitutes=number(0.0)), unlimited=True, feedback=False)
    assert total(done, "idle", "taken") > 1000
    assert done.stages.equals(nothing.stages)


def test_hours_and_priorities_are_kept() -> None:
    """Open at weekends from 8 to 20 it knows of a part; of category 1 and 2 alone of less."""
    always = run(service("always", 1.0))
    open_at = {"weekdays": ("sat", "sun"), "hours": (8.0, 20.0)}
    weekend = run(service("weekend", 1.0, **open_at))
    urgent = run(service("urgent", 1.0, priorities=(0, 1), **open_at))
    known = [total(always, "always", "known_of"), total(weekend, "weekend", "known_of")]
    known.append(total(urgent, "urgent", "known_of"))
    assert 0.1 < known[1] / known[0] < 0.25
    assert 0.0 < known[2] < known[1]
