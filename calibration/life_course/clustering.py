"""How many residents would have one, two or three named conditions, were they tied by one common factor.

The evidence counts them so (`check_ltc_count`): the published prevalences, one normal factor that makes up a
share rho of the variance of every liability. Its counts are of the ages of mid-2020. Those of April 2026 are
older (27% are 65 or over) and have 0.80 conditions each, so that no rho brings two and three or more into the
range of 2020 at once. The same construction is therefore made of the residents there are. Nothing is drawn.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from sim.health.starting_tables import condition_shares
from sim.parameters.national import National

FloatArray = npt.NDArray[np.float64]
CENTRAL, RANGE = 0.3, (0.15, 0.45)
"""Share of the variance of a liability that is the common factor, and its range, of the evidence."""
_MOST, _NODES = 3, 40
_EDGE = 1e-12


def registered_shares(national: National, people: FloatArray) -> list[FloatArray]:
    """Return by named condition the share on its register among `people` (2, 111, 5); cancers are one."""
    table = national.tables["multimorbidity_definitions"]
    found = []
    for name in table.loc[table["definition"] == "named", "condition"]:
        without = np.ones_like(people)
        for key, condition in national.conditions.items():
            if key == name or key.startswith(f"{name}_"):
                shares = condition_shares(condition, dict(national.risk_factors), people)
                listed = np.array(condition.register[1:], np.float64)
                known = np.einsum("s,sab->ab", listed, shares.states)
                without = without * (1.0 - known[:, :, None] * shares.share)
        found.append(1.0 - without)
    return found


def shares_with(national: National, people: FloatArray, rho: float) -> FloatArray:
    """Return the shares of `people` (2, 111, 5) with at least one, two and three named conditions, (3,)."""
    places = [ndtri(np.clip(one, _EDGE, 1.0 - _EDGE)) for one in registered_shares(national, people)]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    number = np.zeros(_MOST + 1)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        held = np.zeros((_MOST + 1, *people.shape))
        held[0] = 1.0
        for place in places:
            chance = ndtr((place + np.sqrt(rho) * node) / np.sqrt(1.0 - rho))
            moved = held[:-1] * chance
            held[:-1] -= moved
            held[1:] += moved
        number += weight * (held * people).sum(axis=(1, 2, 3))
    return np.asarray(1.0 - np.cumsum(number)[:-1] / number.sum())
