"""The report in a real browser with the network cut: selectors by keyboard, names, contrast, phone, print."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from results.wording import Estimate

if TYPE_CHECKING:
    import pandas as pd
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
    page.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
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
    assert page.evaluate("document.activeElement.id") == "choose-int"
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


def chosen(report: Path, measure: str, dimension: str, level: str) -> pd.DataFrame:
    """Return the rows that the page's chosen table is made of."""
    import pandas as pd

    table = pd.read_csv(report / "tables" / "chosen_by_stratum.csv", dtype={"level": str})
    return table[
        (table["measure"] == measure) & (table["dimension"] == dimension) & (table["level"] == level)
    ]


@pytest.mark.parametrize(
    ("selectors", "measure", "dimension", "level"),
    [
        ({"measure": "gp_appointments"}, "gp_appointments", "all", "all"),
        ({"int": "neighbourhood_07"}, "emergency_admissions", "neighbourhood", "neighbourhood_07"),
        ({"measure": "four_hour_share", "quintile": "5"}, "four_hour_share", "quintile", "5"),
        ({"measure": "bed_day_rate", "int": "neighbourhood_18"}, "bed_day_rate", "neighbourhood",
         "neighbourhood_18"),
    ],
)  # fmt: skip
def test_each_choice_shows_the_numbers_of_the_tables(
    browser: Browser, report: Path, selectors: dict[str, str], measure: str, dimension: str, level: str
) -> None:
    """Levels of every year and the last year's difference, written as the tables' words write them."""
    page = open_page(browser, report)
    for key, value in selectors.items():
        page.locator(f"#choose-{key}").select_option(value)
    page.locator("#open-tables").click()
    rows = page.locator("#explorer-table tbody tr").all_inner_texts()
    table = chosen(report, measure, dimension, level)
    assert len(rows) == table["label"].nunique() == 4
    for text, (label, part) in zip(rows, table.groupby("label", sort=False), strict=True):
        cells = text.split("\t")
        assert cells[0] == label
        for cell, row in zip(cells[1:], part.itertuples(), strict=False):
            assert cell == Estimate(row.value, row.low, row.high).text()
        last = part.iloc[-1]
        if label != "Baseline":
            shown = Estimate(last["difference"], last["difference_low"], last["difference_high"])
            assert cells[3].removesuffix(" points") == shown.text(signed=True)
    assert page.locator("#explorer-chart svg").count() == 1
    assert page.locator("#explorer-title").inner_text() in page.locator("#explorer-chart").get_attribute(
        "aria-label"
    )


def test_a_scenario_chosen_is_the_only_one_drawn(browser: Browser, report: Path) -> None:
    page = open_page(browser, report)
    assert page.locator("#explorer-chart svg > path[stroke-dasharray]").count() >= 4
    page.locator("#choose-scenario").select_option("home_first")
    page.locator("#open-tables").click()
    names = page.locator("#explorer-table tbody th").all_inner_texts()
    assert names == ["Baseline", "Home first"]
    assert page.locator("#figure-pathway_1").is_visible()
    assert page.locator("#figure-pathway_2").is_hidden()
    assert page.locator("#places-table thead th").count() == 3


def test_a_neighbourhood_opens_its_page_and_sorts(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = open_page(browser, report)
    assert page.locator(".int-page:visible").count() == 0
    page.get_by_role("link", name="Neighbourhood 04", exact=True).first.click()
    assert page.locator(".int-page:visible").count() == 1
    assert page.locator("#int-neighbourhood-04").is_visible()
    assert page.locator("#choose-int").input_value() == "neighbourhood_04"
    assert "not recorded in these runs" in page.locator("#int-neighbourhood-04").inner_text()
    assert page.locator("#int-neighbourhood-04 .mini svg").count() == 4
    page.locator("#choose-int").select_option("")
    assert page.locator(".int-page:visible").count() == 0
    page.locator("#places-table thead button").nth(2).click()
    assert page.locator("#places-table thead th").nth(2).get_attribute("aria-sort") == "descending"
    shown = [
        text.split("\t")[2].split(" ")[0] for text in page.locator("#places-table tbody tr").all_inner_texts()
    ]
    numbers = [float(text.replace("\u2212", "-").replace(",", "")) for text in shown]
    assert numbers == sorted(numbers, reverse=True)
    page.locator("#choose-int").select_option("neighbourhood_04")
    page.locator("#int-neighbourhood-04").screenshot(path=tmp_path / "int_page.png")


def test_every_number_of_the_first_page_is_two_clicks_from_its_scenario(
    browser: Browser, report: Path
) -> None:
    page = open_page(browser, report)
    links = page.locator(".card a.big, .card li a").evaluate_all("all => all.map(a => [a.hash, a.innerText])")
    assert len(links) >= 9
    for target, text in links:
        row = page.locator(target)
        assert row.count() == 1 and text in row.text_content()
        for onward in row.locator("a").evaluate_all("all => all.map(a => a.hash)"):
            assert page.locator(onward).count() == 1
    page.locator(".card a.big").first.click()
    row = page.locator(links[0][0])
    assert row.is_visible() and "sought" in row.get_attribute("class")
    row.locator("a").nth(1).click()
    assert page.locator("#provenance details[open] pre").is_visible()
    page.go_back()
    page.locator(".card a", has_text="What it rests on").first.click()
    assert page.locator("tr.sought").is_visible()


def test_variants_are_switched(browser: Browser, report: Path) -> None:
    page = open_page(browser, report)
    assert page.locator(".card:visible").count() == 3
    page.get_by_role("radio", name="As planned").check()
    shown = page.locator(".card:visible").evaluate_all("all => all.map(card => card.dataset.scenario)")
    assert shown == ["prevention", "hostile"]
    page.get_by_role("radio", name="As evidenced").check()
    shown = page.locator(".card:visible").evaluate_all("all => all.map(card => card.dataset.scenario)")
    assert shown == ["home_first", "prevention"]


def test_a_table_is_taken_as_a_file_that_nobody_can_turn_into_a_formula(
    browser: Browser, report: Path
) -> None:
    page = open_page(browser, report)
    page.locator("#open-tables").click()
    with page.expect_download() as taken:
        page.locator("#figure-side_by_side button.take").click()
    text = Path(taken.value.path()).read_text(encoding="utf-8-sig")
    assert taken.value.suggested_filename == "side_by_side.csv"
    assert text.startswith('"Measure","Scenario"') and '"Teams <script>alert(1)</script> & $x^2$' in text
    assert not any(
        cell[0] in "=+-@" for line in text.splitlines() for cell in line.strip('"').split('","') if cell
    )


def test_numbers_are_written_as_the_tables_write_them(browser: Browser, report: Path) -> None:
    page = open_page(browser, report)
    rng = random.Random(5)
    cases = []
    for _ in range(400):
        mean, half = rng.gauss(0, 10 ** rng.uniform(-4, 6)), 10 ** rng.uniform(-5, 5)
        cases.append([mean, mean - half, mean + half])
    cases += [
        [0, 0, 0],
        [12.0, 12.0, 12.0],
        [0.00123, 0.00123, 0.00123],
        [-1234567.0, -1300000.0, -1100000.0],
    ]
    shown = page.evaluate("cases => cases.map(c => numbers.estimate(c[0], c[1], c[2], true))", cases)
    assert shown == [Estimate(*case).text(signed=True) for case in cases]


def test_the_first_page_is_about_one_sheet(browser: Browser, report: Path) -> None:
    """A4 within margins of 10 mm is 718 by 1047 pixels: three scenarios, the strip and their chart."""
    page = open_page(browser, report, 718)
    page.emulate_media(media="print")
    box = page.locator("#minute").bounding_box()
    assert box is not None and box["y"] + box["height"] <= 1.05 * 1047


def test_everything_is_there_without_script(browser: Browser, report: Path) -> None:
    page = open_page(browser, report, script=False)
    assert page.locator(".selectors").is_hidden()
    assert page.locator(".card:visible").count() == 3
    page.locator("#figure-side_by_side summary").click()
    assert page.locator("#figure-side_by_side table").is_visible()
    assert page.locator(".int-page:visible").count() == 18
    assert page.locator("#explorer-chart svg").count() == 1
    assert page.locator("#places-table tbody tr").count() == 18


@pytest.mark.parametrize("width", [1280, 390])
def test_accessibility_checker_finds_nothing(
    browser: Browser, report: Path, tmp_path: Path, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(browser, report, width)
    page.locator("#choose-int").select_option("neighbourhood_02")
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
    page.locator("#choose-int").select_option("neighbourhood_02")
    drawn = page.evaluate(
        """Math.min(...Array.from(document.querySelectorAll('.chart svg, .mini svg'))
        .filter(svg => svg.getClientRects().length).map(svg => (svg.closest('#explorer, .mini') ? 16 : 12) *
        svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
    )
    assert drawn >= 15.9
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, tmp_path, "report_phone")


def test_print_shows_results_without_controls(browser: Browser, report: Path, tmp_path: Path) -> None:
    page = open_page(browser, report, 720)
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden() and page.locator("#choose-scenario").is_hidden()
    assert page.locator(".card:visible").count() == 3
    picture(page, tmp_path, "report_print")
    assert page.pdf(format="A4").startswith(b"%PDF")
