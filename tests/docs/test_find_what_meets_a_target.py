"""Every command of the page is run, with a light function in the place of the model."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from tests.scenarios.test_execution import Here

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "find-what-meets-a-target.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.strip().splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_are_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done; or, where the light model cannot reach what is wanted, told what the ends give."""
    from leftshift import _run
    from scenarios import execution

    class Pool(Here):
        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    monkeypatch.setattr(execution, "process_pool", lambda workers: Pool())
    monkeypatch.setenv("LEFTSHIFT_SIMULATE", "tests.scenarios.fake_effects:simulate")
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(line)
    assert program == "leftshift"
    small = ["--replicates", "2", "--scale", "0.1", "--out", "out"]
    if "--draws" in arguments:
        small += ["--draws", "2"]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = _run([*arguments, *small])
    unreachable = code == 2 and "what the ends of" in told.getvalue()
    assert code == 0 or unreachable, told.getvalue()
