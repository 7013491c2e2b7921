"""Each expectation of a scenario's file is held against the runs, by the rule that the library is held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import Comparison
from results.expectations import CONTRARY, OF_CONDITIONS, OPEN, SETTLED, UNJUDGED, judge
from results.report.blocks import Context
from results.report.sections.expected import expected, measure_words
from results.stated import Expected
from scenarios.expectations import CONDITION_SUBJECTS
from tests.results.synthetic import make_run

TEXT = """label: Less
expects:
  - {measure: emergency_admissions, direction: falls, years: 1, why: Fewer fall ill.}
  - {measure: emergency_admissions, direction: rises, years: 1, why: The other way round.}
  - {measure: deaths, direction: falls, years: 1, why: Nothing is done about it.}
  - {measure: gp_appointments, direction: stays, years: 1, why: Nothing is done about it.}
  - {measure: "arrivals:p1_*", direction: rises, years: 3, why: Later.}
  - {measure: waiting_list, direction: falls, years: 1, why: Marked.}
  - {measure: unheard_of, direction: falls, years: 1, why: Nobody records it.}
"""


def test_every_expectation_gets_what_was_found(tmp_path: Path) -> None:
    told = {"name": "less", "variant": "as_evidenced", "label": "Less", "description": "", "text": TEXT}
    fewer = {"emergency_admissions": {"quintile:1": -500.0}}
    pair = [
        make_run(tmp_path / "baseline", replicates=4),
        make_run(tmp_path / "less", "less", effect=fewer, replicates=4, manifest={"scenario": told}),
    ]
    comparison = Comparison(pair)
    comparison.unreadable = frozenset({"waiting_list"})
    table = expected(Context.of(comparison)).blocks[0]
    assert [row.cells[3] for row in table.rows] == [  # type: ignore[union-attr]
        "As expected",
        "Contrary to what was expected",
        "Not seen with 4 repeat runs",
        "As expected",
        "Not judged: it is of year 3, and these runs have 1",
        "Not judged: not to be read at this scale",
        "Not judged: it is not recorded",
    ]
    assert "Emergency admissions (admissions a year)" in table.rows[0].cells[1]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("direction", "change", "outcome"),
    [
        ("falls", [-30.0, -31.0, -29.0, -30.0], SETTLED),
        ("rises", [-30.0, -31.0, -29.0, -30.0], CONTRARY),
        ("falls", [-30.0, 31.0, -29.0, 30.0], OPEN),
        ("stays", [0.1, -0.1, 0.1, -0.1], SETTLED),
        ("stays", [-30.0, 31.0, -29.0, 30.0], OPEN),
        ("stays", [-30.0, -31.0, -29.0, -30.0], CONTRARY),
        ("falls", [-30.0], UNJUDGED),
    ],
)
def test_outcomes(direction: str, change: list[float], outcome: str) -> None:
    import numpy as np

    before = np.full(len(change), 1000.0)
    one = Expected(measure="emergency_admissions", direction=direction, years=1, why="")
    assert judge("a", one, before, before + np.array(change)).outcome == outcome


def test_measures_in_words() -> None:
    assert OF_CONDITIONS == CONDITION_SUBJECTS
    assert measure_words("new_cases:stroke_tia") == "New cases of stroke TIA"
    assert measure_words("arrivals:p1_*") == "Arrivals at Home with support (pathway 1)"
    assert measure_words("net_cost_nhs") == "Net cost NHS (pounds a year)"
    assert measure_words("deaths:cancer") == "Deaths from cancer"
