"""Targets, verdicts and the arithmetic that the validation of the life course stands on."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.life_course import arithmetic, health, later, mortality, past
from calibration.life_course.checks import (
    SECTIONS,
    STANDARD,
    TARGETS,
    Check,
    Miss,
    judged,
    load_misses,
    load_targets,
    of_check,
    read_rows,
    undocumented,
)
from calibration.life_course.clustering import registered_shares, shares_with
from calibration.life_course.page import page
from calibration.life_course.sections import Section
from calibration.life_course.start import ages_of
from sim.parameters.errors import InputError
from sim.parameters.national import load_national


def copy_of_targets(folder: Path, **changes: str) -> Path:
    """Write the targets with some cells of the first row changed."""
    with TARGETS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0].update(changes)
    path = folder / "targets.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_targets_are_read_and_every_section_has_some():
    targets = load_targets()
    assert {target.section for target in targets} == set(SECTIONS)
    assert all(target.source and target.reason for target in targets)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"grade": "D"}, "grade: D"), ({"rule": "near"}, "rule: near"), ({"value": "much"}, "no number"),
        ({"source": ""}, "source: nothing"), ({"low": "2", "high": "3"}, "not between"),
        ({"tolerance": "-1"}, "negative"),
    ],
)  # fmt: skip
def test_a_faulty_target_is_refused_by_its_line(tmp_path, changes, told):
    with pytest.raises(InputError, match=told):
        load_targets(copy_of_targets(tmp_path, **changes))


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(InputError, match=r"grade: D.*negative"):
        load_targets(copy_of_targets(tmp_path, grade="D", tolerance="-1"))


def test_the_standard_population_adds_up():
    rows = read_rows(STANDARD, ["age_from", "age_to", "value", "unit", "source", "grade"])
    assert sum(float(row["value"]) for row in rows) == 100_000


def test_the_series_of_estimates_adds_up_to_the_published_total():
    table = past.published_series()
    assert table[table["year"] == 2022]["value"].sum() == 785_171
    assert set(table["year"]) == set(range(2012, 2023))


def test_verdicts_follow_their_rules():
    (ratio,) = of_check(load_targets(), "under_75")
    assert judged(ratio, ratio.value * 1.09).met
    assert not judged(ratio, ratio.value * 1.11).met
    assert judged(ratio, float("nan")).met is None
    (first, *_) = of_check(load_targets(), "growth")
    assert judged(first, 1.0).met is None


def test_a_constant_hazard_lives_its_inverse():
    assert mortality.expectancy(np.full(111, 0.1)) == pytest.approx(10.0)
    assert mortality.expectancy(np.full(111, 0.05), 40) == pytest.approx(20.0)


def test_healthy_years_are_years_lived_by_their_share_of_health():
    """With one hazard and one share throughout, healthy life is life times the share."""
    hazard, share = np.full(111, 0.1), np.full(111, 0.8)
    assert health.healthy_life(hazard, share) == pytest.approx(8.0)
    assert health.healthy_life(hazard, share, 40) == pytest.approx(8.0)


def test_a_miss_is_documented_by_label_stratum_and_figure():
    check = Check(
        section="start", label="A figure", stratum="bcp 2022", model=2.0, target=1.0, unit="people",
        use="independent", allowed="within 3%", met=False,
    )  # fmt: skip
    miss = Miss(label="A figure", stratum="bcp *", low=1.9, high=2.1, reason="Known.")
    assert undocumented([check], [miss]) == []
    assert undocumented([check], [replace(miss, high=1.95)]) == [check]
    assert undocumented([check], [replace(miss, stratum="dorset *")]) == [check]
    assert undocumented([replace(check, met=True)], []) == []


def test_every_known_miss_has_a_range_and_a_reason():
    for miss in load_misses():
        assert miss.low < miss.high
        assert miss.reason.endswith(".")


def test_a_closed_cohort_lives_as_its_hazard_says():
    """Four standard deviations of the mean of 20,000 lifetimes: false alarm under 1e-4."""
    ages = mortality.closed_cohort(np.full(111, 0.1), 0, 1, 20_000)
    assert ages.mean() == pytest.approx(10.0, abs=4 * 10.0 / np.sqrt(20_000))


def test_the_trend_of_a_parabola_is_itself():
    months = np.arange(169)
    series = 0.1 * np.exp(0.01 * months / 12 - 0.0005 * (months / 12) ** 2)
    assert np.allclose(later.trend(series), series)


def test_wide_bands_lie_on_the_edges_of_the_projection():
    bands = [(a, a + 4) for a in range(0, 90, 5)] + [(90, 110)]
    found = later.wide_bands(bands)
    assert sorted(i for parts in found.values() for i in parts) == list(range(len(bands)))
    assert found["85+"] == [17, 18]
    assert found["15-24"] == [3, 4]


def test_ages_are_read_from_words():
    ages = np.arange(111)
    assert ages[ages_of("80+")].min() == 80
    assert ages[ages_of("0-19")].max() == 19
    assert ages[ages_of("all")].size == 111


def test_two_half_months_are_one_month_by_formula():
    for check in arithmetic.hazard_checks(load_targets(), 20_000):
        if check.label.startswith("Chance"):
            assert check.met


def test_the_page_counts_and_names_what_is_missed():
    check = Check(
        section="start", label="A figure", stratum="all", model=2.0, target=1.0, unit="people",
        use="independent", allowed="within 3%", met=False,
    )  # fmt: skip
    text = page([Section(key="start", title="The start", checks=[check], said=["Said."])], "a run")
    assert "| The start | independent | 1 | 0 | 1 | 0 |" in text
    assert "- A figure, all: 2 for 1 people (asked: within 3%; independent)" in text
    assert "Said." in text


def test_a_common_factor_ties_conditions_without_moving_their_number() -> None:
    """More correlation: fewer with one condition or more; without it, what independence leaves."""
    national = load_national()
    people = np.ones((2, 111, 5))
    free, tied = (shares_with(national, people, rho) for rho in (0.0, 0.45))
    assert tied[0] < free[0]
    none = np.prod([1.0 - one for one in registered_shares(national, people)], axis=0)
    assert free[0] == pytest.approx(1.0 - none.mean(), abs=1e-9)
