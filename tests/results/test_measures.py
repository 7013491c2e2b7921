"""The registry, and measures of synthetic runs with known answers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from results import load_run
from results.measures import expectancy, measure, measures, node_values, prevalence, values, year_labels
from results.measures.registry import registry_page
from results.measures.series import LIFE_DIMENSIONS, natural_key
from sim.parameters.errors import InputError
from tests.results.synthetic import ANNUAL, DISABILITY_FREE, PEOPLE, UTILITY, make_run

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"


def test_every_measure_is_described() -> None:
    for found in measures().values():
        assert found.label and found.unit and found.definition.endswith(".") and found.source
        assert found.direction in {"lower", "higher", "neutral"}


def test_an_unknown_measure_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'occupied_beds'"):
        measure("ocupied_beds")


def test_the_page_of_measures_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == registry_page(), "run: python -m results.measures"


def test_totals_rates_and_daily_means(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "plain", replicates=1, noise=0.0))
    winter, rest = 1.06, 0.98
    year = ANNUAL["emergency_admissions"] / 12 * (3 * winter + 9 * rest)
    assert values(run, "emergency_admissions")["value"].item() == pytest.approx(year)
    assert values(run, "emergency_admission_rate")["value"].item() == pytest.approx(1000 * year / PEOPLE)
    beds = ANNUAL["bed_days"] / 365
    monthly = values(run, "occupied_beds", by="month").set_index("period")["value"]
    assert monthly["2026-07"] == pytest.approx(beds * rest)
    assert monthly["2027-01"] == pytest.approx(beds * winter)
    share = ANNUAL["ed_4h_within"] / ANNUAL["ed_type1_attendances"]
    assert values(run, "four_hour_share")["value"].item() == pytest.approx(100 * share)
    assert values(run, "eighteen_week_share")["value"].item() == pytest.approx(100 * 46 / 75)
    assert values(run, "waiting_list")["value"].item() == pytest.approx(75_000)


def test_the_gradient_of_the_fixture_comes_back(pair: list[Path]) -> None:
    rate = values(load_run(pair[0]), "emergency_admission_rate", "quintile")
    first = rate[rate["replicate"] == 1].set_index("level")["value"]
    assert list(first.index) == ["1", "2", "3", "4", "5"]
    assert list(first / first["3"]) == pytest.approx([1.2, 1.1, 1.0, 0.9, 0.8])


def test_whole_run_totals_are_a_year(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "two", replicates=1, months=24, noise=0.0))
    by_year = values(run, "deaths")["value"]
    assert values(run, "deaths", by="all")["value"].item() == pytest.approx(by_year.mean())
    assert year_labels(run) == ["2026/27", "2027/28"]


def test_years_that_do_not_start_in_april(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "january", replicates=1, manifest={"start": "2026-01"})
    assert year_labels(load_run(folder)) == ["2026"]


def test_life_expectancy_is_lower_for_men_and_the_deprived(pair: list[Path]) -> None:
    run = load_run(pair[0])
    by_sex = values(run, "life_expectancy_birth", "sex").groupby("level")["value"].mean()
    assert by_sex["female"] > by_sex["male"]
    by_fifth = values(run, "life_expectancy_birth", "quintile_male").groupby("level")["value"].mean()
    assert by_fifth.is_monotonic_increasing


def test_prevalence_has_a_denominator_at_the_end(pair: list[Path]) -> None:
    found = prevalence(load_run(pair[0]), "quintile")
    assert sorted(found["period"].unique()) == ["2026-04", "2027-04"]
    assert found["value"].notna().all()
    first = found[
        (found["condition"] == "hypertension") & (found["replicate"] == 1) & (found["period"] == "2027-04")
    ]
    assert (first["value"] / first["value"].iloc[2]).tolist() == pytest.approx([1.2, 1.1, 1.0, 0.9, 0.8])


def test_node_years_sum_arrivals_and_average_occupancy(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "plain", replicates=1, noise=0.0))
    found = node_values(run).set_index(["level", "measure"])["value"]
    assert found["p1_bcp", "arrivals"] == pytest.approx(5000 / 12 * (3 * 1.06 + 9 * 0.98))
    assert found["p1_bcp", "mean_wait_minutes"] == pytest.approx(40)
    assert found["p1_bcp", "utilisation"] == pytest.approx(0.9)


def test_unknown_dimension_and_period(pair: list[Path]) -> None:
    run = load_run(pair[0])
    with pytest.raises(InputError, match="did you mean 'quintile'"):
        values(run, "deaths", "quintiles")
    with pytest.raises(InputError, match="month, year, all"):
        values(run, "deaths", by="week")
    with pytest.raises(InputError, match="did you mean 'quintile_male'"):
        values(run, "life_expectancy_birth", "quintile_males")


def test_levels_sort_by_their_numbers() -> None:
    assert sorted(["85+", "5-17", "18-44", "0-4"], key=natural_key) == ["0-4", "5-17", "18-44", "85+"]


def test_healthy_life_is_a_share_of_life_where_the_share_is_the_same_at_all_ages(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "healthy", replicates=1))
    for dimension in LIFE_DIMENSIONS:
        for age in ("birth", "65"):
            life = values(run, f"life_expectancy_{age}", dimension)
            quality = values(run, f"quality_adjusted_life_expectancy_{age}", dimension)
            free = values(run, f"disability_free_life_expectancy_{age}", dimension)
            assert list(quality["level"]) == list(free["level"]) == list(life["level"])
            assert list(quality["value"]) == pytest.approx(list(UTILITY * life["value"]))
            assert list(free["value"]) == pytest.approx(list(DISABILITY_FREE * life["value"]))
    found = expectancy(run, measure("quality_adjusted_life_expectancy_birth"), "council")
    assert list(found["level"]) == ["bcp", "dorset"]
    assert (found["variance"] > 0).all()


def test_years_of_life_and_their_quality(tmp_path: Path) -> None:
    run = load_run(make_run(tmp_path / "quality", replicates=1, noise=0.0))
    assert values(run, "life_years")["value"].item() == pytest.approx(PEOPLE)
    year = ANNUAL["qalys"] / 12 * (3 * 1.06 + 9 * 0.98)
    assert values(run, "qalys")["value"].item() == pytest.approx(year)
    assert values(run, "qalys_per_person")["value"].item() == pytest.approx(year / PEOPLE)


def test_a_run_without_healthy_years_has_none(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "older", replicates=1)
    path = folder / "replicate_0001" / "mortality.parquet"
    table = pd.read_parquet(path).drop(columns=["quality_years", "disability_free_years", "council"])
    table.to_parquet(path)
    run = load_run(folder)
    assert values(run, "quality_adjusted_life_expectancy_birth", "sex").empty
    assert values(run, "life_expectancy_birth", "council").empty
    assert not values(run, "life_expectancy_birth", "sex").empty
