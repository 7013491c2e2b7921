"""The page `docs/validation/baseline.md`: the baseline's first year against the evidence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

HEADINGS = {
    "independent": (
        "Independent",
        "The figure made no table and nothing was chosen with it in view. Only these comparisons can confirm "
        "the model.",
    ),
    "fitted": (
        "Fitted",
        "A parameter was chosen with the figure in view; if missed, `leftshift validate` ends with 3.",
    ),
    "built-in": (
        "Built in",
        "The figure made a table of the model. Agreement shows that the table does its work, and no more.",
    ),
}
_INTRODUCTION = """# The baseline's first year against the evidence

Written by `leftshift validate`; do not edit. {run}

`ratio` is model / evidence. `z` reads the range of the evidence as a 95% interval and adds computing error
over replicates. `met` means nearer than the threshold of `calibration/thresholds.csv`, a tenth unless it says
otherwise. Grades: A read in a stored copy, B recalled, C derived or assumed, G stated in a plan. Figures of
the evidence are of the years in their sources; the model's year has a further one to four years of growth.

{counts}
"""


def baseline_page(table: pd.DataFrame, run: Mapping[str, object]) -> str:
    """Return the page.

    Args:
        table: Result of `compare_with_evidence`.
        run: What the run was: start, scale, replicates, seed.
    """
    told = f"Start {run['start']}, scale {run['scale']}, {run['replicates']} replicates, seed {run['seed']}."
    lines = [_INTRODUCTION.format(run=told, counts=_counts(table))]
    far = table[(table["met"] == False) & (table["kind"] != "built-in")]  # noqa: E712 - empty is not missed
    lines += ["## Off by more than their threshold", ""]
    lines += [_sentence(row) for _, row in far.iterrows()] or ["None."]
    for kind, (title, meaning) in HEADINGS.items():
        lines += ["", f"## {title}", "", meaning, "", *_rows(table[table["kind"] == kind])]
    return "\n".join(lines) + "\n"


def write_baseline_page(table: pd.DataFrame, run: Mapping[str, object], path: Path) -> Path:
    """Write the page, whole or not at all, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(baseline_page(table, run), encoding="utf-8")
    os.replace(unfinished, path)
    return path


def _counts(table: pd.DataFrame) -> str:
    lines = ["| comparison | figures | met | missed | not recorded |", "|---|---|---|---|---|"]
    for kind, (title, _) in HEADINGS.items():
        met = table[table["kind"] == kind]["met"]
        yes, no = int((met == True).sum()), int((met == False).sum())  # noqa: E712 - empty is neither
        lines.append(f"| {title} | {len(met)} | {yes} | {no} | {len(met) - yes - no} |")
    return "\n".join(lines)


def _rows(table: pd.DataFrame) -> list[str]:
    lines = [
        "| figure | stratum | evidence | range | model | ratio | z | met | grade | source | why so |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for _, row in table.iterrows():
        cells = [
            f"{row['label']} ({row['unit']})", row["stratum"], number(row["target"]),
            f"{number(row['low'])} to {number(row['high'])}", number(row["model"]), _fixed(row["ratio"], 2),
            _fixed(row["z"], 1), _word(row["met"]), row["grade"], row["source"], row["reason"],
        ]  # fmt: skip
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return lines


def _sentence(row: pd.Series) -> str:
    return (
        f"- {row['label']} ({row['stratum']}): model {number(row['model'])} against {number(row['target'])} "
        f"{row['unit']}, ratio {_fixed(row['ratio'], 2)} ({row['kind']})."
    )


def _word(met: object) -> str:
    return "-" if pd.isna(met) else ("yes" if met else "**no**")


def _fixed(value: float | None, places: int) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.{places}f}"


def number(value: float | None) -> str:
    """Return a number with about three figures: 1,234 or 12.3 or 0.123; a dash when there is none."""
    if value is None or pd.isna(value):
        return "-"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.3g}"
