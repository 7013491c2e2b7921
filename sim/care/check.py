"""What no schema can say: reachable nodes, a way out, and offered load below the places of every node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.care.handing_on import check_rings
from sim.care.problems import Complaints
from sim.care.schema import NetworkFile
from sim.care.streams import ArrivalStream
from sim.care.values import list_kinds
from sim.kernels import flow_layout as at
from sim.kernels.distribution_parameters import Native, mean_of
from sim.kernels.distributions import MIXTURE
from sim.kernels.flow_layout import FlowNetwork, Tables


def check_structure(
    file: NetworkFile, flow: FlowNetwork, streams: Sequence[ArrivalStream], complaints: Complaints
) -> None:
    """Complain about nodes that nobody can reach or leave, and about diversions that run in a ring."""
    if not file.exits:
        complaints.add("exits", "none", "at least one exit")
    if complaints.problems:
        return
    steps = _steps(flow)
    for node, name in enumerate(flow.node_names):
        most = int(flow.nodes.escalation_places[node])
        if most and int(flow.nodes.places[node]) >= at.UNLIMITED:
            complaints.add(f"nodes.{name}.escalation", "unlimited places", "a node with a number of places")
    sources = {stream.node for stream in streams} or set(range(len(flow.node_names)))
    diverted = [{int(to)} if to >= 0 else set() for to in flow.nodes.divert]
    seen = _reach(sources, [a | b for a, b in zip(steps, diverted, strict=True)])
    for node, name in enumerate(flow.node_names):
        if node not in seen:
            complaints.add(f"nodes.{name}", "no arrivals and no route to it", "a node that can be reached")
        elif not any(_leaves(flow, n) for n in _reach({node}, steps)):
            complaints.add(f"routes.{name}", "no way to an exit", "a way to an exit from every node")
        ring, at_node = {node}, int(flow.nodes.divert[node])
        while at_node >= 0 and at_node not in ring:
            ring.add(at_node)
            at_node = int(flow.nodes.divert[at_node])
        if at_node >= 0:
            complaints.add(f"nodes.{name}.divert_to", file.nodes[name].divert_to, "diversions without a ring")
    check_rings(file, complaints)
    if not complaints.problems:
        _check_kinds(file, flow, streams, complaints)


def _check_kinds(
    file: NetworkFile, flow: FlowNetwork, streams: Sequence[ArrivalStream], complaints: Complaints
) -> None:
    """Complain about nodes that some kind of person comes to and whose routes never let that kind out."""
    n = len(flow.node_names)
    taken = routing(flow) > 0.0
    inside = taken[:, :, :n]
    comes = np.full((flow.kinds, n), not streams)
    for stream in streams:
        comes[:, stream.node] |= stream.weights > 0.0
    out: NDArray[np.bool_] = np.asarray(taken[:, :, n:].any(axis=2))
    known = -1
    while known < (known := int(comes.sum() + out.sum())):
        comes |= (comes[:, :, None] & inside).any(axis=1)
        out |= (inside & out[:, None, :]).any(axis=2)
    kinds = list_kinds(file.kinds)
    for node in np.flatnonzero((comes & ~out).any(axis=0)):
        kind = kinds[int(np.flatnonzero(comes[:, node] & ~out[:, node])[0])]
        of = " for " + ", ".join(f"{word} {level}" for word, level in kind.items()) if kind else ""
        key = f"routes.{flow.node_names[node]}"
        complaints.add(key, f"no way to an exit{of}", "a way to an exit for every kind of person")


def _row_targets(tables: Tables, row: int) -> NDArray[np.int64]:
    return tables.edge[tables.route_start[row] : tables.route_start[row + 1], at.EDGE_TARGET]


def _steps(flow: FlowNetwork) -> list[set[int]]:
    """Nodes that follow each node for some kind of person."""
    rows = flow.tables.route_row
    steps = [
        {int(t) for row in set(rows[node].ravel().tolist()) for t in _row_targets(flow.tables, row) if t >= 0}
        for node in range(len(flow.node_names))
    ]
    for node, targets in enumerate(flow.nodes.clock_to):
        steps[node] |= {int(t) for t in targets if t >= 0}
    return steps


def _leaves(flow: FlowNetwork, node: int) -> bool:
    rows = set(flow.tables.route_row[node].ravel().tolist())
    return any((_row_targets(flow.tables, row) < 0).any() for row in rows)


def _reach(start: set[int], steps: list[set[int]]) -> set[int]:
    seen, ahead = set(start), list(start)
    while ahead:
        for node in steps[ahead.pop()] - seen:
            seen.add(node)
            ahead.append(node)
    return seen


def traffic(
    flow: FlowNetwork, rates: NDArray[np.float64], week: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Arrivals per minute at each node and kind when nobody is turned away, diverted or removed.

    Solves the traffic equations lambda = external + lambda P for each kind.

    Args:
        flow: The compiled network.
        rates: Arrivals from outside per minute, shape (N, K).
        week: Weights of the hours of the week, (168,), where ways on differ by hour; all alike by default.

    Returns:
        Arrivals per minute from outside and inside, shape (N, K).
    """
    ways = routing(flow, week)[:, :, : len(rates)]
    return _solved(np.eye(len(rates))[:, :, None] - ways.transpose(2, 1, 0), rates)


def visits_ahead(flow: FlowNetwork, counted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Visits to the nodes counted, (N,), that somebody makes from each node on, that one included: (N, K).

    Nobody is turned away, diverted or removed; all hours of the week are alike.
    """
    n = len(counted)
    ways = routing(flow)[:, :, :n]
    return _solved(np.eye(n)[:, :, None] - ways.transpose(1, 2, 0), np.repeat(counted[:, None], len(ways), 1))


def _solved(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solution of one system of equations per kind: `left` (N, N, K), `right` (N, K). Gaussian elimination.

    No row is exchanged: in I - P transposed each column's diagonal outweighs the rest of it, unless nobody
    gets out. Nearly all is zero and is passed over. A linear-algebra library would give other last digits on
    another processor, and its threads take seconds where several processes share the cores.

    Raises:
        LinAlgError: People go round for ever.
    """
    left, right = left.copy(), right.copy()
    n = len(right)
    for pivot in range(n):
        if not left[pivot, pivot].all():
            raise np.linalg.LinAlgError("nobody leaves some part of the network")
        below = pivot + 1 + np.flatnonzero(left[pivot + 1 :, pivot].any(axis=1))
        ahead = pivot + np.flatnonzero(left[pivot, pivot:].any(axis=1))
        if below.size:
            factor = left[below, pivot] / left[pivot, pivot]
            left[np.ix_(below, ahead)] -= factor[:, None] * left[pivot, ahead]
            right[below] -= factor * right[pivot]
    for pivot in reversed(range(n)):
        ahead = pivot + 1 + np.flatnonzero(left[pivot, pivot + 1 :].any(axis=1))
        known = (left[pivot, ahead] * right[ahead]).sum(axis=0)
        right[pivot] = (right[pivot] - known) / left[pivot, pivot]
    return right


def routing(flow: FlowNetwork, week: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Probability of each way from a node by kind, over the hours of the week.

    Shape (K, N, N + exits): to the nodes, then to the exits.

    Args:
        flow: The compiled network.
        week: Weights of the hours of the week, (168,); all alike by default.
    """
    tables = flow.tables
    n = len(flow.node_names)
    rows = np.zeros((len(tables.route_start) - 1, n + len(flow.exit_names)))
    row = np.repeat(np.arange(len(rows)), np.diff(tables.route_start))
    first = np.isin(np.arange(len(row)), tables.route_start)
    shares = tables.route_cumulative - np.where(first, 0.0, np.roll(tables.route_cumulative, 1))
    targets = tables.edge[:, at.EDGE_TARGET]
    np.add.at(rows, (row, np.where(targets >= 0, targets, n - 1 - targets)), shares)
    hours = _hours(tables, week)
    # most nodes and kinds have the rows of others throughout the week: each week is added up once
    shape = tables.route_row.shape
    weeks, which = np.unique(tables.route_row.reshape(-1, shape[2]), axis=0, return_inverse=True)
    ways, at_time = np.zeros((2, len(weeks), rows.shape[1]))
    for time, share in enumerate(hours):
        np.take(rows, weeks[:, time], axis=0, out=at_time, mode="clip")  # without a copy of its own
        at_time *= share
        ways += at_time
    by_node = ways[which.ravel()].reshape(*shape[:2], -1)
    return np.ascontiguousarray(by_node.transpose(1, 0, 2))


def _hours(tables: Tables, week: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Share of each time of the week at which ways on differ."""
    hours = np.bincount(tables.week_slot, week, minlength=tables.route_row.shape[2])
    return np.asarray(hours / hours.sum())


Edge = tuple[int, int, int, float]
"""Target, delay row, holds place, probability."""


def _edges(tables: Tables, rows: tuple[int, ...], hours: list[float]) -> list[Edge]:
    """The ways on of a node and kind with these rows at the times of the week, whose shares are `hours`."""
    found: dict[tuple[int, int, int], float] = {}
    of_row: dict[int, float] = {}
    for row, hour in zip(rows, hours, strict=True):
        of_row[row] = of_row.get(row, 0.0) + hour
    for row, share_of_week in sorted(of_row.items()):
        first, last = int(tables.route_start[row]), int(tables.route_start[row + 1])
        shares = np.diff([0.0, *tables.route_cumulative[first:last]])
        for edge, share in zip(tables.edge[first:last], shares, strict=True):
            key = (int(edge[0]), int(edge[1]), int(edge[2]))
            found[key] = found.get(key, 0.0) + float(share) * share_of_week
    return [(*key, share) for key, share in found.items()]


def _all_edges(tables: Tables) -> list[list[list[Edge]]]:
    """The ways on of every node and kind; kinds that share rows share the list."""
    found: dict[tuple[int, ...], list[Edge]] = {}
    n, kinds = tables.service.shape
    each: list[list[list[Edge]]] = [[] for _ in range(n)]
    hours = _hours(tables, None).tolist()
    for node in range(n):
        for kind in range(kinds):
            rows = tuple(tables.route_row[node, kind].tolist())
            if rows not in found:
                found[rows] = _edges(tables, rows, hours)
            each[node].append(found[rows])
    return each


def _holding_minutes(flow: FlowNetwork, ways: list[list[list[Edge]]]) -> NDArray[np.float64]:
    """Mean place-minutes that one visit takes when nothing ahead is full. Shape (N, K).

    Service, delays during which the place is held, and the time at nodes ahead that hold upstream.
    """
    tables = flow.tables
    means = np.zeros(len(tables.distribution))
    delays = {delay for of_node in ways for edges in of_node for _, delay, _, _ in edges if delay >= 0}
    for row in delays.union(tables.service.ravel().tolist()):
        means[row] = mean_of_row(tables, row)
    service = means[tables.service] * tables.service_scale
    after = np.zeros_like(service)  # held after service
    n, kinds = service.shape
    upstream = flow.nodes.holds_upstream.tolist()
    fixed = np.zeros((n, kinds))
    ahead: list[tuple[int, int, int, float]] = []  # node, kind, node ahead that holds upstream, probability
    for node in range(n):
        for kind in range(kinds):
            for target, delay, holds, share in ways[node][kind]:
                fixed[node, kind] += share * means[delay] if delay >= 0 and holds else 0.0
                if target >= 0 and upstream[target] and (delay < 0 or holds):
                    ahead.append((node, kind, target, share))
    here, who, there = (np.array([row[i] for row in ahead], dtype=np.int64) for i in range(3))
    share_ahead = np.array([row[3] for row in ahead])
    for _ in range(n):
        before = after
        after = fixed.copy()
        np.add.at(after, (here, who), share_ahead * (service[there, who] + before[there, who]))
        if np.array_equal(before, after):
            break
    # needs fall in equal steps, so the mean number of places used in service is that of first and last
    first, last = tables.uses[:, :, 0], tables.uses[:, :, 1]
    served = service * (first + last) / 2.0
    return np.asarray(np.where(flow.nodes.holds_upstream[:, None], served, served + after * last))


def mean_of_row(tables: Tables, row: int) -> float:
    """Mean of one compiled distribution, in minutes."""
    native = _native(tables.distribution[row])
    if native.family == MIXTURE:
        parts = tables.points[int(native.a) : int(native.a) + int(native.b)]
        shares = np.diff([0.0, *parts[:, 0]])
        return float(
            sum(s * mean_of_row(tables, int(part)) for s, part in zip(shares, parts[:, 1], strict=True))
        )
    return float(mean_of(native, tables.points))


def _native(row: NDArray[np.float64]) -> Native:
    return Native(int(row[0]), *(float(x) for x in row[1:]))


def offered_load_table(
    flow: FlowNetwork,
    mean_places: NDArray[np.float64],
    rates: NDArray[np.float64],
    week: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Offered load against places at every node.

    Args:
        flow: The compiled network.
        mean_places: Places open on average, shape (N,); infinite when unlimited.
        rates: Arrivals from outside per minute, shape (N, K).
        week: Weights of the hours of the week, (168,), where ways on differ by hour; all alike by default.

    Returns:
        Table node, arrivals_per_day, offered (mean places needed), places, ratio, and `unbounded`: whether a
        ratio of 1 or more makes some queue grow without end, here or further up. It does not where everybody
        who comes from outside can be turned away and every queue in between is finite, nor where people who
        are blocked overflow to an exit or to places without limit.
    """
    total = traffic(flow, rates, week)
    each = _all_edges(flow.tables)
    offered = (total * _holding_minutes(flow, each)).sum(axis=1)
    ways = [
        list({edge for kind in np.flatnonzero(used) for edge in each[node][int(kind)]})
        for node, used in enumerate(total > 0.0)
    ]
    outside = rates.sum(axis=1)
    unbounded = [_unbounded(flow, node, mean_places, outside, ways, set()) for node in range(len(total))]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(offered > 0.0, offered / mean_places, 0.0)
    return pd.DataFrame(
        {
            "node": flow.node_names,
            "arrivals_per_day": total.sum(axis=1) * at.DAY,
            "offered": offered,
            "places": mean_places,
            "ratio": ratio,
            "unbounded": unbounded,
        }
    )


def _relieved(flow: FlowNetwork, node: int, places: NDArray[np.float64]) -> bool:
    """Whether a declared substitute takes whoever is blocked in front of the node for too long.

    Substitutes of substitutes count; the last must be an exit or have places without limit.
    """
    tried = set()
    while node not in tried:
        tried.add(node)
        node = int(flow.nodes.clock_to[node, at.OVERFLOWS])
        if node == at.NOWHERE:
            return False
        if node < 0 or np.isinf(places[node]):
            return True
    return False


def _unbounded(
    flow: FlowNetwork,
    node: int,
    places: NDArray[np.float64],
    outside: NDArray[np.float64],
    ways: list[list[tuple[int, int, int, float]]],
    seen: set[int],
) -> bool:
    """Whether people whom the node cannot take gather somewhere without limit, here or further up."""
    seen.add(node)
    if outside[node] > 0.0 and flow.nodes.external_limit[node] >= at.UNLIMITED:
        return True
    if flow.nodes.internal_limit[node] < at.UNLIMITED and _relieved(flow, node, places):
        return False
    for before in range(len(flow.node_names)):
        edges = [edge for edge in ways[before] if edge[0] == node and edge[3] > 0.0]
        if not edges:
            continue
        released = any(delay >= 0 and not holds for _, delay, holds, _ in edges)
        open_ended = np.isinf(places[before]) and not flow.nodes.holds_upstream[before]
        if flow.nodes.internal_limit[node] >= at.UNLIMITED or released or open_ended:
            return True
        if before not in seen and _unbounded(flow, before, places, outside, ways, seen):
            return True
    return False
