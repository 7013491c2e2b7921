"""Measures of the daily record: known days give known needs. Exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results import load_run
from results.comparison import Comparison
from results.measures import values
from results.measures.daily import winter
from scenarios.tables import write_table
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

MONTHS = 24
PLACES = {  # site, kind: places, offered beyond occupied, occupied beyond the day of the year
    ("poole", "acute_beds_medicine"): (400, 10, 0),
    ("poole", "elective_beds"): (50, 0, 0),
    ("dorchester", "acute_beds_medicine"): (400, 0, 100),
    ("bcp", "p1"): (900, 4, 0),
    ("bcp", "p1_spot"): (None, 0, 0),
}


def with_days(folder: Path, more: int = 0) -> Path:
    """Write a run of which the day of the year (and what is `more`) is in use of every kind of place."""
    run = make_run(folder, folder.name, months=MONTHS, replicates=2)
    dates = pd.date_range("2026-04-01", "2028-03-31")
    rows = []
    for (site, kind), (places, waiting, offset) in PLACES.items():
        used = dates.day_of_year.to_numpy() + offset + more
        told = {"occupied": used, "offered": used + waiting}
        told |= (
            {} if places is None else {"places": np.full(len(dates), places), "waiting": used * 0 + waiting}
        )
        rows += [
            pd.DataFrame(
                {"date": dates.astype(str), "site": site, "kind": kind, "measure": name, "value": value}
            )
            for name, value in told.items()
        ]
    table = pd.concat(rows, ignore_index=True).astype({"value": float})
    for replicate in run.glob("replicate_*"):
        write_table(table.sample(frac=1.0, random_state=1), replicate / "days.parquet")  # in any order
    return run


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("days")
    return [with_days(folder / "baseline"), with_days(folder / "more_beds", 46)]


def cold(year: int) -> np.ndarray:
    """Days of the year of a winter, December to March."""
    return pd.date_range(f"{year}-12-01", f"{year + 1}-03-31").day_of_year.to_numpy()


def test_a_winters_day_needs_what_few_days_exceed(pair: list[Path]) -> None:
    found = values(load_run(pair[0]), "acute_beds_needed")
    assert found["period"].tolist() == ["2026/27", "2027/28"] * 2
    day = 3 * cold(2026) + 10 + 100  # three kinds of beds, ten who wait, and a hundred more in Dorchester
    assert found["value"][0] == pytest.approx(np.quantile(day, 0.95) / 0.92)
    assert (day > found["value"][0] * 0.92).mean() < 0.05


def test_by_site_and_over_the_run(pair: list[Path]) -> None:
    run = load_run(pair[0])
    by_site = values(run, "acute_beds_needed", "site")
    first = by_site[(by_site["replicate"] == 1) & (by_site["period"] == "2026/27")].set_index("level")[
        "value"
    ]
    assert set(first.index) == {"poole", "dorchester"}
    assert first["dorchester"] == pytest.approx(np.quantile(cold(2026) + 100, 0.95) / 0.92)
    both = np.concatenate([cold(2026), cold(2027)])
    whole = values(run, "acute_beds_needed", by="all")["value"]
    assert whole[0] == pytest.approx(np.quantile(3 * both + 110, 0.95) / 0.92)
    assert values(run, "acute_beds_needed", "quintile").empty
    assert values(run, "acute_beds_needed", by="month").empty


def test_what_is_bought_on_the_spot_is_needed_of_the_pathway(pair: list[Path]) -> None:
    found = values(load_run(pair[0]), "p1_visits_needed")["value"][0]
    assert found == pytest.approx(np.quantile(2 * cold(2026) + 4, 0.95) / 0.92)
    assert values(load_run(pair[0]), "p3_places_needed").empty


def test_occupancy_is_of_places_that_have_a_limit(pair: list[Path]) -> None:
    by_month = values(load_run(pair[0]), "acute_occupancy", by="month")
    april = np.arange(91, 121)
    assert by_month["value"][0] == pytest.approx(100 * (3 * april + 100).sum() / (850 * 30))


def test_comparisons_pair_them(pair: list[Path]) -> None:
    found = Comparison(pair).differences("acute_beds_needed")
    assert found["difference"].to_numpy() == pytest.approx(3 * 46 / 0.92)


def test_an_older_run_has_none(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "old", replicates=1))
    assert values(run, "acute_beds_needed").empty
    with pytest.raises(InputError, match="month, year, all"):
        values(run, "acute_beds_needed", by="week")


def test_the_settings_are_those_of_the_table() -> None:
    assert (winter().occupancy, winter().day_percentile) == (0.92, 0.95)
    assert winter().months == {12, 1, 2, 3}
