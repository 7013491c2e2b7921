"""How large one area may be: codes of residents are bytes, and the cell that they are counted by has 16 bits.

Beyond it numbers would begin again from 0 and people be counted in the wrong place: such a pack is refused.
docs/explanation/scaling.md says how several systems are run instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path

from sim.parameters.errors import InputError
from sim.population.strata import cell_shape

MOST_CODES = 1 << 8
MOST_CELLS = 1 << 16
ADVICE = "divide the area into systems that are run one by one"


def too_large(directory: Path, councils: int, neighbourhoods: int) -> Iterator[InputError]:
    """Yield what is too large of an area.

    Args:
        directory: Folder of the pack.
        councils: How many councils it has.
        neighbourhoods: How many neighbourhoods.
    """
    cells = prod(cell_shape(neighbourhoods, councils))
    if cells > MOST_CELLS:
        yield InputError(
            file=directory / "neighbourhoods.csv", key="neighbourhoods x councils",
            found=f"{neighbourhoods} x {councils}: {cells:,} cells with quintile, sex and age band",
            allowed=f"at most {MOST_CELLS:,} cells; {ADVICE}",
        )  # fmt: skip
    for name, number in (("neighbourhoods", neighbourhoods), ("councils", councils)):
        if number > MOST_CODES:
            yield InputError(
                file=directory, key=name, found=number, allowed=f"at most {MOST_CODES}; {ADVICE}"
            )
