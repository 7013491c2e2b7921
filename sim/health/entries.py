"""Where needs enter the care network: nodes of the care sought, by the catchment of the neighbourhood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.areas import AreaPack
from sim.care import Network
from sim.health.needs import NeedClass
from sim.population.strata import N_AGE_BANDS

FloatArray = npt.NDArray[np.float64]
LAST_DAYS_CARE = "last_days"
"""What those admitted at once seek, in `entries`; the last row of `Entries`, after the classes."""
OUTSIDE = -1  # entry node of needs that are met outside the area
PRIORITIES = 8
_ROUNDING = 1e-6


class Entries:
    """Where each class enters: nodes of its kind of care, shared by neighbourhood as the catchments have it.

    Catchments come from distance alone. They are raked so that each site gets the share of the area's
    arrivals that the network is sized for, while each neighbourhood keeps the share that leaves the area.

    share: (J + 1, neighbourhoods, O) cumulated; node: (J + 1, O), -1 for sites outside the area; inside: as
    they are; weight: (J + 1, neighbourhoods) share of the class's use. The last row is for those admitted at
    once. `use` is published use by class and neighbourhood: the old are not spread as the young are.
    """

    def __init__(
        self, classes: Sequence[NeedClass], area: AreaPack, network: Network, use: FloatArray
    ) -> None:
        table = area.tables["entries"]
        scalars = area.tables["network_parameters"].set_index("name")["value"]
        self.weight = use / use.sum(axis=1, keepdims=True)
        most = int(table.groupby("care").size().max()) + 1
        cares = [*(need.care for need in classes), LAST_DAYS_CARE]
        self.node = np.full((len(cares), most), OUTSIDE, np.int64)
        self.inside = np.zeros((len(cares), use.shape[1], most))
        self.priority_share = np.zeros((len(cares), N_AGE_BANDS, PRIORITIES))
        for j, care in enumerate(cares):
            rows = table[table["care"] == care]
            columns = (rows[name] for name in ("node", "priority", "priority_shares", "service", "sites"))
            for option, (node, priority, named, service, sites) in enumerate(zip(*columns, strict=True)):
                self.node[j, option] = network.node(str(node))
                self.priority_share[j] = _priorities(str(named), int(priority), scalars)
                self.inside[j, :, option] = _catchment(area, str(service), str(sites))
            if (rows["share"] != "none").any():
                wanted = scalars.loc[list(rows["share"])].to_numpy(np.float64)
                self.inside[j, :, : len(rows)] = rake(self.inside[j, :, : len(rows)], use[j], wanted)
        self.share = np.cumsum(self.inside, axis=2)
        self.share[:, :, -1] = 1.0  # what no site of the area serves leaves it


def _priorities(named: str, one: int, scalars: pd.Series) -> FloatArray:
    """Return cumulated shares of the priorities 0 to 7: those of the scalars named, or all of one priority."""
    shares = np.zeros(PRIORITIES)
    if named == "none":
        shares[one] = 1.0
    else:
        shares[:] = [float(scalars.get(f"{named}_{priority}", 0.0)) for priority in range(PRIORITIES)]
    assert abs(shares.sum() - 1.0) < _ROUNDING, (named, shares.sum())
    cumulated = np.cumsum(shares) / shares.sum()
    cumulated[np.flatnonzero(shares)[-1] :] = 1.0
    return np.asarray(cumulated)


def _catchment(area: AreaPack, service: str, sites: str) -> FloatArray:
    """Return the share of each neighbourhood's use that goes to some sites, (neighbourhoods,)."""
    if service == "all":
        return np.ones(len(area.neighbourhood_keys))
    table = area.tables["catchment"]
    chosen = table[(table["service"] == service) & table["site"].isin(sites.split(";"))]
    return (
        chosen.groupby("neighbourhood")["value"].sum().reindex(area.neighbourhood_keys).fillna(0.0).to_numpy()
    )


def rake(shares: FloatArray, weight: FloatArray, wanted: FloatArray, sweeps: int = 200) -> FloatArray:
    """Return shares by row whose weighted columns are in the proportions wanted, row sums unchanged.

    Args:
        shares: (rows, columns) shares of each row.
        weight: (rows,) people of each row.
        wanted: (columns,) proportions; need not sum to one.
        sweeps: Sweeps of iterative proportional fitting.
    """
    total = shares.sum(axis=1, keepdims=True)
    found = shares.copy()
    for _ in range(sweeps):
        column = (found * weight[:, None]).sum(axis=0)
        found = found * (wanted / wanted.sum() * column.sum() / np.maximum(column, 1e-12))
        found = found * (total / np.maximum(found.sum(axis=1, keepdims=True), 1e-12))
    return found
