"""The page of a network run alone, put together from its folder's tables."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.figures import Chart
from results.flow import sentences as say
from results.flow.charts import SERIES, series_chart, shown_nodes, thinned, welch_chart
from results.flow.diagram import network_diagram
from results.flow.tables import FlowTables
from results.wording import Estimate, number

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent
STYLE = HERE.parent / "report" / "style.css"
_PERIODS = 12  # rows of the table of a chart, for each node
_WELCH_ROWS = 24
_NARROW = 620.0  # points: drawings up to this width fit a page without scrolling
COUNTS = ("turned_away", "diverted", "balked", "reneged", "died", "overflowed")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A finished page, in memory."""

    html: str
    diagram: Chart
    charts: list[Chart]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of the page: the first `headers` cells of a row name it."""

    caption: str
    head: list[str]
    rows: list[list[str]]
    file: str
    headers: int = 1
    words: frozenset[int] = frozenset()


def build(tables: FlowTables) -> Page:
    """Build the page and its drawings."""
    import jinja2

    diagram, series, welch = network_diagram(tables), series_chart(tables), welch_chart(tables)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    verdict = str(tables.manifest["warm_up"]["verdict"])
    html = environment.get_template("flow.html.j2").render(
        style=STYLE.read_text(encoding="utf-8"),
        name=tables.manifest["network"]["label"],
        findings=say.findings(tables),
        warm_up=say.warm_up_sentence(tables),
        warm_up_bad=verdict in {"too_short", "still_changing"},
        precision=say.precision_sentences(tables),
        load=say.load_sentence(tables),
        nodes=nodes_grid(tables),
        routes=routes_grid(tables),
        series=series_grid(tables),
        welch=welch_grid(tables),
        offered=load_grid(tables),
        needed=precision_grid(tables),
        diagram=diagram,
        least_width=round(1.15 * _points(diagram)) if _points(diagram) > _NARROW else 480,
        most_width=round(1.4 * _points(diagram)),
        series_chart=series,
        welch_chart=welch,
        left_out=len(tables.nodes) - len(shown_nodes(tables)),
        grid=tables.manifest["grid"],
        unit=tables.time_unit,
        settings=tables.settings,
        facts=facts(tables),
    )
    return Page(html=html, diagram=diagram, charts=[diagram, series, welch])


def _points(chart: Chart) -> float:
    """Width of a drawing in points."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ', chart.inline)
    assert found is not None, "matplotlib writes a view box"
    return float(found.group(1))


def facts(tables: FlowTables) -> list[tuple[str, str]]:
    """What was run."""
    made, settings = tables.manifest, tables.settings
    files = "; ".join(f"{name} (SHA-256 {digest[:12]})" for name, digest in made["network"]["files"].items())
    return [
        ("Network", files),
        ("Days measured", f"{settings['days']:g}, after a warm-up of {settings['warm_up']:g}"),
        ("Replicates", str(settings["replicates"])),
        ("Seed", str(settings["seed"])),
        ("First day", f"{made['network']['start']} (weekdays and dated changes count from it)"),
        ("Leftshift", str(made["code_version"])),
        ("Made", str(made["created"])[:16].replace("T", " ") + " UTC"),
        (
            "Time taken",
            f"{made['timings']['seconds_simulating']:.1f} s for {made['timings']['events']:,} events",
        ),
    ]


def _share(value: Estimate) -> str:
    return "no limit" if math.isnan(value.mean) else value.text(suffix="%")


def _text(row: Any, name: str) -> str:
    value = say.estimate(row, name)
    return "nobody served" if math.isnan(value.mean) else value.text()


def nodes_grid(tables: FlowTables) -> Grid:
    """The headline table: a node a row, means with intervals."""
    counted = [name for name in COUNTS if name in tables.nodes and tables.nodes[name].any()]
    head = [
        "Node",
        "Places",
        "Arrivals a day",
        f"Mean wait, {tables.time_unit}",
        f"95th percentile of waits, {tables.time_unit}",
    ]
    head += ["Waiting", "Places in use", "Utilisation", "Blocked"]
    head += [name.replace("_", " ").capitalize() for name in counted]
    days = float(tables.settings["days"])
    rows = []
    for row in tables.nodes.itertuples():
        cells = [
            tables.label(row.node),
            tables.places(row.node),
            say.estimate(row, "arrivals", 1 / days).text(),
        ]
        cells += [_text(row, name) for name in ("mean_wait", "p95_wait", "mean_queue", "mean_occupied")]
        cells += [_share(say.estimate(row, "utilisation", 100)), _text(row, "mean_blocked")]
        rows.append(cells + [_text(row, name) for name in counted])
    return Grid(caption="Each node over the measured days", head=head, rows=rows, file="nodes.csv")


def routes_grid(tables: FlowTables) -> Grid:
    """People a day on each way."""
    rows = []
    for row in tables.routes.itertuples(index=False):
        flow = Estimate(row[2], row[3], row[4]).text()
        share = "" if math.isnan(row[5]) else f"{number(100 * row[5], 1)}%"
        rows.append([tables.label(row[0]), tables.label(row[1]), flow, share])
    head = ["From", "To", "People a day", "Share of those who leave"]
    return Grid(caption="Each way through the network", head=head, rows=rows, file="routes.csv", headers=2)


def series_grid(tables: FlowTables) -> Grid:
    """The numbers of the chart through time, a dozen periods a node."""
    rows = []
    for node in shown_nodes(tables):
        part = thinned(tables.series[tables.series["node"] == node], _PERIODS)
        for row in part.itertuples():
            means = [_of(getattr(row, name)) for name in SERIES]
            rows.append([tables.label(node), f"{row.day:g}", *means])
    head = ["Node", "From day", "Places in use", "Waiting", "Blocked"]
    caption = "Means over each period that begins on this day"
    return Grid(caption=caption, head=head, rows=rows, file="series.csv", headers=2)


def _of(value: float) -> str:
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def welch_grid(tables: FlowTables) -> Grid:
    """The numbers of Welch's plot at two dozen days."""
    table: pd.DataFrame = tables.number_in_system
    chosen = table.iloc[:: max(1, -(-len(table) // _WELCH_ROWS))]
    rows = [
        [f"{row.day:.4g}", Estimate(row.in_system, row.low, row.high).text(), _of(row.moving_average)]
        for row in chosen.itertuples()
    ]
    head = ["Day", "People in the network", "Moving average"]
    return Grid(
        caption="People in the network through time", head=head, rows=rows, file="number_in_system.csv"
    )


def load_grid(tables: FlowTables) -> Grid:
    """Offered load against places."""
    rows = []
    for row in tables.offered_load.itertuples():
        unlimited = math.isinf(row.places)
        rows.append(
            [
                tables.label(row.node),
                _of(row.arrivals_per_day),
                _of(row.offered),
                "unlimited" if unlimited else _of(row.places),
                "no limit" if unlimited else f"{number(100 * row.ratio)}%",
            ]
        )
    head = ["Node", "Arrivals a day", "Places needed on average", "Places open on average", "Load"]
    return Grid(
        caption="Load offered to each node, before any queue", head=head, rows=rows, file="offered_load.csv"
    )


def precision_grid(tables: FlowTables) -> Grid:
    """Precision of the mean waits and the replicates needed."""
    rows = [_precision_cells(tables, row) for row in tables.precision.itertuples()]
    head = ["Node", f"Mean wait, {tables.time_unit}", "Half-width, share of the mean", "Replicates needed"]
    head.append("Enough were run")
    caption = f"Replicates for a precision of {100 * tables.settings['precision']:g}%"
    return Grid(caption=caption, head=head, rows=rows, file="precision.csv", words=frozenset({4}))


def _precision_cells(tables: FlowTables, row: Any) -> list[str]:
    """One row of the table of precision."""
    mean, half, relative = row.mean_wait, row.half_width, row.relative_half_width
    share = "not known" if math.isnan(relative) else f"{number(100 * relative, 1)}%"
    return [
        "Whole network, each visit" if row.node.startswith("(") else tables.label(row.node),
        "nobody served" if math.isnan(mean) else Estimate(mean, max(mean - half, 0.0), mean + half).text(),
        "nobody waits" if mean == 0 else share,
        "not known" if math.isnan(row.replicates_needed) else number(row.replicates_needed),
        "yes" if row.met else "no",
    ]
