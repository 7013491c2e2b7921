"""One observed figure: what was counted, of whom, when, how surely, and what it may be used for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from results.measures.registry import measures
from sim.parameters.errors import nearest_name

USES = ("fit", "hold_out", "evidence")
"""`fit`: parameters are chosen with it in view. `hold_out`: set aside before any fitting, to judge it by.
`evidence`: shown beside the model and neither, as it made a table of it or is a plan's ambition."""
GRADES = ("A", "B", "C", "G")
"""A read in a publication, B recalled from one, C derived or assumed, G stated in a plan."""
FITTED_GRADE = "A"
REQUIRED = ("measure", "stratum", "period", "value", "unit", "use", "source", "grade")
OPTIONAL = ("low", "high", "standard_error", "weight", "reason")
COLUMNS = (
    *REQUIRED[:4],
    "low",
    "high",
    "standard_error",
    "unit",
    "use",
    "weight",
    "source",
    "grade",
    "reason",
)
OF_CONDITIONS = {"cases": "people", "undiagnosed": "people", "new_cases": "people"}
"""Counts of a condition, as `cases:diabetes_type2`, and their unit; `new_cases` are those of the period."""
WIDTH_95 = 2 * 1.959964
"""Standard errors between the ends of a 95% interval."""
_MONTH = r"(\d{4})-(0[1-9]|1[0-2])"
_PERIODS = {
    "month": re.compile(_MONTH),
    "months": re.compile(f"{_MONTH} to {_MONTH}"),
    "financial year": re.compile(r"(\d{4})/(\d{2})"),
    "year": re.compile(r"(\d{4})"),
}
PERIODS_ALLOWED = "a month 2025-04, months 2025-04 to 2025-09, a financial year 2025/26, or a year 2025"
EVERYBODY = "everybody"
"""All who are cared for in the area: residents, and people from elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One observed figure.

    Attributes:
        measure: A measure of the registry (`docs/reference/measures.md`), or `cases:`, `undiagnosed:` or
            `new_cases:` and a condition.
        stratum: `all` residents, `everybody` (people from elsewhere too), or a recorded dimension and its
            levels, added up: `site:poole+royal_bournemouth`.
        period: A month, months, a financial year or a year. What is counted is counted over it; a waiting
            list or a register is that of its last month.
        value: The figure, in `unit`.
        low: Lower end of its 95% interval; nan where none is known.
        high: Upper end.
        standard_error: Its standard error; nan where neither it nor an interval is given: a count then has
            that of a Poisson count, anything else none.
        unit: That of the measure over such a period: 'attendances' a year are 'attendances' of a month.
        use: One of `USES`.
        weight: How much it counts beside others in a fit; 1 by default.
        source: Where it was read.
        grade: One of `GRADES`.
        reason: Why `use` is what it is, or what is to be known of it.
        line: Its line in the file, 0 where there is none.
    """

    measure: str
    stratum: str
    period: str
    value: float
    unit: str
    use: str
    source: str
    grade: str
    low: float = float("nan")
    high: float = float("nan")
    standard_error: float = float("nan")
    weight: float = 1.0
    reason: str = ""
    line: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is a figure of: two of the same are one too many."""
        return self.measure, self.stratum, self.period

    @property
    def months(self) -> tuple[str, ...]:
        """Labels 'YYYY-MM' of its months."""
        first, last = months_of(self.period)
        return tuple(f"{number // 12}-{number % 12 + 1:02d}" for number in range(first, last + 1))

    @property
    def error(self) -> float:
        """Its standard error in `unit`: as given, from its interval, of a Poisson count, or 0."""
        if self.standard_error == self.standard_error:
            return self.standard_error
        if self.low == self.low:
            return (self.high - self.low) / WIDTH_95
        return max(1.0, self.value) ** 0.5 if is_count(self.measure) else 0.0


def months_of(period: str) -> tuple[int, int]:
    """Return the first and last calendar month of a period, each 12 x year + month - 1.

    Raises:
        ValueError: The text is no period; it says what one is.
    """
    for kind, pattern in _PERIODS.items():
        found = pattern.fullmatch(period)
        if found is None:
            continue
        parts = [int(part) for part in found.groups()]
        if kind == "month":
            return parts[0] * 12 + parts[1] - 1, parts[0] * 12 + parts[1] - 1
        if kind == "months":
            first, last = parts[0] * 12 + parts[1] - 1, parts[2] * 12 + parts[3] - 1
            if last >= first:
                return first, last
        if kind == "financial year" and (parts[0] + 1) % 100 == parts[1]:
            return parts[0] * 12 + 3, parts[0] * 12 + 14
        if kind == "year":
            return parts[0] * 12, parts[0] * 12 + 11
    raise ValueError(PERIODS_ALLOWED)


def is_count(measure: str) -> bool:
    """Tell whether a measure counts events or people."""
    return ":" in measure or measures()[measure].kind in {"sum", "last"}


def units_of(measure: str, months: int) -> tuple[str, ...]:
    """Return the units in which a figure of a measure over so many months may be given."""
    if ":" in measure:
        return (OF_CONDITIONS[measure.partition(":")[0]],)
    found = measures()[measure]
    plain = found.unit.replace(" a year", "")
    if found.kind != "sum":
        return (found.unit,)
    return (plain, found.month_unit) if months == 1 else (plain, found.unit) if months == 12 else (plain,)


def unknown_measure(name: str, conditions: tuple[str, ...]) -> str | None:
    """Return why no measure has this name, or None when one does."""
    kind, colon, condition = name.partition(":")
    if colon:
        if kind not in OF_CONDITIONS:
            return f"one of {', '.join(f'{one}:CONDITION' for one in OF_CONDITIONS)}, or a measure"
        if condition not in conditions:
            return _with_nearest("a condition of the model", condition, conditions)
        return None
    if name not in measures():
        return _with_nearest("a measure that the model makes (docs/reference/measures.md)", name, measures())
    if measures()[name].is_expectancy or measures()[name].is_read_apart:
        return "a measure that is counted month by month, which this one is not"
    return None


def _with_nearest(allowed: str, found: str, names: object) -> str:
    nearest = nearest_name(found, tuple(names))  # type: ignore[arg-type]
    return f"{allowed}; did you mean '{nearest}'?" if nearest else allowed
