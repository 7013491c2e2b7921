"""Use of care by person, of a normal run, and what the life course costs to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from calibration.life_course.checks import Check, Target, judged, of_check
from calibration.life_course.recording import Record
from calibration.readings import reading
from calibration.targets import Target as Figure
from calibration.targets import load_targets as baseline_targets
from sim.model import HealthSystem
from sim.world import World

SECONDS_A_YEAR = 1.0
"""Budget of life course and needs together (DESIGN section 13: 10 s for ten years)."""
BY_PERSON = (
    "attending_once", "attending_three_times", "attending_five_times", "attending_five_times_again",
    "readmission_30_days",
)  # fmt: skip
"""Targets of `dorset_baseline.csv` that are of persons and not of events."""
CLASSES = ("0", "1", "2", "3", "4", "5_to_9", "10_plus")
YEARS = 2


@dataclass(frozen=True, kw_only=True)
class UseByPerson:
    """What a normal run says of people by their attendances at a type 1 department in a year."""

    years: list[Mapping[str, pd.DataFrame]]
    """The tables of each year of the run."""

    def total(self, measure: str, year: int = 0) -> float:
        """Return a measure of everybody, summed over a year."""
        table = self.years[year]["measures"]
        rows = table[(table["dimension"] == "all") & (table["measure"] == measure)]
        return float(rows["value"].sum())

    def people(self, year: int = 0) -> list[float]:
        """Return people by class of attendances, in the order of `CLASSES`."""
        return [self.total(f"people_with_attendances_{name}", year) for name in CLASSES]


def use_by_person(world: World | None = None, **settings: Any) -> UseByPerson:
    """Run care and life course for two years.

    Args:
        world: Tables and people, to share between runs.
        settings: Keywords of `HealthSystem`; at full scale unless said otherwise.
    """
    model = HealthSystem(years=YEARS, world=world, **settings)
    model.run_model()
    tables = model.tables()
    measures = tables["measures"]
    periods = sorted(set(measures.loc[measures["measure"] == "population_end", "period"].astype(str)))
    of_year = [periods[12 * year : 12 * (year + 1)] for year in range(YEARS)]
    return UseByPerson(
        years=[{"measures": measures[measures["period"].astype(str).isin(some)]} for some in of_year]
    )


def person_checks(found: UseByPerson, targets: Sequence[Target]) -> list[Check]:
    """Return who attends how often, who does so again, and who is readmitted, by year of the run."""
    checks = []
    for target in baseline_targets():
        if target.measure in BY_PERSON:
            for year, tables in enumerate(found.years):
                checks.append(_within_range(target, reading(target, tables), f"year {year + 1}"))
    everybody = sum(found.people())
    often = found.total("frequent_attenders")
    for target in of_check(targets, "frequent"):
        checks.append(judged(target, often / everybody, "one run", f"{often:,.0f} people"))
    for target in of_check(targets, "frequent_share"):
        share = found.total("attendances_of_frequent_attenders") / found.total("attendances_of_people")
        checks.append(judged(target, share, "one run"))
    return checks


def _within_range(target: Figure, model: float, year: str) -> Check:
    stratum = year if target.stratum == "all" else f"{year}, {target.stratum}"
    return Check(
        section="needs", label=target.label, stratum=stratum, model=model, target=target.value,
        unit=target.unit, use=target.use, allowed=f"{target.low:g} to {target.high:g}",
        met=bool(target.low <= model <= target.high) if np.isfinite(model) else None,
        chance="one run", source=target.source, grade=target.grade, reason=target.reason,
    )  # fmt: skip


def budget_checks(records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return bytes a resident and the share of the budget of time; no second is quoted, machines differ."""
    kept = records[0].bytes_a_resident
    years = len(records[0].people) - 1
    hot = kept["columns"] + kept["transitions"]
    note = f"{kept['columns']:.0f} columns, {kept['transitions']:.0f} transitions, a byte each"
    found = [judged(target, hot, "exact", note) for target in of_check(targets, "hot_bytes")]
    found += [judged(target, kept["cold"], "exact") for target in of_check(targets, "cold_bytes")]
    fastest = min(record.run_seconds for record in records)
    found += [
        judged(t, fastest / (SECONDS_A_YEAR * years), "fastest run") for t in of_check(targets, "speed")
    ]
    return found
