"""The story for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from results.story.telling import Record, Story, search_words, story, trial
from results.story.wording import simulated, upper_first

WIDTH = 100


def story_text(record: Record) -> str:
    """Return the stories of a record as text."""
    parts = ["\n".join(_wrapped(text)) for text in (*trial(record), *search_words(record))]
    for index in range(len(record["lives"])):
        parts.append("\n".join(_lines(story(record, index))))
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _lines(told: Story) -> Iterator[str]:
    yield f"Resident {told.number}: {told.who}"
    yield "=" * min(WIDTH, len(f"Resident {told.number}: {told.who}"))
    yield from _wrapped(simulated(told.lives[0]))
    yield ""
    for text in told.findings:
        yield from _wrapped(text)
    yield ""
    names = ("A", "B")
    for name, label in zip(names, told.labels, strict=True):
        yield f"{name}: {label}"
    yield ""
    widest = max(len(name) for name, _, _ in told.table)
    yield f"{'':{widest}}  {'A':>8}{'B':>8}"
    for name, one, other in told.table:
        yield f"{name:{widest}}  {one:>8}{other:>8}"
    before = [row for row in told.rows if not row.after]
    if before:
        yield from ("", "Until they part, in both lives")
        for row in before:
            yield from _hung(row.when, "", row.first or row.second)
    if told.parting is not None:
        yield from ("", "From there on (= in both, A or B in one only)")
        for row in (row for row in told.rows if row.after):
            if row.same:
                yield from _hung(row.when, "=", row.first)
                continue
            for name, text in zip(names, (row.first, row.second), strict=True):
                if text:
                    yield from _hung(row.when, name, text)


def _hung(when: str, mark: str, text: str) -> list[str]:
    """Return one line of a life: its date, whose life, and the words hung beside them."""
    head = f"  {when:>17}  {mark:1}  "
    return textwrap.wrap(
        upper_first(text) + ".", WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
    )


__all__ = ["story_text"]
