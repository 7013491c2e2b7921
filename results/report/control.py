"""Control charts of a neighbourhood: what a month may do by chance, and where a scenario would stand.

Limits are three standard deviations about the baseline's mean of that month (Shewhart's rule, Montgomery,
Introduction to Statistical Quality Control). The standard deviation is that of one month's count between
repeat runs of the baseline, pooled over the months: it holds chance alone, as a neighbourhood's own
monitoring meets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from results.figures import GREY, INK, PALE, Series
from results.statistics import Array
from results.wording import number

SIGMAS = 3.0
WINTER = ("12", "01", "02")
WIDTH, HEIGHT, LEFT, TOP, FOOT = 460.0, 210.0, 64.0, 14.0, 30.0


@dataclass(frozen=True, kw_only=True)
class Control:
    """A measure month by month with its limits."""

    centre: Array
    """The baseline's mean of each month."""
    sigma: float
    """Standard deviation of one month between repeat runs; NaN with one repeat run."""
    lines: dict[str, Array]
    """Means of each month, by scenario."""

    @property
    def reach(self) -> float:
        """How far a month must be from the baseline to stand out."""
        return SIGMAS * self.sigma

    def outside(self, run: str) -> int:
        """Return in how many months a scenario's mean is outside the limits."""
        return int((np.abs(self.lines[run] - self.centre) > self.reach).sum())


def control(before: Array, after: dict[str, Array]) -> Control:
    """Return centre, spread and lines from values by month and unit, shape (months, units)."""
    spread = np.nan
    if before.shape[1] > 1:
        spread = float(np.sqrt(np.nanmean(before.var(axis=1, ddof=1))))
    means = {run: values.mean(axis=1) for run, values in after.items()}
    return Control(centre=before.mean(axis=1), sigma=spread, lines=means)


def control_chart(
    key: str, title: str, words: str, months: Sequence[str], found: Control, looks: dict[str, Series]
) -> str:
    """Return an SVG element: limits as a band, the baseline's mean in grey, a line for each scenario.

    Args:
        key: Prefix of the ids in it.
        title: Name for screen readers.
        words: Text alternative.
        months: Labels 'YYYY-MM'.
        found: The numbers.
        looks: How each scenario is drawn.
    """
    reach = found.reach if np.isfinite(found.reach) else 0.0
    held = np.concatenate([found.centre - reach, found.centre + reach, *found.lines.values()])
    low, high = float(np.nanmin(held)), float(np.nanmax(held))
    low, high = (low - 1.0, high + 1.0) if high <= low else (low, high)
    wide, tall = WIDTH - LEFT - 8, HEIGHT - TOP - FOOT

    def x(index: float) -> float:
        return LEFT + (index + 0.5) / len(months) * wide

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * tall

    def path(values: Array) -> str:
        return _steps([(round(x(i)), round(y(v))) for i, v in enumerate(values) if np.isfinite(v)])

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'aria-labelledby="{key}-t {key}-d" font-family="Arial, Helvetica, sans-serif" font-size="16">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(words)}</desc>'
    ]
    for index, month in enumerate(months):
        if month[-2:] in WINTER:
            parts.append(
                f'<rect x="{x(index - 0.5):.1f}" y="{TOP:g}" width="{wide / len(months) + 0.3:.1f}" '
                f'height="{tall:g}" fill="{PALE}"/>'
            )
    if reach > 0:
        upper, lower = found.centre + reach, (found.centre - reach)[::-1]
        edge = [(round(x(i)), round(y(v))) for i, v in enumerate(upper)]
        edge += [(round(x(len(months) - 1 - i)), round(y(v))) for i, v in enumerate(lower)]
        parts.append(
            f'<path d="{_steps(edge)}Z" fill="{GREY}" fill-opacity=".14" stroke="{GREY}" '
            'stroke-dasharray="3 3"/>'
        )
    parts.append(f'<path d="{path(found.centre)}" fill="none" stroke="{GREY}" stroke-width="2"/>')
    for run, values in found.lines.items():
        look = looks[run]
        dash = "" if isinstance(look.dash, str) else " ".join(f"{2 * length:g}" for length in look.dash[1])
        parts.append(
            f'<g data-scenario={quoteattr(run)}><path d="{path(values)}" fill="none" stroke="{look.colour}" '
            f'stroke-width="2.2"{f" stroke-dasharray={quoteattr(dash)}" if dash else ""}/></g>'
        )
    for value in (low, high):
        places = 0 if high - low >= 4 else 2
        parts.append(
            f'<text x="{LEFT - 6:g}" y="{y(value) + (12 if value == high else 0):.0f}" text-anchor="end" '
            f'fill="{INK}">{number(value, places)}</text>'
        )
    for index, month in enumerate(months):
        if month[-2:] == "01" or (index == 0 and len(months) <= 12):
            parts.append(
                f'<text x="{x(index):.0f}" y="{HEIGHT - 8:g}" text-anchor="middle" fill="{INK}">'
                f"{month[-2:]}/{month[:4]}</text>"
            )
    return "".join([*parts, "</svg>"])


def _steps(points: Sequence[tuple[int, int]]) -> str:
    """Return a path through points, each told by how far it is from the last: pages have hundreds of them."""
    moves = ["M{} {}".format(*points[0])] if points else []
    for (x, y), (after_x, after_y) in pairwise(points):
        moves.append(f"{after_x - x}{'' if after_y < y else ' '}{after_y - y}")
    return "l".join((moves[0], " ".join(moves[1:]))) if len(moves) > 1 else "".join(moves)
