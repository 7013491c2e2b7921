"""How death and health at each age contribute to a difference in healthy life expectancy.

With survivors l, years lived in a band per person who reaches it P, chance of dying in it q, share of health
w and healthy life expectancy h, band x contributes by death

    (l1 + l2)(P2 - P1)(w1 + w2) / 4 + (h1' l2 + h2' l1)(q1 - q2) / 2,

where h' is that at the start of the next band, and by health

    (l1 + l2)(P1 + P2)(w2 - w1) / 4.

Over all ages both add up to h2(0) - h1(0), and exchanging the populations turns every sign. A cause's part of
what death contributes is its part of the difference of death rates, as in Arriaga's method. Where health is
full at every age (w = 1) this is life expectancy, shared out as the mean of Arriaga's method done both ways.

Of the two published extensions this is the one of Andreev, Shkolnikov and Begun. That of Nusselder and Looman
(Demography 2004;41:315-334) weighs years gained at a later age by the health of the age of death, so that its
parts by age are not those of replacing one age's figures after another (Shkolnikov VM and Andreev EM, MPIDR
Working Paper WP-2017-016). From them is taken only the sharing by cause.

Source: Andreev EM, Shkolnikov VM, Begun AZ, Demographic Research 2002;7(14):499-522.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from results.measures.arriaga import shared_by_cause
from results.measures.life_table import Array, abridged_life_table


def healthy_gap(
    age_from: npt.ArrayLike,
    rates: tuple[npt.ArrayLike, npt.ArrayLike],
    health: tuple[npt.ArrayLike, npt.ArrayLike],
) -> tuple[Array, Array]:
    """Return what each cause of death and age band, and health in each band, add to the expectancy.

    Args:
        age_from: First year of age of each band, ascending from 0, (bands,); the last is open.
        rates: Death rates by cause of the first and the second population, each (causes, bands).
        health: Shares of health of both, each (bands,), from 0 to 1.

    Returns:
        (causes, bands) and (bands,) years; together their sum is the difference, second less first.
    """
    by_cause = [np.asarray(one, dtype=np.float64) for one in rates]
    tables = [abridged_life_table(age_from, np.ones(one.shape[-1]), one.sum(axis=0)) for one in by_cause]
    by_death, by_health = parts_of_tables(
        *((table.survivors, table.years_lived, share) for table, share in zip(tables, health, strict=True))
    )
    return shared_by_cause(by_death, by_cause[0], by_cause[1]), by_health


Parts = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]


def parts_of_tables(first: Parts, second: Parts) -> tuple[Array, Array]:
    """Return what death and what health add in each band, (bands,) each, from two life tables.

    Args:
        first: Of the first population: survivors to the start of each band, years lived in it, share of
            health in it, each (bands,).
        second: Those of the second.
    """
    (l1, p1, w1, h1, s1), (l2, p2, w2, h2, s2) = _per_survivor(first), _per_survivor(second)
    by_death = (l1 + l2) * (p2 - p1) * (w1 + w2) / 4 + (h1 * l2 + h2 * l1) * (s2 - s1) / 2
    by_health = (l1 + l2) * (p1 + p2) * (w2 - w1) / 4
    return by_death, by_health


def _per_survivor(given: Parts) -> tuple[Array, Array, Array, Array, Array]:
    """Return survivors, years lived by each, health, healthy years ahead of the next band, chance of it."""
    survivors, lived, health = (np.asarray(one, dtype=np.float64) for one in given)
    alive = survivors / survivors[0]
    ahead = np.cumsum((lived * health)[::-1])[::-1] / survivors
    reached = np.append(survivors[1:], 0.0) / survivors
    return alive, lived / survivors, health, np.append(ahead[1:], 0.0), reached
