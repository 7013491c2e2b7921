"""What a process gives back, and that it works on as before."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sim.process import give_back, peak_memory_mb, unwritten_mappings

SMAPS = """55d0a000-55d0c000 r--p 00000000 08:01 123        /usr/bin/one
Size:                  8 kB
Anonymous:             0 kB
7f0000000000-7f0000002000 r-xp 00002000 08:01 124    /usr/lib/two.so
Size:                  8 kB
Anonymous:             0 kB
7f0000002000-7f0000003000 r--p 00004000 08:01 124    /usr/lib/two.so
Size:                  4 kB
Anonymous:             4 kB
7f0000003000-7f0000004000 rw-p 00005000 08:01 124    /usr/lib/two.so
Anonymous:             0 kB
7f0000005000-7f0000006000 r--s 00000000 08:01 125    /usr/share/shared
Anonymous:             0 kB
7f0000007000-7f0000008000 r--p 00000000 00:00 0
Anonymous:             0 kB
7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0      [vdso]
Anonymous:             0 kB
"""


def test_only_pages_of_files_that_nothing_has_written_to_are_given_back() -> None:
    """Not what the loader filled in, what may be written, what is shared, and what is no file."""
    assert list(unwritten_mappings(SMAPS)) == [(0x55D0A000, 0x55D0C000), (0x7F0000000000, 0x7F0000002000)]


@pytest.mark.skipif(sys.platform != "linux", reason="pages are given back on Linux only")
def test_a_process_works_on_when_it_has_given_back() -> None:
    """Libraries are read again from their files."""
    matrix = np.random.default_rng(1).normal(size=(40, 40))
    before = np.linalg.svd(matrix)[1]
    give_back()
    assert np.array_equal(np.linalg.svd(matrix)[1], before)
    assert peak_memory_mb() > 0.0
