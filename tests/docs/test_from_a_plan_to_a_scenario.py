"""The page that takes a new user from a plan's sentence to a compared scenario is followed to the letter."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "from-a-plan-to-a-scenario.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
LONG = ("run", "compare")


def blocks() -> list[tuple[str, str]]:
    """The page's blocks, in order: language and text."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def follow(folder: Path, long: bool) -> list[str]:
    """Do what the page says in a folder; returns what each command printed."""
    told = []
    for language, text in blocks():
        if language == "python":
            exec(compile(text, str(PAGE), "exec"), {})
        elif language == "yaml":
            name = text.partition("\n")[0].removeprefix("# ")
            (folder / name).write_text(text, encoding="utf-8")
        else:
            told += [command(line, folder) for line in text.strip().splitlines() if long or not is_long(line)]
    return told


def is_long(line: str) -> bool:
    """Tell whether a command runs the model, or counts today's people."""
    words = shlex.split(line, comments=True)
    return words[1] in LONG or (words[1:3] == ["scenario", "show"] and "--no-counts" not in words)


def command(line: str, folder: Path) -> str:
    """Run one command of the page; it ends well, or the test tells what it said."""
    program, *arguments = shlex.split(line, comments=True)
    assert program == "leftshift"
    done = subprocess.run(
        [sys.executable, "-m", "leftshift", *arguments], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def test_the_short_commands_do_what_the_page_says(tmp_path: Path) -> None:
    """All but the runs: the file is valid, reads back, combines, and the study is planned."""
    told = "\n".join(follow(tmp_path, long=False))
    assert "no problem in 2 variants" in told
    assert "Structured review of many medicines + Integrated neighbourhood teams" in told
    assert "10 units" in told  # the baseline twice, and two scenarios twice in each of two draws


@pytest.mark.slow
def test_the_whole_page_ends_in_a_report(tmp_path: Path) -> None:
    """With the runs and the comparison: reach and cost are told, and the report is there."""
    told = "\n".join(follow(tmp_path, long=True))
    assert "people are eligible" in told
    assert "newly reaches about" in told
    assert (tmp_path / "runs" / "reviews_compared" / "report.html").is_file()
