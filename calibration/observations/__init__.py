"""Observed figures that a calibration fits or holds out: their table, its checks, what a run says of each."""

from calibration.observations.observation import COLUMNS, USES, Observation
from calibration.observations.reading import read, readings
from calibration.observations.table import check_periods, load, write

__all__ = [
    "COLUMNS",
    "USES",
    "Observation",
    "check_periods",
    "load",
    "read",
    "readings",
    "write",
]
