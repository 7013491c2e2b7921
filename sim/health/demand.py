"""Demand: published rates of use turned into what each resident needs each month, and where it enters.

A published rate counts everybody who reaches a kind of care, however they came. What the network itself
sends there (ambulances to A&E, A&E to beds) is taken off, so that arrivals from outside and from inside add
up to the published rate: the traffic equations of the network give what one arrival sends on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack
from sim.care import Network
from sim.care.check import traffic
from sim.health import recent_use
from sim.health.calendar import DAYS_A_YEAR, HOURS_A_DAY, MONTHS_A_YEAR, month_days, month_profile
from sim.health.elsewhere import Elsewhere, by_band
from sim.health.entries import OUTSIDE, Entries
from sim.health.needs import N_STRATA, NeedClass
from sim.health.programme_curves import ProgrammeArrays, flatten_curves, largest_product
from sim.health.published import published_rates
from sim.health.recent_use import EVENT_CARE, EVENT_ELSEWHERE, EVENT_GROWTH, RecentUse
from sim.health.use_ratios import annual_rates
from sim.health.visitors import of_residents
from sim.interventions.effects import Curve
from sim.kernels import needs as kernel
from sim.kernels.randomness import stream_key
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import N_AGE_BANDS, N_SEXES, OLDEST_AGE, age_band_of_year

FloatArray = npt.NDArray[np.float64]
LONGEST_MONTH_HOURS = 31 * HOURS_A_DAY


class _Fixed(ProgrammeArrays):
    """The fields of `NeedClasses` that are the same in every month."""

    gate: npt.NDArray[np.uint32]
    lane: npt.NDArray[np.uint8]
    recent: npt.NDArray[np.uint8]
    stream: npt.NDArray[np.uint32]
    flows: npt.NDArray[np.uint8]
    entry_share: FloatArray
    entry_node: npt.NDArray[np.int64]
    priority_share: FloatArray


class Demand:
    """Compiled demand of one run.

    Args:
        classes: Kinds of need, those that share a gate side by side.
        national: National tables.
        area: Area pack.
        residents: The start population at full scale, strata set: rates are normalised on it.
        network: The care network: what one arrival sends on.
        curves: Effects of the scenario.
        calendar_start: Calendar month of month 0.
        admitted: Admissions a year at an onset, by sex and age band, (2, 7).
        dying: Admissions a year in the last days, by sex and age band, (2, 7).
        growth: Whether use grows beyond demography.
        recent: Whether recent use multiplies needs.
    """

    def __init__(
        self,
        classes: Sequence[NeedClass],
        national: National,
        area: AreaPack,
        residents: Residents,
        network: Network,
        curves: Sequence[Curve],
        calendar_start: int,
        admitted: FloatArray,
        dying: FloatArray,
        growth: bool = True,
        recent: bool = True,
    ) -> None:
        self.classes = tuple(classes)
        self.calendar_start = calendar_start
        people = _people(residents)
        scalars = area.tables["network_parameters"].set_index("name")["value"]
        targets = of_residents(
            published_rates(national, area, people), float(scalars["outside_share_of_arrivals"])
        )
        entries = Entries(self.classes, area, network, _use(self.classes, targets, residents, area))
        self.inside_share = (entries.inside.sum(axis=2) * entries.weight).sum(axis=1)
        """(J + 1,) share of each class that sites of the area serve."""
        self._week = np.stack([_profile(national, need.rate_like, "weekday", 7) for need in classes])
        self._hours = np.stack([_profile(national, need.rate_like, "hour", HOURS_A_DAY) for need in classes])
        weeks = (self._week[:, :, None] * self._hours[:, None, :]).reshape(len(classes), -1)
        self.weeks = weeks
        """(J, 168) multipliers of the hours of the week, Monday's first hour first."""
        scalars = area.tables["network_parameters"].set_index("name")["value"]
        follow_up = {need.key: float(scalars.get(f"{need.key}_per_stay", 0.0)) for need in self.classes}
        visits: dict[int, dict[str, FloatArray]] = {}
        elsewhere = Elsewhere.of(network, EVENT_CARE)
        rates = rates_from_outside(
            self.classes, targets, network, entries, people, admitted + dying, weeks, follow_up, visits,
            elsewhere,
        )  # fmt: skip
        self.sent_share = {
            need.key: _sent_share(rates[need.key], targets[need.target], people)
            if follow_up[need.key]
            else 0.0
            for need in self.classes
        }
        """Contacts that discharges from hospital bring to each pooled class, per contact of its own."""
        self.contacts_per_stay = follow_up
        self.rates = annual_rates(self.classes, rates, national, residents)
        """(J, S) needs a year of a resident of each stratum, averaged over recent use."""
        counts = np.bincount(residents.stratum[: residents.size], minlength=N_STRATA)
        by_stratum = (self.rates * counts).reshape(len(classes), N_SEXES, N_AGE_BANDS, -1)
        self.needs_a_year = by_stratum.sum(axis=(1, 3))
        """(J, bands) needs of residents a year, whether met in the area or not."""
        self._anybody = np.einsum("jno,jn->jo", entries.inside, entries.weight)
        self._growth = np.array([_growth(national, need.rate_like) if growth else 0.0 for need in classes])
        brought = recent_use.events_of_a_need(national, visits, self.inside_share)
        events = recent_use.expected_events(brought, self.rates, admitted / np.maximum(people, 1.0))
        self.recent = RecentUse(
            size=recent_use.event_sizes(national) * recent,
            expected=events,
            brought=brought,
            elsewhere=recent_use.events_elsewhere(national, elsewhere.visits),
            growth=np.array([_growth(national, name) * growth for name in EVENT_GROWTH]),
            typical=float((counts * events[0]) @ events[0] / (counts @ events[0])),
            levelling=national.scalar("recent_use_levelling"),
        )
        self._season = np.stack(
            [_profile(national, need.rate_like, "month", MONTHS_A_YEAR) for need in classes]
        )
        self.slower: Callable[[int], FloatArray] | None = None
        """(J,) use over the use with the baseline's growth, by month of the run; None without a change."""
        self._fixed: _Fixed = {
            "gate": np.array([stream_key(f"gate/{need.gate}") for need in classes], np.uint32),
            "lane": np.array([need.lane for need in classes], np.uint8),
            "recent": np.array([need.recent for need in classes], np.uint8),
            "stream": np.array([stream_key(f"need/{need.key}") for need in classes], np.uint32),
            "flows": np.array([not need.pooled for need in classes], np.uint8),
            "entry_share": entries.share,
            "entry_node": entries.node,
            "priority_share": entries.priority_share,
            **flatten_curves([[]] * len(classes)),
        }
        self._act(curves)

    def _act(self, curves: Sequence[Curve]) -> None:
        """Let effects of a scenario act from month 0."""
        acting = [
            [curve for curve in curves if curve.need and curve.on in need.answers] for need in self.classes
        ]
        self._programmes = flatten_curves(acting)
        table = self._programmes["programme_curve"]
        self.programme_curves = [one for curves in acting for one in curves], table
        """Effects of the scenario on needs, and the table of them that the kernel reads, a row each."""
        self._most = np.array([largest_product(self._programmes, j) for j in range(len(self.classes))])
        self._tables = kernel.Thresholds.of(N_STRATA, len(self.classes))

    def under(self, curves: Sequence[Curve]) -> Demand:
        """Return this demand under the effects of a scenario."""
        found = copy(self)
        found._act(curves)
        return found

    @property
    def growth(self) -> FloatArray:
        """(J,) growth a year of each class beyond demography."""
        return self._growth

    @property
    def entry_nodes(self) -> npt.NDArray[np.int64]:
        """(J, O) nodes at which each class may enter, -1 outside the area."""
        return np.asarray(self._fixed["entry_node"], np.int64)

    @property
    def entry_shares(self) -> FloatArray:
        """(J, neighbourhoods, O) cumulated shares of those nodes."""
        return np.asarray(self._fixed["entry_share"], np.float64)

    @property
    def priority_shares(self) -> FloatArray:
        """(J + 1, bands, 8) cumulated shares of priorities on arrival."""
        return np.asarray(self._fixed["priority_share"], np.float64)

    def entry_of_anybody(self, j: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """Return weights of the nodes at which class j enters inside the area, and the nodes."""
        inside = self.entry_nodes[j] != OUTSIDE
        return self._anybody[j, inside], self.entry_nodes[j, inside]

    def profile_of(self, j: int, calendar_month: int) -> FloatArray:
        """Return the cumulated share of class j's needs before each hour of a month, (hours + 1,)."""
        return month_profile(calendar_month, self._week[j], self._hours[j])

    def growth_of(self, j: int, month: int) -> float:
        """Return how much use of class j has grown beyond demography by a month of the run."""
        return float((1.0 + self._growth[j]) ** (max(0, month) / MONTHS_A_YEAR))

    def enter(
        self, j: int, neighbourhood: npt.NDArray[np.integer], uniform: FloatArray
    ) -> npt.NDArray[np.int64]:
        """Return the node at which each need of class j enters; j = -1 for the needs of the last days.

        Args:
            j: Class.
            neighbourhood: (n,) neighbourhood of each person.
            uniform: (n,) one draw each.
        """
        shares = self.entry_shares[j, neighbourhood]
        option = np.minimum((uniform[:, None] >= shares).sum(axis=1), shares.shape[1] - 1)
        return np.asarray(self.entry_nodes[j, option])

    def of_month(self, month: int) -> kernel.NeedClasses:
        """Return the classes as they are in one month of the run (negative in the burn-in).

        Their expected needs are those of residents without recent use.
        """
        calendar_month = self.calendar_start + month
        years = max(0, month) / MONTHS_A_YEAR
        begun = month >= 0  # no scenario acts before
        share = month_days(calendar_month) / DAYS_A_YEAR * self._season[:, calendar_month % MONTHS_A_YEAR]
        expected = self.rates * (share * (1.0 + self._growth) ** years)[:, None]
        expected /= self.recent.mean_ratio(years)[self._fixed["recent"]]
        if self.slower is not None and begun:
            expected *= self.slower(month)[:, None]
        kernel.fill_thresholds(expected, self._most if begun else np.ones_like(self._most), *self._tables)
        profile = np.stack(
            [month_profile(calendar_month, *pair) for pair in zip(self._week, self._hours, strict=True)]
        )
        return kernel.NeedClasses(
            expected=expected,
            **self._tables._asdict(),
            profile=profile,
            day=kernel.day_table(profile),
            **(self._fixed | self._programmes if begun else self._fixed),
        )


def _use(
    classes: Sequence[NeedClass], targets: Mapping[str, FloatArray], residents: Residents, area: AreaPack
) -> FloatArray:
    """Return published use a year by class and neighbourhood, (J + 1, N); the last row is emergency stays."""
    n = len(area.neighbourhood_keys)
    band = age_band_of_year()[np.clip(residents.age_years, 0, OLDEST_AGE)].astype(np.int64)
    neighbourhood, sex = (residents.column(name).astype(np.int64) for name in ("neighbourhood", "sex"))
    cell = (neighbourhood * N_SEXES + sex) * N_AGE_BANDS + band
    people = np.bincount(cell, minlength=n * N_SEXES * N_AGE_BANDS).reshape(n, N_SEXES, N_AGE_BANDS)
    names = [*(need.target for need in classes), "nel_1plus"]
    return np.stack([(people * targets[name]).sum(axis=(1, 2)) for name in names]).astype(np.float64)


def _people(residents: Residents) -> FloatArray:
    """Return residents by sex and age band, (2, 7)."""
    counts = np.bincount(residents.stratum[: residents.size], minlength=N_STRATA).astype(np.float64)
    return np.asarray(counts.reshape(N_SEXES, N_AGE_BANDS, -1).sum(axis=2))


def rates_from_outside(
    classes: Sequence[NeedClass],
    targets: Mapping[str, FloatArray],
    network: Network,
    entries: Entries,
    people: FloatArray,
    admitted: FloatArray,
    weeks: FloatArray,
    follow_up: Mapping[str, float] | None = None,
    visits_of: dict[int, dict[str, FloatArray]] | None = None,
    elsewhere: Elsewhere | None = None,
) -> dict[str, FloatArray]:
    """Return rates by class, each by sex and age band, (2, 7), less what the network sends to the same care.

    Classes are taken from the network's mouth inwards. Those admitted at an onset or in their last days go
    straight to a bed and come first. `weeks` has the hours of the week at which each arrives, (J, 168). Of
    pooled classes, the appointments that the network itself gives are taken off, or where `follow_up` says
    so the contacts that follow each stay there. `visits_of` is filled with the visits to each kind of care
    that one need of each class brings, and one admitted at once (class -1), (7,) by age band; with
    `elsewhere` also those to which the network sends people outside the area.
    """
    kept = {} if visits_of is None else visits_of
    at_once = admitted / np.maximum(people, 1.0)
    first = kept[-1] = _visits(network, entries, len(classes), None, elsewhere)
    arrived = {care: at_once * visits for care, visits in first.items()}
    found: dict[str, FloatArray] = {}
    for need in _inwards(classes):
        nothing = np.zeros_like(people)
        sent = sum((arrived.get(care, nothing) for care in need.counted_at), nothing)
        if need.pooled:
            each = (follow_up or {}).get(need.key, 0.0) or 1.0
            found[need.key] = np.maximum(0.0, targets[need.target] - each * sent)
            continue
        j = classes.index(need)
        visits = kept[j] = _visits(network, entries, j, weeks[j], elsewhere)
        own = sum((visits.get(care, nothing) for care in need.counted_at), nothing)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[need.key] = np.where(own > 0, np.maximum(0.0, targets[need.target] - sent) / own, 0.0)
        for care, visit in visits.items():
            arrived[care] = arrived.get(care, nothing) + found[need.key] * visit
    return found


def _sent_share(own: FloatArray, target: FloatArray, people: FloatArray) -> float:
    """Return what others bring to a class per need of its own, over all ages."""
    return float(((target - own) * people).sum() / (own * people).sum())


_ORDER = (
    "mental_health_line",
    "call_111",
    "ambulance",
    "utc",
    "urgent_community_response",
    "ed",
    "direct_admission",
    "sdec",
    "elective_waiting_list",
)


def _inwards(classes: Sequence[NeedClass]) -> list[NeedClass]:
    def place(need: NeedClass) -> int:
        return _ORDER.index(need.care) if need.care in _ORDER else len(_ORDER) + need.pooled

    return sorted(classes, key=place)


def _visits(
    network: Network, entries: Entries, j: int, week: FloatArray | None, elsewhere: Elsewhere | None
) -> dict[str, FloatArray]:
    """Return visits to each kind of care by one arrival of class j, (7,) by age band, its entry included.

    Ways on that differ by hour are weighed by the hours of the week at which the class arrives.
    """
    n_kinds = len(network.kinds)
    rates = np.zeros((len(network.node_names), n_kinds))
    for option, node in enumerate(entries.node[j]):
        if node != OUTSIDE:
            rates[node] += float(entries.inside[j, :, option] @ entries.weight[j])
    visits = traffic(network.flow, rates, week)
    each = by_band(network, visits)
    found: dict[str, FloatArray] = {}
    for i, node in enumerate(network.file.nodes.values()):
        if node.kind_of_care is not None:
            found[node.kind_of_care] = found.get(node.kind_of_care, np.zeros(N_AGE_BANDS)) + each[i]
    if elsewhere is not None:
        leaving = by_band(network, visits * elsewhere.share)
        found |= dict(zip(EVENT_ELSEWHERE, (leaving * elsewhere.visits).sum(axis=1), strict=True))
    return found


def _growth(national: National, need_class: str) -> float:
    table = national.tables["use_growth"]
    rows = table[(table["need_class"] == need_class) & (table["measure"] == "beyond_demography")]
    return float(rows["value"].iloc[0]) if len(rows) else 0.0


def _profile(national: National, stream: str, dimension: str, length: int) -> FloatArray:
    """Return multipliers with mean 1 from January, Monday or midnight on; ones where none are published."""
    table = national.tables["use_profiles"]
    rows = table[(table["stream"] == stream) & (table["dimension"] == dimension)]
    if len(rows) != length:
        return np.ones(length)
    order = {name: i for i, name in enumerate(_LEVELS[dimension])}
    values = (
        rows.assign(position=rows["level"].map(order)).sort_values("position")["value"].to_numpy(np.float64)
    )
    return np.asarray(values / values.mean())


_LEVELS = {
    "hour": tuple(str(hour) for hour in range(HOURS_A_DAY)),
    "weekday": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "month": tuple(str(month) for month in range(1, MONTHS_A_YEAR + 1)),
}


__all__ = ["Demand", "flatten_curves", "published_rates", "rates_from_outside"]
