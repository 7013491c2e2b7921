"""Expected flows at one instant: the hazards of all residents, summed by sex and five-year age group."""

from __future__ import annotations

from numba import njit

from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, hazard


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
    own = processes.column[process]
    for row in range(age.size):
        if columns[row, own] == from_code and columns[row, other] == only:
            sex = columns[row, sex_column]
            flow[sex * AGE_GROUPS + age[row] // AGES_A_GROUP] += hazard(
                columns, row, process, sex, age[row], columns[row, stratum_column], 0, processes, reached
            )


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
    for row in range(age.size):
        sex = columns[row, sex_column]
        rate = 0.0
        for process in dying:
            rate += hazard(
                columns, row, process, sex, age[row], columns[row, stratum_column], 0, processes, reached
            )
        group = sex * AGE_GROUPS + age[row] // AGES_A_GROUP
        for k in range(chosen.size):
            code = columns[row, chosen[k]]
            people[k, code, group] += 1.0
            deaths[k, code, group] += rate
