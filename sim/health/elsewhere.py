"""Care outside the area that people reach through the network: ambulances and 111 take some elsewhere.

What becomes of them there is not simulated. For whoever leaves the area from a node, it is taken to be what
becomes of those who go on from that node to a hospital of the area: the visits that they make from there on.
Nodes from which nobody goes on to urgent hospital care (a minor injury unit) send nobody to it elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care import Network
from sim.care.check import routing, visits_ahead
from sim.population.strata import AGE_BANDS, N_AGE_BANDS

FloatArray = npt.NDArray[np.float64]
OUT_OF_AREA = "out_of_area"
"""Exit of the network to care outside the area."""
_HOSPITAL = ("ed", "urgent_admission", "admission", "sdec", "short_stay")
"""Kinds of care that are urgent hospital care; with them every part of A&E (`ed_...`)."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What people find who leave the area from a node."""

    share: FloatArray
    """(N, K) share of each node and kind that leaves the area from there."""
    visits: FloatArray
    """(E, N, 7) visits elsewhere to each group of kinds of care by one who leaves from a node, by band."""

    @classmethod
    def of(cls, network: Network, groups: Sequence[Sequence[str]]) -> Elsewhere:
        """Return what the network's own ways on say of it.

        Args:
            network: The network.
            groups: (E) groups of kinds of care whose visits are counted together.
        """
        care = [str(node.kind_of_care) for node in network.file.nodes.values()]
        n = len(care)
        ways = routing(network.flow)
        hospital = np.array([kind in _HOSPITAL or kind.startswith("ed_") for kind in care])
        on = ways[:, :, :n] * hospital
        total = on.sum(axis=2, keepdims=True)
        on = np.divide(on, total, out=np.zeros_like(on), where=total > 0.0)
        found = np.zeros((len(groups), n, N_AGE_BANDS))
        for group, kinds in enumerate(groups):
            ahead = visits_ahead(network.flow, np.isin(care, list(kinds)).astype(np.float64))
            found[group] = by_band(network, (on * ahead.T[:, None, :]).sum(axis=2).T)
        out = [n + i for i, name in enumerate(network.exit_names) if name == OUT_OF_AREA]
        return cls(share=np.asarray(ways[:, :, out].sum(axis=2).T), visits=found)


def by_band(network: Network, of_kind: FloatArray) -> FloatArray:
    """Return means over the area's councils by age band, (n, 7), of what is known by kind, (n, K)."""
    bands = np.array([AGE_BANDS.index(kind["age_band"]) for kind in network.kinds])
    inside = np.array([kind["council"] != "outside" for kind in network.kinds])
    means = [of_kind[:, (bands == band) & inside].mean(axis=1) for band in range(N_AGE_BANDS)]
    return np.stack(means, axis=1)
