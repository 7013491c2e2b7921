"""Means of modifiers and hazards over residents: what base hazards are normalised and balanced by."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, NEVER, hazard, product_of


@njit(cache=True)
def mean_ratio(columns, sex, rows_age, cell, n_cells, processes, process):  # type: ignore[no-untyped-def]
    """Return the summed modifier ratios and the number at risk of one process, by cell.

    Used once, at the baseline, to normalise: base hazards are divided by the mean ratio of their cell so
    that relative risks leave the totals of the cell as published.

    Args:
        columns: (N, K) codes at the start.
        sex: (N,) 0 male, 1 female.
        rows_age: (N,) age in years.
        cell: (N,) cell of each resident, 0 .. n_cells - 1.
        n_cells: Number of cells.
        processes: Compiled `Processes`.
        process: Which.

    Returns:
        Two arrays (n_cells,): sum of ratios, and residents at risk.
    """
    total = np.zeros(n_cells)
    count = np.zeros(n_cells)
    # names of their own, and `at_risk` and `ratio_of` written out, as in `advance_month`
    column, table, largest = processes.modifier_column, processes.modifier_table, processes.ratio_most
    first, end = processes.modifier_first[process], processes.modifier_first[process + 1]
    changes, source = processes.column[process], processes.from_code[process]
    place = processes.counting[process] if processes.counting.size > 0 else -1
    most = processes.most[place] if place >= 0 else 0
    for row in range(rows_age.size):
        code = columns[row, changes]
        if (code >= most) if place >= 0 else (code != source):
            continue
        group = rows_age[row] // AGES_A_GROUP
        ratio = product_of(columns, row, sex[row], group, first, end, column, table)
        total[cell[row]] += min(ratio, largest[process, sex[row], group])
        count[cell[row]] += 1.0
    return total, count


@njit(cache=True)
def competing_ratios(  # type: ignore[no-untyped-def]
    columns, sex, rows_age, cell, n_cells, processes, chosen, weight
):
    """Return for processes that share their source the summed ratios by cell and the largest of each age.

    Args:
        columns: (N, K) codes.
        sex: (N,) 0 male, 1 female.
        rows_age: (N,) age in years.
        cell: (N,) cell of each resident, 0 .. n_cells - 1.
        n_cells: Number of cells.
        processes: Compiled `Processes`.
        chosen: (n,) which; all change the same column from the same code.
        weight: (N,) how much each resident counts.

    Returns:
        Weighted sums (n, n_cells), weight of those at risk (n_cells,), and largest ratios (n, 2, 23), at
        least one.
    """
    total = np.zeros((chosen.size, n_cells))
    count = np.zeros(n_cells)
    largest = np.ones((chosen.size, 2, AGE_GROUPS))
    column = processes.column[chosen[0]]
    source = processes.from_code[chosen[0]]
    first, most = processes.modifier_first, processes.ratio_most
    read, table = processes.modifier_column, processes.modifier_table
    for row in range(rows_age.size):
        if columns[row, column] != source:
            continue
        group = rows_age[row] // AGES_A_GROUP
        count[cell[row]] += weight[row]
        for k in range(chosen.size):
            p = chosen[k]
            ratio = product_of(columns, row, sex[row], group, first[p], first[p + 1], read, table)
            ratio = min(ratio, most[p, sex[row], group])
            total[k, cell[row]] += ratio * weight[row]
            largest[k, sex[row], group] = max(largest[k, sex[row], group], ratio)
    return total, count, largest


@njit(cache=True)
def hazards_of_rows(columns, sex, rows_age, stratum, processes, chosen):  # type: ignore[no-untyped-def]
    """Return the hazard a month of some processes for every resident at risk, (N, n); others have none."""
    out = np.zeros((rows_age.size, chosen.size), np.float32)
    nobody = np.full((1, 1), NEVER, np.int16)
    for row in range(rows_age.size):
        for k in range(chosen.size):
            if columns[row, processes.column[chosen[k]]] == processes.from_code[chosen[k]]:
                out[row, k] = hazard(
                    columns, row, chosen[k], sex[row], rows_age[row], stratum[row], 0, processes, nobody
                )
    return out
