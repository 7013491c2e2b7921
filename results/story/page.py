"""The story as a page: one file, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from results.story.figure import chart
from results.story.telling import Record, search_words, story, trial
from results.story.wording import simulated
from sim.parameters.errors import InputError

HERE = Path(__file__).parent
PAGE, DATA = "story.html", "story.json"


def check_folder(out: Path) -> None:
    """Refuse to write among files that are not a story's; to be called before anything is run.

    Raises:
        InputError: A file, or a folder with other files.
    """
    held = [out.name] if out.is_file() else [one.name for one in out.iterdir()] if out.is_dir() else []
    strange = [name for name in held if name not in (PAGE, DATA) and not name.endswith(".svg")]
    if strange or out.is_file():
        raise InputError(
            file="command line", key="--out", found=str(out),
            allowed="a new folder, or an earlier story's",
        )  # fmt: skip


def write_story(record: Record, out: Path) -> Path:
    """Write story.html, the record as story.json and the figures; returns the page.

    Raises:
        InputError: `out` holds something else.
    """
    check_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    html, charts = page(record)
    (out / DATA).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    for one in charts:
        (out / f"{one.name}.svg").write_bytes(one.svg)
    (out / PAGE).write_text(html, encoding="utf-8")
    return out / PAGE


def page(record: Record) -> tuple[str, list[Any]]:
    """Return the page's text and its figures."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    told = [story(record, index) for index in range(len(record["lives"]))]
    charts = [chart(one, record["conditions"]) for one in told]
    settings = record["settings"]
    facts = [
        ("Area", str(settings["area"]).replace("_", " ").title()),
        ("From", f"{settings['start']}, {settings['years']} years"),
        ("Residents kept", f"{100 * settings['scale']:.3g}%"),
        ("Seed and replicate", f"{settings['seed']}, {settings['replicate']}"),
    ]
    everybody = simulated(told[0].lives[0] if len(told) == 1 else None)
    html = environment.get_template("story.html.j2").render(
        stories=list(zip(told, charts, strict=True)), search=search_words(record), simulated=everybody,
        trial=trial(record),
        labels=[one["label"] for one in record["scenarios"]], facts=facts,
        style=(HERE.parent / "report" / "style.css").read_text(encoding="utf-8"),
    )  # fmt: skip
    return html, charts


__all__ = ["check_folder", "page", "write_story"]
