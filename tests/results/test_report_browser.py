"""The report in a real browser with the network cut: selectors by keyboard, names, contrast, phone, print."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PICTURES = os.environ.get("LEFTSHIFT_PICTURES")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "Chromium is needed: install the package chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield opened
        opened.close()


def open_page(browser: Browser, report: Path, width: int = 1280, *, script: bool = True) -> Page:
    """Open the report from disk, offline; any request but the file itself fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        offline=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto((report / "report.html").as_uri())
    assert asked == [(report / "report.html").as_uri()]
    return page


def picture(page: Page, tmp_path: Path, name: str) -> None:
    """Take a picture of the whole page."""
    folder = Path(PICTURES) if PICTURES else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")


def test_selectors_by_keyboard(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = open_page(browser, report)
    picture(page, tmp_path, "report_desktop")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "choose-scenario"
    assert page.locator(".card:visible").count() == 3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("#choose-scenario").input_value() == "prevention"
    assert page.locator(".card:visible").count() == 1
    assert "Showing Tobacco and hypertension and all fifths." in page.locator("#shown").inner_text()
    faded = page.locator("#figure-side_by_side svg g.dim")
    assert faded.count() > 0
    assert set(faded.evaluate_all("all => all.map(g => g.dataset.scenario)")) == {"home_first", "hostile"}
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.locator("#choose-quintile").input_value() == "1"
    rows = page.locator("#figure-emergency_admission_rate_by_fifth tbody tr:not([data-away])")
    assert rows.count() == 1
    picture(page, tmp_path, "report_selected")


def test_what_may_not_be_acted_on_is_seen_before_anything_else(browser: Browser, report: Path) -> None:
    """Three replicates are a trial: the page says so before its facts; words are one click away."""
    page = open_page(browser, report)
    box = page.locator(".warnings")
    assert "This is a trial run" in box.locator("li").first.inner_text()
    place, facts = box.bounding_box(), page.locator(".facts").bounding_box()
    assert place is not None and facts is not None and place["y"] < 400 and place["y"] < facts["y"]
    page.get_by_role("link", name="What other words mean").click()
    assert page.locator("#words").is_visible() and page.url.endswith("#words")
    assert "act on" not in page.locator("#figure-side_by_side h3").inner_text().replace("to be acted on", "")


def test_the_values_shown_are_those_of_the_tables(browser: Browser, report: Path) -> None:
    import pandas as pd

    page = open_page(browser, report)
    table = pd.read_csv(report / "tables" / "emergency_admission_rate_by_fifth.csv", dtype={"level": str})
    page.locator("#open-tables").click()
    row = table[(table["run"] == "prevention") & (table["level"] == "1")].iloc[0]
    cells = page.locator(
        "#figure-emergency_admission_rate_by_fifth tr[data-scenario=prevention][data-quintile='1'] td"
    )
    shown = float(cells.nth(0).inner_text().replace(",", ""))
    assert shown == pytest.approx(row["baseline"], rel=0.01)


def test_everything_is_there_without_script(browser: Browser, report: Path) -> None:
    page = open_page(browser, report, script=False)
    assert page.locator(".selectors").is_hidden()
    assert page.locator(".card:visible").count() == 3
    page.locator("#figure-side_by_side summary").click()
    assert page.locator("#figure-side_by_side table").is_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_accessibility_checker_finds_nothing(
    browser: Browser, report: Path, tmp_path: Path, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(browser, report, width)
    page.locator("#open-tables").click()
    found = Axe().run(page).response["violations"]
    assert not found, [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found]
    picture(page, tmp_path, f"report_{width}")


def test_a_phone_scrolls_in_one_direction_and_text_is_large(
    browser: Browser, report: Path, tmp_path: Path
) -> None:
    page = open_page(browser, report, 390)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    smallest = page.evaluate(
        """Math.min(...Array.from(document.querySelectorAll('body *'))
        .filter(e => e.childNodes.length && [...e.childNodes]
            .some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => e.getClientRects().length && e.namespaceURI.endsWith('xhtml') && !e.closest('.hidden'))
        .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
    )
    assert smallest >= 16
    drawn = page.evaluate(
        """Math.min(...Array.from(document.querySelectorAll('.chart svg')).map(svg =>
        12 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
    )
    assert drawn >= 15.9
    picture(page, tmp_path, "report_phone")


def test_print_shows_results_without_controls(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = open_page(browser, report, 720)
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden() and page.locator("#choose-scenario").is_hidden()
    assert page.locator(".card:visible").count() == 3
    picture(page, tmp_path, "report_print")
    assert page.pdf(format="A4").startswith(b"%PDF")
