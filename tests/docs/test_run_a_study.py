"""The page on studies: its files are read, its commands run in order, with a light model."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from leftshift import Exit, _run
from scenarios import Study
from scenarios.json_files import read_json
from scenarios.units import UNITS

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-a-study.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = {
    block.partition("\n")[0].removeprefix("# "): block
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
}
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.strip().splitlines()
]
MADE = {"discharge_options": 4 + 2 * 3 * 4, "which_beds": 4 * 2 * 3, "drawn_parameters": 2 * 3 * 2}
"""Units in the folder of each study."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the page."""
    made = tmp_path_factory.mktemp("page")
    for name, text in FILES.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def test_the_commands_do_what_the_page_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after another: estimated, run, watched; comparing needs the whole of a model's tables."""
    from scenarios import execution
    from tests.scenarios.test_execution import Here

    class Pool(Here):
        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    monkeypatch.setattr(execution, "process_pool", lambda workers: Pool())
    monkeypatch.setenv("LEFTSHIFT_SIMULATE", "tests.scenarios.fake_known:simulate")
    monkeypatch.chdir(folder)
    for line in COMMANDS:
        program, verb, *arguments = shlex.split(line)
        assert program == "leftshift"
        if verb == "compare":
            assert read_json(Path(arguments[0]) / "manifest.json")["kind"] == "study"  # type: ignore[index]
            continue
        assert _run([verb, *arguments]) == Exit.DONE, capsys.readouterr().err
        assert "--dry-run" not in arguments or not Path("runs").exists()
    told = capsys.readouterr().out
    assert "28 units (3 scenarios, 4 replicates, 3 draws of 2 that have draws); 0 finished already" in told
    assert "discharge_options: done; 28 of 28 units finished" in told
    for name, units in MADE.items():
        assert len(list((folder / "runs" / name).glob(UNITS))) == units
    decided = read_json(folder / "runs" / "until_precise" / "stopping.json")
    assert decided is not None and decided["first_stage"] == 10


def test_what_is_wrong_is_told_as_the_page_shows(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line by line, as far as the page shows it."""
    monkeypatch.chdir(folder)
    assert _run(["study", "mistaken.yaml"]) == Exit.BAD_INPUT
    told = capsys.readouterr().err.splitlines()
    (shown,) = re.findall(r"```\n(mistaken.yaml, .*?)\n```", TEXT, re.DOTALL)
    for line, wanted in zip(told, shown.splitlines(), strict=True):
        assert line.startswith(wanted.partition("...")[0].rstrip(", "))


def test_the_design_of_the_page_may_come_from_its_csv(folder: Path) -> None:
    """The same figures, from rows."""
    (rows,) = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    (folder / "points.csv").write_text(rows, encoding="utf-8")
    text = FILES["which_beds.yaml"].partition("design:")[0] + "design: {kind: file, file: points.csv}\n"
    (folder / "from_a_file.yaml").write_text(text, encoding="utf-8")
    assert len(Study.load(folder / "from_a_file.yaml").resolved(folder).points) == 2
