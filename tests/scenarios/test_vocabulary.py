"""The words of the language are where people look for them: in the editor's schema and in the reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import AfterValidator, BeforeValidator
from pydantic.fields import FieldInfo

from scenarios.types import PARTS, TYPES
from scenarios.vocabulary import EFFECTS

Schema = dict[str, Any]
WORDS = (
    "ed_type1_attendance", "hospital_at_home", "smoking.current_to_ex_under_1", "treated_controlled",
    "persists", "self_funder", "place_day", "most_use", "last_days",
)  # fmt: skip


@pytest.fixture
def schema(root: Path) -> Schema:
    """The schema that editors read."""
    found: Schema = json.loads((root / "scenarios" / "schema.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("page", ["scenarios/schema.json", "docs/reference/scenario_language.md"])
def test_a_word_can_be_looked_up(root: Path, page: str, word: str) -> None:
    """Need classes, nodes, transitions, levels, and the choices of on, per, payer, order and after_stop."""
    text = (root / page).read_text(encoding="utf-8")
    assert f'"{word}"' in text or f"`{word}`" in text


def test_every_field_that_is_checked_against_names_offers_them(schema: Schema) -> None:
    """A field whose names the check knows has a list in the schema: none is forgotten."""
    checked = []
    for model in (*TYPES.values(), *PARTS.values()):
        for key, field in model.model_fields.items():
            if _is_checked(field):
                checked.append((model.__name__, key))
                held = json.dumps(schema["$defs"][model.__name__]["properties"][key])
                assert "word_" in held or '"properties"' in held, (model, key)
    assert ("Diversion", "needs") in checked
    assert ("EligibleField", "conditions") in checked


def _is_checked(field: FieldInfo) -> bool:
    """Tell whether names of a field, or of its members, are validated against the area or the tables."""
    held = [
        *field.metadata,
        *(m for one in _options(field.annotation) for m in getattr(one, "__metadata__", ())),
    ]
    functions = [one.func for one in held if isinstance(one, AfterValidator | BeforeValidator)]
    return any(one.__qualname__.startswith(("_known.", "_matching.")) for one in functions)


def _options(annotation: Any) -> list[Any]:
    """Return what an annotation holds: members of lists, options."""
    inner = getattr(annotation, "__args__", ())
    return [annotation, *(one for option in inner for one in _options(option))]


def test_the_key_of_an_effect_depends_on_what_it_acts_on(schema: Schema) -> None:
    """So that an editor offers need classes where `on` is need, and conditions where it is onset."""
    ways = {one["if"]["properties"]["on"]["const"]: one["then"]["properties"]["key"]["$ref"]
            for one in schema["$defs"]["EffectField"]["allOf"]}  # fmt: skip
    assert ways == {on: f"#/$defs/{name}" for on, name in EFFECTS.items()}
    assert all(ref.removeprefix("#/$defs/") in schema["$defs"] for ref in ways.values())


def test_names_of_another_area_are_let_through(schema: Schema) -> None:
    """Nodes and councils are offered, conditions are closed."""
    assert {"type": "string"} in schema["$defs"]["word_node"]["anyOf"]
    assert set(schema["$defs"]["word_condition"]) == {"enum"}
