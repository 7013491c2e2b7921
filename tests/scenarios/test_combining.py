"""Scenarios combined by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Scenario
from scenarios.parts import whole
from scenarios.problems import InvalidFile
from sim.parameters.errors import InputError
from tests.scenarios.test_language import COHORT, DELAY, NULL


def files(folder: Path, **texts: str) -> str:
    """Write scenarios and return their paths joined by plus signs."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text.replace("name: test", f"name: {name}"), encoding="utf-8")
    return "+".join(str(folder / f"{name}.yaml") for name in texts)


def test_a_combination_is_all_that_its_parts_change(names: object, tmp_path: Path) -> None:
    """Interventions in order, one name by which it can be run again, a label of both."""
    found = Scenario.load(files(tmp_path, one=COHORT, two=DELAY)).to_specification()
    assert [item.key for item in found.interventions] == ["reach", "wait"]
    assert found.label == "A test + A test"
    assert "+" in found.full_name


def test_a_combination_of_the_library_is_named_as_it_was_asked_for() -> None:
    """With the variant of each part; that name runs it again."""
    found = Scenario.load("home_first@as_planned+winter_surge").to_specification()
    assert [name for name, _ in found.parts] == ["home_first@as_planned", "winter_surge"]
    assert "expects:" in found.parts[0][1] and "question:" in found.parts[1][1]
    assert found.full_name == "home_first@as_planned+winter_surge"
    assert Scenario.load(found.full_name).to_specification() == found


def test_keys_that_clash_are_prefixed_whatever_the_order(names: object, tmp_path: Path) -> None:
    """Both get the name of their scenario, so that A+B and B+A have the same random draws."""
    joined = files(tmp_path, one=COHORT, two=COHORT.replace("age_from: 65", "age_from: 75"))
    first = Scenario.load(joined).to_specification()
    assert [item.key for item in first.interventions] == ["one_reach", "two_reach"]
    turned = Scenario.load("+".join(reversed(joined.split("+")))).to_specification()
    assert {item.key for item in turned.interventions} == {"one_reach", "two_reach"}
    assert first.origins == (("one_reach", "one", "reach"), ("two_reach", "two", "reach"))


CHILD = "extends: base\nname: {name}\ninterventions:\n  - {{key: reach, {change}}}\n"


def test_what_parts_have_from_one_parent_is_there_once(names: object, tmp_path: Path) -> None:
    """Unchanged it is kept once; changed by both it is refused, and the file is named."""
    (tmp_path / "base.yaml").write_text(COHORT.replace("name: test", "name: base"), encoding="utf-8")
    plain = {name: f"extends: base\nname: {name}\n" for name in ("one", "two")}
    (only,) = Scenario.load(files(tmp_path, **plain)).to_specification().interventions
    assert only.key == "reach"
    changed = {
        name: CHILD.format(name=name, change=f"ramp_months: {months}")
        for name, months in (("one", 3), ("two", 9))
    }
    with pytest.raises(InvalidFile, match="change differently"):
        Scenario.load(files(tmp_path, **changed))


def test_the_problems_of_all_parts_are_told_at_once(names: object, tmp_path: Path) -> None:
    """Two broken files, two messages."""
    joined = files(
        tmp_path, one=COHORT.replace("2026-06", "2026-13"), two=DELAY.replace("type: delay", "type: delai")
    )
    with pytest.raises(InvalidFile) as refused:
        Scenario.load(joined)
    assert "one.yaml" in refused.value.message()
    assert "two.yaml" in refused.value.message()


def test_a_scenario_is_not_combined_with_itself_in_another_variant() -> None:
    """Which of the two should hold is not ours to choose."""
    with pytest.raises(InputError, match="each scenario once"):
        Scenario.load("home_first+home_first@as_planned")


def test_the_same_programme_twice_is_one_programme_and_that_is_said(names: object, tmp_path: Path) -> None:
    """A scenario named twice; a bundle and its own part; and a copy in another file."""
    twice = files(tmp_path, one=COHORT)
    found = Scenario.load(f"{twice}+{twice}")
    assert found.to_specification() == Scenario.load(twice).to_specification()
    assert "acts once" in found.messages[0]
    copied = Scenario.load(files(tmp_path, one=COHORT, two=COHORT.replace("label: Reach", "label: Other")))
    (only,) = copied.to_specification().interventions
    assert only.key == "reach"
    assert copied.messages == (copied.messages[0],)
    assert "it is one programme and acts once" in copied.messages[0]
    (tmp_path / "parent.yaml").write_text(COHORT.replace("name: test", "name: parent"), encoding="utf-8")
    bundle = "extends: parent\nname: bundle\nlabel: Bundle\n"
    (tmp_path / "bundle.yaml").write_text(bundle, encoding="utf-8")
    both = Scenario.load(f"{tmp_path / 'bundle.yaml'}+{tmp_path / 'parent.yaml'}")
    assert len(both.to_specification().interventions) == 1
    assert "(reach) is in" in both.messages[0]


def test_a_programme_that_two_files_have_is_a_part_of_both(names: object, tmp_path: Path) -> None:
    """What each contributes is told with it: left out, neither takes it from the other."""
    extra = COHORT.replace("  - key: reach", "  - key: more", 1) + COHORT[COHORT.index("  - key: reach") :]
    found = whole(files(tmp_path, one=COHORT, two=extra.replace("age_from: 65", "age_from: 75", 1)), "dorset")
    assert [set(keys) for keys in found.parts.values()] == [{"reach"}, {"reach", "more"}]
    assert "acts once" in found.messages[0]


def test_what_is_alike_under_two_keys_acts_twice_and_that_is_said(names: object, tmp_path: Path) -> None:
    """They may be two programmes of one size, so nothing is dropped."""
    found = Scenario.load(files(tmp_path, one=COHORT, two=COHORT.replace("key: reach", "key: reach_again")))
    assert len(found.to_specification().interventions) == 2
    assert "'reach' and 'reach_again' are alike in all but their names, and both act" in found.messages[0]


def test_the_text_of_a_combination_can_be_run_again(names: object, tmp_path: Path) -> None:
    """The manifest's text alone makes the same changes."""
    found = Scenario.load(files(tmp_path, one=COHORT, two=DELAY))
    again = tmp_path / "again.yaml"
    again.write_text(found.text, encoding="utf-8")
    assert Scenario.load(again).to_specification().interventions == found.to_specification().interventions


@pytest.mark.parametrize(
    ("joined", "told"),
    [
        ("home_first+winter_pressures_grant", ["Winter pressures grant (P161)", "places at Pathway 1"]),
        ("health_inequalities+winter_vaccination", ["'flu_vaccination_dial' and 'flu_vaccination'"]),
        ("health_inequalities+hypertension", ["'blood_pressure' and 'blood_pressure_found'"]),
        ("neighbourhood_health_service+neighbourhood_teams", ["(P001)"]),
        (
            "minor_injury_units_fewer+minor_injury_units_longer_hours",
            ["MIU review (P193)", "'blandford_and_shaftesbury' and 'blandford_door'"],
        ),
        ("home_first+transfer_of_care_hubs", ["acts once"]),
        ("winter_surge+warm_homes@as_planned", []),
    ],
)
def test_what_scenarios_have_in_common_is_a_note(joined: str, told: list[str]) -> None:
    """A programme of the map, a need of the same people, a node: never an error, and nothing else is told."""
    notes = " ".join(Scenario.load(joined).messages)
    assert all(words in notes for words in told)
    assert ("counted twice" in notes) == bool(told and told != ["acts once"])


def test_ones_own_copy_of_a_programme_under_another_key_is_a_note(tmp_path: Path) -> None:
    """The same people and row of effect, another caseload, label and key."""
    own = Scenario.load("high_intensity_users").text.replace("frequent_attenders", "our_frequent_attenders")
    mine = own.replace("name: high_intensity_users", "name: ours").replace("2000", "1900")
    (tmp_path / "ours.yaml").write_text(mine, encoding="utf-8")
    notes = " ".join(Scenario.load(f"high_intensity_users+{tmp_path / 'ours.yaml'}").messages)
    assert "'frequent_attenders' and 'our_frequent_attenders'" in notes
    assert "one row of evidence (LS-HIU-01)" in notes


def test_programmes_for_people_who_cannot_be_the_same_have_no_note(names: object, tmp_path: Path) -> None:
    """The young and the old."""
    acts = COHORT.replace(NULL, "{value: 0.9, low: 0.8, high: 1.0, unit: ratio, source: t, grade: C}")
    young = acts.replace("age_from: 65", "age_from: 18, age_to: 64").replace("key: reach", "key: young")
    assert Scenario.load(files(tmp_path, one=acts, two=young)).messages == ()
    all_ages = young.replace("age_to: 64", "age_to: 70")
    (note,) = Scenario.load(files(tmp_path, one=acts, two=all_ages)).messages
    assert "('reach' and 'young')" in note
