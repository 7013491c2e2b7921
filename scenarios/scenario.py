"""`Scenario`: found by name or file, with its variant, checked, described and compiled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from scenarios.combining import Origin, Part, combined
from scenarios.document import ScenarioDocument, validate
from scenarios.inheriting import (
    LIBRARY,
    joined,
    library_names,
    named,
    origins_of,
    read_with_parents,
    unknown_key,
)
from scenarios.names import Names, load_names, require_area
from scenarios.overlaps import Acting, overlaps
from scenarios.problems import InvalidFile, Problem, UnknownScenario
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.located import LocatedList, LocatedMap, Repeated, merge, place_of

DEFAULT_VARIANT = "as_evidenced"
DEFAULT_AREA = "dorset"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Named changes to the baseline, checked against an area.

    Attributes:
        document: What its file says, with `extends` and the variant laid in.
        variant: 'as_evidenced' or another that the file names.
        variants: Every variant that it has, the default first.
        text: The merged YAML, for the manifest: with it alone the scenario can be run again.
        origins: Where its interventions were first written, by key, where that is not here.
        combination: For a combination, the names joined: 'home_first@as_planned+winter_surge'.
        messages: What must be known of how a combination was put together, such as a programme that two of
            its parts have, which acts once.
        parts: For a combination, the name and the merged YAML of each scenario that it is of.
    """

    document: ScenarioDocument
    variant: str
    variants: tuple[str, ...]
    text: str
    origins: tuple[tuple[str, str, str], ...] = ()
    combination: str = ""
    messages: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, name_or_path: str | Path, variant: str | None = None, area: str = DEFAULT_AREA) -> Scenario:
        """Read a scenario of the library, or of a file, such as 'home_first@as_planned', or several with '+'.

        Args:
            name_or_path: A name in the library, or a path ending in .yaml or .yml; '@variant' may follow.
                Several joined with '+' are combined.
            variant: The variant, unless it follows the name.
            area: The area pack that its names are checked against.

        Raises:
            InputError: When there is no such scenario or variant, or the file has problems (all are told).
        """
        given = parts_of(str(name_or_path))
        require_area(area)
        if len(given) > 1:
            if variant is not None:
                allowed = "a variant beside each name that has one, as in home_first@as_planned+winter_surge"
                raise InputError(file="command line", key="variant", found=variant, allowed=allowed)
            return cls._combined(given, area)
        name, _, after = given[0].partition("@")
        wanted = variant or after or DEFAULT_VARIANT
        part, others = _part(name, wanted)
        document = _checked(part.data, area)
        return cls(
            document=document, variant=wanted, variants=(DEFAULT_VARIANT, *others), text=_as_text(part.data),
            origins=_elsewhere(part.origins, document.name),
        )  # fmt: skip

    @classmethod
    def _combined(cls, given: list[str], area: str) -> Scenario:
        """Read several scenarios as one; the problems of all are told at once."""
        parts, acting, problems = [], [], []
        for one in given:
            name, _, after = one.partition("@")
            try:
                part, _ = _part(name, after or DEFAULT_VARIANT)
                acting.append(_acting(part.name, _checked(part.data, area)))
                parts.append(part)
            except InvalidFile as error:
                problems += error.problems
        if problems:
            raise InvalidFile(problems)
        made = combined(parts)
        if len({part.name for part in parts}) == 1:
            return replace(cls.load(parts[0].name, area=area), messages=made.messages)
        joined = "+".join(dict.fromkeys(part.name for part in parts))
        notes = overlaps(list({one.name: one for one in acting}.values()), load_names(area).labels)
        return cls(
            document=_checked(made.data, area), variant=DEFAULT_VARIANT, variants=(DEFAULT_VARIANT,),
            text=_as_text(made.data), origins=_elsewhere(made.origins, joined), combination=joined,
            messages=(*made.messages, *notes),
            parts=tuple({part.name: _as_text(part.data) for part in parts}.items()),
        )  # fmt: skip

    @property
    def name(self) -> str:
        """Return its name without the variant; of a combination the names joined, with theirs."""
        return self.combination or self.document.name

    def to_specification(self) -> ScenarioSpecification:
        """Return the compiled form that the simulation understands."""
        return ScenarioSpecification(
            name=self.name,
            variant=self.variant,
            label=self.document.label,
            description=self.document.description,
            interventions=tuple(intervention.build() for intervention in self.document.interventions),
            limits=tuple(limit.build() for limit in self.document.limits),
            text=self.text,
            origins=self.origins,
            parts=self.parts,
        )


def parts_of(name: str) -> list[str]:
    """Return the scenarios that a name combines: those between its plus signs, spaces about them or not."""
    return [name] if Path(name).is_file() else [part.strip() for part in name.split("+")]


def _checked(data: LocatedMap, area: str) -> ScenarioDocument:
    """Return a document checked against an area; raises InvalidFile with every problem."""
    # A scenario that changes nothing names nothing.
    document, problems = validate(data, load_names(area) if data.get("interventions") else None)
    if document is None:
        raise InvalidFile(problems)
    return document


def _acting(name: str, document: ScenarioDocument) -> Acting:
    """Return what a scenario of a combination stands for and changes."""
    built = tuple(one.build() for one in document.interventions)
    shock = document.family == "shocks"
    return Acting(name=name, shock=shock, programmes=tuple(document.programmes), interventions=built)


def _part(name: str, variant: str) -> tuple[Part, list[str]]:
    """Return a scenario with its variant laid in, and its other variants."""
    path = find(name)
    data = read_with_parents(path)
    _require_variant(data, variant, name)
    variants = data.get("variants")
    others = [key for key in variants if key != DEFAULT_VARIANT] if isinstance(variants, LocatedMap) else []
    full = name if variant == DEFAULT_VARIANT else f"{name}@{variant}"
    return Part(name=full, data=_with_variant(data, variant), origins=origins_of(path)), others


def _elsewhere(origins: dict[str, Origin], name: str) -> tuple[tuple[str, str, str], ...]:
    """Return the origins that are not what a reader would take them for: another scenario, or another key."""
    return tuple((key, *origin) for key, origin in origins.items() if origin != (name, key))


def find(name: str) -> Path:
    """Return the file of a scenario named in the library or by its path."""
    if name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name:
        return Path(name)
    names = library_names()
    if name not in names:
        raise UnknownScenario.named(name, names)
    return LIBRARY / f"{name}.yaml"


def check(path: Path, area: str = DEFAULT_AREA) -> tuple[list[Problem], int]:
    """Check a file and all its variants.

    Returns:
        Every distinct problem, and the number of variants checked (the default one included).
    """
    repeated: list[tuple[str, Repeated]] = []
    data = named(read_with_parents(path, repeated=repeated), path)
    names = load_names(area)
    variants = data.get("variants")
    others = list(variants) if isinstance(variants, LocatedMap) else []
    others = [name for name in others if name != DEFAULT_VARIANT]
    found = [
        Problem(
            file=file, line=again.line, key=".".join(again.path), found="the key twice",
            allowed=f"each key once; line {again.first} has it",
        )
        for file, again in repeated
    ]  # fmt: skip
    found += [*validate(data, names)[1], *_of_unknown_variants(data, others)]
    for variant in others:
        try:
            found += validate(_with_variant(data, variant), names)[1]
        except InvalidFile as error:
            found += error.problems
    # What a variant has from the file above it is told once; it may stand at another place of its list.
    once = {(one.file, one.line, one.key.rpartition(".")[2], one.found): one for one in reversed(found)}
    ordered = sorted(reversed(once.values()), key=lambda problem: (problem.file, problem.line))
    return ordered, 1 + len(others)


def _of_unknown_variants(data: LocatedMap, others: list[str]) -> Iterable[Problem]:
    """Yield the problem of each expectation of a variant that is not there."""
    expected = data.get("expects")
    known = [DEFAULT_VARIANT, *others]
    for number, one in enumerate(expected if isinstance(expected, list) else []):
        variant = one.get("variant") if isinstance(one, dict) else None
        if isinstance(variant, str) and variant not in known:
            place = place_of(data, ("expects", number, "variant")) or data.place
            nearest = nearest_name(variant, known) or ""
            yield Problem(
                file=place[0], line=place[1], key=f"expects.{number}.variant", found=f"'{variant}'",
                allowed=f"one of {', '.join(dict.fromkeys(known))}", nearest=nearest,
            )  # fmt: skip


def _require_variant(data: LocatedMap, variant: str, name: str) -> None:
    """Refuse a variant that the scenario has not."""
    variants = data.get("variants")
    known = [DEFAULT_VARIANT, *(variants if isinstance(variants, LocatedMap) else [])]
    if variant not in known:
        raise InputError(
            file=data.place[0],
            key=f"variant of {name}",
            found=variant,
            allowed=f"one of {', '.join(dict.fromkeys(known))}",
            names=known,
        )


def _with_variant(data: LocatedMap, variant: str) -> LocatedMap:
    """Return the document with one variant laid in, and no variants."""
    variants = data.get("variants")
    plain = {key: value for key, value in data.items() if key not in {"variants", "extends", "remove"}}
    document = LocatedMap(plain, data.places, data.place)
    expected = plain.get("expects")
    if isinstance(expected, LocatedList):
        held = [n for n, one in enumerate(expected) if _is_of(one, variant)]
        document["expects"] = LocatedList(
            [expected[n] for n in held], [expected.places[n] for n in held], expected.place
        )
    change = variants.get(variant) if isinstance(variants, LocatedMap) else None
    if not isinstance(change, LocatedMap):
        return document
    for key in ("label", "description", "question"):
        if key in change:
            document[key] = change[key]
    if "label" not in change and isinstance(plain.get("label"), str):
        document["label"] = (
            f"{plain['label']} ({variant.replace('_', ' ')})"  # a hope is not to pass for more
        )
    given = data.get("interventions")
    items = given if isinstance(given, LocatedList) else LocatedList([], [], data.place)
    document["interventions"] = _changed(items, change)
    return document


def _is_of(expected: Any, variant: str) -> bool:
    """Tell whether an expectation is of a variant: of this one, or of every one."""
    return not isinstance(expected, dict) or expected.get("variant") in {None, variant}


def _changed(items: LocatedList, change: LocatedMap) -> LocatedList:
    """Lay a variant's `change`, `remove` and `add` on the interventions."""
    keys = [item.get("key") if isinstance(item, LocatedMap) else None for item in items]
    by_key = {key: number for number, key in enumerate(keys) if isinstance(key, str)}
    changed, removed = list(items), _names_in(change.get("remove"))
    fields_of = change.get("change")
    fields_of = fields_of if isinstance(fields_of, LocatedMap) else LocatedMap({}, {}, change.place)
    problems = [unknown_key(change, ("change", key), key, by_key) for key in fields_of if key not in by_key]
    problems += [
        unknown_key(change, ("remove", number), key, by_key)
        for number, key in enumerate(removed)
        if key not in by_key
    ]
    if problems:
        raise InvalidFile(problems)
    for key, fields in fields_of.items():
        if isinstance(fields, LocatedMap):  # else told by the check of the file
            changed[by_key[key]] = merge(changed[by_key[key]], fields)
    kept = [
        n for n, item in enumerate(changed) if not (isinstance(item, dict) and item.get("key") in removed)
    ]
    first = LocatedList([changed[n] for n in kept], [items.places[n] for n in kept], items.place)
    added = change.get("add")
    return joined(first, added) if isinstance(added, LocatedList) else first


def _names_in(value: Any) -> list[str]:
    """Return the names in a list; what is none is left for the check of the file."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _as_text(data: LocatedMap) -> str:
    """Write a merged document as plain YAML."""
    return yaml.safe_dump(_plain(data), sort_keys=False, allow_unicode=True, width=100)


def _plain(value: Any) -> Any:
    """Return ordinary dictionaries and lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


__all__ = [
    "DEFAULT_AREA",
    "DEFAULT_VARIANT",
    "LIBRARY",
    "Names",
    "Scenario",
    "check",
    "find",
    "library_names",
]
