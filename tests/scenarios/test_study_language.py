"""The language of studies by its properties: designs, draws, units and keys, whatever a file asks."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docs.generate import PAGES
from scenarios import Study, execution, identity
from scenarios.execution import Settings, Unit
from scenarios.study.design import Factor, points_of
from scenarios.study.parameter_draws import drawn_value
from scenarios.study.posterior import problems_of, read_posterior, write_posterior
from scenarios.units import UNITS
from sim.areas.pack import area_directory
from sim.interventions.specification import BASELINE
from sim.kernels.randomness import replicate_key
from sim.parameters.named import named_numbers
from tests.scenarios.test_execution import Here, hashes
from tests.scenarios.test_stopping import run, written

NUMBERS = named_numbers(area_directory("dorset"))
DRAWN = sorted(name for name, number in NUMBERS.items() if number.is_drawn)
NATIONAL = [name for name in DRAWN if NUMBERS[name].file.name == "life_course.csv"]
"""Of which no network is made: some of an area's do not go together, which is refused."""
RANGED = sorted(name for name, number in NUMBERS.items() if number.has_range)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def factors(names: list[str]) -> list[Factor]:
    """Return factors of parameters."""
    return [Factor(figure=name, number=NUMBERS[name], fields={}) for name in names]


FIGURES = st.lists(st.sampled_from(RANGED), min_size=1, max_size=4, unique=True)


@given(FIGURES, st.integers(2, 40), st.integers(0, 2**63 - 1))
def test_a_latin_hypercube_has_one_value_in_each_part(names: list[str], points: int, seed: int) -> None:
    """Of each figure's range cut into as many parts as points; the same again for the same seed."""
    asked = factors(names)
    ends = [one.interval or (0.0, 1.0) for one in asked]
    made = points_of("latin_hypercube", asked, ends, points, seed)
    assert made == points_of("latin_hypercube", asked, ends, points, seed)
    assert [one.number for one in made] == list(range(1, points + 1))
    for one, (low, high) in zip(asked, ends, strict=True):
        values = np.array([point.values[one.figure] for point in made])
        assert ((low <= values) & (values <= high)).all()
        if one.whole:
            assert (values == values.round()).all()
        else:
            parts = np.floor((values - low) / (high - low) * points)
            assert len(set(np.clip(parts, 0, points - 1))) >= points - 1  # rounding at one edge


@given(FIGURES, st.integers(1, 4))
def test_a_grid_is_every_combination_and_one_at_a_time_their_sum(names: list[str], levels: int) -> None:
    """So many points, each once; one at a time changes one figure at most."""
    asked = factors(names)
    values = [[float(level) for level in range(levels)] for _ in asked]
    grid = points_of("grid", asked, values, 0, 1)
    assert len(grid) == levels ** len(names) == len({tuple(one.values.items()) for one in grid})
    single = points_of("one_at_a_time", asked, values, 0, 1)
    assert len(single) == 1 + levels * len(names)
    assert max(len(one.values) for one in single) <= 1 and not single[0].values


@given(st.sampled_from(DRAWN), st.integers(1, 10_000), st.integers(0, 2**63 - 1))
def test_draws_of_parameters_lie_in_their_range(name: str, draw: int, seed: int) -> None:
    """Of whole numbers whole; the same for the same draw and seed; another draw is another value."""
    number = NUMBERS[name]
    value = drawn_value(number, draw, seed)
    assert number.low <= value <= number.high
    assert value == drawn_value(number, draw, seed)
    if number.is_whole:
        assert value == round(value)
    else:
        assert value != drawn_value(number, draw + 1, seed)


@given(st.integers(0, 2**63 - 1), st.integers(1, 10_000), st.integers(0, 2**63 - 1), st.integers(1, 10_000))
def test_seed_and_replicate_are_hashed_to_64_bits(seed: int, one: int, other: int, two: int) -> None:
    """Another seed or replicate is another key, both of whose words differ: nothing is in a short range."""
    first, second = replicate_key(seed, one), replicate_key(other, two)
    assert all(0 <= word < 2**32 for word in first)
    assert (first == second) == ((seed, one) == (other, two))
    near = {replicate_key(seed, one + step) for step in range(64)}
    words = np.array([[low, high] for low, high in near], np.uint64)
    assert len(near) == 64
    # Of 64 random words each bit is set in some and clear in others: the chance of one that is not is 2e-18.
    for word in words.T:
        assert (np.bitwise_or.reduce(word), np.bitwise_and.reduce(word)) == (2**32 - 1, 0)


@given(st.dictionaries(st.sampled_from(RANGED), st.floats(0, 1), max_size=3), st.integers(0, 5))
@QUICK
def test_parameters_and_draws_enter_the_key_of_a_unit_and_no_random_key(
    shares: dict[str, float], draw: int
) -> None:
    """Two units are the same exactly when their parameters are; the model gets the seed as it is."""
    values = {}
    for name, share in shares.items():
        number = NUMBERS[name]
        value = number.low + share * (number.high - number.low)
        values[name] = float(math.floor(value)) if number.is_whole else min(number.high, value)
    values = {name: value for name, value in values.items() if NUMBERS[name].low <= value}
    plain = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=3)
    other = Settings(
        area="dorset",
        start="2026-04",
        years=1,
        scale=0.1,
        seed=3,
        draw=draw,
        parameters=tuple(values.items()),
    )
    one, two = (
        Unit(scenario=BASELINE, settings=chosen, replicate=1, folder=Path("x")) for chosen in (plain, other)
    )
    assert (one.key == two.key) == (not values and draw == 0)
    told = two.settings.of_model()
    assert told["seed"] == 3 and dict(told["parameters"]) == values and "draw" not in told


DESIGNS = st.one_of(
    st.none(),
    st.fixed_dictionaries({
        "kind": st.just("grid"),
        "factors": st.just([
            {"figure": "beds.places", "levels": 3}, {"figure": "risk_ratio_cap", "values": [9, 10]}
        ]),
    }),
    st.fixed_dictionaries({
        "kind": st.just("latin_hypercube"), "points": st.integers(2, 5),
        "factors": st.just([{"figure": "beds.places"}, {"figure": "more_beds:beds.start",
                                                       "low": "2026-05", "high": "2026-09"}]),
    }),
    st.fixed_dictionaries({
        "kind": st.just("one_at_a_time"), "factors": st.just([{"figure": "beds.places"}]),
    }),
)  # fmt: skip


PARAMETERS = st.lists(st.sampled_from(NATIONAL), max_size=2, unique=True)


@given(DESIGNS, st.integers(0, 3), st.integers(1, 3), st.booleans(), PARAMETERS)
@QUICK
def test_whatever_is_asked_every_unit_has_its_own_folder_and_nothing_is_run_twice(
    names: object, tmp_path: Path, design: dict[str, Any] | None, draws: int, replicates: int, drawn: bool,
    parameters: list[str],
) -> None:  # fmt: skip
    """Units are points x scenarios x draws x replicates, less the draws of what has nothing to draw."""
    asked: dict[str, Any] = {"replicates": replicates, "draws": draws}
    if draws and (drawn or parameters):
        asked["draw_from"] = {"interventions": drawn, "parameters": parameters}
    if design is not None:
        asked["design"] = design
    path = written(tmp_path, yaml.safe_dump(asked, sort_keys=False))
    study = Study.load(path)
    units = study.units(tmp_path / "out", tmp_path)
    assert len({unit.folder for unit in units}) == len(units)
    points = len(study.resolved(tmp_path).points)
    kind = design["kind"] if design is not None else ""
    # At a point where its places are given, nothing of the scenario is uncertain any more.
    uncertain = {"": points, "one_at_a_time": 1}.get(kind, 0) if drawn or "draw_from" not in asked else 0
    of_baseline = points * (draws if draws and parameters else 1)
    of_beds = of_baseline if parameters or not draws else uncertain * draws + points - uncertain
    assert len(units) == replicates * (of_baseline + of_beds)
    assert [unit.settings.draw for unit in units] == sorted(unit.settings.draw for unit in units)


def test_a_design_is_run_and_laid_out_as_studies(names: object, tmp_path: Path) -> None:
    """The baseline once for all points, its files shared; each point opens as a study."""
    path = written(
        tmp_path, "replicates: 2\ndesign: {kind: one_at_a_time, factors: [{figure: beds.places}]}\n"
    )
    first = Here()
    out = run(path, tmp_path / "a", first)
    assert first.ran == 2 + 3 * 2
    assert len(list(out.glob(UNITS))) == 3 * 2 * 2
    with (out / "design.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["beds.places"] for row in rows] == ["", "5", "15"]
    kinds = [execution.read_json(place / "manifest.json") or {} for place in (out, out / "point_0002")]
    assert [kind["kind"] for kind in kinds] == ["designed_study", "study"]
    assert kinds[1]["point"] == {"number": 2, "values": {"beds.places": 5.0}}
    one, other = (out / f"point_000{n}" / "baseline" / "replicate_0001" / "measures.parquet" for n in (1, 2))
    assert one.read_bytes() == other.read_bytes()
    again = Here()
    run(path, tmp_path / "a", again)
    assert again.ran == 0


def test_a_posterior_is_drawn_row_by_row_and_recorded(names: object, tmp_path: Path) -> None:
    """Draw k is row k for every scenario, the baseline too; the manifest holds the values as figures."""
    rows = pd.DataFrame(
        {"mortality_exponent_cancer": [0.8, 0.9, 1.0], "statin_stops_per_year": [0.07, 0.1, 0.11]}
    )
    write_posterior(rows, tmp_path / "posterior.parquet", area="dorset", calibration="tried")
    found = read_posterior(tmp_path / "posterior.parquet")
    assert found.rows == 3 and found.at(2) == {"mortality_exponent_cancer": 0.9, "statin_stops_per_year": 0.1}
    path = written(tmp_path, "replicates: 2\ndraws: 2\ndraw_from: {posterior: posterior.parquet}\n")
    out = run(path, tmp_path / "a")
    manifest = execution.read_json(out / "baseline" / "manifest.json")
    assert manifest is not None
    assert (manifest["draws"], manifest["uncertain"]) == (2, True)
    told = {one["name"]: one["drawn"] for one in manifest["figures"]}
    assert told["parameters/statin_stops_per_year"] == {"1": 0.07, "2": 0.1}
    units = Study.load(path).units(tmp_path, tmp_path)
    assert {dict(unit.settings.parameters)["statin_stops_per_year"] for unit in units} == {0.07, 0.1}
    whole = execution.read_json(out / "manifest.json")
    assert whole is not None and whole["draw_from"]["posterior"]["calibration"] == "tried"
    assert hashes(out)


def test_the_file_of_a_calibration_is_read_too(tmp_path: Path) -> None:
    """With its own metadata and its column of numbers."""
    from calibration.fitting.draws_file import Draws, write_draws

    now = identity.environment()["code_version"]
    names = ("mortality_exponent_cancer",)
    for version, problems in ((now, 0), ("another", 1)):
        draws = Draws(
            name="tried", parameter_names=names, units=("exponent",), values=np.array([[0.8], [0.9]]),
            model_version=version, about={},
        )  # fmt: skip
        found = read_posterior(write_draws(draws, tmp_path / "posterior.parquet"))
        assert found.rows == 2 and found.at(2) == {"mortality_exponent_cancer": 0.9}
        assert len(list(problems_of(found, "dorset", NUMBERS, None))) == problems


def test_a_design_from_a_file_is_its_rows(names: object, tmp_path: Path) -> None:
    """A header of figures, a row a point; months and numbers as scenarios write them."""
    (tmp_path / "points.csv").write_text(
        "beds.places,beds.start,risk_ratio_cap\n7,2026-06,9\n8,2026-07,10\n", encoding="utf-8"
    )
    path = written(tmp_path, "design: {kind: file, file: points.csv}\n")
    study = Study.load(path)
    arms = [arm for arm in study.arms(tmp_path, tmp_path) if arm.scenario.name == "more_beds"]
    assert [arm.scenario.interventions[0].start for arm in arms] == ["2026-06", "2026-07"]
    assert [dict(arm.settings.parameters) for arm in arms] == [{"risk_ratio_cap": 9}, {"risk_ratio_cap": 10}]
    assert [arm.folder.parent.name for arm in arms] == ["point_0001", "point_0002"]


@pytest.mark.parametrize("page", ["docs/reference/study_file.md", "docs/reference/study.schema.json"])
def test_the_reference_is_current(root: Path, page: str) -> None:
    """`make docs` was run after the language changed."""
    assert (root / page).read_text(encoding="utf-8") == PAGES[page]()
