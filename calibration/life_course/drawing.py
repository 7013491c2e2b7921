"""How figures of the page look: told apart without colour, a finding as title, a text alternative."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.chain_page import COLOURS

MARKERS = "osD^vPX*"
LINES = ("-", "--", "-.", ":")
GREY = "#6B6B6B"
ALLOWED = "#DDDDDD"
"""Behind the marks: how far off a figure may be."""
_WIDTH = 8.5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure that was drawn."""

    path: Path
    told: str
    """The text alternative: what it shows and what is seen."""


@contextmanager
def sheet(path: Path, height: float = 4.0, panels: int = 1) -> Iterator[Any]:
    """Give axes to draw on, one or a list of them for several panels, and save them as SVG at the end.

    Args:
        path: Where the drawing goes.
        height: Inches.
        panels: Axes side by side, with one scale of y.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    style = {"svg.fonttype": "none", "svg.hashsalt": path.stem, "font.size": 9, "axes.titlesize": 10}
    with plt.rc_context(style):
        figure, axes = plt.subplots(1, panels, figsize=(_WIDTH, height), layout="constrained", sharey=True)
        every = [axes] if panels == 1 else list(axes)
        for each in every:
            each.spines[["top", "right"]].set_visible(False)
        yield every[0] if panels == 1 else every
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def titled(axes: Any, finding: str) -> None:
    """Write the finding above the drawing, at its left."""
    axes.set_title(finding, loc="left", wrap=True)


def colour(k: int) -> str:
    """Return the k-th colour."""
    return COLOURS[k % len(COLOURS)]
