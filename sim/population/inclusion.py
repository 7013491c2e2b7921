"""Inclusion-health groups: homeless people, drug dependence, asylum seekers, Gypsy, Roma and Travellers.

A resident is in one group or none. Counts or shares by council are published; how they are spread over sex,
age and deprivation is in part assumed (`inclusion.csv` grades each row). A group belongs to a person as drawn
at the start or on entry; that people become and cease to be homeless is not modelled.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.parameters.errors import InputError
from sim.population.inputs import AreaTables, FloatArray, by_sex_age
from sim.population.strata import N_QUINTILES

INCLUSION_GROUPS = ("none", "homeless", "drug_dependence", "asylum_seeker", "gypsy_roma_traveller")
"""Labels in the order of their codes."""
_FILE = "inclusion.csv"


def inclusion_shares(area: AreaTables, counts: FloatArray) -> FloatArray:
    """Return the share in each group but `none`, by council, sex, age and quintile, (C, 2, 111, 5, 4).

    The relative rates by sex and age, times those by quintile, are scaled in each council to its level:
    people counted, or a share of the people of an age range.

    Args:
        area: Area tables.
        counts: (C, 2, 111, 5) residents.
    """
    table = area.table("inclusion")
    for found in set(table["group"]) - set(INCLUSION_GROUPS[1:]):
        raise InputError(
            file=_FILE, key="group", found=found, allowed=", ".join(INCLUSION_GROUPS[1:]),
            names=INCLUSION_GROUPS[1:],
        )  # fmt: skip
    groups = [_of_group(area, table[table["group"] == group], counts) for group in INCLUSION_GROUPS[1:]]
    return np.stack(groups, axis=-1)


def _of_group(area: AreaTables, rows: pd.DataFrame, counts: FloatArray) -> FloatArray:
    by_age = by_sex_age(rows[rows["measure"] == "relative_by_age"], _FILE)
    quintiles = rows[rows["measure"] == "relative_by_quintile"].set_index("quintile")["value"]
    gradient = quintiles.loc[[str(q + 1) for q in range(N_QUINTILES)]].to_numpy(np.float64)
    relative = by_age[:, :, None] * gradient
    level = np.zeros(len(area.councils))
    for measure in ("persons", "share"):
        found = rows[rows["measure"] == measure]
        columns = found[["council", "age_from", "age_to", "value"]]
        for council, first, last, value in columns.itertuples(index=False):
            where = slice(None) if council == "all" else area.councils.index(council)
            people = counts[:, :, int(first) : int(last) + 1].sum(axis=(1, 2, 3))
            level[where] = (people * value if measure == "share" else np.full(len(level), value))[where]
    expected = (counts * relative).sum(axis=(1, 2, 3))
    return np.asarray(relative * (level / np.maximum(expected, 1.0))[:, None, None, None])


def draw_group(shares: FloatArray, uniform: FloatArray) -> npt.NDArray[np.int64]:
    """Return the code of the group of each resident from shares (N, 4) and uniforms (N,)."""
    upto = shares.cumsum(axis=1)
    code = 1 + (uniform[:, None] >= upto[:, :-1]).sum(axis=1)
    return np.where(uniform < upto[:, -1], code, 0)
