"""What an area pack holds and how it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.areas.size import too_large
from sim.parameters.area_schemas import TABLES, neighbourhoods
from sim.parameters.errors import InputError
from sim.parameters.named import AREA_SCALARS
from sim.parameters.schemas import SCALARS
from sim.parameters.tables import Schema, read_table

AREAS = Path(__file__).parent
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Name = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    """Refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Council(_Strict):
    """An upper-tier council; its position in the list is the council index."""

    key: Key = Field(description="Key in the tables.")
    name: Name = Field(description="Name in reports.")
    code: Name = Field(description="ONS code.")


class Trust(_Strict):
    """A provider of care, in the area or outside it."""

    key: Key = Field(description="Key that sites name.")
    name: Name = Field(description="Name in reports.")
    code: Name = Field(description="ODS code, or none.")


class Site(_Strict):
    """A hospital or urgent treatment centre."""

    key: Key = Field(description="Key in the tables and the network.")
    name: Name = Field(description="Name in reports.")
    trust: Key = Field(description="Key of the trust that runs it.")
    in_area: bool = Field(
        description="Whether the model serves its patients; use of other sites is counted only."
    )
    lat: float = Field(ge=-90, le=90, description="Latitude, degrees.")
    lon: float = Field(ge=-180, le=180, description="Longitude, degrees.")
    services: list[Key] = Field(min_length=1, description="Services it gives, as in catchment.csv.")


class AreaDescription(_Strict):
    """The content of area.yaml."""

    key: Key = Field(description="Name of the folder and of `--area`.")
    name: Name = Field(description="Name in reports.")
    list_size: int = Field(gt=0, description="People registered with the area's practices at the start.")
    start: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="First month, YYYY-MM.")
    health_index: Literal["imd_2019", "imd_2025"] = Field(description="Index that makes the quintiles.")
    councils: list[Council] = Field(min_length=1, description="Councils, in the order of the council index.")
    trusts: list[Trust] = Field(min_length=1, description="Providers.")
    coordinates_source: Name = Field(description="Where the positions of the sites come from.")
    coordinates_grade: Literal["A", "B", "C", "G"] = Field(description="Grade of the positions.")
    sites: list[Site] = Field(min_length=1, description="Hospitals and urgent treatment centres.")
    sensitive: bool = Field(default=False, description="Whether small counts from it must be suppressed.")
    notes: list[str] = Field(default_factory=list, description="What to know before using it.")


@dataclass(frozen=True, kw_only=True)
class AreaPack:
    """One area: its description and its tables.

    Every name in `tables` is also an attribute, so `pack.life_table` is `pack.tables["life_table"]`.
    """

    directory: Path
    """Folder of the pack."""
    description: AreaDescription
    """Content of area.yaml."""
    tables: Mapping[str, pd.DataFrame]
    """Tables by name, among them `neighbourhoods`, `population_by_age` and `parameters`."""

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables: Mapping[str, pd.DataFrame] = self.__dict__.get("tables", {})
        if name not in tables:
            raise AttributeError(name)
        return tables[name]

    @property
    def council_keys(self) -> tuple[str, ...]:
        """Keys of the councils, in index order."""
        return tuple(council.key for council in self.description.councils)

    @property
    def neighbourhood_keys(self) -> tuple[str, ...]:
        """Keys of the neighbourhoods, in index order."""
        return tuple(self.tables["neighbourhoods"]["key"])

    def scalar(self, name: str) -> float:
        """The value called `name` in parameters.csv; InputError when there is none."""
        found = self.tables["parameters"].set_index("name")["value"]
        if name not in found.index:
            raise InputError(
                file=self.directory / "parameters.csv",
                key="name",
                found=name,
                allowed="a scalar of this table",
                names=list(found.index),
            )
        return float(found.loc[name])

    def with_scalars(self, values: Mapping[str, float]) -> AreaPack:
        """Return the same pack with some scalars of its tables replaced; names of other tables are let be."""
        tables = dict(self.tables)
        for table in AREA_SCALARS:
            names = tables[table]["name"]
            changed = {name: value for name, value in values.items() if (names == name).any()}
            new = names.map(changed).astype("float64")
            tables[table] = tables[table].assign(value=new.fillna(tables[table]["value"]))
        return replace(self, tables=tables)

    def scalars_among(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return those of some values by name that are of this area's tables."""
        own = {str(name) for table in AREA_SCALARS for name in self.tables[table]["name"]}
        return {name: value for name, value in values.items() if name in own}


def area_keys() -> tuple[str, ...]:
    """Keys of the packs that come with the model."""
    return tuple(sorted(path.parent.name for path in AREAS.glob("*/area.yaml")))


def area_directory(key_or_path: str | Path) -> Path:
    """Folder of an area given by its key or its path; InputError with the nearest key otherwise."""
    if str(key_or_path) in area_keys():
        return AREAS / str(key_or_path)
    path = Path(key_or_path)
    if (path / "area.yaml").is_file():
        return path
    raise InputError(
        file="--area",
        key="area",
        found=str(key_or_path),
        allowed=f"a folder that holds area.yaml, or one of {', '.join(area_keys())}",
        names=area_keys(),
    )


def table_schemas(description: AreaDescription) -> dict[str, Schema]:
    """The schema of each table of a pack, by the file's name without `.csv`."""
    councils = tuple(council.key for council in description.councils)
    network = replace(SCALARS, name="network_scalars", pattern="network_parameters.csv")
    schemas = (neighbourhoods(councils), *TABLES, SCALARS, network)
    return {schema.pattern.removesuffix(".csv"): schema for schema in schemas}


def read_description(path: Path) -> AreaDescription:
    """The content of an area.yaml; InputError naming the key when it is wrong."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(file=path, key="YAML", found=str(error), allowed="well-formed YAML") from error
    try:
        return AreaDescription.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole file"
        names = AreaDescription.model_fields if first["type"] == "extra_forbidden" else ()
        found = first["loc"][-1] if first["type"] == "extra_forbidden" else first["input"]
        raise InputError(file=path, key=key, found=found, allowed=first["msg"], names=names) from error


def load_area(key_or_path: str | Path) -> AreaPack:
    """Load an area by key (`dorset`) or by the path of its folder.

    Raises InputError for an unknown area (with the nearest name) and for the first fault in its files.
    Sums and names across tables are the business of `check_area`.
    """
    directory = area_directory(key_or_path)
    description = read_description(directory / "area.yaml")
    schemas = table_schemas(description)
    tables = {name: read_table(directory / f"{name}.csv", schema) for name, schema in schemas.items()}
    for problem in too_large(directory, len(description.councils), len(tables["neighbourhoods"])):
        raise problem
    return AreaPack(directory=directory, description=description, tables=tables)
