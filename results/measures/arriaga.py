"""How ages and causes of death contribute to a difference in life expectancy.

With the two life tables' survivors l, years lived L and years ahead T, the deaths of band x contribute

    D(x) = l1(x)/l1(0) (L2(x)/l2(x) - L1(x)/l1(x)) + T2(x+n)/l1(0) (l1(x)/l2(x) - l1(x+n)/l2(x+n)),

in the open band l1(x)/l1(0) (T2(x)/l2(x) - T1(x)/l1(x)); over all ages these add up to e2(0) - e1(0). Within
a band a cause takes the part of the difference of rates that is its own: D(x) (m2_c - m1_c) / (m2 - m1).

Where two bands have equal rates but different causes, the causes cancel and none is given a part.

Sources: Arriaga EE, Demography 1984;21:83-96, and 1989 for causes; notation of Preston SH, Heuveline P and
Guillot M, Demography, Oxford: Blackwell, 2001, section 3.10 and box 4.3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from results.measures.life_table import abridged_life_table

Array = npt.NDArray[np.float64]


def arriaga(age_from: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    """Return the years that each cause and age band adds to life expectancy at birth from first to second.

    Args:
        age_from: First year of age of each band, ascending from 0, (bands,); the last is open.
        first: Death rates of the first population by cause, (causes, bands).
        second: Those of the second.

    Returns:
        (causes, bands) years; their sum is the difference of the two life expectancies.
    """
    by_cause = [np.asarray(rates, dtype=np.float64) for rates in (first, second)]
    total = contributions_by_age(age_from, by_cause[0].sum(axis=0), by_cause[1].sum(axis=0))
    return shared_by_cause(total, by_cause[0], by_cause[1])


def shared_by_cause(total: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    """Return a contribution of each band shared out by cause, as the difference of rates is.

    Args:
        total: Contribution of each band, (bands,).
        first: Death rates of the first population by cause, (causes, bands).
        second: Those of the second.

    Returns:
        (causes, bands); nothing where a band's rates are equal.
    """
    change = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    whole = change.sum(axis=0)
    part = np.divide(change, whole, out=np.zeros_like(change), where=whole != 0.0)
    return np.asarray(part * np.asarray(total, dtype=np.float64))


def contributions_by_age(age_from: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    """Return the years that each age band adds to life expectancy at birth, (bands,); all-cause rates."""
    tables = [abridged_life_table(age_from, np.ones_like(np.asarray(m, float)), m) for m in (first, second)]
    survivors = [table.survivors for table in tables]
    return contributions_of_tables(survivors[0], tables[0].years_lived, survivors[1], tables[1].years_lived)


def contributions_of_tables(
    survivors_first: npt.ArrayLike,
    lived_first: npt.ArrayLike,
    survivors_second: npt.ArrayLike,
    lived_second: npt.ArrayLike,
) -> Array:
    """Return the years that each age band adds to life expectancy at birth, from two life tables.

    Args:
        survivors_first: Survivors to the start of each band of the first population, (bands,).
        lived_first: Years lived in each band.
        survivors_second: Those of the second.
        lived_second: Years lived in each band.
    """
    l1, lived1, l2, lived2 = (
        np.asarray(one, dtype=np.float64)
        for one in (survivors_first, lived_first, survivors_second, lived_second)
    )
    ahead2 = np.cumsum(lived2[::-1])[::-1]
    direct = l1 * (lived2 / l2 - lived1 / l1)
    indirect = ahead2[1:] * (l1[:-1] / l2[:-1] - l1[1:] / l2[1:])
    return np.asarray((direct + np.append(indirect, 0.0)) / l1[0])
