"""Scenarios that extend others: several parents, ancestors in common, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Scenario
from scenarios.drawing import drawn, estimates
from scenarios.problems import InvalidFile
from scenarios.scenario import check

GROWTH = (
    "  - {{key: {key}, label: L, type: growth, start: 2026-04, already_delivered: 0, "
    "needs: outpatient_attended, "
    "multiplier: {{value: {value}, low: 0.5, high: 1.5, unit: ratio, grade: C, source: test}}}}\n"
)


def written(folder: Path, name: str, text: str) -> Path:
    """Write a scenario beside the others and return its path."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def growth(folder: Path, name: str, *, key: str, value: float = 0.9) -> None:
    """Write a scenario with one intervention."""
    text = f"name: {name}\nlabel: {name}\ndescription: of {name}\nfamily: left_shift\ninterventions:\n"
    written(folder, name, text + GROWTH.format(key=key, value=value))


def test_several_parents_give_their_interventions_in_order(tmp_path: Path) -> None:
    """With their own keys and origins, and no label, description or family of one of them."""
    growth(tmp_path, "one", key="first")
    growth(tmp_path, "two", key="second")
    child = written(tmp_path, "both", "extends: [one, two]\ninterventions:\n  - {key: second, label: New}\n")
    found = Scenario.load(child)
    assert [one.key for one in found.document.interventions] == ["first", "second"]
    assert [one.label for one in found.document.interventions] == ["L", "New"]
    assert set(found.origins) == {("first", "one", "first"), ("second", "two", "second")}
    assert (found.document.label, found.document.description, found.document.family) == ("both", "", None)


def test_a_part_is_drawn_in_a_bundle_as_it_is_alone(tmp_path: Path) -> None:
    """The same quantile, since draws are keyed by where an intervention was first written."""
    growth(tmp_path, "one", key="first")
    growth(tmp_path, "two", key="second")
    child = written(tmp_path, "both", "extends: [one, two]\n")
    alone = estimates(drawn(Scenario.load(tmp_path / "two.yaml").to_specification(), 3, 1))
    together = estimates(drawn(Scenario.load(child).to_specification(), 3, 1))
    assert together["both/second/multiplier"].value == alone["two/second/multiplier"].value


def test_an_ancestor_in_common_comes_once(tmp_path: Path) -> None:
    """Two children of one parent together have its intervention once."""
    growth(tmp_path, "root", key="first")
    for name, key in (("one", "second"), ("two", "third")):
        own = f"name: {name}\nextends: root\ninterventions:\n" + GROWTH.format(key=key, value=0.8)
        written(tmp_path, name, own)
    child = written(tmp_path, "both", "extends: [one, two]\n")
    assert [one.key for one in Scenario.load(child).document.interventions] == ["first", "second", "third"]


@pytest.mark.parametrize("changed", ["another", "differently"])
def test_parents_that_disagree_are_refused(tmp_path: Path, changed: str) -> None:
    """One key for two interventions, or an intervention that one parent changes."""
    growth(tmp_path, "one", key="first")
    if changed == "another":
        growth(tmp_path, "two", key="first")
    else:
        written(tmp_path, "two", "name: two\nextends: one\ninterventions:\n  - {key: first, label: New}\n")
    child = written(tmp_path, "both", "label: B\nextends: [one, two]\n")
    with pytest.raises(InvalidFile, match="first of one and of two"):
        Scenario.load(child)


def test_what_is_removed_is_left_out_and_must_be_there(tmp_path: Path) -> None:
    """An intervention of a parent that the child does not want."""
    growth(tmp_path, "one", key="first")
    growth(tmp_path, "two", key="second")
    child = written(tmp_path, "less", "extends: [one, two]\nremove: [first]\n")
    found = Scenario.load(child)
    assert [one.key for one in found.document.interventions] == ["second"]
    assert "remove" not in found.text
    assert "extends" not in found.text
    wrong = written(tmp_path, "wrong", "extends: [one, two]\nremove: [fisrt]\n")
    with pytest.raises(InvalidFile, match="fisrt"):
        check(wrong)


def test_a_variant_without_a_label_is_not_taken_for_the_file(tmp_path: Path) -> None:
    """Its name is told beside the label; one that has a label keeps it."""
    growth(tmp_path, "one", key="first")
    path = tmp_path / "one.yaml"
    variants = "variants:\n  as_hoped: {change: {first: {start: 2027-04}}}\n  twice: {label: Twice}\n"
    path.write_text(path.read_text(encoding="utf-8") + variants, encoding="utf-8")
    labels = [Scenario.load(path, name).to_specification().label for name in (None, "as_hoped", "twice")]
    assert labels == ["one", "one (as hoped)", "Twice"]
