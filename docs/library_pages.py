"""The library as pages: a list by family, and a page for each family that tells its scenarios in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

from scenarios.describing import describe
from scenarios.describing import expected as expected_words
from scenarios.names import load_names
from scenarios.programmes import FAMILIES
from scenarios.scenario import DEFAULT_AREA, DEFAULT_VARIANT, Scenario, library_names

FOLDER = "docs/reference/scenario_library"
TODAY = "today"
"""The section of the baseline, which has no family."""


def pages() -> Mapping[str, Callable[[], str]]:
    """Return how to write each page, by its path in the project."""
    made: dict[str, Callable[[], str]] = {f"{FOLDER}.md": contents}
    return made | {f"{FOLDER}/{family}.md": partial(family_page, family) for family in (TODAY, *FAMILIES)}


def contents() -> str:
    """Return the list of every scenario by family, with its question and its variants."""
    held = _by_family()
    total = sum(len(names) for names in held.values())
    lines = [
        "# The scenario library",
        "",
        f"Made from `scenarios/library` by `make docs`: {total} scenarios. A family's page tells each of its",
        "scenarios in full. `leftshift scenario show NAME` adds who is eligible today and what it costs;",
        "`programmes.md` lists the plans' programmes with the scenarios that cover them.",
        "",
        "Variants are run as `NAME@VARIANT`; scenarios are combined with a plus sign.",
        "",
        *(f"- [{_title(family)}](#{family.replace('_', '-')}): {len(held[family])}" for family in held),
        "",
    ]
    for family, names in held.items():
        lines += [f"## {_title(family)}", "", "| scenario | what it asks | variants |", "|---|---|---|"]
        for name in names:
            found = _loaded(name)
            link = f"[{name}](scenario_library/{family}.md#{name})"
            question = _flat(found.document.question) or found.document.label
            lines.append(f"| {link} | {question} | {', '.join(found.variants[1:])} |")
        lines.append("")
    return "\n".join(lines)


def family_page(family: str) -> str:
    """Return every scenario of a family in full; of its variants, what differs."""
    names = _by_family()[family]
    lines = [
        f"# The scenario library: {_title(family).lower()}",
        "",
        "Made from `scenarios/library` by `make docs`. A number is followed by its interval, source and",
        "grade; of a variant is told what differs.",
        "",
    ]
    for name in names:
        lines += _scenario(name)
    return "\n".join(lines)


def _scenario(name: str) -> list[str]:
    """Return the section of a scenario and its variants."""
    found = _loaded(name)
    about = found.document
    lines = [f"## {name}", "", f"**{about.label}**", ""]
    parts = dict.fromkeys(scenario for _, scenario, _ in found.origins if scenario != name)
    if parts:
        lines += [f"Made of {', '.join(f'`{part}`' for part in parts)}.", ""]
    lines += _body(describe(found.to_specification(), about=about, labels=_labels()))
    for variant in found.variants[1:]:
        lines += _variant(found, variant)
    return lines


def _variant(found: Scenario, variant: str) -> list[str]:
    """Return what a variant changes of a scenario."""
    other = _loaded(found.name, variant)
    usual = {one.key: one for one in found.to_specification().interventions}
    new = other.to_specification()
    changed = tuple(one for one in new.interventions if usual.get(one.key) != one)
    kept = {one.key for one in new.interventions}
    lines = [f"### {found.name}@{variant}", "", f"**{other.document.label}**", ""]
    if other.document.question != found.document.question:
        lines += [f"Question: {_flat(other.document.question)}", ""]
    text = describe(replace(new, interventions=changed, limits=()), labels=_labels())
    lines += _body(text if changed else text.replace("It changes nothing.", "").rstrip())
    left_out = [one.label for key, one in usual.items() if key not in kept]
    if left_out:
        lines += [f"Left out: {'; '.join(left_out)}.", ""]
    expected = [one for one in other.document.expects if one.variant == variant]
    if expected:
        told = (f"- {one}" for one in map(expected_words, expected))
        lines += ["Expected of it:", "", *told, ""]
    return lines


def _body(text: str) -> list[str]:
    """Return a description without its title, the sentences of an intervention as points beneath it."""
    lines = []
    for line in text.rstrip().splitlines()[3:]:
        if line == "Expected of it:":
            lines += [line, ""]
        elif line.startswith(("Family:", "Variant:")):
            continue
        elif line.startswith(("Question:", "Programmes of the plans:", "Limit:")):
            lines += [line, ""]
        else:
            lines.append(f"   - {line.strip()}" if line.startswith("   ") else line)
    single = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return [*single, ""]


def _labels() -> Mapping[str, str]:
    """Return what the network calls its nodes."""
    return load_names(DEFAULT_AREA).labels


@cache
def _by_family() -> dict[str, list[str]]:
    """Return the names of the library by family, families in their order."""
    held: dict[str, list[str]] = {family: [] for family in (TODAY, *FAMILIES)}
    for name in library_names():
        held[_loaded(name).document.family or TODAY].append(name)
    return held


@cache
def _loaded(name: str, variant: str = DEFAULT_VARIANT) -> Scenario:
    """Return a scenario, read once for all pages."""
    return Scenario.load(name, variant)


def _title(family: str) -> str:
    """Return a family as a title."""
    return family.replace("_", " ").capitalize()


def _flat(text: str) -> str:
    """Return a text that a cell of a table holds."""
    return " ".join(text.split()).replace("|", "/")
