"""What is made once is told before a first run, and not again while it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import first_build
from scenarios.estimate import estimate, in_turn
from scenarios.execution import Settings

SETTINGS = Settings(area="dorset", start="2026-04", years=5, scale=0.01, seed=1)
LONGER = Settings(area="dorset", start="2026-04", years=11, scale=1.0, seed=1)


def test_it_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where standard error is no terminal; again for other decades, or when a file is lost."""
    monkeypatch.setenv("LEFTSHIFT_CACHE", str(tmp_path))
    made = tmp_path / "residents-1.npz"
    with first_build.told(SETTINGS):
        assert "compiling the kernels" in capsys.readouterr().err
        made.write_bytes(b"")
    assert not first_build.needed(SETTINGS)
    with first_build.told(SETTINGS):
        assert capsys.readouterr().err == ""
    assert first_build.needed(LONGER)
    made.unlink()
    assert first_build.needed(SETTINGS)


def test_a_quiet_run_and_another_function_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is anything marked of a function that is not the model."""
    monkeypatch.setenv("LEFTSHIFT_CACHE", str(tmp_path))
    with first_build.told(SETTINGS, quiet=True):
        pass
    with first_build.told(SETTINGS, simulate="tests.scenarios.fake:simulate"):
        (tmp_path / "residents-1.npz").write_bytes(b"")
    assert capsys.readouterr().err == ""
    assert first_build.needed(SETTINGS)


def test_an_estimate_tells_it_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of its own, once for steps one after another; the minutes of the replicates leave it out."""
    monkeypatch.setenv("LEFTSHIFT_CACHE", str(tmp_path))
    first = estimate(SETTINGS, 2, 1)
    assert "First, once for this code" in str(first)
    assert "then time about" in str(first)
    assert str(in_turn([first, first])).count("compiling the kernels") == 1
    with first_build.told(SETTINGS):
        (tmp_path / "residents-1.npz").write_bytes(b"")
    after = estimate(SETTINGS, 2, 1)
    assert after.minutes == first.minutes
    assert len(str(after).splitlines()) == 3
