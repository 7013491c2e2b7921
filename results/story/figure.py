"""Both lives as time lines, one under the other: programmes, conditions, frailty, urgent care, beds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from results.figures import INK, PALE, PALETTE, Chart, canvas, finish, styled
from results.story.lines import episodes
from results.story.measures import BEDS, INTERMEDIATE
from results.story.telling import Story
from results.story.wording import DAYS_A_YEAR, MINUTES_A_DAY, date, lower_first, moment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Life = Mapping[str, Any]
ROWS = (
    "Reached by a programme",
    "New conditions, death",
    "Frailty",
    "111, ambulance, A&E",
    "Beds and support",
)
PROGRAMME, HEALTH, FRAILTY, URGENT, BED = range(5)
SHADES = {"mild": ("#E6E8EA", ""), "moderate": ("#B3BAC0", ""), "severe": ("#6F777B", "////")}
SUPPORT = "#B3BAC0"
URGENT_CARE = {"call_111": ("o", -0.27), "ambulance_crews": ("s", 0.0), "ed": ("^", 0.27)}
"""Mark of each kind of urgent care, and how far below its row it is drawn: they come within hours."""
SHORTEST_BAR_YEARS = 0.008
HALF = 0.3
LETTERS_A_RUN = 62.0
"""Letters of a label that fit across the whole width."""


def chart(story: Story, conditions: Mapping[str, str]) -> Chart:
    """Return the figure of a story."""
    with styled():
        drawing, axes = canvas(6.6, rows=2, sharex=True)
        for which, axis in enumerate(axes[:, 0]):
            _life(axis, story.lives[which], story.start, conditions)
            name = "AB"[which]
            axis.set_title(f"{name}: {story.labels[which]}", loc="left", fontweight="bold")
            if story.parting is not None:
                axis.axvline(
                    _years(story.parting.minute, story.start), color=PALETTE[2], ls=(0, (4, 2)), lw=1.6
                )
        _key(drawing)
        title = f"Resident {story.number} under two scenarios"
        return finish(drawing, f"story_{story.number}", title, alternative(story))


def alternative(story: Story) -> str:
    """Return what the figure shows, for those who cannot see it."""
    parts = [f"{name.lower()}: {one} in A and {other} in B" for name, one, other in story.table]
    parted = "The lives are the same throughout."
    if story.parting is not None:
        parted = f"A dashed line marks {date(story.start, story.parting.minute)}, where the lives part."
    return (
        f"Two time lines, A ({story.labels[0]}) above B ({story.labels[1]}). {parted} "
        f"{'; '.join(parts)}. Every mark is told with its date in the table below the figure."
    )


def _years(minute: float, start: str) -> float:
    """Return a minute as a year with its fraction."""
    first = moment(start, 0.0)
    return first.year + (first.timetuple().tm_yday - 1) / DAYS_A_YEAR + minute / (MINUTES_A_DAY * DAYS_A_YEAR)


def _life(axis: Axes, life: Life, start: str, conditions: Mapping[str, str]) -> None:
    first, last = _years(0.0, start), _years(life["end"], start)
    axis.set_xlim(first, last + 0.01 * (last - first))
    axis.set_ylim(len(ROWS) - 0.4, -0.6)
    axis.set_yticks(range(len(ROWS)), ROWS)
    axis.tick_params(axis="y", length=0)
    axis.set_xticks(range(int(first) + 1, int(last) + 1))
    axis.xaxis.set_major_formatter("{x:.0f}")
    for row in range(len(ROWS)):
        axis.axhline(row, color=PALE, lw=1, zorder=0)
    gone = [one["minute"] for one in life["moments"] if one["kind"] == "end"]
    end = _years(min([*gone, life["end"]]), start)
    _frailty(axis, life, start, end)
    _beds(axis, life, start)
    for care, minute in _urgent(life):
        mark, below = URGENT_CARE[care]
        axis.plot([_years(minute, start)], [URGENT + below], mark, ms=5.5, mfc="white", mec=INK, mew=1.2)
    _points(axis, life, start, conditions)
    if gone:
        axis.plot([end], [HEALTH], "X", ms=11, color=INK, zorder=4)
        axis.axvspan(end, last, color=PALE, zorder=0)


def _points(axis: Axes, life: Life, start: str, conditions: Mapping[str, str]) -> None:
    """Draw programmes and new conditions, these with their names where there is room, above or below."""
    for one in life["moments"]:
        if one["kind"] == "reached":
            axis.plot([_years(one["minute"], start)], [PROGRAMME], "*", ms=13, color=PALETTE[0], zorder=3)
    last = {-1: float("-inf"), 1: float("-inf")}
    low, high = axis.get_xlim()
    for year, label in _onsets(life, start, conditions):
        axis.plot([year], [HEALTH], "D", ms=7, color=PALETTE[2], zorder=3)
        width = len(label) * (high - low) / LETTERS_A_RUN
        left = min(year, high - width)
        side = next((side for side in (-1, 1) if last[side] <= left), 0)
        if side:
            axis.text(left, HEALTH + side * 0.36, label, fontsize=10, va="center", ha="left")
            last[side] = left + width


def _onsets(life: Life, start: str, conditions: Mapping[str, str]) -> Iterator[tuple[float, str]]:
    for one in life["moments"]:
        if one["kind"] == "change" and one["attribute"] in life["conditions"] and one["was"] == "no":
            label = conditions.get(one["attribute"], one["attribute"]).split(" diagnosed")[0]
            yield _years(one["minute"], start), lower_first(label)


def _urgent(life: Life) -> Iterator[tuple[str, float]]:
    """Yield each kind of urgent care of each episode, once."""
    for stages in episodes(life).values():
        seen: set[str] = set()
        for one in stages:
            if one["care"] in URGENT_CARE and one["care"] not in seen and one["join"] >= 0:
                seen.add(one["care"])
                yield one["care"], one["join"]


def _frailty(axis: Axes, life: Life, start: str, end: float) -> None:
    """Draw the class of frailty as bands, darker for the frailer."""
    points = [(life["began"] or 0.0, life["state"]["frailty"])]
    points += [
        (one["minute"], one["now"]) for one in life["moments"]
        if one["kind"] == "change" and one["attribute"] == "frailty"
    ]  # fmt: skip
    ends = [*(_years(minute, start) for minute, _ in points[1:]), end]
    for (minute, name), until in zip(points, ends, strict=True):
        if name in SHADES:
            colour, hatch = SHADES[name]
            left = _years(minute, start)
            _bar(axis, FRAILTY, left, until - left, colour, hatch)


def _beds(axis: Axes, life: Life, start: str) -> None:
    """Draw places kept: hospital, ready to leave it, and intermediate care; and life in a care home."""
    for one in life["moments"]:
        if one["kind"] != "stage" or one["start"] is None or one["care"] not in (*BEDS, *INTERMEDIATE):
            continue
        leave = life["end"] if one["leave"] is None else one["leave"]
        left = _years(max(one["start"], 0.0), start)
        width = max(SHORTEST_BAR_YEARS, _years(leave, start) - left)
        if one["care"] in INTERMEDIATE:
            _bar(axis, BED, left, width, SUPPORT)
            continue
        _bar(axis, BED, left, width, PALETTE[0])
        if one["ready"] is not None and not one["next"].startswith("acute_beds"):
            since = _years(max(one["ready"], 0.0), start)
            if (kept := _years(leave, start) - since) > SHORTEST_BAR_YEARS / 2:
                _bar(axis, BED, since, kept, "white", "xxxx")
    ends = [one["minute"] for one in life["moments"] if one["kind"] == "end"]
    at_home = life["state"]["care_home"] == "no"
    since = None if at_home else (life["began"] or 0.0)
    for one in life["moments"]:
        if one["kind"] == "change" and one["attribute"] == "care_home":
            since = one["minute"]
    if since is not None:
        until = _years(min([*ends, life["end"]]), start)
        axis.plot([_years(since, start), until], [BED + 0.4] * 2, color=INK, lw=3, ls=(0, (1, 0.7)))


def _bar(axis: Axes, row: int, left: float, width: float, colour: str, hatch: str = "") -> None:
    axis.barh(row, width, 2 * HALF, left, color=colour, hatch=hatch, edgecolor=INK, lw=0.6, zorder=2)


def _key(drawing: Any) -> None:
    """Write what the marks mean above the panels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    points = [
        ("*", PALETTE[0], PALETTE[0], "programme"), ("D", PALETTE[2], PALETTE[2], "new condition"),
        ("X", INK, INK, "death"), ("o", "white", INK, "call to 111"), ("s", "white", INK, "ambulance"),
        ("^", "white", INK, "A&E"),
    ]  # fmt: skip
    marks: list[Any] = [
        Line2D([], [], marker=marker, ls="", ms=9, mfc=face, mec=edge, label=label)
        for marker, face, edge, label in points
    ]
    bars = [
        *((f"{name}ly frail", *shade) for name, shade in SHADES.items()),
        ("hospital bed", PALETTE[0], ""), ("ready to leave", "white", "xxxx"),
        ("intermediate care", SUPPORT, ""),
    ]  # fmt: skip
    marks += [Patch(fc=colour, ec=INK, hatch=hatch, label=label) for label, colour, hatch in bars]
    marks.append(Line2D([], [], color=INK, lw=3, ls=(0, (1, 0.7)), label="in a care home"))
    marks.append(Line2D([], [], color=PALETTE[2], lw=1.6, ls=(0, (4, 2)), label="the lives part"))
    drawing.legend(handles=marks, loc="outside upper left", ncols=4, frameon=False, fontsize=11)


__all__ = ["alternative", "chart"]
