"""Queueing theory for what may happen while people wait, arrive together, or find more places opened.

As in `theory_cases.py`; the networks are compiled when a case runs. Where no formula stands the stationary
probabilities of the Markov chain are solved numerically.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sim.care import Network
from sim.kernels.flow_layout import DAY
from sim.kernels.randomness import replicate_key
from tests.kernels import queueing as theory
from tests.kernels.theory_cases import EXPONENTIAL, WARM_UP, Case, Runner, by_replicate, by_table

ROOM = 150  # people at which chains are cut off; beyond it lies less than 1e-9 of their probability


def exponential(mean: float) -> dict[str, Any]:
    """The distribution in a file's words."""
    return {"distribution": "exponential", "mean": mean}


def by_totals(make: Callable[[], Network], days: float, wanted: list[tuple[str, str, float]]) -> Runner:
    """A case read from `FlowState.totals`: (node, field, theory); counts a day, integrals as means."""

    def measure(span: float, replicate: int, seed: int) -> list[float]:
        network = make()
        state = theory.announced(network, WARM_UP + span, replicate_key(seed, replicate))
        state.advance(WARM_UP * DAY)
        state.reset_totals()
        for month in range(1, math.ceil(span / 30.0) + 1):
            state.advance((WARM_UP + min(30.0 * month, span)) * DAY)
            state.take_log()
        totals = state.totals()
        found = []
        for node, field, _ in wanted:
            value = float(getattr(totals, field)[network.node(node)])
            is_count = field not in ("occupied", "queue", "blocked", "escalated")
            found.append(value / span if is_count else value / totals.minutes)
        return found

    return by_replicate(measure, days, [(f"{node}: {field}", value) for node, field, value in wanted])


def erlang_a(key: str) -> Case:
    """M/M/c+M: people who wait leave after an exponential patience."""
    rate, servers, patience = 4.0, 5, 0.5
    deaths = [min(n + 1, servers) + max(n + 1 - servers, 0) / patience for n in range(ROOM)]
    shares = theory.birth_death([rate] * ROOM, deaths)
    queue = sum(max(n - servers, 0) * float(share) for n, share in enumerate(shares))
    count = {"reneging": "reneged", "death": "died"}[key]
    wanted = [
        ("a", "queue", queue),
        ("a", count, 24.0 * queue / patience),
        ("a", "occupied", rate - queue / patience),
    ]
    leaving = {key: {"after": exponential(patience), "to": "home"}}
    make = lambda: theory.one_node(rate, EXPONENTIAL, places=servers, **leaving)  # noqa: E731
    return Case(
        f"M/M/5+M, {key}", "Erlang A (Palm 1957): birth-death chain", by_totals(make, 4_000.0, wanted)
    )


def balking() -> Case:
    """M/M/2 in which newcomers leave with 0.4 when two wait, with 0.8 when four wait."""
    rate, servers = 1.6, 2
    stays = [1.0 if n < servers + 2 else 0.6 if n < servers + 4 else 0.2 for n in range(ROOM)]
    shares = theory.birth_death(
        [rate * share for share in stays], [float(min(n + 1, servers)) for n in range(ROOM)]
    )
    balked = sum(rate * (1.0 - stay) * float(p) for stay, p in zip(stays, shares, strict=False))
    queue = sum(max(n - servers, 0) * float(share) for n, share in enumerate(shares))
    rules = [{"queue": 2, "probability": 0.4}, {"queue": 4, "probability": 0.8}]
    make = lambda: theory.one_node(rate, EXPONENTIAL, places=servers, balking=rules)  # noqa: E731
    wanted = [("a", "queue", queue), ("a", "balked", 24.0 * balked), ("a", "occupied", rate - balked)]
    return Case("M/M/2 with balking", "birth-death chain", by_totals(make, 10_000.0, wanted))


def batches() -> Case:
    """M^X/M/1: L = rho (1 + E[X^2] / E[X]) / (2 (1 - rho))."""
    sizes = {1: 0.5, 2: 0.3, 3: 0.2}
    first = sum(size * share for size, share in sizes.items())
    second = sum(size**2 * share for size, share in sizes.items())
    rho = 0.3 * first
    queue = rho * (1.0 + second / first) / (2.0 * (1.0 - rho)) - rho
    make = lambda: theory.network(  # noqa: E731
        {"a": {"places": 1, "service": EXPONENTIAL}},
        {"a": {"rate": 0.3, "batch": sizes}},
        {"a": {"home": 1.0}},
    )
    wanted = [("a", "mean_queue", queue), ("a", "mean_wait", queue / rho), ("a", "mean_occupied", rho)]
    return Case("M^X/M/1", "Gross and Harris, bulk input", by_table(make, 30_000.0, wanted))


def hyperexponential() -> Case:
    """M/H2/1, service a mixture of two exponentials with mean 1 and squared variation 3."""
    parts = [{"share": 0.8, **exponential(0.5)}, {"share": 0.2, **exponential(3.0)}]
    second = 2.0 * (0.8 * 0.25 + 0.2 * 9.0)
    wait = theory.pollaczek_khinchine(0.5, 1.0, second - 1.0)
    make = lambda: theory.one_node(0.5, {"distribution": "mixture", "of": parts}, places=1)  # noqa: E731
    wanted = [("a", "mean_wait", wait), ("a", "mean_queue", 0.5 * wait)]
    return Case("M/H2/1, mixture", "Pollaczek-Khinchine", by_table(make, 60_000.0, wanted))


def escalation() -> Case:
    """M/M/4 that becomes M/M/6 when more than 5 are there, and M/M/4 again at 3: a chain with a memory."""
    rate, places, more = 3.2, 4, 2
    opens, closes = 6, 3  # first number above 1.25 x 4; last at or below 0.75 x 4

    def moves(state: tuple[int, int]) -> dict[tuple[int, int], float]:
        people, open_now = state
        found: dict[tuple[int, int], float] = {}
        if people < ROOM:
            found[people + 1, int(open_now or people + 1 >= opens)] = rate
        if people:
            served = min(people, places + more * open_now)
            found[people - 1, int(open_now and people - 1 > closes)] = float(served)
        return found

    shares = theory.stationary((0, 0), moves)
    queue = sum(max(n - places - more * up, 0) * share for (n, up), share in shares.items())
    opened = sum(share for (_, up), share in shares.items() if up)
    rule = {"places": more, "open_above": 1.25, "close_below": 0.75}
    make = lambda: theory.one_node(rate, EXPONENTIAL, places=places, escalation=rule)  # noqa: E731
    wanted = [("a", "queue", queue), ("a", "escalated", more * opened), ("a", "occupied", rate)]
    return Case("M/M/4 with two escalation places", "Markov chain", by_totals(make, 10_000.0, wanted))


def overflow() -> Case:
    """A loss station before another; who is blocked on the way to it leaves after an exponential time."""
    rate, second, patience = 1.0, 2.0, 2.0

    def moves(state: tuple[str, int]) -> dict[tuple[str, int], float]:
        first, busy = state
        found: dict[tuple[str, int], float] = {}
        if first == "idle":
            found["serves", busy] = rate
        elif first == "serves":
            found["blocked" if busy else "idle", 1] = 1.0
        else:
            found["idle", busy] = 1.0 / patience
        if busy:
            found[("idle", 1) if first == "blocked" else (first, 0)] = (
                found.get(("idle", 1) if first == "blocked" else (first, 0), 0.0) + 1.0 / second
            )
        return found

    shares = theory.stationary(("idle", 0), moves)
    blocked = sum(share for (first, _), share in shares.items() if first == "blocked")
    busy = sum(share for (_, second_busy), share in shares.items() if second_busy)
    make = lambda: theory.network(  # noqa: E731
        {
            "a": {"places": 1, "external_queue": 0, "service": EXPONENTIAL},
            "b": {
                "places": 1,
                "internal_queue": 0,
                "service": exponential(second),
                "overflow": {"after": exponential(patience), "to": "home"},
            },
        },
        {"a": {"rate": rate}},
        {"a": {"b": 1.0}, "b": {"home": 1.0}},
    )
    wanted = [
        ("a", "blocked", blocked),
        ("b", "occupied", busy),
        ("b", "overflowed", 24.0 * blocked / patience),
    ]
    return Case("blocked station with overflow", "Markov chain", by_totals(make, 4_000.0, wanted))


def deterioration() -> Case:
    """M/M/1, two priorities; the routine become urgent after an exponential time of waiting."""
    urgent, routine, after, room = 0.2, 0.4, 3.0, 45

    def moves(state: tuple[int, int, int]) -> dict[tuple[int, int, int], float]:
        busy, first, second = state
        if not busy:
            return {(1, 0, 0): urgent + routine}
        found: dict[tuple[int, int, int], float] = {}
        if first + second < room:
            found[1, first + 1, second] = urgent
            found[1, first, second + 1] = routine
        if second:
            worse = (1, first + 1, second - 1)
            found[worse] = found.get(worse, 0.0) + second / after
        left = (1, first - 1, second) if first else (1, 0, second - 1) if second else (0, 0, 0)
        found[left] = found.get(left, 0.0) + 1.0
        return found

    shares = theory.stationary((0, 0, 0), moves)
    waiting = sum(second * share for (_, _, second), share in shares.items())
    rho = urgent + routine
    levels = {"urgent": urgent, "routine": routine}
    make = lambda: theory.network(  # noqa: E731
        {
            "a": {
                "places": 1,
                "service": EXPONENTIAL,
                "priority": {"by": "class", "values": {"urgent": 0, "routine": 1}},
                "deterioration": {
                    "after": {
                        "by": "class",
                        "values": {"urgent": exponential(1e6), "routine": exponential(after)},
                    },
                    "priority": 0,
                },
            }
        },
        {"a": {"rate": rho, "mix": {"by": "class", "values": levels}}},
        {"a": {"home": 1.0}},
        kinds={"class": list(levels)},
    )
    wanted = [("a", "queue", rho**2 / (1.0 - rho)), ("a", "worsened", 24.0 * waiting / after)]
    return Case("M/M/1, the routine worsen", "Markov chain", by_totals(make, 25_000.0, wanted))


def falling_use() -> Case:
    """Each person uses 4, 3, 2, 1 places for a quarter of the service each: rate x mean x 2.5 in use."""
    use = {"initial": 4, "final": 1}
    make = lambda: theory.one_node(3.0, exponential(2.0), places=200, uses=use)  # noqa: E731
    wanted = [("a", "mean_occupied", 3.0 * 2.0 * 2.5)]
    return Case("uses falling from 4 to 1", "Little's law", by_table(make, 1_500.0, wanted))


def ways_by_hour() -> Case:
    """Services end as a Poisson process; three in ten go on, between 8 and 22 o'clock only."""
    make = lambda: theory.network(  # noqa: E731
        {
            "a": {"places": "unlimited", "service": EXPONENTIAL},
            "b": {"places": "unlimited", "service": EXPONENTIAL},
        },
        {"a": {"rate": 4.0}},
        {
            "a": {"b": {"by": "hour", "values": {"8-22": 0.3}, "default": 0.0}, "home": "remainder"},
            "b": {"home": 1.0},
        },
    )
    wanted = [("b", "served", 4.0 * 14.0 * 0.3)]
    return Case("ways on by the hour", "thinned Poisson process", by_table(make, 1_500.0, wanted))


def daily_slot() -> Case:
    """One slot a day, open for an hour: the queue found at the opening is a Markov chain from day to day.

    Who waits at the opening takes the slot; when nobody does, the first to come within the hour takes it.
    Over the following day the queue is on average what is left plus half a day's arrivals, less, when it was
    empty, the chance that somebody has taken the slot by then.
    """
    rate, window = 0.5, 1.0 / 24.0  # a day, of a day
    poisson = [math.exp(-rate) * rate**n / math.factorial(n) for n in range(40)]
    taken = 1.0 - math.exp(-rate * window)

    def moves(found: int) -> dict[int, float]:
        if found:
            return {found - 1 + n: p for n, p in enumerate(poisson) if found - 1 + n < ROOM}
        nobody = math.exp(-rate * window)
        later = rate * (1.0 - window)
        after: dict[int, float] = {}
        for n in range(40):
            untaken = nobody * math.exp(-later) * later**n / math.factorial(n)
            after[n] = after.get(n, 0.0) + untaken
            if n:
                after[n - 1] = after.get(n - 1, 0.0) + poisson[n] - untaken
        return after

    shares = theory.stationary(0, moves)
    left = sum((found - 1) * share for found, share in shares.items() if found)
    within = window - taken / rate  # integral over the hour of the chance that the first has come
    queue = left + rate / 2.0 - shares[0] * (within + (1.0 - window) * taken)
    make = lambda: theory.network(  # noqa: E731
        {"a": {"slots": [{"from": 9, "to": 10, "slots": 1}]}},
        {"a": {"rate": rate / 24.0}},
        {"a": {"home": 1.0}},
    )
    wanted = [("a", "mean_queue", queue), ("a", "mean_wait", 24.0 * queue / rate)]
    return Case("one slot a day", "Markov chain from day to day", by_table(make, 80_000.0, wanted))


def opening(service: dict[str, Any], name: str, mean: float) -> Case:
    """People in service at the start, nobody arrives: the mean over six hours of who is left of 2,000.

    Their remaining time has the equilibrium distribution: uniform for a fixed time, and the service's own
    again for an exponential.
    """

    def measure(length: float, replicate: int, seed: int) -> list[float]:
        from sim.care import simulate

        network = theory.network(
            {"a": {"places": "unlimited", "service": service}},
            {},
            {"a": {"home": 1.0}},
            initial={"a": {"occupied": 2_000}},
        )
        del length  # the window is part of the theory
        table = simulate(network, 0.25, 0.0, 1, 10_000 * seed + replicate)
        return [float(table["mean_occupied"][0])]

    return Case(
        f"start from 2,000, {name}",
        "equilibrium of renewal",
        by_replicate(measure, 1.0, [("occupied", mean)]),
    )


CASES: tuple[Case, ...] = (
    erlang_a("reneging"),
    erlang_a("death"),
    balking(),
    batches(),
    hyperexponential(),
    escalation(),
    overflow(),
    deterioration(),
    falling_use(),
    ways_by_hour(),
    daily_slot(),
    opening({"distribution": "deterministic", "value": 10.0}, "deterministic", 2_000.0 * 0.7),
    opening(exponential(10.0), "exponential", 2_000.0 * 10.0 / 6.0 * (1.0 - math.exp(-0.6))),
)
