"""How many long-term conditions residents have, and their Cambridge Multimorbidity Score and segment.

A condition counts when it is diagnosed, since every published share is of records. Several columns may stand
for one morbidity (both diabetes, the cancers by site): it counts once. The score is the sum of the weights of
Payne 2020 (`sim/parameters/multimorbidity/cambridge_score.csv`); six of its twenty morbidities are not
modelled, so it is a lower bound. Segments are the five of Wood 2024, for adults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from sim.parameters.errors import InputError
from sim.parameters.national import PARAMETERS, National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

Codes = npt.NDArray[np.uint8]
NO_CONDITION = "none"
SEGMENTS = 5
HUNDREDTHS = 100
_CODES = 256


@dataclass(frozen=True, kw_only=True)
class Morbidities:
    """Which conditions stand for which morbidity of a list, and what each is worth."""

    columns: npt.NDArray[np.int64]
    """(C,) columns of the conditions."""
    morbidity: npt.NDArray[np.int64]
    """(C,) the morbidity that each stands for, at most 64."""
    worth: npt.NDArray[np.int64]
    """(C,) what the morbidity adds: one, or its weight in hundredths."""
    diagnosed: npt.NDArray[np.bool_]
    """(C, 256) whether a code of the column is on the register."""

    def total(self, residents: Residents) -> npt.NDArray[np.int64]:
        """Return the worth of the morbidities of each row, (N,); of those who are not registered, nought."""
        out = np.zeros(residents.size, np.int64)
        codes = residents.columns[: residents.size]
        _total(
            residents.column("status"), codes, self.columns, self.morbidity, self.worth, self.diagnosed, out
        )
        return out


@njit(cache=True)
def _total(status, codes, columns, morbidity, worth, diagnosed, out):  # type: ignore[no-untyped-def]
    """Add up what the morbidities of each row whose status is 1 are worth, each once."""
    for row in range(out.size):
        if status[row] != 1:
            continue
        seen, total = np.uint64(0), 0
        for c in range(columns.size):
            if diagnosed[c, codes[row, columns[c]]]:
                bit = np.uint64(1) << np.uint64(morbidity[c])
                if seen & bit == 0:
                    seen |= bit
                    total += worth[c]
        out[row] = total


def definitions(national: National, residents: Residents) -> dict[str, Morbidities]:
    """Return the definitions of multimorbidity by name; the worth of each morbidity is one."""
    table = national.tables["multimorbidity_definitions"]
    return {
        str(name): _morbidities(national, residents, rows["condition"], rows["condition"], rows["value"])
        for name, rows in table.groupby("definition", sort=False)
    }


def cambridge_score(national: National, residents: Residents) -> Morbidities:
    """Return the morbidities of the Cambridge Multimorbidity Score, worth their weights in hundredths."""
    table = national.tables["cambridge_score"]
    rows = table[table["condition"] != NO_CONDITION]
    return _morbidities(
        national, residents, rows["condition"], rows["morbidity"], (HUNDREDTHS * rows["value"]).round()
    )


def segments(residents: Residents, national: National) -> Codes:
    """Return the Cambridge segment of each row, (N,): 1 lowest need to 5 highest, 0 below the adult age."""
    score = cambridge_score(national, residents).total(residents)
    above = [national.scalar(f"cambridge_segment_{k}_above") for k in range(2, SEGMENTS + 1)]
    limits = np.round(HUNDREDTHS * np.array(above)).astype(np.int64)
    scores = np.arange(score.max(initial=0) + 1)  # searched for once each, not once a resident
    of_score = (1 + np.searchsorted(limits, scores, side="left")).astype(np.uint8)
    adult_from = MONTHS_A_YEAR * int(national.scalar("cambridge_adult_from"))
    adult = residents.birth_month[: residents.size] <= residents.month - adult_from
    return np.asarray(of_score[score] * adult)


def _morbidities(
    national: National, residents: Residents, conditions: pd.Series, names: pd.Series, worth: pd.Series
) -> Morbidities:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    found = []
    for condition, name, value in zip(conditions, names, worth, strict=True):
        keys = [key for key in national.conditions if key == condition or key.startswith(f"{condition}_")]
        if not keys:
            raise InputError(
                file=PARAMETERS / "multimorbidity", key="condition", found=str(condition),
                allowed="a condition, or the first part of the names of several",
                names=list(national.conditions),
            )  # fmt: skip
        found += [(key, numbers[name], int(value)) for key in keys]
    diagnosed = np.zeros((len(found), _CODES), np.bool_)
    for c, (key, _, _) in enumerate(found):
        register = national.conditions[key].register
        diagnosed[c, : len(register)] = register
    return Morbidities(
        columns=np.array([residents.column_of[key] for key, _, _ in found], np.int64),
        morbidity=np.array([number for _, number, _ in found], np.int64),
        worth=np.array([value for _, _, value in found], np.int64),
        diagnosed=diagnosed,
    )
