"""The table of observed figures: read with every problem in it told at once, and written."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path

from calibration.observations.observation import (
    COLUMNS,
    EVERYBODY,
    FITTED_GRADE,
    GRADES,
    OPTIONAL,
    REQUIRED,
    USES,
    Observation,
    is_count,
    months_of,
    units_of,
    unknown_measure,
)
from results.measures.registry import measures
from scenarios.problems import InvalidFile, Problem
from sim.areas import load_area
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.national import load_national
from sim.population.circumstances import ETHNIC_GROUPS
from sim.population.strata import AGE_BANDS, QUINTILES, SEXES

_NUMBERS = ("value", "low", "high", "standard_error", "weight")
_TENTH = 0.1
Tell = Callable[[int, str, str, str], None]


def load(path: Path | str, area: str = "dorset") -> list[Observation]:
    """Read a CSV of observed figures; its columns are those of `Observation`, the optional ones as wanted.

    Args:
        path: The file; UTF-8, as spreadsheets save it.
        area: Area pack whose councils, sites and neighbourhood teams a stratum may name.

    Raises:
        InputError: With every problem in it, each with its line: columns missing, unknown or twice; a measure
            that the model does not make; another unit than the measure's; a value outside its possible range
            or its own interval; no period, stratum or word that is known; a plan's ambition or a figure that
            was not read to be fitted; a figure twice, or two that contradict each other.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            file=path, key="file", found=str(error), allowed="a CSV file that can be read as UTF-8"
        ) from None
    problems: list[Problem] = []

    def tell(line: int, key: str, found: str, allowed: str) -> None:
        problems.append(Problem(file=str(path), line=line, key=key, found=found, allowed=allowed))

    header = [name.strip() for name in rows[0]] if rows else []
    _check_header(header, tell)
    if problems:
        raise InvalidFile(problems)
    levels, conditions = levels_of(area), _conditions()
    found = []
    for line, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            one = _row(line, dict(zip(header, row, strict=False)), len(row) == len(header), tell)
            if one is not None:
                _check(one, levels, conditions, tell)
                found.append(one)
    _check_twice(found, tell)
    if not found and not problems:
        tell(1, "rows", "none", "a row for each observed figure")
    if problems:
        raise InvalidFile(problems)
    return found


def write(observations: Iterable[Observation], path: Path) -> None:
    """Write a table that `load` reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".partial")
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in observations:
            writer.writerow([_told(getattr(one, name)) for name in COLUMNS])
    beside.replace(path)


def check_periods(observations: Sequence[Observation], start: str, years: int, file: Path | str) -> None:
    """Refuse figures of months that a run does not have.

    Args:
        observations: Those to be read from it.
        start: First month of the run, 'YYYY-MM'.
        years: Its length.
        file: Where the figures come from, for the message.

    Raises:
        InputError: With the line of each.
    """
    first, _ = months_of(start)
    last = first + 12 * years - 1
    allowed = f"months of the run, {start} to {last // 12}-{last % 12 + 1:02d}"
    problems = [
        Problem(file=str(file), line=one.line, key="period", found=f"'{one.period}'", allowed=allowed)
        for one in observations
        if months_of(one.period)[0] < first or months_of(one.period)[1] > last
    ]
    if problems:
        raise InvalidFile(problems)


@cache
def _conditions() -> tuple[str, ...]:
    """Return the conditions of the model."""
    return tuple(load_national().conditions)


@cache
def levels_of(area: str) -> dict[str, tuple[str, ...]]:
    """Return the dimensions that a stratum may name, with the levels of each."""
    pack = load_area(area)
    sites = tuple(site.key for site in pack.description.sites if site.in_area)
    return {
        "age_band": AGE_BANDS, "sex": SEXES, "quintile": QUINTILES, "council": pack.council_keys,
        "neighbourhood": pack.neighbourhood_keys, "site": sites, "ethnic_group": ETHNIC_GROUPS,
    }  # fmt: skip


def _told(value: object) -> str:
    """Return a value as a cell."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return str(value)


def _check_header(header: list[str], tell: Tell) -> None:
    """Tell which columns are missing, unknown or there twice."""
    for name in REQUIRED:
        if name not in header:
            tell(1, "header", f"no column '{name}'", f"the columns {', '.join(REQUIRED)}")
    for name in dict.fromkeys(header):
        if name not in (*REQUIRED, *OPTIONAL):
            nearest = nearest_name(name, (*REQUIRED, *OPTIONAL))
            allowed = f"{', '.join(REQUIRED)}, and where wanted {', '.join(OPTIONAL)}"
            tell(1, "header", f"unknown column '{name}'", f"{allowed}{_meant(nearest)}")
        elif header.count(name) > 1:
            tell(1, "header", f"column '{name}' twice", "each column once")


def _meant(nearest: str | None) -> str:
    return f"; did you mean '{nearest}'?" if nearest else ""


def _row(line: int, cells: dict[str, str], whole: bool, tell: Tell) -> Observation | None:
    """Return a row whose numbers are numbers and whose words are words, or None once what is not is told."""
    if not whole:
        tell(line, "row", "more or fewer values than columns", "a value, which may be empty, in each column")
        return None
    text = {name: value.strip() for name, value in cells.items()}
    good = True
    for name in REQUIRED:
        if not text[name]:
            tell(line, name, "nothing", "a value")
            good = False
    numbers = {}
    for name in _NUMBERS:
        given = text.pop(name, "")
        if given:
            try:
                numbers[name] = float(given)
            except ValueError:
                numbers[name] = math.nan
            if not math.isfinite(numbers[name]):
                tell(line, name, f"'{given}'", "a number, without a separator of thousands or a unit")
                good = False
    for name, allowed in (("use", USES), ("grade", GRADES)):
        if text[name] and text[name] not in allowed:
            nearest = nearest_name(text[name], allowed)
            tell(line, name, f"'{text[name]}'", f"{' or '.join(allowed)}{_meant(nearest)}")
            good = False
    known = {field.name for field in fields(Observation)}
    kept = {name: value for name, value in text.items() if name in known}
    return Observation(line=line, **kept, **numbers) if good else None  # type: ignore[arg-type]


def _check(
    one: Observation, levels: dict[str, tuple[str, ...]], conditions: tuple[str, ...], tell: Tell
) -> None:
    """Tell what is wrong with a figure."""
    _check_stratum(one, levels, tell)
    months = 0
    try:
        first, last = months_of(one.period)
        months = last - first + 1
    except ValueError as error:
        tell(one.line, "period", f"'{one.period}'", str(error))
    unknown = unknown_measure(one.measure, conditions)
    if unknown:
        tell(one.line, "measure", f"'{one.measure}'", unknown)
    elif months:
        units = units_of(one.measure, months)
        if one.unit not in units:
            nearest = nearest_name(one.unit, units)
            tell(one.line, "unit", f"'{one.unit}'", f"'{units[0]}'{_meant(nearest)}")
        else:
            _check_range(one, tell)
    _check_error(one, tell)
    if one.use == "fit" and one.grade != FITTED_GRADE:
        tell(
            one.line, "use", f"'fit' with grade {one.grade}",
            "'hold_out' or 'evidence': only figures that were read in a publication (grade A) are fitted, "
            "and never a plan's ambition (G)",
        )  # fmt: skip


def _check_stratum(one: Observation, levels: dict[str, tuple[str, ...]], tell: Tell) -> None:
    """Tell of a stratum that is not recorded."""
    if one.stratum in {"all", EVERYBODY}:
        return
    dimension, colon, named = one.stratum.partition(":")
    if not colon or dimension not in levels:
        allowed = f"all, {EVERYBODY}, or DIMENSION:LEVEL of {', '.join(levels)}"
        tell(one.line, "stratum", f"'{one.stratum}'", allowed + _meant(nearest_name(dimension, levels)))
        return
    for level in named.split("+"):
        if level not in levels[dimension]:
            nearest = nearest_name(level, levels[dimension])
            allowed = f"levels of {dimension}: {', '.join(levels[dimension])}"
            tell(one.line, "stratum", f"'{level}'", allowed + _meant(nearest))


def _check_range(one: Observation, tell: Tell) -> None:
    """Tell of a value that its measure cannot have: mostly one in another unit."""
    share = ":" not in one.measure and measures()[one.measure].is_share
    for name in ("value", "low", "high"):
        value = getattr(one, name)
        if value < 0:
            tell(one.line, name, f"{value:g}", f"0 or more {one.unit}")
        elif share and value > 100:
            tell(one.line, name, f"{value:g}", "0 to 100: the unit is per cent")
        elif not share and is_count(one.measure) and name == "value" and not value.is_integer():
            low = one.low
            if math.isnan(low) and math.isnan(one.standard_error):
                tell(
                    one.line, name, f"{value:g}",
                    "a whole number, or one with an interval or standard error: it counts events or people",
                )  # fmt: skip


def _check_error(one: Observation, tell: Tell) -> None:
    """Tell of an interval or standard error that cannot be."""
    given = [not math.isnan(value) for value in (one.low, one.high)]
    if any(given) and not all(given):
        tell(one.line, "low, high", "one of the two", "both ends of the 95% interval, or neither")
    elif all(given) and not one.low <= one.value <= one.high:
        tell(one.line, "value", f"{one.value:g}", f"between low {one.low:g} and high {one.high:g}")
    if one.standard_error < 0:
        tell(one.line, "standard_error", f"{one.standard_error:g}", "0 or more")
    if all(given) and not math.isnan(one.standard_error):
        implied = (one.high - one.low) / (2 * 1.959964)
        if abs(implied - one.standard_error) > _TENTH * max(implied, one.standard_error):
            tell(
                one.line, "standard_error", f"{one.standard_error:g}",
                f"{implied:.4g}, which goes with the interval; or give one of the two",
            )  # fmt: skip
    if one.weight <= 0:
        tell(one.line, "weight", f"{one.weight:g}", "above 0; leave a figure out, or hold it out, otherwise")


def _check_twice(found: Sequence[Observation], tell: Tell) -> None:
    """Tell of figures that are there twice, and of two that contradict each other."""
    first: dict[tuple[str, str, str], Observation] = {}
    for one in found:
        other = first.setdefault(one.key, one)
        if other is not one:
            same = other.value == one.value
            what = "the same figure" if same else f"{one.value:g}, and {other.value:g}"
            tell(
                one.line, "measure, stratum, period",
                f"{' '.join(one.key)}: {what} in line {other.line}",
                "each figure once" if same else "one of two figures that contradict each other",
            )  # fmt: skip
