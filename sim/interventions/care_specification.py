"""Types of intervention that act on the care network, and on which needs reach it.

Import them from `sim.interventions.specification`, which holds the parts that they are built from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.interventions.reached import Eligibility
from sim.interventions.timing import Timed

if TYPE_CHECKING:
    from sim.interventions.specification import Estimate

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST_DAYS, ONSET = "last_days", "onset"
AT_ONCE = (LAST_DAYS, ONSET)
"""Names of the emergency admissions that no class of need brings: near death, and as a condition begins."""


@dataclass(frozen=True, kw_only=True)
class AtTimes(Timed):
    """What acts at some times of the week only.

    Attributes:
        weekdays: 'mon' to 'sun' on which it acts; empty for every day.
        hours: From and to which hour of the day it acts, 0 to 24; None all day.
    """

    weekdays: tuple[str, ...] = ()
    hours: tuple[float, float] | None = None

    @property
    def timed(self) -> bool:
        """Whether it acts at some times of the week only."""
        return bool(self.weekdays) or self.hours is not None


@dataclass(frozen=True, kw_only=True)
class CapacityChange(AtTimes):
    """Places added to, set at or multiplied at a care node.

    With `weekdays` or `hours` it acts only then, and opens a node that is closed: seven-day working, weekend
    lists, longer opening hours. Pooled services are named by their need class (`gp_appointment`,
    `outpatient_attended`, `community_contact`, `pharmacy_contact`): their places are the slots of a working
    day in the whole area, shared by the neighbourhoods as they are.

    Attributes:
        nodes: Keys of the care nodes or pooled services, each of which changes.
        change: 'add', 'set' or 'multiply'.
        places: Places (add, set) at each node, or ratio (multiply), in the full-size area. A
            negative number of added places closes them, as they are vacated.
        induced_share: Share of the new capacity taken by people who would not have been served at all.
        backfill_share: Share of the beds freed elsewhere that other patients fill.
        opens: 'always', or 'under_pressure': added places open when those who have or want a place exceed
            `open_above` times the places open, and close again at or below that: escalation, cohorting space.
        open_above: That multiple.
    """

    nodes: tuple[str, ...]
    change: Literal["add", "set", "multiply"]
    places: Estimate
    induced_share: Estimate
    backfill_share: Estimate
    opens: Literal["always", "under_pressure"] = "always"
    open_above: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ServiceTimeChange(Timed):
    """Time in service at a care node, made shorter or longer. Delay before leaving is `DelayChange`.

    Attributes:
        nodes: Keys of the care nodes, each of which changes.
        change: 'multiply' the time, or 'add' days to it (never below zero).
        amount: Ratio or days.
        share: Share of patients affected, 0 to 1.
        backfill_share: Share of the time freed that other patients fill.
    """

    nodes: tuple[str, ...]
    change: Literal["multiply", "add"]
    amount: Estimate
    share: Estimate
    backfill_share: Estimate


@dataclass(frozen=True, kw_only=True)
class DelayChange(Timed):
    """A process delay on the way from one node to another, during which the first place is held.

    It shortens deciding, assessing or sourcing. Where the queue is for the next node's places, it saves
    nothing, as it should.

    Attributes:
        from_nodes: Keys of the nodes that are left.
        to_nodes: Keys of the nodes or exits that are reached; every way that exists from one to the other.
        change: 'multiply' the delay, or 'add' days to it (never below zero).
        amount: Ratio or days.
        share: Share of patients on that way who are affected, 0 to 1.
        backfill_share: Share of the time freed that other patients fill.
    """

    from_nodes: tuple[str, ...]
    to_nodes: tuple[str, ...]
    change: Literal["multiply", "add"]
    amount: Estimate
    share: Estimate
    backfill_share: Estimate


@dataclass(frozen=True, kw_only=True)
class RoutingChange(AtTimes):
    """People sent to another destination than before.

    Attributes:
        nodes: Keys of the nodes, or arrival streams, at which the way parts.
        from_destinations: Where they went.
        to_destinations: Where they go now; several share them in proportion to their present routing, or
            evenly where none of them is reached from there now.
        share: Share of those who took the first way who take the second, 0 to 1.
        substitutes: Share of those moved who never need the first destination; the others go on to it after
            the second (one admission avoided per so many episodes of the alternative).
        induced_share: People who would have gone to neither, per person moved.
        age_bands: Age bands moved; empty for all.
        councils: Councils whose residents are moved; empty for all.
        shared_as: A node whose present routing says in what proportion `to_destinations` share those moved,
            where this node sends nobody to them now; None evenly.
    """

    nodes: tuple[str, ...]
    from_destinations: tuple[str, ...]
    to_destinations: tuple[str, ...]
    share: Estimate
    substitutes: Estimate
    induced_share: Estimate
    age_bands: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    shared_as: str | None = None


@dataclass(frozen=True, kw_only=True)
class Diversion(AtTimes):
    """A service that takes some emergencies in the place to which they were going.

    Several services compete for the same need, resident by resident: an episode is taken at most once, by
    the first service in `order` that knows of it and has room on that day.

    Attributes:
        needs: Classes of need that it may take: keys of need_classes.csv, the use that they answer to, or
            'last_days' (admissions in the last days of life) and 'onset' (at the onset of a condition).
        eligible: Whose episodes.
        found: Share of eligible episodes that the service learns of, 0 to 1.
        daily_capacity: Episodes a day that it can take, in the full-size area; None without limit.
        order: Small numbers come first; services of one order take turns by a keyed draw.
        substitutes: Share of those taken who never need the first place; the others go on to it.
        returns_after_days: Days until those go on to the first place.
        to: Node of the network where those taken go, or 'home': only contacts are counted.
        contacts: Contacts of neighbourhood teams with each person taken, in all; None when not counted.
        induced_share: People who would have gone to neither, per person taken.
        priorities: Priorities on arrival that it takes, 0 the most urgent to 7; empty for all. Of a 999
            incident the priority is the category less one.
    """

    needs: tuple[str, ...]
    eligible: Eligibility
    found: Estimate
    daily_capacity: Estimate | None = None
    order: int = 1
    substitutes: Estimate
    returns_after_days: Estimate
    to: str = "home"
    contacts: Estimate | None = None
    induced_share: Estimate
    priorities: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GrowthChange(Timed):
    """The baseline's growth of use beyond demography, made slower or faster from `start` on.

    It acts on growth and never on the level: 'reduce growth by 25%' is 0.75, and what has grown before
    `start` stays. After `end` use grows as in the baseline again, from the level reached.

    Attributes:
        needs: Classes of need: keys of need_classes.csv, or the use that they answer to.
        multiplier: Ratio to the baseline's growth a year; 1 is no change, 0 no growth.
    """

    needs: tuple[str, ...]
    multiplier: Estimate
