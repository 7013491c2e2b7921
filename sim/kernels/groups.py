"""Counting loops over groups that overlap: which a row belongs to, as bits of one word, and sums by bit.

A row's word is the union of the words that each of its codes brings, and one bit more for rows with no bit of
a given set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

_NOUGHT, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its top six bits differ after every shift: finds a single bit
_AT_ONCE, _ROWS_AT_ONCE, _BITS_EACH = 3, 8192, 21
_LAST_BITS = np.uint64((1 << _BITS_EACH) - 1)
_PLACE = np.zeros(64, np.int64)
for _bit in range(64):
    _PLACE[((0x03F79D71B4CB0A89 << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


class Membership(NamedTuple):
    """What makes a row a member of which groups."""

    column: npt.NDArray[np.int64]
    """(K,) columns looked at."""
    bits: npt.NDArray[np.uint64]
    """(K, codes) groups that a code of each column brings."""
    listed: np.uint64
    """Groups of which a row without any ..."""
    unlisted: np.uint64
    """... belongs to this one instead."""


@njit(cache=True, inline="always")
def _lowest(word):  # type: ignore[no-untyped-def]
    """Return the place of the lowest bit of a word that has one."""
    return _PLACE[((word & (~word + _ONE)) * _DE_BRUIJN) >> _TOP]


@njit(cache=True, inline="always")
def _word(row, columns, column, bits, listed, unlisted):  # type: ignore[no-untyped-def]
    """Return the groups of one row."""
    word = _NOUGHT
    for k in range(column.size):
        word |= bits[k, columns[row, column[k]]]
    if word & listed == _NOUGHT:
        word |= unlisted
    return word


@njit(cache=True)
def write_words(rows, columns, membership, words):  # type: ignore[no-untyped-def]
    """Write the groups of some rows.

    Args:
        rows: (R,) rows.
        columns: (N, C) codes.
        membership: What makes a member.
        words: (N,) written at `rows`.
    """
    column, bits, listed, unlisted = membership
    for i in range(rows.size):
        words[rows[i]] = _word(rows[i], columns, column, bits, listed, unlisted)


@njit(cache=True)
def renew_words(rows, status, score, columns, membership, words, counted, people, points, renewed):  # type: ignore[no-untyped-def]
    """Count some rows anew, in people and in their groups: those who came, went, or have other codes.

    Args:
        rows: (R,) rows, each as often as it likes.
        status: (n,) 1 when registered.
        score: (N,) whole numbers, as they were when last added to `points`.
        columns: (N, C) codes.
        membership: What makes a member.
        words: (N,) groups of each row, written at `rows`.
        counted: (N,) 1 for rows in `people`; written.
        people: (groups,) changed.
        points: (groups,) sums of scores, of which those of `rows` are taken off.
        renewed: (R,) written: rows registered now, each once, whose score is to be added again.

    Returns:
        How many were renewed.
    """
    column, bits, listed, unlisted = membership
    for i in range(rows.size):
        row = rows[i]
        if counted[row]:
            word = words[row]
            while word:
                group = _lowest(word)
                people[group] -= 1
                points[group] -= np.int64(score[row])
                word &= word - _ONE
            counted[row] = 0
    found = 0
    for i in range(rows.size):
        row = rows[i]
        if not counted[row]:
            word = _word(row, columns, column, bits, listed, unlisted)
            words[row] = word
            if status[row] == 1:
                counted[row] = 1
                renewed[found] = row
                found += 1
                while word:
                    people[_lowest(word)] += 1
                    word &= word - _ONE
    return found


@njit(cache=True)
def add_score(rows, words, score, total):  # type: ignore[no-untyped-def]
    """Add the score of some rows to each of their groups.

    Args:
        rows: (R,) rows.
        words: (N,) groups of each row.
        score: (N,) whole numbers.
        total: (groups,) whole numbers, added to.
    """
    for i in range(rows.size):
        word = words[rows[i]]
        while word:
            total[_lowest(word)] += np.int64(score[rows[i]])
            word &= word - _ONE


@njit(cache=True)
def add_by_group(rows, weights, words, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to each group of each row; rows below zero (nobody's) are left out.

    Args:
        rows: (R,) rows.
        weights: (R,) a weight each.
        words: (N,) groups of each row.
        total: (groups,) added to.
    """
    for i in range(rows.size):
        if rows[i] >= 0:
            word = words[rows[i]]
            while word:
                total[_lowest(word)] += weights[i]
                word &= word - _ONE


@njit(cache=True)
def add_times(times, words, total):  # type: ignore[no-untyped-def]
    """Add how often each row sought something to each of its groups.

    Three kinds at once travel in one word, so that a group of a row costs one addition: 21 bits hold what
    8,192 rows with 255 each can bring.

    Args:
        times: (n, kinds) how often, below 256.
        words: (N,) groups of each row.
        total: (kinds, groups) whole numbers, added to.
    """
    packed = np.zeros(64, np.uint64)
    for first in range(0, times.shape[1], _AT_ONCE):
        kinds = min(_AT_ONCE, times.shape[1] - first)
        for start in range(0, times.shape[0], _ROWS_AT_ONCE):
            for row in range(start, min(start + _ROWS_AT_ONCE, times.shape[0])):
                often = _NOUGHT
                for kind in range(kinds):
                    often |= np.uint64(times[row, first + kind]) << np.uint64(_BITS_EACH * kind)
                if often == _NOUGHT:
                    continue
                word = words[row]
                while word:
                    packed[_lowest(word)] += often
                    word &= word - _ONE
            for group in range(total.shape[1]):
                for kind in range(kinds):
                    part = (packed[group] >> np.uint64(_BITS_EACH * kind)) & _LAST_BITS
                    total[first + kind, group] += np.int64(part)
            packed[:] = _NOUGHT


@njit(cache=True)
def add_by_level(rows, weights, words, level, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to each group of each row, in all and at the row's level of each dimension.

    Args:
        rows: (R,) rows; those below zero are left out.
        weights: (R,) a weight each.
        words: (N,) groups of each row.
        level: (R, dimensions) position of each row's level among all levels.
        total: (groups, levels) added to; level 0 is everybody.
    """
    for i in range(rows.size):
        if rows[i] >= 0:
            word = words[rows[i]]
            while word:
                group = _lowest(word)
                total[group, 0] += weights[i]
                for d in range(level.shape[1]):
                    total[group, level[i, d]] += weights[i]
                word &= word - _ONE
