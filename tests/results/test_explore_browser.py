"""The explorer in a real browser: every view by mouse and keyboard, a model to step, axe, a phone."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from results.explore.beyond import Beyond
from results.explore.explored import Explored
from results.explore.server import Explorer, Server
from results.explore.views import Views
from tests.results.test_report_browser import browser, picture  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
MARKUP = "<img src=x onerror=alert(1)>"
TELLS = (
    "import pathlib, sys; folder = pathlib.Path(sys.argv[1]); folder.mkdir();"
    "(folder / 'story.html').write_text('<!DOCTYPE html><html lang=en><title>Two lives</title>"
    "<h1>Resident 7</h1><p>Until 3 May 2027 the two lives are the same.</p>"
    "<script>parent.alert(1)</script></html>')"
)
VIEWS = ("network", "neighbourhoods", "people", "compare", "today", "story", "live")


WRONG: list[str] = []
"""What no test may bring about: errors of a script, dialogues, requests to any other address."""


@pytest.fixture(autouse=True)
def nothing_wrong() -> Iterator[None]:
    WRONG.clear()
    yield
    assert WRONG == []


def counted(chosen: Any) -> dict[str, Any]:
    """Stand in for today's people: a count that the choices decide."""
    people = 1000 - 100 * len(chosen.get("sexes", [])) - int(chosen["age_from"])
    row = {"label": MARKUP, "people": people, "share": 100.0, "rate": 5.0}
    table = {"title": "Where they are", "head": "Team", "rows": [row]}
    return {"people": people, "registered": 2000, "per_cent": people / 20, "sentences": [], "tables": [table]}


CHOICES = {
    "lists": [{"key": "sexes", "label": "Sex", "options": [{"key": "female", "label": f"Women {MARKUP}"}]}]
}


@pytest.fixture(scope="module")
def server(runs: list[Path]) -> Iterator[Server]:
    beyond = Beyond(
        cohort=counted, cohort_choices=lambda: CHOICES, no_live="not installed: solara",
        story=lambda chosen, out: [sys.executable, "-c", TELLS, str(out)], environment=dict(os.environ),
    )  # fmt: skip
    explorer = Explorer(Views(Explored(runs)), beyond)
    found = Server(explorer)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()
    explorer.close()


def opened(browser: Browser, server: Server, width: int = 1400, view: str = "") -> Page:  # noqa: F811
    """Open the explorer, and watch for what may not be."""
    page = browser.new_context(viewport={"width": width, "height": 950}, reduced_motion="reduce").new_page()
    own = (f"http://127.0.0.1:{server.port}/", "data:")
    page.on("pageerror", lambda error: WRONG.append(f"script error: {error}"))
    page.on("dialog", lambda dialog: (WRONG.append(f"dialogue: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: asked.url.startswith(own) or WRONG.append(f"asked {asked.url}"))
    page.goto(server.address)
    page.wait_for_selector("#network .box")
    if view:
        go(page, view)
    return page


def go(page: Page, view: str) -> None:
    """Open a view and wait until it has what it asked for."""
    page.locator(f"nav.views a[href='#{view}']").click()
    page.wait_for_selector(f"#view-{view}:not([hidden])")
    page.locator("body[aria-busy]").wait_for(state="detached")


def test_the_slider_moves_every_number_by_keyboard(browser: Browser, server: Server, tmp_path: Path) -> None:  # noqa: F811
    page = opened(browser, server)
    assert "key=" not in page.url, "the key does not stay in the address"
    page.locator("#month").focus()
    page.keyboard.press("Home")
    assert page.locator("#month-name").inner_text() == "April 2026"
    box = page.locator("#box-p1 .people")
    before = box.inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#month").get_attribute("aria-valuetext") == "May 2026"
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    assert box.inner_text() != before, "a winter month has more people than April"
    assert "January 2027" in page.locator("#network-finding").inner_text()
    page.locator("#box-p1").press("Enter")
    page.wait_for_selector("#network-detail table")
    assert page.locator("#box-p1").get_attribute("aria-pressed") == "true"
    shown = float(box.inner_text().split()[0].replace(",", ""))
    table = page.locator("#network-detail table").first.locator("tbody td").nth(1).inner_text()
    assert float(table.split()[0].replace(",", "")) == pytest.approx(shown, rel=0.01)
    picture(page, tmp_path, "explore_network")


def test_a_neighbourhood_is_chosen_and_the_table_sorted(
    browser: Browser, server: Server, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    page = opened(browser, server, view="neighbourhoods")
    assert page.locator(".tile").count() == 18
    page.locator(".tile").nth(4).click()
    name = page.locator(".tile").nth(4).locator("span").inner_text()
    assert page.locator("#int-detail h3").inner_text().startswith(name)
    first = page.locator("#int-table tbody th").first
    page.get_by_role("button", name="Difference", exact=True).click()
    page.get_by_role("button", name="Difference", exact=True).click()
    assert page.locator("#int-table thead th").nth(3).get_attribute("aria-sort") is not None
    assert first.inner_text()
    page.select_option("#int-measure", "ed_attendances")
    page.locator("#int-definition", has_text="Emergency department attendances:").wait_for()
    picture(page, tmp_path, "explore_neighbourhoods")


def test_scenarios_are_compared_with_each_other(browser: Browser, server: Server, tmp_path: Path) -> None:  # noqa: F811
    page = opened(browser, server, view="compare")
    page.select_option("#run", "prevention")
    row = page.locator("#contrast tr", has_text="Emergency admissions")
    page.locator("#contrast h3", has_text="Tobacco").wait_for()
    assert "Clear, and large enough to matter" in row.inner_text()
    change = row.locator("td").nth(3).inner_text()
    assert re.match(r"−[\d,]+ \(−[\d,]+ to −[\d,]+\)", change), change
    page.select_option("#against", "home_first")
    page.locator("#contrast h3", has_text="against Home first").wait_for()
    page.select_option("#against", "prevention")
    page.locator("#contrast", has_text="two different").wait_for()
    page.select_option("#against", "baseline")
    page.get_by_role("button", name="Emergency admissions").click()
    page.wait_for_selector("#contrast-detail svg")
    page.select_option("#dimension", "quintile")
    page.locator("#contrast-detail h3", has_text="most deprived").wait_for()
    picture(page, tmp_path, "explore_compare")


def test_people_cohort_and_story(browser: Browser, server: Server, tmp_path: Path) -> None:  # noqa: F811
    page = opened(browser, server, view="people")
    assert page.locator("#pyramid svg rect").count() >= 36
    page.select_option("#fifth", "1")
    page.locator("body[aria-busy]").wait_for(state="detached")
    go(page, "today")
    page.locator("#cohort-said", has_text="1,000 people").wait_for()
    page.get_by_label(f"Women {MARKUP}").check()
    page.locator("#cohort-said", has_text="900 people").wait_for()
    assert MARKUP in page.locator("#cohort-answer").inner_text()
    go(page, "story")
    page.get_by_role("button", name="Tell a story").click()
    inside = page.frame_locator("#story-page iframe")
    inside.get_by_text("Resident 7").wait_for(timeout=20_000)
    picture(page, tmp_path, "explore_story")


def test_hostile_names_stay_text(browser: Browser, server: Server) -> None:  # noqa: F811
    page = opened(browser, server)
    page.select_option("#run", "hostile")
    for view in VIEWS:
        go(page, view)
    assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize("width", [1400, 390])
def test_accessibility_checker_finds_nothing(
    browser: Browser, server: Server, tmp_path: Path, width: int  # noqa: F811
) -> None:  # fmt: skip
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, server, width)
    page.locator("#box-p1").click()
    for view in VIEWS:
        go(page, view)
        if view == "neighbourhoods":
            page.locator(".tile").first.click()
        found = Axe().run(page).response["violations"]
        assert not found, (view, [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found])
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, f"{view} scrolls sideways"
        picture(page, tmp_path, f"explore_{view}_{width}")


def test_an_answer_is_on_the_page_in_300_ms(browser: Browser, server: Server) -> None:  # noqa: F811
    """Each interaction, warm, as a ratio to a fixed loop of the same browser on the same machine.

    On the two-core machine of November 2026, busy with other work, the loop took 88 ms and interactions 4 to
    134 ms. A machine on which the loop is slower than 60 ms is given as many times more.
    """
    page = opened(browser, server)
    yardstick = page.evaluate(
        """() => { const times = [];
        for (let n = 0; n < 5; n += 1) { const before = performance.now(); let sum = 0;
          for (let i = 0; i < 2e7; i += 1) { sum += i % 7; }
          times.push(performance.now() - before + sum * 0); }
        return Math.min(...times); }"""
    )
    for view, control, event in (
        ("network", "month", "input"), ("network", "site", "change"), ("neighbourhoods", "month", "input"),
        ("people", "fifth", "change"), ("compare", "year", "change"),
    ):  # fmt: skip
        go(page, view)
        took = min(page.evaluate(CHANGED, [view, control, event]) for _ in range(4))
        print(f"{view}, {control}: {took:.0f} ms; the loop {yardstick:.0f} ms")
        assert took < max(300, 5 * yardstick), (view, control, took, yardstick)


CHANGED = """async ([view, control, event]) => {
  const part = document.getElementById(control);
  const before = performance.now();
  if (part.type === "range") { part.value = (Number(part.value) + 1) % (Number(part.max) + 1); }
  else { part.selectedIndex = (part.selectedIndex + 1) % part.options.length; }
  const whole = document.getElementById("view-" + view);
  const all = { childList: true, subtree: true, characterData: true, attributes: true };
  const seen = new Promise((done) => { new MutationObserver(done).observe(whole, all); });
  part.dispatchEvent(new Event(event, { bubbles: true }));
  await seen;
  while (document.body.hasAttribute("aria-busy")) { await new Promise((next) => setTimeout(next, 2)); }
  await new Promise((next) => requestAnimationFrame(next));
  return performance.now() - before;
}"""


@pytest.mark.slow
def test_a_small_model_is_stepped(browser: Browser, runs: list[Path], tmp_path: Path) -> None:  # noqa: F811
    """The real thing, where the extra `explore` is installed: two steps, and nothing asked of the web."""
    pytest.importorskip("solara")
    from scenarios.exploring import offered

    explored = Explored([runs[0]])
    manifest = {**explored.comparison.baseline.manifest, "scenario": {"name": "baseline", "text": ""}}
    held = offered({"baseline": manifest}, tmp_path)
    environment = {**held["environment"], "PYTHONPATH": str(ROOT)}
    explorer = Explorer(Views(explored), Beyond(**{**held, "environment": environment}))
    server = Server(explorer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = browser.new_context(viewport={"width": 1400, "height": 950}).new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url.split("/")[2].split(":")[0]))
        page.goto(server.address)
        page.wait_for_selector("#network .box")
        go(page, "live")
        page.get_by_role("button", name="Start the model").click()
        page.wait_for_selector("#live-page iframe", timeout=900_000)
        inside = page.frame_locator("#live-page iframe")
        for day in (1, 2):
            inside.get_by_role("button", name="Step").click(timeout=120_000)
            inside.get_by_text(f"Day {day}: who is where at midnight").wait_for(timeout=120_000)
        picture(page, tmp_path, "explore_live")
        assert {host for host in asked if host} <= {"127.0.0.1"}
    finally:
        server.shutdown()
        server.server_close()
        explorer.close()
