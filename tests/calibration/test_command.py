"""`leftshift validate` from end to end, on a small run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calibration import load_targets, validate_command
from calibration.built_in import table_targets
from sim.parameters.national import load_national
from tests.metamorphic.watching import world


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    """The exit code and folder of a validation at one resident in fifty."""
    out = tmp_path_factory.mktemp("validation")
    simulate = "tests.calibration.quick:simulate"
    return validate_command(out, scale=0.02, replicates=1, workers=1, quiet=True, simulate=simulate), out


def test_validate_leaves_a_table_and_a_page(validated: tuple[int, Path]) -> None:
    code, out = validated
    table = pd.read_csv(out / "validation.csv")
    assert code in {0, 3}
    assert (code == 3) == bool(((table["use"] == "fit") & (table["met"] == "no")).any())
    assert len(table) == len(load_targets()) + len(table_targets(world()))
    assert (out / "baseline.md").read_text(encoding="utf-8").startswith("# The baseline's first year")


def test_the_start_reproduces_its_tables(validated: tuple[int, Path]) -> None:
    """Cases at the start against prevalence x people, within five standard errors of a sample of 2%.

    The variance of a count is below the count (whole people, sampled), so its error is below
    sqrt(count x scale) / scale. Some twenty comparisons at five standard errors: false alarms below one in
    50,000. The tables give bands and the people single years, so 2% is allowed beside chance.
    """
    table = pd.read_csv(validated[1] / "validation.csv")
    cases = table[
        table["measure"].str.startswith("cases_") & table["source"].str.startswith("the model's table")
    ]
    assert len(cases) == len(load_national().conditions)
    error = (cases["target"] / 0.02) ** 0.5
    assert ((cases["model"] - cases["target"]).abs() <= 5 * error + 0.02 * cases["target"]).all()


def test_every_target_is_either_recorded_or_said_not_to_be(validated: tuple[int, Path]) -> None:
    table = pd.read_csv(validated[1] / "validation.csv")
    silent = set(table[table["model"].isna()]["measure"])
    # a small run may have no death in the open band of one fifth
    assert silent <= {"admission_conversion", "life_expectancy", "life_expectancy_gap"}
