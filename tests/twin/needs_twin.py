"""Needs of the slow twin: how many each resident has in a month, when, where they enter, under which code."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.health.calendar import month_days
from sim.kernels.needs import NeedClasses
from sim.kernels.randomness import stream_key, uniform53
from tests.twin.resident_twin import REGISTERED, ResidentTwin, exit_hour, uniform, words

if TYPE_CHECKING:
    from tests.twin.month_twin import MonthTwin

NO_KEY = (0, 0)
LAST_DAYS, FIRST_LIST, STAND_IN = "need/terminal", "first waiting list", "burn-in deaths"
ACTING = 1
ANSWERS_TO = ((), ("discharge",), ("attendance",), ("discharge", "attendance"))
"""Recent events that raise a class of need, by its code."""
NOWHERE = -1  # met outside the area


class Need(NamedTuple):
    """One need that is met one by one; hours since the month's first instant."""

    row: int
    need_class: int
    hour: float
    node: int
    kind: int
    priority: int
    episode: int
    copy: int


class Pooled(NamedTuple):
    """Pooled needs of a month."""

    by_cell: Counter[tuple[int, int]]
    by_day: Counter[tuple[int, int, int]]


def code_of(stream: int, occasion: int, index: int, copy: int) -> int:
    """Code of an episode."""
    return words(NO_KEY, stream, occasion, index, copy)[0]


def marked(code: int, copy: int) -> int:
    """The code with its lowest bit telling whether this copy acts on the resident."""
    return code - code % 2 + (ACTING if copy == 0 else 0)


def joined(gate: tuple[int, ...], lane: int, own: int) -> int:
    """A word whose leading byte is one of the gate's sixteen, the rest from the class's own word."""
    byte = gate[lane // 4] >> (8 * (lane % 4)) & 255
    return byte << 24 | own >> 8


def poisson(draw: float, mean: float) -> int:
    """Number k with P(N > k) <= draw < P(N >= k), from the probabilities of each number."""
    count, more = 0, -math.expm1(-mean)
    while draw < more:
        count += 1
        more -= math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    return count


def first_above(draw: float, cumulated: list[float]) -> int:
    """First option whose cumulated share exceeds the draw; the last one otherwise."""
    return min(bisect.bisect_right(cumulated, draw), len(cumulated) - 1)


class NeedsTwin:
    """Draws needs.

    Args:
        model: The twin of the month.
    """

    def __init__(self, model: MonthTwin) -> None:
        self.model = model
        self.shared = model.shared
        self.classes = model.shared.demand.classes
        area, kinds = self.shared.area, self.shared.network.kinds
        self.kinds = {(kind["council"], kind["age_band"]): index for index, kind in enumerate(kinds)}
        self.councils, self.bands = area.council_keys, list(dict.fromkeys(kind["age_band"] for kind in kinds))
        self.shares = self.shared.demand.entry_shares.tolist()
        self.nodes = self.shared.demand.entry_nodes.tolist()

    def kind(self, resident: ResidentTwin) -> int:
        """Kind of person in the network."""
        return self.kinds[self.councils[resident.council], self.bands[resident.band]]

    def node(self, need_class: int, resident: ResidentTwin, draw: float) -> int:
        """Where a need of a class enters."""
        return int(self.nodes[need_class][first_above(draw, self.shares[need_class][resident.neighbourhood])])

    # ------------------------------------------------------------------------------------ of a month
    def of_month(self, month: int, present: list[ResidentTwin]) -> tuple[list[Need], Pooled]:
        """Every need of those present at the month's first instant."""
        tables = self.shared.demand.of_month(month)
        expected, profile = tables.expected.tolist(), tables.profile.tolist()
        occasion = self.shared.calendar_start + month
        found: list[Need] = []
        pooled = Pooled(Counter(), Counter())
        for resident in present:
            recent = {event: resident.excess(event, month) for event in ("discharge", "attendance")}
            for j, need in enumerate(self.classes):
                gate = words(self.shared.key, resident.person, occasion, int(tables.gate[j]))
                own = words(self.shared.key, resident.person, occasion, int(tables.stream[j]))
                mean = expected[j][resident.stratum]
                mean *= 1.0 + sum(recent[event] for event in ANSWERS_TO[need.recent])
                mean *= self.model.programmes.ratio_of_need(resident, need.answers, month)
                count = poisson(uniform(joined(gate, need.lane, own[0])), mean)
                if count and need.pooled:
                    self.pool(resident, j, count, int(tables.stream[j]), occasion, profile[j], pooled)
                for index in range(count if not need.pooled else 0):
                    for copy in range(resident.copies):
                        found += self.place(resident, j, index, copy, occasion, tables, profile[j])
        return found, pooled

    def place(
        self, resident: ResidentTwin, j: int, index: int, copy: int, occasion: int, tables: NeedClasses,
        profile: list[float],
    ) -> list[Need]:  # fmt: skip
        """One copy of one need, unless its resident is gone by then."""
        stream = int(tables.stream[j])
        draw = words(self.shared.key, resident.person, occasion, stream, 1 + index + 1024 * copy)
        hour = hour_at(float(uniform53(np.uint32(draw[0]), np.uint32(draw[1]))), profile)
        if hour >= resident.exit_hour:
            return []
        priority = first_above(uniform(draw[3]), tables.priority_share[j, resident.band].tolist())
        code = code_of(stream, occasion, index, copy)
        node = self.node(j, resident, uniform(draw[2]))
        return [Need(resident.row, j, hour, node, self.kind(resident), priority, code, copy)]

    def pool(
        self, resident: ResidentTwin, j: int, count: int, stream: int, occasion: int, profile: list[float],
        pooled: Pooled,
    ) -> None:  # fmt: skip
        """Pooled needs count by day; four share a block, the first three what is left of the class's own."""
        for number in range(count):
            block, lane = divmod(1 + number, 4)
            word = words(self.shared.key, resident.person, occasion, stream, 4 * block)[lane]
            middle = ((word >> 20) + 0.5) / 4096
            day = (bisect.bisect_right(profile, middle) - 1) // 24
            if day < resident.exit_hour / 24:
                pooled.by_cell[j, resident.cell] += 1
                pooled.by_day[j, resident.neighbourhood, day] += 1

    # ------------------------------------------------------------------------------------ special needs
    def last_days(self, month: int, deaths: list[tuple[ResidentTwin, float]]) -> list[Need]:
        """A need shortly before death, of some; a lead that reaches before the month is spread in it."""
        national = self.shared.national
        occasion, stream = self.shared.calendar_start + month, stream_key(LAST_DAYS)
        days = month_days(occasion)
        found = []
        for resident, fraction in deaths:
            for copy in range(resident.copies):
                draw = self.draws(resident, occasion, stream, copy)
                if draw[0] >= national.scalar("hospital_death_need_share"):
                    continue
                lead = -float(np.log(draw[1])) * national.scalar("hospital_death_need_lead_days")
                death = fraction * days
                hour = (death - lead if lead < death else death * draw[3]) * 24
                node, kind = self.node(-1, resident, draw[2]), self.kind(resident)
                code = code_of(stream, occasion, 0, copy)
                found.append(Need(resident.row, -1, hour, node, kind, 0, code, copy))
        return found

    def onset_admissions(self, month: int, onsets: list[tuple[ResidentTwin, str, float]]) -> list[Need]:
        """Admissions of some of those with a new condition, at its stamp."""
        occasion = self.shared.calendar_start + month
        hours = month_days(occasion) * 24
        found = []
        for resident, condition, fraction in onsets:
            stream = stream_key(f"need/onset/{condition}")
            for copy in range(resident.copies):
                draw = self.draws(resident, occasion, stream, copy)
                if draw[0] < self.shared.onsets[condition][0]:
                    node, kind = self.node(-1, resident, draw[1]), self.kind(resident)
                    hour = (fraction if copy == 0 else draw[2]) * hours
                    code = code_of(stream, occasion, 0, copy)
                    found.append(Need(resident.row, -1, hour, node, kind, 0, code, copy))
        return found

    def met_outside(self, month: int, needs: list[Need]) -> None:
        """A need met outside the area is a discharge or an attendance of its month, as often as is expected.

        Those of the last days are not among them; only what acts on the resident counts.
        """
        for need in needs:
            if need.node == NOWHERE and need.copy == 0:
                for event, brought in self.shared.brought_outside.items():
                    self.use_outside(month, need.row, need.episode, event, brought[need.need_class])

    def left_area(self, month: int, left: list[tuple[int, int, int]]) -> None:
        """Whom the network sends out of the area finds there what those find who stay: row, node, episode."""
        for row, node, episode in left:
            for event, brought in self.shared.brought_elsewhere.items():
                self.use_outside(month, row, episode, event, brought[node])

    def use_outside(self, month: int, row: int, episode: int, event: str, chances: list[float]) -> None:
        """A whole number of events, rounded up or down by one draw for all kinds of event."""
        occasion, stream = self.shared.calendar_start + month, stream_key("recent use/outside")
        resident = self.model.residents[row]
        draw = uniform(words(self.shared.key, resident.person, occasion, stream, episode)[0])
        times = math.floor(chances[resident.band] + draw)
        resident.used[event][month] = resident.used[event].get(month, 0) + times

    def draws(self, resident: ResidentTwin, occasion: int, stream: int, copy: int) -> list[float]:
        """Four uniforms of one copy of one decision."""
        return [uniform(word) for word in words(self.shared.key, resident.person, occasion, stream, copy)]

    def stand_in_onsets(self, month: int) -> list[tuple[ResidentTwin, str, float]]:
        """Onsets of the burn-in, which change nobody: who, what, and when in the month."""
        occasion = self.shared.calendar_start + month
        found = []
        for condition, (_, hazard) in self.shared.onsets.items():
            stream = stream_key(f"burn-in onset/{condition}")
            for resident in self.present(month):
                if getattr(resident, condition) == 0:
                    draw = words(self.shared.key, resident.person, occasion, stream)
                    yearly = float(hazard[resident.sex, resident.age(month)])
                    if uniform(draw[0]) < -math.expm1(-yearly / 12):
                        found.append((resident, condition, uniform(draw[1])))
        return found

    def stand_ins(self, month: int) -> list[tuple[ResidentTwin, float]]:
        """Deaths of the burn-in, which take nobody away: who, and when in the month."""
        occasion, stream = self.shared.calendar_start + month, stream_key(STAND_IN)
        found = []
        for resident in self.present(month):
            yearly = float(self.shared.death_hazard[resident.sex, resident.age(month), resident.quintile])
            draw = words(self.shared.key, resident.person, occasion, stream)
            if uniform(draw[0]) < -math.expm1(-yearly / 12):
                found.append((resident, uniform(draw[1])))
                resident.exit_hour = exit_hour(uniform(draw[1]), month_days(occasion) * 24)
        return found

    def present(self, month: int) -> list[ResidentTwin]:
        """Registered, and born by now: those who have needs in the burn-in."""
        return [
            resident
            for resident in self.model.residents
            if resident.status == REGISTERED and resident.birth_month <= month
        ]

    def first_list(self, until: float) -> list[tuple[float, Need]]:
        """People of the published waiting list, and the minute at which each joined it."""
        shared = self.shared
        j = [need.care for need in self.classes].index("elective_waiting_list")
        able = [one for one in self.model.residents if one.status == REGISTERED and one.birth_month < -12]
        rate = [float(shared.demand.rates[j][one.stratum]) for one in able]
        published = shared.area.tables["elective"].set_index("measure")["value"]
        size = float(published["Dorset waiting list planning start"]) * shared.scale / math.fsum(rate)
        size *= shared.scalars["first_list_at_stages_share"]
        size /= float(shared.demand.inside_share[j])
        occasion = shared.calendar_start - int(shared.national.scalar("burn_in_months"))
        stream = stream_key(FIRST_LIST)
        found = []
        for resident, own in zip(able, rate, strict=True):
            draw = [uniform(word) for word in words(shared.key, resident.person, occasion, stream)]
            if draw[0] < size * own:
                weeks = weeks_waited(draw[1], shared.wait_bands)
                joined = until - weeks * 7 * 1440
                node, kind = self.node(j, resident, draw[2]), self.kind(resident)
                if node != NOWHERE and weeks * 7 > shared.scalars["elective_triage_mean_days"]:
                    node = self.stage(node, weeks, draw[3])
                for copy in range(resident.copies):
                    code = code_of(stream, occasion, 0, copy)
                    found.append((joined, Need(resident.row, j, 0.0, node, kind, 1, code, copy)))
        return found

    def stage(self, referred_at: int, weeks: float, draw: float) -> int:
        """The node of the pathway at which somebody of the published list waits."""
        nodes = list(self.shared.network.file.nodes.items())
        table = self.shared.area.tables["first_list"]
        band = next((b for b in sorted(set(table["weeks_to"])) if weeks < b), max(table["weeks_to"]))
        people = {
            (listed, treatment): float(value)
            for listed, treatment, last, value in zip(
                table["listed"], table["treatment"], table["weeks_to"], table["value"], strict=True
            )
            if last == band
        }
        weight: dict[tuple[str, str], float] = {}
        where: dict[tuple[str, str], dict[str | None, int]] = {}
        for index, (name, node) in enumerate(nodes):
            for stage in ("first_outpatient", "diagnostics", "follow_up", "admission_list"):
                if node.kind_of_care == f"elective_{stage}":
                    rest = name[len(f"elective_{stage}_") :]
                    treatment = rest[: -len(f"_{node.site}")] if node.site else rest
                    share = self.shared.scalars.get(f"first_list_{stage}_share", 1.0)
                    listed = "yes" if stage == "admission_list" else "no"
                    weight[stage, treatment] = share * people[listed, treatment]
                    where.setdefault((stage, treatment), {})[node.site] = index
        upto, total = 0.0, math.fsum(weight.values())
        site = nodes[referred_at][1].site
        for key, value in weight.items():
            upto += value
            if draw < upto / total:
                return where[key].get(site, next(iter(where[key].values())))
        return where[key].get(site, next(iter(where[key].values())))


def hour_at(draw: float, profile: list[float]) -> float:
    """Hour of the month by which a share of its needs has come."""
    hour = bisect.bisect_right(profile, draw) - 1
    return hour + (draw - profile[hour]) / (profile[hour + 1] - profile[hour])


def weeks_waited(draw: float, bands: list[tuple[float, float, float]]) -> float:
    """Weeks by which a share of the list has waited: straight lines within the published bands."""
    upto = [0.0]
    for _, _, share in bands:
        upto.append(upto[-1] + share)
    upto = [value / upto[-1] for value in upto]
    band = first_above(draw, upto[1:])
    first, last, _ = bands[band]
    return (last - first) / (upto[band + 1] - upto[band]) * (draw - upto[band]) + first
