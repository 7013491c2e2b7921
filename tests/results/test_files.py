"""The files beside the page: an accessible workbook, a summary of two pages, tables that are described."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn

from results import Comparison
from results.columns import columns, with_units
from results.figures import Chart
from results.filed import filed, worded
from results.measures.registry import measures
from results.office import STAMP, fixed
from results.report.blocks import Table
from results.small_scale import MOST_PLACES
from results.summary_document import PAGES, write_summary
from results.workbook import MOST_ROWS, SHEET_LETTERS, TITLES, write_workbook
from tests.results.synthetic import make_run


@pytest.fixture(scope="module")
def book(report: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(report / "report.xlsx")


def test_the_workbook_has_cover_contents_notes_and_a_table_a_sheet(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert not book["Cover"].tables
    listed = book["Contents"]["A"][4:]
    linked = [cell for cell in listed if cell.hyperlink]
    assert [cell.value for cell in linked] == book.sheetnames[2:]
    assert all(cell.hyperlink.location == f"'{cell.value}'!A1" for cell in linked)
    assert all(str(cell.value).endswith(".csv") for cell in listed if not cell.hyperlink)
    notes = [str(cell.value) for cell in book["Notes"]["B"][4:]]
    assert any("chance (computing error) only" in note for note in notes)
    assert book.properties.title and book.properties.creator == "Leftshift"
    assert book.properties.language == "en-GB" and book.properties.created == STAMP


def test_every_sheet_is_as_the_guidance_advises(book: openpyxl.Workbook) -> None:
    """Title in A1, one marked-up table with distinct headings, nothing merged, hidden, filtered or empty."""
    for sheet in book.worksheets[1:]:
        assert not sheet.merged_cells.ranges and sheet.sheet_state == "visible"
        assert sheet["A1"].value and sheet["A1"].font.bold
        assert "one table" in sheet["A2"].value and sheet["A3"].hyperlink
        (table,) = sheet.tables.values()
        assert table.autoFilter is None and re.fullmatch(r"t_\w+", table.name)
        assert table.ref.startswith("A4:") and sheet.freeze_panes == "A5"
        heads = [column.name for column in table.tableColumns]
        assert all(heads) and len({head.lower() for head in heads}) == len(heads)
        rows = list(sheet[table.ref])
        assert all(cell.alignment.wrap_text for cell in rows[0])
        assert all(any(cell.value is not None for cell in row) for row in rows)
        blank = any(cell.value is None for row in rows for cell in row)
        assert blank == ("Blank cells" in sheet["A2"].value)
        assert all(cell.font.name == "Arial" and cell.font.sz >= 12 for cell in rows[-1] if cell.value)


def test_numbers_are_numbers_with_their_units(book: openpyxl.Workbook, report: Path) -> None:
    sheet = book["Differences"]
    heads = [cell.value for cell in sheet[4]]
    table = pd.read_csv(report / "tables" / "differences.csv")
    assert "Difference in per cent (per cent of baseline)" in heads
    place = heads.index("Difference from baseline")
    cells = [row[place] for row in sheet.iter_rows(min_row=5)]
    assert [cell.value for cell in cells] == pytest.approx(table["difference"].tolist())
    assert {cell.number_format for cell in cells} <= {"#,##0", "[>=100]#,##0;[<=-100]-#,##0;0.0###"}
    units = table.set_index("measure")["unit"]
    assert units["emergency_admissions"].iloc[0] == measures()["emergency_admissions"].unit


def test_the_tables_are_described(report: Path) -> None:
    package = json.loads((report / "tables" / "datapackage.json").read_text(encoding="utf-8"))
    files = {path.name for path in (report / "tables").glob("*.csv")}
    assert {one["path"] for one in package["resources"]} == files
    for one in package["resources"]:
        head = pd.read_csv(report / "tables" / one["path"], nrows=0).columns
        assert [field["name"] for field in one["schema"]["fields"]] == list(head)
    page = (report / "tables" / "README.md").read_text(encoding="utf-8")
    assert "| `low` | as unit |" in page and all(f"`{name}`" in page for name in files)
    assert all(found.heading for found in columns().values())
    assert len({found.heading for found in columns().values()}) == len(columns())


def test_units_stand_beside_measures_only() -> None:
    frame = pd.DataFrame({"measure": ["emergency_admissions", "arrivals"], "value": [1.0, 2.0]})
    assert list(with_units(frame).columns) == ["measure", "unit", "value"]
    assert with_units(frame)["unit"].tolist() == ["admissions a year", ""]
    by_month = with_units(frame.assign(period="2026-04"))["unit"].tolist()
    assert by_month == [measures()["emergency_admissions"].month_unit, ""] and "year" not in by_month[0]
    assert list(with_units(frame.tail(1)).columns) == ["measure", "value"]


def test_files_say_the_units_of_their_numbers_and_have_no_number_for_no_limit(report: Path) -> None:
    """The page prints thousands of pounds; the file holds pounds, each number with its unit."""
    package = json.loads((report / "tables" / "datapackage.json").read_text(encoding="utf-8"))
    assert not [
        one["title"] for one in package["resources"] if re.search(r"(thous|mill).*of pounds", one["title"])
    ]
    for name in ("costs", "programme_costs", "net_cost", "providers", "payers"):
        path = report / "tables" / f"{name}.csv"
        assert not path.is_file() or set(pd.read_csv(path)["unit"]) == {"pounds"}, name
    assert pd.read_csv(report / "tables" / "care_nodes.csv")["value"].max() < MOST_PLACES


def test_money_beside_people_and_shares_has_a_unit_in_each_row() -> None:
    gap = pd.DataFrame({"quantity": ["gap", "closed_percent"], "value": [1e9, 5.0]})
    nodes = pd.DataFrame(
        {"measure": ["mean_places", "arrivals"], "value": [2.0**40, 3.0], "low": [2.0**40, 2.0]}
    )
    site = {"measure": "occupied_beds", "dimension": "site", "level": ["poole", "none"]}
    by_site = pd.DataFrame(site | {"baseline": [3.0, 0.0], "scenario": [2.0, 0.0]})
    made = filed(
        [
            Table(name=name, caption="Cost, in millions of pounds", head=[], rows=[], frame=frame)
            for name, frame in (("gap", gap), ("care_nodes", nodes), ("by_site", by_site))
        ]
    )
    assert made[0].frame["unit"].tolist() == ["pounds", "per cent of the gap"]
    assert made[0].caption == "Cost, in pounds" and gap.columns.tolist() == ["quantity", "value"]
    assert made[1].frame["unit"].tolist() == ["places", "people a year"]
    assert made[1].frame["value"].isna().tolist() == [True, False]
    assert made[2].frame["level"].tolist() == ["poole"]
    (sheet,) = worded(made[2:], {}, frozenset({"poole"}))
    assert sheet.frame.iloc[0][["measure", "level"]].tolist() == ["Acute beds occupied", "Poole"]


def test_sheets_have_words_for_titles_that_fit(book: openpyxl.Workbook) -> None:
    with TITLES.open(encoding="utf-8", newline="") as file:
        titles = [row["sheet"] for row in csv.DictReader(file)]
    assert len({title.lower() for title in titles}) == len(titles)
    assert all(len(title) <= SHEET_LETTERS and not re.search(r"[\[\]:*?/\\']", title) for title in titles)
    assert "No criteria to reside by month" in book.sheetnames


def test_a_long_table_is_listed_and_left_to_its_file(tmp_path: Path) -> None:
    short, long = (
        Table(name=name, caption=name, head=[], rows=[], frame=pd.DataFrame({"value": range(rows)}))
        for name, rows in (("short", MOST_ROWS), ("long", MOST_ROWS + 1))
    )
    write_workbook(tmp_path / "book.xlsx", "A title", [("Area", "Dorset")], [long, short])
    made = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert made.sheetnames == ["Cover", "Contents", "Notes", "Short"]
    assert [cell.value for cell in made["Contents"]["A"][4:]] == ["Notes", "Short", "long.csv"]
    assert "4,001 rows" in made["Contents"]["B7"].value and made["Contents"]["A7"].hyperlink is None


def test_the_summary_is_a_document_to_edit(report: Path) -> None:
    path = report / "summary.docx"
    document = Document(str(path))
    styles = [part.style.name for part in document.paragraphs if part.text]
    assert styles[0] == "Title" and styles.count("Heading 1") >= 5 and styles.count("Heading 2") == 3
    text = "\n".join(part.text for part in document.paragraphs)
    for words in ("Headline", "How sure", "must not be used for", "Evidence:", "seed 1", "alert(1)"):
        assert words in text
    (picture,) = document.inline_shapes
    assert "change from" in picture._inline.docPr.get("descr")
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    spoken = document.styles.element.findall(f".//{qn('w:lang')}")
    assert spoken and all(one.get(qn("w:val")) == "en-GB" for one in spoken)
    assert document.core_properties.language == "en-GB" and document.core_properties.author == "Leftshift"
    with zipfile.ZipFile(path) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {STAMP.timetuple()[:6]}
    assert fixed(path.read_bytes()) == path.read_bytes()


def test_the_summary_keeps_to_two_pages(tmp_path: Path, runs: list[Path]) -> None:
    """However many scenarios there are; with few, every sentence of their cards is there."""
    drawn = Chart(name="side_by_side", title="A title", alt="Dots", inline="", svg=b"", png=PNG)
    assert write_summary(tmp_path / "few.docx", Comparison(runs), [drawn]) <= PAGES
    many = [make_run(tmp_path / f"run_{k}", f"run_{k}", months=12, replicates=2) for k in range(9)]
    assert write_summary(tmp_path / "many.docx", Comparison(many), [drawn]) <= PAGES


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001e2"
    "21bc330000000049454e44ae426082"
)
"""The smallest picture."""
