"""Runs and studies: whole or not at all, resumed, the same with any number of workers."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from scenarios import Study, execution, identity, studies
from scenarios.execution import Settings, run_replicates
from scenarios.scenario import Scenario
from sim.interventions.specification import BASELINE
from sim.parameters.errors import InputError

FAKE = "tests.scenarios.fake:simulate"
SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=3)


class Here(Executor):
    """Run in this process, and count."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.ran = 0
        self.fail_after = fail_after

    def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Run at once."""
        future: Future[Any] = Future()
        if self.fail_after is not None and self.ran >= self.fail_after:
            future.set_exception(KeyboardInterrupt())
            return future
        self.ran += 1
        future.set_result(function(*arguments, **keywords))
        return future


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every table below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def run(out: Path, replicates: int = 3, **keywords: Any) -> Path:
    """Run the baseline with the light function."""
    keywords = {"executor": Here(), "simulate": FAKE} | keywords
    return run_replicates(BASELINE, SETTINGS, replicates=replicates, out=out, quiet=True, **keywords)


def test_a_run_leaves_replicates_and_a_manifest(tmp_path: Path) -> None:
    """The layout that results are read from."""
    out = run(tmp_path / "a")
    assert [path.name for path in sorted(out.glob("replicate_*"))] == [f"replicate_000{n}" for n in (1, 2, 3)]
    manifest = execution.read_json(out / "manifest.json")
    assert manifest is not None
    wanted = {
        "schema_version": "1.1",
        "kind": "run",
        "name": "baseline",
        "replicates": 3,
        "seed": 3,
        "start": "2026-04",
    }
    assert {key: manifest[key] for key in wanted} == wanted
    assert not list(out.glob(".*"))


@pytest.mark.slow
def test_workers_do_not_matter(tmp_path: Path) -> None:
    """One and two processes give the same files."""
    one = run(tmp_path / "one", executor=None, workers=1)
    two = run(tmp_path / "two", executor=None, workers=2)
    assert hashes(one) == hashes(two)


def test_finished_replicates_are_not_run_again(tmp_path: Path) -> None:
    """A run grows by what it lacks."""
    run(tmp_path / "a", replicates=2)
    before = hashes(tmp_path / "a")
    again = Here()
    run(tmp_path / "a", replicates=4, executor=again)
    assert again.ran == 2
    assert before.items() <= hashes(tmp_path / "a").items()


def test_an_interrupted_run_keeps_what_was_finished(tmp_path: Path) -> None:
    """Ctrl-C leaves a plan and no manifest, keeps replicates, and the same command ends the work."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", executor=Here(fail_after=1))
    assert not (tmp_path / "a" / "manifest.json").exists()
    plan = execution.read_json(tmp_path / "a" / "plan.json")
    assert plan is not None and (plan["kind"], plan["replicates"], plan["draws"]) == ("run", 3, 0)
    resumed = Here()
    run(tmp_path / "a", executor=resumed)
    assert resumed.ran == 2
    assert not (tmp_path / "a" / "plan.json").exists()
    assert hashes(tmp_path / "a") == hashes(run(tmp_path / "b"))


def test_replicates_that_other_code_made_are_told_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What changed and what to do, in words; resuming under the same code says nothing."""
    run(tmp_path / "a", replicates=2)
    run(tmp_path / "a", replicates=2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(identity, "code_sha256", lambda: "f" * 64)
    again = Here()
    run(tmp_path / "a", replicates=2, executor=again)
    told = capsys.readouterr().err
    assert again.ran == 2
    assert "2 finished replicates were made before this changed: the code of Leftshift" in told
    assert "Give another --out to keep" in told


def test_half_written_replicates_are_swept(tmp_path: Path) -> None:
    """What a killed process left under a temporary name, or without a record, is not taken for a result."""
    out = tmp_path / "a"
    run(out)
    (out / "replicate_0002" / "unit.json").unlink()
    (out / ".replicate_0002.99").mkdir()
    run(out)
    assert (out / "replicate_0002" / "unit.json").is_file()
    assert not (out / ".replicate_0002.99").exists()


def test_what_is_refused_leaves_nothing_and_takes_nothing(tmp_path: Path) -> None:
    """A scenario mended in its file can run in the same folder; finished replicates are kept."""
    broken = "tests.scenarios.fake:refused"
    with pytest.raises(InputError, match="too many"):
        run(tmp_path / "a", simulate=broken)
    assert not (tmp_path / "a").exists()
    run(tmp_path / "a", replicates=1)
    with pytest.raises(InputError, match="too many"):
        run(tmp_path / "a", replicates=2, simulate=broken)
    assert (tmp_path / "a" / "replicate_0001" / "unit.json").is_file()
    assert (tmp_path / "a" / "request.json").is_file()


def test_another_run_is_not_overwritten(tmp_path: Path) -> None:
    """The message names what differs and what to do."""
    run(tmp_path / "a")
    before = hashes(tmp_path / "a")
    other = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=4)
    with pytest.raises(InputError, match=r"--out.*another seed.*give another --out"):
        run_replicates(BASELINE, other, replicates=1, out=tmp_path / "a", executor=Here(), simulate=FAKE)
    assert hashes(tmp_path / "a") == before
    assert (tmp_path / "a" / "manifest.json").is_file()


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    """A folder with other files is left as it is."""
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="no run or study of ours"):
        run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_run_is_not_shrunk(tmp_path: Path) -> None:
    """Fewer replicates than are there would throw work away."""
    run(tmp_path / "a", replicates=3)
    with pytest.raises(InputError, match="at least 3"):
        run(tmp_path / "a", replicates=1)


def test_words_do_not_change_the_key_but_numbers_do(names: object, tmp_path: Path) -> None:
    """A label may be mended without running again; an effect may not."""
    from scenarios.identity import scenario_sha256
    from tests.scenarios.test_language import COHORT, written

    def key(text: str) -> str:
        return scenario_sha256(Scenario.load(written(tmp_path, text)).to_specification())

    assert key(COHORT) == key(COHORT.replace("label: Reach", "label: Reached"))
    assert key(COHORT) != key(COHORT.replace("age_from: 65", "age_from: 70"))


STUDY = (
    "{name: small, area: dorset, start: 2026-04, years: 1, scale: 0.1, seed: 7, replicates: 2, "
    "scenarios: [baseline, baseline2.yaml]}"
)


@pytest.fixture
def study_file(tmp_path: Path, names: object) -> Path:
    """Write a study of two scenarios."""
    (tmp_path / "baseline2.yaml").write_text("extends: baseline\nname: baseline2\n", encoding="utf-8")
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_a_study_resumes_and_is_laid_out_as_runs(study_file: Path, tmp_path: Path) -> None:
    """Each scenario's folder is a run; an interrupted study ends the same."""
    study = Study.load(study_file)
    with pytest.raises(KeyboardInterrupt):
        study.run(tmp_path / "a", beside=tmp_path, quiet=True, executor=Here(fail_after=3), simulate=FAKE)
    assert [done for _, done, _ in studies.status(tmp_path / "a")] == [2, 1]
    plans = [execution.read_json(path) for path in sorted((tmp_path / "a").glob("*/plan.json"))]
    assert [plan["replicates"] for plan in plans if plan] == [2, 2]
    study.run(tmp_path / "a", beside=tmp_path, quiet=True, executor=Here(), simulate=FAKE)
    study.run(tmp_path / "b", beside=tmp_path, quiet=True, executor=Here(), simulate=FAKE)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    for name in ("baseline", "baseline2"):
        manifest = execution.read_json(tmp_path / "a" / name / "manifest.json")
        assert manifest is not None
        assert (manifest["kind"], manifest["replicates"]) == ("run", 2)


def test_a_study_may_name_variants_of_files_and_combinations(tmp_path: Path) -> None:
    """Beside the study's own file, or in the library; a part that is not there is refused by name."""
    (tmp_path / "baseline2.yaml").write_text("extends: baseline\nname: baseline2\n", encoding="utf-8")
    study_file = tmp_path / "study.yaml"
    named = "[baseline, baseline2.yaml@as_evidenced, home_first@as_planned+winter_surge]"
    study_file.write_text(STUDY.replace("[baseline, baseline2.yaml]", named), encoding="utf-8")
    assert Study.load(study_file).scenarios[1] == "baseline2.yaml@as_evidenced"
    study_file.write_text(STUDY.replace("baseline2.yaml", "home_first+winter_surg"), encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'winter_surge'"):
        Study.load(study_file)


def test_what_the_future_is_like_is_part_of_a_study(study_file: Path) -> None:
    """Projection, trends and care reach every unit, and make it another unit."""
    plain = Study.load(study_file)
    chosen = "projection: ageing, mortality_trend: frozen, risk_factor_trends: frozen, care: false, seed: 7"
    study_file.write_text(STUDY.replace("seed: 7", chosen), encoding="utf-8")
    other = Study.load(study_file)
    found = other.settings
    assert (found.projection, found.mortality_trend, found.care) == ("ageing", "frozen", False)
    assert found.risk_factor_trends == "frozen"
    keys = [s.units(study_file.parent, study_file.parent)[0].key for s in (plain, other)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("scale: 0.1", "scale: 3", "scale"),
        ("seed: 7", "sed: 7", "did you mean 'seed'"),
        ("[baseline,", "[basline,", "did you mean 'baseline'"),
        ("area: dorset", "area: narnia", "narnia"),
        ("start: 2026-04", "start: 2026-00", "2026-00"),
        ("seed: 7", "projection: high_migraton", "did you mean 'high_migration'"),
        ("seed: 7", "mortality_trend: frosen", "did you mean 'frozen'"),
        ("seed: 7", "care: perhaps", "care"),
    ],
)
def test_a_broken_study_is_refused(study_file: Path, old: str, new: str, told: str) -> None:
    """File, line, key, found, allowed, nearest."""
    study_file.write_text(STUDY.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Study.load(study_file)
    assert told in refused.value.message()
    assert f"{study_file}, line 1" in refused.value.message()
