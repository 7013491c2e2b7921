"""Writes docs/reference/measures.md from the registry: `python -m results.measures`."""

from pathlib import Path

from results.measures.registry import registry_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"

if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(registry_page(), encoding="utf-8")
