"""Charts as SVG and PNG: text as text, direct labels, a palette and markers that survive greyscale."""

from __future__ import annotations

import hashlib
import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.pairing import GREY_VERDICTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
GREY = "#6F777B"
PALE = "#E6E8EA"
INK = "#1D2A33"
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), "-", (0, (5, 1.5)))
WIDTH_INCHES = 8.0
ROW_INCHES = 0.27
TITLE_LETTERS = 68
NAME_LETTERS = 24
KEY_LETTERS = 44
LINE_INCHES = 0.2
TITLE_POINTS = 14
TITLE_LINE_INCHES = 0.26
POINTS_AN_INCH = 72
PNG_DOTS_AN_INCH = 110
PNG_COMPRESSION = 4
"""Of zlib, from 0 to 9: half the time of its usual 6 for a twentieth more bytes."""
PIXELS_A_POINT = 16 / 12
MANY_TEXTS, NEARLY = 20, 2
"""Of more texts in one column only the longest are measured, and those by so many letters shorter."""
FONT = "Arial, Helvetica, sans-serif"
SHORT = 6
"""Letters of a chart's name, hashed, that begin its ids in the page."""
STYLE = {
    "font.size": 12,
    "axes.labelsize": 12,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "axes.titlesize": 12,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "lines.linewidth": 2.2,
    "figure.dpi": 72,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A finished chart: for the page, and as files."""

    name: str
    """Name of the files, and prefix of every id within the drawing."""
    title: str
    """The finding, in words."""
    alt: str
    """What a reader who cannot see it should know."""
    inline: str
    """SVG element for the page, without the title drawn."""
    svg: bytes
    """Stand-alone SVG, with the title drawn."""
    png: bytes
    """The same as a picture."""


@dataclass(frozen=True)
class Series:
    """How one run is drawn, the same in every chart."""

    run: str
    label: str
    colour: str
    marker: str
    dash: Any


def series_of(runs: Sequence[tuple[str, str]], baseline: str) -> dict[str, Series]:
    """Give each run its colour, marker and dash; the baseline is grey.

    Args:
        runs: Pairs of name and label, in order.
        baseline: Name of the baseline.
    """
    looks = {}
    others = [name for name, _ in runs if name != baseline]
    for name, label in runs:
        if name == baseline:
            looks[name] = Series(name, label, GREY, "o", "-")
        else:
            place = others.index(name)
            colour = PALETTE[place % len(PALETTE)]
            looks[name] = Series(
                name, label, colour, MARKERS[(place + 1) % len(MARKERS)], DASHES[place % len(DASHES)]
            )
    return looks


def canvas(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Canvas, np.ndarray]:
    """Return an empty drawing and its axes, shape (rows, columns)."""
    from matplotlib.figure import Figure as Canvas

    drawing = Canvas(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = drawing.subplots(rows, columns, squeeze=False, **options)
    return drawing, axes


def styled() -> Any:
    """Return a context in which drawings take the report's style."""
    import matplotlib as mpl

    return mpl.rc_context(STYLE)


def finish(drawing: Canvas, name: str, title: str, alt: str) -> Chart:
    """Render a drawing for the page and as files: laid out once, drawn once as SVG and once as PNG."""
    _lay_out_by_widest(drawing)
    raw = _svg(drawing, name)
    drawing.set_layout_engine("none")
    lines = textwrap.wrap(title, TITLE_LETTERS)
    head = TITLE_LINE_INCHES * (len(lines) + 0.6)
    alone = _titled(_with_names(raw, title, alt), lines, head * POINTS_AN_INCH)
    inline = _inline(raw, name, title, alt)
    picture = _png(drawing, lines, head, alt)
    return Chart(name=name, title=title, alt=alt, inline=inline, svg=alone.encode(), png=picture)


def _png(drawing: Canvas, lines: Sequence[str], head: float, alt: str) -> bytes:
    """Return the picture of a drawing that is laid out, under its title of `head` inches.

    `savefig` would draw everything once more, to find what lies beyond the edge.
    """
    from matplotlib.figure import Figure
    from PIL import Image, PngImagePlugin

    above = Figure(figsize=(drawing.get_size_inches()[0], head))
    top = 1 - 0.1 / head
    above.text(0.01, top, "\n".join(lines), ha="left", va="top", fontsize=TITLE_POINTS, fontweight="bold")
    pixels = np.concatenate([_pixels(above), _pixels(drawing)])
    kept, picture = PngImagePlugin.PngInfo(), io.BytesIO()
    for key, text in {"Software": "Leftshift", "Description": alt}.items():
        kept.add_itxt(key, text)
    resolution = (PNG_DOTS_AN_INCH, PNG_DOTS_AN_INCH)
    Image.fromarray(pixels).save(
        picture, format="png", pnginfo=kept, dpi=resolution, compress_level=PNG_COMPRESSION
    )
    return picture.getvalue()


def _pixels(drawing: Canvas) -> npt.NDArray[np.uint8]:
    """Return a drawing as pixels (rows, columns, red green blue)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawing.set_dpi(PNG_DOTS_AN_INCH)
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _lay_out_by_widest(drawing: Canvas) -> None:
    """Leave out of the layout what cannot bear on it: it measures every artist twice, most of a chart's time.

    Lines lie within their panels. Of many texts in one column, as beside rows of dots, the longest count.
    """
    for axes in drawing.axes:
        for line in axes.lines:
            line.set_in_layout(False)
        columns: dict[Any, list[Any]] = {}
        for text in axes.texts:
            columns.setdefault((text.get_ha(), getattr(text, "xy", text.get_position())[0]), []).append(text)
        for texts in columns.values():
            letters = [max(map(len, text.get_text().split("\n"))) for text in texts]
            for text, length in zip(texts, letters, strict=True):
                text.set_in_layout(len(texts) <= MANY_TEXTS or length >= max(letters) - NEARLY)


def _titled(svg: str, lines: Sequence[str], head: float) -> str:
    """Draw the title above a stand-alone SVG, in `head` points of added height."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert found is not None, "matplotlib writes a view box"
    width, height = float(found.group(1)), float(found.group(2))
    style = f"font: bold {TITLE_POINTS}px Arial, Helvetica, sans-serif; fill: {INK}"
    step = TITLE_LINE_INCHES * POINTS_AN_INCH
    rows = "".join(
        f'<text x="6" y="{step * (index + 1) - head:.1f}" style="{style}">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )
    sized = (
        f'width="{width:g}pt" height="{height + head:g}pt" viewBox="0 {-head:g} {width:g} {height + head:g}"'
    )
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt" viewBox="[^"]+"', sized, svg, count=1)
    back = f'<rect x="0" y="{-head:g}" width="{width:g}" height="{head:g}" fill="white"/>'
    return svg.replace("</svg>", f"{back}{rows}</svg>")


def _svg(drawing: Canvas, name: str) -> str:
    """Return the SVG text; the salt makes the same drawing give the same text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": name}):
        FigureCanvasSVG(drawing).print_svg(buffer, metadata=nothing)
    return buffer.getvalue()


def _with_names(svg: str, title: str, alt: str) -> str:
    """Add title and description elements, and fonts that every machine has."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"'DejaVu Sans'(?:, [^;\"]*)?", "Arial, Helvetica, sans-serif", svg)
    names = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    return re.sub(r"(<svg[^>]*>)", lambda found: found.group(1) + names, svg, count=1)


def _inline(svg: str, name: str, title: str, alt: str) -> str:
    """Make an SVG fit for the page: own ids, a name for screen readers, groups marked by run and fifth."""
    svg = _with_names(svg[svg.index("<svg") :], title, alt)
    svg = re.sub(r"<g id=\"mark--([^\"]*?)--([^\"]*?)--\d+\">", _marked, svg)
    used = set(re.findall(r"(?:#|url\(#)([A-Za-z][\w.-]*)", svg))
    # Ids of a chart's own, short, since a page has thousands of references to them.
    short = hashlib.sha256(name.encode()).hexdigest()[:SHORT]
    own = {old: f"k{short}{number:x}" for number, old in enumerate(sorted(used))}
    svg = re.sub(r" id=\"([^\"]+)\"", lambda m: f' id="{own[m.group(1)]}"' if m.group(1) in used else "", svg)
    svg = re.sub(r"(href=\"#|url\(#)([A-Za-z][\w.-]*)", lambda m: f"{m.group(1)}{own[m.group(2)]}", svg)
    svg = svg.replace("font-size: 12px; ", "").replace(f"font-family: {FONT}; ", "")
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg).replace("<g/>", "")
    svg = svg.replace("<title>", f'<title id="{name}-title">', 1).replace(
        "<desc>", f'<desc id="{name}-desc">', 1
    )
    svg = re.sub(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>", _opening(name), svg, count=1)
    svg = re.sub(r' (?:d|x|y|transform|points)="[^"]*"', _short, svg)
    return re.sub(r"\n\s*", "\n", svg)


def _short(found: re.Match[str]) -> str:
    """Write the places in an attribute to a tenth of a point, on one line, to keep the page small."""
    text = re.sub(r"-?\d+\.\d\d+", lambda one: f"{float(one.group()):.1f}".removesuffix(".0"), found.group())
    text = re.sub(r"\s+", " ", text).replace(' "', '"')
    # What follows a move without a letter is a line; curves keep their letters.
    return text.replace(" L ", " ") if text.startswith(" d=") and not re.search("[CQ]", text) else text


def _opening(name: str) -> Any:
    """Return a function that writes the opening tag of an inline SVG."""

    def write(found: re.Match[str]) -> str:
        # Twelve points are drawn as sixteen pixels or more: what does not fit scrolls within itself.
        width = float(found.group(1).split()[2]) * PIXELS_A_POINT
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
            f'viewBox="{found.group(1)}" font-family="{FONT}" font-size="12" '
            f'style="min-width:{width:.0f}px;max-width:{1.1 * width:.0f}px" '
            f'aria-labelledby="{name}-title {name}-desc">'
        )

    return write


def _marked(found: re.Match[str]) -> str:
    """Turn a marked id into data attributes that the page's selectors can use."""
    run, fifth = found.group(1), found.group(2)
    parts = [
        f'data-scenario="{escape(run)}"' if run else "",
        f'data-quintile="{escape(fifth)}"' if fifth else "",
    ]
    return f"<g {' '.join(part for part in parts if part)}>"


class Marker:
    """Hands out ids by which the page's selectors find the parts of a drawing."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *artists: Any, run: str = "", fifth: str = "") -> None:
        """Mark artists as belonging to a run, a fifth, or both."""
        for artist in artists:
            self.count += 1
            artist.set_gid(f"mark--{run}--{fifth}--{self.count}")


def colour_of(series: Series, verdict: str = "change") -> str:
    """Return a run's colour, or grey where its change is too small or too uncertain to act on."""
    return GREY if verdict in GREY_VERDICTS else series.colour


def wrapped(text: str, letters: int = NAME_LETTERS) -> str:
    """Return a name on as many lines as it takes, none longer than `letters` where words allow."""
    return "\n".join(textwrap.wrap(text, letters, break_long_words=False)) or text


def lines_of(text: str) -> int:
    """Return on how many lines a text is."""
    return text.count("\n") + 1


def key_columns(looks: Sequence[Series]) -> int:
    """Return in how many columns the runs' names go side by side without leaving the drawing."""
    longest = max(len(line) for s in looks for line in wrapped(s.label, KEY_LETTERS).split("\n"))
    return min(len(looks), 4 if longest <= 16 else 3 if longest <= 24 else 2 if longest <= 36 else 1)


def key_inches(looks: Sequence[Series]) -> float:
    """Return the height that `key_row` takes."""
    rows = -(-len(looks) // key_columns(looks))
    return LINE_INCHES * rows * max(lines_of(wrapped(s.label, KEY_LETTERS)) for s in looks) + 0.15


def key_row(drawing: Canvas, looks: Sequence[Series], *, lines: bool) -> None:
    """Write the runs' names with their marks above the panels, to be read once."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D(
            [], [], color=s.colour, marker=s.marker, ls=s.dash if lines else "", markersize=7,
            label=wrapped(s.label, KEY_LETTERS),
        )
        for s in looks
    ]  # fmt: skip
    columns = key_columns(looks)
    drawing.legend(handles=marks, loc="outside upper left", ncols=columns, frameon=False, handlelength=2.6)


def spread_labels(positions: Sequence[float], gap: float) -> list[float]:
    """Move label positions apart so that neighbours are at least `gap` away, keeping their order."""
    order = np.argsort(positions)
    placed = np.array(positions, dtype=float)[order]
    for _ in range(200):
        short = gap - np.diff(placed)
        if (short <= 1e-9).all():
            break
        for index in np.flatnonzero(short > 0):
            placed[index] -= short[index] / 2
            placed[index + 1] += short[index] / 2
    result = np.empty_like(placed)
    result[order] = placed
    return [float(value) for value in result]


def thousands(axis: Any) -> None:
    """Write an axis' numbers with thousands separated."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(4))

    def write(value: float, _: int) -> str:
        text = f"{abs(value):,.6g}" if abs(value) < 1000 else f"{abs(value):,.0f}"
        return f"\u2212{text}" if value < 0 else text

    axis.set_major_formatter(FuncFormatter(write))


def interval_mark(
    axes: Axes, at: tuple[float, float], ends: tuple[float, float], series: Series, colour: str, *,
    cut: bool = False,
) -> list[Any]:  # fmt: skip
    """Draw one dot with its horizontal interval; hollow where grey says that it is too small to act on.

    `cut` leaves out what is beyond the panel, where its limits do not hold every interval.
    """
    x, y = at
    hollow = colour == GREY and series.colour != GREY
    made: list[Any] = []
    if np.isfinite(ends).all():
        made += axes.plot(ends, [y, y], color=colour, lw=2.4, solid_capstyle="butt", zorder=2, clip_on=cut)
    face = "white" if hollow else colour
    look = {"marker": series.marker, "ms": 7, "color": colour, "mfc": face, "mew": 1.6, "ls": ""}
    made += axes.plot([x], [y], zorder=3, clip_on=cut, **look)
    return made


def pad_for(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[float, float]:
    """Return axis limits that hold all values and zero, with a margin."""
    held = frame[list(columns)].to_numpy(dtype=float)
    held = held[np.isfinite(held)]
    low, high = min(0.0, held.min(initial=0.0)), max(0.0, held.max(initial=0.0))
    margin = 0.06 * (high - low or 1.0)
    return low - margin, high + margin
