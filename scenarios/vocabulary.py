"""The words that a scenario file may use, so that editors complete them and the reference lists them.

The shape of a file is that of the pydantic models; which names exist is known to the tables alone. Here the
two meet: the JSON Schema gets lists of names. What is national is closed. What an area has of its own (nodes,
councils, neighbourhoods) is offered and not required, so that the schema serves other areas as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from scenarios.care_names import needs, pooled_services
from scenarios.evidence import evidence
from scenarios.expectations import CONDITION_SUBJECTS, NODE_SUBJECTS
from scenarios.names import (
    AGE_BANDS,
    ETHNICITIES,
    FRAILTY_CLASSES,
    INCLUSION_GROUPS,
    SEXES,
    Names,
    load_names,
)
from scenarios.programmes import programmes
from scenarios.reached import UPTAKE_GROUPS
from sim.interventions import specification as spec
from sim.interventions.care_specification import AT_ONCE, WEEKDAYS

Schema = dict[str, Any]
AREA = "dorset"
"""The area whose own names are offered."""
DEFINED = "#/$defs/"


def words(area: str = AREA) -> dict[str, tuple[str, ...]]:
    """Return every list of names, by what it is a list of."""
    names = load_names(area)
    return {
        "word_transition": names.transitions,
        "word_condition": names.conditions,
        "word_cause_of_death": ("all", *names.causes),
        "word_use": names.need_classes,
        "word_need": needs(),
        "word_diverted_need": (*needs(one_by_one=True), *AT_ONCE),
        "word_risk_factor": tuple(names.levels),
        "word_node": names.nodes,
        "word_way": tuple(dict.fromkeys((*names.nodes, *names.routes))),
        "word_sender": tuple(names.routes),
        "word_destination": (*names.routes, "home"),
        "word_place": (*names.nodes, *pooled_services()),
        "word_council": names.councils,
        "word_neighbourhood": names.neighbourhoods,
        "word_frailty": FRAILTY_CLASSES,
        "word_age_band": AGE_BANDS,
        "word_sex": SEXES,
        "word_ethnicity": ETHNICITIES,
        "word_inclusion_group": INCLUSION_GROUPS,
        "word_weekday": WEEKDAYS,
        "word_payer": get_args(spec.Payer),
        "word_measure": names.measures,
        "word_programme": tuple(programmes()),
        "word_evidence": tuple(evidence()),
    }


OPEN = {
    "word_node", "word_way", "word_sender", "word_destination", "word_place", "word_council",
    "word_neighbourhood", "word_need", "word_diverted_need",
}  # fmt: skip
"""Lists of an area, or of which a pattern such as 'acute_*' chooses: offered, and others are let through."""
PLACES: dict[str, dict[str, str]] = {
    "Capacity": {"nodes": "word_place", "weekdays": "word_weekday"},
    "ServiceTime": {"nodes": "word_node"},
    "Delay": {"from_nodes": "word_node", "to_nodes": "word_node"},
    "Routing": {
        "nodes": "word_way", "from_destinations": "word_node", "to_destinations": "word_node",
        "age_bands": "word_age_band", "councils": "word_council", "weekdays": "word_weekday",
        "shared_as": "word_sender",
    },
    "Diversion": {"needs": "word_diverted_need", "to": "word_destination", "weekdays": "word_weekday"},
    "Growth": {"needs": "word_need"},
    "EligibleField": {
        "sexes": "word_sex", "neighbourhoods": "word_neighbourhood", "councils": "word_council",
        "ethnicities": "word_ethnicity", "inclusion_groups": "word_inclusion_group",
        "conditions": "word_condition", "without_conditions": "word_condition", "frailty": "word_frailty",
    },
    "MoveField": {"factor": "word_risk_factor"},
}  # fmt: skip
"""By part of the language and key, the list that its names are from."""
EFFECTS = {
    "transition": "word_transition", "onset": "word_condition", "mortality": "word_cause_of_death",
    "need": "word_use",
}  # fmt: skip
"""What the key of an effect is from, by what it acts on."""


def with_words(schema: Schema, area: str = AREA) -> Schema:
    """Return a JSON Schema of the language with the names that its keys may have."""
    names, found = load_names(area), words(area)
    defined = schema["$defs"]
    for part, keys in PLACES.items():
        for key, name in keys.items():
            if part in defined:
                defined[part]["properties"][key] |= _of(defined[part]["properties"][key], name)
    if "EligibleField" in defined:
        _eligible(defined["EligibleField"]["properties"], names)
    if "EffectField" in defined:
        defined["EffectField"]["allOf"] = [_effect(on, name) for on, name in EFFECTS.items()]
        defined["MoveField"]["allOf"] = [_levels(factor, levels) for factor, levels in names.levels.items()]
        defined["UptakeField"]["properties"]["ratio_by"] |= _groups(defined["UptakeField"])
        budget = {"properties": {"kind": {"const": "budget"}}}
        of_payer = {"properties": {"of": _reference("word_payer")}}
        defined["LimitField"]["allOf"] = [{"if": budget, "then": of_payer}]
        defined["ExpectField"]["properties"]["measure"] |= _measure(names)
        schema["properties"]["programmes"]["items"] = _reference("word_programme")
    for part in [one for one in defined.values() if "evidence" in one.get("properties", {})]:
        part["properties"]["evidence"] |= {"anyOf": [_reference("word_evidence"), {"const": ""}]}
    used = _used(schema)
    defined |= {name: _list(name, held) for name, held in found.items() if name in used}
    return schema


def _reference(name: str) -> Schema:
    return {"$ref": DEFINED + name}


def _list(name: str, held: Iterable[str]) -> Schema:
    """Return a list of names; an open one lets others through."""
    closed: Schema = {"enum": list(held)}
    return {"anyOf": [closed, {"type": "string"}]} if name in OPEN else closed


def _of(field: Schema, name: str) -> Schema:
    """Return what of a field says which names it takes: alone, in a list, or either."""
    one, several = _reference(name), {"items": _reference(name), "type": "array"}
    if field.get("type") == "array":
        return {"items": one}
    options = field.get("anyOf", [])
    if any(option.get("type") == "array" for option in options):
        return {"anyOf": [one, several]}
    if any(option.get("type") == "null" for option in options):
        return {"anyOf": [one, {"type": "null"}]}
    return one


def _eligible(fields: Schema, names: Names) -> None:
    """Say which levels each risk factor has, and which states each condition."""
    for key, held in (("risk_factors", names.levels), ("condition_states", names.states)):
        # YAML reads no and yes without quotes as false and true, and the language takes them so.
        more: list[Schema] = [{"type": "boolean"}] if key == "condition_states" else []
        fields[key]["properties"] = {
            name: {"items": {"anyOf": [{"enum": list(levels)}, *more]} if more else {"enum": list(levels)},
                   "type": "array"}
            for name, levels in held.items()
        }  # fmt: skip
        fields[key]["additionalProperties"] = False


def _effect(on: str, name: str) -> Schema:
    """Return which keys an effect may have that acts on something."""
    chosen = {"properties": {"on": {"const": on}}, "required": ["on"]}
    return {"if": chosen, "then": {"properties": {"key": _reference(name)}}}


def _levels(factor: str, levels: Iterable[str]) -> Schema:
    """Return between which levels a factor may be moved."""
    chosen = {"properties": {"factor": {"const": factor}}, "required": ["factor"]}
    level = {"enum": list(levels)}
    return {"if": chosen, "then": {"properties": {"from_level": level, "to_level": level}}}


def _groups(uptake: Schema) -> Schema:
    """Return between which groups uptake may differ."""
    ratio = {"exclusiveMinimum": 0, "maximum": 20, "type": "number"}
    return {
        "properties": {
            by: {"properties": dict.fromkeys(groups, ratio), "additionalProperties": False, "type": "object"}
            for by, groups in UPTAKE_GROUPS.items()
        },
        "additionalProperties": False,
    }


def _measure(names: Names) -> Schema:
    """Return what may be expected to change: a measure, or a kind of it with its subject."""
    kinds = [f"{kind}:{one}" for kind in CONDITION_SUBJECTS for one in names.conditions]
    kinds += [f"deaths:{one}" for one in names.causes]
    patterns = {
        "pattern": f"^({'|'.join((*CONDITION_SUBJECTS, 'deaths', *NODE_SUBJECTS))}):",
        "type": "string",
    }
    return {"anyOf": [_reference("word_measure"), {"enum": kinds}, patterns]}


def _used(schema: Any) -> set[str]:
    """Return the names of the lists that a schema refers to."""
    if isinstance(schema, dict):
        mine = {str(schema["$ref"]).removeprefix(DEFINED)} if "$ref" in schema else set()
        return mine.union(*(_used(one) for one in schema.values()))
    return set().union(*(_used(one) for one in schema)) if isinstance(schema, list) else set()


__all__ = ["EFFECTS", "with_words", "words"]
