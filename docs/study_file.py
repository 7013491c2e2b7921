"""The reference of the study file, and its JSON Schema: `make docs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scenarios.studies import Study, study_schema
from scenarios.study import log, plan, posterior, stopping
from scenarios.study.language import PARTS

HEAD = """# The study file

Made from the code by `make docs`. The JSON Schema is `docs/reference/study.schema.json`; an editor that knows
YAML completes and checks a study that begins with

    # yaml-language-server: $schema=PATH/docs/reference/study.schema.json

`docs/how-to/run-a-study.md` shows how a study is written, run, watched and opened.
"""


def study_file(keys: Callable[[str, Any], list[str]]) -> str:
    """Return the reference of the study file.

    Args:
        keys: Returns the section of one part: its title, what it is and its keys.
    """
    lines = [*HEAD.splitlines(), "", *keys("The file", Study)]
    for title, part in PARTS.items():
        lines += keys(title, part)
    lines += ["## A posterior", "", *_paragraphs(posterior)]
    lines += ["## The folder", "", *_paragraphs(plan)]
    lines += ["## The log", "", *_paragraphs(log)]
    lines += ["## How many replicates", "", *_paragraphs(stopping)]
    return "\n".join(lines)


def _paragraphs(module: Any) -> list[str]:
    """Return what a module's docstring says after its first line."""
    return [*(module.__doc__ or "").strip().splitlines()[2:], ""]


__all__ = ["study_file", "study_schema"]
