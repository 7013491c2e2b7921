"""A scenario file as a whole: its keys, its validation with every problem at once, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from scenarios.expectations import ExpectField
from scenarios.fields import Key, Strict, not_allowed
from scenarios.names import Names
from scenarios.problems import Problem
from scenarios.programmes import FAMILIES, Family, ProgrammeId
from scenarios.reached import Cohort, LimitField, Transition
from scenarios.reading import read_document
from scenarios.timing import Timed
from scenarios.types import TYPES, AnyIntervention
from sim.parameters.located import LocatedMap, place_of

SCHEMA = Path(__file__).resolve().parent / "schema.json"


def _listed(value: Any) -> Any:
    """Read one name as a list of one."""
    return ([value] if value else []) if isinstance(value, str) else value


NAMES = {"anyOf": [{"type": "string"}, {"items": {"type": "string"}, "type": "array"}]}
Parents = Annotated[list[str], BeforeValidator(_listed), WithJsonSchema(NAMES)]


class VariantDocument(Strict):
    """What a variant changes: overrides of the interventions above it by key, or further interventions."""

    label: str = ""
    description: str = ""
    question: str = Field("", description="The question that it asks, where it is not that of the file")
    change: dict[Key, dict[str, Any]] = Field({}, description="Intervention key: the fields that differ")
    remove: list[Key] = Field([], description="Keys of interventions left out")
    add: list[AnyIntervention] = Field([], description="Interventions that only this variant has")


class ScenarioDocument(Strict):
    """One question: named changes to the baseline."""

    name: Key
    label: Annotated[str, Field(min_length=1)]
    description: str = ""
    family: Family | None = Field(None, description="What kind of programme it is: " + ", ".join(FAMILIES))
    question: str = Field("", description="The question that it answers, in one sentence")
    programmes: list[ProgrammeId] = Field(
        [], description="Rows of scenarios/programmes.csv that it covers, such as P028"
    )
    expects: list[ExpectField] = Field([], description="What must rise, fall or stay, as tests hold it to")
    extends: Parents = Field(
        [],
        description="Another scenario, or a list of several, whose interventions come first; those below "
        "with the same key are laid on them. Of one everything is inherited but what it is for, of several "
        "only the interventions and limits",
    )
    remove: list[Key] = Field([], description="Keys of interventions of what it extends that are left out")
    interventions: list[AnyIntervention] = []
    limits: list[LimitField] = Field([], description="Budgets and workforces that interventions share")
    variants: dict[Key, VariantDocument] = {}

    @model_validator(mode="after")
    def _limits_name_interventions(self) -> ScenarioDocument:
        """Refuse a limit on what is not there or reaches nobody, or two under one key."""
        # Delivery is held back resident by resident, so a limit on places or routes would hold nothing.
        known = [one.key for one in self.interventions if isinstance(one, Cohort | Transition)]
        for limit in self.limits:
            for key in limit.interventions:
                if key not in known:
                    allowed = f"in limit '{limit.key}', keys of cohorts and transitions: {', '.join(known)}"
                    raise not_allowed(key, allowed, known)
        keys = [limit.key for limit in self.limits]
        if len(set(keys)) < len(keys):
            raise not_allowed(f"limits {', '.join(keys)}", "a key of its own for each limit")
        return self


def validate(data: LocatedMap, names: Names | None) -> tuple[ScenarioDocument | None, list[Problem]]:
    """Check a whole scenario.

    Args:
        data: The document with its places.
        names: What exists in the area; None checks the shape alone.

    Returns:
        The document, or None with every problem that was found.
    """
    context = {"names": names}
    document, problems = read_document(ScenarioDocument, data, context, TYPES)
    problems += _keys_twice(data)
    if document is not None and not problems:
        return document, []
    return None, problems + list(_beneath_unknown_types(data, context))


def _keys_twice(data: LocatedMap) -> Iterable[Problem]:
    """Yield the problem of each intervention that has another's key, which keys its random draws.

    It is looked for in what is written, so that it is told whatever else is wrong with the interventions.
    """
    entries, seen = data.get("interventions"), set()
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        key = entry.get("key") if isinstance(entry, dict) else None
        if isinstance(key, str) and key in seen:
            location = ("interventions", number, "key")
            file, line = place_of(data, location) or data.place
            yield Problem(
                file=file, line=line, key=".".join(map(str, location)), found=f"key '{key}' twice",
                allowed="a key of its own for each intervention",
            )  # fmt: skip
        seen.add(key if isinstance(key, str) else None)


def _beneath_unknown_types(data: LocatedMap, context: dict[str, Any]) -> Iterable[Problem]:
    """Yield the problems in what all types share, for entries whose type is unknown."""
    entries = data.get("interventions")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, LocatedMap) or entry.get("type") in list(TYPES):  # a list: no hash is taken
            continue
        known = {key: value for key, value in entry.items() if key in Timed.model_fields}
        shared = LocatedMap(known, entry.places, entry.place)
        for problem in read_document(Timed, shared, context)[1]:
            yield replace(problem, key=f"interventions.{number}.{problem.key}")


def json_schema() -> str:
    """Return the JSON Schema of a scenario file, as it is published in schema.json."""
    from scenarios.vocabulary import with_words

    schema = with_words(ScenarioDocument.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def write_schema() -> Path:
    """Write schema.json and return where it is."""
    SCHEMA.write_text(json_schema(), encoding="utf-8")
    return SCHEMA
