"""The page of a network run alone: from tables only, readable without a script, by everybody."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from results.flow import write_page
from results.flow.diagram import CLASSES
from results.flow.layout import layered
from results.flow.tables import load_flow
from sim.care import flow_command
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NETWORK = """\
label: Ward <and> clinic
time_unit: hour
nodes:
  assessment: {places: 7, service: {distribution: lognormal, mean: 1.2, sd: 0.8}, external_queue: 6}
  ward: {places: 62, internal_queue: 0, service: {distribution: exponential, mean: 72}}
  virtual: {places: unlimited, service: {distribution: exponential, mean: 48}}
arrivals:
  assessment: {rate: 3.5}
routes:
  assessment: {ward: 0.2, virtual: 0.1, home: remainder}
  ward: {assessment: 0.05, home: 0.95}
  virtual: {home: 1}
exits: [home]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small flow, page included."""
    folder = tmp_path_factory.mktemp("flow")
    (folder / "net.yaml").write_text(NETWORK, encoding="utf-8")
    return flow_command(folder / "net.yaml", 120, 5, 4, 1, folder / "out", finish=write_page).parent


@pytest.fixture(scope="module")
def html(made: Path) -> str:
    return (made / "flow.html").read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))


def test_the_page_is_one_offline_file_without_a_script(html: str) -> None:
    page = Outline(html)
    assert "script" not in page.tags
    loads = [a for _, a in page.attributes if "src" in a or str(a.get("href", "#")).startswith("http")]
    assert loads == []
    assert len(html) < 2_000_000


def test_the_page_is_built_for_everybody(html: str) -> None:
    page = Outline(html)
    assert page.tags.count("h1") == page.tags.count("main") == 1
    ids = [a["id"] for _, a in page.attributes if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {str(a["href"])[1:] for tag, a in page.attributes if tag == "a"}
    assert targets <= set(ids)
    assert page.tags.count("svg") == 3 == page.tags.count("figure")
    assert all(a.get("role") == "img" and a.get("aria-labelledby") for t, a in page.attributes if t == "svg")
    assert page.tags.count("table") == page.tags.count("caption") == 6
    assert all(a.get("scope") for tag, a in page.attributes if tag == "th")


def test_the_page_tells_what_the_tables_hold(made: Path, html: str) -> None:
    tables = load_flow(made)
    assert "Ward &lt;and&gt; clinic" in html
    fullest = tables.nodes.dropna(subset=["utilisation"]).sort_values("utilisation")["node"].iloc[-1]
    assert f"The fullest node is {fullest}" in html
    turned = tables.nodes.set_index("node")["turned_away"]["assessment"]
    assert (turned > 0) == ("Turned away: " in html)
    assert tables.manifest["network"]["files"]["net.yaml"][:12] in html
    for name in ("nodes", "routes", "series", "number_in_system", "offered_load", "precision"):
        assert f"{name}.csv" in html


def test_a_warm_up_that_is_too_short_is_said_first(made: Path, html: str) -> None:
    """The ward takes weeks to fill; five days cannot do."""
    verdict = load_flow(made).manifest["warm_up"]
    assert verdict["verdict"] == "too_short"
    assert html.index("is too short") < html.index("<main")
    assert f"--warm-up {int(np.ceil(verdict['suggested_days']))} or more" in html


def test_the_diagram_is_named_and_drawn_twice(made: Path) -> None:
    svg = (made / "network.svg").read_text(encoding="utf-8")
    assert "<title>" in svg and "<desc>" in svg
    assert "assessment" in svg
    assert (made / "network.png").read_bytes().startswith(b"\x89PNG")


def test_the_palette_gets_darker_and_its_letters_can_be_read() -> None:
    """WCAG 2.2 contrast of at least 4.5 of letters on every fill."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lights = [light(fill) for _, fill, _, _ in CLASSES]
    assert lights == sorted(lights, reverse=True)
    for _, fill, ink, _ in CLASSES:
        high, low = sorted((light(fill), light(ink)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, fill


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 45), st.randoms(use_true_random=False))
def test_no_box_covers_another(nodes: int, random: Any) -> None:
    """Also with rings, loops, islands and forty-five nodes; ways forward go right."""
    names = [f"n{i}" for i in range(nodes)]
    graph = nx.DiGraph()
    graph.add_nodes_from(names)
    graph.add_edges_from((random.choice(names), random.choice(names)) for _ in range(2 * nodes))
    layout = layered(graph, names[: 1 + nodes // 5])
    columns: dict[float, list[float]] = {}
    for column, height in layout.at.values():
        columns.setdefault(column, []).append(height)
    for heights in columns.values():
        assert (np.diff(sorted(heights)) >= 1.0 - 1e-6).all()
    for start, end in graph.edges:
        if (start, end) not in layout.back:
            assert layout.at[start][0] < layout.at[end][0]


def test_one_replicate_and_nobody_waiting_make_a_page(tmp_path: Path) -> None:
    text = NETWORK.replace("places: 7", "places: unlimited").replace("places: 62", "places: unlimited")
    (tmp_path / "net.yaml").write_text(text.replace("internal_queue: 0, ", ""), encoding="utf-8")
    folder = flow_command(tmp_path / "net.yaml", 3, 0, 1, 1, tmp_path / "out", finish=write_page).parent
    html = (folder / "flow.html").read_text(encoding="utf-8")
    assert "Nobody waits" in html
    assert "cannot be told" in html
    assert not re.search(r"\bnan\b", html)


def test_what_is_no_flow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no manifest"):
        write_page(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"kind": "run"}), encoding="utf-8")
    with pytest.raises(InputError, match="kind run"):
        write_page(tmp_path)


# ------------------------------------------------------------------------------------ in a browser
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is needed: install the package chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(
    browser: Browser, made: Path, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_context(viewport={"width": width, "height": 800}, offline=True).new_page()
    page.goto((made / "flow.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
