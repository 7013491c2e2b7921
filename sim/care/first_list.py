"""Where on their pathway the people of the published waiting list are when a run begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.care.network import Network

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
REFERRAL = "elective_waiting_list"
"""Kind of care at which a clock starts."""
BEFORE_DECISION = ("elective_first_outpatient", "elective_diagnostics", "elective_follow_up")
LISTED = "elective_admission_list"
SLOT_CARE = (*BEFORE_DECISION, LISTED)
"""Kinds of care whose places are slots: each takes one person off a list."""


def treatment_of(name: str, kind_of_care: str, site: str | None) -> str:
    """Return the group of treatment functions of a node of the pathway.

    >>> treatment_of("elective_admission_list_surgery_poole", "elective_admission_list", "poole")
    'surgery'
    """
    return name.removeprefix(f"{kind_of_care}_").removesuffix(f"_{site}")


class FirstList:
    """Puts people who have waited so many weeks at a stage of a treatment function.

    Those who have waited longer are listed for admission more often, as published by weeks waited; within
    those listed, and those not, treatment functions and stages have their published shares.

    Args:
        network: The care network.
        scalars: Parameters: `first_list_listed_share_0_6` by weeks waited, and shares such as
            `first_list_follow_up_surgery` (of those not listed) and `first_list_admission_list_surgery`.
        bands: (from week, to week, share) of the published waits.
    """

    def __init__(
        self, network: Network, scalars: Mapping[str, float], bands: Sequence[tuple[float, float, float]]
    ) -> None:
        self.ends = np.array([last for _, last, _ in bands])
        nodes = network.file.nodes
        found: dict[tuple[str, str], float] = {}
        by_site: dict[tuple[str, str], dict[str | None, int]] = {}
        for index, (name, node) in enumerate(nodes.items()):
            kind = str(node.kind_of_care)
            if kind in SLOT_CARE:
                key = (kind, treatment_of(name, kind, node.site))
                found[key] = scalars[f"first_list_{kind.removeprefix('elective_')}_{key[1]}"]
                by_site.setdefault(key, {})[node.site] = index
        listed = np.array([kind == LISTED for kind, _ in found])
        share = np.array(list(found.values()))
        names = [f"first_list_listed_share_{first:.0f}_{last:.0f}" for first, last, _ in bands]
        of_listed = np.array([scalars[name] for name in names])[:, None]
        part = np.where(listed, of_listed, 1.0 - of_listed) * share
        self.upto = np.cumsum(part, axis=1) / part.sum(axis=1, keepdims=True)
        sites = [node.site for node in nodes.values()]
        first = [next(iter(places.values())) for places in by_site.values()]
        self.node = np.array(
            [[p.get(s, first[k]) for s in sites] for k, p in enumerate(by_site.values())], np.int64
        )
        """(stages of treatments, nodes) node of each stage for people referred at each node's site."""

    def nodes(self, entry: IntArray, weeks: FloatArray, uniform: FloatArray) -> IntArray:
        """Return the node at which each person waits.

        Args:
            entry: (n,) node at which they were referred.
            weeks: (n,) weeks since then.
            uniform: (n,) one draw each.
        """
        band = np.minimum(np.searchsorted(self.ends, weeks, side="right"), self.ends.size - 1)
        stage = np.minimum((uniform[:, None] >= self.upto[band]).sum(axis=1), self.upto.shape[1] - 1)
        return np.asarray(self.node[stage, entry])


__all__ = ["BEFORE_DECISION", "LISTED", "REFERRAL", "SLOT_CARE", "FirstList", "treatment_of"]
