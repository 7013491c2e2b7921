"""Groups against others, gaps in length of life by cause, the curve and the plane.

On runs with known answers.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.comparison import Comparison
from results.inequality.curve import INDEX, concentration
from results.inequality.life_gap import ALL_PARTS, EVERY_AGE, life_gap
from results.inequality.plane import QUADRANTS, cloud, quadrant_shares
from results.measures.series import against_others, values
from results.runs import Run
from results.statistics import mean_interval
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

FIFTHS = ("1", "2", "3", "4", "5")
CAUSES = {"cancer": 0.5, "circulatory": 0.3, "other": 0.2}
YEAR = "2026/27"


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A baseline with a PLUS group and causes of death, one that does nothing, one for the most deprived."""
    folder = tmp_path_factory.mktemp("fair")
    helped = {
        "emergency_admissions": {"quintile:1": -50.0},
        "mortality_ratio": {"quintile:1": -0.1},
    }
    made = [
        make_run(folder / "baseline"),
        make_run(folder / "nothing", "nothing"),
        make_run(folder / "helped", "helped", effect=helped),
    ]
    for run in made:
        for part in run.glob("replicate_*"):
            _add_group(part / "measures.parquet")
            _add_causes(part / "mortality.parquet")
    return Comparison(made)


def _add_group(path: Path) -> None:
    """A tenth of all people, with twice their part of emergency admissions."""
    table = pd.read_parquet(path)
    rows = table[table["dimension"] == "all"].assign(dimension="plus_group", level="learning_disability")
    rows["value"] *= np.where(rows["measure"] == "emergency_admissions", 0.2, 0.1)
    pd.concat([table, rows]).to_parquet(path, index=False)


def _add_causes(path: Path) -> None:
    """Cancer takes half of all deaths, three quarters of the most deprived's."""
    table = pd.read_parquet(path)
    worst = table["quintile"].astype(str) == "1"
    for cause, share in CAUSES.items():
        of_worst = {"cancer": 0.75, "circulatory": 0.15, "other": 0.1}[cause]
        table[f"deaths_{cause}"] = table["deaths"] * np.where(worst, of_worst, share)
    table.to_parquet(path, index=False)


def test_core20_against_the_rest_by_hand(fair: Comparison) -> None:
    """Fifths of equal size have 1.2, 1.1, 1.0, 0.9 and 0.8 of the mean.

    The rest 0.95, the ratio 1.2 / 0.95.
    """
    found = fair.levels("emergency_admission_rate", "core20").set_index(["run", "level"])["value"]
    whole = fair.levels("emergency_admission_rate").set_index("run")["value"]
    assert found["baseline", "group"] == pytest.approx(1.2 * whole["baseline"])
    assert found["baseline", "others"] == pytest.approx(0.95 * whole["baseline"])
    assert found["baseline", "relative_gap"] == pytest.approx(1.2 / 0.95)
    changes = fair.differences("emergency_admission_rate", "core20").set_index(["run", "level"])
    assert changes.loc[("nothing", "absolute_gap"), "difference"] == 0
    assert changes.loc[("nothing", "absolute_gap"), "verdict"] == "identical"
    fall = changes.loc[("helped", "group"), "difference"]
    assert changes.loc[("helped", "others"), "difference"] == pytest.approx(0, abs=1e-9)
    assert changes.loc[("helped", "absolute_gap"), "difference"] == pytest.approx(fall)
    assert changes.loc[("helped", "absolute_gap"), "better"]
    assert changes.loc[("helped", "absolute_gap"), "threshold"] == pytest.approx(
        0.02 * changes.loc[("helped", "absolute_gap"), "baseline"]
    )


def test_a_plus_group_against_everybody_who_is_not_in_it(fair: Comparison) -> None:
    """0.2 of admissions for 0.1 of people against 0.8 for 0.9: a ratio of 2.25."""
    assert fair.plus_groups == ("plus_group:learning_disability",)
    found = fair.levels("emergency_admission_rate", fair.plus_groups[0])
    base = found[found["run"] == "baseline"].set_index("level")["value"]
    assert base["relative_gap"] == pytest.approx(0.2 / 0.1 / (0.8 / 0.9))
    neutral = fair.levels("death_rate", fair.plus_groups[0]).set_index(["run", "level"])["value"]
    assert neutral["baseline", "absolute_gap"] == pytest.approx(0, abs=1e-9)
    assert neutral["baseline", "relative_gap"] == pytest.approx(1)


def test_runs_without_groups_have_none(pair: list[Path]) -> None:
    assert Comparison(pair).plus_groups == ()


def test_totals_are_not_compared_between_groups(fair: Comparison) -> None:
    assert fair.draws(fair.baseline, "emergency_admissions", "core20").empty


def test_life_expectancy_of_core20_is_that_of_its_fifth(fair: Comparison) -> None:
    run = fair.baseline
    found = against_others(run, "life_expectancy_birth", "quintile", "1").droplevel("period")[1]
    fifths = values(run, "life_expectancy_birth", "quintile").set_index(["replicate", "level"])["value"]
    assert found["group"] == fifths[1, "1"]
    assert fifths[1, "2"] < found["others"] < fifths[1, "5"]


@pytest.mark.parametrize("name", ["life_expectancy_birth", "disability_free_life_expectancy_birth"])
@pytest.mark.parametrize("sex", ["female", "male"])
def test_causes_and_ages_add_up_to_the_gap(fair: Comparison, name: str, sex: str) -> None:
    found = life_gap(fair, name, sex)
    gaps = fair.levels(name, f"inequality_{sex}")
    gaps = gaps[gaps["level"] == "absolute_gap"].set_index("run")["value"]
    whole = found[(found["cause"] == ALL_PARTS) & (found["age"] == EVERY_AGE)].set_index("run")["value"]
    np.testing.assert_allclose(whole[gaps.index], gaps, rtol=1e-9)
    by_cause = (
        found[(found["age"] == EVERY_AGE) & (found["cause"] != ALL_PARTS)].groupby("run")["value"].sum()
    )
    by_age = found[(found["cause"] == ALL_PARTS) & (found["age"] != EVERY_AGE)].groupby("run")["value"].sum()
    np.testing.assert_allclose(by_cause[gaps.index], gaps, rtol=1e-9)
    np.testing.assert_allclose(by_age[gaps.index], gaps, rtol=1e-9)
    if name == "life_expectancy_birth":
        cancer = found[(found["age"] == EVERY_AGE) & (found["cause"] == "cancer")].set_index("run")
        assert cancer.loc["baseline", "value"] < gaps["baseline"] < 0  # other causes narrow it
        assert cancer.loc["nothing", "difference"] == 0
        assert cancer.loc["helped", "difference"] > 0


def test_without_causes_ages_alone_are_told(pair: list[Path]) -> None:
    found = life_gap(Comparison(pair), "life_expectancy_birth")
    assert set(found["cause"]) == {"all causes", ALL_PARTS}


def test_only_expectancies_at_birth_are_shared_out(fair: Comparison) -> None:
    with pytest.raises(InputError, match="at birth"):
        life_gap(fair, "life_expectancy_65")


def test_the_curve_and_its_standard_error(fair: Comparison) -> None:
    """Shares of 1.2, 1.1, ... fifths.

    24%, 46%, 66%, 84%; index -0.08 by hand; error as of a mean of three.
    """
    found = concentration(fair, "emergency_admission_rate", YEAR)
    base = found[found["run"] == "baseline"].set_index("level")
    assert list(base["value"][:5]) == pytest.approx([0.24, 0.46, 0.66, 0.84, 1.0])
    assert base.loc[INDEX, "value"] == pytest.approx(-0.08)
    nothing = found[found["run"] == "nothing"]
    assert (nothing["difference"] == 0).all()
    units = fair.draws(fair.baseline, "four_hour_share", "inequality").loc[(YEAR, "concentration_index")]
    share = concentration(fair, "four_hour_share", YEAR)
    error = share[(share["run"] == "baseline") & (share["level"] == INDEX)].iloc[0]["standard_error"]
    assert error == pytest.approx(mean_interval(units.to_numpy(dtype=float))[3] / np.sqrt(3), abs=1e-12)


def test_the_plane_by_hand(fair: Comparison) -> None:
    """Who helps the most deprived alone gains a fifth of what the gap loses: better for all, smaller gap."""
    points, middles, shares = cloud(fair, "emergency_admission_rate", YEAR)
    helped = middles.set_index("run").loc["helped"]
    assert helped["narrowing"] == pytest.approx(5 * helped["gain"])
    assert helped["gain"] > 0
    by = shares.set_index(["run", "quadrant"])["share"]
    assert by["helped", "better_fairer"] == 1
    assert by["nothing", "no_change"] == 1
    assert set(points["run"]) == {"nothing", "helped"}
    ratio = cloud(fair, "emergency_admission_rate", YEAR, "relative_gap")[1].set_index("run")
    assert ratio.loc["helped", "narrowing"] > 0


NUMBERS = st.lists(st.floats(-5, 5), min_size=2, max_size=12)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_quadrants_add_up_and_do_not_depend_on_order(gains: list[float], chance: object) -> None:
    gain = np.array(gains)
    gap = gain[::-1] - 1
    rows = {str(row["quadrant"]): row["share"] for row in quadrant_shares(gain, gap)}
    assert sum(map(float, rows.values())) == pytest.approx(1)  # type: ignore[arg-type]
    assert set(rows) == set(QUADRANTS)
    order = np.arange(gain.size)
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert rows == {str(row["quadrant"]): row["share"] for row in quadrant_shares(gain[order], gap[order])}


def test_a_run_knows_its_own_deaths_by_cause(fair: Comparison) -> None:
    table = Run(fair.baseline.folder).table("mortality")
    assert table[[f"deaths_{cause}" for cause in CAUSES]].sum().sum() == pytest.approx(table["deaths"].sum())
