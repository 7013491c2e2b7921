"""The commands of analysis as a user meets them: tables and a page, every problem at once, resumed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from scenarios.asking import year_labels
from scenarios.execution import Settings
from scenarios.names import MEASURES, load_names
from tests.test_command_line import leftshift as by_command

SMALL = ("--years", 2, "--scale", 0.1, "--workers", 1, "--quiet")
FAKE = "tests.scenarios.fake_effects:simulate"
SCENARIO = """
name: tried
label: Tried
interventions:
- {key: a, label: A, type: capacity, start: 2026-04, already_delivered: 0, nodes: [p1_bcp], change: add,
   places: {value: 10, low: 5, high: 15, unit: places, source: for a test, grade: C},
   costs: [{per: year, payer: nhs, amount: {value: 50000, low: 40000, high: 60000, unit: GBP a year,
            source: for a test, grade: C}}]}
"""


def leftshift(*arguments: object, cwd: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run the command in this process; return its code and what it wrote."""
    import contextlib
    import io

    from leftshift import _run

    monkeypatch.chdir(cwd)
    monkeypatch.setenv("LEFTSHIFT_SIMULATE", FAKE)
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = _run([str(argument) for argument in arguments])
    return code, told.getvalue()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Replace the pool of processes by this one, and lay two scenarios down."""
    from scenarios import execution
    from tests.scenarios.test_execution import Here

    class Pool(Here):
        def shutdown(self, *_: object, **__: object) -> None:
            """Do nothing."""

    monkeypatch.setattr(execution, "process_pool", lambda workers: Pool())
    (tmp_path / "tried.yaml").write_text(SCENARIO, encoding="utf-8")
    other = SCENARIO.replace("tried", "other").replace("key: a", "key: b").replace("value: 10", "value: 6")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_attribute_writes_tables_and_a_page(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a second run adds replicates to the same folder."""
    given = ("attribute", "tried.yaml+other.yaml", "--measures", "ed_attendances", *SMALL, "--out", "out")
    code, told = leftshift(*given, "--replicates", 2, cwd=here, monkeypatch=monkeypatch)
    assert code == 0, told
    table = rows(here / "out" / "attribution.csv")
    found = {
        (row["part"], row["quantity"]): float(row["mean"]) for row in table if row["period"] == "all years"
    }
    assert found["all", "whole"] == pytest.approx(
        found["tried.yaml", "shapley"] + found["other.yaml", "shapley"]
    )
    page = (here / "out" / "attribution.md").read_text(encoding="utf-8")
    assert "all 4 sets of parts were run" in page
    assert "| tried.yaml | -114 (" in page
    assert "; of 2 replicates only)" in page
    assert "Student's t with 1 degree of freedom" in page
    assert (here / "out" / "attribution_units.parquet").is_file()
    assert leftshift(*given, "--replicates", 3, cwd=here, monkeypatch=monkeypatch)[0] == 0
    other = leftshift(*given, "--replicates", 3, "--seed", 5, cwd=here, monkeypatch=monkeypatch)
    assert other[0] == 2
    assert "give another --out" in other[1]


def test_attribute_estimates_without_running(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four sets of parts, ten replicates."""
    given = ("attribute", "tried.yaml+other.yaml", "--dry-run", "--out", "out")
    code, told = leftshift(*given, cwd=here, monkeypatch=monkeypatch)
    assert code == 0, told
    assert "40 replicates" in told
    assert not (here / "out").exists()


def test_solve_finds_places(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is on the screen, in the table and on the page."""
    given = ("scenario", "solve", "tried.yaml", "--vary", "a.places", "--between", 0, 50)
    wanted = ("--measure", "ed_attendances", "--change", "-200", "--year", 2027, "--replicates", 3)
    code, told = leftshift(*given, *wanted, *SMALL, "--out", "out", cwd=here, monkeypatch=monkeypatch)
    assert code == 0, told
    assert "**a.places = 17** (places; now 10)" in told
    marked = [row for row in rows(here / "out" / "solution.csv") if row["meets_target"] == "True"]
    assert [row["written"] for row in marked] == ["17"]


def test_solve_refuses_what_cannot_be_reached(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, and what the ends give."""
    given = ("scenario", "solve", "tried.yaml", "--vary", "a.places", "--between", 0, 5)
    wanted = ("--measure", "ed_attendances", "--change", "-5%", "--replicates", 3)
    code, told = leftshift(*given, *wanted, *SMALL, "--out", "out", cwd=here, monkeypatch=monkeypatch)
    assert code == 2
    assert "5 gives" in told
    assert "-60 (" in told
    tried = rows(here / "out" / "solution.csv")
    assert [(row["written"], row["meets_target"]) for row in tried] == [("0", "False"), ("5", "False")]


def test_break_even_and_portfolio(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leaves its table and page, and says first that a sample is for trying things out."""
    run = (*SMALL, "--replicates", 6)
    code, told = leftshift(
        "scenario", "break-even", "tried.yaml", *run, "--out", "even", cwd=here, monkeypatch=monkeypatch
    )
    assert code == 0, told
    assert "Note: This is a trial run (10% of residents)" in told
    last = rows(here / "even" / "break_even.csv")[-2]
    assert last["repays"] == "no"
    assert (last["counted"], last["period"]) == ("capacity and cash", "2027/28")
    assert float(last["price_factor"]) == pytest.approx(120 * 255 / 50_000)
    given = (
        "scenario",
        "portfolio",
        "tried.yaml",
        "other.yaml",
        "--budget",
        60_000,
        "--measure",
        "ed_attendances",
    )
    code, told = leftshift(*given, *run, "--out", "best", cwd=here, monkeypatch=monkeypatch)
    assert code == 0, told
    assert rows(here / "best" / "portfolio_best.csv")[0]["programmes"] == "tried.yaml"
    page = (here / "best" / "portfolio.md").read_text(encoding="utf-8")
    assert "**Read this first.** This is a trial run (10% of residents)" in page
    assert "In this trial run, and not for decisions: **Best: tried.yaml.**" in page
    assert "| choosing nothing | 0 | £0 | 0% | 0% | 0% |  |" in page
    few = (*SMALL, "--replicates", 3, "--out", "few")
    assert leftshift(*given, *few, cwd=here, monkeypatch=monkeypatch)[0] == 0
    page = (here / "few" / "portfolio.md").read_text(encoding="utf-8")
    assert "**Not distinguishable from choosing nothing.**" in page


BAD = [
    (
        ("attribute", "home_frist", "--measures", "ed_attendance,deaths", "--years", 0, "--replicates", 0),
        ("home_first", "ed_attendances", "--years", "--replicates"),
    ),
    (("attribute", "winter_surge+winter_surge"), ("twice",)),
    (
        (
            "scenario", "solve", "home_first", "--vary", "brokrage.share", "--between", 0, 1,
            "--measure", "deaths",
        ),
        ("'brokerage'", "one of the two"),
    ),
    (
        (
            "scenario", "solve", "home_first", "--vary", "brokerage.share", "--between", 1, "x",
            "--measure", "death", "--change", "five", "--year", 2040,
        ),
        ("found 'x'", "'deaths'", "'five'", "'2040'"),
    ),
    (
        (
            "scenario", "solve", "home_first", "--vary", "brokerage.share", "--between", 0, 2,
            "--measure", "deaths", "--target", 5,
        ),
        ("a share from 0 to 1",),
    ),
    (("scenario", "break-even", "home_first", "--payer", "nsh"), ("'nhs'",)),
    (("scenario", "break-even", "home_first", "--payer", "carer"), ("council, nhs",)),
    (
        ("scenario", "portfolio", "home_first", "--budget", -1, "--measure", "population"),
        ("--budget", "at least two programmes, with spaces between", "better, such as"),
    ),
    (
        (
            "scenario", "portfolio", "home_first", "winter_surge", "--budget", 1,
            "--measure", "gp_appointments",
        ),
        ("more, or less, is better, such as emergency_admissions",),
    ),
    (("scenario", "break-even", "home_first + winter_surge", "--by", 2050), ("--by",)),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "told"), BAD, ids=lambda value: " ".join(map(str, value))[:60])
def test_bad_input_is_told_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], told: tuple[str, ...]
) -> None:
    """Exit 2, a line each, nothing written."""
    code, written = leftshift(*arguments, cwd=tmp_path, monkeypatch=monkeypatch)
    assert code == 2
    for words in told:
        assert words in written
    assert "Traceback" not in written
    assert len(written.strip().splitlines()) == len(told)
    assert list(tmp_path.iterdir()) == []


def test_the_years_are_those_of_results() -> None:
    """Financial years from April, calendar years from January, months otherwise."""

    def of(start: str) -> list[str]:
        return year_labels(Settings(area="dorset", start=start, years=2, scale=0.1, seed=1))

    assert of("2026-04") == ["2026/27", "2027/28"]
    assert of("2026-01") == ["2026", "2027"]
    assert of("2026-10") == ["2026-10 to 2027-09", "2027-10 to 2028-09"]


def test_sums_of_money_are_named_alike_by_scenarios_and_results() -> None:
    """Payers and kinds are written once each, in `words.csv` and `sums.csv`."""
    from typing import get_args

    from results.annual import directions
    from results.economics.sums import names
    from results.economics.tables import payers
    from scenarios.names import money
    from sim.interventions.specification import Payer

    assert MEASURES.is_file()
    assert payers() == get_args(Payer)
    assert tuple(names()) == money()
    assert set(load_names("dorset").measures) == set(directions())


@pytest.mark.slow
def test_the_model_itself_taken_to_parts(tmp_path: Path) -> None:
    """One resident in a hundred, one year: three interventions add up to the whole, money and people."""
    import os
    import subprocess
    import sys

    measures = "nctr_daily,ed_attendances,programme_cost_council"
    given = (
        "--years",
        "1",
        "--scale",
        "0.01",
        "--replicates",
        "2",
        "--workers",
        "2",
        "--quiet",
        "--out",
        "out",
    )
    done = subprocess.run(
        [sys.executable, "-m", "leftshift", "attribute", "home_first", "--measures", measures, *given],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {
        (row["measure"], row["part"], row["quantity"]): float(row["mean"])
        for row in rows(tmp_path / "out" / "attribution.csv")
        if row["period"] == "all years"
    }
    for measure in measures.split(","):
        parts = ("transfer_of_care_hubs", "brokerage", "home_care_capacity")
        total = sum(found[measure, part, "shapley"] for part in parts)
        assert total == pytest.approx(found[measure, "all", "whole"], abs=1e-6)
    assert found["programme_cost_council", "home_care_capacity", "alone"] == pytest.approx(1_748_000)
    assert found["nctr_daily", "all", "whole"] < 0


def test_the_command_itself_refuses(tmp_path: Path) -> None:
    """As a process of its own."""
    done = by_command("attribute", "home_first", "--scale", 2, cwd=tmp_path)
    assert done.returncode == 2
    assert "--scale" in done.stderr
