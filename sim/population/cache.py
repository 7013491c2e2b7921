"""A cache of arrays that are costly to make, safe for many workers at once.

Files lie in `LEFTSHIFT_CACHE`, else in `leftshift` below `XDG_CACHE_HOME`, else in `~/.cache/leftshift`;
an empty `LEFTSHIFT_CACHE` turns the cache off. A file's name holds the SHA-256 of everything its content
depends on, and it appears by an atomic rename, so a reader never sees half of one and two writers of the
same content do no harm. A folder that cannot be written means no cache, never an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Arrays = dict[str, npt.NDArray[Any]]

KEPT = 4
"""Files of one name that are kept: those made or read last."""
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def cache_directory() -> Path | None:
    """Return the folder of the cache, or None when it is turned off or there is no home to put it in."""
    chosen = os.environ.get("LEFTSHIFT_CACHE")
    if chosen is not None:
        return Path(chosen).expanduser() if chosen else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "leftshift"
    except RuntimeError:
        return None


def content_key(
    tables: Mapping[str, pd.DataFrame], modules: Iterable[ModuleType], settings: Mapping[str, object]
) -> str:
    """Return the SHA-256 of tables, source of modules, settings and version of numpy, as hexadecimal digits.

    Args:
        tables: Frames by name; columns, types and every cell count, row labels do not.
        modules: Modules whose source makes the arrays; of a package, all modules in its folder.
        settings: Anything else, such as the seed, by name.
    """
    digest = hashlib.sha256(f"numpy {np.__version__}".encode())
    for name in sorted(tables):
        frame = tables[name]
        digest.update(f"{name}{list(frame.columns)}{list(map(str, frame.dtypes))}".encode())
        for column in range(frame.shape[1]):
            digest.update(_content(frame.iloc[:, column]))
    for module in sorted(modules, key=lambda item: item.__name__):
        digest.update(module.__name__.encode())
        file = Path(str(module.__file__))
        for part in sorted(file.parent.glob("*.py")) if file.name == "__init__.py" else [file]:
            digest.update(part.read_bytes())
    for name in sorted(settings):
        digest.update(f"{name}={settings[name]!r};".encode())
    return digest.hexdigest()


def _content(column: pd.Series[Any]) -> bytes:
    """Return the cells of a column as bytes; a fifth of the time of pandas' own hash for tables so small."""
    values = column.to_numpy()
    return values.tobytes() if values.dtype.kind in "biuf" else repr(values.tolist()).encode()


def load_or_make(name: str, key: str, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays of `key` from the cache, or make and keep them.

    Args:
        name: What they are; the start of the file's name.
        key: `content_key` of everything they depend on.
        make: Makes them; called when they are not there or cannot be read.
    """
    directory = cache_directory()
    if directory is None:
        return make()
    path = directory / f"{name}-{key}.npz"
    found = read_arrays(path)
    if found is not None:
        return found
    made = make()
    write_arrays(path, made, KEPT)
    return made


def read_arrays(path: Path) -> Arrays | None:
    """Return the arrays of a file, or None when it is not there or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except _UNREADABLE:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # what is in use outlives what was made for one run
    return found


def write_arrays(path: Path, arrays: Arrays, kept: int) -> None:
    """Write a file by atomic rename; do nothing where that is not possible.

    Args:
        path: The file, 'name-key.npz'.
        arrays: What it holds.
        kept: How many files of its name there may then be, those used last.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=".making-", suffix=".npz", delete=False
        ) as handle:
            temporary = Path(handle.name)
            np.savez(handle, allow_pickle=False, **arrays)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
        _prune(path, kept)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _prune(path: Path, kept: int) -> None:
    """Remove all but the newest files of the same name; another worker may be doing the same."""
    stem = path.name.rsplit("-", 1)[0]
    files = []
    for file in path.parent.glob(f"{stem}-*.npz"):
        with contextlib.suppress(OSError):
            files.append((file.stat().st_mtime, file))
    for _, old in sorted(files, reverse=True)[kept:]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)
