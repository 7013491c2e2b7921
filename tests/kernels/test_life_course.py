"""The life-course kernel alone: exact probabilities, coupling, and independence of everything irrelevant."""

import numpy as np
import pytest

from sim.kernels import life_course as kernel
from sim.kernels.randomness import stream_key

MONTHS = 24
CALENDAR = 12 * 2026 + 3
KEY = (np.uint32(11), np.uint32(22))
STATUS, SEX, STRATUM, FIRST = 0, 1, 2, 3


def build(names, hazards, cap=8.0, ratios=None):
    """Compile independent transitions 0 -> 1, a column each; `ratios[name]`: ratio by column at code 1."""
    n = len(names)
    base = np.broadcast_to(np.array(hazards)[:, None, None, None], (n, 2, 111, 5)).copy()
    bound = np.broadcast_to(np.array(hazards)[:, None, None] * cap, (n, 2, 111)).copy()
    total = np.concatenate([np.zeros((n, 2, 1)), np.cumsum(bound * 12, axis=2)], axis=2)
    table = np.ones((n, 2, kernel.AGE_GROUPS, kernel.CODES), np.float32)
    for i, name in enumerate(names):
        table[i, :, :, 1] = (ratios or {}).get(name, 1.0)
    return kernel.Processes(
        column=np.array([STATUS if name == "death" else FIRST + i for i, name in enumerate(names)]),
        from_code=np.array([1 if name == "death" else 0 for name in names], np.uint8),
        to_code=np.array([2 if name == "death" else 1 for name in names], np.uint8),
        stream=np.array([stream_key(name) for name in names], np.uint32),
        base=base,
        bound=bound,
        bound_sum=total,
        calendar=np.ones((n, MONTHS)),
        modifier_first=np.arange(n + 1),
        modifier_column=np.full(n, FIRST + n),
        modifier_table=table,
        ratio_most=np.full((n, 2, kernel.AGE_GROUPS), np.inf),
        programme_first=np.zeros(n + 1, np.int64),
        programme=np.zeros(0, np.int64),
        programme_curve=np.ones((0, 1)),
    )


def run(processes, person, exposed=None, months=MONTHS):
    """Return {(person, process stream): (month, fraction)} of all events of `months` months."""
    n, p = person.size, processes.column.size
    columns = np.zeros((n, FIRST + p + 1), np.uint8)
    columns[:, STATUS] = 1
    columns[:, FIRST + p] = 0 if exposed is None else exposed
    birth_month = np.full(n, -600, np.int16)
    clock, soonest = np.empty((n, p), np.int16), np.empty(n, np.int16)
    shared = (CALENDAR, months, person, birth_month)
    kernel.start_clocks(np.arange(n), 0, *shared, columns, SEX, processes, np.arange(n), clock, soonest, KEY)
    events = kernel.Events(np.empty(n * p, np.int64), np.empty(n * p, np.int64), np.empty(n * p))
    reached = np.full((n, 1), 32767, np.int16)
    clipped = np.zeros(p, np.int64)
    history = {}
    for month in range(months):
        found = kernel.advance_month(
            month,
            *shared,
            columns,
            SEX,
            STRATUM,
            STATUS,
            processes,
            reached,
            np.arange(n),
            clock,
            soonest,
            events,
            clipped,
            KEY,
        )
        for row, process, fraction in zip(*(buffer[:found] for buffer in events), strict=True):
            columns[row, processes.column[process]] = processes.to_code[process]
            history[int(person[row]), int(processes.stream[process])] = (month, float(fraction))
            if processes.column[process] == STATUS:
                soonest[row] = kernel.NEVER
    return history


PEOPLE = np.arange(4000, dtype=np.uint32)


def test_monthly_probability_is_exact():
    """Onsets in a month among 60,000 against 1 - exp(-h): false-alarm rate 1 in 1,000."""
    people = np.arange(60_000, dtype=np.uint32)
    hazard = 0.05
    events = run(build(["a"], [hazard], cap=3.0), people, months=1)
    expected = 1 - np.exp(-hazard)
    error = (len(events) / people.size - expected) / np.sqrt(expected * (1 - expected) / people.size)
    assert abs(error) < 3.29


@pytest.mark.parametrize("cap", [1.0, 4.0, 20.0])
def test_survival_does_not_depend_on_the_dominating_hazard(cap):
    """The share still free of the event after 24 months is exp(-24 h) at any cap: false alarm 1 in 1,000."""
    events = run(build(["a"], [0.02], cap=cap), PEOPLE)
    expected = 1 - np.exp(-0.02 * MONTHS)
    error = (len(events) / PEOPLE.size - expected) / np.sqrt(expected * (1 - expected) / PEOPLE.size)
    assert abs(error) < 3.29


def test_a_lower_hazard_only_removes_events_and_keeps_dates():
    high = run(build(["a"], [0.02], ratios={"a": 3.0}), PEOPLE, exposed=1)
    low = run(build(["a"], [0.02], ratios={"a": 1.5}), PEOPLE, exposed=1)
    assert len(low) < len(high)
    assert set(low) <= set(high)
    assert all(low[key] >= high[key] for key in low)  # an event may be postponed, never brought forward


def test_events_that_remain_keep_their_dates():
    """Halving a hazard keeps about half of the events, to the stamp: false-alarm rate 1 in 1,000."""
    high = run(build(["a"], [0.02], ratios={"a": 3.0}), PEOPLE, exposed=1)
    low = run(build(["a"], [0.02], ratios={"a": 1.5}), PEOPLE, exposed=1)
    kept = sum(low.get(key) == value for key, value in high.items()) / len(high)
    expected = (1 - np.exp(-0.03)) / (1 - np.exp(-0.06))
    assert abs(kept - expected) < 3.29 * np.sqrt(0.25 / len(high))


def test_another_process_changes_nothing():
    alone = run(build(["a"], [0.02]), PEOPLE)
    together = run(build(["new", "a", "newer"], [0.03, 0.02, 0.01]), PEOPLE)
    assert {key: value for key, value in together.items() if key[1] == stream_key("a")} == alone


def test_other_residents_and_their_order_change_nothing():
    some = run(build(["a", "b"], [0.02, 0.03]), PEOPLE[::-1][:500].copy())
    everyone = run(build(["a", "b"], [0.02, 0.03]), PEOPLE)
    assert some == {key: value for key, value in everyone.items() if key[0] >= PEOPLE.size - 500}


def test_nothing_happens_after_death():
    history = run(build(["death", "a"], [0.05, 0.05]), PEOPLE)
    deaths = {person: when for (person, stream), when in history.items() if stream == stream_key("death")}
    for (person, stream), when in history.items():
        if stream == stream_key("a") and person in deaths:
            assert when <= deaths[person]


def test_competing_risks_share_the_total():
    """Two exits of equal hazard split their total, 1 - exp(-2h), in half: false alarm 1 in 500."""
    processes = build(["death", "leave"], [0.05, 0.05])
    processes = processes._replace(
        column=np.array([STATUS, STATUS]),
        from_code=np.array([1, 1], np.uint8),
        to_code=np.array([2, 3], np.uint8),
    )
    people = np.arange(60_000, dtype=np.uint32)
    events = run(processes, people, months=1)
    expected = 1 - np.exp(-0.10)
    spread = np.sqrt(expected * (1 - expected) / people.size)
    assert abs(len(events) / people.size - expected) < 3.29 * spread
    deaths = sum(stream == stream_key("death") for _, stream in events)
    assert abs(deaths / len(events) - 0.5) < 3.29 * 0.5 / np.sqrt(len(events))


def test_two_half_runs_equal_one():
    """Clocks do not depend on the horizon: a shorter run is the beginning of the longer one."""
    short = run(build(["a"], [0.02]), PEOPLE, months=12)
    long = run(build(["a"], [0.02]), PEOPLE, months=24)
    assert short == {key: value for key, value in long.items() if value[0] < 12}
