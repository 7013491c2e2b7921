"""The command as a user meets it: quick, one message for bad input, the exit codes of the contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("mesa", "pandas", "numba", "numpy", "scipy", "matplotlib", "pyarrow", "pydantic", "networkx")
SMALL = ("--years", "1", "--scale", "0.1", "--quiet")


def leftshift(
    *arguments: object, cwd: Path | None = None, simulate: str = "simulate"
) -> subprocess.CompletedProcess[str]:
    """Run the command with the light function in the place of the model."""
    return subprocess.run(
        [sys.executable, "-m", "leftshift", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(simulate),
        check=False,
    )


def environment(simulate: str) -> dict[str, str]:
    """Return the environment in which the model is replaced."""
    return os.environ | {"PYTHONPATH": str(ROOT), "LEFTSHIFT_SIMULATE": f"tests.scenarios.fake:{simulate}"}


def test_help_imports_nothing_heavy() -> None:
    """`--help` answers without the libraries that take seconds to import."""
    code = (
        "import contextlib, io, sys, leftshift\n"
        "with contextlib.redirect_stdout(io.StringIO()): leftshift._run(['--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_help_is_quick() -> None:
    """Half a second of processor time, the best of five: a busy machine must not decide."""
    best = min(_processor_seconds("--help") for _ in range(5))
    assert best < 0.5


def _processor_seconds(*arguments: str) -> float:
    """Return the processor time that the command took."""
    before = os.times()
    assert leftshift(*arguments).returncode == 0
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


BAD = [
    (("run", "basline"), "baseline"),
    (("run", "--scale", 3), "--scale"),
    (("run", "--scale", 0), "--scale"),
    (("run", "--scale", "nan"), "--scale"),
    (("run", "--years", 0), "--years"),
    (("run", "--years", 51), "--years"),
    (("run", "--years", "x"), "--years"),
    (("run", "--replicates", 0), "--replicates"),
    (("run", "--workers", 0), "--workers"),
    (("run", "--seed", -1), "--seed"),
    (("run", "--seed", 2**63), "--seed"),
    (("run", "--start", "2026-13"), "--start"),
    (("run", "--area", "narnia"), "narnia"),
    (("run", "--projection", "high_migraton"), "did you mean 'high_migration'"),
    (("run", "--risk-factor-trends", "frosen"), "risk_factor_trends"),
    (("run", "--mortality-trend", "none"), "mortality_trend"),
    (("run", "--nonsense", 1), "--nonsense"),
    (("rum",), "rum"),
    (("story", "hom_first"), "did you mean 'home_first'"),
    (("story", "home_first", "--against", "basline"), "baseline"),
    (("story", "home_first", "--years", 0), "--years"),
    (("story", "home_first", "--find", 0), "--find"),
    (("story", "home_first", "--replicate", 0), "--replicate"),
    (("story", "home_first", "--resident", 7, "--among", "copd"), "--among"),
    (("story", "home_first", "--by", "ears"), "did you mean 'years'"),
    (("explore",), "leftshift run"),
    (("explore", "no_such_run"), "no_such_run"),
    (("explore", "no_such_run", "--port", 70000), "--port"),
    (("explore", "no_such_run", "--port", -1), "--port"),
    (("live-model", "baseline"), "live-model"),
    (("study", "no_such_file.yaml"), "no_such_file.yaml"),
    (("study",), "STUDY.yaml"),
    (("scenario", "show", "hom_first"), "home_first"),
    (("scenario", "check", "no_such_file.yaml"), "no_such_file.yaml"),
    (("scenario", "new", "Not A Name"), "Not A Name"),
    (("scenario", "new", "baseline"), "a scenario of the library"),
]


@pytest.mark.parametrize(("arguments", "told"), BAD, ids=lambda value: " ".join(map(str, value)))
def test_bad_input_ends_with_two_and_one_message(
    tmp_path: Path, arguments: tuple[object, ...], told: str
) -> None:
    """One message on standard error, no traceback, nothing written."""
    out = ("--out", "out") if arguments[0] == "run" else ()
    done = leftshift(*arguments, *out, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_made_resumed_and_never_overwritten(tmp_path: Path) -> None:
    """0, 0 and 2."""
    out = tmp_path / "out"
    first = leftshift("run", *SMALL, "--replicates", 2, "--workers", 2, "--out", out)
    assert first.returncode == 0, first.stderr
    assert (out / "manifest.json").is_file()
    assert leftshift("run", *SMALL, "--replicates", 2, "--out", out).returncode == 0
    other = leftshift("run", *SMALL, "--replicates", 2, "--seed", 9, "--out", out)
    assert other.returncode == 2
    assert "give another --out" in other.stderr


def test_our_fault_is_one_with_a_log(tmp_path: Path) -> None:
    """A short message, and where the log is."""
    done = leftshift("run", *SMALL, "--out", tmp_path / "out", simulate="broken")
    assert done.returncode == 1
    assert "fell over" in done.stderr
    assert "Traceback" not in done.stderr
    log = Path(done.stderr.rsplit(" ", 1)[1].strip())
    assert "RuntimeError" in log.read_text(encoding="utf-8")
    log.unlink()


@pytest.fixture
def interrupts_heeded() -> Iterator[None]:
    """Undo what a shell does to commands in its background, where tests may run: they ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts_heeded")
def test_ctrl_c_ends_with_130_and_keeps_what_was_finished(tmp_path: Path) -> None:
    """The first replicate is quick, the second slow: interrupted in between, the first is kept."""
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "leftshift",
        "run",
        *SMALL,
        "--replicates",
        "2",
        "--workers",
        "1",
        "--out",
        str(out),
    ]
    with subprocess.Popen(command, env=environment("slow"), stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (out / "replicate_0001" / "unit.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            _, told = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert (out / "replicate_0001" / "unit.json").is_file()
    assert not (out / "manifest.json").exists()
    assert leftshift("run", *SMALL, "--replicates", 2, "--workers", 1, "--out", out).returncode == 0


@pytest.mark.usefixtures("interrupts_heeded")
def test_the_explorer_says_where_it_is_and_ctrl_c_is_its_ordinary_end(tmp_path: Path) -> None:
    """One line with the address on the loopback; 0 at the end, for nothing was cut short."""
    from tests.results.synthetic import make_run

    run = make_run(tmp_path / "baseline", replicates=1, months=1)
    command = [sys.executable, "-m", "leftshift", "explore", str(run), "--no-browser"]
    with subprocess.Popen(
        command, env=environment("simulate") | {"PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        try:
            said, told = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, told
    assert "closed" in said and "Traceback" not in told


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    """An estimate of time, memory and disk."""
    done = leftshift("run", "--dry-run", "--replicates", 5, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("minutes", "memory", "disk"))
    assert list(tmp_path.iterdir()) == []


def test_the_library_lists_shows_and_checks(root: Path) -> None:
    """All are listed; two of them are checked and shown (tests/scenarios checks every file and variant)."""
    listed = leftshift("scenario", "list")
    assert listed.returncode == 0, listed.stderr
    library = root / "scenarios" / "library"
    assert all(path.stem in listed.stdout for path in library.glob("*.yaml"))
    for name in ("home_first", "tobacco_and_hypertension"):
        checked = leftshift("scenario", "check", library / f"{name}.yaml")
        assert checked.returncode == 0, checked.stderr
        assert leftshift("scenario", "show", name).returncode == 0


def test_a_new_scenario_is_valid(tmp_path: Path) -> None:
    """What `new` writes passes `check`, and is not written twice."""
    assert leftshift("scenario", "new", "mine", cwd=tmp_path).returncode == 0
    checked = leftshift("scenario", "check", "mine.yaml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert leftshift("scenario", "new", "mine", cwd=tmp_path).returncode == 2
