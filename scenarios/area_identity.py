"""What an area pack outside the model's package is, as a hash: a unit depends on it as on the code."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

AREAS = Path(__file__).resolve().parent.parent / "sim" / "areas"
PACK_SUFFIXES = {".csv", ".yaml"}


@cache
def area_sha256(area: str) -> str:
    """Return the hash of every table of an area pack; empty for those inside `sim`, which are hashed with it.

    Args:
        area: Key of a pack, or its folder.
    """
    folder = Path(area)
    inside = folder.name == area and (AREAS / area / "area.yaml").is_file()
    if inside or not (folder / "area.yaml").is_file():
        return ""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in PACK_SUFFIXES and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
