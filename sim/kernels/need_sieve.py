"""The fast part of the monthly loop over needs: which classes of which residents one shared byte leaves open.

Sixteen bytes of a resident's shared block are compared with the sixteen leading bytes of the thresholds of
their stratum, eight at once in one word; what is left open goes on to `sim/kernels/needs.py`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.randomness import philox4x32

LEAD_SHIFT = np.uint32(24)
WHOLE = 4294967295.0
_HIGH_BITS = np.uint64(0x8080808080808080)
_ONE, _TOP = np.uint64(1), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its top six bits differ after every shift: finds a single bit
_PLACE_OF_BIT = np.zeros(64, np.int64)
for _bit in range(64):
    _PLACE_OF_BIT[((0x03F79D71B4CB0A89 << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit // 8


@njit(cache=True, inline="always")
def _bytes_at_most(left, right):  # type: ignore[no-untyped-def]
    """Return a word whose byte's highest bit says that the byte of `left` is not above that of `right`."""
    rest = (right | _HIGH_BITS) - (left & ~_HIGH_BITS)  # without a borrow between bytes
    return ((~left & right) | (~(left ^ right) & rest)) & _HIGH_BITS


@njit(cache=True)
def gates_of(gate):  # type: ignore[no-untyped-def]
    """Return where each run of classes with the same gate starts, and the end, (gates + 1,)."""
    first = np.zeros(gate.size + 1, np.int64)
    n = 0
    for j in range(gate.size):
        if j == 0 or gate[j] != gate[j - 1]:
            first[n] = j
            n += 1
    first[n] = gate.size
    return first[: n + 1]


@njit(cache=True)
def packed_leads(lead, lane, gate_first):  # type: ignore[no-untyped-def]
    """Return the leading bytes of each stratum at their lanes, two words a gate, and the class of each lane.

    Shapes (S, gates, 2) and (gates, 16); -1 where a lane has no class.
    """
    class_at = np.full((gate_first.size - 1, 16), -1, np.int64)
    out = np.zeros((lead.shape[0], gate_first.size - 1, 2), np.uint64)
    for g in range(gate_first.size - 1):
        for j in range(gate_first[g], gate_first[g + 1]):
            shift = np.uint64(8 * (lane[j] & 7))
            class_at[g, lane[j]] = j
            for s in range(lead.shape[0]):
                out[s, g, lane[j] >> 3] |= np.uint64(lead[s, j]) << shift
    return out, class_at


@njit(cache=True)
def fill_blocks(person, occasion, stream, key0, key1, out0, out1, out2, out3):  # type: ignore[no-untyped-def]
    """Write the first block of each person and stream.

    Plain arrays in and out: so the compiler makes many blocks at once, seven times as fast.
    """
    for i in range(person.size):
        words = philox4x32(person[i], occasion, stream[i], np.uint32(0), key0, key1)
        out0[i], out1[i], out2[i], out3[i] = words


@njit(cache=True)
def sieve(  # type: ignore[no-untyped-def]
    here, stratum, excess, words, gate_first, packed, class_at, lane, recent, threshold,
    out_row, out_class, out_byte, out_bound, out_more,
):  # fmt: skip
    """Write which classes of some rows the shared byte leaves open; return how many.

    Args:
        here: (n,) rows, rising.
        stratum: (N,) as in `generate`.
        excess: (N, 2) as in `generate`.
        words: (gates, 4, rows) shared blocks.
        gate_first: (gates + 1,) first class of each gate.
        packed: (S, gates, 2) `lead` at its lanes.
        class_at: (gates, 16) class by lane, -1 for none; lanes are in the order of classes.
        lane: Of `NeedClasses`.
        recent: Of `NeedClasses`.
        threshold: Of `NeedClasses`.
        out_row: Written: who.
        out_class: Written: which class.
        out_byte: Written: leading byte of the uniform.
        out_bound: Written: word below which there may be a need.
        out_more: Written: by what recent use multiplies the rate, 1 or more.
    """
    found = 0
    last = packed.shape[1] - 1
    bound, more = np.empty(lane.size, np.uint32), np.empty(lane.size)
    of_discharge, of_attendance = (recent & 1).astype(np.float64), (recent >> 1).astype(np.float64)
    for i in range(here.size):
        row = here[i]
        group = stratum[row]
        after_discharge, after_attendance = excess[row, 0], excess[row, 1]
        usual = after_discharge + after_attendance == 0.0
        if not usual:
            for j in range(lane.size):
                more[j] = 1.0 + of_discharge[j] * after_discharge + of_attendance[j] * after_attendance
                # 1 - exp(-more m) <= more (1 - exp(-m)), and a word more for the rounding of thresholds
                raised = np.uint32(min(WHOLE, more[j] * (threshold[group, j] + 1.0)))
                bound[j] = raised if more[j] > 1.0 else threshold[group, j]
        for g in range(last + 1):
            low = np.uint64(words[g, 0, i]) | np.uint64(words[g, 1, i]) << np.uint64(32)
            high = np.uint64(words[g, 2, i]) | np.uint64(words[g, 3, i]) << np.uint64(32)
            if usual:
                for half in range(2):
                    word = high if half else low
                    is_open = _bytes_at_most(word, packed[group, g, half])
                    while is_open:
                        place = _PLACE_OF_BIT[(is_open & (~is_open + _ONE)) * _DE_BRUIJN >> _TOP]
                        is_open &= is_open - _ONE
                        j = class_at[g, 8 * half + place]
                        if j >= 0:
                            out_row[found], out_class[found] = row, j
                            out_byte[found] = np.uint32(word >> np.uint64(8 * place) & np.uint64(255))
                            out_bound[found], out_more[found] = threshold[group, j], 1.0
                            found += 1
                continue
            for j in range(gate_first[g], gate_first[g + 1]):
                word = low if lane[j] < 8 else high
                byte = np.uint32(word >> np.uint64(8 * (lane[j] & 7)) & np.uint64(255))
                out_row[found], out_class[found], out_byte[found] = row, j, byte
                out_bound[found], out_more[found] = bound[j], more[j]
                found += byte <= bound[j] >> LEAD_SHIFT
    return found
