"""Twenty broken files and more: each gives exit code 2 and the message that its first line expects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import leftshift
from scenarios.document import validate
from scenarios.names import Names
from sim.parameters.located import parse_located
from tests.scenarios.test_language import COHORT

FOLDER = Path(__file__).parents[1] / "data" / "bad_scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
ENOUGH = 20
OF_OTHERS = ("Input should", "Extra inputs", "Field required", "Value error", "valid dictionary", "pydantic")
"""Words of the library that finds a problem: ours say what is allowed instead."""


def test_there_are_twenty() -> None:
    """The number asked for."""
    assert len(FILES) >= ENOUGH


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_refused_with_its_message(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`leftshift scenario check` names the file and the line, and says what to write instead."""
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")
    assert leftshift._run(["scenario", "check", str(path)]) == leftshift.Exit.BAD_INPUT
    told = capsys.readouterr().err
    assert wanted in told
    assert str(path) in told
    assert "allowed:" in told
    assert "Traceback" not in told
    assert not any(words in told for words in OF_OTHERS)


WRONG = ([], ["x"], {}, {"what": 1}, "x", "", None, True, -1e9, 3.5, 10**9)
"""One of each kind, at least one of which no key can hold."""


def test_whatever_stands_in_the_place_of_a_value_is_refused_in_our_words(names: Names) -> None:
    """Every value of a file that uses much of the language, in turn replaced by one of every other kind."""
    import yaml

    text = COHORT + "variants:\n  other: {change: {reach: {ramp_months: 7}}}\n"
    told = []
    for location in _locations(yaml.safe_load(text.replace("on:", "'on':"))):
        for wrong in WRONG:
            data = yaml.safe_load(text.replace("on:", "'on':"))
            at = data
            for part in location[:-1]:
                at = at[part]
            at[location[-1]] = wrong
            found = validate(parse_located(yaml.safe_dump(data, sort_keys=False), "test.yaml"), names)[1]
            told += [(location, str(problem)) for problem in found]
    assert len(told) > 200
    assert not [one for one in told if any(words in one[1] for words in OF_OTHERS)]
    assert not [one for one in told if "of another kind" in one[1]]


def _locations(data: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where each value stands."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*above, key)
        yield from _locations(value, (*above, key))


EVERYTHING = """
name: everything
label: Everything
interventions:
- key: a
  label: A
  type: cohort
  start: 2027-04
  end: 2026-04
  already_delivered: 0
  ordr: random
  eligible: {age_from: 80, age_to: 40}
  offered_per_year: {value: 1.5, low: 0.1, high: 2, unit: share, source: s, grade: C}
  caseload: {value: 10, low: 5, high: 20, unit: people, source: s, grade: C}
  uptake: {mean: {value: 0.5, low: 0.6, high: 0.7, unit: share, grade: C}}
  effects:
  - {on: need, key: ed_attendance, multiplier: {value: 0.9, low: 0.8, high: 1, unit: RR, source: s, grade: C}}
- key: a
  label: B
  label: C
  type: transition
  start: 2026-13
  already_delivered: 0
  effects: []
"""
TOLD_AT_ONCE = (
    "unknown key 'ordr'", "at least 1 in the list", "label: found the key twice",  # shape
    "did you mean 'ed_type1_attendance'", "found 2026-13",  # names
    "found 1.5; allowed: a share from 0 to 1", "no source", "a value inside its interval",  # numbers
    "an end after the start, 2027-04", "a caseload with stays_months", "age_from not above age_to",
    "key 'a' twice",  # sense
)  # fmt: skip


def test_shape_names_numbers_and_sense_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong in one way does not hide what is wrong in another, and nothing is told twice."""
    path = tmp_path / "everything.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    assert leftshift._run(["scenario", "check", str(path)]) == leftshift.Exit.BAD_INPUT
    lines = capsys.readouterr().err.strip().splitlines()
    for words in TOLD_AT_ONCE:
        assert sum(words in line for line in lines) == 1, words
    assert len(lines) == len(set(lines)) == len(TOLD_AT_ONCE)
