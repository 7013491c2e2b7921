"""Expected flows at one instant: the hazards of all residents, summed by sex and five-year age group."""

from __future__ import annotations

from numba import njit

from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, product_of, with_programmes


@njit(cache=True, inline="always")
def _hazard(  # type: ignore[no-untyped-def]
    columns, row, process, sex, age, stratum, column, base, bound, calendar, first, read, table, most,
    programme_first, programme, curve, counting, own, reached,
):  # fmt: skip
    """Return `hazard` of the first month from arrays with names of their own: in half the time (measured)."""
    group = age // AGES_A_GROUP
    product = product_of(columns, row, sex, group, first[process], first[process + 1], read, table)
    rate = base[process, sex, age, stratum] * calendar[process, 0] * min(product, most[process, sex, group])
    if counting.size > 0 and counting[process] >= 0:
        rate *= own[counting[process], sex, age, stratum, columns[row, column[process]]]
    start, end = programme_first[process], programme_first[process + 1]
    rate = with_programmes(rate, start, end, row, 0, programme, curve, reached)
    return min(rate, bound[process, sex, age])


@njit(cache=True)
def add_flow(columns, age, where, process, from_code, only, processes, reached, flow):  # type: ignore[no-untyped-def]
    """Add the hazard a month of one process over those at risk, to `flow` by sex and age group.

    Args:
        columns: (N, C) codes; all rows are counted.
        age: (N,) years.
        where: Columns that hold sex, the stratum of hazards, and the attribute that has to have a code.
        process: Which.
        from_code: Code of the process's own column that is at risk.
        only: Code that the third column of `where` has to have.
        processes: Compiled `Processes`.
        reached: (N, R) months in which programmes reached residents.
        flow: (2 x 23,) added to.
    """
    sex_column, stratum_column, other = where
    column = processes.column
    own = column[process]
    base, bound, calendar = processes.base, processes.bound, processes.calendar
    first, read, table = processes.modifier_first, processes.modifier_column, processes.modifier_table
    programme_first, programme = processes.programme_first, processes.programme
    most, curve, counting, ratio = (
        processes.ratio_most, processes.programme_curve, processes.counting, processes.own
    )  # fmt: skip
    for row in range(age.size):
        if columns[row, own] == from_code and columns[row, other] == only:
            sex, stratum = columns[row, sex_column], columns[row, stratum_column]
            flow[sex * AGE_GROUPS + age[row] // AGES_A_GROUP] += _hazard(
                columns, row, process, sex, age[row], stratum, column, base, bound, calendar, first, read,
                table, most, programme_first, programme, curve, counting, ratio, reached,
            )  # fmt: skip


@njit(cache=True)
def add_deaths(columns, age, where, dying, chosen, processes, reached, people, deaths):  # type: ignore[no-untyped-def]
    """Count people, and add their hazards of death a month, by chosen column, code, sex and age group.

    Args:
        columns: (N, C) codes; all rows are counted.
        age: (N,) years.
        where: Columns that hold sex and the stratum of hazards.
        dying: Processes that are deaths.
        chosen: (K,) columns.
        processes: Compiled `Processes`.
        reached: (N, R) months in which programmes reached residents.
        people: (K, codes, 2 x 23) added to.
        deaths: (K, codes, 2 x 23) added to.
    """
    sex_column, stratum_column = where
    column = processes.column
    base, bound, calendar = processes.base, processes.bound, processes.calendar
    first, read, table = processes.modifier_first, processes.modifier_column, processes.modifier_table
    programme_first, programme = processes.programme_first, processes.programme
    most, curve, counting, ratio = (
        processes.ratio_most, processes.programme_curve, processes.counting, processes.own
    )  # fmt: skip
    for row in range(age.size):
        sex, stratum = columns[row, sex_column], columns[row, stratum_column]
        rate = 0.0
        for process in dying:
            rate += _hazard(
                columns, row, process, sex, age[row], stratum, column, base, bound, calendar, first, read,
                table, most, programme_first, programme, curve, counting, ratio, reached,
            )  # fmt: skip
        group = sex * AGE_GROUPS + age[row] // AGES_A_GROUP
        for k in range(chosen.size):
            code = columns[row, chosen[k]]
            people[k, code, group] += 1.0
            deaths[k, code, group] += rate
