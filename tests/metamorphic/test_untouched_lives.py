"""Residents whom an intervention does not reach live the identical life.

With unlimited places and no feedback, for ever; with queues, until the first shared queue differs. Exact
comparisons under one seed: the false-alarm rate is nil.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from sim.interventions.specification import (
    Effect,
    Eligibility,
    PopulationEffect,
    RiskStratum,
    ScenarioSpecification,
)
from sim.kernels.flow_layout import UNLIMITED
from sim.population.residents import NOT_REACHED
from tests.metamorphic.changes import confined, every_key, number, specification
from tests.metamorphic.watching import MONTHS, STAGE_COLUMNS, Event, Watched, watch, world

TREATED = 0  # position of the one neighbourhood that is treated
MOMENTS = ("time_join", "time_start", "time_leave")


def scenario(name: str) -> ScenarioSpecification:
    """Return a library scenario for that neighbourhood, offered to and accepted by everybody eligible."""
    return confined(name, world().area.neighbourhood_keys[TREATED])


def others(run: Watched) -> npt.NDArray[np.bool_]:
    """Return which residents live elsewhere."""
    return run.neighbourhood != TREATED


def moments(stages: pd.DataFrame, logged: pd.DataFrame, unfinished: pd.DataFrame) -> pd.DataFrame:
    """Return the moments of stages: who, where, when, what, and where to when they leave.

    Args:
        stages: Finished in one run and not, or otherwise, in the other.
        logged: Those that the other run finished otherwise.
        unfinished: Stages that the other run has not finished: what it has of them is no difference.
    """
    key = ["person_slot", "episode", "node"]
    finished = pd.MultiIndex.from_frame(stages[key]).isin(pd.MultiIndex.from_frame(logged[key]))
    known = stages.merge(unfinished, how="left", on=key)["waits"].where(~finished).to_numpy()
    begun, joined = known == False, pd.notna(known)  # noqa: E712 - missing where the other run has no such stage
    parts = []
    for what in MOMENTS:
        part = stages[["person_slot", "episode", "node"]].copy()
        part["time"], part["what"] = stages[what], what
        part["next"] = stages["next"] if what == "time_leave" else 0
        same = {"time_join": joined, "time_start": begun}.get(what, np.zeros(len(part), np.bool_))
        parts.append(part[part["time"].notna() & ~same])
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, kw_only=True)
class Departure:
    """Where two runs part: the moments that only one of them has."""

    treated: pd.DataFrame
    others: pd.DataFrame

    @classmethod
    def of(cls, first: Watched, second: Watched) -> Departure:
        """Compare two runs."""
        one, other = _differing_stages(first, second)
        together = pd.concat([moments(one, other, second.unfinished), moments(other, one, first.unfinished)])
        alone = together[~together.duplicated(keep=False)].sort_values("time", kind="stable")
        elsewhere = others(first)[alone["person_slot"]]
        return cls(treated=alone[~elsewhere], others=alone[elsewhere])


def _differing_stages(first: Watched, second: Watched) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the stages of each run that the other has not."""
    if first.stages.equals(second.stages):
        return first.stages.iloc[:0], second.stages.iloc[:0]
    alone = ~pd.concat([first.stages, second.stages]).duplicated(keep=False).to_numpy()
    size = len(first.stages)
    return first.stages[alone[:size]], second.stages[alone[size:]]


@pytest.mark.parametrize("name", ["tobacco_and_hypertension", "neighbourhood_teams"])
def test_with_unlimited_places_others_live_identical_lives(name: str, free: Watched) -> None:
    """Every attribute at the end of every month, and every stage of care to the last bit."""
    changed = watch(scenario(name), months=6, unlimited=True, feedback=False)
    elsewhere = others(free)
    for before, after in zip(free.columns, changed.columns, strict=True):
        assert np.array_equal(before[elsewhere], after[elsewhere])
    for run in (free, changed):
        assert set(STAGE_COLUMNS) <= set(run.stages.columns)
    before, after = (_stages_of(run, elsewhere) for run in (free, changed))
    assert len(before) > 500_000
    assert before.equals(after)
    treated = [
        (a[~elsewhere] != b[~elsewhere]).any() for a, b in zip(free.columns, changed.columns, strict=True)
    ]
    assert treated[-1], "the scenario must change somebody where it acts, or this tests nothing"


def test_residents_whom_a_programme_with_every_key_did_not_reach_live_identical_lives(free: Watched) -> None:
    """A programme for part of the residents of every neighbourhood: those never reached are the same."""
    some = Eligibility(
        age_from=18, carer=False, risk_stratum=RiskStratum(by="ed_attendance", top_share=number(0.7))
    )
    part = every_key("part", 0.5, eligible=some)
    changed = watch(specification(part), months=6, unlimited=True, feedback=False)
    residents = changed.model.residents
    untouched = residents.reached[: residents.size, 0] == NOT_REACHED
    assert 0.05 < 1.0 - untouched.mean() < 0.6
    for before, after in zip(free.columns, changed.columns, strict=True):
        assert np.array_equal(before[untouched], after[untouched])
    assert _stages_of(free, untouched).equals(_stages_of(changed, untouched))
    assert not _stages_of(free, ~untouched).equals(_stages_of(changed, ~untouched))


def _stages_of(run: Watched, chosen: npt.NDArray[np.bool_]) -> pd.DataFrame:
    return run.stages[chosen[run.stages["person_slot"]]].reset_index(drop=True)


@pytest.fixture(scope="module")
def free() -> Watched:
    """Half a year of the baseline with unlimited places and no feedback."""
    return watch(months=6, unlimited=True, feedback=False)


def _assert_parts_at_a_shared_queue(baseline: Watched, changed: Watched) -> bool:
    """Check where two runs part, and return whether they do for people elsewhere."""
    departure = Departure.of(baseline, changed)
    if departure.others.empty:
        _assert_identical_months(baseline, changed, others(baseline), np.inf)
        return False
    first = departure.treated["time"].min()
    parted = departure.others["time"].iloc[0]
    assert first <= parted
    _assert_identical_months(baseline, changed, others(baseline), parted)
    at_once = departure.others[departure.others["time"] == parted]
    # somebody elsewhere begins, or leaves a place, at another time than before: a queue has moved
    assert at_once["what"].isin(["time_start", "time_leave"]).any()
    places = baseline.model.care.network.flow.nodes.places
    assert (places[at_once["node"]] < UNLIMITED).any()
    before = departure.treated[departure.treated["time"] <= parted]
    assert set(before["node"]) & set(at_once["node"]), "nobody treated was at that node differently before"
    return True


def _assert_identical_months(
    first: Watched, second: Watched, rows: npt.NDArray[np.bool_], minute: float
) -> None:
    """Every attribute of these residents is the same at the end of every month that ends before a minute."""
    for end, before, after in zip(first.ends, first.columns, second.columns, strict=True):
        if end < minute:
            assert np.array_equal(before[rows], after[rows])


def test_with_queues_others_differ_first_at_a_shared_queue(known: tuple[Watched, list[Event]]) -> None:
    """Neighbourhood teams change needs, so queues differ within months."""
    changed = watch(scenario("neighbourhood_teams"), months=MONTHS)
    assert _assert_parts_at_a_shared_queue(known[0], changed)


def test_prevention_in_one_neighbourhood_reaches_others_only_through_queues(half_year: Watched) -> None:
    """Tobacco and hypertension: in half a year no queue need differ, and then no life elsewhere may."""
    changed = watch(scenario("tobacco_and_hypertension"), months=6)
    _assert_parts_at_a_shared_queue(half_year, changed)
    assert any((a != b).any() for a, b in zip(half_year.columns, changed.columns, strict=True))


def test_lives_saved_in_one_neighbourhood_reach_others_only_through_queues(
    known: tuple[Watched, list[Event]],
) -> None:
    """Deaths there fall by nine in ten: who lives on keeps a bed or leaves it at another time."""
    saved = specification(
        PopulationEffect(
            key="saved", label="saved", start="2026-04",
            eligible=Eligibility(neighbourhoods=(world().area.neighbourhood_keys[TREATED],)),
            effects=(Effect(on="mortality", key="all", multiplier=number(0.1)),),
        )
    )  # fmt: skip
    assert _assert_parts_at_a_shared_queue(known[0], watch(saved, months=MONTHS))
