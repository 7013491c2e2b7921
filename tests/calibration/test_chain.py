"""The chain's page and figure, from a table made by hand; its links are measures of the registry."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from calibration.chain import fewer_places, links
from calibration.chain_page import write_chain_page
from results.measures.registry import measures
from scenarios.execution import Settings

SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=1.0, seed=1)


def measured(ratio: float, link: str, baseline: float, value: float) -> dict[str, object]:
    """One row as `run_chain` gives it."""
    row: dict[str, object] = {"ratio": ratio, "measure": link, "link": link, "why": "because", "unit": "days"}
    for name, mean in (
        ("baseline", baseline),
        ("value", value),
        ("change", value - baseline),
        ("elasticity", -1.0),
    ):
        row |= {name: mean, f"{name}_low": mean - 0.1, f"{name}_high": mean + 0.1}
    return row


def test_links_are_measures() -> None:
    """Each link can be read from a run."""
    assert {link.measure for link in links()} <= set(measures())


def test_fewer_places_changes_every_node_of_the_pathway_and_nothing_else() -> None:
    """Both councils, no spot purchase."""
    (change,) = fewer_places("dorset", "2026-04", 0.9).interventions
    assert set(change.nodes) == {"p1_bcp", "p1_dorset"}  # type: ignore[union-attr]


def test_the_page_says_what_was_measured_and_what_was_refused(tmp_path: Path) -> None:
    """A row for each link, the refusal in its own words, and the same figure for the same numbers."""
    table = pd.DataFrame([measured(0.9, "Delay", 5.0, 6.0), measured(0.9, "Boarding", 40.0, 52.0)])
    refused = {0.5: "scenario: p1_bcp offered 120 against 100 places"}
    page = write_chain_page(table, refused, SETTINGS, 4, tmp_path).read_text()
    assert "| Boarding | days | 40 | 52 | +12 (+11.9 to +12.1) | -1.00 (-1.10 to -0.90) |" in page
    assert "p1_bcp offered 120 against 100 places" in page
    first = (tmp_path / "chain.svg").read_bytes()
    write_chain_page(table, refused, SETTINGS, 4, tmp_path)
    assert (tmp_path / "chain.svg").read_bytes() == first and b"Boarding" in first
