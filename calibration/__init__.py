"""Calibration and validation: targets, what a run says of them, and the table that holds the two together.

Names are loaded on first use, so that `leftshift --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.command import validate_command
    from calibration.page import baseline_page, write_baseline_page
    from calibration.targets import Target, load_targets
    from calibration.validation import compare_with_evidence, missed, write_validation

__all__ = [
    "Target",
    "baseline_page",
    "compare_with_evidence",
    "load_targets",
    "missed",
    "validate_command",
    "write_baseline_page",
    "write_validation",
]

_HOME = {
    "Target": "calibration.targets",
    "baseline_page": "calibration.page",
    "compare_with_evidence": "calibration.validation",
    "load_targets": "calibration.targets",
    "missed": "calibration.validation",
    "validate_command": "calibration.command",
    "write_baseline_page": "calibration.page",
    "write_validation": "calibration.validation",
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(_HOME[name]), name)
