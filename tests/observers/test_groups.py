"""Groups that overlap: bits of a word, counted as plain sets are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import groups as kernel
from sim.observers.groups import DIMENSIONS, crossings, plus_groups
from sim.observers.scorecard import published

CODES, COLUMNS, GROUPS = 4, 3, 64
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
    everybody = np.tile(np.arange(len(people)), 2)
    for codes, here in ((columns[::-1], status[::-1]), (columns, status)):  # first as others, then anew
        renewed = np.empty(everybody.size, np.int64)
        number = kernel.renew_words(
            everybody, here, score, codes, membership, words, counted, count, points, renewed
        )
        kernel.add_score(renewed[:number], words, score, points)
    assert list(words) == [_word(one) for one in sets]
    rows = np.array([-1, *range(len(people))])
    kernel.add_by_group(rows, np.arange(rows.size) * 1.0, words, weights)
    times = np.zeros((2, GROUPS), np.int64)
    kernel.add_times(np.stack([score, 0 * score], axis=1).astype(np.uint8), words, times)
    level = np.ones((rows.size, 1), np.int64)
    by_level = np.zeros((GROUPS, 2))
    kernel.add_by_level(rows, np.arange(rows.size) * 1.0, words, level, by_level)
    for g in range(GROUPS):
        inside = [i for i, one in enumerate(sets) if g in one]
        assert count[g] == sum(status[i] for i in inside)
        assert points[g] == sum(score[i] for i in inside if status[i])
        assert weights[g] == sum(i + 1 for i in inside) == by_level[g, 0] == by_level[g, 1]
        assert list(times[:, g]) == [sum(score[i] for i in inside), 0]


def test_the_tables_say_what_is_kept() -> None:
    """Some forty measures, and no group without a source; every share of the scorecard within its range."""
    assert 35 <= len(crossings()) <= 45
    assert crossings()[list(DIMENSIONS)].isin(["yes", "no"]).all(axis=None)
    assert plus_groups()["source"].str.strip().all()
    shares = published().dropna(subset=["low"])
    assert ((shares["low"] <= shares["value"]) & (shares["value"] <= shares["high"])).all()
    counted = published().drop(shares.index)
    assert (counted["value"] == 1).all()
