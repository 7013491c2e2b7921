"""Runs repeat themselves, replicates do not, and what is added or put in another order moves nobody's draws.

Exact comparisons under one seed; only `test_replicates_differ` could fail by chance, with probability far
below one in a million: two years of half a million draws would have to agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import sim.building
from sim.health.needs import NeedClass
from sim.health.needs import need_classes as published_classes
from sim.health.transitions import Transition
from sim.health.transitions import all_transitions as published_transitions
from sim.parameters.national import Condition, National
from tests.metamorphic.watching import Event, Watched, differing, watch, watch_events, world


def test_the_same_seed_gives_the_same_run(known: tuple[Watched, list[Event]]) -> None:
    again, events = watch_events()
    assert differing(known[0].tables, again.tables) == []
    assert events == known[1]
    assert again.stages.equals(known[0].stages)


def test_replicates_differ(known: tuple[Watched, list[Event]]) -> None:
    other, events = watch_events(replicate=2)
    assert set(differing(known[0].tables, other.tables)) >= {"measures", "nodes", "conditions", "deaths"}
    shared = set(events) & set(known[1])
    assert len(shared) < 0.001 * len(events)


@pytest.mark.validation
def test_seeds_differ(known: tuple[Watched, list[Event]]) -> None:
    other, events = watch_events(rng=2)
    assert "measures" in differing(known[0].tables, other.tables)
    assert events != known[1]


def test_the_people_are_the_same_in_every_replicate(known: tuple[Watched, list[Event]]) -> None:
    """Replicates differ in what happens, not in who is there."""
    measures = [run.tables["measures"] for run in (known[0], watch(months=1, replicate=3))]
    first = [
        table[
            (table["period"] == "2026-04")
            & table["measure"].isin(["population_start", "births", "in_migrants"])
        ]
        for table in measures
    ]
    assert first[0].reset_index(drop=True).equals(first[1].reset_index(drop=True))


def test_a_longer_run_begins_as_a_shorter_one(known: tuple[Watched, list[Event]]) -> None:
    longer, events = watch_events(years=2)
    assert differing(known[0].tables, longer.tables) == ["mortality"]  # it has a row for every year
    assert events == known[1]


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.validation)])
def test_order_of_transitions_does_not_matter(
    known: tuple[Watched, list[Event]], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Seed 0 reverses them, which also puts every condition's folder in another place."""

    def shuffled(*arguments: Any) -> list[Transition]:
        found = published_transitions(*arguments)
        order = np.random.default_rng(seed).permutation(len(found)) if seed else np.arange(len(found))[::-1]
        return [found[p] for p in order]

    monkeypatch.setattr(sim.building, "all_transitions", shuffled)
    other, events = watch_events()
    assert events == known[1]
    assert differing(known[0].tables, other.tables) == []


def test_a_condition_that_nothing_depends_on_changes_no_other_onset(
    known: tuple[Watched, list[Event]],
) -> None:
    """A new folder that sorts before all others, with the incidence of hypertension."""
    national = world().national
    hypertension = national.conditions["hypertension"]
    spare = Condition(
        key="aaa_spare", label="Spare", stream="aaa_spare", kind="onset",
        tables={"incidence": hypertension.tables["incidence"]},
    )  # fmt: skip
    wider = replace(
        world(), national=replace(national, conditions={"aaa_spare": spare, **national.conditions})
    )
    other, events = watch_events(world=wider)
    assert [event for event in events if event[2] != "aaa_spare"] == known[1]
    assert sum(event[2] == "aaa_spare" for event in events) > 10
    # it counts among the named conditions, so those who have it have more needs: the network differs, and
    # other people in it by queueing; whom it happens to, and everything else that happens, does not
    conditions = other.tables["conditions"]
    cases = conditions[(conditions["condition"] != "aaa_spare") & (conditions["measure"] == "new_cases")]
    before = known[0].tables["conditions"]
    assert cases.reset_index(drop=True).equals(
        before[before["measure"] == "new_cases"].reset_index(drop=True)
    )


def test_a_new_need_class_changes_no_other_need(
    known: tuple[Watched, list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A further kind of contact with general practice, in a gate of its own that sorts first."""

    def with_another(national: National) -> Sequence[NeedClass]:
        found = published_classes(national)
        contact = next(need for need in found if need.key == "gp_appointment")
        return [replace(contact, key="new_contact", gate="aaa_new", lane=0, measure="new_contacts"), *found]

    monkeypatch.setattr(sim.building, "need_classes", with_another)
    other, events = watch_events()
    assert events == known[1]
    assert other.stages.equals(known[0].stages)
    measures, nodes = other.tables["measures"], other.tables["nodes"]
    assert (measures["measure"] == "new_contacts").any()
    without = {
        **other.tables,
        "measures": measures[measures["measure"] != "new_contacts"].reset_index(drop=True),
        "nodes": nodes[nodes["node"] != "new_contact"].reset_index(drop=True),
    }
    assert differing(known[0].tables, without) == []
