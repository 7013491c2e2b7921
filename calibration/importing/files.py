"""Published files read by their mapping: rows of the area, months, figures; every problem told at once."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.importing.mapping import Figure, Mapping, Rows
from calibration.observations import Observation
from calibration.observations.observation import months_of, units_of
from results.measures.registry import measures
from scenarios.problems import InvalidFile, Problem
from sim.parameters.errors import nearest_name

_WORKBOOKS = (".xlsx", ".xlsm")
COARSER = {"": 1, "quarter": 3, "year": 12}
"""Months that are put together, from April."""
_APRIL = 3


def import_files(
    mapping: Mapping,
    paths: Sequence[Path | str],
    strata: MappingOf[str, str] | None = None,
    period: str = "",
    by: str = "",
) -> list[Observation]:
    """Return the observed figures of published files.

    A month that two files give is taken from the one named later: a revision replaces what it revises.

    Args:
        mapping: What the columns mean.
        paths: Files as they were downloaded: CSV, a workbook, or a zip of one CSV.
        strata: Stratum by organisation code, in place of the mapping's.
        period: What the whole file is of, where none of its columns says: '2024/25', '2024-04 to 2024-06'.
        by: `quarter` or `year` (April to March) to put months together, of which every month must be there;
            each period as published by default.

    Raises:
        InputError: With every problem: a file that cannot be read, columns that are not there (with the
            nearest that are), an organisation that is in no file, a period that is not written as the mapping
            says, a value that is no number and no mark of what is not published.
    """
    codes = dict(mapping.strata if strata is None else strata)
    problems = _whole_file(mapping, codes, period)
    if by not in COARSER:
        allowed = " or ".join(name for name in COARSER if name)
        problems.append(_problem("command line", 1, "--by", f"'{by}'", allowed))
    if problems:
        raise InvalidFile(problems)
    found: list[dict[int, pd.DataFrame]] = []
    seen: set[str] = set()
    for path in map(Path, paths):
        table = _table(mapping, path, problems)
        if table is None:
            continue
        if mapping.organisation is not None:
            named = table[mapping.organisation].str.strip()
            table = table.assign(stratum=named.map(codes)).dropna(subset=["stratum"])
            seen |= set(named)
        else:
            table = table.assign(stratum=mapping.together or "all")
        periods = _periods(mapping, table, period, path, problems)
        if periods is not None:
            found.append(_figures(mapping, table.assign(period=periods), path, problems))
    missing = [code for code in codes if mapping.organisation is not None and code not in seen]
    if missing and not problems:
        where = ", ".join(str(path) for path in paths)
        problems.append(_problem(where, 1, mapping.organisation or "", f"no row of {', '.join(missing)}",
                                 "rows of every organisation named in the mapping's strata"))  # fmt: skip
    if problems:
        raise InvalidFile(problems)
    observed = [
        one
        for number, figure in enumerate(mapping.figures)
        for one in _observations(
            mapping, figure, _joined([each[number] for each in found if number in each]), by
        )
    ]
    return sorted(observed, key=lambda one: (one.measure, one.stratum, one.months))


def _whole_file(mapping: Mapping, codes: MappingOf[str, str], period: str) -> list[Problem]:
    """Return what is missing or too much in what is said beside the files."""
    found = []
    if mapping.organisation is not None and not codes:
        found.append(
            _problem("command line", 1, "--codes", "nothing",
                     f"CODE=STRATUM for each {mapping.organisation} of the area: {mapping.name} names none")
        )  # fmt: skip
    if mapping.period.column is None:
        try:
            months_of(period)
        except ValueError as error:
            told = f"'{period}'" if period else "nothing"
            found.append(
                _problem("command line", 1, "--period", told, f"{error}; the file does not say it itself")
            )
    elif period:
        allowed = f"none: the column '{mapping.period.column}' says it"
        found.append(_problem("command line", 1, "--period", f"'{period}'", allowed))
    return found


def _problem(file: object, line: int, key: str, found: str, allowed: str) -> Problem:
    return Problem(file=str(file), line=line, key=key, found=found, allowed=allowed)


def _table(mapping: Mapping, path: Path, problems: list[Problem]) -> pd.DataFrame | None:
    """Return the rows of a file that count, every cell as text; None once what is wrong is told."""
    try:
        if path.suffix.lower() in _WORKBOOKS:
            raw = pd.read_excel(path, sheet_name=mapping.sheet or 0, header=mapping.header_row - 1, dtype=str)
        else:
            raw = pd.read_csv(
                path, header=mapping.header_row - 1, dtype=str, encoding="utf-8-sig", skip_blank_lines=False
            )
    except (OSError, ValueError, ImportError, pd.errors.ParserError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        problems.append(
            _problem(path, 1, "file", told, f"a file as published: {mapping.title}, {mapping.page}")
        )
        return None
    raw = raw.fillna("").rename(columns=lambda name: str(name).strip())
    wanted = dict.fromkeys(_columns(mapping))
    absent = [name for name in wanted if name not in raw.columns]
    for name in absent:
        nearest = nearest_name(name, raw.columns)
        found = f"no column '{name}'" + (f"; the nearest is '{nearest}'" if nearest else "")
        allowed = f"the columns of {mapping.title}; a file with other names needs a mapping of its own"
        problems.append(_problem(path, mapping.header_row, "columns", found, allowed))
    if absent:
        return None
    raw["line"] = np.arange(len(raw)) + mapping.header_row + 1
    return raw[_kept(raw, mapping.rows)]


def _columns(mapping: Mapping) -> Iterable[str]:
    """Return every column that a mapping reads."""
    yield from filter(None, [mapping.organisation, mapping.period.column])
    for rows in mapping.rows:
        yield rows.column
    for figure in mapping.figures:
        yield from (*figure.add, *figure.subtract, *figure.divide_by, *(rows.column for rows in figure.rows))


def _kept(table: pd.DataFrame, rows: Sequence[Rows]) -> pd.Series:
    """Return which rows count."""
    kept = pd.Series(True, index=table.index)
    for one in rows:
        named = table[one.column].str.strip()
        kept &= named.isin(one.keep) if one.keep else ~named.isin(one.drop)
    return kept


def _periods(
    mapping: Mapping, table: pd.DataFrame, whole: str, path: Path, problems: list[Problem]
) -> pd.Series | None:
    """Return the period of each row as our tables write it; None once one that cannot be read is told."""
    period = mapping.period
    if period.column is None:
        return pd.Series(whole, index=table.index)
    given = table[period.column]
    known: dict[str, str | None] = {}
    for text in given.unique():
        known[text] = _period(str(text), period.formats, period.months, period.first)
    for text, label in known.items():
        if label is None:
            line = int(table.loc[given == text, "line"].iloc[0])
            written = " or ".join(f"'{one}'" for one in period.formats)
            problems.append(
                _problem(path, line, period.column, f"'{text}'", f"a period written as {written}")
            )
    return None if None in known.values() else given.map(known)


def _period(text: str, formats: Sequence[str], months: int, first: bool) -> str | None:
    """Return a period as our tables write it: '2025-04', or '2025-04 to 2025-06'."""
    for written in formats:
        try:
            when = datetime.strptime(text.strip(), written)  # letter case does not count in it
        except ValueError:
            continue
        number = when.year * 12 + when.month - 1
        begin = number if first else number - months + 1
        end = begin + months - 1
        labels = [f"{one // 12}-{one % 12 + 1:02d}" for one in (begin, end)]
        return labels[0] if months == 1 else " to ".join(labels)
    return None


def _figures(
    mapping: Mapping, table: pd.DataFrame, path: Path, problems: list[Problem]
) -> dict[int, pd.DataFrame]:
    """Return the numbers that each figure is made of, by stratum and period; NaN where not published."""
    found = {}
    for number, figure in enumerate(mapping.figures):
        rows = table[_kept(table, figure.rows)]
        names = list(dict.fromkeys([*figure.add, *figure.subtract, *figure.divide_by]))
        columns = {name: _numbers(rows, name, mapping.missing, path, problems) for name in names}
        if any(series is None for series in columns.values()) or rows.empty:
            continue
        grouped = pd.DataFrame(columns).groupby([rows["stratum"], rows["period"]])
        some_absent = grouped.count().lt(grouped.size(), axis=0)
        numbers = grouped.mean() if figure.mean else grouped.sum().mask(some_absent)
        found[number] = numbers.assign(file=path.name)
    return found


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the numbers of all files; a stratum's period that two have is the later one's."""
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts)
    return whole[~whole.index.duplicated(keep="last")]


def _observations(mapping: Mapping, figure: Figure, numbers: pd.DataFrame, by: str) -> list[Observation]:
    """Return a figure by stratum and of all together, its periods put together where that is asked for."""
    if numbers.empty:
        return []
    files = numbers.pop("file")
    if mapping.together and mapping.organisation is not None:
        numbers = pd.concat([numbers, _together(numbers, mapping.together)])
    if COARSER[by] > 1:
        numbers = _coarser(numbers, COARSER[by], figure.mean or _at_the_end(figure))
    found = []
    for (stratum, period), row in numbers.dropna().iterrows():
        first, last = months_of(str(period))
        of_it = [name for (_, other), name in files.items() if first <= months_of(str(other))[0] <= last]
        found += _observation(mapping, figure, str(stratum), str(period), row, list(dict.fromkeys(of_it)))
    return found


def _at_the_end(figure: Figure) -> bool:
    """Tell whether a figure is a state, of which periods cannot be added up."""
    return ":" in figure.measure or measures()[figure.measure].kind in {"last", "last_ratio", "daily_mean"}


def _coarser(numbers: pd.DataFrame, months: int, mean: bool) -> pd.DataFrame:
    """Return numbers put together over quarters or years that begin in April and are there whole.

    Of a mean over days, and of a state, it is the mean, each month weighing by its days.
    """
    label = {}
    for period in numbers.index.unique("period"):
        first, last = months_of(str(period))
        begin = first - (first - _APRIL) % months
        end = begin + months - 1
        label[period] = (
            f"{begin // 12}-{begin % 12 + 1:02d} to {end // 12}-{end % 12 + 1:02d}"
            if months < 12
            else f"{begin // 12}/{(begin // 12 + 1) % 100:02d}"
        )
        if last > end:
            label[period] = str(period)
    new = numbers.index.get_level_values("period").map(label)
    spans = [months_of(str(period)) for period in numbers.index.get_level_values("period")]
    days = np.array([sum(_days(number) for number in range(first, last + 1)) for first, last in spans])
    count = pd.Series([last - first + 1 for first, last in spans], index=numbers.index)
    keys = [numbers.index.get_level_values("stratum"), new]
    weighed = numbers.mul(days, axis=0) if mean else numbers
    summed = weighed.groupby(keys).sum(min_count=1).mask(weighed.isna().groupby(keys).any())
    if mean:
        summed = summed.div(pd.Series(days, index=numbers.index).groupby(keys).sum(), axis=0)
    whole = count.groupby(keys).sum() == months
    return summed[whole].rename_axis(index=["stratum", "period"])


def _days(number: int) -> int:
    """Return the days of a calendar month, 12 x year + month - 1."""
    return monthrange(number // 12, number % 12 + 1)[1]


def _together(each: pd.DataFrame, stratum: str) -> pd.DataFrame:
    """Return the sums over strata, of periods of which every one is known: a part is not the whole."""
    strata = each.index.get_level_values("stratum").nunique()
    known = each.dropna().groupby("period")
    whole = known.sum()[known.size() == strata]
    return pd.concat({stratum: whole}, names=["stratum", "period"])


def _numbers(
    rows: pd.DataFrame, name: str, missing: Sequence[str], path: Path, problems: list[Problem]
) -> pd.Series | None:
    """Return a column as numbers, NaN where nothing is published; None once what is no number is told."""
    text = rows[name].str.strip().str.replace(",", "").str.removesuffix("%")
    absent = text.isin(missing)
    numbers = pd.to_numeric(text.where(~absent), errors="coerce")
    wrong = numbers.isna() & ~absent
    for at in rows.index[wrong][:3]:
        marks = ", ".join(repr(mark) for mark in missing if mark)
        problems.append(
            _problem(path, int(rows.loc[at, "line"]), name, f"'{rows.loc[at, name]}'",
                     f"a number, or one of {marks} where none is published")
        )  # fmt: skip
    return None if wrong.any() else numbers


def _observation(
    mapping: Mapping, figure: Figure, stratum: str, period: str, row: pd.Series, files: Sequence[str]
) -> list[Observation]:
    """Return the figure of one stratum and period, none where its denominator is nothing."""
    value = float(row[figure.add].sum() - row[figure.subtract].sum())
    if figure.divide_by:
        below = float(row[figure.divide_by].sum())
        value = value / below if below > 0 else math.nan
    value *= figure.multiply
    if math.isnan(value):
        return []
    first, last = months_of(period)
    named = files[0] if len(files) == 1 else f"{files[0]} to {files[-1]}"
    return [
        Observation(
            measure=figure.measure, stratum=stratum, period=period, value=round(value, 4), grade="A",
            unit=units_of(figure.measure, last - first + 1)[0], use=figure.use, reason=figure.reason,
            source=f"{mapping.publisher}: {mapping.title}, {named}",
        )
    ]  # fmt: skip
