"""The report as a document: structure, names, size, no outside loads, safe text, whole or not at all."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from results import Comparison, compare_command
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

VOID = {"meta", "link", "img", "br", "hr", "input", "path", "use", "rect"}


class Outline(HTMLParser):
    """Collects what the checks need from a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.stack:
            self.texts.setdefault(self.stack[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(report: Path) -> str:
    return (report / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    assert parsed.stack == []
    return parsed


def test_one_heading_and_headings_in_order(outline: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_ids_are_unique_and_references_resolve(html: str, outline: Outline) -> None:
    ids = [attrs["id"] for _, attrs in outline.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for _, attrs in outline.tags:
        for key in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attrs.get(key) or "").split()) <= known
        for key in ("href", "xlink:href"):
            if (attrs.get(key) or "").startswith("#"):
                assert str(attrs[key])[1:] in known
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= known


def test_landmarks_language_and_names(outline: Outline) -> None:
    assert outline.all("html")[0]["lang"] == "en-GB"
    for landmark in ("header", "nav", "main", "footer"):
        assert len(outline.all(landmark)) == 1
    assert outline.all("a")[0]["href"] == "#main"
    drawings = [attrs for attrs in outline.all("svg") if attrs.get("aria-hidden") != "true"]
    assert all(attrs["role"] == "img" and attrs["aria-labelledby"] for attrs in drawings)
    assert len(outline.texts["title"]) >= len(drawings)


def test_every_figure_has_a_table_and_every_table_its_words(html: str, outline: Outline) -> None:
    figures = re.findall(r"<figure.*?</figure>", html, re.DOTALL)
    assert len(figures) == len(outline.all("figure")) >= 12
    for figure in figures:
        assert "<svg" in figure and "<details" in figure and "<table" in figure and "<figcaption" in figure
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert all(attrs.get("scope") in {"col", "row"} for attrs in outline.all("th"))


def test_it_is_one_small_offline_file(html: str, outline: Outline) -> None:
    assert len(html.encode()) < 5_000_000
    for tag, attrs in outline.tags:
        assert tag not in {"link", "iframe", "object", "embed", "img"}
        assert "src" not in attrs
        assert not re.match(r"(https?:)?//", attrs.get("href") or "")
    assert "@import" not in html and "fetch(" not in html


def test_text_from_scenarios_cannot_inject_markup(html: str, outline: Outline, report: Path) -> None:
    assert "<script>alert" not in html and "<img" not in html
    assert "&lt;script&gt;alert(1)" in html
    run, data = sorted(outline.all("script"), key=len)
    assert run == {} and data == {"type": "application/json", "id": "data"}
    held = json.loads(re.findall(r'id="data">(.*?)</script>', html, re.DOTALL)[0])
    assert "Teams <script>alert(1)</script> & $x^2$ (as planned)" in [run["label"] for run in held["runs"]]
    assert not set("<>&") & set(re.findall(r'id="data">(.*?)</script>', html, re.DOTALL)[0])
    for drawing in (report / "figures").glob("*.svg"):
        assert b"<script" not in drawing.read_bytes()


def test_the_sections_are_there(html: str) -> None:
    for name in (
        "In one minute", "1. Through time", "2. Demand", "3. Beds", "4. The care network",
        "5. Deaths, life expectancy and healthy life", "6. Inequality", "7. Neighbourhoods (INTs)",
        "Every difference from the baseline", "Did what was expected happen?",
        "What it costs, and what care it frees", "Words used in this report",
        "Where the work lands", "How sure, and on what", "Provenance",
        "What the model must not be used for", "How to read an interval", "not yet included",
    ):  # fmt: skip
        assert name in html
    assert "quit rate ratio" in html and "B: recalled" in html


def test_the_numbers_are_those_of_the_tables(report: Path, runs: list[Path], html: str) -> None:
    table = pd.read_csv(report / "tables" / "side_by_side.csv")
    row = table[(table["run"] == "prevention") & (table["measure"] == "emergency_admissions")].iloc[0]
    found = Comparison(runs).differences("emergency_admissions").set_index(["run", "period"])
    assert row["difference"] == pytest.approx(found.loc[("prevention", "2027/28"), "difference"])
    assert row["difference"] == pytest.approx(-1320, rel=0.15)


def test_files_beside_the_page(report: Path) -> None:
    assert sorted(path.name for path in report.iterdir()) == [
        "figures",
        "report.html",
        "report.xlsx",
        "summary.docx",
        "tables",
    ]
    drawn = {path.stem for path in (report / "figures").glob("*.svg")}
    assert drawn == {path.stem for path in (report / "figures").glob("*.png")}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (report / "figures").glob("*.png"))
    assert {"differences", "inequality", "assumptions"} <= {
        path.stem for path in (report / "tables").glob("*.csv")
    }


def test_a_study_and_its_runs_give_the_same_report_to_the_byte(tmp_path: Path) -> None:
    """In every file, whether the study's folder is given or its runs, in the study's order."""
    names = ["less", "baseline"]
    for name in names:
        effect = {"emergency_admissions": {"quintile:1": -5.0}} if name == "less" else {}
        make_run(tmp_path / "study" / name, name, effect=effect, replicates=2)
    (tmp_path / "study" / "manifest.json").write_text(
        json.dumps({"kind": "study", "name": "both", "scenario_sha256": dict.fromkeys(names, "0")})
    )
    runs = [tmp_path / "study" / name for name in names]
    one = compare_command([tmp_path / "study"], None, tmp_path / "one").parent
    two = compare_command(runs, None, tmp_path / "two").parent
    files = sorted(path.relative_to(one) for path in one.rglob("*.*"))
    assert files == sorted(path.relative_to(two) for path in two.rglob("*.*"))
    for path in files:
        assert (one / path).read_bytes() == (two / path).read_bytes(), path


def test_a_failure_leaves_nothing_half_written(
    pair: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    out = compare_command(pair, None, tmp_path / "out").parent
    before = (out / "report.html").read_bytes()
    monkeypatch.setattr("results.workbook.write_workbook", fail)
    with pytest.raises(OSError, match="disk is full"):
        compare_command(pair, None, out)
    with pytest.raises(OSError, match="disk is full"):
        compare_command(pair, None, tmp_path / "new")
    assert (out / "report.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_bad_input_writes_nothing(pair: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        compare_command([pair[0], tmp_path / "absent"], None, tmp_path / "out")
    strange = tmp_path / "thesis"
    strange.mkdir()
    (strange / "chapter.docx").write_text("years of work")
    with pytest.raises(InputError, match="also holds"):
        compare_command(pair, None, strange)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_one_run_of_one_replicate_and_a_short_run_still_report(tmp_path: Path) -> None:
    warned = {"warnings": ["P3 is offered 120% of its places."], "replicates": 4, "scale": 0.02}
    alone = make_run(tmp_path / "baseline", replicates=1, months=6, manifest=warned)
    html = compare_command([alone], None, tmp_path / "alone").read_text(encoding="utf-8")
    for words in (
        "one run only",
        "one replicate",
        "1 of 4 replicates",
        "P3 is offered 120%",
        "2% of residents",
    ):
        assert words in html
    other = make_run(tmp_path / "b", "b", replicates=1, months=6, manifest={"scale": 0.02})
    both = compare_command([alone, other], None, tmp_path / "both").read_text(encoding="utf-8")
    assert "No change at all." in both


def test_runs_that_record_little_still_report(tmp_path: Path) -> None:
    kept = {"person_months", "population_start", "population_end", "gp_appointments"}
    sparse = [make_run(tmp_path / name, name, replicates=2, jitter=0.01) for name in ("baseline", "b")]
    for folder in sparse:
        for path in folder.glob("replicate_*/*.parquet"):
            table = pd.read_parquet(path)
            if path.stem == "measures":
                table = table[table["measure"].isin(kept) & (table["dimension"] != "site")]
            elif path.stem != "mortality":
                table = table.iloc[:0]
            table.reset_index(drop=True).to_parquet(path)
    assert "GP appointments" in compare_command(sparse, None, tmp_path / "out").read_text(encoding="utf-8")
