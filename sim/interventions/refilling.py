"""Demand that capacity makes: new capacity meets people who were not served, freed beds are filled again.

At the end of each month the scenario's changes are held against what happened: places added times the use of
a place (`induced_share` of it is new demand), people moved to other care (`induced_share` for each), and bed
time freed (`freed_time.py`; `backfill_share` of it is filled). In the month after, that many people more are
expected at the node, of the kinds that use it now. Who they are is drawn by thinning: every resident has a
keyed uniform a month for each node and reason, held against a chance in proportion to the resident's own rate
of such needs. So a larger share adds people and takes none away, and shares of zero draw nothing.

Freed acute beds are filled by emergency admissions of their site. Freed elective beds are filled from the
lists: their slots grow by as many as it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.care.system import CareSystem
from sim.health.calendar import HOURS_A_DAY, month_days, weekdays
from sim.health.demand import Demand
from sim.interventions.added_places import added_places
from sim.interventions.care_changes import CareChanges
from sim.interventions.diversions import Diversions
from sim.interventions.freed_time import Freed, freed_by_places, freed_by_time, together
from sim.interventions.specification import (
    CapacityChange,
    DelayChange,
    Diversion,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
)
from sim.kernels.flow import Arrivals, Stages, Totals
from sim.kernels.needs import episode_codes
from sim.kernels.randomness import stream_key
from sim.kernels.thinning import thin
from sim.population.residents import REGISTERED, Residents

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
INDUCED, BACKFILL = "induced", "backfill"
MINUTES_A_DAY, MINUTES_AN_HOUR = 1440.0, 60.0
ACUTE, ELECTIVE, LISTS, AT_ONCE = "acute_beds", "elective_beds", "elective_admission_list", "urgent_admission"
DIRECT = "direct_admission"
ROUTINE, LEAST_URGENT = 1, 3
"""Priorities of those who come because there is room: routine on a list, the last of an emergency service."""
_SATURDAY = 5


@dataclass(kw_only=True)
class Wanted:
    """People expected at one node in the month after, for one reason."""

    by_kind: FloatArray
    owners: dict[str, float] = field(default_factory=dict)
    """By intervention."""


class Refilling:
    """Induced demand and backfill of one scenario.

    Args:
        scenario: What is changed.
        changes: Its network, month by month.
        care: The network at work; slots of elective lists are added to its rules.
        demand: Rates of need.
        residents: Who may come.
        copies: (N,) keyed copies of each need.
        cell_kind: (cells,) kind of people of each cell.
        key: The two words of `replicate_key`.
    """

    def __init__(
        self,
        scenario: ScenarioSpecification,
        changes: CareChanges,
        care: CareSystem,
        demand: Demand,
        residents: Residents,
        copies: npt.NDArray[np.uint16],
        cell_kind: IntArray,
        key: npt.NDArray[np.uint32],
    ) -> None:
        self.items = [item for item in scenario.interventions if _makes_demand(item)]
        self.changes, self.care, self.demand = changes, care, demand
        self.residents, self.copies, self.cell_kind, self.key = residents, copies, cell_kind, key
        self.calendar_start = changes.calendar_start
        nodes = list(care.network.file.nodes.values())
        self._care_of = [str(node.kind_of_care) for node in nodes]
        self._site = [node.site for node in nodes]
        self._upstream = [bool(node.holds_upstream) for node in nodes]
        self._kinds = len(care.network.kinds)
        self._own = np.isin(np.arange(self._kinds), cell_kind)  # people from elsewhere are no residents
        self._wanted: dict[tuple[str, int], Wanted] = {}
        self._stays: dict[str | None, tuple[float, FloatArray]] = {}
        self.freed: dict[str, float] = {}
        """Bed days that each intervention freed in the month that closed."""
        self.came: dict[tuple[str, str], float] = {}
        """People who came this month because of each intervention, by key and reason; listed people too."""

    # ------------------------------------------------------------------------------------ what is wanted
    def close_month(self, month: int, stages: Stages, totals: Totals, diversions: Diversions) -> None:
        """Hold the scenario's changes against a month that has ended."""
        self._wanted, self.freed, self._stays = {}, {}, {}
        if month < 0 or not self.items:
            return
        longer = month_days(self.calendar_start + month + 1) / month_days(self.calendar_start + month)
        times: list[tuple[ServiceTimeChange | DelayChange, float]] = []
        network = self.changes.networks.at(month)
        for item in self.items:
            share = item.acting(self.calendar_start + month)
            if share <= 0.0:
                continue
            if isinstance(item, CapacityChange):
                for name in item.nodes:
                    if name in network.node_names:
                        self._capacity(item, network.node(name), share, month, stages, totals, longer)
            elif isinstance(item, RoutingChange):
                self._routing(item, month, stages, longer)
            elif isinstance(item, Diversion):
                self._diverted(item, diversions, longer)
            elif isinstance(item, ServiceTimeChange | DelayChange):
                times.append((item, share))
        for freed in together(freed_by_time(times, network, stages)):
            self._fill(freed, month, stages, totals, longer)

    def _capacity(
        self, item: CapacityChange, node: int, share: float, month: int, stages: Stages, totals: Totals,
        longer: float,
    ) -> None:  # fmt: skip
        network = self.changes.networks.at(month)
        added = added_places(item, network, node, share, month, self.calendar_start, totals)
        for freed in freed_by_places(item, node, added, network, stages, totals):
            self._fill(freed, month, stages, totals, longer)
        places = totals.places[node] / totals.minutes
        if item.opens == "always" and added > 0.0 and places > 0.0:
            served, kinds = self._served(node, stages, totals)
            number = item.induced_share.value * added / places * served * longer
            self._want(INDUCED, item.key, self._entry(node), number, kinds)

    def _served(self, node: int, stages: Stages, totals: Totals) -> tuple[float, FloatArray]:
        """Return who was served at a node: how many in the month, and their kinds, (K,); stays, for beds."""
        mine = (stages.node == node) & ~np.isnan(stages.time_start)
        kinds = np.bincount(stages.kind[mine], minlength=self._kinds).astype(np.float64)
        return float(totals.starts[node]), kinds

    def _routing(self, item: RoutingChange, month: int, stages: Stages, longer: float) -> None:
        for target, kinds in self.changes.moved(item, month, stages, self._kinds).items():
            if target >= 0:  # nobody comes in at an exit
                number = item.induced_share.value * float(kinds.sum()) * longer
                self._want(INDUCED, item.key, self._entry(target), number, kinds)

    def _diverted(self, item: Diversion, diversions: Diversions, longer: float) -> None:
        node, taken = diversions.taken_by_kind.get(item.key, (-1, np.zeros(0, np.int64)))
        if node >= 0:
            kinds = np.bincount(taken, minlength=self._kinds).astype(np.float64)
            self._want(INDUCED, item.key, node, item.induced_share.value * taken.size * longer, kinds)

    def _fill(self, freed: Freed, month: int, stages: Stages, totals: Totals, longer: float) -> None:
        """Turn freed time into people of the next month."""
        self.freed[freed.key] = self.freed.get(freed.key, 0.0) + freed.minutes / MINUTES_A_DAY
        care, node = self._care_of[freed.node], freed.node
        if care == ACUTE:
            site = self._site[node]
            if site not in self._stays:
                self._stays[site] = self._emergency_stay(site, stages, totals)
            minutes, kinds = self._stays[site]
        else:
            served, kinds = self._served(node, stages, totals)
            minutes = float(totals.occupied[node]) / max(served, 1.0)
        number = freed.share * freed.minutes / max(minutes, 1.0) * longer
        if care == ELECTIVE:
            self._open_slots(freed.key, node, number, month, stages)
        else:
            self._want(BACKFILL, freed.key, self._entry(node), number, kinds)

    def _emergency_stay(self, site: str | None, stages: Stages, totals: Totals) -> tuple[float, FloatArray]:
        """Return bed minutes of one emergency stay at a site, all its beds together, and kinds of people."""
        beds = np.array([
            care == ACUTE and where == site for care, where in zip(self._care_of, self._site, strict=True)
        ])  # fmt: skip
        mine = beds[stages.node] & ~np.isnan(stages.time_start)
        onward = mine & (stages.next >= 0)
        onward[onward] = beds[stages.next[onward]]
        stays = float(totals.starts[beds].sum() - onward.sum())
        kinds = np.bincount(stages.kind[mine & ~onward], minlength=self._kinds).astype(np.float64)
        return float(totals.occupied[beds].sum()) / max(stays, 1.0), kinds

    def _entry(self, node: int) -> int | None:
        """Return where people who come from outside enter on the way to a node; None when nobody does."""
        if self._care_of[node] == ACUTE:
            found = [
                other
                for other, care in enumerate(self._care_of)
                if care == AT_ONCE and self._site[other] == self._site[node]
            ]
            return found[0] if found else node
        return None if self._upstream[node] else node

    def _want(self, reason: str, owner: str, node: int | None, number: float, kinds: FloatArray) -> None:
        kinds = kinds * self._own
        if node is None or number <= 0.0 or kinds.sum() <= 0.0:
            return
        wanted = self._wanted.setdefault((reason, node), Wanted(by_kind=np.zeros(self._kinds)))
        wanted.by_kind += number * kinds / kinds.sum()
        wanted.owners[owner] = wanted.owners.get(owner, 0.0) + number

    def _open_slots(self, owner: str, node: int, number: float, month: int, stages: Stages) -> None:
        """Take so many more people a month off the lists of a site that a freed elective bed is filled."""
        lists = [
            n for n, care in enumerate(self._care_of) if care == LISTS and self._site[n] == self._site[node]
        ]
        leaving = np.isin(stages.node, lists)
        to_bed = float((leaving & np.isin(stages.next, [node])).sum())
        if to_bed <= 0.0:
            return
        people = number * float(leaving.sum()) / to_bed
        served = np.bincount(stages.node[leaving], minlength=len(self._care_of))[lists]
        days = int((np.asarray(weekdays(self.calendar_start + month + 1)) < _SATURDAY).sum())
        for which, part in zip(lists, served / served.sum(), strict=True):
            rule = self.care.rules.get(which)
            if rule is not None and month + 2 < rule.added.size:
                rule.added[month + 2] += people * part / days
        self.came[BACKFILL, owner] = self.came.get((BACKFILL, owner), 0.0) + number

    # ------------------------------------------------------------------------------------ who comes
    def arrivals(
        self, month: int, start: float, status: npt.NDArray[np.uint8], exit_hour: FloatArray
    ) -> Iterator[Arrivals]:
        """Yield the arrivals of a month that the month before made room for.

        Args:
            month: Month of the run.
            start: Its first minute.
            status: (N,) registered or not at the month's start.
            exit_hour: (N,) hour of the month at which a resident dies or leaves; infinity otherwise.
        """
        for (reason, node), wanted in self._wanted.items():
            yield self._arrivals(reason, node, wanted, month, start, status, exit_hour)

    def _arrivals(
        self, reason: str, node: int, wanted: Wanted, month: int, start: float,
        status: npt.NDArray[np.uint8], exit_hour: FloatArray,
    ) -> Arrivals:  # fmt: skip
        residents, occasion = self.residents, self.calendar_start + month
        needs = self._needs_of(node)
        stream = stream_key(f"{reason}/{self.care.names[node]}")
        kind = self.cell_kind[residents.cell[: residents.size]]
        weight = self.demand.rates[needs].sum(axis=0)[residents.stratum[: residents.size]]
        never = np.bincount(kind, weight, minlength=self._kinds) <= 0.0
        weight = np.where(never[kind], 1.0, weight) * (status == REGISTERED)
        total = np.bincount(kind, weight * self.copies[: residents.size], minlength=self._kinds)
        each = np.divide(wanted.by_kind, total, out=np.zeros_like(total), where=total > 0.0)
        row, copy, draw = thin(
            residents.person[: residents.size], np.minimum(1.0, each[kind] * weight),
            self.copies[: residents.size], np.uint32(occasion), np.uint32(stream), self.key,
        )  # fmt: skip
        profile = self.demand.profile_of(needs[0], occasion)
        hour = np.interp(draw[:, 0], profile, np.arange(month_days(occasion) * HOURS_A_DAY + 1.0))
        there = hour < exit_hour[row]
        row, copy, hour = row[there], copy[there], hour[there]
        for owner, number in wanted.owners.items():
            mine = row.size * number / sum(wanted.owners.values())
            self.came[reason, owner] = self.came.get((reason, owner), 0.0) + mine
        code = episode_codes(np.uint32(stream), np.uint32(occasion), copy).astype(np.int64)
        return (
            start + hour * MINUTES_AN_HOUR, np.full(row.size, node), kind[row].astype(np.int64),
            np.full(row.size, self._priority(node)), row, residents.person[row],
            (code & ~1) | (copy == 0),
        )  # fmt: skip

    def _needs_of(self, node: int) -> list[int]:
        """Return the classes that bring people to a node; all that end in admission where none does."""
        care, classes = self._care_of[node], self.demand.classes
        found = [
            j
            for j, need in enumerate(classes)
            if not need.pooled and (care == need.care or care in need.counted_at)
        ]
        admission = {name for need in classes if need.care == DIRECT for name in need.answers}
        return found or [
            j for j, need in enumerate(classes) if not need.pooled and admission & set(need.answers)
        ]

    def _priority(self, node: int) -> int:
        care = self._care_of[node]
        if care == AT_ONCE:
            return 0
        return ROUTINE if care.startswith("elective") else LEAST_URGENT

    def take_counts(self) -> dict[str, dict[str, float]]:
        """Return the month's measures of the table of programmes by intervention, and start anew."""
        found: dict[str, dict[str, float]] = {}
        for key, days in self.freed.items():
            found.setdefault(key, {})["freed_bed_days"] = days
        for (reason, key), number in self.came.items():
            found.setdefault(key, {})[f"{reason}_people"] = number
        self.came = {}
        return found


def _makes_demand(item: object) -> bool:
    """Tell whether an intervention has a share of induced demand or of backfill above zero."""
    shares = (getattr(item, name, None) for name in ("induced_share", "backfill_share"))
    return any(share is not None and share.value > 0.0 for share in shares)


__all__ = ["BACKFILL", "INDUCED", "Refilling"]
