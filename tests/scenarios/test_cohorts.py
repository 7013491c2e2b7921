"""Cohort files: read, refused in words, and followed by runs and studies."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

import leftshift
from docs.generate import PAGES
from scenarios import Study, execution
from scenarios.cohorts import cohorts_of, load_cohort
from scenarios.resuming import other_run
from sim.parameters.errors import InputError

PLAIN = """\
name: older_people
label: People of 75 and over with heart failure
eligible: {age_from: 75, conditions: [heart_failure]}
size: 200
order: most_use
"""


def written(folder: Path, text: str = PLAIN) -> Path:
    """Return a cohort file."""
    path = folder / "cohort.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_says_whom(tmp_path: Path) -> None:
    """Filters are those of a programme; the cohort of the area comes first."""
    usual, mine = cohorts_of("dorset", [written(tmp_path)])
    assert (usual.size, usual.order, usual.eligible.neighbourhoods) == (
        1400, "highest_risk", ("weymouth_and_portland",),
    )  # fmt: skip
    assert (mine.name, mine.size, mine.order) == ("older_people", 200, "most_use")
    assert (mine.eligible.age_from, mine.eligible.conditions) == (75, ("heart_failure",))


@pytest.mark.parametrize(
    ("change", "key", "allowed"),
    [
        (("heart_failure", "heart_faliure"), "eligible.conditions.0", "did you mean 'heart_failure'"),
        (("size: 200", "size: 0"), "size", "1"),
        (("most_use", "most_used"), "order", "most_use"),
        (("size: 200", "sice: 200"), "sice", "size"),
        (("order: most_use", "newcomers: true"), "newcomers", "filters"),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, change: tuple[str, str], key: str, allowed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file, line, key, what was found and what is allowed; exit code 2, and nothing is written."""
    path = written(tmp_path, PLAIN.replace(*change))
    out = tmp_path / "out"
    assert leftshift._run(["run", "--cohort", str(path), "--out", str(out)]) == leftshift.Exit.BAD_INPUT
    told = capsys.readouterr().err
    assert str(path) in told
    assert key in told
    assert allowed in told
    assert not out.exists()


def test_an_unknown_name_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    """A name that is no file is one of ours."""
    with pytest.raises(InputError, match="dorset"):
        load_cohort("dorest", "dorset")
    with pytest.raises(InputError, match="name of another cohort"):
        cohorts_of("dorset", [written(tmp_path, PLAIN.replace("older_people", "highest_risk"))])


def test_a_study_follows_cohorts_beside_it(tmp_path: Path) -> None:
    """In every unit, and in what identifies it."""
    written(tmp_path)
    path = tmp_path / "study.yaml"
    path.write_text("name: few\nscenarios: [baseline]\ncohorts: [cohort.yaml]\n", encoding="utf-8")
    settings = Study.load(path).settings
    assert [cohort.name for cohort in settings.cohorts] == ["highest_risk", "older_people"]
    assert settings.of_model()["cohorts"] == settings.cohorts
    assert asdict(settings)["cohorts"][1]["size"] == 200
    plain = Study.load(path).model_copy(update={"cohorts": []})
    first, second = (
        execution.units_of(spec, one.settings, 1, tmp_path)[0].key
        for one in (Study.load(path), plain)
        for spec in one.specifications(tmp_path)
    )
    assert first != second


def test_a_folder_from_before_cohorts_is_made_again() -> None:
    """It is not taken for another run; one with other cohorts is, and they are named."""
    mine = {"kind": "run", "cohorts": [{"name": "highest_risk"}]}
    assert other_run({"kind": "run"}, mine) == ""
    assert "cohorts older_people, not highest_risk" in other_run(
        {"kind": "run", "cohorts": [{"name": "older_people"}]}, mine
    )


def test_the_schema_is_current(root: Path) -> None:
    """`make docs` was run after the language changed."""
    name = "scenarios/cohort_schema.json"
    assert (root / name).read_text(encoding="utf-8") == PAGES[name]()
