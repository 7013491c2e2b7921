"""The page on scaling: its command writes its part from what was measured, and its arithmetic is right."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks import scaling
from benchmarks.scaling import BEGIN, END, Case, Cost

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scaling.md"


def _cost(residents: int, systems: int = 1, years: int = 1, side_by_side: int = 1) -> Cost:
    """Return costs on a straight line: 5 s and 300 MB, and 10 s and 400 MB for each million."""
    people = residents / 1e6
    return Cost(
        residents=residents, systems=systems, years=years, side_by_side=side_by_side, nodes=183,
        first_seconds=float("nan") if side_by_side > 1 else 20.0, first_memory_mb=500.0, seconds=9.0,
        build_seconds=3.0, run_seconds=5.0, processor_seconds=5 + 10 * people, memory_mb=300 + 400 * people,
        disk_mb=0.5, flow_events=1_000_000,
    )  # fmt: skip


def test_figures_are_kept_and_the_page_written(tmp_path: Path) -> None:
    """What was measured is read again as it was; the rest of the page stays."""
    costs = [_cost(80_000), _cost(827_000), _cost(2_600_000, 3), _cost(2_600_000, 3, side_by_side=2)]
    scaling.save(tmp_path / "scaling.csv", costs)
    again = scaling.known(tmp_path / "scaling.csv")
    assert [one.residents for one in again] == [80_000, 827_000, 2_600_000, 2_600_000]
    assert again[:3] == costs[:3]
    page = tmp_path / "scaling.md"
    shutil.copy(PAGE, page)
    scaling.write_page(page, again)
    text = page.read_text(encoding="utf-8")
    assert text.count("| 2,600,000 | 3 | 183 | 1 | 2 |  |") == 1
    outside = re.sub(f"{BEGIN}.*{END}", "", text, flags=re.DOTALL)
    assert outside == re.sub(f"{BEGIN}.*{END}", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    scaling.draw(again, tmp_path / "scaling.svg")
    assert "<svg" in (tmp_path / "scaling.svg").read_text(encoding="utf-8")


def test_the_arithmetic_of_england() -> None:
    """42 x 5 s + 57 x 10 s of processor; the largest of 3.1 million takes 36 s; 2.28 million needs cross."""
    costs = [_cost(80_000), _cost(827_000)]
    assert scaling.line(costs, "processor_seconds") == pytest.approx((5.0, 10.0))
    text = scaling.england(costs)
    for told in (
        "0.22 hours",
        "0.6 minutes, 1.5 GB",
        "35 GB",
        "2.3 million a year",
        "7.6 MB a month",
    ):
        assert told in text, told


def test_what_is_measured() -> None:
    """Each size; more years, more nodes and two at once; the curve has each size once."""
    found = scaling.cases([80_000, 827_000, 2_600_000], [2, 5], 2)
    assert len(found) == 3 + 2 + 1 + 1
    assert Case(residents=2_600_000, systems=3, years=1, side_by_side=2) in found
    costs = [_cost(one.residents, one.systems, one.years, one.side_by_side) for one in found]
    assert [one.residents for one in scaling.of_curve(costs, 1)] == [80_000, 827_000]
    assert [one.residents for one in scaling.of_curve(costs, 3)] == [827_000, 2_600_000]


def test_the_command_goes_on_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured twice, and figures, page and curve are written; measuring itself is put aside."""
    asked: list[Case] = []

    def measured(case: Case, packs: Path, cache: Path) -> Cost:
        asked.append(case)
        return _cost(case.residents, case.systems, case.years, case.side_by_side)

    monkeypatch.setattr(scaling, "measure", measured)
    page = tmp_path / "scaling.md"
    shutil.copy(PAGE, page)
    given = ["--out", str(tmp_path), "--page", str(page), "--work", str(tmp_path), "--residents", "80000"]
    scaling.main(given)
    scaling.main([*given, "827000"])
    # the smallest twice, as its first time compiles; two at once of the largest of each command
    assert len(asked) == len(set(asked)) + 1
    assert "| 827,000 | 3 |" in page.read_text(encoding="utf-8")
    assert (tmp_path / "scaling.svg").exists()
