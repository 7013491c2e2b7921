"""What scenarios are expected to do, held against runs made for it under common random numbers.

The rule is that of `results/expectations.py`; here are the runs that it is applied to, look by look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from results.expectations import LOOKS, Finding, judge, yearly
from results.runs import Run, load_run
from scenarios.execution import Settings, run_replicates
from scenarios.expectations import CONDITION_SUBJECTS, ExpectField
from scenarios.scenario import Scenario
from sim.interventions.specification import (
    BASELINE,
    CohortProgramme,
    PopulationEffect,
    ScenarioSpecification,
)


def expectations(name: str) -> list[tuple[ScenarioSpecification, ExpectField]]:
    """Return every expectation of a library file, with each variant that it is of."""
    found = []
    for variant in Scenario.load(name).variants:
        scenario = Scenario.load(name, variant)
        specification = scenario.to_specification()
        found += [(specification, one) for one in scenario.document.expects]
    return found


def evaluate(
    scenario: ScenarioSpecification, expected: ExpectField, out: Path, settings: Settings, workers: int = 1
) -> Finding:
    """Run a scenario and the baseline until an expectation is settled, and say whether it holds.

    Args:
        scenario: The scenario.
        expected: What is expected of it.
        out: Folder of runs; those in it already are used again.
        settings: Area, start, scale, seed, and at least the years of the expectation: a longer run begins
            as a shorter one does.
        workers: Processes side by side.
    """
    found = None
    for replicates in LOOKS:
        pair = [
            run_of(one, settings.years, replicates, out, settings, workers) for one in (BASELINE, scenario)
        ]
        before, after = (yearly(run, expected.measure, expected.years)[:replicates] for run in pair)
        found = judge(scenario.full_name, expected, before, after)
        if found.holds or expected.direction == "stays":
            break
    assert found is not None
    return found


def run_of(
    scenario: ScenarioSpecification,
    years: int,
    replicates: int,
    out: Path,
    settings: Settings,
    workers: int = 1,
) -> Run:
    """Return a run with at least so many replicates, running those that are not in the folder."""
    settings = replace(settings, years=years)
    folder = folder_of(scenario, out, settings)
    held = len(list(folder.glob("replicate_*/unit.json")))
    run_replicates(
        scenario, settings, replicates=max(held, replicates), out=folder, workers=workers, quiet=True
    )  # fmt: skip
    return load_run(folder)


def folder_of(scenario: ScenarioSpecification, out: Path, settings: Settings) -> Path:
    """Return the folder of a run among those that expectations are held against."""
    alone = "" if settings.care else "_life_course"
    return out / f"{scenario.full_name}_{settings.years}_years{alone}"


def life_course_alone(scenario: ScenarioSpecification, expected: Sequence[ExpectField]) -> bool:
    """Return whether expectations need no care network: nothing in them goes through care."""
    reaching = all(isinstance(item, CohortProgramme | PopulationEffect) for item in scenario.interventions)
    of_care = any(
        item.eligible.recent_admissions_at_least or item.eligible.recent_attendances_at_least
        or item.eligible.risk_stratum is not None
        or getattr(item, "order", "") in {"highest_risk", "most_use"}
        for item in scenario.interventions
        if isinstance(item, CohortProgramme | PopulationEffect)
    )  # fmt: skip
    subjects = {one.measure.partition(":")[0] for one in expected if ":" in one.measure}
    plain = any(":" not in one.measure for one in expected)
    return reaching and not of_care and not plain and subjects <= {*CONDITION_SUBJECTS, "deaths"}
