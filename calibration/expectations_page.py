"""Hold what the library expects against runs: `python -m calibration.expectations_page --out runs/expected`.

Writes `docs/validation/expectations.csv` and `.md`. Runs in the folder are used again, and what is settled
for the scenario as it reads today is not asked again, so that the work may be stopped and gone on with.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from calibration.expectations import evaluate, expectations, folder_of, life_course_alone
from results.expectations import LOOKS, Finding
from scenarios.execution import Settings, Unit, claim, run_request, run_units, units_of
from scenarios.expectations import ExpectField
from scenarios.scenario import library_names
from sim.interventions.specification import BASELINE, ScenarioSpecification

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "validation"
NAME = "expectations"
SCALE, SEED = 0.1, 7
TOGETHER = 12
"""Variants whose runs are made side by side before the table is written."""
FIELDS = (
    "scenario", "measure", "direction", "years", "replicates", "baseline", "difference", "low", "high",
    "holds", "text",
)  # fmt: skip
Row = dict[str, str]


def text_of(scenario: ScenarioSpecification) -> str:
    """Return the fingerprint of a scenario as it reads."""
    return hashlib.sha256(scenario.text.encode()).hexdigest()[:12]


def row_of(found: Finding, text: str) -> Row:
    """Return a finding as a row of the table."""
    one = found.expected
    return {
        "scenario": found.scenario, "measure": one.measure, "direction": one.direction,
        "years": str(one.years),
        "replicates": str(found.replicates), "baseline": f"{found.baseline:.6g}",
        "difference": f"{found.difference:.4g}", "low": f"{found.low:.4g}", "high": f"{found.high:.4g}",
        "holds": "yes" if found.holds else "no", "text": text,
    }  # fmt: skip


def read(path: Path) -> list[Row]:
    """Return the rows of a table, none where it is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write the table whole or not at all."""
    beside = path.with_suffix(".partial")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(path)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is expected of one variant of a scenario, and the runs that it is held against."""

    scenario: ScenarioSpecification
    expected: tuple[ExpectField, ...]
    settings: Settings

    @property
    def text(self) -> str:
        """Return the fingerprint of the scenario as it reads."""
        return text_of(self.scenario)

    def key(self, one: ExpectField) -> tuple[str, ...]:
        """Return what a row of the table is known by."""
        return self.scenario.full_name, one.measure, one.direction, str(one.years), self.text


def asked_of(names: Sequence[str], settings: Settings) -> list[Asked]:
    """Return what is expected of every variant of some scenarios, each with settings that are enough."""
    found = []
    for name in names:
        every = expectations(name)
        for full in dict.fromkeys(scenario.full_name for scenario, _ in every):
            mine = [(scenario, one) for scenario, one in every if scenario.full_name == full]
            scenario = mine[0][0]
            expected = [one for _, one in mine if one.variant in (None, scenario.variant)]
            if expected:
                fit = replace(
                    settings, years=max(one.years for one in expected),
                    care=not life_course_alone(scenario, expected),
                )  # fmt: skip
                found.append(Asked(scenario=scenario, expected=tuple(expected), settings=fit))
    return found


def known_rows(table: Path) -> dict[tuple[str, ...], Row]:
    """Return what is settled already."""
    keys = ("scenario", "measure", "direction", "years", "text")
    return {tuple(row[key] for key in keys): row for row in read(table)}


def run_first_looks(asked: Sequence[Asked], out: Path, workers: int) -> None:
    """Run what the first look at each needs, in one pool: workers that live on start only once."""
    units: dict[Path, Unit] = {}
    for one in asked:
        for scenario in (BASELINE, one.scenario):
            folder = folder_of(scenario, out, one.settings)
            claim(folder, run_request(scenario, one.settings))
            units.update((unit.folder, unit) for unit in units_of(scenario, one.settings, LOOKS[0], folder))
    run_units(list(units.values()), workers=workers)


def settle(names: Sequence[str], out: Path, table: Path, settings: Settings, workers: int) -> list[Row]:
    """Evaluate what is not settled for the scenarios as they read, and return all rows.

    Table and page are written again whenever some scenarios are settled.
    """
    known = known_rows(table)
    every = asked_of(names, settings)
    keys = [one.key(expected) for one in every for expected in one.expected]
    for first in range(0, len(every), TOGETHER):
        some = every[first : first + TOGETHER]
        open_ones = [one for one in some if any(one.key(expected) not in known for expected in one.expected)]
        run_first_looks(open_ones, out, workers)
        for one in open_ones:
            for expected in one.expected:
                if one.key(expected) not in known:
                    found = evaluate(one.scenario, expected, out, one.settings, workers)
                    known[one.key(expected)] = row_of(found, one.text)
                    print(known[one.key(expected)], flush=True)
        settled = [known[key] for key in keys if key in known]
        # Of a scenario that was asked about, rows of how it read before are evidence of nothing any more.
        others = [row for row in known.values() if row["scenario"].partition("@")[0] not in names]
        write(table, settled + others)
        table.with_suffix(".md").write_text(page(settled, settings, len(keys)), encoding="utf-8")
    return [known[key] for key in keys]


def page(rows: Sequence[Row], settings: Settings, asked: int) -> str:
    """Return the page of what is settled, out of how many expectations."""
    held = sum(row["holds"] == "yes" for row in rows)
    lines = [
        "# What scenarios are expected to do", "",
        "Made by `python -m calibration.expectations_page`. Every scenario of the library states which",
        "measures must fall, rise or stay, and why; here each is held against runs on common random numbers,",
        "by the rule in `results/expectations.py` (a scenario that leaves a measure alone passes for a",
        "fall or a rise at most once in a hundred). One that is not clear may be too small for this scale or",
        "this many years; the expectation is then not met, and is not changed for that.", "",
        f"{settings.area.capitalize()}, {settings.scale:.0%} of residents, seed {settings.seed}: {held} of "
        f"{len(rows)} that are settled hold; {asked - len(rows)} of {asked} are not settled yet.", "",
    ]  # fmt: skip
    for title, wanted in (("Not met", "no"), ("Met", "yes")):
        chosen = [row for row in rows if row["holds"] == wanted]
        lines += [f"## {title} ({len(chosen)})", ""]
        if chosen:
            lines += [
                "| scenario | measure | expected | year | baseline | difference (interval) | replicates |",
                "|---|---|---|---:|---:|---:|---:|",
            ]
        lines += [
            f"| {row['scenario']} | {row['measure']} | {row['direction']} | {row['years']} | "
            f"{row['baseline']} | {float(row['difference']):+.4g} ({row['low']} to {row['high']}) | "
            f"{row['replicates']} |"
            for row in chosen
        ]
        lines.append("")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Settle expectations and write the table and the page."""
    parser = argparse.ArgumentParser(description="Hold what scenarios are expected to do against runs.")
    parser.add_argument("names", nargs="*", help="scenarios of the library; all by default")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--page", type=Path, default=FOLDER, help="folder of the table and the page")
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    settings = Settings(area="dorset", start="2026-04", years=1, scale=given.scale, seed=SEED)
    names = given.names or [name for name in library_names() if name != "baseline"]
    given.page.mkdir(parents=True, exist_ok=True)
    settle(names, given.out, given.page / f"{NAME}.csv", settings, given.workers)


if __name__ == "__main__":
    main()
