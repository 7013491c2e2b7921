"""Groups that overlap: bits of a word, counted as plain sets are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import groups as kernel
from sim.observers.groups import DIMENSIONS, crossings, plus_groups
from sim.observers.scorecard import published

CODES, COLUMNS, GROUPS = 4, 3, 8 * kernel.BYTES
UNLISTED = 40
words_of_codes = st.lists(
    st.lists(st.sets(st.integers(0, GROUPS - 1), max_size=3), min_size=CODES, max_size=CODES),
    min_size=COLUMNS, max_size=COLUMNS,
)  # fmt: skip
people = st.lists(
    st.tuples(st.integers(0, 1), st.tuples(*[st.integers(0, CODES - 1)] * COLUMNS), st.integers(0, 9)),
    min_size=1, max_size=20,
)  # fmt: skip


def _word(groups: set[int]) -> np.uint64:
    return np.uint64(sum(1 << g for g in groups))


@given(brings=words_of_codes, listed=st.sets(st.integers(0, GROUPS - 1)), people=people)
def test_words_are_sets(
    brings: list[list[set[int]]], listed: set[int], people: list[tuple[int, tuple[int, ...], int]]
) -> None:
    """Members, people and scores by group are those of sets of Python, up to the highest bit."""
    membership = kernel.Membership(
        column=np.arange(COLUMNS), bits=np.array([[_word(one) for one in line] for line in brings]),
        listed=_word(listed), unlisted=_word({UNLISTED}),
    )  # fmt: skip
    status = np.array([one[0] for one in people], np.uint8)
    columns = np.array([one[1] for one in people], np.uint8)
    score = np.array([one[2] for one in people], np.int16)
    sets = [set().union(*(brings[k][code] for k, code in enumerate(codes))) for _, codes, _ in people]
    sets = [one if one & listed else one | {UNLISTED} for one in sets]

    words, counted = np.zeros(len(people), np.uint64), np.zeros(len(people), np.uint8)
    count, points, weights = np.zeros(GROUPS, np.int64), np.zeros(GROUPS, np.int64), np.zeros(GROUPS)
    everybody, scored = np.tile(np.arange(len(people)), 2), np.zeros(len(people), np.uint8)
    for codes, here in ((columns[::-1], status[::-1]), (columns, status)):  # first as others, then anew
        kernel.take_off_score(everybody, words, score, scored, points)
        kernel.renew_words(everybody, here, codes, membership, words, counted, count)
        kernel.add_score(everybody, here, everybody[:0], everybody[:0], words, score - 5, scored, points)
        which = np.empty((2, everybody.size), np.int64)  # and then scored anew
        number = kernel.remember_score(everybody, score - 5, scored, *which)
        kernel.add_score(everybody, here, *which[:, :number], words, score, scored, points)
    assert list(words) == [_word(one) for one in sets]
    rows = np.array([-1, *range(len(people))])
    kernel.add_by_group(rows, np.arange(rows.size) * 1.0, words, weights)
    times, often = np.zeros((3, GROUPS), np.int64), score.astype(np.uint8)
    kernel.add_times(often, 0 * often, 2 * often, words, 1 << 20, times)
    by_level = np.zeros((GROUPS, 4 + CODES))
    months, first = np.arange(len(people)) * 12 + 11, np.array([1, 4])
    kernel.add_by_level(
        rows[1:], rows[1:] + 1.0, words, columns, np.array([1]), months, first, np.array([0, 1, 2]), by_level
    )
    assert list(kernel.members_among(rows, words)) == [i + 1 for i, one in enumerate(sets) if one]
    for g in range(GROUPS):
        inside = [i for i, one in enumerate(sets) if g in one]
        assert count[g] == sum(status[i] for i in inside)
        assert points[g] == sum(score[i] for i in inside if status[i])
        assert weights[g] == sum(i + 1 for i in inside) == by_level[g, 0]
        assert list(by_level[g, 1:4]) == [sum(i + 1 for i in inside if min(i, 2) == a) for a in range(3)]
        assert list(by_level[g, 4:]) == [
            sum(i + 1 for i in inside if columns[i, 1] == code) for code in range(CODES)
        ]
        assert list(times[:, g]) == [n * sum(score[i] for i in inside) for n in (1, 0, 2)]


def test_the_tables_say_what_is_kept() -> None:
    """Some forty measures, and no group without a source; every share of the scorecard within its range."""
    assert 35 <= len(crossings()) <= 45
    assert crossings()[list(DIMENSIONS)].isin(["yes", "no"]).all(axis=None)
    assert plus_groups()["source"].str.strip().all()
    shares = published().dropna(subset=["low"])
    assert ((shares["low"] <= shares["value"]) & (shares["value"] <= shares["high"])).all()
    counted = published().drop(shares.index)
    assert (counted["value"] == 1).all()
