"""Beds and places at each midnight: `days.parquet`, from which the needs of a winter's day follow.

For every acute and planned bed and every place of pathways 1 to 3, bought on the spot or not:

- `occupied`: places in use. Those of pathway 1 are home visits a day, of which a person uses several.
- `waiting`: people without a place here who seek one: in its queue, or kept elsewhere on the way to it.
- `ready`: people who keep a place although their stay here is over. In a community bed they have no criteria
  to reside; in an acute bed they wait for a ward, for the way home or for support.
- `places`: places open, those under escalation included; not where there is no limit.
- `offered`: places that all who seek them would fill: occupied, and for each who waits as many as a person
  uses at first. Who waits in a bed for another of the same kind of care fills that bed and is counted there
  alone, so that `offered` adds up over kinds and sites. What is bought on the spot counts in the unit of the
  pathway that it stands for: a person at home with care uses the mean number of visits.

A date's midnight is the one that ends it.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.care.system import CareSystem
from sim.health.calendar import month_days, month_start

FloatArray = npt.NDArray[np.float64]
BEDS, PATHWAYS = ("acute_beds", "elective_beds"), ("p1", "p2", "p3")
SPOT = ("spot_home_care", "spot_care_home")
MEASURES = ("occupied", "waiting", "ready", "places", "offered")
EVERYWHERE = "all"
"""Site of a node that belongs to no site and no council."""
_COUNTED = 4  # measures that are read; the last follows from them
_NO_LIMIT = -1  # places of a node without one


class DailyRecord:
    """What has been recorded of each day, and the table that it makes; holds nothing of the model.

    Args:
        start: Date of day 0.
        days: Days of the run.
        places: Site and kind of each node recorded.
        first_use: (nodes,) places that who waits would fill; 0 where that is counted elsewhere.
        stands_for: (nodes,) places of its pathway that one place here stands for.
    """

    def __init__(
        self, start: datetime.date, days: int, places: Sequence[tuple[str, str]], first_use: FloatArray,
        stands_for: FloatArray,
    ) -> None:  # fmt: skip
        self.start = start
        self.places = tuple(places)
        self.first_use, self.stands_for = first_use, stands_for
        self.counts = np.zeros((days, _COUNTED, len(places)), np.int32)
        self.filled = 0

    def table(self) -> pd.DataFrame:
        """Return date, site, kind, measure and value, in the order of site, kind, measure and date.

        Text is categorical: ten years of Dorset have half a million rows.
        """
        counts = self.counts[: self.filled].astype(np.float64)
        occupied, waiting, _, places = (counts[:, k] for k in range(_COUNTED))
        offered = (occupied + waiting * self.first_use) * self.stands_for
        values = np.concatenate([counts, offered[:, np.newaxis]], axis=1)
        limited = np.all(places > _NO_LIMIT, axis=0)
        keys = sorted(
            (site, kind, measure, node, what)
            for node, (site, kind) in enumerate(self.places)
            for what, measure in enumerate(MEASURES)
            if limited[node] or measure not in ("waiting", "places")
        )
        site, kind, measure, node, what = zip(*keys, strict=True) if keys else ((), (), (), (), ())
        columns = {
            name: pd.Categorical(labels).repeat(self.filled)
            for name, labels in (("site", site), ("kind", kind), ("measure", measure))
        }
        days = np.tile(np.arange(self.filled), len(keys))
        dates = [str(self.start + datetime.timedelta(days=day)) for day in range(self.filled)]
        chosen = values[:, np.array(what, np.int64), np.array(node, np.int64)]
        date = pd.Categorical.from_codes(days, pd.Index(dates))
        return pd.DataFrame({"date": date, **columns, "value": chosen.T.ravel()})


class DaysObserver:
    """Reads beds and places at each midnight.

    Args:
        care: The network at work.
        councils: Keys of the councils, by which nodes that belong to no site are told apart.
        calendar_start: Calendar month of month 0.
        months: Months of the run.
    """

    def __init__(self, care: CareSystem, councils: Sequence[str], calendar_start: int, months: int) -> None:
        self.care = care
        nodes = care.network.file.nodes
        kinds = (*BEDS, *PATHWAYS, *SPOT)
        self._nodes = care.nodes_of(*kinds)
        names = [care.names[node] for node in self._nodes]
        uses = care.state.tables.uses[self._nodes].astype(np.float64)
        from_within = np.array([self._entered_from_within(name) for name in names], np.bool_)
        self.record = DailyRecord(
            month_start(calendar_start),
            sum(month_days(calendar_start + month) for month in range(months)),
            [_place(name, nodes[name].site, councils) for name in names],
            np.where(from_within, 0.0, uses[:, :, 0].max(axis=1)),
            np.array([self._stands_for(name) for name in names]),
        )

    def _entered_from_within(self, name: str) -> bool:
        """Return whether everybody comes to a node from another of the same kind of care."""
        file = self.care.network.file
        kind = file.nodes[name].kind_of_care
        before = [source for source, ways in file.routes.items() if name in ways]
        return bool(before) and all(file.nodes[source].kind_of_care == kind for source in before)

    def _stands_for(self, name: str) -> float:
        """Return the places of its pathway that one person at a node bought on the spot stands for."""
        nodes = self.care.network.file.nodes
        if nodes[name].kind_of_care not in SPOT:
            return 1.0
        for index, one in enumerate(nodes.values()):
            if one.overflow is not None and one.overflow.to == name:
                return float(self.care.state.tables.uses[index].mean())  # it falls in equal steps
        return 1.0

    def midnight(self) -> None:
        """Record the day that ends now."""
        record = self.record
        self.care.state.moment(self._nodes, record.counts[record.filled])
        record.filled += 1


def _place(name: str, site: str | None, councils: Sequence[str]) -> tuple[str, str]:
    """Return the site (or council) of a node, and its name without it: the kind of place."""
    for where in (site, *councils):
        if where is not None and name.endswith(f"_{where}"):
            return where, name.removesuffix(f"_{where}")
    return site or EVERYWHERE, name


__all__ = ["DailyRecord", "DaysObserver"]
