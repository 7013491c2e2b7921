"""Accounts that add up however they are cut, known staff and carbon, induced demand, the gap, parts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results import Comparison
from results.economics import tables
from results.economics.accounts import accounts, activity_and_cost, ledger
from results.economics.activities import activities, chosen, provider_words, quantities
from results.economics.added import double_running, induced_and_backfill, paid_twice
from results.economics.allocations import against_allocations, allocations
from results.economics.gap import do_nothing_gap, gap
from results.economics.money import CAPACITY, CASH, COST, money
from results.economics.paired import WHOLE
from results.economics.prices import unit_costs
from results.economics.sums import sum_of_money
from results.economics.value import survivors
from results.economics.waterfall import attributions, read_attribution, waterfall
from results.economics.workload import carbon, carbon_factors, hours_a_year, staff, staff_hours
from results.measures.series import ALL_YEARS, values
from sim.parameters.errors import InputError
from tests.results import synthetic
from tests.results.synthetic import make_run, month_names

MONTHS = 36
FEWER_DAYS, FEWER_CASES = -100.0, -50.0
"""Bed days and day cases in independent hospitals that the scenario takes off each month."""
MORE_ANNUAL = {
    "conveyed_to_any_ed": 60_000, "conveyed_elsewhere": 6_000, "hear_and_treat": 20_000,
    "see_and_treat": 42_000, "pharmacy_contacts": 72_000, "day_cases_independent": 6_500,
    "int_contacts": 0, "spot_purchase_pounds": 90_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A scenario that takes bed days and independent day cases away, and states what it costs and frees."""
    folder = tmp_path_factory.mktemp("economics")
    effect = {"bed_days": {"quintile:1": FEWER_DAYS}, "day_cases_independent": {"quintile:1": FEWER_CASES},
              "day_cases": {"quintile:1": FEWER_CASES}}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "ANNUAL", synthetic.ANNUAL | MORE_ANNUAL)
        pair = [
            make_run(folder / "baseline", months=MONTHS),
            make_run(folder / "less", "less", effect=effect, months=MONTHS, jitter=0.001),
        ]
    counted = {"cost_nhs": 1000.0, "cost_council": 200.0, "freed_bed_days": 10.0, "backfill_people": 2.0,
               "induced_people": 0.0, "hours_community_nurses": 40.0}  # fmt: skip
    for run in pair:
        rows = [
            (month, "hub", measure, value)
            for month in month_names(MONTHS)
            for measure, value in counted.items()
            if run.name == "less"
        ]
        table = pd.DataFrame(rows, columns=["period", "programme", "measure", "value"])
        for part in run.glob("replicate_*"):
            table.to_parquet(part / "programmes.parquet")
    return Comparison(pair)


@pytest.mark.parametrize(
    "keys", [("provider",), ("provider", "place"), ("payer",), ("setting",), ("activity",)]
)
def test_costs_add_up_however_they_are_cut(compared: Comparison, keys: tuple[str, ...]) -> None:
    """Over providers, sites, payers, settings and activities: the same pounds in every year and the run."""
    figures = ["baseline", "scenario", "difference", "marginal", "cash", "at_low_prices", "at_high_prices"]
    found = accounts(compared, *keys).groupby("period")[figures].sum()
    whole = accounts(compared).set_index("period")[figures]
    pd.testing.assert_frame_equal(found.loc[whole.index], whole, rtol=1e-9, check_names=False)


def test_sites_add_up_to_the_residents_total(compared: Comparison) -> None:
    run = compared.baseline
    found = quantities(run)
    found = found[found["activity"] == "ed_attendances"].groupby(["unit", "period"])["value"].sum()
    total = values(run, "ed_attendances").set_index(["replicate", "period"])["value"]
    np.testing.assert_allclose(found.to_numpy(), total.loc[found.index].to_numpy())
    providers = {row.provider for row in quantities(run).itertuples()}
    # The area knows Poole's trust; a site that it does not know stands for itself.
    assert {"uhd", "dorchester", "dhc", "swasft", "general_practice", "council_bcp"} <= providers
    assert provider_words(run)["uhd"] == "University Hospitals Dorset"


def test_the_sums_that_solving_uses_are_the_ledgers(compared: Comparison) -> None:
    """Care of a payer in the sums of money is the ledger's, without what is paid by the place-day."""
    run = compared.scenarios[0]
    counted = {one.name for one in activities().values() if one.in_sums and one.payer == "nhs"}
    own = ledger(run)
    own = own[own["activity"].isin(counted)].groupby("period")["value"].sum() / len(run.replicates)
    told = sum_of_money(run, "care_cost_nhs")
    told = told[told["period"] != ALL_YEARS].groupby("period")["value"].mean()
    pd.testing.assert_series_equal(own, told.loc[own.index], check_names=False)


def test_cash_capacity_and_cost_are_what_was_put_in(compared: Comparison) -> None:
    found = money(compared).set_index(["kind", "payer", "period"])["value"]
    price = activities()["day_cases_independent"].pounds
    jitter = 0.002 * 6_500 * 3 * price  # three times the replicates' own noise
    assert found[COST, "nhs", "2026/27"] == pytest.approx(12_000)
    assert found[CASH, "nhs", WHOLE] == pytest.approx(-FEWER_CASES * MONTHS * price, abs=jitter)
    assert (CAPACITY, "nhs", WHOLE) in found.index


def test_staff_and_carbon_follow_from_what_was_put_in(compared: Comparison) -> None:
    """Ward nurses and carbon of 100 bed days a month fewer, in an average year."""
    hours, days = staff_hours()["acute_bed_days", "ward_nurses"].value, FEWER_DAYS * 12
    people = staff(compared).set_index(["group", "period"])
    noise = 0.002 * 500_000 * hours / hours_a_year()["ward_nurses"].value
    wanted = days * hours / hours_a_year()["ward_nurses"].value
    assert people.loc[("ward_nurses", WHOLE), "difference"] == pytest.approx(wanted, abs=noise)
    tonnes = carbon(compared, "activity").set_index(["activity", "period"])
    factor = carbon_factors()["acute_bed_days"].value
    found = tonnes.loc[("acute_bed_days", WHOLE), "difference"]
    assert found == pytest.approx(3 * days * factor / 1000, abs=0.002 * 3 * 500_000 * factor / 1000)
    parts = carbon(compared, "activity").groupby("period")["difference"].sum()
    pd.testing.assert_series_equal(
        parts, carbon(compared).set_index("period")["difference"].loc[parts.index], check_names=False
    )


def test_the_measures_of_the_registry_are_the_same_figures(compared: Comparison) -> None:
    for name, whole in (("carbon", carbon(compared)), ("cost_of_care", accounts(compared))):
        size = 1e6 if name == "cost_of_care" else 1.0
        year = whole.set_index("period")["difference"]["2026/27"]
        found = compared.differences(name)
        assert found.set_index("period")["difference"]["2026/27"] == pytest.approx(year / size)
    assert values(compared.baseline, "carbon", "quintile").empty


def test_a_run_against_itself_changes_nothing(compared: Comparison, tmp_path: Path) -> None:
    """Neutral input: not a pound, not an hour, not a gram."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "ANNUAL", synthetic.ANNUAL | MORE_ANNUAL)
        pair = [make_run(tmp_path / name, name, replicates=2) for name in ("baseline", "same")]
    same = Comparison(pair)
    assert money(same).empty
    for frame in (accounts(same, "provider"), staff(same), carbon(same), survivors(same)):
        column = "difference" if "difference" in frame else "value"
        assert (frame[column] == 0).all()
    assert double_running(same).empty and induced_and_backfill(same).empty
    before, after = activity_and_cost(same).groupby("run")["pounds"].sum()
    assert before == after > 0


def test_what_capacity_draws_in_is_told(compared: Comparison) -> None:
    found = induced_and_backfill(compared).set_index(["measure", "period"])["difference"]
    assert found["freed_bed_days", WHOLE] == pytest.approx(10 * MONTHS)
    assert found["backfill_people", "2027/28"] == pytest.approx(24)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_double_running_is_never_more_than_either(cost: float, freed: float) -> None:
    twice = float(paid_twice(np.array([cost]), np.array([freed]))[0])
    assert 0.0 <= twice <= max(0.0, min(cost, freed))


def test_the_gap_of_2019_is_the_sum_of_its_parts() -> None:
    """Our Dorset: Looking Forward (2019): £272m a year, to be met by £145m, £107m and £20m."""
    found = {one.key: one.pounds for one in allocations("dorset")}
    parts = ("gap_efficiency", "gap_demand", "gap_stretch")
    assert sum(found[part] for part in parts) == pytest.approx(found["gap_total"])
    schemes = ("maintaining_independence", "early_supported_discharge", "carers", "moving_on",
               "integrated_locality_teams")  # fmt: skip
    total = sum(float(row["value"]) for row in tables.table("allocations") if row["allocation"] in schemes)
    assert total == pytest.approx(58.841)  # BCP's Better Care Fund, paper of September 2019, table 18


def test_the_gap_by_hand() -> None:
    """Care of 100 that grows by 5% a year against money that grows by 2%: 3, then 10.25 less 4.04."""
    cost = np.array([[100.0], [105.0], [110.25]])
    allocation = np.array([50.0, 51.0, 52.02])
    assert do_nothing_gap(cost, allocation)[:, 0] == pytest.approx([0.0, 3.0, 6.21])


def test_the_gap_and_what_closes_it_agree(compared: Comparison) -> None:
    found = gap(compared).set_index(["run", "quantity", "period"])["value"]
    base, own = compared.names[compared.baseline], compared.names[compared.scenarios[0]]
    for year in compared.years:
        closed = found[base, "gap", year] - found[own, "gap", year]
        assert found[own, "closed", year] == pytest.approx(closed)
        left = found[own, "cost", year] - found[own, "affordable", year]
        assert found[own, "gap", year] == pytest.approx(left)
    assert found[base, "gap", "2026/27"] == pytest.approx(0.0, abs=1e-3)


def test_runs_are_held_against_allocations(compared: Comparison) -> None:
    found = against_allocations(compared).set_index(["run", "allocation", "period"])
    own = compared.names[compared.scenarios[0]]
    assert found.loc[(own, "out_of_hospital", WHOLE), "value"] == pytest.approx(36_000)
    assert 20 < found.loc[(own, "icb_total", "2026/27"), "percent"] < 100


def attribution(folder: Path) -> Path:
    """Write an attribution of two parts that overlap: 10 and 6 alone, 13 together."""
    rows = [("all", "whole", 13.0), ("all", "sum_of_alone", 16.0), ("all", "interaction", -3.0)]
    rows += [("hub", "alone", 10.0), ("hub", "left_out", 7.0), ("hub", "shapley", 8.5)]
    rows += [("beds", "alone", 6.0), ("beds", "left_out", 3.0), ("beds", "shapley", 4.5)]
    table = pd.DataFrame(rows, columns=["part", "quantity", "mean"])
    table = table.assign(
        measure="nctr_daily", period=ALL_YEARS, low=table["mean"] - 1, high=table["mean"] + 1
    )
    folder.mkdir()
    table.to_csv(folder / "attribution.csv", index=False)
    (folder / "manifest.json").write_text(json.dumps({"kind": "attribution"}))
    return folder


def test_a_waterfall_ends_at_the_whole(compared: Comparison, tmp_path: Path) -> None:
    """Each bar begins where the one before ends; Shapley shares add up to the whole by themselves."""
    bars = waterfall(read_attribution(attribution(tmp_path / "parts")))
    assert list(bars["bar"]) == ["part", "part", "interaction", "whole"]
    assert list(bars["start"]) == [0.0, 10.0, 16.0, 0.0]
    assert list(bars["end"]) == [10.0, 16.0, 13.0, 13.0]
    assert bars["shapley"].sum() == pytest.approx(bars["value"].iloc[-1])
    assert attributions(compared) == []
    beside = attribution(compared.baseline.folder.parent / "attribution")
    assert attributions(compared) == [beside.resolve()]


def test_an_attribution_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "attribution.csv").write_text("measure,period\n")
    with pytest.raises(InputError, match="high: found 'nothing'"):
        read_attribution(tmp_path)


def test_every_number_has_a_source_a_grade_and_a_range() -> None:
    """C rows have an owner and a reason; no interval misses its value; every key is known."""
    for name in ("unit_costs", "price_index", "marginal_shares", "staff_hours", "staff_groups", "carbon",
                 "plan_figures"):  # fmt: skip
        for row in tables.table(name):
            assert row["source"].strip() and row["grade"] in {"A", "B", "C", "plan"}, (name, row)
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), (name, row)
            assert row["grade"] != "C" or (row["owner"] and row["reason"]), (name, row)
    assert {activity for activity, _ in staff_hours()} | set(carbon_factors()) <= set(activities())
    assert {group for _, group in staff_hours()} == set(hours_a_year())
    assert all(row["reason"] and row["owner"] for row in tables.table("activities"))
    assert all(one.full is None or one.full.value > 0 for one in activities().values())
    assert len(unit_costs()) > 40


def test_patterns_of_nodes_leave_out_what_they_say() -> None:
    names = ["p1_bcp", "p1_dorset", "p1_spot_bcp", "p2_offer"]
    assert chosen("p1_* !p1_spot_*", names) == ["p1_bcp", "p1_dorset"]


def test_a_part_of_a_year_is_no_year(tmp_path: Path) -> None:
    """Eighteen months: as many staff in the half year as in a whole one, and no gap from half a year."""
    pair = [make_run(tmp_path / name, name, months=18, replicates=2) for name in ("baseline", "same")]
    half = Comparison(pair)
    people = staff(half).set_index(["group", "period"])["baseline"]
    assert people["ward_nurses", "2027/28"] == pytest.approx(people["ward_nurses", "2026/27"], rel=0.05)
    assert gap(half).empty
    found = values(half.baseline, "staff_needed").set_index(["replicate", "period"])["value"]
    assert found[1, "2027/28"] == pytest.approx(found[1, "2026/27"], rel=0.05)
