"""Copying what is wanted out of the kernel's tables, row by row: each record is fetched from memory once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.flow_layout import (
    BLOCKED,
    BLOCKED_FOR,
    BLOCKED_HERE,
    DELAYED,
    END,
    EPISODE,
    ESCALATED,
    ESCALATION_PLACES,
    FREE,
    HELD,
    HOLD,
    HOLD_END,
    HOLD_NEXT,
    HOLD_START,
    IN_DELAY,
    IN_SERVICE,
    JOIN,
    KIND,
    NODE,
    OCCUPIED,
    OPEN,
    PERSON_ID,
    PERSON_SLOT,
    PLACES,
    QUEUE,
    START,
    STATUS,
    TARGET,
    UNLIMITED,
)  # fmt: skip


def columns(number: int, rows: int, like: type) -> tuple[npt.NDArray[Any], ...]:
    """Return so many columns to be written, each an array of its own: small enough to be used again."""
    return tuple(np.empty(rows, like) for _ in range(number))


@njit(cache=True)
def copy_stages(rows, slot, person, episode, kind, node, following, join, start, end, leave, ints, floats):  # type: ignore[no-untyped-def]
    """Copy some stages.

    Args:
        rows: (n,) which.
        slot: (N,) columns of the stages, of whatever width, as the nine that follow.
        person: (N,) identity.
        episode: (N,) code of the episode.
        kind: (N,) kind of person.
        node: (N,) node.
        following: (N,) what followed.
        join: (N,) minutes, as the three that follow.
        start: (N,) minutes.
        end: (N,) minutes.
        leave: (N,) minutes.
        ints: Six arrays, (n,) written: the first six columns.
        floats: Four arrays, (n,) written: the others.
    """
    for i in range(rows.size):
        row = rows[i]
        ints[0][i] = slot[row]
        ints[1][i] = person[row]
        ints[2][i] = episode[row]
        ints[3][i] = kind[row]
        ints[4][i] = node[row]
        ints[5][i] = following[row]
        floats[0][i] = join[row]
        floats[1][i] = start[row]
        floats[2][i] = end[row]
        floats[3][i] = leave[row]


@njit(cache=True)
def copy_present(entity_int, entity_float, wanted, residents, ints, floats):  # type: ignore[no-untyped-def]
    """Copy who is in the network, and return how many they are.

    Args:
        entity_int: (capacity, ENTITY_INTS) as the kernel has them.
        entity_float: (capacity, ENTITY_FLOATS) the same memory.
        wanted: (N,) nodes at which people are wanted.
        residents: Whether residents alone are.
        ints: Seven arrays, (people,) written: slot, identity, episode, kind, node, status, target.
        floats: Two arrays, (people,) written: minutes of joining and of the beginning of service.
    """
    found = 0
    for entity in range(entity_int.shape[0]):
        status, slot = entity_int[entity, STATUS], entity_int[entity, PERSON_SLOT]
        if status == FREE or not wanted[entity_int[entity, NODE]] or (residents and slot < 0):
            continue
        ints[0][found] = slot
        ints[1][found] = np.uint32(entity_int[entity, PERSON_ID])
        ints[2][found] = np.uint32(entity_int[entity, EPISODE])
        ints[3][found] = entity_int[entity, KIND]
        ints[4][found] = entity_int[entity, NODE]
        ints[5][found] = status
        ints[6][found] = entity_int[entity, TARGET]
        floats[0][found] = entity_float[entity, JOIN]
        floats[1][found] = entity_float[entity, START]
        found += 1
    return found


@njit(cache=True)
def copy_holding(entity_int, entity_float, upstream, ints, floats):  # type: ignore[no-untyped-def]
    """Copy every place in use, first those of where people are, then those kept further up; return how many.

    Args:
        entity_int: (capacity, ENTITY_INTS) as the kernel has them.
        entity_float: (capacity, ENTITY_FLOATS) the same memory.
        upstream: (N,) nodes at which the place is given back as soon as service is over.
        ints: Four arrays, (2 people,) written: slot, episode, node, what follows.
        floats: Two arrays, (2 people,) written: minutes of the beginning and the end of service.
    """
    found = 0
    for entity in range(entity_int.shape[0]):
        status = entity_int[entity, STATUS]
        if status == IN_SERVICE or (status in (BLOCKED, IN_DELAY) and not upstream[entity_int[entity, NODE]]):
            if entity_int[entity, OPEN] == 1:
                ints[0][found] = entity_int[entity, PERSON_SLOT]
                ints[1][found] = np.uint32(entity_int[entity, EPISODE])
                ints[2][found] = entity_int[entity, NODE]
                ints[3][found] = entity_int[entity, TARGET]
                floats[0][found] = entity_float[entity, START]
                floats[1][found] = entity_float[entity, END]
                found += 1
    for entity in range(entity_int.shape[0]):
        if entity_int[entity, STATUS] != FREE and entity_int[entity, HOLD] >= 0:
            ints[0][found] = entity_int[entity, PERSON_SLOT]
            ints[1][found] = np.uint32(entity_int[entity, EPISODE])
            ints[2][found] = entity_int[entity, HOLD]
            ints[3][found] = entity_int[entity, HOLD_NEXT]
            floats[0][found] = entity_float[entity, HOLD_START]
            floats[1][found] = entity_float[entity, HOLD_END]
            found += 1
    return found


@njit(cache=True)
def copy_moment(node_int, nodes, out):  # type: ignore[no-untyped-def]
    """Write counts of some nodes at this moment.

    Args:
        node_int: (N, columns) state of the nodes.
        nodes: (n,) indices.
        out: (4, n) written: places in use, people without one who seek it, people who keep one after service,
            and places open, -1 where there is no limit.
    """
    for i in range(nodes.size):
        now = node_int[nodes[i]]
        places = now[PLACES] + now[ESCALATED] * now[ESCALATION_PLACES]
        out[0, i] = now[OCCUPIED]
        out[1, i] = now[QUEUE] + now[BLOCKED_FOR]
        out[2, i] = now[BLOCKED_HERE] + now[HELD] + now[DELAYED]
        out[3, i] = places if places < UNLIMITED else -1


__all__ = ["columns", "copy_holding", "copy_moment", "copy_present", "copy_stages"]
