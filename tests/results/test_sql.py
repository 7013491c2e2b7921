"""Asking tables in SQL and exporting them: answers equal pandas', nothing else is read, mistakes are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leftshift
from results import load_run, query
from results.sql import writing
from results.sql.asking import ask
from results.sql.units import unit_of
from results.sql.views import Store
from scenarios.tables import write_table
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

OLD = Path(__file__).parent / "old_runs"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two scenarios, one with draws, one of whose tables nobody of the baseline has rows in."""
    folder = tmp_path_factory.mktemp("study") / "options"
    make_run(folder / "baseline", replicates=2)
    drawn = make_run(
        folder / "home_first", "home_first", replicates=2, manifest={"draws": 2, "replicates": 2}
    )
    for draw in (1, 2):
        (drawn / f"draw_{draw:04d}").mkdir()
    for number in (1, 2):
        (drawn / f"replicate_{number:04d}").rename(drawn / f"draw_{number:04d}" / "replicate_0001")
    keys = ["period", "programme", "measure", "value"]
    rows = pd.DataFrame([("2026-04", "teams", "reached", 7.0)], columns=keys)
    for part in folder.glob("*/**/replicate_*"):
        empty = pd.DataFrame([], columns=keys)
        write_table(rows if "home_first" in str(part) else empty, part / "programmes.parquet")
    manifest = {
        "kind": "study",
        "scenario_sha256": {"baseline": "0", "home_first": "1"},
        "schema_version": "1.1",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_view_is_the_table_of_every_unit(study: Path) -> None:
    """With scenario, draw and replicate taken from the path; also where a unit recorded nothing."""
    found = query("select * from measures where scenario = 'baseline'", study)
    wanted = load_run(study / "baseline").table("measures")
    assert list(found.columns[:3]) == ["scenario", "draw", "replicate"]
    assert set(found["draw"]) == {0}
    assert np.array_equal(found["value"].sort_values(), wanted["value"].sort_values())
    units = query("select distinct scenario, draw, replicate from measures order by all", study)
    assert units.to_numpy().tolist() == [
        ["baseline", 0, 1], ["baseline", 0, 2], ["home_first", 1, 1], ["home_first", 2, 1],
    ]  # fmt: skip
    programmes = query("select scenario, period, value from programmes", study)
    assert programmes.to_numpy().tolist() == [["home_first", "2026-04", 7.0]] * 2
    assert query("select count(*) as n from programmes where value > 0", study / "baseline")[
        "n"
    ].tolist() == [0]


def test_what_describes_the_measures_is_there(study: Path) -> None:
    """The registry with labels, and the unit of each recorded measure."""
    found = query(
        "select r.label, u.unit from measures_registry r join recorded_measures u on r.recorded = u.measure "
        "where u.table_name = 'measures' and u.measure = 'emergency_bed_days'", study,
    )  # fmt: skip
    assert found["unit"].unique().tolist() == ["days"]
    assert (unit_of("nodes", "utilisation"), unit_of("measures", "qalys")) == (
        "proportion", "quality-adjusted life-years",
    )  # fmt: skip


def test_older_runs_are_read() -> None:
    """Of every version of the schema so far, together."""
    found = query("select scenario, count(*) as n from measures group by all", [OLD / name for name in (
        "schema_1_first", "schema_1_november_2026")])  # fmt: skip
    assert len(found) == 2
    assert (found["n"] > 0).all()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select * from mesures", "did you mean 'measures'"),
        ("select valu from measures", "did you mean 'value'"),
        ("select m.perod from measures m", "did you mean 'period'"),
        ("selec 1", "syntax error"),
        ("", "found 'nothing'"),
        ("select 1; select 2", "SELECT; SELECT"),
        ("create table t as select 1", "found 'CREATE'"),
        ("copy measures to 'x.csv'", "found 'COPY'"),
        ("attach 'x.db'", "found 'ATTACH'"),
        ("install httpfs", "found 'LOAD'"),
        ("set threads = 1", "found 'SET'"),
        ("select * from read_csv('/etc/passwd')", "disabled by configuration"),
        ("select * from read_text('http://localhost/x')", "disabled by configuration"),
        ("select * from glob('*')", "disabled by configuration"),
    ],
)
def test_a_mistake_is_one_message(study: Path, sql: str, told: str) -> None:
    """And nothing but the runs' own tables can be read or written."""
    with pytest.raises(InputError) as refused:
        query(sql, study)
    assert told in refused.value.message()
    assert "\n" not in refused.value.message()


@pytest.fixture(scope="module")
def store(study: Path) -> Iterator[Store]:
    """The study's tables, open."""
    with Store([study]) as opened:
        yield opened


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_any_text_is_answered_or_refused(store: Store, text: str) -> None:
    """Never with a traceback."""
    try:
        ask(store, text)
    except InputError as refused:
        assert refused.message()


def test_the_command_prints_tables_and_answers(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned, as CSV and as JSON; with the tables there are."""
    assert leftshift._run(["query", "--tables", str(study)]) == leftshift.Exit.DONE
    assert "programmes: 2 rows" in capsys.readouterr().out
    sql = "select scenario, sum(value) as deaths from deaths group by all order by all"
    for form, wanted in (
        ("table", "scenario    deaths"), ("csv", "scenario,deaths\n"), ("json", '"scenario":"baseline"'),
    ):  # fmt: skip
        assert leftshift._run(["query", sql, str(study), "--format", form]) == leftshift.Exit.DONE
        assert wanted in capsys.readouterr().out
    assert leftshift._run(["query", "select nothing", str(study)]) == leftshift.Exit.BAD_INPUT
    assert leftshift._run(["query", sql, str(study / "none")]) == leftshift.Exit.BAD_INPUT


def test_an_answer_is_written_with_units(study: Path, tmp_path: Path) -> None:
    """CSV, Parquet and workbook hold the same rows; the workbook says what they are."""
    openpyxl = pytest.importorskip("openpyxl")
    paths = [tmp_path / f"beds{suffix}" for suffix in (".csv", ".parquet", ".xlsx")]
    for path in paths:
        given = [
            "export",
            str(study),
            "--out",
            str(path),
            "--where",
            "measure = 'bed_days' and dimension = 'all'",
        ]
        assert leftshift._run(given) == leftshift.Exit.DONE
    frames = [
        pd.read_csv(paths[0]),
        pd.read_parquet(paths[1]),
        pd.read_excel(paths[2], sheet_name="Measures"),
    ]
    for frame in frames:
        assert frame["unit"].unique().tolist() == ["days"]
        assert np.allclose(frame["value"], frames[0]["value"])
        assert len(frame) == 4 * 12
    book = openpyxl.load_workbook(paths[2], read_only=True)
    told = [[str(cell) for cell in row if cell] for row in book["README"].iter_rows(values_only=True)]
    book.close()
    assert any("estimates of a model" in text for row in told for text in row)
    assert ["Run", "home_first"] in [row[:2] for row in told]
    assert not list(tmp_path.glob(".*"))  # nothing is left under another name


def test_what_does_not_fit_a_sheet_is_refused(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Saying what would, and leaving nothing; more tables than one need a workbook."""
    monkeypatch.setattr(writing, "SHEET_ROWS", 10_000)
    path = tmp_path / "all.xlsx"
    assert leftshift._run(["export", str(study), "--out", str(path)]) == leftshift.Exit.BAD_INPUT
    assert "where dimension = 'all' (" in capsys.readouterr().err
    two = ["export", str(study), "--table", "nodes", "--table", "deaths", "--out"]
    assert leftshift._run([*two, str(tmp_path / "two.csv")]) == leftshift.Exit.BAD_INPUT
    assert leftshift._run([*two, str(path)]) == leftshift.Exit.DONE
    with ZipFile(path) as book:
        assert sum(name.startswith("xl/worksheets/sheet") for name in book.namelist()) == 3
    for out in ("x.txt", "none/x.csv"):
        assert (
            leftshift._run(["export", str(study), "--out", str(tmp_path / out)]) == leftshift.Exit.BAD_INPUT
        )


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """As bad input; a unit that is not whole is left out, as the report leaves it out."""
    folder = make_run(tmp_path / "baseline", replicates=2)
    (folder / "replicate_0002" / "nodes.parquet").unlink()
    assert query("select distinct replicate from measures", folder)["replicate"].tolist() == [1]
    (folder / "replicate_0001" / "nodes.parquet").write_bytes(b"PAR1 no table PAR1")
    with pytest.raises(InputError, match="cannot be read"):
        query("select 1 from nodes", folder)


def test_two_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """By their folders."""
    folders = [make_run(tmp_path / name / "baseline", replicates=1) for name in ("a", "b")]
    with Store(folders) as store:
        assert store.names == [f"baseline ({folder})" for folder in folders]
