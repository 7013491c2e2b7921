"""Totals that the imported tables must meet, computed from the tables as written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sim.parameters.area_schemas import neighbourhoods
from sim.parameters.importing.conditions import load_mapping
from sim.parameters.importing.evidence import read_evidence
from sim.parameters.importing.population import LIFE_TABLE
from sim.parameters.importing.scalars import Constants
from sim.parameters.importing.states import UNDIAGNOSED
from sim.parameters.importing.use import SERVICES
from sim.parameters.schemas import BY_NAME, SCALARS
from sim.parameters.tables import Row, check_table

COUNTS = (
    "condition",
    "cases_Dorset_827k",
    "crude_prev",
    "new_cases_per_year",
    "incidence_per_1000_pop",
    "implied_duration_y",
)
CRUDE = "annual rate, crude calibrated"
AGE_BAND_STARTS = {"0-4": 0, "5-17": 5, "18-44": 18, "45-64": 45, "65-74": 65, "75-84": 75, "85+": 85}
TOLERANCES = {"population": 0.0005, "lists": 0.0005, "life expectancy": 0.002, "cases": 0.03, "use": 0.02}
"""Relative distance allowed, by kind of total. Cases and use were computed by the evidence with another age
mix (2020 residents, and an assumed one), so they only have to come near."""


@dataclass(frozen=True, kw_only=True)
class Total:
    """One total of ours beside the one it is compared with."""

    kind: str
    label: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """Ours over theirs."""
        return self.ours / self.theirs

    @property
    def met(self) -> bool:
        """Whether they agree within the tolerance of the kind."""
        return abs(self.ratio - 1.0) <= TOLERANCES[self.kind]


def reconcile(evidence: Path, national: Path, area: Path) -> list[Total]:
    """All totals, computed from the written tables and compared with the evidence's own sums."""
    checks: tuple[Callable[[Path, Path, Path], Iterable[Total]], ...] = (
        _population,
        _lists,
        _life_expectancy,
        _cases,
        _use,
    )
    return [total for check in checks for total in check(evidence, national, area)]


def _rows(path: Path, schema_name: str) -> list[Row]:
    """Rows of a table, which must be sound."""
    rows, problems = check_table(path, SCALARS if schema_name == "scalars" else BY_NAME[schema_name])
    if problems:
        raise problems[0]
    return rows


def _population(evidence: Path, national: Path, area: Path) -> Iterable[Total]:
    """Residents by council against the published sums, by age and by quintile."""
    constants = Constants(area / "parameters.csv")
    for name in ("population_by_age", "population_by_quintile"):
        rows = _rows(area / f"{name}.csv", name)
        for council in dict.fromkeys(row["council"] for row in rows):
            total = sum(float(row["value"]) for row in rows if row["council"] == council)
            yield Total(
                kind="population",
                label=f"{council}, {name}",
                ours=total,
                theirs=constants[f"residents_mid_2022_{council}"],
            )


def _lists(evidence: Path, national: Path, area: Path) -> Iterable[Total]:
    """Registered people, as listed and as scaled."""
    constants = Constants(area / "parameters.csv")
    rows, _ = check_table(area / "neighbourhoods.csv", neighbourhoods(("bcp", "dorset")))
    for column, name in (("list_size_2021", "registered_2021"), ("list_size_scaled", "registered_at_start")):
        yield Total(
            kind="lists",
            label=f"neighbourhoods, {column}",
            ours=sum(float(row[column]) for row in rows),
            theirs=constants[name],
        )


def _life_expectancy(evidence: Path, national: Path, area: Path) -> Iterable[Total]:
    """Life expectancy at birth by sex and quintile, recomputed from the death rates."""
    published = {
        (row["sex"], row["group"][-1]): float(row["ex"])
        for row in read_evidence(evidence / "demography" / "life_table.csv", LIFE_TABLE)
        if row["geography"] == "Dorset ICS" and row["age"] == "0"
    }
    rates: dict[tuple[str, str], dict[int, float]] = {}
    for row in _rows(area / "life_table.csv", "life_table"):
        rates.setdefault((row["sex"], row["quintile"]), {})[int(row["age"])] = float(row["mx"])
    for key, mx in rates.items():
        yield Total(
            kind="life expectancy",
            label=f"{key[0]}, quintile {key[1]}",
            ours=life_expectancy(mx),
            theirs=published[key],
        )


def life_expectancy(mx: dict[int, float]) -> float:
    """Life expectancy at birth, in years, from death rates by single year of age; the last age is open.

    e0 = sum of L(x), with L(x) = integral of a survival that falls exponentially within each year, and
    L(open) = l / m. Infants differ little at these rates.
    """
    alive, years = 1.0, 0.0
    last = max(mx)
    for age in range(last):
        survive = math.exp(-mx[age])
        years += alive * (1.0 - survive) / mx[age] if mx[age] else alive
        alive *= survive
    return years + alive / mx[last]


def _people(area: Path) -> dict[tuple[str, int], float]:
    """Registered people by sex and single year of age: residents scaled to the list at the start."""
    rows = _rows(area / "population_by_age.csv", "population_by_age")
    total = sum(float(row["value"]) for row in rows)
    scale = Constants(area / "parameters.csv")["registered_at_start"] / total
    people: dict[tuple[str, int], float] = {}
    for row in rows:
        key = (row["sex"], int(row["age"]))
        people[key] = people.get(key, 0.0) + scale * float(row["value"])
    return people


def _cases(evidence: Path, national: Path, area: Path) -> Iterable[Total]:
    """Cases that the prevalence gives on the registered population, against the evidence's own count."""
    people = _people(area)
    counts = {
        row["condition"]: row
        for row in read_evidence(evidence / "epidemiology" / "check_dorset_counts.csv", COUNTS)
    }
    ours: dict[str, float] = {}
    for key, use in load_mapping().items():
        registered = _registered(national / "conditions" / key)
        ours[use["prevalence"]] = ours.get(use["prevalence"], 0.0) + sum(
            float(row["value"])
            * registered(row)
            * sum(
                n
                for (sex, age), n in people.items()
                if sex == row["sex"] and int(row["age_from"]) <= age <= int(row["age_to"])
            )
            for row in _rows(national / "conditions" / key / "prevalence.csv", "condition_prevalence")
        )
    for key, cases in ours.items():
        if key in counts:
            theirs = float(counts[key]["cases_Dorset_827k"])
            yield Total(kind="cases", label=key, ours=cases, theirs=theirs)


def _registered(folder: Path) -> Callable[[Row], float]:
    """Return the share on the register of those with a condition, for a row of its prevalence."""
    path = folder / "state_shares.csv"
    rows = _rows(path, "condition_state_shares") if path.exists() else []
    off = {(row["sex"], row["age_from"]): float(row["value"]) for row in rows if row["state"] == UNDIAGNOSED}
    return lambda row: 1.0 - off.get((row["sex"], row["age_from"]), 0.0)


def _use(evidence: Path, national: Path, area: Path) -> Iterable[Total]:
    """Use a year at the rates by age and sex, against the calibrated crude rate x the list."""
    people = _people(area)
    listed = Constants(area / "parameters.csv")["registered_at_start"]
    crude = {
        row["service"]: float(row["value"])
        for row in read_evidence(evidence / "services" / "use_rates.csv", SERVICES)
        if row["measure"] == CRUDE
    }
    rates: dict[tuple[str, str, str], float] = {}
    for row in _rows(national / "use/rates.csv", "use_rates"):
        rates[row["need_class"], row["sex"], row["age_band"]] = float(row["value"])
    for need, rate in crude.items():
        ours = sum(n * rates[need, sex, _age_band(age)] for (sex, age), n in people.items())
        yield Total(kind="use", label=need, ours=ours, theirs=rate * listed)


def _age_band(age: int) -> str:
    """The model's age band of an age."""
    return [band for band, start in AGE_BAND_STARTS.items() if start <= age][-1]
