"""One resident's life under two scenarios: who is asked for or found, and both lives as plain data.

Both runs have the same seed and replicate. Finding runs each scenario once with a digest of every life, and
once more with those found followed: a run can be repeated to the bit, and that is cheaper than keeping
everything about everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scenarios import plain_names
from scenarios.execution import Settings
from scenarios.identity import load_function
from scenarios.names import load_names
from scenarios.story_progress import MINUTES_A_MONTH, Progress
from sim.health.needs import need_classes
from sim.interventions.eligibility import core20plus
from sim.interventions.specification import ScenarioSpecification, month_number
from sim.observers.digest import MEASURES, LifeDigest, admitted, compare_lives
from sim.observers.following import Follower, Life
from sim.parameters.errors import InputError
from sim.population.sampling import kept

if TYPE_CHECKING:
    from sim.model import HealthSystem
    from sim.observers.telling import Listener
    from sim.world import World

OLDEST = 200
REACHED = "reached"
ACCIDENTS = "results.small_scale:accidents"
"""Where the rule is for queues of a sample: this package does not import `results`."""
Pair = tuple[ScenarioSpecification, ScenarioSpecification]
"""The scenario, and what it is held against."""


@dataclass(frozen=True, kw_only=True)
class Among:
    """Whom a search looks among, by their state at the start of the run or when they come.

    Attributes:
        conditions: Conditions that they all have.
        ages: Youngest and oldest, completed years.
        quintiles: Deprivation quintiles, 1 most deprived; empty for all.
        reached: Only those whom a programme reaches or whose emergency a service takes.
    """

    conditions: tuple[str, ...] = ()
    ages: tuple[int, int] = (0, OLDEST)
    quintiles: tuple[int, ...] = ()
    reached: bool = False


def read_among(texts: Iterable[str], conditions: Iterable[str]) -> Among:
    """Read filters such as 'copd', 'age=65-80', 'quintile=1' and 'reached'.

    Raises:
        InputError: A filter that is none of these.
    """
    names = sorted(conditions)
    found: list[str] = []
    ages, quintiles, reached = (0, OLDEST), [], False
    for text in texts:
        key, _, value = text.partition("=")
        numbers = [int(part) for part in value.replace("-", " ").split() if part.isdigit()]
        if key in ("age", "ages") and numbers and len(numbers) <= 2 and numbers[0] <= numbers[-1]:
            ages = (numbers[0], numbers[-1])
        elif key == "quintile" and numbers and all(1 <= number <= 5 for number in numbers):
            quintiles += numbers
        elif text == REACHED:
            reached = True
        elif key in names and not value:
            found.append(key)
        else:
            raise InputError(
                file="command line", key="--among", found=text, names=names,
                allowed="a condition (such as copd), age=65-80, quintile=1, or reached (by the scenario)",
            )  # fmt: skip
    return Among(conditions=tuple(found), ages=ages, quintiles=tuple(quintiles), reached=reached)


def tell(
    pair: Pair, settings: Settings, replicate: int, *, resident: int | None, find: int, among: Sequence[str],
    by: str, progress: Callable[[str], None] = lambda text: None, world: World | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the lives of one or some residents under two scenarios, and what is needed to tell them.

    Args:
        pair: The scenario and what it is held against.
        settings: What the runs are of.
        replicate: Which replicate of the seed.
        resident: Whose life, by identity; None to search.
        find: How many to find.
        among: Filters of the search, as `read_among` reads them.
        by: What the search ranks by: one of `MEASURES`, or 'all' for these in turn.
        progress: Told what is being done.
        world: Tables and people of the area, where they are loaded already.

    Raises:
        InputError: Nobody of that identity, or not kept at this scale; a filter or a ranking that is unknown.
    """
    filters = search_of(by, among, settings.area)
    runs = len(pair) * (1 if resident is not None else 2)
    teller = _Teller(pair, settings, replicate, Progress(progress, runs), world)
    search: dict[str, Any] | None = None
    if resident is not None:
        teller.require(resident)
        persons = [resident]
    else:
        persons, search = teller.find(find, filters, by)
    lives = teller.follow(persons) if persons else ({}, {})
    return {
        "settings": {**settings.of_model(), "replicate": replicate},
        "scenarios": [_told(one) for one in pair],
        "conditions": {key: one.label for key, one in teller.world.national.conditions.items()},
        "needs": {need.key: list(need.answers) for need in need_classes(teller.world.national)},
        "core20plus": [list(one) for one in core20plus()],
        "unread_nodes": sorted(teller.unread),
        "search": search,
        "lives": [[lives[0][person], lives[1][person]] for person in persons],
    }


def search_of(by: str, among: Sequence[str], area: str) -> Among:
    """Return the filters of a search, read and checked with what it ranks by; raises InputError."""
    if by not in ("all", *MEASURES):
        allowed = f"all, {', '.join(MEASURES)}"
        raise InputError(file="command line", key="--by", found=by, allowed=allowed, names=MEASURES)
    return read_among(among, load_names(area).conditions)


def refuse_the_same(pair: Pair) -> None:
    """Refuse two scenarios that change the same, before anything is run: every life is the same in both."""
    one, other = ((each.interventions, each.limits) for each in pair)
    if one == other:
        raise InputError(
            file="command line", key="SCENARIO and --against",
            found=" and ".join(each.full_name for each in pair),
            allowed="two scenarios that differ: these change the same, so every life is the same in both",
        )  # fmt: skip


class _Teller:
    """Runs two scenarios on one world."""

    def __init__(
        self, pair: Pair, settings: Settings, replicate: int, progress: Progress, world: World | None,
    ) -> None:  # fmt: skip
        from sim.building import burn_in_minutes
        from sim.settings import Settings as ModelSettings
        from sim.world import load_world

        self.pair, self.progress = pair, progress
        self.given = {**settings.of_model(), "replicate": replicate}
        self.seed = self.given.pop("seed")
        self.settings = ModelSettings(seed=self.seed, **self.given)
        self.unread: frozenset[str] = frozenset()
        progress.tell("reading the residents")
        self.world: World = world or load_world(self.settings)
        before = round(burn_in_minutes(self.settings, self.world.national) / MINUTES_A_MONTH)
        progress.begin(self.settings.months, before)

    def require(self, person: int) -> None:
        """Refuse somebody who is not a resident of these runs, before anything is run."""
        schedule = self.world.people.schedule
        start = self.world.people.residents["sex"].size
        coming = np.asarray(schedule.columns["person"][: int(schedule.first[self.settings.months])])
        last = start - 1 + coming.size
        if not (0 <= person < start or person in coming):
            raise InputError(
                file="command line", key="--resident", found=person,
                allowed=f"0 to {start - 1} for residents of the start, and up to {last} for those who are "
                f"born or move in during the run",
            )  # fmt: skip
        if not kept(np.array([person]), self.settings.scale, self.world.seed)[0]:
            near = self._nearest(person, last)
            raise InputError(
                file="command line", key="--resident", found=person,
                allowed=f"somebody kept at --scale {self.settings.scale:g}, the nearest is {near}; or "
                "--scale 1, which keeps everybody",
            )  # fmt: skip

    def _nearest(self, person: int, last: int) -> int:
        reach = int(2 / self.settings.scale) + 2
        around = np.arange(max(0, person - reach), min(last, person + reach) + 1)
        here = around[kept(around, self.settings.scale, self.world.seed)]
        return int(here[np.argmin(np.abs(here - person))]) if here.size else last

    def run(
        self, scenario: ScenarioSpecification, listener: Callable[[HealthSystem], Listener], doing: str
    ) -> Any:
        """Run one scenario with somebody listening, and return the listener."""
        from sim.model import HealthSystem
        from sim.observers.telling import run_told

        self.progress.next_run(f"{doing}: {scenario.label}")
        model = HealthSystem(scenario=scenario, rng=self.seed, world=self.world, **self.given)
        self.progress.built()
        told = listener(model)
        run_told(model, [told, self.progress])
        return told

    def find(self, number: int, among: Among, by: str) -> tuple[list[int], dict[str, Any]]:
        """Return the identities of those whose lives differ most, and what the search saw."""
        digests = [self.run(scenario, LifeDigest, "searching") for scenario in self.pair]
        lives = compare_lives(*digests)
        lives = lives[admitted(digests[0], among.conditions, among.ages, among.quintiles)]
        chosen = ranked(lives[lives["reached"]] if among.reached else lives, by)[:number]
        seen = {
            "looked_at": len(lives), "health": int(lives["health"].sum()),
            "care_only": int((lives["care"] & ~lives["health"]).sum()),
            "reached": int(lives["reached"].sum()), "taken": int(lives["taken"].sum()),
            "care_changed": int((lives["care_changed"] & ~lives["reached"]).sum()),
            "longer": int((lives["years"] > 0).sum()), "shorter": int((lives["years"] < 0).sum()),
            "by": by, "found": chosen.drop(columns="row").to_dict("records"),
        }  # fmt: skip
        return [int(person) for person in chosen["person"]], seen

    def follow(self, persons: Sequence[int]) -> tuple[dict[int, Life], dict[int, Life]]:
        """Return the lives of these residents in both scenarios, by identity."""
        found = []
        for scenario in self.pair:

            def follower(model: HealthSystem, one: ScenarioSpecification = scenario) -> _Kept:
                return _Kept(model, one, persons)

            told = self.run(scenario, follower, "following")
            found.append(told.lives)
            self.unread |= self._accidents(told.model)
        return found[0], found[1]

    def _accidents(self, model: HealthSystem) -> frozenset[str]:
        """Return the nodes of a finished model whose queues are accidents of its sample."""
        if self.settings.scale >= 1.0:
            return frozenset()
        table = model.tables()["nodes"]
        means = table.pivot_table(index="node", columns="measure", values="value", observed=True)
        accidents: Callable[..., frozenset[str]] = load_function(ACCIDENTS)
        return accidents(means, self.settings.scale)


class _Kept(Follower):
    """A follower that remembers whom it follows in: what was recorded there is read at the end."""

    def __init__(self, model: HealthSystem, scenario: ScenarioSpecification, persons: Sequence[int]) -> None:
        super().__init__(model, scenario, persons)
        self.model = model


def ranked(lives: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the lives that differ, those that differ most first, longer and shorter ones alike.

    Args:
        lives: What `compare_lives` returns.
        by: A measure; 'all' for years of life, then conditions, bed days, admissions and attendances.
    """
    keys = list(MEASURES) if by == "all" else [by, *(name for name in MEASURES if name != by)]
    differ = lives[lives["health"] | lives["care"]]
    if by != "all":
        differ = differ[differ[by] != 0]
    sizes = [-differ[name].abs().round(6).to_numpy() for name in keys]
    order = np.lexsort([differ["person"].to_numpy(), ~differ["health"].to_numpy(), *sizes[::-1]])
    return differ.iloc[order]


def _told(scenario: ScenarioSpecification) -> dict[str, Any]:
    """Return what a teller must know of a scenario, as plain data."""
    return {
        "name": scenario.full_name,
        "label": scenario.label,
        "interventions": [_intervention(item) for item in scenario.interventions],
    }


def _intervention(item: Any) -> dict[str, Any]:
    """Return one intervention: whom it reaches, what it multiplies and what it moves."""
    eligible = getattr(item, "eligible", None)
    return {
        "core20plus": bool(getattr(eligible, "core20plus", False)),
        "key": item.key, "label": item.label, "start": month_number(item.start),
        "reaches": hasattr(item, "effects"), "personal": hasattr(item, "uptake"),
        "effects": [
            {"on": effect.on, "key": effect.key, "multiplier": effect.multiplier.value}
            | ({"words": plain_names.need(effect.key)} if effect.on == "need" else {})
            for effect in getattr(item, "effects", ())
        ],
        "moves": [
            {"factor": move.factor, "to": move.to_level} for move in getattr(item, "moves", ())
        ],
        "needs": list(getattr(item, "needs", ())), "to": getattr(item, "to", ""),
        "nodes": list(getattr(item, "nodes", getattr(item, "from_nodes", ()))),
    }  # fmt: skip
