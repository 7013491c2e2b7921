"""Cohort files: whom a run follows for the neighbourhood health scorecard.

A cohort is written like the eligibility of a programme, with how many and in which order. The file with the
name of an area in `scenarios/cohorts/` is followed in every run of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from scenarios.eligible import EligibleField
from scenarios.fields import Key, Strict, not_allowed
from scenarios.names import load_names
from scenarios.problems import InvalidFile
from scenarios.reading import read_document
from sim.interventions import specification as spec
from sim.observers.cohort_specification import CohortSpecification
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.located import load_located

FOLDER = Path(__file__).resolve().parent / "cohorts"
SUFFIXES = (".yaml", ".yml")


class CohortDocument(Strict):
    """Whom a run follows: chosen on the start population, the same people in every scenario."""

    name: Key
    label: Annotated[str, Field(min_length=1)]
    description: str = ""
    eligible: EligibleField = Field(EligibleField(), description="Who may be in it, as for a programme")
    size: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        None, description="How many people, in their order; without it all who may"
    )
    order: spec.Order = Field("random", description="Who comes first")
    by: spec.RiskOf = Field("emergency_admission", description="With order: highest_risk, the risk of what")
    newcomers: bool = Field(
        False, description="Residents born or moved in later join, if they may be in it on that day"
    )
    caseload: list[Key] = Field(
        [], description="Programmes whose people are on the caseload; by default all that state a caseload"
    )

    @model_validator(mode="after")
    def _newcomers_need_no_rank(self) -> CohortDocument:
        """Refuse newcomers where who is in depends on all the others at the start."""
        if self.newcomers and (self.size is not None or self.eligible.risk_stratum is not None):
            raise not_allowed(
                "newcomers with size or risk_stratum", "newcomers in a cohort of all who meet its filters"
            )
        return self

    def build(self) -> CohortSpecification:
        """Return what the simulation is given."""
        return CohortSpecification(
            name=self.name, label=self.label, eligible=self.eligible.build(), size=self.size,
            order=self.order, by=self.by, newcomers=self.newcomers, caseload=tuple(self.caseload),
        )  # fmt: skip


def load_cohort(name_or_path: str | Path, area: str) -> CohortSpecification:
    """Read a cohort file.

    Args:
        name_or_path: A path ending in .yaml or .yml, or the stem of a file in `scenarios/cohorts/`.
        area: The area pack that its names are checked against.

    Raises:
        InputError: When there is no such file, or it has problems (all are told).
    """
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES:
        known = sorted(one.stem for one in FOLDER.glob("*.yaml"))
        if str(name_or_path) not in known:
            raise InputError(
                file="command line", key="--cohort", found=str(name_or_path),
                allowed=f"a file ending in .yaml, or one of {', '.join(known)}",
                names=[nearest_name(str(name_or_path), known) or ""],
            )  # fmt: skip
        path = FOLDER / f"{name_or_path}.yaml"
    document, problems = read_document(CohortDocument, load_located(path), {"names": load_names(area)})
    if document is None:
        raise InvalidFile(problems)
    return document.build()


def cohorts_of(area: str, given: Sequence[str | Path] = ()) -> tuple[CohortSpecification, ...]:
    """Return the cohorts that a run follows: that of its area, then those asked for, each once.

    Raises:
        InputError: When a file cannot be read, or two differ under one name.
    """
    usual = FOLDER / f"{area}.yaml"
    found: dict[str, CohortSpecification] = {}
    for one in [*([usual] if usual.is_file() else []), *given]:
        cohort = load_cohort(one, area)
        if found.setdefault(cohort.name, cohort) != cohort:
            raise InputError(
                file=one, key="name", found=f"'{cohort.name}', the name of another cohort of this run",
                allowed="a name of its own for each cohort",
            )  # fmt: skip
    return tuple(found.values())


def cohort_schema() -> str:
    """Return the JSON Schema of a cohort file, as it is published in cohort_schema.json."""
    from scenarios.vocabulary import with_words

    schema = with_words(CohortDocument.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


__all__ = ["CohortDocument", "cohort_schema", "cohorts_of", "load_cohort"]
