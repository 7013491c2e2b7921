"""Small synthetic runs in the exact on-disk format, with answers that are known beforehand.

Counts are deterministic functions of month and stratum, plus a replicate effect that is the same in every
run (as common random numbers make it), so that paired differences are exact.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.population.strata import AGE_BANDS, QUINTILES, SEXES

SITES = ("bournemouth", "poole", "dorchester")
COUNCILS = ("bcp", "dorset")
NEIGHBOURHOODS = tuple(f"neighbourhood_{number:02d}" for number in range(1, 19))
LEVELS = {
    "all": ("all",),
    "age_band": AGE_BANDS,
    "sex": SEXES,
    "quintile": QUINTILES,
    "council": COUNCILS,
    "neighbourhood": NEIGHBOURHOODS,
    "site": SITES,
}
PEOPLE = 827_000
UTILITY, DISABILITY_FREE = 0.85, 0.8
ANNUAL = {  # events a year in the whole area
    "births": 6500,
    "in_migrants": 30000,
    "deaths": 9600,
    "out_migrants": 26000,
    "gp_appointments": 5_600_000,
    "outpatient_attendances": 1_100_000,
    "community_contacts": 1_300_000,
    "calls_111": 270_000,
    "incidents_999": 120_000,
    "ambulance_conveyances": 58_000,
    "ed_type1_attendances": 215_000,
    "utc_attendances": 190_000,
    "ed_4h_within": 150_000,
    "ed_over_12h": 12_000,
    "emergency_admissions": 98_000,
    "emergency_admissions_0day": 33_000,
    "emergency_admissions_1plus": 65_000,
    "emergency_bed_days": 440_000,
    "elective_admissions": 17_000,
    "day_cases": 110_000,
    "elective_bed_days": 60_000,
    "bed_days": 500_000,
    "nctr_days": 95_000,
    "discharges_p0": 80_000,
    "discharges_p1": 9_000,
    "discharges_p2": 3_000,
    "discharges_p3": 1_200,
    "deaths_from_delay": 40,
    "deaths_in_hospital": 3_800,
    "care_home_entries": 2_100,
    "hospital_at_home_admissions": 5_500,
    "sdec_attendances": 30_000,
    "ucr_responses": 15_000,
    "qalys": 700_000,
}
STOCKS = {
    "population_start": PEOPLE,
    "population_end": PEOPLE,
    "person_months": PEOPLE,
    "waiting_list_size": 75_000,
    "rtt_within_18_weeks": 46_000,
}
NODES = {
    "ed_bournemouth": 90_000,
    "acute_bournemouth": 40_000,
    "p1_bcp": 5_000,
    "p2_dorset": 3_000,
    "utc_poole": 60_000,
}
CONDITIONS = {"hypertension": 0.18, "type2_diabetes": 0.07, "copd": 0.025}
MORTALITY_BANDS = [(0, 0), (1, 4), *((age, age + 4) for age in range(5, 90, 5)), (90, 110)]
Effect = dict[str, dict[str, float]]


def make_run(
    folder: Path,
    scenario: str = "baseline",
    *,
    effect: Effect | None = None,
    replicates: int = 3,
    months: int = 12,
    noise: float = 0.01,
    jitter: float = 0.0,
    manifest: dict[str, Any] | None = None,
) -> Path:
    """Write a run.

    Args:
        folder: Where the run goes.
        scenario: Name of the scenario.
        effect: For a recorded measure, the amount added each month to a level: {"emergency_admissions":
            {"quintile:1": -5}}. The total of dimension `all` changes by the sum over fifths.
        replicates: Number of replicates written.
        months: Length of the run.
        noise: Standard deviation of the replicate effect, shared by all runs.
        jitter: Standard deviation of a relative effect on each count that is this run's own.
        manifest: Keys that replace those of the manifest.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for replicate in range(1, replicates + 1):
        part = folder / f"replicate_{replicate:04d}"
        part.mkdir(exist_ok=True)
        factor = 1 + noise * np.random.default_rng(replicate).standard_normal()
        own = np.random.default_rng([replicate, len(scenario), *scenario.encode()])
        counts = _measures(months, factor, effect or {})
        counts["value"] *= 1 + jitter * own.standard_normal(len(counts))
        counts.to_parquet(part / "measures.parquet")
        _nodes(months, factor, effect or {}).to_parquet(part / "nodes.parquet")
        _conditions(months, factor).to_parquet(part / "conditions.parquet")
        _deaths(months).to_parquet(part / "deaths.parquet")
        _mortality(months, factor, effect or {}).to_parquet(part / "mortality.parquet")
    (folder / "manifest.json").write_text(
        json.dumps(_manifest(folder, scenario, replicates, months) | (manifest or {}))
    )
    return folder


def _manifest(folder: Path, scenario: str, replicates: int, months: int) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "kind": "run",
        "name": folder.name,
        "scenario": {
            "name": scenario,
            "variant": "as_evidenced",
            "label": scenario.replace("_", " ").capitalize(),
            "description": f"A synthetic scenario called {scenario}.",
            "text": SCENARIO_TEXT.format(name=scenario),
        },
        "area": "dorset",
        "start": "2026-04",
        "years": months / 12,
        "scale": 1.0,
        "seed": 1,
        "replicates": replicates,
        "code_version": "0.1.0",
        "versions": {"python": "3.11", "numpy": "2.4"},
        "machine": {"cpus": 2},
        "timings": {"1": 12.3, "peak_memory_mb": 410},
        "inputs_sha256": "0" * 64,
        "created": "2026-11-20T10:00:00",
    }


SCENARIO_TEXT = """name: {name}
extends: baseline
interventions:
  - type: tobacco
    effect:
      quit_rate_ratio:
        {{value: 1.9, low: 1.4, high: 2.5, unit: ratio, source: "Trial of <b>support</b>", grade: B}}
"""


def month_names(months: int, first: str = "2026-04") -> list[str]:
    """Return month labels."""
    return [str(period) for period in pd.period_range(first, periods=months, freq="M")]


def share(dimension: str, index: int) -> float:
    """Return a level's share of all people: equal shares in every dimension."""
    return 1 / len(LEVELS[dimension])


def gradient(dimension: str, index: int) -> float:
    """Return a level's ratio to the mean: 1.2, 1.1, 1.0, 0.9, 0.8 over the fifths, else one."""
    return 1.2 - 0.1 * index if dimension == "quintile" else 1.0


def _season(month: str) -> float:
    return 1.06 if month[-2:] in {"12", "01", "02"} else 0.98


def _measures(months: int, factor: float, effect: Effect) -> pd.DataFrame:
    rows = []
    for month, (dimension, levels) in product(month_names(months), LEVELS.items()):
        for index, level in enumerate(levels):
            for name, yearly in ANNUAL.items():
                length = int(pd.Period(month).days_in_month) if name.endswith("_days") else 365 / 12
                base = yearly / 365 * length * share(dimension, index) * gradient(dimension, index)
                change = _change(effect.get(name, {}), dimension, level)
                rows.append((month, dimension, level, name, base * factor * _season(month) + change))
            for name, stock in STOCKS.items():
                change = _change(effect.get(name, {}), dimension, level)
                rows.append((month, dimension, level, name, stock * share(dimension, index) + change))
    return pd.DataFrame(rows, columns=["period", "dimension", "level", "measure", "value"])


def _change(by_level: dict[str, float], dimension: str, level: str) -> float:
    """Return the amount added at a level: stated for fifths, summed for `all`, shared equally elsewhere."""
    if dimension == "quintile":
        return by_level.get(f"quintile:{level}", 0.0)
    return sum(by_level.values()) * (1.0 if dimension == "all" else 1 / len(LEVELS[dimension]))


def _nodes(months: int, factor: float, effect: Effect) -> pd.DataFrame:
    rows = []
    for month, (node, yearly) in product(month_names(months), NODES.items()):
        arrivals = yearly / 12 * factor * _season(month) + sum(effect.get(f"node:{node}", {}).values())
        found = {
            "arrivals": arrivals,
            "starts": arrivals,
            "departures": arrivals,
            "mean_wait_minutes": 40 * factor,
            "p95_wait_minutes": 180 * factor,
            "mean_occupied": arrivals / 50,
            "mean_queue": 2.0,
            "mean_blocked": 1.0,
            "mean_places": yearly / 500,
            "utilisation": 0.9,
            "left_waiting": 2.0,
            "offered_load": arrivals / 50,
        }
        rows += [(month, node, name, value) for name, value in found.items()]
    return pd.DataFrame(rows, columns=["period", "node", "measure", "value"])


def _conditions(months: int, factor: float) -> pd.DataFrame:
    rows = []
    names = month_names(months + 1)
    for (dimension, levels), (condition, prevalence) in product(LEVELS.items(), CONDITIONS.items()):
        if dimension == "site":
            continue
        for index, level in enumerate(levels):
            people = PEOPLE * share(dimension, index)
            for month in names[:-1]:
                rows.append((month, dimension, level, condition, "new_cases", people * prevalence / 240))
            for month in names[::12]:
                cases = people * prevalence * factor * gradient(dimension, index)
                rows.append((month, dimension, level, condition, "cases", cases))
    return pd.DataFrame(rows, columns=["period", "dimension", "level", "condition", "measure", "value"])


def _deaths(months: int) -> pd.DataFrame:
    rows = [(month, "all", "all", "cancer", 200.0) for month in month_names(months)]
    return pd.DataFrame(rows, columns=["period", "dimension", "level", "cause", "value"])


def _mortality(months: int, factor: float, effect: Effect) -> pd.DataFrame:
    rows = []
    ratio = {level: 1 + amount for level, amount in effect.get("mortality_ratio", {}).items()}
    for year, council, sex, quintile in product(range(max(months // 12, 1)), COUNCILS, SEXES, QUINTILES):
        for age_from, age_to in MORTALITY_BANDS:
            lived = PEOPLE / 10 / len(COUNCILS) / len(MORTALITY_BANDS)
            rate = 0.00005 * np.exp(0.089 * age_from) + (0.003 if age_from == 0 else 0)
            rate *= (1.3 - 0.15 * (int(quintile) - 1)) * (1.25 if sex == "male" else 1.0) * factor
            rate *= ratio.get(f"quintile:{quintile}", 1.0)
            counted = (lived, lived * rate, lived * UTILITY, lived * DISABILITY_FREE)
            rows.append((year, council, sex, quintile, age_from, age_to, *counted))
    columns = ["year", "council", "sex", "quintile", "age_from", "age_to", "person_years", "deaths"]
    columns += ["quality_years", "disability_free_years"]
    return pd.DataFrame(rows, columns=columns)
