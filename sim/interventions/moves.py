"""Moves of risk factors that keep their level: which may be moved, and the move itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.interventions.effects import Reaching
from sim.interventions.specification import CohortProgramme, LevelMove
from sim.parameters.errors import InputError
from sim.population.residents import Residents

IntArray = npt.NDArray[np.int64]
SetAlso = Mapping[tuple[str, int, int], tuple[tuple[str, int], ...]]
"""(attribute, from code, to code) of a move -> attributes and codes set as well."""
MOVABLE = ("smoking", "blood_pressure", "statin", "frailty")
"""Attributes that keep a level to which they are moved; factors that follow a rank can be moved as well."""


def refuse_moves(scenario: str, items: Sequence[Reaching], ranked: Sequence[str]) -> None:
    """Refuse moves that the model cannot keep; raises InputError.

    Falling back has hazards of its own where levels have transitions (relapse, loss of control), so a second
    one would count it twice; only moves of factors that follow a rank may state it.
    """
    for item in items:
        for move in item.moves if isinstance(item, CohortProgramme) else ():
            if move.factor not in (*MOVABLE, *ranked):
                raise InputError(
                    file=scenario, key=f"{item.key}.moves.factor", found=move.factor,
                    allowed=f"a factor whose level lasts: {', '.join((*MOVABLE, *ranked))}; or act on onset",
                    names=(*MOVABLE, *ranked),
                )  # fmt: skip
            if move.reverts_per_year is not None and move.factor not in ranked:
                raise InputError(
                    file=scenario,
                    key=f"{item.key}.moves.reverts_per_year",
                    found=move.reverts_per_year.value,
                    allowed="nothing: the model's own relapse and loss of control act on those moved",
                )  # fmt: skip


def move_level(
    residents: Residents, move: LevelMove, rows: IntArray, likely: npt.NDArray[np.bool_], set_also: SetAlso
) -> list[tuple[str, IntArray]]:
    """Move those of `rows` at the level moved from who are likely to; returns attributes and rows changed.

    Args:
        residents: Whose level it is.
        move: The move.
        rows: (n,) rows.
        likely: (n,) whose keyed number lets them move.
        set_also: What follows from the move.
    """
    labels = residents.attributes[move.factor].labels
    before, after = labels.index(move.from_level), labels.index(move.to_level)
    column = residents.column_of[move.factor]
    moved = rows[(residents.columns[rows, column] == before) & likely]
    residents.columns[moved, column] = after
    found = [(move.factor, moved)]
    for attribute, code in set_also.get((move.factor, before, after), ()):
        changed = moved[residents.columns[moved, residents.column_of[attribute]] != code]
        residents.columns[changed, residents.column_of[attribute]] = code
        found.append((attribute, changed))
    return found
