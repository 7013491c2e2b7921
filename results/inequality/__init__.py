"""Inequality: between fifths, between groups and all others, in length of life, against the total gain.

One way each: `ordered` (gaps, slope and relative index, concentration index and curve), `curve` (the curve of
a comparison), `groups` (Core20 and PLUS groups), `life_gap` (a gap in life expectancy by cause and age) and
`plane` (equity and efficiency). Intervals are those of `results.comparison`: paired, replicate by replicate.
"""

from results.inequality.ordered import (
    QUANTITIES,
    absolute_gap,
    all_quantities,
    concentration_curve,
    concentration_index,
    relative_gap,
    relative_index,
    ridits,
    slope_index,
)

__all__ = [
    "QUANTITIES",
    "absolute_gap",
    "all_quantities",
    "concentration_curve",
    "concentration_index",
    "relative_gap",
    "relative_index",
    "ridits",
    "slope_index",
]
