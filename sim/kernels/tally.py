"""Counting loops: how many residents are in each cell, and with which codes."""

from __future__ import annotations

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
def add_by_cell(rows, weights, cell, total):  # type: ignore[no-untyped-def]
    """Add weights of rows to the cell of each row; rows below zero (nobody's) are left out."""
    for i in range(rows.size):
        if rows[i] >= 0:
            total[cell[rows[i]]] += weights[i]
