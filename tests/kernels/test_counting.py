"""A process that counts, in the kernel alone: a pure birth process, exact in monthly steps."""

import numpy as np
import pytest
from scipy.stats import chi2

from sim.kernels import life_course as kernel
from tests.kernels.test_life_course import FIRST, KEY, SEX, STATUS, STRATUM, build

CALENDAR = 12 * 2026 + 3
MONTHS = 24
MOST = 6
ALARM = 1e-3
"""Chance that a comparison with theory fails although nothing is wrong."""


def counting(hazard, own, most=MOST, cap=4.0):
    """A process `a` that counts to `most` at `hazard` times own[count] a month, beside one that does not."""
    processes = build(["a", "b"], [hazard, 0.03], cap=cap)
    table = np.ones((1, 2, 111, 5, most + 1), np.float32)
    table[...] = np.append(own, 0.0)
    return processes._replace(counting=np.array([0, -1]), most=np.array([most], np.uint8), own=table)


def run(processes, people, months=MONTHS, start=0):
    """Return counts after each month, (months, n), and the dates of each resident's events."""
    n, p = people.size, processes.column.size
    columns = np.zeros((n, FIRST + p + 1), np.uint8)
    columns[:, STATUS] = 1
    columns[:, FIRST] = start
    shared = (CALENDAR, months, people, np.full(n, -600, np.int16))
    clock, soonest = np.empty((n, p), np.int16), np.empty(n, np.int16)
    kernel.start_clocks(np.arange(n), 0, *shared, columns, SEX, processes, np.arange(n), clock, soonest, KEY)
    buffers = kernel.Events(np.empty(n * p, np.int64), np.empty(n * p, np.int64), np.empty(n * p))
    reached, clipped = np.full((n, 1), 32767, np.int16), np.zeros(p, np.int64)
    counts, dates = [], {0: set(), 1: set()}
    for month in range(months):
        found = kernel.advance_month(
            month, *shared, columns, SEX, STRATUM, STATUS, processes, reached, np.arange(n), clock, soonest,
            buffers, clipped, KEY,
        )  # fmt: skip
        row, process = buffers.row[:found], buffers.process[:found]
        columns[row[process == 0], FIRST] += 1
        columns[row[process == 1], FIRST + 1] = 1
        for which, events in dates.items():
            mine = process == which
            events |= {(int(r), month, float(f)) for r, f in zip(row[mine], buffers.fraction[:found][mine],
                                                                  strict=True)}  # fmt: skip
        counts.append(columns[:, FIRST].copy())
    return np.array(counts), dates


def chain(hazard, own, months):
    """Return the distribution of the count after `months`: one more a month with 1 - exp(-h own[count])."""
    more = -np.expm1(-hazard * np.append(own, 0.0))
    step = np.diag(1.0 - more) + np.diag(more[:-1], 1)
    return np.linalg.matrix_power(step, months)[0]


@pytest.mark.parametrize("months", [1, 6, MONTHS])
@pytest.mark.parametrize("own", [np.ones(MOST), np.array([1.0, 2.0, 0.5, 3.0, 0.0, 1.0])])
def test_counts_are_those_of_the_chain(own, months):
    """Chi-square of 20,000 counts against the exact chain; false-alarm rate 1 in 1,000 each."""
    people = np.arange(20_000, dtype=np.uint32)
    counts, _ = run(counting(0.08, own), people, months)
    expected = chain(0.08, own, months) * people.size
    found = np.bincount(counts[-1], minlength=MOST + 1)
    met = expected > 5
    assert found[expected == 0].sum() == 0
    statistic = ((found - expected) ** 2 / np.where(met, expected, 1.0))[met].sum()
    assert statistic < chi2.isf(ALARM, max(1, met.sum() - 1))


def test_the_count_never_falls_never_jumps_and_stops_at_the_most():
    counts, _ = run(counting(0.5, np.ones(MOST)), np.arange(3000, dtype=np.uint32))
    steps = np.diff(counts.astype(int), axis=0)
    assert set(np.unique(steps)) == {0, 1}
    assert counts.max() == MOST
    assert (counts[-1] == MOST).mean() > 0.9


def test_a_lower_hazard_only_removes_events():
    """With a hazard that does not depend on the count, the events that remain keep their dates."""
    people = np.arange(4000, dtype=np.uint32)
    high, low = (run(counting(0.02 * f, np.ones(200), 200, cap=8.0 / f), people)[1] for f in (2.0, 1.0))
    assert low[0] < high[0]
    assert abs(len(low[0]) / len(high[0]) - 0.5) < 3.29 * np.sqrt(0.75 / len(high[0]))


def test_a_process_that_does_not_count_is_untouched():
    """Beside a counting process, whatever its hazard, the other lives the identical life."""
    people = np.arange(4000, dtype=np.uint32)
    alone = build(["a", "b"], [0.02, 0.03], cap=4.0)
    first = run(alone, people)[1][1]
    assert all(run(counting(h, np.ones(MOST)), people)[1][1] == first for h in (0.01, 0.2))


def test_a_ratio_of_one_everywhere_is_no_ratio():
    """Counting to one with own ratios of one is the same as setting a code: to the bit."""
    people = np.arange(4000, dtype=np.uint32)
    plain = build(["a", "b"], [0.05, 0.03], cap=4.0)
    assert run(counting(0.05, np.ones(1), most=1), people)[1] == run(plain, people)[1]
