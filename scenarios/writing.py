"""Files and folders that reach the disk whole or not at all, and what is said when the disk refuses them.

Everything of a run is written to a temporary name beside its place, flushed to the disk, and renamed; then
the folder that holds the name is flushed. Whoever is killed between two of these steps leaves what was
there before, and a temporary name that the next run sweeps.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from sim.parameters.errors import InputError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room: on the disk, in the quota, for a file of that size."""
LOCKED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.ENOTCONN})
WRITING = "writing results"
KEPT = "what was finished is kept, and the same command goes on from there"


def write_file(path: Path, content: bytes) -> None:
    """Write a file and flush it to the disk. Every byte of a run's folder goes through here."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can."""
    with suppress(OSError):  # Windows and some network folders cannot; the names are then theirs to keep
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole, in the place of one that may be there.

    Raises:
        InputError: The disk is full, the folder read-only or gone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with told(path.parent):
        try:
            write_file(temporary, content)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        flush_folder(path.parent)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder whole; what has its name is replaced.

    The folder above must be there: where it has vanished, nothing is made in its place.

    Raises:
        InputError: The disk is full, the folder read-only or gone.
    """
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    with told(folder.parent):
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            for name, content in files.items():
                write_file(temporary / name, content)
            flush_folder(temporary)
            if folder.exists():  # a folder is renamed only over an empty one
                shutil.rmtree(folder)
            os.replace(temporary, folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        flush_folder(folder.parent)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into one message for the person who can mend it.

    Raises:
        InputError: The disk is full, the folder read-only or gone.
    """
    try:
        yield
    except OSError as error:
        refusal = refusal_of(error, folder)
        if refusal is None:
            raise
        raise refusal from error


def refusal_of(error: OSError, folder: Path) -> InputError | None:
    """Return the message about a disk that refuses, or None where an error is not of that kind."""
    number = error.errno
    if number in FULL:
        found = f"no room: {free_mb(folder)} MB free on the disk; a quota or a limit on files may be used up"
        allowed = f"free room and run again; {KEPT}"
    elif number in LOCKED:
        found = f"a folder that may not be written to ({os.strerror(number)})"
        allowed = f"a folder that may be written to; mend it, or give another --out; {KEPT}"
    elif number in GONE and not folder.is_dir():
        return gone(folder)
    elif number == errno.EIO:
        found = "the disk reports a fault (input/output error)"
        allowed = f"a sound disk; {KEPT}"
    else:
        return None
    return InputError(file=str(folder), key=WRITING, found=found, allowed=allowed)


def gone(folder: Path) -> InputError:
    """Return the message about a folder that has vanished."""
    return InputError(
        file=str(folder), key=WRITING,
        found="the folder is gone: removed, renamed, or its disk is not mounted any more",
        allowed="a folder that stays; bring it back, and the same command goes on from what it holds",
    )  # fmt: skip


def free_mb(folder: Path) -> str:
    """Return the room on a folder's disk in whole MB, or that it is not known."""
    try:
        return f"{shutil.disk_usage(folder).free // 1_000_000:,}"
    except OSError:
        return "an unknown number of"
