"""What a team could see in its own counts: against published rules, simulated counts, and by hand.

Rates of random tests are held to four standard errors: by chance alone one in sixteen thousand fails.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.comparison import Comparison
from results.uncertainty.detectable import (
    detectable,
    first_month_seen,
    month_of_run,
    overdispersion,
    run_of,
    smallest_fall,
)
from tests.results.synthetic import make_run

STUDIES = 4000


def test_the_rule_for_two_poisson_means() -> None:
    """Van Belle and Millard, STRUTS (1998), chapter 2: n = 4 / (sqrt(m1) - sqrt(m2))^2, 3.92 before rounding.

    For means of 36 and 30 that is 14.6, or 15 in each group.
    """
    n = 4 / (np.sqrt(36) - np.sqrt(30)) ** 2
    assert n == pytest.approx(14.6, abs=0.05)
    fall = smallest_fall(36, n * 3.924 / 4, n * 3.924 / 4)
    assert 36 * (1 - fall) == pytest.approx(30, abs=0.01)


def test_power_and_false_alarms_of_simulated_counts() -> None:
    """Poisson months, 24 before and 12 after: at the smallest fall 80% are seen, at none 5%."""
    generator = np.random.default_rng(41)
    mean, before, after = 400.0, 24, 12
    fall = float(smallest_fall(mean, after, before))
    needed = 1.959964 * np.sqrt(0.25 * (1 / before + 1 / after))

    def seen(level: float) -> float:
        means = [
            generator.poisson(one, (STUDIES, months)).mean(axis=1)
            for one, months in ((mean, before), (level, after))
        ]
        return float((np.abs(np.sqrt(means[0]) - np.sqrt(means[1])) >= needed).mean())

    assert abs(seen(mean * (1 - fall)) - 0.8) < 4 * np.sqrt(0.8 * 0.2 / STUDIES)
    assert abs(seen(mean) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / STUDIES)


def test_a_team_of_four_hundred_admissions_a_month() -> None:
    """DESIGN section 15, rule 9: 5% is seen after a year, 2% not within five."""
    assert smallest_fall(400, 12) == pytest.approx(0.049, abs=0.001)
    assert first_month_seen([400.0] * 60, [380.0] * 60) == 12
    assert np.isnan(first_month_seen([400.0] * 60, [392.0] * 60))
    assert month_of_run([400.0] * 60, [380.0] * 60) > 12


@given(st.floats(20, 2000), st.integers(1, 36), st.floats(1, 5))
def test_more_months_and_less_spread_show_smaller_changes(mean: float, months: int, spread: float) -> None:
    now = float(smallest_fall(mean, months, overdispersion=spread))
    assert 0 < now <= 1
    assert smallest_fall(mean, months + 1, overdispersion=spread) <= now
    assert smallest_fall(mean * 2, months, overdispersion=spread) <= now
    assert smallest_fall(mean, months) <= now


@given(st.floats(20, 2000), st.integers(6, 48))
def test_no_change_is_never_seen(mean: float, months: int) -> None:
    assert np.isnan(first_month_seen([mean] * months, [mean] * months))


def test_runs_of_seven_by_hand() -> None:
    """By month 7: 1/128; each later month adds a run that begins with the other side: 1/256."""
    seen = run_of(7, [0.5] * 12)
    assert seen[5] == 0
    assert seen[6] == pytest.approx(1 / 128)
    assert seen[11] == pytest.approx(1 / 128 + 5 / 256)
    assert run_of(1, [0.25])[0] == 0.25
    assert run_of(3, [1.0] * 3)[-1] == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(1, 8))
def test_runs_are_probabilities_that_grow(chances: list[float], length: int) -> None:
    seen = run_of(length, chances)
    assert (np.diff(seen) >= -1e-12).all()
    assert ((seen >= 0) & (seen <= 1 + 1e-12)).all()


def test_overdispersion_of_counts_that_are_known() -> None:
    """Poisson is 1, negative binomial of variance 3 times the mean is 3; a sample's copies add nothing."""
    generator = np.random.default_rng(43)
    poisson = generator.poisson(200, (2000, 4))
    error = np.sqrt(2 / 3 / 2000)
    assert overdispersion(poisson, 1.0) == pytest.approx(1, abs=4 * error)
    wide = generator.negative_binomial(100, 1 / 3, (2000, 4))
    assert overdispersion(wide, 1.0) == pytest.approx(3, abs=4 * 3 * error * 1.2)
    copies = 10 * generator.poisson(20, (2000, 4))
    assert overdispersion(copies, 0.1) == pytest.approx(1, abs=4 * error)
    assert np.isnan(overdispersion(poisson[:, :1], 1.0))
    assert overdispersion(np.full((3, 4), 5.0), 1.0) == 1.0


def test_what_teams_of_a_run_could_see(tmp_path: Path) -> None:
    """A fifth of admissions gone from the first month is seen by all; nothing where nothing changes."""
    halved = {"emergency_admissions": {"quintile:1": -1600.0}}
    runs = [
        make_run(tmp_path / "baseline", noise=0.0),
        make_run(tmp_path / "less", "less", effect=halved, noise=0.0),
        make_run(tmp_path / "same", "same", noise=0.0),
    ]
    found = detectable(Comparison(runs), ("emergency_admissions", "four_hour_share", "deaths"))
    assert set(found["measure"]) == {"emergency_admissions", "deaths"}  # a share is no count
    admissions = found[found["measure"] == "emergency_admissions"].set_index("run")
    assert len(admissions) == 2 * 18
    assert (admissions.loc["less", "seen_in_month"] <= 2).all()
    assert admissions.loc["same", "seen_in_month"].isna().all()
    assert not admissions.loc["same", "clear"].any()
    assert (admissions["fall_24"] < admissions["fall_6"]).all()
