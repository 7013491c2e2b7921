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
