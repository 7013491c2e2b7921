"""The flow kernel's keyed draws: durations of declared distributions, and who draws what at which occasion.

Every draw is Philox with counter (person, episode, stream of the node, occasion). The occasion is how often
this episode has been at the node before, plus one of the offsets below, so that what happens to somebody who
waits never moves the draws of their service.
"""

from __future__ import annotations

import numpy as np

from sim.kernels.distributions import MIXTURE, quantile
from sim.kernels.flow_calendar import step
from sim.kernels.flow_layout import (
    D_A,
    D_B,
    D_C,
    D_FAMILY,
    D_LOW,
    D_SPAN,
    EPISODE,
    PERSON_ID,
    REVISIT,
    STREAM,
)
from sim.kernels.randomness import philox4x32

WAITING_OCCASION = 1 << 20  # reneging, worsening and death of one wait
BLOCKED_OCCASION = 1 << 21  # patience of somebody blocked on the way here
ARRIVAL_OCCASION = 1 << 22  # whether somebody from outside joins a long queue


@step
def words(state, entity, node, occasion):  # type: ignore[no-untyped-def]
    """Four random words of an entity at a node."""
    return philox4x32(
        np.uint32(state.entity_int[entity, PERSON_ID]),
        np.uint32(state.entity_int[entity, EPISODE]),
        np.uint32(state.node_int[node, STREAM]),
        np.uint32(occasion),
        state.key[0],
        state.key[1],
    )


@step
def visits_before(state, entity, node):  # type: ignore[no-untyped-def]
    """How often this episode has joined the node so far (0 where it can come only once)."""
    revisit = state.node_int[node, REVISIT]
    return state.visits[entity, revisit] if revisit >= 0 else 0


@step
def this_visit(state, entity, node):  # type: ignore[no-untyped-def]
    """Number of the visit of an entity that has joined the node, from 0."""
    return max(visits_before(state, entity, node) - 1, 0)


@step
def draw(tables, row, u):  # type: ignore[no-untyped-def]
    """Value of one declared distribution at one uniform.

    Truncation is a narrower span of probability. Of a mixture the uniform first chooses the part and then,
    stretched to that part's share, its value: a pure function of the uniform, though not an increasing one.
    """
    d = tables.distribution
    if d[row, D_FAMILY] == MIXTURE:
        part = np.int64(d[row, D_A])
        before = 0.0
        while tables.points[part, 0] <= u:
            before = tables.points[part, 0]
            part += 1
        u = (u - before) / (tables.points[part, 0] - before)
        row = np.int64(tables.points[part, 1])
    inside = d[row, D_LOW] + u * d[row, D_SPAN]
    return quantile(np.int64(d[row, D_FAMILY]), d[row, D_A], d[row, D_B], d[row, D_C], inside, tables.points)
