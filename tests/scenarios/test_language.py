"""The language: what is refused, with which words, and what is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from docs.generate import PAGES
from scenarios import Scenario
from scenarios.names import AGE_BANDS
from scenarios.problems import InvalidFile
from scenarios.scenario import check
from sim.interventions import specification as spec
from sim.parameters.errors import InputError
from sim.parameters.located import LocatedMap, parse_located, place_of
from sim.population import strata

SHARE = "{value: 0.5, low: 0.4, high: 0.6, unit: share, source: a test, grade: C}"
NULL = "{value: 1.0, low: 1.0, high: 1.0, unit: ratio, source: a test, grade: C}"
COHORT = f"""
name: test
label: A test
interventions:
  - key: reach
    label: Reach
    type: cohort
    start: 2026-06
    already_delivered: 0
    eligible: {{age_from: 65, conditions: [stroke_tia]}}
    offered_per_year: {SHARE}
    uptake: {{mean: {SHARE}}}
    effects: [{{on: need, key: nel_admission_total, multiplier: {NULL}}}]
"""
DELAY = f"""
name: test
label: A test
interventions:
  - {{key: wait, label: Wait, type: delay, start: 2026-06, already_delivered: 0, from_nodes: acute_*,
     to_nodes: transfer_of_care, change: add, amount: {{evidence: DC-TOC-01}}, share: {SHARE}}}
"""


def written(folder: Path, text: str) -> Path:
    """Write a scenario file."""
    path = folder / "test.yaml"
    path.write_text(text, encoding="utf-8")
    return path


BAD = [
    ("age_from: 65", "agefrom: 65", "eligible.agefrom", "agefrom", "age_from"),
    ("type: cohort", "type: cohrt", "type", "cohrt", "cohort"),
    ("stroke_tia", "strok_tia", "conditions.0", "strok_tia", "stroke_tia"),
    (
        "nel_admission_total",
        "nel_admision_total",
        "effects.0.key",
        "nel_admision_total",
        "nel_admission_total",
    ),
    ("start: 2026-06", "start: 2026-13", "start", "2026-13", ""),
    ("on: need", "on: ned", "effects.0.on", "ned", "need"),
    ("already_delivered: 0", "already_delivered: 2", "already_delivered", "2", ""),
    ("value: 0.5, low: 0.4", "value: 5, low: 0.4", "offered_per_year", "5", ""),
    ("grade: C}", "grade: D}", "grade", "D", ""),
    ("source: a test", "source: ''", "offered_per_year", "no source", ""),
    ("label: A test", "labl: A test", "labl", "labl", "label"),
]


@pytest.mark.parametrize(("old", "new", "key", "found", "nearest"), BAD)
def test_bad_input_names_file_key_found_allowed_and_nearest(
    names: object, tmp_path: Path, old: str, new: str, key: str, found: str, nearest: str
) -> None:
    """Each slip gives a message that its author can act on."""
    assert old in COHORT
    path = written(tmp_path, COHORT.replace(old, new, 1))
    with pytest.raises(InvalidFile) as refused:
        Scenario.load(path)
    message = next(line for line in refused.value.message().splitlines() if f"{key}:" in line)
    assert str(path) in message
    assert ", line " in message
    assert f"found {found}" in message or found in message
    assert "allowed:" in message
    if nearest:
        assert f"did you mean '{nearest}'?" in message


def test_all_problems_are_told_at_once(names: object, tmp_path: Path) -> None:
    """Two slips give two messages, in the order of their lines."""
    text = COHORT.replace("age_from", "agefrom").replace("2026-06", "2026-13")
    problems, _ = check(written(tmp_path, text))
    assert [problem.key for problem in problems] == [
        "interventions.0.start",
        "interventions.0.eligible.agefrom",
    ]
    assert problems[0].line == 1 + text[: text.index("2026-13")].count("\n")


def test_an_unknown_type_hides_nothing(names: object, tmp_path: Path) -> None:
    """The contract's broken scenario: the type and the month are both told."""
    text = "extends: baseline\ninterventions:\n  - type: no_such_thing\n    start: 2027-13\n"
    problems, _ = check(written(tmp_path, text))
    told = "\n".join(map(str, problems))
    assert "no_such_thing" in told
    assert "2027-13" in told


def test_a_null_scenario_is_valid(names: object, tmp_path: Path) -> None:
    """Effects of one and nought compile."""
    zero = "{value: 0, low: 0, high: 0, unit: days, source: a test, grade: C}"
    built = Scenario.load(written(tmp_path, COHORT)).to_specification()
    (programme,) = built.interventions
    assert isinstance(programme, spec.CohortProgramme)
    assert programme.effects[0].multiplier.value == 1.0
    delayed = Scenario.load(
        written(tmp_path, DELAY.replace("{evidence: DC-TOC-01}", zero))
    ).to_specification()
    (delay,) = delayed.interventions
    assert isinstance(delay, spec.DelayChange)
    assert delay.from_nodes == ("acute_east", "acute_west")


def test_a_way_that_the_network_has_not_is_refused(names: object, tmp_path: Path) -> None:
    """A delay needs a way on which to act."""
    with pytest.raises(InvalidFile, match=r"p1_east.*allowed: a destination of acute_east"):
        Scenario.load(written(tmp_path, DELAY.replace("to_nodes: transfer_of_care", "to_nodes: p1_*")))


def test_induced_and_backfill_are_not_zero_unless_said(names: object, tmp_path: Path) -> None:
    """Capacity makes demand, and freed beds are filled: with a source."""
    (delay,) = Scenario.load(written(tmp_path, DELAY)).to_specification().interventions
    assert isinstance(delay, spec.DelayChange)
    assert delay.backfill_share.value > 0
    assert delay.backfill_share.source


def test_evidence_brings_its_number_interval_and_source(names: object, tmp_path: Path) -> None:
    """A row is quoted by its id alone."""
    (delay,) = Scenario.load(written(tmp_path, DELAY)).to_specification().interventions
    assert isinstance(delay, spec.DelayChange)
    assert (delay.amount.low, delay.amount.value, delay.amount.high) == (-2.0, -0.8, 0.0)
    assert delay.amount.evidence_id == "DC-TOC-01"


def test_variants_change_remove_and_add(names: object, tmp_path: Path) -> None:
    """A variant is laid on what it varies, and only there."""
    text = (
        COHORT
        + "variants:\n  as_planned:\n    change: {reach: {ramp_months: 7}}\n  none:\n    remove: [reach]\n"
    )
    path = written(tmp_path, text)
    assert Scenario.load(path).to_specification().interventions[0].ramp_months == 0
    assert Scenario.load(f"{path}@as_planned").to_specification().interventions[0].ramp_months == 7
    assert Scenario.load(path, "none").to_specification().interventions == ()
    with pytest.raises(InputError, match=r"as_plannd.*did you mean 'as_planned'"):
        Scenario.load(path, "as_plannd")


def test_a_variant_of_nothing_is_refused(names: object, tmp_path: Path) -> None:
    """A variant may only change what is there."""
    path = written(tmp_path, COHORT + "variants: {x: {change: {reech: {ramp_months: 7}}}}\n")
    problems, _ = check(path)
    assert [problem.nearest for problem in problems] == ["reach"]


def test_extends_lays_a_child_on_its_parent(names: object, tmp_path: Path) -> None:
    """The parent's interventions come first, and the child's of one key are laid on them."""
    written(tmp_path, COHORT)
    child = tmp_path / "child.yaml"
    child.write_text("extends: test\ninterventions:\n  - {key: reach, ramp_months: 9}\n", encoding="utf-8")
    (reach,) = Scenario.load(child).to_specification().interventions
    assert reach.ramp_months == 9
    assert reach.label == "Reach"


def test_extends_in_a_circle_is_refused(names: object, tmp_path: Path) -> None:
    """Two files that extend each other have no bottom."""
    for name, parent in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.yaml").write_text(f"extends: {parent}\n", encoding="utf-8")
    with pytest.raises(InvalidFile, match="does not extend"):
        Scenario.load(tmp_path / "one.yaml")


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: [1\n", "a: 1\na: 2\n", "? [x]\n: 1\n", "a: &x [*x]\n", "\t"]
)
def test_what_is_no_mapping_is_refused(text: str) -> None:
    """Broken YAML ends in a message, never in a traceback."""
    with pytest.raises(InputError):
        parse_located(text, "file.yaml")


def test_the_key_on_stays_text() -> None:
    """YAML 1.1 would read it as true."""
    assert list(parse_located("on: off\n", "x")) == ["on"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """The parser raises nothing but InputError."""
    try:
        data = parse_located(text, "file.yaml")
    except InputError:
        return
    assert isinstance(data, LocatedMap)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "interventions",
                        "type",
                        "key",
                        "cohort",
                        "start",
                        "name",
                        "label",
                        "variants",
                        "extends",
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict))
)
@example({"interventions": [{"type": []}]})
def test_any_document_is_checked_or_refused(tmp_path_factory: pytest.TempPathFactory, value: dict) -> None:
    """Whatever shape a document has, it is checked to the end."""
    import yaml

    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    from tests.scenarios.conftest import NAMES

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scenarios.scenario.load_names", lambda area: NAMES)
        try:
            check(path)
        except InputError:
            return


def test_places_survive_nesting() -> None:
    """A location inside lists and mappings has its own line."""
    data = parse_located("a:\n  - b: 1\n  - b: 2\n    c: 3\n", "x")
    assert place_of(data, ("a", 1, "c")) == ("x", 4)
    assert place_of(data, ("a", "tag", 1, "c")) == ("x", 4)


def test_age_bands_are_the_models() -> None:
    """The language names the bands without importing numpy; the model has the same."""
    assert AGE_BANDS == strata.AGE_BANDS


def test_the_schema_is_current(root: Path) -> None:
    """`make docs` was run after the language changed."""
    name = "scenarios/schema.json"
    assert (root / name).read_text(encoding="utf-8") == PAGES[name]()
