"""The page `docs/validation/chain.md` and its figure: how fewer pathway 1 places are felt along the chain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scenarios.execution import Settings

COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D")
"""The Analysis Function's palette, told apart by the colour-blind."""


def write_chain_page(
    table: pd.DataFrame, refused: Mapping[float, str], settings: Settings, replicates: int, folder: Path
) -> Path:
    """Write `chain.md` and `chain.svg` and return the page.

    Args:
        table: What `run_chain` measured.
        refused: What was said of each ratio that was refused.
        settings: What was run.
        replicates: How many times.
        folder: Where both go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw_chain(table, folder / "chain.svg")
    page = folder / "chain.md"
    page.write_text(chain_page(table, refused, settings, replicates), encoding="utf-8")
    return page


def chain_page(table: pd.DataFrame, refused: Mapping[float, str], settings: Settings, replicates: int) -> str:
    """Return the page's text; arguments as for `write_chain_page`."""
    lines = [
        "# The chain from pathway 1 to the ambulance",
        "",
        "Written by `python -m calibration.chain --page docs/validation`; do not edit.",
        f"Start {settings.start}, {settings.years} year, scale {settings.scale:g}, {replicates} paired "
        f"replicates, seed {settings.seed}.",
        "",
        "The places of pathway 1 (home visits a day, both councils) are multiplied by a ratio and nothing "
        "else is changed: the same residents, the same needs, the same draws. An elasticity of -2 says that "
        "one per cent fewer places makes the figure two per cent larger. Intervals are 95% over replicates: "
        "computing error only. They do not hold the uncertainty of the figures that the network is made of.",
        "",
        "![Each link of the chain against its baseline, by how many places pathway 1 has](chain.svg)",
        "",
    ]
    for ratio, rows in table.groupby("ratio", sort=True):
        lines += [f"## Places times {ratio:g}", "", *_rows(rows), ""]
    if refused:
        lines += ["## Refused", "", "Below these ratios some node would be offered more than its places:", ""]
        lines += [f"- times {ratio:g}: `{' '.join(said.split())}`" for ratio, said in sorted(refused.items())]
        lines.append("")
    return "\n".join(lines)


def _rows(rows: pd.DataFrame) -> list[str]:
    head = ["| link | unit | baseline | with fewer or more places | change (95%) | elasticity (95%) | why |"]
    lines = [*head, "|---|---|---|---|---|---|---|"]
    for row in rows.itertuples():
        change = f"{row.change:+.3g} ({row.change_low:+.3g} to {row.change_high:+.3g})"
        elasticity = f"{row.elasticity:.2f} ({row.elasticity_low:.2f} to {row.elasticity_high:.2f})"
        if row.baseline_low <= 0.0:
            elasticity = "none: next to nothing before"
        lines.append(
            f"| {row.link} | {row.unit} | {row.baseline:.4g} | {row.value:.4g} | {change} | {elasticity} "
            f"| {row.why} |"
        )
    return lines


def draw_chain(table: pd.DataFrame, path: Path) -> None:
    """Draw each link's ratio to its baseline, one panel for all ratios of places, as SVG."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    table = table[table["baseline_low"] > 0.0]  # of next to nothing there is no percentage
    names = list(dict.fromkeys(table["link"]))
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "chain", "font.size": 10}):
        figure, axes = plt.subplots(figsize=(9.5, 0.62 * len(names) + 1.6), layout="constrained")
        ratios = sorted(table["ratio"].unique())
        for i, ratio in enumerate(ratios):
            rows = table[table["ratio"] == ratio].set_index("link").loc[names]
            heights = np.arange(len(names)) + (i - (len(ratios) - 1) / 2) * 0.17
            relative = 100.0 * rows["change"] / rows["baseline"]
            low, high = (100.0 * rows[f"change_{end}"] / rows["baseline"] for end in ("low", "high"))
            axes.errorbar(
                relative, heights, xerr=[relative - low, high - relative], fmt="osD^vP"[i % 6], capsize=3,
                color=COLOURS[i % len(COLOURS)], label=f"{100 * (ratio - 1):+.0f}% places", markersize=5,
            )  # fmt: skip
        axes.axvline(0.0, color="#3D3D3D", linewidth=0.8)
        axes.set_yticks(range(len(names)), [_wrap(name) for name in names])
        axes.invert_yaxis()
        axes.set_xlabel("Change against the baseline, % (95% interval over replicates)")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.legend(frameon=False, loc="best", title="Pathway 1")
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _wrap(text: str, width: int = 34) -> str:
    """Break a label over lines."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
