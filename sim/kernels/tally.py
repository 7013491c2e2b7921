"""Counting loops: how many residents are in each cell, and with which codes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True)
def count_registered(status, cell, birth_month, sex, quintile, council, month, age_of_band, people, exposed):  # type: ignore[no-untyped-def]
    """Count those registered by cell, and by council, sex, quintile and five-year mortality band.

    Args:
        status: (N,) 1 when registered.
        cell: (N,) cell.
        birth_month: (N,) month of birth.
        sex: (N,) codes.
        quintile: (N,) codes.
        council: (N,) codes.
        month: Month of the run.
        age_of_band: (111,) mortality band of each year of age.
        people: (cells,) written.
        exposed: (councils, 2, Q, bands) written.
    """
    people[:] = 0
    exposed[:] = 0
    for row in range(status.size):
        if status[row] == 1:
            people[cell[row]] += 1
            age = min(max(0, (month - birth_month[row]) // 12), age_of_band.size - 1)
            exposed[council[row], sex[row], quintile[row], age_of_band[age]] += 1


@njit(cache=True)
def count_codes(status, cell, columns, chosen, listed, counts):  # type: ignore[no-untyped-def]
    """Count those registered by chosen column, whether their code is listed, and cell; none of code zero.

    Args:
        status: (N,) 1 when registered.
        cell: (N,) cell.
        columns: (N, C) codes.
        chosen: (K,) columns to count.
        listed: (K, codes) 1 where a code counts as listed, 0 where it does not.
        counts: (K, 2, cells) written: not listed, listed.
    """
    counts[:] = 0
    for row in range(status.size):
        if status[row] == 1:
            for k in range(chosen.size):
                code = columns[row, chosen[k]]
                if code:
                    counts[k, listed[k, code], cell[row]] += 1


@njit(cache=True)
def add_margins(table, margins):  # type: ignore[no-untyped-def]
    """Add a table of counts to its total and to the totals of every axis, one after the other.

    Args:
        table: (a, b, c, d, e) numbers.
        margins: (1 + a + b + c + d + e,) added to.

    Returns:
        Whether all were whole numbers: then their sums are exact, whatever the order.
    """
    na, nb, nc, nd, ne = table.shape
    whole = True
    for a in range(na):
        for b in range(nb):
            for c in range(nc):
                for d in range(nd):
                    for e in range(ne):
                        value = np.float64(table[a, b, c, d, e])
                        if value != 0.0:
                            whole &= value == math.floor(value)
                            margins[0] += value
                            margins[1 + a] += value
                            margins[1 + na + b] += value
                            margins[1 + na + nb + c] += value
                            margins[1 + na + nb + nc + d] += value
                            margins[1 + na + nb + nc + nd + e] += value
    return whole


@njit(cache=True)
def count_classes(status, cell, classes, counts):  # type: ignore[no-untyped-def]
    """Count those registered by class and cell.

    Args:
        status: (N,) 1 when registered.
        cell: (N,) cell.
        classes: (N,) class of each, from 0.
        counts: (classes, cells) added to.
    """
    for row in range(status.size):
        if status[row] == 1:
            counts[classes[row], cell[row]] += 1


@njit(cache=True)
def add_by_cell(rows, weights, cell, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to the cell of each row; rows below zero (nobody's) are left out."""
    for i in range(rows.size):
        if rows[i] >= 0:
            total[cell[rows[i]]] += weights[i]
