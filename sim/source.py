"""The code and tables of the model as one hash: what every result depends on."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

SIM = Path(__file__).resolve().parent
CODE_SUFFIXES = {".py", ".csv", ".yaml", ".json"}


@cache
def code_sha256() -> str:
    """Return the hash of every module and table under `sim`: what a replicate's tables depend on."""
    digest = hashlib.sha256()
    for path in sorted(SIM.rglob("*")):
        if path.suffix in CODE_SUFFIXES and path.is_file():
            digest.update(path.relative_to(SIM).as_posix().encode())
            digest.update(b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


__all__ = ["CODE_SUFFIXES", "SIM", "code_sha256"]
