"""The memory of this process: how much it has held, and how it is given back."""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
_LARGE = 1 << 18  # bytes
_STATUS = Path("/proc/self/status")
_MAPPINGS = Path("/proc/self/smaps")
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r-[-x]p) \S+ \S+ \d+\s+/")
_NOT_NEEDED = 4  # MADV_DONTNEED of sys/mman.h


def return_large_blocks() -> None:
    """Have the C library give blocks over a quarter of a megabyte back as soon as they are freed.

    By default it raises that threshold to 32 MB with use, and temporary arrays of a million residents then
    stay in the process: measured, 90 MB of a peak of 710. A month of the care network has arrays of some
    hundred kilobytes: with a threshold of two megabytes 80 MB more stay, of 580, and 54 MB when free memory
    is handed back every month. It would save a tenth of a run's time, which goes into faults in pages.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Hand free memory below the top of the C library's heap back to the system, where it can be done.

    Small blocks freed among others in use stay with the process: measured after a build, 45 MB of 755.

    With them go the pages of libraries that nothing has written to: the compiler's, of which 70 MB were read
    to load the kernels, and those that write files. What is needed again comes back from the system's own
    copy of the file, page by page.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.malloc_trim(0)
            for first, end in unwritten_mappings(_MAPPINGS.read_text()):
                library.madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), _NOT_NEEDED)


def unwritten_mappings(text: str) -> Iterator[tuple[int, int]]:
    """Yield first address and end of private mappings of files that cannot be and were not written to.

    A page that was written to, such as one whose addresses the loader filled in, would be lost. Linux says by
    mapping how much is no longer the file's own, as `Anonymous`.

    Args:
        text: What Linux says of the mappings of a process: `/proc/<process>/smaps`.
    """
    place: tuple[int, int] | None = None
    for line in text.splitlines():
        if found := _MAPPING.match(line):
            place = int(found[1], 16), int(found[2], 16)
        elif line.startswith("Anonymous:") and place:
            if line.split()[1] == "0":
                yield place
            place = None


def peak_memory_mb() -> float:
    """Return the most resident memory that this process has held, MB; 0 where it cannot be told.

    Linux hands `ru_maxrss` on from the parent process, so its own high-water mark is read there.
    """
    if sys.platform == "win32":
        return 0.0
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
