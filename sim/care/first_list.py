"""Where on their pathway the people of the published waiting list are when a run begins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

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

    Treatment function and decision to admit are as published for those who have waited as long; those without
    a decision are divided between the stages before it.

    Args:
        network: The care network.
        table: People by `treatment`, `listed` (yes or no), `weeks_from` and `weeks_to`.
        scalars: Parameters: shares of stages such as `first_list_follow_up_share`.
    """

    def __init__(self, network: Network, table: pd.DataFrame, scalars: Mapping[str, float]) -> None:
        nodes = network.file.nodes
        places: dict[tuple[str, str], dict[str | None, int]] = {}
        for index, (name, node) in enumerate(nodes.items()):
            kind = str(node.kind_of_care)
            if kind in SLOT_CARE:
                places.setdefault((kind, treatment_of(name, kind, node.site)), {})[node.site] = index
        self.ends = np.unique(table["weeks_to"].to_numpy(np.float64))
        weight = []
        for kind, treatment in places:
            share = 1.0 if kind == LISTED else scalars[f"first_list_{kind.removeprefix('elective_')}_share"]
            listed = "yes" if kind == LISTED else "no"
            rows = table[(table["listed"] == listed) & (table["treatment"] == treatment)]
            weight.append(share * rows.sort_values("weeks_to")["value"].to_numpy(np.float64))
        part = np.stack(weight, axis=1)
        self.upto = np.cumsum(part, axis=1) / part.sum(axis=1, keepdims=True)
        """(bands of weeks, stages of treatments) cumulated shares."""
        sites = [node.site for node in nodes.values()]
        self.node = np.array(
            [[here.get(site, next(iter(here.values()))) for site in sites] for here in places.values()],
            np.int64,
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
