"""What the columns of a published file mean, as YAML: `public/*.yaml`, or a modeller's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from results.measures.registry import measures
from scenarios.fields import not_allowed
from scenarios.problems import InvalidFile
from scenarios.reading import read_document
from sim.parameters.errors import InputError
from sim.parameters.located import load_located

FOLDER = Path(__file__).with_name("public")
CONDITION_COUNTS = ("cases", "undiagnosed", "new_cases")
Columns = Annotated[list[str], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rows(_Strict):
    """Which rows count."""

    column: str = Field(description="Column that is looked at")
    keep: list[str] = Field([], description="Only rows with one of these values")
    drop: list[str] = Field([], description="Not rows with one of these values")

    @model_validator(mode="after")
    def _one_of_them(self) -> Rows:
        if bool(self.keep) == bool(self.drop):
            raise ValueError("one of keep and drop")
        return self


class Period(_Strict):
    """Where the period of a row is told."""

    column: str | None = Field(
        None,
        description="Column with it; none where the whole file is of one period, which is asked for",
    )
    formats: list[str] = Field([], description="How it is written, as in Python's strptime: 'RTT-%B-%Y'")
    months: Annotated[int, Field(ge=1, le=12)] = Field(
        1, description="Months that it spans, ending with the one that is named: 3 for a quarter"
    )
    first: bool = Field(False, description="Whether the month named is the first of them, not the last")

    @model_validator(mode="after")
    def _written(self) -> Period:
        if self.column and not self.formats:
            raise ValueError("formats, the ways in which the column writes a period")
        return self


class Figure(_Strict):
    """One measure that the file gives."""

    measure: str = Field(description="A measure of ours, or cases:CONDITION")
    add: Columns = Field(description="Columns that are added up")
    subtract: list[str] = Field([], description="Columns taken off again")
    divide_by: list[str] = Field([], description="Columns, added up, that it is a share or rate of")
    multiply: float = Field(1.0, description="Factor that turns it into the measure's unit: 100 for per cent")
    rows: list[Rows] = Field([], description="Rows of the file that it is in, where not all")
    mean: bool = Field(False, description="Whether rows are averaged rather than added: a daily count")
    reason: str = Field("", description="What is to be known of it beside our measure")
    use: Literal["fit", "hold_out", "evidence"] = "evidence"

    @field_validator("measure")
    @classmethod
    def _made(cls, value: str) -> str:
        kind = value.partition(":")[0]
        if value not in measures() and not (":" in value and kind in CONDITION_COUNTS):
            raise not_allowed(value, "a measure that the model makes", measures())
        return value


class Mapping(_Strict):
    """How a published file is read.

    Those that come with the model name Dorset's organisations; another area's go in their place.
    """

    name: str
    title: str = Field(description="What the publisher calls it")
    publisher: str
    page: str = Field(description="Where it is published, for people: nothing is fetched")
    licence: str
    sheet: str | None = Field(None, description="Sheet of a workbook; the first by default")
    header_row: Annotated[int, Field(ge=1)] = Field(1, description="Row of the column names, from 1")
    organisation: str | None = Field(None, description="Column with the code of a trust, practice or area")
    strata: dict[str, str] = Field(
        {}, description="Stratum of each organisation's code; a code that is left out is not of the area"
    )
    together: str = Field(
        "", description="Stratum of all organisations together; empty where they are not put together"
    )
    period: Period
    rows: list[Rows] = Field([], description="Rows that count")
    missing: list[str] = Field(["", "-", "*", "null", "N/A"], description="Marks of what is not published")
    figures: Annotated[list[Figure], Field(min_length=1)]


def mapping_names() -> tuple[str, ...]:
    """Return the names of the mappings that come with the model."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_mapping(name: str) -> Mapping:
    """Return a mapping by its name, or from a file of one's own.

    Raises:
        InputError: No mapping has the name, or with every problem in the file.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = mapping_names()
        raise InputError(
            file="command line", key="MAPPING", found=name,
            allowed=f"{', '.join(known)}, or a YAML file of your own", names=known,
        )  # fmt: skip
    found, problems = read_document(Mapping, load_located(path))
    if found is None:
        raise InvalidFile(problems)
    return found
