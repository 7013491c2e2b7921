"""Every file of the library: checked, says what it is, covers the plans, runs, does what it expects.

The slow tests run each file for one year at 1% scale. The validation test holds an expectation of each
family at 10% scale on the baseline's own random numbers (all take hours: `LEFTSHIFT_EXPECTATIONS=all`, or the
page of `calibration/expectations_page.py`); its rule and its false-alarm rate are told in
`calibration/expectations.py`: a measure that a scenario leaves alone passes for a fall or a rise at most once
in a hundred, and what truly stays fails at most once in a hundred.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from calibration.expectations import evaluate, expectations
from scenarios import Scenario
from scenarios.evidence import evidence
from scenarios.execution import Settings
from scenarios.expectations import ExpectField
from scenarios.listing import listing
from scenarios.programmes import FAMILIES, left_out, programmes
from scenarios.scenario import LIBRARY, check, library_names
from sim import HealthSystem
from sim.interventions.specification import ScenarioSpecification
from sim.settings import Settings as ModelSettings
from sim.world import World, load_world

NAMES = library_names()
CHANGING = [name for name in NAMES if name != "baseline"]
SMALL, SCALE, SEED = 0.01, 0.1, 1
DEPARTURES = {"deaths_from_delay"}
"""Measures less what the baseline has, which may lie below nothing."""


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_no_problem_in_any_variant(name: str) -> None:
    """And every variant compiles."""
    path = LIBRARY / f"{name}.yaml"
    problems, variants = check(path)
    assert [str(problem) for problem in problems] == []
    assert variants == len(Scenario.load(name).variants)
    for variant in Scenario.load(name).variants:
        assert Scenario.load(name, variant).to_specification().full_name.startswith(name)


@pytest.mark.parametrize("name", CHANGING)
def test_a_file_says_what_it_is(name: str) -> None:
    """Family, question, programmes and what is expected; every number with its source."""
    found = Scenario.load(name).document
    assert found.family in FAMILIES
    assert found.question.strip()
    assert found.description.strip()
    assert found.programmes or found.family in {"shocks", "bundles"}
    assert found.expects


@pytest.mark.parametrize("name", CHANGING)
def test_a_file_names_its_evidence(name: str) -> None:
    """At least one row by its id, cited or named, in it or in what it extends; shocks have other sources."""
    found = Scenario.load(name)
    assert any(key in found.text for key in evidence()) or found.document.family == "shocks"


def test_keys_are_distinct_over_the_library() -> None:
    """Combinations then keep every key, and with it the random draws that a programme has alone."""
    origins = {
        origin
        for name in CHANGING
        for found in [Scenario.load(name)]
        for one in found.document.interventions
        for origin in [{key: (where, own) for key, where, own in found.origins}.get(one.key, (name, one.key))]
    }
    twice = [key for key, count in Counter(key for _, key in origins).items() if count > 1]
    assert twice == []


def test_the_list_names_every_scenario_in_its_family() -> None:
    """One line each."""
    lines = listing().splitlines()
    for name in NAMES:
        assert sum(line.split()[:1] == [name] for line in lines) == 1, name


@cache
def covered() -> set[str]:
    """Return the programmes that some file of the library covers."""
    return {one for name in NAMES for one in Scenario.load(name).document.programmes}


def test_programmes_partly_in_scope_have_an_entry_or_a_reason_never_both() -> None:
    """`programmes_left_out.csv` is for those that are partly in scope; in scope nothing is left out."""
    for one, reason in left_out().items():
        assert programmes()[one]["scope"] == "partly", one
        assert reason.strip(), one
        assert one not in covered(), f"{one} has an entry: take it from programmes_left_out.csv"


def test_every_programme_out_of_scope_has_a_reason() -> None:
    """The table says why, and no file claims one."""
    for one, row in programmes().items():
        assert row["scope"] in {"in", "partly", "out"}
        assert bool(row["reason"]) == (row["scope"] == "out"), one
    assert not {one for one in covered() if programmes()[one]["scope"] == "out"}


def missing(scope: str) -> list[str]:
    """Return the programmes of a scope that have neither an entry nor a reason."""
    held = covered() | set(left_out())
    return [
        f"{one} {row['programme']}"
        for one, row in programmes().items()
        if row["scope"] == scope and one not in held
    ]


def test_every_programme_in_scope_has_an_entry() -> None:
    """The coverage test: a programme in scope without a library entry fails."""
    assert missing("in") == []


def test_every_programme_partly_in_scope_has_an_entry_or_a_reason() -> None:
    """Where a lever exists there is an entry; where none does, the reason is told."""
    assert missing("partly") == []


@pytest.fixture(scope="module")
def world() -> World:
    """The area's people and tables, once for all runs."""
    return load_world(ModelSettings(years=1, scale=SMALL))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_file_runs_a_year_at_one_per_cent(name: str, world: World) -> None:
    """Every month to the end, with the tables that a run leaves."""
    scenario = Scenario.load(name).to_specification()
    model = HealthSystem(scenario=scenario, years=1, scale=SMALL, world=world)
    model.run_model()
    tables = model.tables()
    assert tables["measures"]["period"].nunique() == 12
    below = tables["measures"].loc[tables["measures"]["value"] < 0, "measure"]
    assert set(below) <= DEPARTURES


def asked() -> list[tuple[ScenarioSpecification, ExpectField]]:
    """Return the expectations to hold: the first of each family, or all if the environment asks.

    All take hours; `python -m calibration.expectations_page` settles them once and goes on where it stopped.
    """
    families: dict[str, list[tuple[ScenarioSpecification, ExpectField]]] = {}
    for name in CHANGING:
        families.setdefault(Scenario.load(name).document.family, []).extend(expectations(name))
    if os.environ.get("LEFTSHIFT_EXPECTATIONS") == "all":
        return [one for every in families.values() for one in every]
    return [every[0] for every in families.values()]


EXPECTED = [
    pytest.param(scenario, one, id=f"{scenario.full_name}-{one.measure}-{one.direction}")
    for scenario, one in asked()
]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs lie that expectations share: the baseline is run once for each number of years."""
    return tmp_path_factory.mktemp("expected")


@pytest.mark.validation
@pytest.mark.parametrize(("scenario", "expected"), EXPECTED)
def test_a_scenario_does_what_it_expects(
    scenario: ScenarioSpecification, expected: ExpectField, runs: Path
) -> None:
    """The direction stated in its file, at 10% scale on common random numbers."""
    settings = Settings(area="dorset", start="2026-04", years=expected.years, scale=SCALE, seed=SEED)
    found = evaluate(scenario, expected, runs, settings)
    assert found.holds, str(found)
