"""What scenarios state of themselves: parts of a combination, short labels, names in charts."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from results import Comparison, load_run
from results.charts import Naming, dot_rows, monthly
from results.figures import NAME_LETTERS, series_of, wrapped
from results.report.blocks import Context
from results.report.cards import cards
from results.report.sections.shared import node_name
from results.stated import DIRECTION_WORDS, short_labels, stated
from scenarios.expectations import Direction
from tests.results.synthetic import make_run

PART = """label: {label}
question: What would {label} do?
description: First of {label}. Second.
expects:
  - {{measure: emergency_admissions, direction: falls, years: 1, why: It must.}}
  - {{measure: nonsense}}
"""


def combination(folder: Path, labels: list[str]) -> Path:
    """Write a run of a combination of scenarios with these labels."""
    told = {
        "name": "+".join(f"part_{number}" for number in range(len(labels))), "variant": "as_evidenced",
        "label": " + ".join(labels), "description": "", "text": "label: joined",
        "parts": [
            {"name": f"part_{number}", "text": PART.format(label=label)}
            for number, label in enumerate(labels)
        ],
    }  # fmt: skip
    return make_run(folder, "both", replicates=2, months=12, manifest={"scenario": told})


def test_a_combination_states_what_each_part_does(tmp_path: Path) -> None:
    run = load_run(combination(tmp_path / "both", ["Alpha", "Beta as planned"]))
    first, second = stated(run)
    assert (first.label, second.label) == ("Alpha", "Beta as planned")
    assert [one.measure for one in first.expects] == ["emergency_admissions"]
    pair = [make_run(tmp_path / "baseline", replicates=2, months=12), tmp_path / "both"]
    card = cards(Context.of(Comparison(pair)))[0]
    assert card.parts == [
        ("Alpha", "What would Alpha do?"), ("Beta as planned", "What would Beta as planned do?"),
    ]  # fmt: skip


def test_what_a_text_does_not_say_is_left_out(tmp_path: Path) -> None:
    bad = {"name": "odd", "label": "Odd", "text": "[1, 2", "description": "Told. More."}
    run = load_run(make_run(tmp_path / "odd", "odd", replicates=1, months=6, manifest={"scenario": bad}))
    only = stated(run)[0]
    assert (only.label, only.question, only.description, only.expects) == ("Odd", "", "Told. More.", ())


def test_short_labels_are_short_and_no_two_alike(tmp_path: Path) -> None:
    long = ["Home First, as planned", "Urgent community response, as its providers claim", "Falls"]
    runs = [
        load_run(combination(tmp_path / "two", long[:2])),
        load_run(combination(tmp_path / "again", ["Home First", "Urgent community response"])),
        load_run(combination(tmp_path / "three", long)),
        load_run(make_run(tmp_path / "one", "one", replicates=1, months=6)),
    ]
    assert list(short_labels(runs).values()) == [
        "Home First + Urgent community response (1)",
        "Home First + Urgent community response (2)",
        "Home First + 2 more",
        "One",
    ]


def test_charts_have_room_for_long_names() -> None:
    """Warnings are errors: a layout that cannot hold its names fails here."""
    label = "Home First + Urgent community response, as its providers claim, and something more"
    runs = [("baseline", "Current service continued"), ("a", label), ("b", f"{label} again")]
    looks = series_of(runs, "baseline")
    rows = pd.DataFrame(
        [
            {"group": f"A measure with a name of some length, number {n}", "run": run, "mean": 1234.5,
             "low": -9.0, "high": 5678.9, "verdict": "change", "text": "+1,230% (\u22129 to +5,680)"}
            for n in range(8)
            for run in ("a", "b")
        ]
    )  # fmt: skip
    months = [f"2026-{month:02d}" for month in range(4, 10)]
    levels = pd.DataFrame([{"run": r, "period": m, "value": 1.0} for r, _ in runs for m in months])
    changes = pd.DataFrame(
        [{"run": r, "period": m, "difference": 0.1, "low": 0.0, "high": 0.2} for r in "ab" for m in months]
    )
    naming = Naming("x", "A title", "An alternative")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = dot_rows(naming, [("left", rows), ("right", rows)], looks)
        two = monthly(naming, levels, changes, looks, "beds")
    for line in wrapped(label).split("\n"):
        assert len(line) <= NAME_LETTERS and line in one.inline
    assert "Urgent" in two.inline


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("p1_bcp", "Home with support (pathway 1), BCP"),
        ("p1_spot_bcp", "Home care bought on the spot (pathway 1), BCP"),
        ("acute_beds_medicine_poole", "Acute medical beds, Poole"),
        ("ambulance", "Ambulance crews"),
        ("elective_follow_up_ear_nose_throat", "List for follow-up and decision, ear nose throat"),
        ("somewhere_else", "Somewhere else"),
    ],
)  # fmt: skip
def test_care_nodes_have_names(node: str, name: str) -> None:
    assert node_name(node, frozenset({"poole"})) == name


def test_every_direction_of_the_language_has_its_words() -> None:
    assert set(DIRECTION_WORDS) == set(get_args(Direction))
