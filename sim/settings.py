"""What identifies one replicate of a run, apart from its scenario."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sim.parameters.errors import InputError

MONTHS_A_YEAR = 12
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
LONGEST_YEARS = 50


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One replicate.

    Attributes:
        area: Key or path of the area pack.
        start: First month, 'YYYY-MM'.
        years: Whole years to run.
        scale: Share of residents kept, above 0 to 1; flows are at full size whatever it is.
        seed: Seed of the run.
        replicate: Which replicate, from 1.
        growth: Whether use grows beyond demography, at the rates of the tables.
        feedback: Whether what happens in care changes residents (frailty after long stays, care-home entry).
        unlimited: Whether every care node has unlimited places: queues then couple nobody.
        reconfiguration: Whether committed plans of the area (`dated.csv`) change its network at their dates.
    """

    area: str = "dorset"
    start: str = "2026-04"
    years: int = 5
    scale: float = 1.0
    seed: int = 1
    replicate: int = 1
    growth: bool = True
    feedback: bool = True
    unlimited: bool = False
    reconfiguration: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be run; raises InputError."""
        checks = (
            ("start", self.start, "a month as YYYY-MM", bool(_MONTH.fullmatch(self.start))),
            (
                "years",
                self.years,
                f"a whole number from 1 to {LONGEST_YEARS}",
                1 <= self.years <= LONGEST_YEARS,
            ),
            ("scale", self.scale, "above 0 and at most 1", 0.0 < self.scale <= 1.0),
            ("replicate", self.replicate, "1 or more", self.replicate >= 1),
        )
        for key, found, allowed, good in checks:
            if not good:
                raise InputError(file="settings", key=key, found=found, allowed=allowed)

    @property
    def months(self) -> int:
        """Months to run."""
        return self.years * MONTHS_A_YEAR

    @property
    def calendar_start(self) -> int:
        """Calendar month of month 0: 12 * year + month - 1."""
        found = _MONTH.fullmatch(self.start)
        assert found is not None
        return int(found[1]) * MONTHS_A_YEAR + int(found[2]) - 1
