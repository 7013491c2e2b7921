"""JSON objects in files, each written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scenarios.writing import replace_file


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object from a file, or None where there is none that can be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def json_bytes(value: dict[str, Any]) -> bytes:
    """Return a JSON object as the content of a file."""
    return (json.dumps(value, indent=1, default=float) + "\n").encode("utf-8")


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object whole: to a temporary name, flushed to the disk, then renamed.

    Raises:
        InputError: The disk is full, the folder read-only or gone.
    """
    replace_file(path, json_bytes(value))
