"""The house: import directions, sizes of rooms, forbidden words, dependencies, the lock."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("sim", "scenarios", "calibration", "results")
LONGEST_MODULE = 400
# Modules over the limit, each with the reason why it is still one room.
LONG_MODULES: dict[str, str] = {}

# Who may not import whom: prefix of the importing module, prefixes it must not import.
FORBIDDEN = {
    "sim": ("scenarios", "calibration", "results", "leftshift"),
    "sim.kernels": (
        "sim.population",
        "sim.health",
        "sim.care",
        "sim.interventions",
        "sim.parameters",
        "sim.observers",
        "sim.model",
    ),
    "sim.parameters": (
        "sim.population",
        "sim.health",
        "sim.care",
        "sim.interventions",
        "sim.observers",
        "sim.model",
    ),
    "sim.population": ("sim.health", "sim.care", "sim.model"),
    "results": ("scenarios", "calibration", "leftshift"),
    "scenarios": ("results", "calibration", "leftshift"),
}
# `results` reads saved tables only: of `sim` it may use the words for bad input and the names of strata.
RESULTS_MAY_IMPORT = ("sim.parameters.errors", "sim.population.strata", "sim.observers.registry")


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield every module's dotted name and file."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, prefix: str) -> bool:
    """Tell whether a module is a package or inside it."""
    return name == prefix or name.startswith(f"{prefix}.")


def test_imports_run_one_way(root: Path) -> None:
    """DESIGN section 3."""
    wrong = []
    for name, path in modules(root):
        for importer, forbidden in FORBIDDEN.items():
            if within(name, importer):
                wrong += [
                    f"{name} imports {one}" for one in imports(path) for no in forbidden if within(one, no)
                ]
    assert wrong == []


def test_results_read_saved_tables_only(root: Path) -> None:
    """The report cannot reach into a model."""
    wrong = [
        f"{name} imports {one}"
        for name, path in modules(root)
        if within(name, "results")
        for one in imports(path)
        if within(one, "sim")
        and one not in {"sim", "sim.parameters"}
        and not any(within(one, allowed) for allowed in RESULTS_MAY_IMPORT)
    ]
    assert wrong == []


def test_a_module_is_read_at_a_sitting(root: Path) -> None:
    """At most 400 lines, or a reason."""
    long = {
        path.relative_to(root).as_posix(): lines
        for _, path in modules(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert set(long) == set(LONG_MODULES), long
    assert all(reason.strip() for reason in LONG_MODULES.values())


def test_rooms_have_names_of_the_field(root: Path) -> None:
    """No module where things go to hide."""
    assert [
        name for name, _ in modules(root) if name.rsplit(".", 1)[-1] in {"utils", "helpers", "misc", "common"}
    ] == []


def tracked(root: Path) -> list[Path]:
    """Return the files that git holds or would hold; without git, those of our folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    return [
        path
        for package in (*PACKAGES, "docs", "tests")
        for path in (root / package).rglob("*")
        if path.is_file()
    ]


# Written in parts, so that this file does not hold them.
FORBIDDEN_WORDS = re.compile(
    r"(^|[^a-zA-Z0-9_.])/(wor"
    r"k|far"
    r"m|roo"
    r"t)/|--(extra-)?index"
    r"-url|NotImplemented"
    r"Error|TO"
    r"DO|FIX"
    r"ME"
)


def test_files_hold_no_forbidden_words(root: Path) -> None:
    """No path of one machine, no address to install from, nothing left for later."""
    wrong = []
    for path in tracked(root):
        if path.suffix in {".lock", ".png", ".parquet", ".xlsx", ".npz"}:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        wrong += [
            f"{path.relative_to(root)}: {line[:80]}"
            for line in text.splitlines()
            if FORBIDDEN_WORDS.search(line)
        ]
    assert wrong == []


def names(requirements: list[str]) -> set[str]:
    """Return the names in a list of requirements."""
    return {re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def test_every_dependency_has_its_line(root: Path) -> None:
    """`docs/dependencies.md` says why each is here, and names no other."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = names(project["dependencies"]).union(*map(names, project["optional-dependencies"].values()))
    page = (root / "docs" / "dependencies.md").read_text(encoding="utf-8")
    told = {row.lower() for row in re.findall(r"^\| ([\w-]+) \|", page, flags=re.MULTILINE)} - {"package"}
    assert told == wanted


def test_the_lock_holds_every_dependency_with_hashes_and_no_address(root: Path) -> None:
    """What pip needs, and nothing of the place where the lock was made."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = names(project["dependencies"]) | names(project["optional-dependencies"]["dev"])
    pinned = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)}
    assert wanted <= pinned
    for block in re.split(r"\n(?=\S)", lock.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_three_commands_are_in_the_makefile(root: Path) -> None:
    """The README's two, and what continuous integration calls."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test", "check", "bench", "docs", "validate", "browser"):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
    assert (root / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "page",
    [
        "scenarios/schema.json",
        "docs/reference/scenario_language.md",
        "docs/reference/scenario_library.md",
        "docs/reference/scenario_evidence.md",
        "docs/reference/programmes.md",
        "docs/reference/network_file.md",
        "docs/reference/network.schema.json",
    ],
)
def test_generated_pages_are_current(root: Path, page: str) -> None:
    """`make docs` was run after what they are made from changed."""
    from docs.generate import PAGES

    assert (root / page).read_text(encoding="utf-8") == PAGES[page]()


def test_every_number_of_the_scenarios_has_a_source(root: Path) -> None:
    """No blank source, no interval that misses its value."""
    import csv

    for name in ("evidence.csv", "default_shares.csv", "measured_costs.csv"):
        with (root / "scenarios" / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["source"].strip(), (name, row)
                assert None not in row, (name, row)
                if row.get("low"):  # one row of evidence records a target that has no figure
                    assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), (name, row)
