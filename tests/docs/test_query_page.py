"""The page on querying: each command and each piece of Python in it is executed on a small study."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

import leftshift
from tests.results.synthetic import make_run

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "query-a-study.md"


def test_every_block_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a reader would, one after another, in the folder that holds runs/."""
    study = tmp_path / "runs" / "left_shift_options"
    fifths = {f"quintile:{fifth}": -62.0 for fifth in range(1, 6)}
    make_run(study / "baseline", replicates=2)
    make_run(study / "home_first", "home_first", effect={"nctr_days": fifths}, replicates=2)
    manifest = {"kind": "study", "scenarios": ["baseline", "home_first"], "schema_version": "1.1"}
    (study / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(sh|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    shown = []
    for language, text in blocks:
        if language == "python":
            exec(compile(text, str(PAGE), "exec"), {})
        for command in re.split(r"\n(?=leftshift )", text) if language == "sh" else ():
            assert leftshift._run(shlex.split(command)[1:]) == leftshift.Exit.DONE, command
        shown.append(capsys.readouterr().out)
    assert "-310" in shown[2]  # 62 days fewer in each fifth: the change that was put in, of every pair
    assert (tmp_path / "beds.xlsx").exists()
