"""What programmes cost beside what they free: known pounds, cash apart from capacity, sums over the run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from results import Comparison
from results.economics.activities import activities
from results.economics.discounting import discount_rate
from results.economics.money import CAPACITY, CASH, COST, money, programmes
from results.economics.paired import DISCOUNTED, WHOLE
from results.report.blocks import Context
from results.report.sections.money import costs
from tests.results.synthetic import make_run, month_names

MONTHS, FEWER = 24, -10.0


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A programme that costs the NHS 1,000 and councils 200 a month, and takes 10 calls to 111 a month."""
    folder = tmp_path_factory.mktemp("money")
    effect = {"calls_111": {"quintile:1": FEWER}}
    pair = [
        make_run(folder / "baseline", months=MONTHS),
        make_run(folder / "less", "less", effect=effect, months=MONTHS),
    ]
    for run in pair:
        rows = [
            (month, "hub", f"cost_{payer}", pounds)
            for month in month_names(MONTHS)
            for payer, pounds in (("nhs", 1000.0), ("council", 200.0))
            if run.name == "less"
        ]
        table = pd.DataFrame(rows, columns=["period", "programme", "measure", "value"])
        for part in run.glob("replicate_*"):
            table.to_parquet(part / "programmes.parquet")
    return Comparison(pair)


def test_costs_and_what_is_freed_are_told_apart(compared: Comparison) -> None:
    found = money(compared).set_index(["kind", "payer", "period"])["value"]
    price = activities()["calls_111"].pounds
    assert found[COST, "nhs", "2026/27"] == pytest.approx(12_000)
    assert found[COST, "council", "2027/28"] == pytest.approx(2_400)
    assert found[CAPACITY, "nhs", "2027/28"] == pytest.approx(-FEWER * 12 * price)
    assert CASH not in found.index.get_level_values("kind")


def test_sums_over_the_run_are_plain_and_discounted(compared: Comparison) -> None:
    found = programmes(compared).set_index(["programme", "payer", "period"])["value"]
    assert found["hub", "nhs", WHOLE] == pytest.approx(24_000)
    assert found["hub", "nhs", DISCOUNTED] == pytest.approx(12_000 + 12_000 / (1 + discount_rate()))


def test_the_section_shows_both_and_no_sum_of_them(compared: Comparison) -> None:
    section = costs(Context.of(compared))
    assert "no cash is clearly released" in section.blocks[0].chart.title  # type: ignore[union-attr]
    table = section.blocks[0].table  # type: ignore[union-attr]
    assert [row.cells[1] for row in table.rows] == [
        "Programmes' cost", "Capacity freed, at unit prices (no cash)", "Programmes' cost",
    ]  # fmt: skip
    assert table.rows[0].cells[3:] == ["12.0", "12.0", "24.0", "23.6"]
    assert section.blocks[1].name == "programme_costs"  # type: ignore[union-attr]


def test_runs_without_costs_say_so(pair: list[Path]) -> None:
    assert any(
        "Not recorded by an older version" in text for text in costs(Context.of(Comparison(pair))).lead
    )
