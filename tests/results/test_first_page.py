"""The first page and the parts that selectors act on: numbers, words, ids, limits, ways."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results import Comparison
from results.pairing import GREY_VERDICTS, VERDICTS
from results.report.blocks import Context, page_key
from results.report.cards import cards, variants
from results.report.control import SIGMAS, control, control_chart
from results.report.headline import headline_table, net_cost, target_of
from results.report.page_data import as_json, neighbourhoods, page_data
from results.report.pathway import places, ways
from results.report.reach import reach, staff_a_day
from results.wording import Estimate, pounds
from tests.results.synthetic import make_run, month_names

MONTHS = 12
STRATA = (("all", "all"), ("neighbourhood", "neighbourhood_01"), ("quintile", "1"))
HOURS = 365.25
SPENT = {"nhs": 1000.0, "council": 200.0, "carer": 50.0}
WORDS_A_SENTENCE = 25


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A programme that costs 1,200 a month in cash and takes fifty admissions a month away."""
    folder = tmp_path_factory.mktemp("first")
    effect = {"emergency_admissions": {"quintile:1": -50.0}, "community_contacts": {"quintile:1": 3000.0}}
    pair = [
        make_run(folder / "baseline", months=MONTHS, jitter=1e-5),
        make_run(folder / "less", "less", effect=effect, months=MONTHS, jitter=1e-5),
    ]
    for run in pair:
        spent = [(month, "hub", f"cost_{payer}", pounds) for month in month_names(MONTHS)
                 for payer, pounds in SPENT.items() if run.name == "less"]  # fmt: skip
        if run.name == "less":
            spent += [(month, "hub", "hours_nurse", HOURS) for month in month_names(MONTHS)]
        met = [(month, "hub", dimension, level, measure, value) for month in month_names(MONTHS)
               for dimension, level in STRATA
               for measure, value in (("eligible", 400.0), ("reached", 10.0), ("following", 60.0))
               if run.name == "less"
               if measure != "eligible" or month.endswith("-04")
               if measure != "following" or dimension != "quintile"]  # fmt: skip
        for part in run.glob("replicate_*"):
            pd.DataFrame(spent, columns=["period", "programme", "measure", "value"]).to_parquet(
                part / "programmes.parquet"
            )
            columns = ["period", "programme", "dimension", "level", "measure", "value"]
            pd.DataFrame(met, columns=columns).to_parquet(part / "reach.parquet")
    return Context.of(Comparison(pair))


def test_every_figure_of_a_card_is_a_row_of_the_table(context: Context) -> None:
    card = cards(context)[0]
    rows = {row.key: row for row in headline_table(context).rows}
    assert len(rows) == len(headline_table(context).rows)
    assert [fact.name.split(",")[0] for fact in card.facts] == [
        "Emergency admissions", "Acute beds occupied", "Gap between the most and least deprived fifths",
    ]  # fmt: skip
    for fact in (*card.facts, *card.others):
        assert fact.change in rows[fact.key].cells
        assert set(rows[fact.key].links.values()) >= {page_key("scenario", "less")}


def test_net_cost_is_cash_of_public_payers(context: Context) -> None:
    found = net_cost(context, context.comparison.scenarios[0])
    assert found is not None and found.mean == pytest.approx(MONTHS * (SPENT["nhs"] + SPENT["council"]))
    assert cards(context)[0].cost == "£14,400 more"
    assert pounds(Estimate(1.2e6, 1.1e6, 1.3e6)) == "£1.20 million (£1.10 million to £1.30 million)"
    assert pounds(Estimate(-45e3)) == "\u2212£45,000" and pounds(Estimate(float("nan"))) == "not known"


def test_the_paragraph_is_plain_and_has_the_numbers(context: Context) -> None:
    text = cards(context)[0].paragraph
    assert "about 600.0 (599" in text and "fewer people come into hospital as an emergency" in text
    assert "gets smaller" in text and "More work lands in community services" in text.replace(
        "Community", "community"
    )
    assert "£14,400 more in cash" in text
    assert "significant" not in text
    lengths = [len(sentence.split()) for sentence in re.split(r"(?<=[a-z)])\. ", text)]
    assert np.mean(lengths) <= WORDS_A_SENTENCE
    assert target_of(context.comparison.scenarios[0]) == "emergency_admission_rate"


def test_variants_can_be_switched_only_where_a_scenario_has_two(context: Context) -> None:
    one = cards(context)[0]
    planned = replace(one, variant="as_planned")
    assert variants([one, replace(one, family="other")]) == []
    assert variants([one, planned]) == [("as_evidenced", "As evidenced"), ("as_planned", "As planned")]


def test_one_wording_of_verdicts() -> None:
    assert set(VERDICTS) > GREY_VERDICTS and "change" not in GREY_VERDICTS


@given(st.text(), st.text())
def test_ids_and_data_hold_any_text(one: str, other: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]*", page_key(one, other))
    if one != other:
        assert page_key("row", one) != page_key("row", other) or "_" in one + other or "-" in one + other
    text = as_json({"label": one, "other": [other]})
    assert json.loads(text) == {"label": one, "other": [other]}
    assert text.isascii() and not set("<>&") & set(text)


def test_the_data_of_the_page_are_those_of_the_comparison(context: Context) -> None:
    data = page_data(context)
    found = data["measures"]["emergency_admissions"]
    rows = context.comparison.differences("emergency_admissions", "neighbourhood")
    for key, _ in neighbourhoods(context):
        row = rows[rows["level"] == key].iloc[0]
        numbers = found["year"][f"neighbourhood:{key}"][1][0]
        half = (row["high"] - row["low"]) / 2
        assert numbers[1:] == pytest.approx([row["difference"], half], rel=1e-5)
    assert len(found["month"][1][0]) == 3 * MONTHS
    assert len(as_json(data)) < 600_000


def test_limits_are_three_deviations_of_a_month() -> None:
    rng = np.random.default_rng(3)
    centre = np.linspace(90.0, 110.0, 60)
    before = centre[:, None] + 4.0 * rng.standard_normal((60, 40))
    found = control(before, {"moved": before + 100.0, "same": before})
    # 60 months of 39 degrees of freedom: the deviation is known to 1.5%, four of which are allowed.
    assert found.sigma == pytest.approx(4.0, rel=0.06)
    assert found.reach == SIGMAS * found.sigma
    assert found.outside("moved") == 60 and found.outside("same") == 0
    assert np.isnan(control(before[:, :1], {}).sigma)


def test_a_control_chart_escapes_what_it_is_told(context: Context) -> None:
    found = control(np.ones((12, 2)), {"less": np.ones((12, 2))})
    svg = control_chart("key", "<b>&", "<i>", month_names(12), found, context.looks)
    assert "<b>" not in svg and "&lt;b&gt;&amp;" in svg and svg.count("<path") >= 2


def test_ways_of_the_network_are_what_was_counted(context: Context) -> None:
    frame = ways(context).set_index(["start", "end"])
    conveyed = context.comparison.levels("ambulance_conveyances")["value"].iloc[0]
    attended = context.comparison.levels("ed_attendances")["value"].iloc[0]
    assert frame.loc[("call_999", "ed"), "baseline"] == pytest.approx(conveyed / 365.25)
    assert frame.loc[("home", "ed"), "baseline"] == pytest.approx((attended - conveyed) / 365.25)
    # Two hundred and fifty contacts a month and fifth, on the day that a month of twelve brings.
    assert frame.loc[("home", "community"), "change"] == pytest.approx(12 * 3000 / 365.25, rel=0.05)
    assert frame.loc[("home", "community"), "verdict"] == "change"
    assert set(ways(context)["start"]) | set(ways(context)["end"]) <= set(places())
    known = places()
    assert all(known[row.start].column < known[row.end].column for row in ways(context).itertuples())


def test_who_is_missed(context: Context) -> None:
    frame = reach(context).set_index(["dimension", "level"])
    row = frame.loc[("neighbourhood", "neighbourhood_01")]
    assert row["eligible"] == 400 and row["reached"] == 120 and row["following"] == 60
    assert row["missed"] == pytest.approx(85.0)  # sixty of four hundred are followed
    row = frame.loc[("quintile", "1")]
    assert row["missed"] == pytest.approx(
        70.0
    )  # a programme without a caseload: those reached since it began


def test_without_the_table_nobody_is_missed(pair: list[Path]) -> None:
    assert reach(Context.of(Comparison(pair))).empty


def test_staff_are_shared_out_by_whom_they_reach(context: Context) -> None:
    """All whom the programme reaches live in one neighbourhood, and so all its hours are spent there."""
    found = staff_a_day(context, reach(context), "neighbourhood_01")
    assert found["hours"].tolist() == pytest.approx([12.0]) and found["group"].tolist() == ["nurse"]
    assert staff_a_day(context, reach(context), "neighbourhood_02").empty
