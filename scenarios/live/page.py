"""What is shown of the model: who is where today, day by day since the start, and the neighbourhood teams."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import solara
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from sim import HealthSystem
from sim.care.nodes import CareNode, NeighbourhoodTeam

SERIES = {
    "acute_beds_occupied": "Acute beds in use",
    "no_criteria_to_reside": "Of these, ready to leave",
    "in_emergency_departments": "In emergency departments",
}
COLOURS = ("#12436D", "#801650", "#28A197")
SHOWN = (
    "acute_beds", "ed", "sdec", "hospital_at_home", "p1", "p2", "p3", "reablement",
    "urgent_community_response", "ambulance_crews", "mental_health_beds",
)  # fmt: skip
"""Kinds of care whose places are drawn."""
LABELS = {
    "acute_beds": "Acute beds", "ed": "Emergency departments", "sdec": "Same day emergency care",
    "hospital_at_home": "Hospital at home", "p1": "Home with support (P1)", "p2": "Community beds (P2)",
    "p3": "Care home, assessed (P3)", "reablement": "Reablement", "ambulance_crews": "Ambulance crews",
    "urgent_community_response": "Urgent response", "mental_health_beds": "Mental-health beds",
}  # fmt: skip
STYLE = (
    "table { border-collapse: collapse; font: 16px Arial, Helvetica, sans-serif; color: #1d2a33 } "
    "table { width: 100% } "
    "th, td { padding: 4px 8px; border-bottom: 1px solid #c5ccd1; text-align: left } "
    "td { text-align: right } "
    # Mesa names its tabs Page 0 and Page 1 and lays parts on a board of fixed size, where tables overlap:
    # all stands on one page, in as many columns as there is room for, each part as long as it is.
    ".v-tabs-bar, .vue-resizable-handle { display: none !important } "
    ".vue-grid-layout { display: grid; height: auto !important; gap: 24px; "
    "grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)) } "
    ".vue-grid-item { position: static !important; width: auto !important; height: auto !important; "
    "transform: none !important; min-width: 0; overflow-x: auto }"
)
NOT_YET = "No day has been run yet. Step runs one; the arrow runs on."
PLAY_INTERVAL_MILLISECONDS = 400
CURRENT: dict[str, Any] = {}
"""The model that is served, what it was made of (`given`), and its name."""


def day(model: HealthSystem) -> int:
    """Return how many days have been run."""
    return round(model.minute / 1440)


def kinds(model: HealthSystem) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield each kind of care with people there, places, people waiting and people who cannot go on."""
    agents = [agent for agent in model.agents if isinstance(agent, CareNode)]
    for kind in SHOWN:
        mine = [one for one in agents if one.kind_of_care == kind]
        if mine:
            yield (
                LABELS[kind], sum(one.occupied for one in mine), sum(one.places or 0 for one in mine),
                sum(one.queue for one in mine), sum(one.blocked for one in mine),
            )  # fmt: skip


def table(head: tuple[str, ...], rows: Iterator[tuple[Any, ...]], caption: str) -> Any:
    """Return a table whose words are text, whatever they hold."""
    top = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    text = f"<caption>{html.escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    return solara.HTML(tag="table", unsafe_innerHTML=text)


def heading(words: str) -> Any:
    """Return a heading of text alone: Mesa's usual one fetches a library for formulas from the web."""
    return solara.HTML(tag="h2", unsafe_innerHTML=html.escape(words))


@solara.component
def Network(model: HealthSystem) -> None:
    """Who is where at the end of the day, as bars of places and as a table."""
    update_counter.get()
    rows = list(kinds(model))
    drawing = Figure(figsize=(6.4, 4.6), layout="constrained")
    axes = drawing.subplots()
    names = [row[0] for row in rows]
    axes.barh(names, [row[2] for row in rows], color="#E6E8EA", edgecolor="#6F777B")
    axes.barh(names, [row[1] for row in rows], color=COLOURS[0], height=0.5)
    axes.barh(names, [row[4] for row in rows], color="#F46A25", height=0.25)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("Blue: there; grey: places;\norange: ready but cannot go on", fontsize=12)
    axes.tick_params(labelsize=12)
    solara.Style(STYLE)
    with solara.Column():
        heading(f"Day {day(model)}: who is where at midnight")
        solara.FigureMatplotlib(drawing, format="png", bbox_inches=None)
        head = ("Kind of care", "There", "Places", "Waiting", "Cannot go on")
        table(head, iter(rows), "The same in numbers")


@solara.component
def Days(model: HealthSystem) -> None:
    """The days so far: what the model's data collector has."""
    update_counter.get()
    frame = model.datacollector.get_model_vars_dataframe()
    if not len(frame):
        with solara.Column():
            heading("The days so far")
            solara.HTML(tag="p", unsafe_innerHTML=NOT_YET)
        return
    drawing = Figure(figsize=(6.4, 4), layout="constrained")
    axes = drawing.subplots()
    for (name, label), colour in zip(SERIES.items(), COLOURS, strict=True):
        if name in frame:
            axes.plot(range(1, len(frame) + 1), frame[name], color=colour, lw=2, marker="o", ms=3)
            last = (len(frame), frame[name].iloc[-1])
            axes.annotate(f" {label}", last, color=colour, va="bottom", ha="right", fontsize=12)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Day", fontsize=12)
    axes.tick_params(labelsize=12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    with solara.Column():
        heading("The days so far")
        solara.FigureMatplotlib(drawing, format="png", bbox_inches=None)
        last = frame.iloc[-1]
        rows = ((label, int(last.get(name, 0))) for name, label in SERIES.items())
        table(("At midnight", "People"), rows, "The last day in numbers")


@solara.component
def Teams(model: HealthSystem) -> None:
    """The neighbourhood teams and how many of the sample each has."""
    update_counter.get()
    teams = [one for one in model.agents if isinstance(one, NeighbourhoodTeam)]
    rows = ((one.name.replace("_", " ").title(), f"{one.list_size:,}") for one in teams)
    with solara.Column():
        heading("Neighbourhood teams")
        table(("Team", "Residents of the sample"), rows, "Registered today")


@solara.component
def Page() -> None:
    """The model with Mesa's controls: step, play, start again with another seed."""
    given = CURRENT["given"]
    fixed = {key: value for key, value in given.items() if key != "rng"}
    seed = {"type": "SliderInt", "value": int(given["rng"]), "label": "Seed", "min": 1, "max": 20, "step": 1}
    SolaraViz(
        CURRENT["model"], components=[(Network, 0), (Days, 0), (Teams, 0)],
        model_params={**fixed, "rng": seed}, name=CURRENT["name"],
        play_interval=PLAY_INTERVAL_MILLISECONDS,
    )  # fmt: skip
