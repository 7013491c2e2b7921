"""Broken study files: each gives exit code 2 and every problem that its first lines expect, all at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import leftshift
from scenarios.study.posterior import METADATA, REQUIRED, write_posterior
from tests.scenarios.test_bad_scenarios import OF_OTHERS

FOLDER = Path(__file__).parents[1] / "data" / "bad_studies"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files with the posteriors that they name: these depend on the version of the code."""
    made = tmp_path_factory.mktemp("bad") / "studies"
    shutil.copytree(FOLDER, made)
    four = {"mortality_exponent_cancer": [0.9, 0.8, 0.95, 1.0]}
    write_posterior(pd.DataFrame(four), made / "other_version.parquet", area="dorset", calibration="tried")
    table = pq.read_table(made / "other_version.parquet")
    other = dict.fromkeys(REQUIRED, "other") | {
        "format_version": "1.4", "code_version": "0.0.1+other", "area": "narnia",
    }  # fmt: skip
    pq.write_table(
        table.replace_schema_metadata({METADATA: json.dumps(other).encode()}), made / "other_version.parquet"
    )
    wide = pd.DataFrame({
        "mortality_exponent_cancer": [0.9, 3.0, 0.95, 0.1], "mortality_exponent_cancr": [0.9] * 4,
        "statin_stops_per_year": [0.1] * 4,
    })  # fmt: skip
    write_posterior(wide, made / "out_of_range.parquet", area="dorset", calibration="tried")
    pq.write_table(pa.table({"mortality_exponent_cancer": [0.9]}), made / "plain.parquet")
    return made


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_each_is_refused_with_all_its_problems(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`leftshift study` names file, line and key, says what to write instead, and runs nothing."""
    monkeypatch.setenv("LEFTSHIFT_SIMULATE", "tests.scenarios.fake:refused")  # were it run all the same
    said = (folder / name).read_text(encoding="utf-8").splitlines()
    wanted = [line.removeprefix("# expect: ") for line in said if line.startswith("# expect: ")]
    (number,) = (int(line.removeprefix("# problems: ")) for line in said if line.startswith("# problems: "))
    code = leftshift._run(["study", str(folder / name), "--out", str(folder / "out")])
    told = capsys.readouterr().err
    assert code == leftshift.Exit.BAD_INPUT, told
    assert [one for one in wanted if one not in told] == [], told
    assert len(told.strip().splitlines()) == number, told
    assert all("allowed:" in line for line in told.strip().splitlines())
    assert not any(words in told for words in (*OF_OTHERS, "Traceback"))
    assert not (folder / "out").exists()
