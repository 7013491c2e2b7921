"""Budgets and workforces that several interventions share, and what they hold back month by month.

Each month a limit allows a twelfth of its year. What those already followed take comes first; new people, and
the strength of effects on everybody, are scaled down alike to what is left. What whole people leave over is
carried into the next month while the limit binds; what those followed take beyond the month's amount is taken
off the next. So new people are reached only within what has been allowed to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.interventions.effects import Reaching
from sim.interventions.specification import CohortProgramme, Limit, ScenarioSpecification
from sim.interventions.timing import MONTHS_A_YEAR
from sim.parameters.errors import InputError

_CLOSE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Units:
    """What one intervention does in a month, in the full-size area, by the units in which it is paid."""

    person: float = 0.0
    """People newly reached."""
    person_month: float = 0.0
    """People followed."""
    contact: float = 0.0
    """Contacts made."""
    year: float = 0.0
    """Years in force: a twelfth in full."""

    def times(self, share: float) -> Units:
        """Return so many times as much."""
        return Units(
            person=self.person * share, person_month=self.person_month * share, contact=self.contact * share,
            year=self.year * share,
        )  # fmt: skip

    def plus(self, other: Units) -> Units:
        """Return both together."""
        return Units(
            person=self.person + other.person, person_month=self.person_month + other.person_month,
            contact=self.contact + other.contact, year=self.year + other.year,
        )  # fmt: skip

    def of(self, per: str) -> float:
        """Return the number of one unit; none of those that only care nodes have."""
        return float(getattr(self, per, 0.0))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What one intervention would do in a month if no limit held it back."""

    item: Reaching
    new: float
    """People that it would newly reach."""
    each: Units
    """What each of them takes in this month."""
    committed: Units
    """What is done whatever is held back: those followed already, and a service's yearly cost."""
    scaled: Units
    """What is scaled with delivery besides new people: an effect on everybody."""


@dataclass(frozen=True, kw_only=True)
class LimitInMonth:
    """How one limit acted in one month; pounds or hours, in the full-size area."""

    key: str
    allowed: float
    used: float
    share: float
    """Share of what was wanted beyond what is committed that it let through."""

    @property
    def binding(self) -> bool:
        """Whether it held something back."""
        return self.share < 1.0


def pounds(item: Reaching, units: Units) -> dict[str, float]:
    """Return pounds by payer, of the departure from the baseline: the rest is paid already."""
    return _by(item, units, ((cost.payer, cost.per, cost.amount.value) for cost in item.costs))


def hours(item: Reaching, units: Units) -> dict[str, float]:
    """Return hours by group of staff, of the departure from the baseline."""
    return _by(item, units, ((work.group, work.per, work.hours.value) for work in item.staff))


def _by(item: Reaching, units: Units, parts: Iterable[tuple[str, str, float]]) -> dict[str, float]:
    """Return amounts by name, from (name, unit, amount of one unit)."""
    found: dict[str, float] = {}
    for name, per, each in parts:
        found[name] = found.get(name, 0.0) + item.departure * units.of(per) * each
    return found


def taken(limit: Limit, item: Reaching, units: Units) -> float:
    """Return what these units take of a limit: pounds of its payer, or hours of its staff."""
    amounts = pounds(item, units) if limit.kind == "budget" else hours(item, units)
    return amounts.get(limit.of, 0.0)


def refuse_limits(scenario: ScenarioSpecification, items: Sequence[Reaching]) -> None:
    """Refuse limits that name what they cannot hold back; raises InputError."""
    keys = [item.key for item in items]
    for limit in scenario.limits:
        for key in limit.interventions:
            if key not in keys:
                raise InputError(
                    file=scenario.name, key=f"limits.{limit.key}.interventions", found=key,
                    allowed=f"interventions that reach residents: {', '.join(keys)}", names=keys,
                )  # fmt: skip


class Limits:
    """The limits of a scenario, month after month.

    Args:
        limits: Each of them.
    """

    def __init__(self, limits: Sequence[Limit]) -> None:
        self.limits = tuple(limits)
        self._carried = dict.fromkeys((limit.key for limit in limits), 0.0)
        self._allowed: dict[str, float] = {}
        self._share: dict[str, float] = {}
        self.binding_months = dict.fromkeys((limit.key for limit in limits), 0)
        """By limit: months in which it has held something back."""

    def shares(self, wanted: Sequence[Wanted]) -> dict[str, float]:
        """Return by intervention which share of its delivery its limits let through, 0 to 1."""
        found = {one.item.key: 1.0 for one in wanted}
        for limit in self.limits:
            mine = [one for one in wanted if one.item.key in limit.interventions]
            fixed = sum(taken(limit, one.item, one.committed) for one in mine)
            more = sum(self._more(limit, one) for one in mine)
            allowed = limit.per_year.value / MONTHS_A_YEAR + self._carried[limit.key]
            share = 1.0 if more <= 0.0 or fixed + more <= allowed else max(0.0, (allowed - fixed) / more)
            self._allowed[limit.key], self._share[limit.key] = allowed, share
            for one in mine:
                found[one.item.key] = min(found[one.item.key], share)
        return found

    def _more(self, limit: Limit, one: Wanted) -> float:
        return one.new * taken(limit, one.item, one.each) + taken(limit, one.item, one.scaled)

    def close(self, done: Mapping[str, tuple[Reaching, Units]]) -> list[LimitInMonth]:
        """Take what was done, by intervention, off the limits; returns how each acted."""
        found = []
        for limit in self.limits:
            used = sum(taken(limit, *done[key]) for key in limit.interventions if key in done)
            allowed, share = self._allowed[limit.key], self._share[limit.key]
            one = LimitInMonth(key=limit.key, allowed=allowed, used=used, share=share)
            self._carried[limit.key] = allowed - used if one.binding else min(0.0, allowed - used)
            self.binding_months[limit.key] += one.binding
            found.append(one)
        return found


def whole_people(number: float) -> int:
    """Return the people that a share lets through: whole, never more than it allows."""
    return int(number + _CLOSE)


def contacts_each(item: Reaching) -> float:
    """Return the contacts of a month with each person who is within the months over which they are spread."""
    if not isinstance(item, CohortProgramme) or item.contacts is None:
        return 0.0
    return item.contacts.value / item.contacts_months
