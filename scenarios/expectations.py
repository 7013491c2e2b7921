"""What a scenario is expected to do: directions that tests hold it to, stated before it is run."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from scenarios.fields import Key, Strict, not_allowed
from scenarios.names import Names
from scenarios.refusals import some_of

Direction = Literal["falls", "rises", "stays"]
MOST_YEARS = 10
CONDITION_SUBJECTS = ("new_cases", "cases", "undiagnosed")
NODE_SUBJECTS = ("arrivals", "starts", "mean_occupied", "mean_queue", "mean_blocked", "mean_places")
SUBJECTS = (*CONDITION_SUBJECTS, "deaths", *NODE_SUBJECTS)


class ExpectField(Strict):
    """A measure that must fall, rise or stay against the baseline, and why."""

    measure: str = Field(
        description="A measure of results/measures/registry.csv; a sum of money such as net_cost_nhs "
        "(results/economics/sums.csv, of any payer); or KIND:NAME, such as new_cases:stroke_tia, "
        f"deaths:cancer, arrivals:p1_* (a pattern adds nodes up), where KIND is {', '.join(SUBJECTS)}"
    )
    direction: Direction
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)] = Field(
        1, description="Years of the run; the measure is judged in the last of them"
    )
    variant: Key | None = Field(None, description="The variant that it is expected of; every one by default")
    why: Annotated[str, Field(min_length=1)] = Field(description="The mechanism, in a sentence")

    @field_validator("measure")
    @classmethod
    def _measure_exists(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a measure that nothing records."""
        names = (info.context or {}).get("names")
        if names is None:
            return value
        kind, colon, subject = value.partition(":")
        if not colon:
            known = "a measure of docs/reference/measures.md, a sum such as net_cost_nhs"
            _refuse_unknown(value, names.measures, known, SUBJECTS)
        elif kind not in SUBJECTS:
            raise not_allowed(value, f"one of {', '.join(f'{one}:NAME' for one in SUBJECTS)}", SUBJECTS)
        else:
            _refuse_unknown(subject, *_known(kind, names))
        return value


def _known(kind: str, names: Names) -> tuple[tuple[str, ...], str]:
    """Return what may follow a kind, and what to call it."""
    if kind in CONDITION_SUBJECTS:
        return names.conditions, "a condition"
    return (names.causes, "a cause of death") if kind == "deaths" else (names.nodes, "a node")


def _refuse_unknown(value: str, known: tuple[str, ...], what: str, more: Iterable[str] = ()) -> None:
    """Refuse a name, or a pattern, that matches nothing."""
    if not fnmatch.filter(known, value):
        also = f", or {', '.join(f'{one}:NAME' for one in more)}" if more else f": {some_of(value, known)}"
        raise not_allowed(value, what + also, known)
