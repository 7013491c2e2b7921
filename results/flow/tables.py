"""The tables of a flow's folder, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("nodes", "series", "routes", "number_in_system", "precision", "offered_load")


@dataclass(frozen=True, kw_only=True)
class FlowTables:
    """What `leftshift flow` wrote."""

    folder: Path
    manifest: dict[str, Any]
    nodes: pd.DataFrame
    series: pd.DataFrame
    routes: pd.DataFrame
    number_in_system: pd.DataFrame
    precision: pd.DataFrame
    offered_load: pd.DataFrame

    @property
    def time_unit(self) -> str:
        """The file's unit of time, in the plural."""
        return f"{self.manifest['network']['time_unit']}s"

    @property
    def settings(self) -> dict[str, Any]:
        """What was asked for: days, warm_up, replicates, seed, precision, journeys."""
        settings: dict[str, Any] = self.manifest["settings"]
        return settings

    def label(self, node: str) -> str:
        """A node's name in words."""
        declared = self.manifest["network"]["nodes"].get(node, {})
        return str(declared.get("label") or node).replace("_", " ")

    def places(self, node: str) -> str:
        """A node's places in words."""
        return str(self.manifest["network"]["nodes"].get(node, {}).get("places", "unlimited"))


def load_flow(folder: str | Path) -> FlowTables:
    """Read a flow's folder.

    Args:
        folder: The folder.

    Raises:
        InputError: It holds no flow, or a table is missing.
    """
    import pandas as pd

    folder = Path(folder)
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    if not isinstance(manifest, dict) or manifest.get("kind") != "flow":
        found = (
            f"kind {manifest['kind']}" if isinstance(manifest, dict) and "kind" in manifest else "no manifest"
        )
        raise InputError(file=path, key="kind", found=found, allowed="the folder of `leftshift flow`")
    tables = {}
    for name in NAMES:
        table = folder / f"{name}.csv"
        if not table.is_file():
            raise InputError(file=table, key=name, found="no such file", allowed="run `leftshift flow` again")
        tables[name] = pd.read_csv(table, keep_default_na=True, dtype=_words(name))
    return FlowTables(folder=folder, manifest=manifest, **tables)


def _words(table: str) -> dict[str, str]:
    """Columns that hold names, which may look like numbers."""
    return {"routes": {"from": "str", "to": "str"}, "number_in_system": {}}.get(table, {"node": "str"})
