"""Is there a place for everybody? Offered load against places, told before a model runs.

Where the load of a node reaches its places, a queue grows without end and everything before it fills: the run
would measure how long it ran. So such a scenario is refused by name, unless the network declares what happens
instead (people are turned away, diverted, overflow or leave the queue). The load is that of the demand at the
start: growth is met by the declared escalation of the baseline (`sim/care/escalation.py`), and a season or a
surge passes; what they do is in the results. Each lasting change of a scenario is judged at its full effect.
Who is admitted in the last days of life dies in the bed after the mean of those days and goes no further.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.care import Network
from sim.care.calendar import mean_places
from sim.care.check import offered_load_table
from sim.care.like_ways import with_like_ways
from sim.care.problems import Complaints
from sim.care.schema import Node
from sim.care.system import PlaceRule
from sim.health.calendar import DAYS_A_YEAR, MINUTES_A_DAY, month_start
from sim.health.demand import Demand
from sim.health.entries import OUTSIDE
from sim.interventions.care_changes import CareChanges
from sim.interventions.specification import ScenarioSpecification, month_label
from sim.kernels.flow_layout import OVERFLOWS, WEEK_HOURS, FlowNetwork
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import N_AGE_BANDS

FloatArray = npt.NDArray[np.float64]
ANY = "all"
SUBSTITUTIONS = ("overflow", "reneging", "divert_to")
"""Keys of a node by which a network declares what becomes of people for whom there is no place. An overflow
to places without limit is one; wards that take each other's outliers are judged together."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Arrivals from outside the network, per minute and averaged over a year, (nodes, kinds) each."""

    living: FloatArray
    """Those whom the routes of the network lead on."""
    dying: FloatArray
    """Those admitted in their last days."""
    last_minutes: float
    """Mean minutes from such an admission to the death."""
    week: FloatArray
    """(168,) needs that arise in each hour of the week: ways on may differ by hour."""


def load_at_start(
    demand: Demand,
    residents: Residents,
    admitted: FloatArray,
    dying: FloatArray,
    network: Network,
    national: National,
) -> Load:
    """Return who arrives from outside the network.

    Args:
        demand: Rates of need, and where they enter.
        residents: The start population at full scale, strata set.
        admitted: Admissions a year at an onset, by sex and age band, (2, 7).
        dying: Admissions a year in the last days, by sex and age band, (2, 7).
        network: The network entered.
        national: National scalars.
    """
    size = residents.size
    neighbourhood, council, sex = (
        residents.column(name).astype(np.int64) for name in ("neighbourhood", "council", "sex")
    )
    band = residents.cell[:size].astype(np.int64) % N_AGE_BANDS
    kinds, places = len(network.kinds), demand.entry_shares.shape[1]
    cell = neighbourhood * kinds + council * N_AGE_BANDS + band
    people = np.bincount(sex * N_AGE_BANDS + band, minlength=admitted.size).reshape(admitted.shape)
    onset, last = (n / np.maximum(1, people) for n in (admitted, dying))
    found = np.zeros((2, len(network.node_names), kinds))
    week = np.zeros(WEEK_HOURS)
    flows = [j for j, need in enumerate(demand.classes) if not need.pooled]
    stratum = residents.stratum[:size]
    each = [(0, j, demand.rates[j][stratum]) for j in flows]
    for which, j, rate in [*each, (0, -1, onset[sex, band]), (1, -1, last[sex, band])]:
        arrivals = np.bincount(cell, rate, minlength=places * kinds).reshape(places, kinds)
        if j >= 0:
            week += arrivals.sum() * demand.weeks[j]
        shares = np.diff(demand.entry_shares[j], axis=1, prepend=0.0)
        for option, node in enumerate(demand.entry_nodes[j]):
            if node != OUTSIDE:
                found[which, node] += shares[:, option] @ arrivals
    living, dead = found / (DAYS_A_YEAR * MINUTES_A_DAY)
    lead = national.scalar("hospital_death_need_lead_days") * MINUTES_A_DAY
    return Load(living=living, dying=dead, last_minutes=lead, week=week)


def load_table(flow: FlowNetwork, places: FloatArray, load: Load) -> pd.DataFrame:
    """Return the offered load of every node (`offered_load_table`), with like kinds of people put together.

    Args:
        flow: The compiled network.
        places: (nodes,) places open on average.
        load: Who arrives.
    """
    tables = with_like_ways(flow.tables)
    n, kinds = tables.service.shape
    rows = tables.route_row.transpose(0, 2, 1).reshape(-1, kinds)
    places_used = tables.uses.transpose(0, 2, 1).reshape(-1, kinds)
    columns = np.concatenate([rows, places_used, tables.service, tables.service_scale])
    _, first, group = np.unique(columns, axis=1, return_index=True, return_inverse=True)
    alike = np.zeros((first.size, n))
    np.add.at(alike, group.ravel(), load.living.T)
    fewer = tables._replace(
        route_row=tables.route_row[:, first], service=tables.service[:, first],
        service_scale=tables.service_scale[:, first], uses=tables.uses[:, first],
    )  # fmt: skip
    found = offered_load_table(flow._replace(tables=fewer), places, alike.T, load.week)
    dying = load.dying.sum(axis=1)
    offered = found["offered"] + dying * load.last_minutes
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(offered > 0.0, offered / places, 0.0)
    arrivals = found["arrivals_per_day"] + dying * MINUTES_A_DAY
    return found.assign(arrivals_per_day=arrivals, offered=offered, ratio=ratio)


def check_load(
    changes: CareChanges,
    rules: tuple[Sequence[PlaceRule], Sequence[PlaceRule]],
    scenario: ScenarioSpecification,
    load: Load,
    national: National,
    months: int,
) -> None:
    """Refuse a scenario by name when the load of a node reaches its places and nothing is declared for it.

    Args:
        changes: The scenario's network, month by month.
        rules: How places differ from the calendar, in the scenario and in the baseline.
        scenario: What is changed.
        load: Who arrives from outside at the start.
        national: Its table `load_limits`.
        months: Months of the run.

    Raises:
        InputError: All nodes that are overloaded, each with the month and the places that are missing.
    """
    complaints = Complaints(f"scenario {scenario.full_name}")
    told: set[str] = set()
    for month in months_to_judge(scenario, changes.calendar_start, months):
        network = changes.networks.at(month)
        places = _places(network, rules, month_start(changes.calendar_start + month), month)
        flow = network.flow._replace(tables=changes.tables(month))
        for row in overloaded(load_table(flow, places, load), network, national).to_dict("records"):
            if row["node"] not in told:
                told.add(row["node"])
                _complain(complaints, row, month_start(changes.calendar_start + month))
    complaints.raise_any()


def months_to_judge(scenario: ScenarioSpecification, calendar_start: int, months: int) -> list[int]:
    """Return month 0 and the first month in which each lasting intervention is in force as fully as it is.

    What ends within the run, or acts in some months of the year only, passes: a queue that it makes can clear
    again, and what it does is in the results. A month in which something passing is in force gives way to the
    next in which nothing is.
    """
    labels = [month_label(calendar_start + month) for month in range(months)]
    shares = [(item, [item.share_in_force(label) for label in labels]) for item in scenario.interventions]
    found, passing = {0}, np.zeros(months, np.bool_)
    for item, share in shares:
        if share[-1] > 0.0 and not item.months_of_year:
            found.add(share.index(max(share)))
        else:
            passing |= np.array(share) > 0.0
    calm = [month + np.flatnonzero(~passing[month:])[:1] for month in found]
    return sorted({int(month[0]) for month in calm if month.size})


def overloaded(table: pd.DataFrame, network: Network, national: National) -> pd.DataFrame:
    """Return the rows of a load table whose ratio is at or over the limit, with nothing declared for it."""
    limits = national.tables["load_limits"].set_index("care")["value"]
    nodes: list[Node] = list(network.file.nodes.values())
    limit = np.array([float(limits.get(str(node.kind_of_care), limits[ANY])) for node in nodes])
    declared = np.array([any(getattr(node, key, None) for key in SUBSTITUTIONS[1:]) for node in nodes])
    together = _together(network, table)
    full = (table["ratio"] >= limit) & (together >= limit)
    return table.assign(limit=limit)[full & table["unbounded"] & ~declared]


def _together(network: Network, table: pd.DataFrame) -> FloatArray:
    """Return the load of each node and of all that it may overflow to, over the places of them all."""
    overflow = network.flow.nodes.clock_to[:, OVERFLOWS]
    offered, places = (table[name].to_numpy(np.float64) for name in ("offered", "places"))
    found = np.zeros(len(places))
    for node in range(len(places)):
        group, at_node = [node], int(overflow[node])
        while at_node >= 0 and at_node not in group:
            group.append(at_node)
            at_node = int(overflow[at_node])
        found[node] = offered[group].sum() / max(places[group].sum(), 1e-9)
    return found


def _complain(complaints: Complaints, row: dict[Any, Any], month: datetime.date) -> None:
    offered, places = row["offered"], row["places"]
    complaints.add(
        f"node {row['node']}",
        f"{offered:.1f} places needed on average and {places:.1f} open from {month:%Y-%m}",
        f"places needed under {row['limit']:.0%} of those open: {max(0.0, offered - places):.1f} places "
        "short, its queue would grow for ever. Send fewer people there, open more places, or let the network "
        f"say what becomes of those who find none ({', '.join(SUBSTITUTIONS)})",
    )


def _places(
    network: Network,
    rules: tuple[Sequence[PlaceRule], Sequence[PlaceRule]],
    date: datetime.date,
    month: int,
) -> FloatArray:
    """Return places open on average in the week of a date, as the scenario has them, without growth."""
    open_now = np.array([mean_places(schedule, date) for schedule in network.schedules], np.float64)
    hours = _share_open(network, date)
    for mine, baseline in zip(*rules, strict=True):
        factor = mine.factor[month + 1] / baseline.factor[month + 1]
        added = (mine.added[month + 1] - baseline.added[month + 1]) * hours[mine.node]
        open_now[mine.node] = max(0.0, open_now[mine.node] * factor + added)
    # places that open under pressure are a declared answer to a full node
    return open_now + np.where(open_now > 0.0, network.flow.nodes.escalation_places, 0)


def _share_open(network: Network, date: datetime.date) -> FloatArray:
    """Return the share of the week in which any place is open: added places are open then."""
    found = []
    for schedule in network.schedules:
        week = schedule.week_on(date)
        minutes = [*week.minutes, 7 * MINUTES_A_DAY]
        spans = zip(week.minutes, minutes[1:], strict=True)
        found.append(sum(b - a for a, b in spans if week.at(a) > 0) / (7 * MINUTES_A_DAY))
    return np.array(found)


__all__ = ["Load", "check_load", "load_at_start", "load_table", "months_to_judge", "overloaded"]
