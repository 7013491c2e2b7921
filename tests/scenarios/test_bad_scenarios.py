"""Twenty broken files and more: each gives exit code 2 and the message that its first line expects."""

from __future__ import annotations

from pathlib import Path

import pytest

import leftshift

FOLDER = Path(__file__).parents[1] / "data" / "bad_scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
ENOUGH = 20


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
