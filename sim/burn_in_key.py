"""What a burn-in reads, as one hash: units of the same hash come to the same state, to the bit.

A hash too many costs the seconds of a burn-in, a hash too few would be a wrong result. So whole parts enter
it, less what is named here as read from month 0 only: code and versions, settings, every table, residents,
demand, slots, and the network as people meet it before month 0. Of that network it is told where everybody
goes on and how long everything takes, not how it is laid out: a scenario that may change ways later gives
them rows of their own, which changes nothing while their figures are the same.
"""

from __future__ import annotations

import hashlib
import platform
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.fingerprint import fingerprint
from sim.kernels import flow_layout as at
from sim.source import code_sha256

if TYPE_CHECKING:
    from sim.care.network import Network
    from sim.care.pooled import PooledService
    from sim.care.system import CareSystem
    from sim.health.demand import Demand
    from sim.model import HealthSystem
    from sim.population.residents import Residents

_PACKAGES = ("numpy", "numba", "scipy", "pandas")
_DEMAND_LATER = ("programme_curves", "slower", "_most", "_programmes", "_tables")
"""What demand reads from month 0 only, and tables that are written anew each month."""
_BURN_IN = 0  # first of a rule's months


def burn_in_key(model: HealthSystem) -> str:
    """Return the hash of everything that the burn-in of a model reads, as it stands before it."""
    parts, settings = model.parts, model.settings
    demand = parts.demand
    visitors = {name: value for name, value in vars(parts.visitors).items() if value is not demand}
    return fingerprint(
        _environment(), settings, model.world.tables_key, parts.key, _people(parts.residents), parts.copies,
        _demand(demand), visitors, parts.feedback, parts.onsets, parts.life.index,
        [(j, _slots(service)) for j, service in parts.pooled.items()], _care(parts.care),
    )  # fmt: skip


@cache
def _environment() -> tuple[str, ...]:
    """Return the code, the machine's kind and the versions of what may change a number."""
    versions = (f"{name} {version(name)}" for name in _PACKAGES)
    return code_sha256(), platform.platform(), platform.processor(), platform.python_version(), *versions


def _people(residents: Residents) -> dict[str, Any]:
    """Return all that is known of residents but clocks and programmes, which begin in month 0."""
    names = ("size", "column_of", "columns", "person", "birth_month", "cell", "stratum", "soonest")
    return {name: getattr(residents, name) for name in names}


def _demand(demand: Demand) -> dict[str, Any]:
    return {name: value for name, value in vars(demand).items() if name not in _DEMAND_LATER}


def _slots(service: PooledService) -> tuple[Any, ...]:
    """Return the slots of a service in the burn-in, changes of the scenario included where they act then."""
    own = {f.name: getattr(service, f.name) for f in fields(service) if f.name != "changes"}
    acting = [one for one in service.changes if one.factor[_BURN_IN] != 1.0 or one.added[_BURN_IN] != 0.0]
    return own, acting


# ---------------------------------------------------------------------------------------- the network
def _care(care: CareSystem) -> dict[str, Any]:
    network = care.networks.at(-1)
    state = care.state._state
    flow = care.state.network
    return {
        "names": (flow.node_names, flow.exit_names, flow.kinds), "nodes": flow.nodes, "start": care.start,
        "unlimited": care.unlimited, "schedules": network.schedules, "kinds": network.kinds,
        "opening": (state.node_int, state.node_float, state.clock, state.key, len(state.entity_int)),
        "rules": [
            (node, rule.factor[_BURN_IN], rule.added[_BURN_IN], rule.carries, _pressed(rule.pressure))
            for node, rule in care.rules.items()
        ],
        "ways": as_met(network),
    }  # fmt: skip


def _pressed(pressure: npt.NDArray[np.float64] | None) -> float:
    return 0.0 if pressure is None else float(pressure[_BURN_IN])


def as_met(network: Network) -> dict[str, Any]:
    """Return a network's tables as people meet them, whatever rows they lie in.

    Distributions are told by their figures, at each node and kind; ways on at each node, kind and hour of the
    week by the shares, targets and delays of those that somebody takes. Levels of escalation count where
    there are places to open.
    """
    tables, escalating = network.flow.tables, network.flow.nodes.escalation_places > 0
    spread = tables.distribution
    by_row = np.array([_way(network, row) for row in range(len(tables.route_start) - 1)], np.uint64)
    clocks = np.where(tables.clocks[..., None] >= 0, spread[tables.clocks], np.nan)
    return {
        "service": spread[tables.service], "scale": tables.service_scale, "priority": tables.priority,
        "clocks": clocks, "uses": tables.uses, "balking": tables.balking,
        "escalation": np.where(escalating[:, None], tables.escalation, 0.0),
        "points": tables.points, "mixed": _mixed(tables),
        "routes": by_row[tables.route_row][:, :, tables.week_slot],
    }  # fmt: skip


def _mixed(tables: at.Tables) -> npt.NDArray[np.float64]:
    """Return the distributions that mixtures are made of: a part names one by its row."""
    return tables.distribution[: int(tables.points[:, 1].max(initial=0.0)) + 1]


def _way(network: Network, row: int) -> int:
    """Return a number for what one routing row does."""
    tables = network.flow.tables
    first, last = int(tables.route_start[row]), int(tables.route_start[row + 1])
    cumulative, edge = tables.route_cumulative[first:last], tables.edge[first:last]
    taken = np.diff(cumulative, prepend=0.0) > 0.0
    cumulative, edge = cumulative[taken], edge[taken]
    delay = edge[:, at.EDGE_DELAY]
    times = np.where(delay[:, None] >= 0, tables.distribution[delay], np.nan)
    told = (cumulative, edge[:, at.EDGE_TARGET], edge[:, at.EDGE_HOLDS], times)
    content = b"".join(np.ascontiguousarray(one).tobytes() for one in told)
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


__all__ = ["burn_in_key"]
