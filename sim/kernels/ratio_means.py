"""Means of modifiers and hazards over residents: what base hazards are normalised and balanced by."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, NEVER, at_risk, hazard, ratio_of


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
    for row in range(rows_age.size):
        if not at_risk(columns, row, process, processes):
            continue
        total[cell[row]] += ratio_of(
            columns, row, process, sex[row], rows_age[row] // AGES_A_GROUP, processes
        )
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
    for row in range(rows_age.size):
        if columns[row, column] != source:
            continue
        group = rows_age[row] // AGES_A_GROUP
        count[cell[row]] += weight[row]
        for k in range(chosen.size):
            ratio = ratio_of(columns, row, chosen[k], sex[row], group, processes)
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
