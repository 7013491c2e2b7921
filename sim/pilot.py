"""What keeps the baseline on its life table, its prevalences and its frailty: followed through pilots, kept.

Means by which hazards are normalised change as those with most illness die first. So the baseline's life
course is run in advance, on some residents, with its own key and no scenario, and every quarter's hazards are
set by the means of that quarter. What is found is the same in every scenario and replicate.

Two pilots follow one another. In the first, risk factors stay as they are by age: it gives the balance of
conditions and of counts, so that the trend of a risk factor shows in the illness that it brings. In the
second they follow their trend, under that balance: it gives the divisors of death, so that the trend of
mortality, which is of all who die together, is not added to by what falling smoking does.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.kept import load_kept
from sim.health.balance import Kept, follow
from sim.health.count_balance import CountBalance
from sim.health.counting import Means, counts_of
from sim.health.frailty_score import HeldCount
from sim.health.life import LifeCourse
from sim.health.mortality_trend import mortality_trend
from sim.health.smoking_trend import Forecast, with_smoking_trend
from sim.health.steady import Keeper, Steady, balanced, solved
from sim.health.transitions import Transition
from sim.kernels.life_course import Processes
from sim.kernels.randomness import replicate_key
from sim.population.cache import Arrays, content_key, load_or_make
from sim.population.draws import population_key
from sim.population.residents import Residents
from sim.world import World, ranked_factors, run_residents

FloatArray = npt.NDArray[np.float64]
_SOURCES = (
    "sim.health.ages", "sim.health.balance", "sim.health.competing", "sim.health.compiling",
    "sim.health.condition_flows", "sim.health.count_balance", "sim.health.counting",
    "sim.health.frailty_score", "sim.health.grouping", "sim.health.life", "sim.health.mortality_trend",
    "sim.health.ranked", "sim.health.smoking_trend", "sim.health.starting_tables", "sim.health.steady",
    "sim.health.transitions", "sim.kernels.candidates", "sim.kernels.flows", "sim.kernels.life_course",
    "sim.kernels.randomness", "sim.kernels.ratio_means", "sim.pilot", "sim.world",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What the pilots found, by quarter."""

    divisors: FloatArray
    """(quarters, causes, 2, 111, 5) what hazards of death are divided by: mean ratios, less the trend."""
    balance: FloatArray
    """(quarters, P, 2, 23) what keeps prevalences on their trend multiplies each transition by."""
    counts: CountBalance
    """What keeps counts, such as the deficits of frailty, as they are by age."""


def follow_baseline(
    world: World,
    transitions: Sequence[Transition],
    hazards: tuple[Processes, Forecast],
    people: FloatArray,
    trends: str,
) -> Baseline:
    """Return what keeps the baseline where its tables have it, from the cache or from two pilots.

    Args:
        world: Tables and people.
        transitions: All transitions.
        hazards: The same, compiled, and the trend of smoking that acts on them.
        people: (2, 111, 5) people at the start.
        trends: `continued` or `frozen` mortality.
    """
    processes, smoking = hazards
    months = world.people.schedule.first.size - 1
    counts = counts_of(transitions, people)
    trend = mortality_trend(world.national, trends, months, multiplier=world.mortality_multiplier)

    def make() -> dict[str, npt.NDArray[np.generic]]:
        pilot = _Pilot(world, transitions, months)
        still = pilot.follow(processes, trend, people, None)
        moving = _with_months(processes, months)
        moving = with_smoking_trend(moving, transitions, smoking)
        found = pilot.follow(moving, trend, people, still)
        means = {f"{c}.{name}": t for c, one in enumerate(still.means) for name, t in one._asdict().items()}
        return {"divisors": found.divisors, "balance": still.balance.astype(np.float32), **means}

    moved = (smoking.start, smoking.quit, smoking.start_calendar, smoking.quit_calendar)
    arrays = [*_hazards(processes), trend, *moved]
    made = load_or_make("baseline", _key(world, transitions, arrays, months), make)
    means = [Means(*(made[f"{c}.{name}"] for name in Means._fields)) for c in range(len(counts))]
    return Baseline(
        divisors=made["divisors"].astype(np.float64), balance=made["balance"].astype(np.float64),
        counts=CountBalance(counts=counts, means=means),
    )  # fmt: skip


def balance_start(
    world: World, transitions: Sequence[Transition], processes: Processes, residents: Residents
) -> Steady:
    """Return hazards that keep the prevalences of the start, from the cache or solved.

    Args:
        world: Tables and people.
        transitions: All transitions.
        processes: The same, compiled on `residents`.
        residents: The start population at full scale, as it is made from `world`.
    """

    def make() -> Arrays:
        multipliers, flows = solved(world.national, transitions, processes, residents)
        found: Arrays = {f"multiplier {key}": values for key, values in multipliers.items()}
        return found | {f"flow {key}": values for key, values in flows.items()}

    made = load_or_make("balance", _key(world, transitions, _hazards(processes), 0), make)
    multipliers, flows = (
        {name.removeprefix(kind): values for name, values in made.items() if name.startswith(kind)}
        for kind in ("multiplier ", "flow ")
    )
    return balanced(transitions, processes, multipliers, flows)


@dataclass(frozen=True)
class _Pilot:
    """The residents of a pilot and how it is run."""

    world: World
    transitions: Sequence[Transition]
    months: int

    def follow(self, processes: Processes, trend: FloatArray, people: FloatArray, kept: Kept | None) -> Kept:
        """Run a pilot with hazards of its own copy; `kept` has a balance that is to be used, not found."""
        world, national = self.world, self.world.national
        network = load_kept(world.area.directory / "network.yaml", world.network_scalars)
        scale = national.scalar("pilot_scale")
        residents, entrants, _ = run_residents(world, network, len(self.transitions), 0, scale, self.months)
        processes = _with_months(processes, self.months)
        key = np.array(replicate_key(world.seed, 0), np.uint32)
        life = LifeCourse(residents, self.transitions, processes, 0, self.months, key)
        life.start(np.flatnonzero(residents.registered), 0)
        keep = Keeper(national, life, residents) if kept is None else kept
        ranked = ranked_factors(world, residents, False)
        return follow(
            life, entrants, trend, counts_of(self.transitions, people), HeldCount.of(national, people),
            (ranked, population_key(world.seed)), keep,
        )  # fmt: skip


def _with_months(processes: Processes, months: int) -> Processes:
    """Return a copy that may be changed, without what changes from month to month."""
    n = processes.column.size
    own = processes.own.copy()
    return processes._replace(
        base=processes.base.copy(), own=own,
        calendar=processes.calendar if processes.calendar.shape[1] == months else np.ones((n, months)),
    )  # fmt: skip


def _hazards(processes: Processes) -> list[npt.NDArray[np.generic]]:
    """Return the arrays of hazards that do not change from month to month."""
    return [
        processes.base, processes.bound, processes.modifier_first, processes.modifier_column,
        processes.modifier_table, processes.ratio_most, processes.own,
    ]  # fmt: skip


def _key(
    world: World, transitions: Sequence[Transition], arrays: Sequence[npt.NDArray[np.generic]], months: int
) -> str:
    """Return the key of what depends on these arrays, the tables of health and the people."""
    national = world.national
    frames = {f"{key}.{name}": t for key, c in national.conditions.items() for name, t in c.tables.items()}
    frames |= {f"{key}.{name}": t for key, f in national.risk_factors.items() for name, t in f.tables.items()}
    frames |= {name: national.tables[name] for name in national.tables if name.startswith("frailty")}
    frames["life_table"] = world.area.tables["life_table"]
    settings = {
        "scalars": sorted(national.scalars.items()), "months": months, "people": _checksum(world),
        "arrays": [zlib.crc32(np.ascontiguousarray(one).tobytes()) for one in arrays],
        "transitions": [(t.key, t.stream, t.attribute, t.from_code, t.to_code, t.also) for t in transitions],
    }  # fmt: skip
    return content_key(frames, [sys.modules[name] for name in _SOURCES], settings)


def _checksum(world: World) -> int:
    value = 0
    for name, values in sorted(world.people.residents.items()):
        value = zlib.crc32(np.ascontiguousarray(values).tobytes(), zlib.crc32(name.encode(), value))
    return zlib.crc32(world.people.schedule.first.tobytes(), value)


__all__ = ["Baseline", "balance_start", "follow_baseline"]
