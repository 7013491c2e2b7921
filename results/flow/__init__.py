"""The page, the charts and the diagram of a network run alone; reads the tables in the run's folder only."""

from __future__ import annotations

from pathlib import Path


def write_page(folder: str | Path) -> Path:
    """Write `flow.html`, `network.svg` and `network.png` beside the tables of a flow's folder.

    Args:
        folder: The folder with `manifest.json` and the tables.

    Returns:
        The path of the page.

    Raises:
        InputError: The folder holds no flow, or a table of it is missing.
    """
    from results.flow.page import build
    from results.flow.tables import load_flow

    tables = load_flow(folder)
    page = build(tables)
    (tables.folder / "network.svg").write_bytes(page.diagram.svg)
    (tables.folder / "network.png").write_bytes(page.diagram.png)
    path = tables.folder / "flow.html"
    path.write_text(page.html, encoding="utf-8")
    return path
