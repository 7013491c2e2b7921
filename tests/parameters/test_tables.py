"""Strict tables: every number has its evidence, and no damaged table is read."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.parameters import (
    PARAMETERS,
    InputError,
    TableError,
    check_table,
    nearest_name,
    read_table,
    write_table,
)
from sim.parameters.catalogue import area_schemas, national_schemas, tables_in
from sim.parameters.columns import AGES, SEX, text, tidy
from sim.parameters.tables import Row

AREA = PARAMETERS.parent / "areas" / "dorset"
SCHEMA = tidy("example", "example.csv", "an example", (text("kind", "kind"), SEX, *AGES))
FOLDERS = {"national": (PARAMETERS, national_schemas()), "dorset": (AREA, area_schemas())}


def good_rows() -> list[Row]:
    """Two sound rows."""
    row = {
        "kind": "a",
        "sex": "male",
        "age_from": "0",
        "age_to": "4",
        "value": "0.5",
        "unit": "proportion",
        "low": "0.4",
        "high": "0.6",
        "year": "2024",
        "source": "a source, with a comma",
        "grade": "A",
    }
    return [row, row | {"sex": "female", "value": "0.25", "low": "", "high": ""}]


def write_raw(path: Path, header: list[str], lines: list[list[str]]) -> Path:
    """Write cells as they are, sound or not."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([header, *lines])
    return path


@pytest.mark.parametrize("label", FOLDERS)
def test_every_number_has_a_source_a_unit_and_a_grade(label: str) -> None:
    folder, schemas = FOLDERS[label]
    seen = 0
    for path, schema, rows in tables_in(folder, schemas):
        if schema.name in {"risk_factor_levels", "risk_factor_moves"}:
            continue
        for row in rows:
            where = f"{path.name}: {row}"
            asked = {"source", "unit", "year"} & {column.name for column in schema.columns}
            assert "source" in asked and all(row[name].strip() for name in asked), where
            assert row["grade"] in {"A", "B", "C", "G"}, where
            if row.get("status") == "assumption":
                assert row["owner"] and row["reason"], where
        seen += len(rows)
    assert seen > 500


@pytest.mark.parametrize("label", FOLDERS)
def test_every_csv_file_of_numbers_has_a_schema(label: str) -> None:
    folder, schemas = FOLDERS[label]
    known = {path for path, _, _ in tables_in(folder, schemas)}
    found = {
        path for path in folder.rglob("*.csv") if "value" in path.read_text().partition("\n")[0].split(",")
    }
    assert found <= known


def test_levels_of_a_risk_factor_add_up_to_one() -> None:
    for path in PARAMETERS.glob("risk_factors/*/prevalence.csv"):
        sums: dict[tuple[str, str], float] = {}
        rows, _ = check_table(path, next(s for s in national_schemas() if s.name == "risk_factor_prevalence"))
        ends = {row["age_from"] for row in rows}
        assert ends
        for row in rows:
            key = (row["sex"], row["age_from"])
            sums[key] = sums.get(key, 0.0) + float(row["value"])
        assert all(math.isclose(total, 1.0, abs_tol=1e-5) for total in sums.values()), path


def test_links_to_causes_add_up_to_one() -> None:
    table = read_table(
        PARAMETERS / "mortality/cause_links.csv",
        next(s for s in national_schemas() if s.name == "cause_links"),
    )
    assert table.groupby("condition")["value"].sum().round(9).eq(1.0).all()


def test_no_relative_risk_applies_twice() -> None:
    schema = next(s for s in national_schemas() if s.name == "condition_relative_risks")
    for path in PARAMETERS.glob("conditions/*/relative_risks.csv"):
        used: set[tuple[str, str, str, int]] = set()
        for row in check_table(path, schema)[0]:
            for sex in ("male", "female") if row["sex"] == "all" else (row["sex"],):
                for age in range(int(row["age_from"]), int(row["age_to"]) + 1):
                    key = (row["factor"], row["level"], sex, age)
                    assert key not in used, f"{path}: {key}"
                    used.add(key)


def test_hypertension_is_not_counted_beside_blood_pressure() -> None:
    schema = next(s for s in national_schemas() if s.name == "condition_relative_risks")
    for path in PARAMETERS.glob("conditions/*/relative_risks.csv"):
        factors = {row["factor"] for row in check_table(path, schema)[0]}
        assert not {"hypertension", "blood_pressure"} <= factors, path


BAD = {
    "ragged": (lambda header, lines: (header, [lines[0][:-1], lines[1]]), "row 2", "cells"),
    "unknown column": (
        lambda header, lines: (["kin" if n == "kind" else n for n in header], lines),
        "header",
        "kin",
    ),
    "mixed units": (
        lambda header, lines: (header, [lines[0], _set(header, lines[1], "unit", "percent")]),
        "row 3, column unit",
        "percent",
    ),
    "text for a number": (
        lambda header, lines: (header, [_set(header, lines[0], "value", "half"), lines[1]]),
        "row 2, column value",
        "half",
    ),
    "not a number": (
        lambda header, lines: (header, [_set(header, lines[0], "value", "nan"), lines[1]]),
        "row 2, column value",
        "nan",
    ),
    "blank source": (
        lambda header, lines: (header, [_set(header, lines[0], "source", ""), lines[1]]),
        "row 2, column source",
        "''",
    ),
    "unknown sex": (
        lambda header, lines: (header, [_set(header, lines[0], "sex", "mael"), lines[1]]),
        "row 2, column sex",
        "mael",
    ),
    "repeated key": (lambda header, lines: (header, [lines[0], lines[0]]), "row 3", "not used before"),
    "value outside its range": (
        lambda header, lines: (header, [_set(header, lines[0], "low", "0.55"), lines[1]]),
        "row 2, column low and high",
        "0.55",
    ),
    "half a range": (
        lambda header, lines: (header, [_set(header, lines[0], "low", ""), lines[1]]),
        "row 2, column low and high",
        "both or neither",
    ),
    "ages backwards": (
        lambda header, lines: (header, [_set(header, lines[0], "age_from", "9"), lines[1]]),
        "row 2, column age_to",
        "at least 9",
    ),
}


def _set(header: list[str], line: list[str], column: str, cell: str) -> list[str]:
    """The line with one cell changed."""
    return [cell if name == column else old for name, old in zip(header, line, strict=True)]


@pytest.mark.parametrize("fault", BAD)
def test_each_fault_gives_one_clear_error(tmp_path: Path, fault: str) -> None:
    damage, where, what = BAD[fault]
    rows = good_rows()
    header, lines = damage(list(rows[0]), [list(row.values()) for row in rows])
    path = write_raw(tmp_path / "bad.csv", header, lines)
    with pytest.raises(InputError) as caught:
        read_table(path, SCHEMA)
    message = str(caught.value)
    assert "bad.csv" in message and where in message and what in message and "\n" not in message


def test_nearest_name_is_offered() -> None:
    assert nearest_name("heart failure", ["heart_failure", "asthma"]) == "heart_failure"
    assert nearest_name("zzz", ["heart_failure", "asthma"]) is None
    error = TableError(
        file="x.csv", key="sex", found="mael", allowed="male, female", names=("male", "female")
    )
    assert "did you mean 'male'?" in str(error)


def test_missing_and_undecodable_files_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_table(tmp_path / "absent.csv", SCHEMA)
    (tmp_path / "latin.csv").write_bytes("kind\n\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read_table(tmp_path / "latin.csv", SCHEMA)


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
numbers = st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda x: f"{x:.9g}")


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Sound tables of one to six rows."""
    rows = []
    unit = draw(words)
    for index in range(draw(st.integers(1, 6))):
        value = draw(numbers)
        wide = draw(st.booleans())
        rows.append(
            {
                "kind": f"{draw(words)}{index}",
                "sex": draw(st.sampled_from(["male", "female"])),
                "age_from": "0",
                "age_to": str(draw(st.integers(0, 110))),
                "value": value,
                "unit": unit,
                "low": "0" if wide else "",
                "high": f"{float(value) * 2 + 1:.9g}" if wide else "",
                "year": draw(words),
                "source": draw(words),
                "grade": draw(st.sampled_from("ABCG")),
                "note": draw(words),
            }
        )
    return rows


QUIET = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@given(rows=tables())
@QUIET
def test_a_table_written_and_read_back_is_equal(tmp_path: Path, rows: list[Row]) -> None:
    path = tmp_path / "round_trip.csv"
    write_table(path, rows, SCHEMA)
    again, problems = check_table(path, SCHEMA)
    assert not problems
    assert [{k: v for k, v in row.items() if v} for row in again] == [
        {k: v for k, v in row.items() if v} for row in rows
    ]
    table = read_table(path, SCHEMA)
    assert list(table["value"]) == [float(row["value"]) for row in rows]


def _drop_cell(grid: list[list[str]], row: int, column: int) -> None:
    del grid[row][column]


def _add_cell(grid: list[list[str]], row: int, column: int) -> None:
    grid[row].insert(column, "extra")


def _blank_line(grid: list[list[str]], row: int, column: int) -> None:
    grid[row] = []


def _repeat_row(grid: list[list[str]], row: int, column: int) -> None:
    grid.append(list(grid[max(row, 1)]))


def _spoil_number(grid: list[list[str]], row: int, column: int) -> None:
    grid[max(row, 1)][grid[0].index("value")] = "about 3"


def _blank_source(grid: list[list[str]], row: int, column: int) -> None:
    grid[max(row, 1)][grid[0].index("source")] = " "


def _rename_column(grid: list[list[str]], row: int, column: int) -> None:
    grid[0][column] += "x"


def _other_unit(grid: list[list[str]], row: int, column: int) -> None:
    assume(len(grid) > 2)
    grid[max(row, 1)][grid[0].index("unit")] += " a month"


MUTILATIONS = (
    _drop_cell,
    _add_cell,
    _blank_line,
    _repeat_row,
    _spoil_number,
    _blank_source,
    _rename_column,
    _other_unit,
)


@given(rows=tables(), how=st.sampled_from(MUTILATIONS), data=st.data())
@QUIET
def test_a_mutilated_table_never_passes(tmp_path: Path, rows: list[Row], how, data: st.DataObject) -> None:
    path = tmp_path / "mutilated.csv"
    write_table(path, rows, SCHEMA)
    with path.open(encoding="utf-8", newline="") as handle:
        grid = list(csv.reader(handle))
    how(grid, data.draw(st.integers(0, len(grid) - 1)), data.draw(st.integers(0, len(grid[0]) - 1)))
    write_raw(path, grid[0], grid[1:])
    with pytest.raises(InputError):
        read_table(path, SCHEMA)
