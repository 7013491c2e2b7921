"""A calibration's posterior: a Parquet file of draws of named parameters, made for one version of the model.

The format, version 1.0. One row a draw, in no order that means anything (a chain is shuffled before it is
written), so that draw k of a study is row k whatever the number of draws; one column of 64-bit floats for
each parameter, named as in the tables; no nulls. The file's metadata have the key `leftshift_posterior`, a
JSON object of

    format_version    "1.0"; the part before the dot is refused when it differs
    code_version      version of the model that it was calibrated with, in words
    code_sha256       hash of the model's code and tables (`scenarios.identity.code_sha256`)
    area              key of the area pack
    calibration       name of the calibration

and may have more. `write_posterior` makes such a file. What `leftshift calibrate` writes
(`calibration/fitting/draws_file.py`: `layout`, `name`, `parameters`, `model_version`, a column `draw`) is
read as well; its version is compared with this one's in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios import identity
from sim.parameters.errors import InputError
from sim.parameters.named import NamedNumber, problem_of_name, problem_of_value
from sim.source import code_sha256

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FORMAT_VERSION = "1.0"
METADATA = b"leftshift_posterior"
REQUIRED = ("format_version", "code_version", "code_sha256", "area", "calibration")
MOST_TOLD = 3
"""Rows of one column that are named when their values are out of range."""


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Draws of parameters, jointly.

    Attributes:
        file: Where it is.
        made: What its metadata say.
        draws: Values by the parameter's name, one a row.
    """

    file: Path
    made: Mapping[str, Any]
    draws: Mapping[str, list[float]] = field(repr=False)

    @property
    def rows(self) -> int:
        """Return the number of draws that it holds."""
        return len(next(iter(self.draws.values()), []))

    def at(self, draw: int) -> dict[str, float]:
        """Return the parameters of a draw, counted from 1."""
        return {name: values[draw - 1] for name, values in self.draws.items()}


def read_posterior(path: Path) -> Posterior:
    """Read a posterior; raises InputError when it is none or of another format."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    allowed = "a posterior: Parquet, one row a draw (docs/reference/study_file.md)"
    if not path.is_file():
        raise InputError(file=path, key="file", found="no such file", allowed=allowed)
    try:
        table: pa.Table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        found = f"what is no Parquet ({str(error).splitlines()[0]})"
        raise InputError(file=path, key="file", found=found, allowed=allowed) from None
    made = _made(path, table.schema.metadata or {})
    named = made.get("parameters", table.column_names)
    missing = [name for name in named if name not in table.column_names]
    if missing:
        raise InputError(file=path, key="columns", found=f"no {missing[0]}", allowed="all its parameters")
    table = table.select(named)
    for column in table.schema:
        if not pa.types.is_floating(column.type) or table.column(column.name).null_count:
            found = f"{column.type}" if not pa.types.is_floating(column.type) else "empty cells"
            raise InputError(file=path, key=column.name, found=found, allowed="a number in every row")
    if not table.num_rows or not table.num_columns:
        raise InputError(file=path, key="rows", found="none", allowed="a row a draw, a column a parameter")
    return Posterior(file=path, made=made, draws=table.to_pydict())


def _made(path: Path, metadata: Mapping[bytes, bytes]) -> Mapping[str, Any]:
    """Return what the metadata say of how a posterior was made; raises InputError."""
    try:
        made = json.loads(metadata.get(METADATA, b"null"))
    except ValueError:
        made = None
    if isinstance(made, dict) and "layout" in made:
        made = _of_calibration(made)
    missing = [name for name in REQUIRED if not isinstance(made, dict) or name not in made]
    if missing:
        found = "no metadata" if not isinstance(made, dict) else f"metadata without {', '.join(missing)}"
        raise InputError(
            file=path, key=METADATA.decode(), found=found, allowed=f"metadata with {', '.join(REQUIRED)}"
        )
    version = str(made["format_version"])
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise InputError(file=path, key="format_version", found=version, allowed=FORMAT_VERSION)
    return dict(made)


def _of_calibration(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the metadata of a calibration's own file say, in the words of this format."""
    about = said.get("about") or {}
    version = str(said.get("model_version", "not recorded"))
    return {
        **about, "format_version": f"{said['layout']}.0", "code_version": version,
        "code_sha256": about.get("code_sha256", version), "area": about.get("area"),
        "calibration": str(said.get("name", "")), "parameters": list(said.get("parameters", [])),
    }  # fmt: skip


def problems_of(
    posterior: Posterior, area: str, numbers: Mapping[str, NamedNumber], accepted: str | None
) -> Iterator[InputError]:
    """Yield everything that keeps a posterior from being used.

    Args:
        posterior: The posterior.
        area: Area of the study.
        numbers: Named numbers of the tables.
        accepted: Code version that the study's author accepts.
    """
    made = posterior.made
    now = identity.environment()["code_version"]
    same = made["code_sha256"] == code_sha256() or made["code_version"] == now
    if not same and accepted != made["code_version"]:
        yield InputError(
            file=posterior.file, key="code_version", found=f"{made['code_version']}, another model version",
            allowed=f"{now}: calibrate again with it; or accept the other with posterior_version",
        )  # fmt: skip
    if made["area"] not in {None, area}:
        yield InputError(file=posterior.file, key="area", found=made["area"], allowed=area)
    for name, values in posterior.draws.items():
        unknown = problem_of_name(name, numbers, posterior.file)
        if unknown is not None:
            yield unknown
            continue
        wrong = [(row, one) for row, one in enumerate(values, 1) if problem_of_value(numbers[name], one, "")]
        for row, one in wrong[:1]:
            problem = problem_of_value(numbers[name], one, posterior.file)
            assert problem is not None
            rows = ", ".join(str(row) for row, _ in wrong[:MOST_TOLD])
            problem.key = f"{name}, row {rows}" + (f" and {len(wrong) - MOST_TOLD} more" if
                                                   len(wrong) > MOST_TOLD else "")  # fmt: skip
            yield problem


def write_posterior(
    draws: pd.DataFrame, path: Path, *, area: str, calibration: str, more: Mapping[str, Any] | None = None
) -> None:
    """Write a posterior made with this version of the model.

    Args:
        draws: A row a draw, shuffled; a column of numbers for each parameter.
        path: The file.
        area: Key of the area pack.
        calibration: Name of the calibration.
        more: What else is to be recorded.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = {
        **(more or {}), "format_version": FORMAT_VERSION, "code_sha256": code_sha256(),
        "code_version": identity.environment()["code_version"], "area": area, "calibration": calibration,
    }  # fmt: skip
    table = pa.Table.from_pandas(draws.astype("float64"), preserve_index=False)
    table = table.replace_schema_metadata({METADATA: json.dumps(made, sort_keys=True).encode()})
    pq.write_table(table, path, compression="zstd")
