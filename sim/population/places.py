"""The codes of the places where residents may be: a byte, whatever the size of the care network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MOST_CODES = 255
"""Codes above 0 that a byte holds."""


def place_codes(nodes: Sequence[str], kinds: Sequence[str]) -> tuple[tuple[str, ...], npt.NDArray[np.uint8]]:
    """Return what the places where residents may be are called, and the code of each node, from 1.

    A code is a byte, so a network of several systems, with more nodes than that, tells kinds of care alone.

    Args:
        nodes: Names of the nodes.
        kinds: Their kinds of care.
    """
    names = nodes if len(nodes) <= MOST_CODES else kinds
    labels = tuple(dict.fromkeys(names))
    number = {label: code for code, label in enumerate(labels, start=1)}
    return labels, np.array([number[name] for name in names], np.uint8)
