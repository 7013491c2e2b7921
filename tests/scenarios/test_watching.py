"""A study watched: its log, its lines, its table, --status, --dry-run; on a terminal and for schedulers."""

from __future__ import annotations

import io
import json
import math
import os
import re
from pathlib import Path
from typing import Any

import pytest

import leftshift
from scenarios import Study, execution
from scenarios.events import Event
from scenarios.study import watching
from scenarios.study.expected import Expected, expected
from scenarios.study.headline import Headline, Row, Watched
from scenarios.study.log import StudyLog
from scenarios.study.status import status, status_of
from scenarios.study.watching import Watcher, told_row, told_seconds
from sim.parameters.errors import InputError
from tests.scenarios.test_execution import Here
from tests.scenarios.test_stopping import KNOWN, difference, run, written

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
PLAIN = "replicates: 3\n"


def test_the_log_tells_every_unit_and_how_it_ended(names: object, tmp_path: Path) -> None:
    """One JSON object a line, with time, key, seconds and memory; the value of what is watched."""
    out = run(written(tmp_path, PLAIN), tmp_path / "a")
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["begun", *["finished"] * 6, "ended"]
    assert (lines[0]["units"], lines[0]["finished"], lines[-1]["how"]) == (6, 0, "done")
    keys = {"time", "unit", "scenario", "draw", "replicate", "seconds", "peak_memory_mb", "value"}
    assert all(keys <= set(line) for line in lines[1:-1])
    assert len({line["unit"] for line in lines[1:-1]}) == 6


def test_status_is_that_of_the_folder(names: object, tmp_path: Path) -> None:
    """Interrupted, resumed, done: counts, the table so far, and no value read twice."""
    path = written(tmp_path, PLAIN)
    with pytest.raises(KeyboardInterrupt):
        run(path, tmp_path / "a", Here(fail_after=5))
    found = status_of(tmp_path / "a")
    assert (found.finished, found.asked, found.state, found.running) == (5, 6, "interrupted", 0)
    assert found.rows[0].replicates == 2
    assert found.rows[0].difference == pytest.approx((difference(1) + difference(2)) / 2)
    run(path, tmp_path / "a")
    found = status_of(tmp_path / "a")
    assert (found.finished, found.state, found.rows[0].replicates) == (6, "done", 3)
    assert status(tmp_path / "a") == [("baseline", 3, 3), ("more_beds", 3, 3)]
    assert "more_beds" in "\n".join(found.lines())
    with pytest.raises(InputError, match="the folder of a study"):
        status_of(tmp_path)


def test_status_of_a_process_that_runs_or_was_killed(names: object, tmp_path: Path) -> None:
    """Running while its process lives; a log cut off in a line, by a kill, is read as far as it goes."""
    out = run(written(tmp_path, PLAIN), tmp_path / "a")
    log = StudyLog(folder=out)
    begun = next(iter(log.lines()))
    log.write("begun", **{key: value for key, value in begun.items() if key not in {"time", "event"}})
    assert status_of(out).state.startswith("running since")
    text = log.path.read_text(encoding="utf-8")
    dead = begun | {"process": 2**22 + 7}
    log.path.write_text(text + json.dumps(dead) + '\n{"time": "2026-11-23T', encoding="utf-8")
    assert "not running" in status_of(out).state
    elsewhere = {key: value for key, value in begun.items() if key not in {"time", "event"}}
    log.write("begun", **(elsewhere | {"process": os.getpid(), "machine": "another"}))
    assert "another machine" in status_of(out).state


def watcher(tmp_path: Path, stream: Any, **more: Any) -> Watcher:
    """Return a watcher of nothing yet."""
    headline = Headline(watched=Watched(measure="emergency_admissions", against="baseline"), arms=[])
    return Watcher(
        name="tried", log=StudyLog(folder=tmp_path), headline=headline, total=4, stream=stream, **more
    )


class Terminal(io.StringIO):
    """What says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_without_a_terminal_there_are_plain_lines_now_and_then(
    names: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No control characters; the first unit and the last at least; quiet is quiet, and keeps its log."""
    path = written(tmp_path, PLAIN)
    study = Study.load(path)
    study.run(tmp_path / "a", beside=tmp_path, executor=Here(), simulate=KNOWN)
    told = capsys.readouterr().err
    lines = [line for line in told.splitlines() if line.startswith("tried: ")]
    assert lines[0].startswith("tried: 1 of 6 units finished") and lines[-1].startswith("tried: 6 of 6")
    assert len(lines) == 2  # a minute has not gone by
    assert "more_beds -" in lines[-1] and not CONTROL.search(told)
    monkeypatch.setattr(watching, "LINE_EVERY_SECONDS", 0.0)
    study.run(tmp_path / "b", beside=tmp_path, executor=Here(), simulate=KNOWN)
    assert len(capsys.readouterr().err.splitlines()) == 6
    study.run(tmp_path / "c", beside=tmp_path, quiet=True, executor=Here(), simulate=KNOWN)
    assert capsys.readouterr().err == ""
    assert (tmp_path / "c" / "log.jsonl").is_file()


@pytest.mark.parametrize(("colour", "variable"), [(True, None), (False, None), (True, "1")])
def test_a_terminal_has_a_bar_and_colours_unless_told_otherwise(
    tmp_path: Path, colour: bool, variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR and --no-colour write no colour; a quiet one writes nothing."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable is not None:
        monkeypatch.setenv("NO_COLOR", variable)
    stream = Terminal()
    with watcher(tmp_path, stream, colour=colour, done=1) as one:
        one._rows = [
            Row(scenario="s", point=0, base=100.0, difference=-1.0, low=-2.0, high=0.0, replicates=3, draws=1)
        ]
    told = stream.getvalue()
    assert "1 of 4 units" in told and "-1.00%" in told and "-2.00 to +0.00" in told
    coloured = re.search(r"\x1b\[[0-9;]*3[0-9]", told) is not None
    assert coloured == (colour and variable is None)
    quiet = Terminal()
    with watcher(tmp_path, quiet, quiet=True):
        pass
    assert quiet.getvalue() == ""


def test_what_was_set_aside_and_noted_is_told(tmp_path: Path) -> None:
    """In the line, in the log, and in how it ended."""
    one = watcher(tmp_path, io.StringIO())
    with one:
        one.on_event(Event(kind="note", error="fewer workers"))
        one.set_aside = 1
        assert "1 set aside" in one.line()
    events = {line["event"]: line for line in one.log.lines()}
    assert events["note"]["error"] == "fewer workers" and events["ended"]["how"] == "set_aside"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(math.inf, "not known"), (5, "5 s"), (600, "10 min"), (7200, "2.0 h"), (3600 * 60, "2.5 days")],
)
def test_times_are_told_as_people_say_them(seconds: float, told: str) -> None:
    """Seconds, minutes, hours, days."""
    assert told_seconds(seconds) == told


def test_a_measure_that_is_nothing_in_the_baseline_is_told_in_its_unit() -> None:
    """Per cent of nothing are no number."""
    row = Row(scenario="s", point=2, base=0.0, difference=5.0, low=4.0, high=6.0, replicates=2, draws=1)
    assert told_row(row) == "point 2, s +5 (+4 to +6)"


def test_a_dry_run_counts_measures_and_writes_nothing(names: object, tmp_path: Path) -> None:
    """From the table first; from its own units once there are some; nothing is left when all are done."""
    path = written(tmp_path, "replicates: 3\ndraws: 2\n")
    study = Study.load(path)
    out = tmp_path / "a"
    first = expected(study, out, tmp_path, 2)
    assert (first.units, first.finished, first.left) == (9, 0, 9)
    assert "2 draws of 1 that have draws" in first.lines()[0] and "measured_costs.csv" in first.lines()[2]
    assert not out.exists()
    study.run(out, beside=tmp_path, quiet=True, executor=Here(), simulate=KNOWN)
    last = expected(study, out, tmp_path, 2)
    assert (last.finished, last.left, last.seconds, last.disk_mb) == (9, 0, 0, 0)
    assert "measured on 9 units of this study" in last.lines()[2]
    like = expected(study, tmp_path / "b", tmp_path, 2)
    assert "of runs like it" in like.lines()[2]


def test_what_does_not_fit_is_said(names: object, tmp_path: Path) -> None:
    """Memory, with the workers that would fit; disk."""
    found = expected(Study.load(written(tmp_path, PLAIN)), tmp_path / "a", tmp_path, 2)
    given = {name: getattr(found, name) for name in Expected.__dataclass_fields__}
    short = Expected(**(given | {"free_memory_mb": found.cost.memory_mb * 1.5, "free_disk_mb": 0.1}))
    assert ["--workers 1" in line for line in short.does_not_fit()] == [True, False]
    assert all(line.startswith("DOES NOT FIT") for line in short.does_not_fit())


def test_until_is_estimated_to_its_most(names: object, tmp_path: Path) -> None:
    """The first stage, and what may follow."""
    path = written(tmp_path, "until: {half_width: 10, at_least: 10, at_most: 50}\n")
    found = expected(Study.load(path), tmp_path / "a", tmp_path, 1)
    assert (found.units, found.most_units) == (20, 100)
    assert any("80 at most" in line for line in found.lines())


def test_the_command_watches_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--dry-run` and `--status` end with 0 and write nothing of their own."""
    path = tmp_path / "study.yaml"
    path.write_text("{name: tried, years: 1, scale: 0.1, scenarios: [baseline]}\n", encoding="utf-8")
    assert leftshift._run(["study", str(path), "--dry-run", "--no-colour", "--out", str(tmp_path / "a")]) == 0
    assert "1 unit" in capsys.readouterr().out.replace("units", "unit")
    assert not (tmp_path / "a").exists()
    Study.load(path).run(tmp_path / "a", beside=tmp_path, quiet=True, executor=Here(), simulate=KNOWN)
    assert leftshift._run(["study", "--status", str(tmp_path / "a")]) == 0
    assert "1 of 1 units finished" in capsys.readouterr().out
    assert execution.read_json(tmp_path / "a" / "manifest.json")
