"""The importer refuses bad evidence; the tables it wrote still meet their totals."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sim.parameters import BY_NAME, PARAMETERS, InputError, read_table
from sim.parameters.importer import main
from sim.parameters.importing.conditions import load_mapping
from sim.parameters.importing.evidence import ages, citation, grade, only_known, read_evidence
from sim.parameters.importing.methods import METHODS, Levels
from sim.parameters.importing.reconciliation import life_expectancy
from sim.parameters.importing.scalars import Constants

AREA = PARAMETERS.parent / "areas" / "dorset"


def test_residents_lists_and_life_expectancy_meet_the_published_totals() -> None:
    scalars = Constants(AREA / "parameters.csv")
    for name in ("population_by_age", "population_by_quintile"):
        sums = read_table(AREA / f"{name}.csv", BY_NAME[name]).groupby("council")["value"].sum()
        for council, total in sums.items():
            assert total == pytest.approx(scalars[f"residents_mid_2022_{council}"], rel=5e-4)
    table = read_table(AREA / "life_table.csv", BY_NAME["life_table"])
    gaps = {}
    for sex in ("male", "female"):
        ends = [
            life_expectancy(dict(zip(rows["age"], rows["mx"], strict=True)))
            for quintile in (1, 5)
            for rows in [table[(table["sex"] == sex) & (table["quintile"] == quintile)]]
        ]
        gaps[sex] = ends[1] - ends[0]
    assert gaps["male"] == pytest.approx(6.3, abs=0.05)
    assert gaps["female"] == pytest.approx(5.4, abs=0.05)


def test_life_expectancy_of_a_constant_rate_is_its_inverse() -> None:
    assert life_expectancy(dict.fromkeys(range(101), 0.02)) == pytest.approx(50.0)


def test_shares_of_deaths_by_cause_add_up() -> None:
    table = read_table(PARAMETERS / "mortality/causes.csv", BY_NAME["causes"])
    assert (table.groupby(["sex", "age_from"])["value"].sum() - 1.0).abs().max() < 1e-6


def test_profiles_have_mean_one() -> None:
    table = read_table(PARAMETERS / "use/profiles.csv", BY_NAME["use_profiles"])
    means = table.groupby(["stream", "dimension"])["value"].mean()
    assert (means - 1.0).abs().max() < 0.01


def test_every_condition_has_what_the_life_course_needs() -> None:
    for key in load_mapping():
        folder = PARAMETERS / "conditions" / key
        assert (folder / "condition.yaml").is_file()
        names = {path.stem for path in folder.glob("*.csv")}
        assert {"prevalence", "mortality", "gradient"} <= names
        assert "incidence" in names


@pytest.mark.parametrize(
    ("band", "span"),
    [
        ("5-9", ("5", "9")),
        ("90+", ("90", "110")),
        ("45", ("45", "45")),
        ("<65", ("0", "64")),
        ("all", ("0", "110")),
    ],
)
def test_age_bands_are_read(band: str, span: tuple[str, str]) -> None:
    assert ages(band) == span


def test_unreadable_bands_grades_and_keys_are_refused() -> None:
    with pytest.raises(InputError):
        ages("old")
    with pytest.raises(InputError):
        grade("Z")
    with pytest.raises(InputError, match="did you mean 'asthma'"):
        only_known("file.csv", "condition", [{"condition": "astma"}], {"asthma"})


def test_evidence_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "evidence.csv"
    path.write_text("key,value,unit\na,1,days\n", encoding="utf-8")
    assert read_evidence(path, ("key", "value", "unit"), ("key",)) == [
        {"key": "a", "value": "1", "unit": "days"}
    ]
    for bad in (
        "key,value,units\na,1,days\n",
        "key,value,unit\na,1\n",
        "key,value,unit\na,1,days\na,2,weeks\n",
    ):
        path.write_text(bad, encoding="utf-8")
        with pytest.raises(InputError):
            read_evidence(path, ("key", "value", "unit"), ("key",))


def test_citations_say_where_and_not_how_a_copy_was_kept() -> None:
    assert citation("ONS (stored page ons.gov.uk/x)") == "ONS (page ons.gov.uk/x)"
    assert citation("plan (given in the brief)") == "plan"


def test_a_wrong_folder_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert main([]) == 2
    assert "allowed: the evidence folder" in capsys.readouterr().err


class TestMethods:
    levels = Levels(
        constants=Constants(PARAMETERS / "parameters.csv"),
        remaining={"cvd": {"ex_under_1": 0.8}, "copd": {"ex_under_1": 0.9}},
        rivals={("BMI35+", "type2_diabetes"): (10.0, 7.0, 14.0)},
    )

    @pytest.mark.parametrize("method", METHODS)
    def test_no_effect_stays_no_effect(self, method: str) -> None:
        for level, (value, low, high), _ in METHODS[method]((1.0, 1.0, 1.0), self.levels):
            if method != "classes":
                assert (value, low, high) == (1.0, 1.0, 1.0), level

    @pytest.mark.parametrize("method", METHODS)
    def test_intervals_hold_their_value(self, method: str) -> None:
        ratio = (0.8, 0.7, 0.9) if method in {"pressure", "cholesterol"} else (2.0, 1.5, 3.0)
        for level, (value, low, high), _ in METHODS[method](ratio, self.levels):
            assert 1.0 <= low <= value <= high, level

    def test_pressure_per_ten_lower_becomes_a_ratio_over_the_difference(self) -> None:
        difference = self.levels.constants["sbp_difference_raised_untreated"]
        level, (value, _, _), _ = METHODS["pressure"]((0.5, 0.4, 0.6), self.levels)[0]
        assert level == "raised_untreated"
        assert math.log(value) == pytest.approx(math.log(2.0) * difference / 10.0)

    def test_quitting_leaves_a_share_of_the_excess(self) -> None:
        found = {level: ratio[0] for level, ratio, _ in METHODS["smoking_cvd"]((3.0, 2.0, 4.0), self.levels)}
        assert found == {"current": 3.0, "ex_under_1": pytest.approx(2.6)}
