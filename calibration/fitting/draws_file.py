"""Posterior draws as a file that studies name: Parquet, with parameters, units, model version and a hash.

The hash is of the numbers and what they are of, not of the file, so that it stays when a newer library
compresses them otherwise. A file whose numbers are not those of its hash is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.fitting.posterior import Posterior
from calibration.fitting.priors import Floats
from sim.parameters.errors import InputError

KEY = b"leftshift_posterior"
LAYOUT = 1
"""Version of the file's layout."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Draws of named parameters."""

    name: str
    """Name of the posterior."""
    parameter_names: tuple[str, ...]
    """Names, in the order of the columns."""
    units: tuple[str, ...]
    """Their units."""
    values: Floats
    """Draws in these units, (draws, parameters). Draw k of a study is row k - 1."""
    model_version: str
    """Version of the model that was fitted: draws of another are not its posterior."""
    about: Mapping[str, Any]
    """How it was made: seed, calibration file, convergence, as JSON can hold it."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of names, units, model version and numbers."""
        said = [list(self.parameter_names), list(self.units), self.model_version, list(self.values.shape)]
        digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode())
        digest.update(np.ascontiguousarray(self.values, dtype="<f8").tobytes())
        return digest.hexdigest()

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each draw, with its number from 1."""
        table = pd.DataFrame(self.values, columns=list(self.parameter_names))
        table.insert(0, "draw", np.arange(1, len(table) + 1))
        return table


def draws_of(
    posterior: Posterior, *, name: str, model_version: str, about: Mapping[str, Any] | None = None
) -> Draws:
    """Return the draws of a posterior, ready to be written."""
    found = posterior.convergence
    how = {
        "r_hat": found.r_hat.tolist(), "effective_draws": found.effective.tolist(), "steps": found.steps,
        "fitted_targets": [one.name for one in posterior.problem.targets if one.use == "fit"],
        "held_out_targets": [one.name for one in posterior.problem.targets if one.use == "hold_out"],
    }  # fmt: skip
    return Draws(
        name=name,
        parameter_names=posterior.problem.parameter_names,
        units=tuple(prior.unit for prior in posterior.problem.priors),
        values=posterior.values,
        model_version=model_version,
        about={**how, **(about or {})},
    )


def write_draws(draws: Draws, path: Path) -> Path:
    """Write draws as Parquet, whole or not at all, and return the path."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    said = {
        "layout": LAYOUT, "name": draws.name, "parameters": list(draws.parameter_names),
        "units": list(draws.units), "model_version": draws.model_version, "sha256": draws.content_hash,
        "about": dict(draws.about),
    }  # fmt: skip
    table = pa.Table.from_pandas(draws.to_frame(), preserve_index=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(said, ensure_ascii=False)}), unfinished)
    os.replace(unfinished, path)
    return path


def read_draws(path: Path) -> Draws:
    """Read draws.

    Raises:
        InputError: There is no such file, it holds no posterior, or its numbers are not those of its hash.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    allowed = "a posterior that `leftshift calibrate` wrote"
    try:
        table = pq.read_table(path)
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(file=path, key="file", found="no file", allowed=allowed) from None
    except pa.ArrowInvalid:
        raise InputError(file=path, key="file", found="no Parquet", allowed=allowed) from None
    said = json.loads((table.schema.metadata or {}).get(KEY, b"{}"))
    if said.get("layout") != LAYOUT:
        raise InputError(file=path, key="layout", found=said.get("layout"), allowed=allowed)
    names = said["parameters"]
    if table.column_names != ["draw", *names]:
        raise InputError(
            file=path, key="columns", found=", ".join(table.column_names), allowed=", ".join(["draw", *names])
        )
    values = np.stack([table[name].to_numpy() for name in names], axis=1)
    draws = Draws(
        name=said["name"], parameter_names=tuple(names), units=tuple(said["units"]), values=values,
        model_version=said["model_version"], about=said["about"],
    )  # fmt: skip
    if draws.content_hash != said["sha256"]:
        raise InputError(
            file=path, key="sha256", found=draws.content_hash, allowed=f"{said['sha256']}, as it was written"
        )
    return draws
