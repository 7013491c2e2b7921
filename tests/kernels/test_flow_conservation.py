"""Nobody is lost and no place is given twice, on random networks, read from the log alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow import FlowState, Holding, Stages
from tests.kernels.test_flow import filled
from tests.twin.random_networks import Case, random_case


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_everybody_who_arrived_is_somewhere(seed: int) -> None:
    """Arrivals = served + left or died while waiting + turned away + balked + removed + still inside.

    Who reneges may go to an exit or to another node; only the first have gone.
    """
    case = random_case(seed)
    state = filled(case)
    state.advance(case.until)
    log, totals = state.take_log(), state.totals()
    clocks = np.column_stack([totals.reneged, totals.worsened, totals.died])
    to_exit = case.network.flow.nodes.clock_to[:, : at.WAITING_CLOCKS]
    unserved = int(clocks[(to_exit < 0) & (to_exit != at.NOWHERE)].sum())
    by_exit = (log.next < 0) & (log.next >= -len(case.network.flow.exit_names))
    assert int(np.sum(by_exit & np.isnan(log.time_start))) == unserved
    served_and_gone = state.left - unserved
    gone = int(totals.turned_away.sum() + totals.balked.sum() + totals.removed.sum())
    assert len(case.arrivals) == served_and_gone + unserved + gone + state.live
    assert int(np.sum(log.next == at.TURNED_AWAY)) == totals.turned_away.sum()
    assert int(np.sum(log.next == at.BALKED)) == totals.balked.sum()
    # who reneges to a full node and overflows from there to an exit has left without being served
    assert 0 <= served_and_gone <= int(totals.finished.sum() + totals.overflowed.sum())
    assert state.live == len(state.present().node)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_nobody_is_lost_at_any_hour(seed: int) -> None:
    """The same account, without the log, at every third hour."""
    case = random_case(seed)
    state = filled(case)
    for until in np.arange(60.0, case.until, 180.0):
        state.advance(float(until))
        totals = state.totals()
        gone = int(totals.turned_away.sum() + totals.balked.sum() + totals.removed.sum())
        assert sum(arrival.time < until for arrival in case.arrivals) == state.left + gone + state.live


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_log_tells_where_everybody_went(seed: int) -> None:
    """Everybody who came has one end in the log, the last that is told of them, or is still inside."""
    case = random_case(seed)
    state = filled(case)
    state.advance(case.until)
    log = state.take_log()
    present = state.present()
    came = {(a.person_id, a.episode): a.time for a in case.arrivals}
    inside = set(zip(present.person_id.tolist(), present.episode.tolist(), strict=True))
    diverted = (log.next <= at.DIVERTED) & (log.next > at.REMOVED)
    over = (log.next < 0) & ~diverted
    ways = list(zip(log.person_id.tolist(), log.episode.tolist(), strict=True))
    ended = {who for who, last in zip(ways, over, strict=True) if last}
    assert len(came) == len(case.arrivals)
    moving = present.status == at.IN_DELAY  # their last stage is closed, by an exit perhaps
    on_the_way = set(zip(present.person_id[moving].tolist(), present.episode[moving].tolist(), strict=True))
    assert ended & inside <= on_the_way
    # removal or overflow on the way, between two stages, has no stage to close: only the counts tell them
    untold = set(came) - ended - inside
    removed = {who for who, following in zip(ways, log.next, strict=True) if following <= at.REMOVED}
    assert ended | inside <= set(came)
    counted = state.totals()
    assert len(untold) + len(removed) <= int(counted.removed.sum() + counted.overflowed.sum())
    assert all(join >= came[who] for who, join in zip(ways, log.time_join, strict=True))
    last_time: dict[tuple[int, int], float] = {}
    for who, leave in zip(ways, log.time_leave, strict=True):
        last_time[who] = max(leave, last_time.get(who, leave))
    # an end is the last that is told of anybody
    assert all(log.time_leave[i] == last_time[ways[i]] for i in np.flatnonzero(over))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_place_is_given_beyond_those_open(seed: int) -> None:
    """At every start of service, counted from the log, occupied places are within those open at that minute.

    A node may hold more only because places were closed under people; then nobody new gets one. (Who must
    return to the node whose place they hold keeps it, closed or not: that start takes no further place.)
    Those of an escalation may be open at any time.
    """
    case = random_case(seed, several_places=False)
    state = filled(case)
    state.advance(case.until)
    log, holding = state.take_log(), state.holding()
    hubs = case.network.flow.nodes.holds_upstream
    for node in range(len(case.network.node_names)):
        starts, leaves = held_between(log, holding, node, bool(hubs[node]))
        opened = places_after(case, node, starts) + case.network.flow.nodes.escalation_places[node]
        before, after = (
            np.searchsorted(np.sort(starts), starts, side=side)
            - np.searchsorted(np.sort(leaves), starts, side=side)
            for side in ("left", "right")
        )
        assert np.all((after <= opened) | (after <= before))


def held_between(log: Stages, holding: Holding, node: int, hub: bool) -> tuple[NDArray[np.float64], ...]:
    """Minutes at which places of a node were taken, and given back (fewer: some are still held)."""
    mine = (log.node == node) & ~np.isnan(log.time_start)
    leaves = log.time_leave[mine]
    if hub:  # its own place comes free when its service ends
        end = log.time_service_end[mine]
        leaves = np.where(np.isnan(end), leaves, np.minimum(end, leaves))
    starts = np.concatenate([log.time_start[mine], holding.time_start[holding.node == node]])
    return starts, leaves


def places_after(case: Case, node: int, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places open at each minute, changes of that minute included."""
    changes = sorted(
        (time, i, places) for i, (time, at_node, places) in enumerate(case.place_changes) if at_node == node
    )
    counts = np.array([case.network.flow.nodes.places[node], *(places for _, _, places in changes)])
    return counts[np.searchsorted([time for time, _, _ in changes], times, side="right")]


def test_a_state_that_is_empty_conserves_nothing() -> None:
    """Nobody announced, nobody anywhere."""
    state = FlowState(random_case(3).network.flow)
    state.advance(1000.0)
    assert (state.live, state.left, int(state.totals().arrivals.sum())) == (0, 0, 0)
