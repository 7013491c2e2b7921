"""What happens to people who wait: they renege, worsen or die; who is blocked too long goes elsewhere.

Each wait has three keyed clocks that run from joining the queue; the first to ring acts, the others run on
after a worsening. A clock that has not rung when service starts is void.
"""

from __future__ import annotations

import math

import numpy as np

from sim.kernels.flow_calendar import push_event, step
from sim.kernels.flow_draws import BLOCKED_OCCASION, WAITING_OCCASION, draw, this_visit, visits_before, words
from sim.kernels.flow_layout import (
    CLOCK,
    DIES,
    KIND,
    OVERFLOWS,
    RENEGES,
    WAITING_CLOCKS,
    WORSENS,
)
from sim.kernels.randomness import uniform32


@step
def set_clocks(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """Draw when somebody who joins the queue would renege, worsen and die, and note the first of these."""
    kind = state.entity_int[entity, KIND]
    occasion = this_visit(state, entity, node) + WAITING_OCCASION
    w = words(state, entity, node, occasion)
    _clock(tables, state, entity, RENEGES, tables.clocks[node, kind, RENEGES], w[0], now)
    _clock(tables, state, entity, WORSENS, tables.clocks[node, kind, WORSENS], w[1], now)
    _clock(tables, state, entity, DIES, tables.clocks[node, kind, DIES], w[2], now)
    push_first_clock(state, entity)


@step
def _clock(tables, state, entity, which, row, word, now):  # type: ignore[no-untyped-def]
    time = math.inf
    if row >= 0:
        time = now + draw(tables, row, uniform32(np.uint32(word)))
    state.entity_float[entity, CLOCK + which] = time


@step
def first_clock(state, entity):  # type: ignore[no-untyped-def]
    """Which clock of the wait rings first; of equal ones the first in order."""
    first = 0
    for which in range(1, WAITING_CLOCKS):
        if state.entity_float[entity, CLOCK + which] < state.entity_float[entity, CLOCK + first]:
            first = which
    return first


@step
def push_first_clock(state, entity):  # type: ignore[no-untyped-def]
    """Put the first clock of the wait on the calendar, if any rings at all."""
    time = state.entity_float[entity, CLOCK + first_clock(state, entity)]
    if time < math.inf:
        push_event(state, time, entity)


@step
def set_patience(tables, state, entity, target, now):  # type: ignore[no-untyped-def]
    """Note when somebody blocked on the way to `target` goes elsewhere, if ever."""
    row = tables.clocks[target, state.entity_int[entity, KIND], OVERFLOWS]
    if row >= 0:
        occasion = visits_before(state, entity, target) + BLOCKED_OCCASION
        w = words(state, entity, target, occasion)
        push_event(state, now + draw(tables, row, uniform32(np.uint32(w[0]))), entity)


__all__ = ["first_clock", "push_first_clock", "set_clocks", "set_patience"]
