"""Public files become observed figures: sums, shares, quarters, revisions, one message for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from calibration.importing import import_files, load_mapping, mapping_names
from calibration.observations import load, write
from sim.parameters.errors import InputError
from tests.test_command_line import leftshift

COLUMNS = [
    "Period", "Org Code", "Parent Org", "Org name", "A&E attendances Type 1", "A&E attendances Type 2",
    "A&E attendances Other A&E Department", "A&E attendances Booked Appointments Type 1",
    "A&E attendances Booked Appointments Type 2", "A&E attendances Booked Appointments Other Department",
    "Attendances over 4hrs Type 1", "Attendances over 4hrs Type 2", "Attendances over 4hrs Other Department",
    "Attendances over 4hrs Booked Appointments Type 1", "Attendances over 4hrs Booked Appointments Type 2",
    "Attendances over 4hrs Booked Appointments Other Department",
    "Patients who have waited 4-12 hs from DTA to admission",
    "Patients who have waited 12+ hrs from DTA to admission", "Emergency admissions via A&E - Type 1",
    "Emergency admissions via A&E - Type 2", "Emergency admissions via A&E - Other A&E department",
    "Other emergency admissions",
]  # fmt: skip


def month(folder: Path, label: str, type1: int = 1000, name: str = "", **changed: object) -> Path:
    """Write a month of two trusts and the total as they are published."""
    rows = []
    for code, factor in (("R0D", 3), ("RBD", 1), ("XXX", 9)):
        row = {column: 0 for column in COLUMNS} | {
            "Period": f"MSitAE-{label}", "Org Code": code, "Parent Org": "SOUTH WEST ", "Org name": "A TRUST",
            "A&E attendances Type 1": type1 * factor, "Attendances over 4hrs Type 1": type1 * factor // 4,
            "A&E attendances Booked Appointments Type 1": 20, "Emergency admissions via A&E - Type 1": 200,
            "Patients who have waited 12+ hrs from DTA to admission": 10,
        }  # fmt: skip
        rows.append(row | changed)
    rows.append({**rows[-1], "Period": "TOTAL", "Org Code": "TOTAL"})
    path = folder / f"{name or label}.csv"
    pd.DataFrame(rows)[COLUMNS].to_csv(path, index=False)
    return path


def figures(found: list) -> dict[tuple[str, str, str], float]:
    return {(one.measure, one.stratum, one.period): one.value for one in found}


def test_a_month_gives_each_trust_and_both_together(tmp_path: Path) -> None:
    found = figures(import_files(load_mapping("ae_attendances"), [month(tmp_path, "APRIL-2024")]))
    assert found["ed_attendances", "site:dorset_county", "2024-04"] == 1020
    assert found["ed_attendances", "everybody", "2024-04"] == 3020 + 1020
    assert found["four_hour_share", "site:dorset_county", "2024-04"] == pytest.approx(
        100 * 770 / 1020, abs=1e-3
    )
    # the share of both is of their sums, not the mean of their shares
    assert found["four_hour_share", "everybody", "2024-04"] == pytest.approx(100 * 3040 / 4040, abs=1e-3)
    assert found["twelve_hour_from_decision_share", "everybody", "2024-04"] == 5


def test_a_revision_replaces_and_a_quarter_needs_its_three_months(tmp_path: Path) -> None:
    mapping = load_mapping("ae_attendances")
    files = [month(tmp_path, label) for label in ("APRIL-2024", "MAY-2024", "JUNE-2024", "JULY-2024")]
    files.append(month(tmp_path, "MAY-2024", type1=2000, name="revised"))
    found = figures(import_files(mapping, files, by="quarter"))
    quarter = "2024-04 to 2024-06"
    assert found["ed_attendances", "site:dorset_county", quarter] == 1020 + 2020 + 1020
    assert {period for _, _, period in found} == {quarter}
    share = found["four_hour_share", "site:dorset_county", quarter]
    assert share == pytest.approx(100 * (1 - 1000 / 4060), abs=1e-3)


def test_what_is_not_published_is_not_nothing(tmp_path: Path) -> None:
    path = month(tmp_path, "APRIL-2024")
    text = path.read_text(encoding="utf-8").replace(
        "R0D,SOUTH WEST ,A TRUST,3000", "R0D,SOUTH WEST ,A TRUST,-"
    )
    path.write_text(text, encoding="utf-8")
    found = figures(import_files(load_mapping("ae_attendances"), [path]))
    assert ("ed_attendances", "site:royal_bournemouth+poole", "2024-04") not in found
    assert ("ed_attendances", "everybody", "2024-04") not in found, "a part is not the whole"
    assert found["ed_attendances", "site:dorset_county", "2024-04"] == 1020


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    good = month(tmp_path, "APRIL-2024")
    unlike = tmp_path / "unlike.csv"
    unlike.write_text(
        good.read_text(encoding="utf-8").replace("Org Code", "Organisation Code"), encoding="utf-8"
    )
    dated = month(tmp_path, "SMARCH-2024")
    number = month(tmp_path, "MAY-2024", **{"Other emergency admissions": "many"})
    with pytest.raises(InputError) as error:
        import_files(load_mapping("ae_attendances"), [good, unlike, dated, number, tmp_path / "no.csv"])
    told = error.value.message()
    for words in (
        "no column 'Org Code'; the nearest is 'Organisation Code'",
        "found 'MSitAE-SMARCH-2024'; allowed: a period written as 'MSitAE-%B-%Y'",
        "Other emergency admissions: found 'many'", "no.csv",
    ):  # fmt: skip
        assert words in told
    with pytest.raises(InputError, match="no row of R0X"):
        import_files(load_mapping("ae_attendances"), [good], {"R0X": "site:poole"})


def test_a_register_asks_for_its_year_and_the_practices(tmp_path: Path) -> None:
    path = tmp_path / "PREVALENCE_2425.csv"
    path.write_text(
        "PRACTICE_CODE,GROUP_CODE,REGISTER\nA1,HYP,100\nA2,HYP,50\nA3,HYP,9\nA1,CHD,7\nA2,CHD,*\n"
    )
    mapping = load_mapping("quality_and_outcomes")
    with pytest.raises(InputError) as error:
        import_files(mapping, [path])
    assert "--period" in error.value.message() and "--codes" in error.value.message()
    found = figures(import_files(mapping, [path], {"A1": "all", "A2": "all"}, period="2024/25"))
    assert found["cases:hypertension", "all", "2024/25"] == 150
    assert ("cases:coronary_heart_disease", "all", "2024/25") not in found


def test_daily_counts_become_the_mean_of_a_month(tmp_path: Path) -> None:
    metric = "Number of patients remaining in hospital who no longer meet the criteria to reside"
    rows = [
        {"Period": f"{day:02d}/04/2024", "Org Code": code, "Metric": metric, "Value": value}
        for code, values in (("R0D", (200, 210)), ("RBD", (60, 62)))
        for day, value in enumerate(values, start=1)
    ]
    path = tmp_path / "april.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    found = figures(import_files(load_mapping("acute_discharge"), [path]))
    assert found["nctr_daily", "site:dorset_county", "2024-04"] == 61
    assert found["nctr_daily", "everybody", "2024-04"] == 205 + 61


@pytest.mark.parametrize("name", mapping_names())
def test_each_mapping_names_measures_that_a_table_may_hold(name: str, tmp_path: Path) -> None:
    mapping = load_mapping(name)
    assert mapping.page.startswith("https://") and mapping.licence
    from calibration.observations.observation import unknown_measure
    from sim.parameters.national import load_national

    conditions = tuple(load_national().conditions)
    assert [unknown_measure(figure.measure, conditions) for figure in mapping.figures] == [None] * len(
        mapping.figures
    )


def test_the_command_imports_and_its_table_is_checked(tmp_path: Path) -> None:
    path, out = month(tmp_path, "APRIL-2024"), tmp_path / "mine.csv"
    done = leftshift("targets", "import", "ae_attendances", str(path), "--out", str(out), "--use", "hold_out")
    assert done.returncode == 0, done.stderr
    assert {one.use for one in load(out)} == {"hold_out"}
    assert "no problem" in leftshift("targets", "check", str(out)).stdout
    refused = leftshift("targets", "import", "ae_attendance", str(path), "--out", str(tmp_path / "no.csv"))
    assert refused.returncode == 2 and "did you mean 'ae_attendances'?" in refused.stderr
    assert not (tmp_path / "no.csv").exists()


def test_what_is_imported_can_be_loaded(tmp_path: Path) -> None:
    found = import_files(load_mapping("ae_attendances"), [month(tmp_path, "APRIL-2024")])
    write(found, tmp_path / "table.csv")
    assert [one.key for one in load(tmp_path / "table.csv")] == [one.key for one in found]
