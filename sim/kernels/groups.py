"""Counting loops over groups that overlap: which a row belongs to, as bits of one word, and sums by bit.

A row's word is the union of the words that each of its codes brings, and one bit more for rows with no bit of
a given set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

BYTES = 6
"""Bytes of a word that are looked at: 48 groups at most. A number known beforehand lets loops be unrolled."""
_NOUGHT, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its top six bits differ after every shift: finds a single bit
_BYTE, _EIGHT = np.uint64(255), np.uint64(8)
_SECOND, _THIRD, _LAST_BITS = np.uint64(21), np.uint64(42), np.uint64((1 << 21) - 1)
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
def _spread(by_byte, total):  # type: ignore[no-untyped-def]
    """Add sums by the value of each byte of a word to the groups whose bits that value has.

    Args:
        by_byte: (bytes, 256) sums; a value of 0 is in no group.
        total: (groups,) added to.
    """
    for byte in range(BYTES):
        for value in range(1, 256):
            if by_byte[byte, value] != 0:
                for bit in range(8):
                    if value >> bit & 1 and 8 * byte + bit < total.size:
                        total[8 * byte + bit] += by_byte[byte, value]


@njit(cache=True)
def renew_words(rows, status, columns, membership, words, counted, people):  # type: ignore[no-untyped-def]
    """Count some rows anew in their groups: those who came, went, or have other codes.

    Args:
        rows: (R,) rows, each as often as it likes.
        status: (n,) 1 when registered.
        columns: (N, C) codes.
        membership: What makes a member.
        words: (N,) groups of each row, written at `rows`.
        counted: (N,) 1 for rows in `people`; written.
        people: (groups,) changed.
    """
    column, bits, listed, unlisted = membership
    for i in range(rows.size):
        row = rows[i]
        if counted[row]:
            word = words[row]
            while word:
                people[_lowest(word)] -= 1
                word &= word - _ONE
        word = _word(row, columns, column, bits, listed, unlisted)
        words[row] = word
        counted[row] = status[row] == 1
        while word and counted[row]:
            people[_lowest(word)] += 1
            word &= word - _ONE


@njit(cache=True)
def take_off_score(rows, words, score, scored, total):  # type: ignore[no-untyped-def]
    """Take the score of some rows off each of their groups, once for each row whose score is in `total`.

    Args:
        rows: (R,) rows, each as often as it likes.
        words: (N,) groups of each row.
        score: (N,) whole numbers.
        scored: (N,) 1 for rows whose score is in `total`; written.
        total: (groups,) whole numbers, changed.
    """
    by_byte = np.zeros((BYTES, 256), np.int64)
    for i in range(rows.size):
        row = rows[i]
        if scored[row] == 1:
            scored[row] = 0
            word = words[row]
            for byte in range(BYTES):
                by_byte[byte, word & _BYTE] -= np.int64(score[row])
                word >>= _EIGHT
    _spread(by_byte, total)


@njit(cache=True)
def remember_score(rows, score, scored, which, before):  # type: ignore[no-untyped-def]
    """Write rows that are about to be scored anew, each once, and their scores; return how many.

    Args:
        rows: (R,) rows, each as often as it likes; those whose score is in no total are left out.
        score: (N,) whole numbers.
        scored: (N,) 1 for rows whose score is in a total; 2 once remembered.
        which: (R,) written.
        before: (R,) written.
    """
    n = 0
    for i in range(rows.size):
        row = rows[i]
        if scored[row] == 1:
            scored[row] = 2
            which[n], before[n] = row, score[row]
            n += 1
    return n


@njit(cache=True)
def add_score(rows, status, which, before, words, score, scored, total):  # type: ignore[no-untyped-def]
    """Add the score of some rows that are registered, and what became of the scores of others.

    Args:
        rows: (R,) rows whose score is to be added; each as often as it likes.
        status: (n,) 1 when registered.
        which: (W,) rows of `remember_score`; their groups are as they were.
        before: (W,) their scores then.
        words: (N,) groups of each row.
        score: (N,) whole numbers.
        scored: (N,) 1 for rows whose score is in `total`; written.
        total: (groups,) whole numbers, changed.
    """
    by_byte = np.zeros((BYTES, 256), np.int64)
    for i in range(which.size + rows.size):
        row = which[i] if i < which.size else rows[i - which.size]
        change = np.int64(0)
        if i < which.size:
            scored[row] = 1
            change = np.int64(score[row]) - np.int64(before[i])
        elif status[row] == 1 and scored[row] == 0:
            scored[row] = 1
            change = np.int64(score[row])
        if change:
            word = words[row]
            for byte in range(BYTES):
                by_byte[byte, word & _BYTE] += change
                word >>= _EIGHT
    _spread(by_byte, total)


@njit(cache=True)
def add_by_group(rows, weights, words, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to each group of each row; rows below zero (nobody's) are left out.

    Weights are added up by the bytes of the words first: as many additions for every row, and no branch that
    hangs on its groups. Bit by bit it took three times as long.

    Args:
        rows: (R,) rows.
        weights: (R,) a weight each.
        words: (N,) groups of each row.
        total: (groups,) added to.
    """
    by_byte = np.zeros((BYTES, 256))
    for i in range(rows.size):
        if rows[i] >= 0:
            word = words[rows[i]]
            for byte in range(BYTES):
                by_byte[byte, word & _BYTE] += weights[i]
                word >>= _EIGHT
    _spread(by_byte, total)


@njit(cache=True)
def add_times(first, second, third, words, most, total):  # type: ignore[no-untyped-def]
    """Add how often each row sought three kinds of thing to each of its groups.

    The three travel in one word, by the bytes of the row's groups, of 21 bits each: they are taken out before
    so many rows have been added that one could overflow.

    Args:
        first: (n,) how often.
        second: (n,) how often.
        third: (n,) how often.
        words: (N,) groups of each row.
        most: The largest of these numbers, or more.
        total: (3, groups) whole numbers, added to.
    """
    packed = np.zeros((BYTES, 256), np.uint64)
    kind_of = np.empty(packed.shape, np.int64)
    at_once = np.int64(_LAST_BITS) // max(1, most)
    for start in range(0, first.size, at_once):
        for row in range(start, min(start + at_once, first.size)):
            often = (
                np.uint64(first[row]) | np.uint64(second[row]) << _SECOND | np.uint64(third[row]) << _THIRD
            )
            if often:
                word = words[row]
                for byte in range(BYTES):
                    packed[byte, word & _BYTE] += often
                    word >>= _EIGHT
        for kind, shift in enumerate((_NOUGHT, _SECOND, _THIRD)):
            for byte in range(BYTES):
                for value in range(256):
                    kind_of[byte, value] = np.int64((packed[byte, value] >> shift) & _LAST_BITS)
            _spread(kind_of, total[kind])
        packed[:] = _NOUGHT


@njit(cache=True)
def members_among(rows, words):  # type: ignore[no-untyped-def]
    """Return positions of the rows, not below zero, that are in any group."""
    found = np.empty(rows.size + 1, np.int64)
    n = 0
    for i in range(rows.size):
        if rows[i] >= 0:
            found[n] = i
            n += words[rows[i]] != 0
    return found[:n]


@njit(cache=True)
def add_by_level(rows, weights, words, columns, of_column, months_of_age, first, group_of_age, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to each group of each row: in all, and at the row's levels of age and of columns.

    Args:
        rows: (R,) rows.
        weights: (R,) a weight each.
        words: (N,) groups of each row.
        columns: (N, C) codes.
        of_column: (D,) columns whose codes are levels.
        months_of_age: (R,) age in months.
        first: (1 + D,) position of the first level of age, and of each column, among all levels.
        group_of_age: (ages,) level of each year of age; the last is open.
        total: (groups, levels) added to; level 0 is everybody.
    """
    for i in range(rows.size):
        row = rows[i]
        age = min(max(0, months_of_age[i] // 12), group_of_age.size - 1)
        word = np.uint64(words[row])
        while word:
            group = _lowest(word)
            total[group, 0] += weights[i]
            total[group, first[0] + group_of_age[age]] += weights[i]
            for d in range(of_column.size):
                total[group, first[1 + d] + columns[row, of_column[d]]] += weights[i]
            word &= word - _ONE
