"""How much of each activity a run holds, by who gives it.

An activity is a count of the measures table, or days at care nodes (the integral of occupancy). Activity is
that of the registered population, whoever treats them. What several sites give is shared out between them as
the sites' own counts are, which hold people from outside as well, so that sites add up to the residents'
total.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.economics.prices import Quantity, marginal_shares, unit_costs
from results.economics.tables import ROOT, table
from results.measures.care_nodes import OCCUPIED, care_nodes
from results.measures.series import MONTHS, days_in, month_labels, recorded, year_labels
from results.runs import Run

COLUMNS = ["unit", "activity", "provider", "place", "period", "value"]
NODES, SITE, NODE = "nodes", "site", "node"
ANY = "any"
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A row of `activities.csv`.

    Attributes:
        name: Its key.
        label: In words.
        unit: What one of it is.
        setting: To which part of care it belongs.
        scheme: The plan's scheme that pays for it, where one is named.
        table: measures or nodes.
        counts: Recorded measures that are added or taken off, or patterns of nodes ('!' leaves out).
        provider: Sector that gives it; 'site' or 'node' where it is told by place.
        payer: Who pays.
        cash: Whether using less of it saves cash, or frees capacity only.
        in_sums: Whether it is part of the sums of money; what is not is paid for elsewhere.
        full: Pounds for one unit at average cost; None where it has no price of its own.
        marginal: The share of that which one unit more or fewer changes.
    """

    name: str
    label: str
    unit: str
    setting: str
    scheme: str
    table: str
    counts: str
    provider: str
    payer: str
    cash: bool
    in_sums: bool
    full: Quantity | None
    marginal: Quantity

    @property
    def pounds(self) -> float:
        """Full cost of one unit in pounds of the price year; nought where it has no price."""
        return self.full.value if self.full else 0.0


@cache
def activities() -> dict[str, Activity]:
    """Return the activities by name, in the order of the table."""
    costs, shares = unit_costs(), marginal_shares()
    return {
        row["activity"]: Activity(
            name=row["activity"], label=row["label"], unit=row["unit"], setting=row["setting"],
            scheme=row["scheme"], table=row["table"], counts=row["counts"], provider=row["provider"],
            payer=row["payer"], cash=row["releases"] == "cash", in_sums=row["in_sums"] == "yes",
            full=costs[row["priced_by"]] if row["priced_by"] else None,
            marginal=shares[row["setting"]],
        )
        for row in table("activities")
    }  # fmt: skip


@lru_cache(maxsize=64)
def quantities(run: Run, by: str = "year") -> pd.DataFrame:
    """Return how much of each activity a run holds.

    Args:
        run: The run.
        by: year or month.

    Returns:
        Columns unit (draw x 100,000 + replicate), activity, provider, place (site, council or empty), period,
        value. An activity that the run did not record has no rows.
    """
    parts = [
        _at_nodes(run, one, by) if one.table == NODES else _counted(run, one, by)
        for one in activities().values()
    ]
    kept = [part for part in parts if not part.empty]
    return pd.concat(kept, ignore_index=True)[COLUMNS] if kept else pd.DataFrame(columns=COLUMNS)


def not_recorded(run: Run) -> list[str]:
    """Return the labels of the activities that a run did not record, older ones above all."""
    found = set(quantities(run)["activity"])
    return [one.label for one in activities().values() if one.name not in found]


def _counted(run: Run, one: Activity, by: str) -> pd.DataFrame:
    """Return an activity that is counted in the measures table."""
    whole = recorded(run, one.counts, "all", by)
    if whole.empty:
        return pd.DataFrame(columns=COLUMNS)
    whole = whole.rename(columns={"replicate": "unit"}).drop(columns="level")
    own = recorded(run, one.counts, SITE, by) if one.provider == SITE else pd.DataFrame()
    if own.empty:
        sector = "acute" if one.provider == SITE else one.provider
        return whole.assign(activity=one.name, provider=provider_of(run, sector), place="")
    own = own.rename(columns={"replicate": "unit", "value": "at_site", "level": "place"})
    own["share"] = own["at_site"] / own.groupby(["unit", "period"])["at_site"].transform("sum")
    both = whole.merge(own.dropna(subset=["share"]), on=["unit", "period"])
    both = both[both["share"] > 0]
    trusts = {place: trust_of(run, place) for place in both["place"].unique()}
    value = both["value"] * both["share"]
    return both.assign(activity=one.name, provider=both["place"].map(trusts), value=value)


def _at_nodes(run: Run, one: Activity, by: str) -> pd.DataFrame:
    """Return days at care nodes."""
    days = _node_days(run, by)
    names = days["node"].unique().tolist() if len(days) else []
    wanted = chosen(one.counts, names)
    mine = days[days["node"].isin(wanted)]
    if mine.empty:
        return pd.DataFrame(columns=COLUMNS)
    if one.provider == NODE:
        places = {name: name.split("_", 1)[1] for name in wanted}
        givers = {name: trust_of(run, place) for name, place in places.items()}
        mine = mine.assign(place=mine["node"].map(places), provider=mine["node"].map(givers))
    else:
        mine = mine.assign(place="", provider=provider_of(run, one.provider))
    keys = ["unit", "provider", "place", "period"]
    return mine.groupby(keys, sort=False)["value"].sum().reset_index().assign(activity=one.name)


def chosen(patterns: str, names: list[str]) -> list[str]:
    """Return the names that match one of the patterns and none of those that begin with '!'."""
    said = patterns.split()
    found = {name for one in said if one[0] != "!" for name in fnmatch.filter(names, one)}
    return sorted(found - {name for one in said if one[0] == "!" for name in fnmatch.filter(names, one[1:])})


@lru_cache(maxsize=64)
def _node_days(run: Run, by: str) -> pd.DataFrame:
    """Return days at the care nodes that an activity counts: unit, node, period, value."""
    months, whole = month_labels(run), care_nodes(run)
    patterns = [one.counts for one in activities().values() if one.table == NODES]
    known = whole.means.index.tolist() if OCCUPIED in whole.means else []
    wanted = sorted({name for one in patterns for name in chosen(one, known)})
    if not wanted:
        return pd.DataFrame(columns=["unit", "node", "period", "value"])
    days = np.nan_to_num(whole.occupied[:, [known.index(name) for name in wanted]]) * days_in(months)
    periods = months if by == "month" else list(years_of(run).values())
    index = pd.MultiIndex.from_product([run.replicates, wanted], names=["unit", "node"])
    wide = pd.DataFrame(days.reshape(len(index), -1), index=index, columns=pd.Index(periods, name="period"))
    summed = wide.T.groupby(level=0, sort=False).sum().T
    tidy = summed.melt(ignore_index=False, value_name="value").reset_index()
    return tidy[["unit", "node", "period", "value"]]


def years_of(run: Run) -> dict[str, str]:
    """Return the year label of each month of a run."""
    years = year_labels(run)
    return {month: years[number // MONTHS] for number, month in enumerate(month_labels(run))}


@cache
def _area(key: str) -> dict[str, Any]:
    """Return what an area's own file says of its trusts, sites and councils; nothing for an unknown area."""
    import yaml

    path = ROOT / "sim" / "areas" / key / "area.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


def trust_of(run: Run, place: str) -> str:
    """Return who runs a place: the trust of a site, a council of its own, else the place itself."""
    sites = _area(str(run.manifest["area"])).get("sites", [])
    known = {site["key"]: site["trust"] for site in sites}
    councils = {one["key"] for one in _area(str(run.manifest["area"])).get("councils", [])}
    return f"council_{place}" if place in councils else str(known.get(place, place))


def provider_of(run: Run, sector: str) -> str:
    """Return who gives the care of a sector in a run's area."""
    area = str(run.manifest["area"])
    found = {(row["area"], row["sector"]): row["provider"] for row in table("providers")}
    return found.get((area, sector)) or found.get((ANY, sector), sector)


def provider_words(run: Run) -> dict[str, str]:
    """Return what the providers of a run's area are called."""
    area = _area(str(run.manifest["area"]))
    words = {row["provider"]: row["words"] for row in table("providers")}
    words |= {one["key"]: one["name"] for one in area.get("trusts", [])}
    return words | {f"council_{one['key']}": f"{one['name']} Council" for one in area.get("councils", [])}


def place_words(run: Run) -> dict[str, str]:
    """Return what the sites and councils of a run's area are called."""
    area = _area(str(run.manifest["area"]))
    known = {one["key"]: one["name"] for one in (*area.get("sites", []), *area.get("councils", []))}
    return {str(key): str(name) for key, name in known.items()}


def weighted(run: Run, weights: dict[str, float], by: str = "year") -> pd.DataFrame:
    """Return one figure a unit and period: activities times weights, added up; unit, period, value."""
    names, periods, cells, activity, value = _coded(run, by)
    each = np.array([weights.get(name, 0.0) for name in names])
    wanted = np.array([name in weights for name in names], np.bool_)[activity]
    count = len(run.replicates) * len(periods)
    summed = np.bincount(cells[wanted], (value * each[activity])[wanted], count)
    held = np.flatnonzero(np.bincount(cells[wanted], minlength=count))
    unit, period = np.divmod(held, max(len(periods), 1))
    return pd.DataFrame(
        {"unit": np.array(run.replicates, dtype=int)[unit], "period": periods.take(period),
         "value": summed[held]}
    )  # fmt: skip


@lru_cache(maxsize=64)
def _coded(run: Run, by: str) -> tuple[list[str], pd.Index, Codes, Codes, npt.NDArray[np.float64]]:
    """Return activities and periods, and of each quantity its unit and period, its activity, its value."""
    found = quantities(run, by)
    activity, names = pd.factorize(found["activity"])
    period, periods = pd.factorize(found["period"])
    unit = pd.Index(run.replicates).get_indexer(found["unit"])
    cells = unit * len(periods) + period
    return list(names), pd.Index(periods), cells, activity, found["value"].to_numpy(dtype=float)


def share_of_year(run: Run) -> float:
    """Return how many years a run lasts, to bring its sums to an average year."""
    return len(month_labels(run)) / MONTHS


def lengths(run: Run) -> dict[str, float]:
    """Return how long each year of a run is, in years: the last may be a part."""
    years = list(years_of(run).values())
    return {year: years.count(year) / MONTHS for year in years}
