"""The baseline beside what was published: `python -m calibration.observed_page --out runs/observed`.

Runs the baseline from April 2024 for two years and writes `docs/validation/observed.md` and `.csv`. Nothing
is fitted here: the page tells how far the model is from each published series as it stands, before any
calibration, and marks what a calibration may look at and what is held out.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.observations import Observation, load, readings
from calibration.targets import FOLDER
from results.measures.registry import measures
from results.runs import Run, load_run
from scenarios.execution import Settings, run_replicates
from sim.interventions.specification import BASELINE

START, YEARS, SEED = "2024-04", 2, 1
TABLE = FOLDER / "dorset_observed.csv"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation"
NAME = "observed"
NOTES = FOLDER / "observed_notes.csv"
INTRODUCTION = """# The baseline beside published series

Made by `python -m calibration.observed_page`. Figures that NHS England published of Dorset's trusts and
practices ([the table, with sources](../../calibration/targets/README.md)) beside the baseline as it stands,
run from {start} for {years} years ({scale:.0%} of residents, {times}, seed {seed}). Nothing was fitted to
them. A *fit* series is one that a calibration may look at, a *hold out* series one that it may not. A run of
a year before the one that the tables are made for has the residents of that year, and use and care of the
tables: what differs between years is growth, and people. Published and model are means over the figures of a
series.
"""
FAR_PER_CENT = 10.0
"""From here on a mean over a series is called far: as the thresholds of `leftshift validate` have it."""


def compared(run: Run, observations: Sequence[Observation]) -> pd.DataFrame:
    """Return each published figure beside the run.

    Args:
        run: A run whose months hold those of the figures.
        observations: Figures; those of other months are left out.

    Returns:
        Columns of `Observation` that tell what it is, `observed`, `error` (its standard error), `model` (mean
        over replicates), `spread` (standard deviation over replicates, nan of one), `ratio`.
    """
    first, last = run.start[0] * 12 + run.start[1] - 1, 12 * YEARS
    inside = [
        one
        for one in observations
        if all(0 <= int(m[:4]) * 12 + int(m[5:]) - 1 - first < last for m in one.months)
    ]
    found = readings(run, inside)
    table = pd.DataFrame([asdict(one) for one in inside])[["measure", "stratum", "period", "unit", "use"]]
    observed = np.array([one.value for one in inside])
    model = found.mean(axis=1).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(observed > 0, model / observed, np.nan)
    return table.assign(
        observed=observed, error=[one.error for one in inside], model=model,
        spread=found.std(axis=1, ddof=1).to_numpy(), ratio=ratio,
    )  # fmt: skip


def by_series(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each series: how many figures, means of both, and the range of their ratios.

    Args:
        table: From `compared`.
    """
    grouped = table.groupby(["use", "measure", "stratum"], sort=False)
    return grouped.agg(
        figures=("observed", "size"), observed=("observed", "mean"), model=("model", "mean"),
        lowest=("ratio", "min"), highest=("ratio", "max"), unit=("unit", "first"),
    ).reset_index().assign(ratio=lambda one: one["model"] / one["observed"])  # fmt: skip


def page(series: pd.DataFrame, settings: Settings, replicates: int) -> str:
    """Return the page as Markdown."""
    held = series[series["use"] != "evidence"].dropna(subset=["ratio"])
    far = held[(held["ratio"] - 1).abs() * 100 > FAR_PER_CENT]
    times = "one replicate" if replicates == 1 else f"{replicates} replicates"
    lines = [
        INTRODUCTION.format(start=settings.start, years=settings.years, scale=settings.scale, times=times,
                            seed=settings.seed),
        f"{len(held) - len(far)} of {len(held)} series have a mean within {FAR_PER_CENT:.0f}% of what was "
        "published.",
        "",
    ]  # fmt: skip
    for title, rows in (
        ("Farther than that", far),
        ("Nearer", held.drop(far.index)),
        ("Shown only: the tables were made of such figures, or they count otherwise",
         series[series["use"] == "evidence"]),
    ):  # fmt: skip
        lines += [f"## {title} ({len(rows)})", "", *_table(rows), ""]
    lines += ["## What the misses say", "", *_notes(far), ""]
    missing = series[series["ratio"].isna()]
    if len(missing):
        names = ", ".join(f"{_label(str(row.measure))} ({row.stratum})" for row in missing.itertuples())
        lines += [f"The run does not record: {names}.", ""]
    return "\n".join(lines)


def _table(rows: pd.DataFrame) -> list[str]:
    """Return rows of series as a table, the lowest ratio first."""
    if not len(rows):
        return ["None."]
    lines = [
        "| measure | of whom | use | figures | published | model | model / published (range) | unit |",
        "|---|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows.sort_values("ratio").itertuples():
        span = f"{row.ratio:.2f}"
        if row.figures > 1:
            span += f" ({row.lowest:.2f} to {row.highest:.2f})"
        cells = (
            _label(str(row.measure)), _stratum(str(row.stratum)), str(row.use).replace("_", " "),
            str(row.figures), _number(row.observed), _number(row.model), span, str(row.unit),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _notes(far: pd.DataFrame) -> list[str]:
    """Return what is known of each miss; one of which nothing is known is named as such."""
    with NOTES.open(encoding="utf-8", newline="") as file:
        notes = {row["measure"]: row["note"] for row in csv.DictReader(file)}
    unknown = "Nothing is known of why."
    return [f"- {_label(name)}: {notes.get(name, unknown)}" for name in dict.fromkeys(far["measure"])] or [
        "None."
    ]


def _stratum(stratum: str) -> str:
    if stratum in {"all", "everybody"}:
        return {"all": "residents", "everybody": "all who are cared for"}[stratum]
    return stratum.partition(":")[2].replace("_", " ").replace("+", " and ")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _label(measure: str) -> str:
    kind, colon, condition = measure.partition(":")
    if colon:
        return f"{condition.replace('_', ' ')}, {kind.replace('_', ' ')}"
    return measures()[measure].label


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the baseline and write the page and its table."""
    parser = argparse.ArgumentParser(description="Hold the baseline against published series.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--page", type=Path, default=PAGE, help="folder of the page")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    settings = Settings(area="dorset", start=START, years=YEARS, scale=given.scale, seed=SEED)
    run_replicates(
        BASELINE, settings, replicates=given.replicates, out=given.out, workers=given.workers, quiet=True
    )
    table = compared(load_run(given.out), load(TABLE))
    given.page.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(given.page / f"{NAME}.csv", index=False, lineterminator="\n")
    text = page(by_series(table), settings, given.replicates)
    (given.page / f"{NAME}.md").write_text(text + "\n", encoding="utf-8")
    print(given.page / f"{NAME}.md")


if __name__ == "__main__":
    main()
