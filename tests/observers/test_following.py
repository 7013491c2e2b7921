"""Listening changes nothing; a digest tells lives apart; who is followed is told what the run tells."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sim.interventions.specification import (
    BASELINE,
    CohortProgramme,
    DelayChange,
    Diversion,
    Effect,
    Eligibility,
    LevelMove,
    ScenarioSpecification,
    Uptake,
)
from sim.model import HealthSystem
from sim.observers.digest import LifeDigest, compare_lives, mixed
from sim.observers.following import Follower
from sim.observers.telling import listen
from tests.metamorphic.changes import number
from tests.metamorphic.watching import Watched, watch

MONTHS = 3


@cache
def scenario() -> ScenarioSpecification:
    """One that reaches most adults at once, moves a ranked and another risk factor, and changes use."""
    programme = CohortProgramme(
        key="all_at_once", label="Everything for everybody", start="2026-05",
        eligible=Eligibility(age_from=30), uptake=Uptake(mean=number(0.8)),
        effects=(
            Effect(on="transition", key="smoking.current_to_ex_under_1", multiplier=number(8.0)),
            Effect(on="need", key="nel_admission_total", multiplier=number(0.6)),
        ),
        moves=(
            LevelMove(factor="bmi", from_level="obese", to_level="overweight", probability=number(0.5)),
            LevelMove(factor="statin", from_level="no", to_level="yes", probability=number(0.5)),
        ),
    )  # fmt: skip
    return ScenarioSpecification(name="strong", label="Strong", interventions=(programme,))


@cache
def told(name: str, again: int = 0) -> tuple[Watched, LifeDigest, Follower]:
    """Run some months with everybody digested and somebody followed."""
    del again  # only tells one run from another
    chosen = BASELINE if name == "baseline" else scenario()
    heard: list[LifeDigest | Follower] = []

    def prepare(model: HealthSystem) -> None:
        persons = [int(person) for person in model.residents.person[: model.residents.size : 40]]
        heard.extend([LifeDigest(model), Follower(model, chosen, persons)])
        listen(model, heard)

    found = watch(chosen, months=MONTHS, prepare=prepare)
    for listener in heard:
        listener.finished(found.model)
    digest, follower = heard
    assert isinstance(digest, LifeDigest)
    assert isinstance(follower, Follower)
    return found, digest, follower


def test_listening_changes_no_bit() -> None:
    """The null test: every table, every resident in every month, every stage of care."""
    heard, _, _ = told("scenario")
    alone = watch(scenario(), months=MONTHS)
    for name, table in alone.tables.items():
        assert table.equals(heard.tables[name]), name
    for month, columns in enumerate(alone.columns):
        assert np.array_equal(columns, heard.columns[month]), month
    assert alone.stages.equals(heard.stages)
    assert alone.unfinished.equals(heard.unfinished)
    one, other = alone.model.residents, heard.model.residents
    assert np.array_equal(one.clock_row, other.clock_row)
    held = one.clock_row[one.clock_row >= 0]  # rows that nobody holds were never written
    assert np.array_equal(one.clock[held], other.clock[held])


def test_those_whom_a_service_takes_are_reached_and_care_that_is_changed_is_told() -> None:
    """Everybody followed: the digest and the lives agree, and nobody is taken where nobody should be."""
    service = Diversion(
        key="car", label="Car", start="2026-04", needs=("ed_walk_in", "incident_999"), found=number(0.9),
        eligible=Eligibility(age_from=65), substitutes=number(0.5), returns_after_days=number(0.0),
        induced_share=number(0.0),
    )  # fmt: skip
    hubs = DelayChange(
        key="hubs", label="Hubs", start="2026-04", from_nodes=("transfer_of_care_poole",),
        to_nodes=("sourcing_p1_bcp",), change="multiply", amount=number(0.5), share=number(1.0),
        backfill_share=number(0.0),
    )  # fmt: skip
    both = ScenarioSpecification(name="both", label="Both", interventions=(service, hubs))
    heard: list[LifeDigest | Follower] = []

    def prepare(model: HealthSystem) -> None:
        persons = [int(person) for person in model.residents.person[: model.residents.size : 10]]
        heard.extend([LifeDigest(model), Follower(model, both, persons)])
        listen(model, heard)

    found = watch(both, months=1, prepare=prepare)
    for listener in heard:
        listener.finished(found.model)
    digest, follower = heard
    assert isinstance(digest, LifeDigest)
    assert isinstance(follower, Follower)
    assert compare_lives(digest, digest)["taken"].sum() == digest.taken.sum() > 20
    assert digest.care_changed.any()
    for row in follower.rows:
        moments = follower.lives[follower.rows[row]]["moments"]
        taken = [one for one in moments if one["kind"] == "reached"]
        assert bool(taken) == digest.taken[row]
        assert all(one["key"] == "car" and one["after"] in ("nothing", "first place") for one in taken)
        assert not taken or follower.lives[follower.rows[row]]["age"] >= 64
        acted = [one for one in moments if one["kind"] == "acted"]
        assert bool(acted) == digest.care_changed[row]


def test_equal_runs_have_equal_digests() -> None:
    """And the comparison finds nobody."""
    _, first, _ = told("baseline")
    _, second, _ = told("baseline", again=1)
    assert first is not second
    assert np.array_equal(first.health, second.health)
    assert np.array_equal(first.care, second.care)
    lives = compare_lives(first, second)
    assert not lives[["health", "care", "reached"]].to_numpy().any()
    assert not lives[["years", "conditions", "bed_days", "admissions", "attendances"]].to_numpy().any()


def test_digests_differ_where_lives_do() -> None:
    """Held against the runs themselves: attributes at the months' ends, and stages that ended."""
    with_it, first, _ = told("scenario")
    without, second, _ = told("baseline")
    lives = compare_lives(first, second)
    told_care = {"place", "admissions_12m", "attendances_12m", "delayed_steps_12m", "ed_delay"}
    health = [k for name, k in first.column_of.items() if name not in told_care]
    differ = (with_it.columns[-1][:, health] != without.columns[-1][:, health]).any(axis=1)
    assert differ.any()
    assert set(np.flatnonzero(differ)) <= set(lives.loc[lives["health"], "row"])
    frames = []
    for run in (with_it, without):
        own = run.stages[(run.stages["episode"] % 2 == 1) & (run.stages["person_slot"] >= 0)]
        frames.append(own[own["time_leave"] > 0.0])
    rows = [{row: frame.to_numpy().tobytes() for row, frame in one.groupby("person_slot")} for one in frames]
    unlike = {row for row in {*rows[0], *rows[1]} if rows[0].get(row) != rows[1].get(row)}
    assert unlike
    assert unlike <= set(lives.loc[lives["care"], "row"])
    nobody = ~(lives["health"] | lives["care"])
    assert nobody.mean() > 0.5


def test_a_digest_is_of_what_happened_and_not_of_its_order() -> None:
    """Any bit of any part moves it; equal parts give equal numbers."""
    first = mixed(np.array([1, 2, 1]), np.array([0.5, 0.5, 0.5]))
    assert first[0] == first[2] != first[1]
    assert mixed(np.array([1]), np.array([0.5 + 1e-12]))[0] != first[0]
    assert mixed(np.array([-1]))[0] != mixed(np.array([1]))[0]


def test_who_is_followed_has_the_stages_and_states_of_the_run() -> None:
    """Every stage that ended, every attribute at the end, every programme that reached them."""
    run, _, follower = told("scenario")
    residents = run.model.residents
    reached = 0
    for row, person in follower.rows.items():
        life = follower.lives[person]
        ended = [one for one in life["moments"] if one["kind"] == "stage" and one["leave"] is not None]
        mine = run.stages[(run.stages["person_slot"] == row) & (run.stages["episode"] % 2 == 1)]
        assert sorted(one["leave"] for one in ended) == sorted(mine["time_leave"][mine["time_leave"] > 0.0])
        state = dict(life["state"])
        for one in life["moments"]:
            if one["kind"] == "change":
                assert state[one["attribute"]] == one["was"]
                state[one["attribute"]] = one["now"]
        for name in follower._told:
            assert state[name] == str(getattr(residents[row], name)), name
        programmes = {one["key"] for one in life["moments"] if one["kind"] == "reached"}
        columns = residents.reached[row] < np.iinfo(np.int16).max
        assert len(programmes) == columns.sum()
        reached += len(programmes)
        assert all(one["minute"] < run.ends[-1] for one in life["moments"])
    assert reached > 0


def test_somebody_unknown_is_refused() -> None:
    """By the observer too."""
    run, _, _ = told("baseline")
    with pytest.raises(KeyError):
        Follower(run.model, replace(BASELINE), [4_000_000_000])
