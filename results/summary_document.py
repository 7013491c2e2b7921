"""The summary in two pages of Word, to be edited: what changes, for how much, how sure, and what not to do.

Written from what the page is written from (cards, sentences, warnings), with styles of headings, alternative
text on its picture, headings of tables that repeat, and its language. Where many scenarios would take it past
two pages, each says less: the sentences of its card, then the first of them, then its three figures alone.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.comparison import Comparison
from results.office import AUTHOR, LANGUAGE, STAMP, fixed
from results.report.blocks import Context
from results.report.cards import Card, cards
from results.report.certainty import NOT_FOR, warnings_of
from results.report.headline import TABLE
from results.report.page import area_name, period_words
from results.report.sentences import main_finding
from results.summary_figures import main_figures, neighbourhoods, of_parameters

if TYPE_CHECKING:
    from results.figures import Chart

PAGES = 2.0
LEVELS = ((99, True), (99, False), (1, False), (0, False))
"""Sentences of each card's paragraph that are kept, and whether neighbourhoods are told: tried in this order
until it is short enough."""
MOST_WARNINGS, WARNING_LETTERS = 4, 330
TEXT_POINTS, LINE_POINTS, SPACE_POINTS = 10.5, 13.0, 4.0
PAGE_CENTIMETRES, MARGIN_CENTIMETRES = (21.0, 29.7), 1.9
POINTS_A_CENTIMETRE = 72 / 2.54
LETTER_WIDTH = 0.5
"""Mean width of a letter of Arial as a share of its height."""
PICTURE_CENTIMETRES = (14.0, 8.5)
"""Widest and tallest that the picture may be."""
HEADING_LINES = 2.2
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z£])")


def write_summary(path: Path, comparison: Comparison, charts: Sequence[Chart]) -> float:
    """Write the summary.

    Args:
        path: Where it goes.
        comparison: The runs.
        charts: The report's charts, of which the first page's is shown.

    Returns:
        About how many pages it takes.
    """
    context = Context.of(comparison)
    made = cards(context) if comparison.scenarios else []
    chart = next((one for one in charts if one.name == TABLE), None)
    for kept, by_team in LEVELS:
        document, pages = _document(context, made, chart, kept, by_team)
        if pages <= PAGES:
            break
    packed = io.BytesIO()
    document.save(packed)
    path.write_bytes(fixed(packed.getvalue()))
    return pages


def _document(
    context: Context, made: list[Card], chart: Chart | None, kept: int, by_team: bool
) -> tuple[Any, float]:
    """Return the document with so many sentences of each card, and about how many pages it takes."""
    comparison = context.comparison
    page = _Page(f"{area_name(comparison)}: comparison of scenarios")
    page.paragraph(f"{period_words(comparison)}. {_what_is_compared(context)}")
    page.heading("Headline")
    if made:
        page.paragraph(main_finding(context))
    for text in _short_warnings(warnings_of(context)):
        page.bullet(text)
    if made:
        page.heading("What each scenario does")
        for card in made:
            page.card(card, _sentences(card.paragraph, kept))
        if chart is not None:
            page.picture(chart)
        page.heading("Main figures")
        page.paragraph(
            f"Difference from {comparison.labels[comparison.baseline]} in {context.last_year}, with its 95% "
            f"interval over repeat runs. {of_parameters(context)} Net cost is the programmes' less cash "
            "released, which there is only where something is closed or bought no more; capacity that is "
            "freed is no part of it."
        )
        page.table(*main_figures(context))
        if by_team:
            _neighbourhoods(page, context)
    page.heading("How sure")
    page.paragraph(
        "An interval is 95%, and holds chance in the model alone, seen in how repeat runs differ. It does "
        "not hold what is not known of the evidence or of the model’s form, so real uncertainty is wider. "
        "Strength of evidence is that of the weakest figure on which a scenario rests."
    )
    page.heading("What it must not be used for")
    for text in NOT_FOR:
        page.bullet(text[0].upper() + text[1:].rstrip(";.").replace(" below", ""))
    page.heading("Where it comes from")
    page.paragraph(_provenance(comparison))
    return page.document, page.points / page.room


def _neighbourhoods(page: _Page, context: Context) -> None:
    """Write in which neighbourhoods what clearly changes."""
    told = list(neighbourhoods(context))
    if told:
        page.heading("Neighbourhoods")
        page.paragraph(
            "Of figures that do not change, about one in twenty seems clear by chance: one team alone is no "
            "finding."
        )
        for text in told:
            page.bullet(text)


def _what_is_compared(context: Context) -> str:
    """Return how many scenarios and repeat runs there are."""
    comparison = context.comparison
    scenarios, repeats = len(comparison.scenarios), len(comparison.replicates)
    draws = (
        f" in each of {len(comparison.draw_numbers)} draws of the uncertain figures"
        if comparison.drawn
        else ""
    )
    return (
        f"{scenarios} scenario{'' if scenarios == 1 else 's'} against "
        f"{comparison.labels[comparison.baseline]}, with {repeats} repeat run"
        f"{'' if repeats == 1 else 's'}{draws}. report.html shows every figure with its table."
    )


def _short_warnings(found: Sequence[str]) -> Iterator[str]:
    """Yield what must be known first, each in few sentences."""
    for text in found[:MOST_WARNINGS]:
        if len(text) <= WARNING_LETTERS:
            yield text
        else:
            told = ""
            for sentence in SENTENCE.split(text):
                if told and len(told) + len(sentence) > WARNING_LETTERS:
                    break
                told = f"{told} {sentence}".strip()
            yield told
    if len(found) > MOST_WARNINGS:
        yield f"The first page of report.html has {len(found) - MOST_WARNINGS} more to know before reading."


def _sentences(text: str, kept: int) -> str:
    """Return the first sentences of a text."""
    return " ".join(SENTENCE.split(text)[:kept])


def _provenance(comparison: Comparison) -> str:
    """Return what it takes to make the same again."""
    manifest = comparison.baseline.manifest
    made = sorted(str(run.manifest.get("created", "")) for run in comparison.runs)[-1][:10]
    return (
        f"Leftshift, version {manifest.get('code_version', 'not recorded')}; area {manifest['area']}, start "
        f"{manifest['start']}, years {manifest['years']:g}, scale {manifest['scale']:g}, seed "
        f"{manifest['seed']}; runs of {made or 'a day not recorded'}. The sections on assumptions and "
        "provenance of report.html name the source and grade of every figure."
    )


class _Page:
    """Writes a document, and counts how much room it takes."""

    def __init__(self, title: str) -> None:
        from docx import Document

        self.document = Document()
        self.points = 0.0
        width, height = (length - 2 * MARGIN_CENTIMETRES for length in PAGE_CENTIMETRES)
        self.width, self.room = width * POINTS_A_CENTIMETRE, height * POINTS_A_CENTIMETRE
        _prepare(self.document, title)
        self.document.add_paragraph(title, style="Title")
        self.points += 2.5 * LINE_POINTS

    def _count(self, text: str, width: float) -> float:
        """Return the height that text takes in a column."""
        letters = width / (TEXT_POINTS * LETTER_WIDTH)
        return max(1, math.ceil(len(text) / letters)) * LINE_POINTS

    def heading(self, text: str) -> None:
        """Write a heading."""
        self.document.add_heading(text, level=1)
        self.points += HEADING_LINES * LINE_POINTS

    def paragraph(self, text: str) -> None:
        """Write a paragraph."""
        self.document.add_paragraph(text)
        self.points += self._count(text, self.width) + SPACE_POINTS

    def bullet(self, text: str) -> None:
        """Write an item of a list."""
        self.document.add_paragraph(text, style="List Bullet")
        self.points += self._count(text, self.width - LINE_POINTS * 2) + SPACE_POINTS / 2

    def card(self, card: Card, text: str) -> None:
        """Write a scenario: its name, what it does, what it costs (once), on what it rests."""
        self.document.add_heading(card.label, level=2)
        figures = "; ".join(f"{fact.name}: {fact.change} ({fact.reading.rstrip('.')})" for fact in card.facts)
        text = text or f"{figures}."
        cost = f" Net cost in the last year: {card.cost}." if card.cost and "£" not in text else ""
        told = f"{text}{cost} Evidence: {card.strength.words}."
        self.points += 1.6 * LINE_POINTS
        self.paragraph(told)

    def picture(self, chart: Chart) -> None:
        """Show a chart with its title and its alternative text, as large as there is room for."""
        import struct

        from docx.shared import Cm

        wide, high = struct.unpack(">II", chart.png[16:24])  # the size that a PNG file states of itself
        width = min(PICTURE_CENTIMETRES[0], PICTURE_CENTIMETRES[1] * wide / high)
        shape = self.document.add_picture(io.BytesIO(chart.png), width=Cm(width))
        shape._inline.docPr.set("descr", f"{chart.title}. {chart.alt}")
        shape._inline.docPr.set("title", chart.title)
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        self.points += width * high / wide * POINTS_A_CENTIMETRE + SPACE_POINTS

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table of which the headings are repeated on the next page."""
        from docx.oxml import OxmlElement

        table = self.document.add_table(rows=1, cols=len(head), style="Table Grid")
        repeated = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        for cell, text in zip(table.rows[0].cells, head, strict=True):
            cell.paragraphs[0].add_run(str(text)).bold = True
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.paragraphs[0].add_run(str(text))
        share = self.width / len(head)
        for texts in (head, *rows):
            self.points += max(self._count(str(text), share) for text in texts) + SPACE_POINTS


def _prepare(document: Any, title: str) -> None:
    """Set page, fonts, language and properties."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = (Cm(length) for length in PAGE_CENTIMETRES)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(MARGIN_CENTIMETRES))
    sizes = {"Normal": TEXT_POINTS, "List Bullet": TEXT_POINTS, "Title": 18, "Heading 1": 13, "Heading 2": 11}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), "Arial")
        style.paragraph_format.space_after = Pt(SPACE_POINTS)
        style.paragraph_format.space_before = Pt(SPACE_POINTS if "Heading" in name else 0)
        style.paragraph_format.line_spacing = Pt(LINE_POINTS) if size == TEXT_POINTS else None
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:val"), LANGUAGE)
    kept = document.core_properties
    kept.title, kept.author, kept.last_modified_by, kept.subject = (
        title,
        AUTHOR,
        AUTHOR,
        "Summary for decisions",
    )
    kept.created = kept.modified = STAMP
    kept.comments, kept.language = "", LANGUAGE
