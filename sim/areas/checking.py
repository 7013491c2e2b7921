"""Every fault of an area pack at once, for `leftshift area check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from sim.areas.pack import AreaDescription, read_description, table_schemas
from sim.areas.size import too_large
from sim.parameters.errors import InputError
from sim.parameters.tables import check_table, frame

SHARE_TOLERANCE = 0.005
"""Published shares are rounded to three decimals, so five of them may miss 1 by this much."""
LIST_TOLERANCE = 0.001
"""Relative distance allowed between the sum of scaled lists and the area's list."""
TABLE_TOLERANCE = 0.002
"""Relative distance allowed between two tables of the same residents."""

Tables = dict[str, pd.DataFrame]


def check_area(directory: Path | str) -> list[InputError]:
    """All faults of the pack in `directory`; an empty list when it is sound.

    Looks for missing files, faults within tables (text for numbers, blank sources, negative counts, mixed
    units), unknown councils, neighbourhoods and sites, shares that do not add up to 1, lists that do not
    add up to the area's list, and populations that differ between tables.
    """
    directory = Path(directory)
    path = directory / "area.yaml"
    if not path.is_file():
        return [
            InputError(file=directory, key="area.yaml", found="no file", allowed="a description of the area")
        ]
    try:
        description = read_description(path)
    except InputError as error:
        return [error]
    problems: list[InputError] = []
    tables: Tables = {}
    for name, schema in table_schemas(description).items():
        rows, faults = check_table(directory / f"{name}.csv", schema)
        problems += faults
        if not faults:
            tables[name] = frame(rows, schema)
    for check in CHECKS:
        problems += list(check(directory, description, tables))
    return problems


def _sums(table: pd.DataFrame, first: str, second: str) -> dict[tuple[str, str], float]:
    """Sum of the values of a table by two of its columns."""
    sums: dict[tuple[str, str], float] = {}
    for one, other, value in zip(table[first], table[second], table["value"], strict=True):
        sums[str(one), str(other)] = sums.get((str(one), str(other)), 0.0) + float(value)
    return sums


def _keys_are_unique(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Each council, trust and site has its own key."""
    groups = {
        "councils": [council.key for council in description.councils],
        "trusts": [trust.key for trust in description.trusts],
        "sites": [site.key for site in description.sites],
    }
    for group, keys in groups.items():
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            yield InputError(
                file=directory / "area.yaml", key=group, found=f"{key} twice", allowed="each key once"
            )


def _sites_have_trusts(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Each site's trust is listed."""
    trusts = [trust.key for trust in description.trusts]
    for site in description.sites:
        if site.trust not in trusts:
            yield InputError(
                file=directory / "area.yaml",
                key=f"sites.{site.key}.trust",
                found=site.trust,
                allowed="one of " + ", ".join(trusts),
                names=trusts,
            )


def _names_are_known(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Councils, neighbourhoods and sites named in tables exist."""
    known: dict[str, Sequence[str]] = {
        "council": [council.key for council in description.councils],
        "site": [site.key for site in description.sites],
    }
    if "neighbourhoods" in tables:
        known["neighbourhood"] = list(tables["neighbourhoods"]["key"])
    for name, table in tables.items():
        for column, names in known.items():
            if column not in table.columns or name == "neighbourhoods":
                continue
            for found in sorted(set(table[column]) - set(names) - {"all"}):
                yield InputError(
                    file=directory / f"{name}.csv",
                    key=column,
                    found=found,
                    allowed="one of " + ", ".join(names),
                    names=names,
                )


def _councils_are_complete(
    directory: Path, description: AreaDescription, tables: Tables
) -> Iterator[InputError]:
    """Each council has residents, births and migration."""
    for name in (
        "population_by_age",
        "population_by_quintile",
        "births",
        "net_migration",
        "out_migration",
        "projections",
    ):
        for council in description.councils:
            if name in tables and council.key not in set(tables[name]["council"]):
                yield InputError(
                    file=directory / f"{name}.csv",
                    key="council",
                    found=f"no rows for {council.key}",
                    allowed="rows for every council of area.yaml",
                )


def _neighbourhood_shares(
    directory: Path, description: AreaDescription, tables: Tables
) -> Iterator[InputError]:
    """Shares by council and by quintile add up to 1, and age shares nest."""
    table = tables.get("neighbourhoods")
    if table is None:
        return
    groups = {
        "share by council": [f"share_{council.key}" for council in description.councils],
        "share by quintile": [f"quintile_{quintile}" for quintile in range(1, 6)],
    }
    for label, columns in groups.items():
        sums = table[columns].sum(axis=1)
        for place, total in zip(table["key"], sums, strict=True):
            if abs(total - 1.0) > SHARE_TOLERANCE:
                yield InputError(
                    file=directory / "neighbourhoods.csv",
                    key=f"{place}, {label}",
                    found=f"a sum of {total:.4g}",
                    allowed=f"1 within {SHARE_TOLERANCE}",
                )
    for place, old, older in zip(table["key"], table["share_50_plus"], table["share_65_plus"], strict=True):
        if older > old:
            yield InputError(
                file=directory / "neighbourhoods.csv",
                key=f"{place}, share_65_plus",
                found=older,
                allowed=f"at most share_50_plus, {old}",
            )


def _lists_add_up(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Scaled lists add up to the list of the area."""
    if "neighbourhoods" in tables:
        total = float(tables["neighbourhoods"]["list_size_scaled"].sum())
        if abs(total / description.list_size - 1.0) > LIST_TOLERANCE:
            yield InputError(
                file=directory / "neighbourhoods.csv",
                key="list_size_scaled",
                found=f"a sum of {total:.0f}",
                allowed=f"list_size of area.yaml, {description.list_size}, within {LIST_TOLERANCE:.1%}",
            )


def _residents_agree(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Residents by age and by quintile have the same totals by council and sex."""
    if not {"population_by_age", "population_by_quintile"} <= set(tables):
        return
    by_age = _sums(tables["population_by_age"], "council", "sex")
    by_quintile = _sums(tables["population_by_quintile"], "council", "sex")
    for group, total in by_age.items():
        other = by_quintile.get(group, 0.0)
        if abs(other / total - 1.0) > TABLE_TOLERANCE:
            yield InputError(
                file=directory / "population_by_quintile.csv",
                key=" ".join(group),
                found=f"a sum of {other:.0f}",
                allowed=f"{total:.0f} as in population_by_age.csv, within {TABLE_TOLERANCE:.1%}",
            )


def _catchments_add_up(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Each neighbourhood's shares of each service add up to 1."""
    if "catchment" in tables:
        for (place, service), total in _sums(tables["catchment"], "neighbourhood", "service").items():
            if abs(total - 1.0) > SHARE_TOLERANCE:
                yield InputError(
                    file=directory / "catchment.csv",
                    key=f"{place}, {service}",
                    found=f"a sum of {total:.4g}",
                    allowed=f"1 within {SHARE_TOLERANCE}",
                )


def _codes_suffice(directory: Path, description: AreaDescription, tables: Tables) -> Iterator[InputError]:
    """Neighbourhoods and councils are no more than their codes can tell apart."""
    if "neighbourhoods" in tables:
        yield from too_large(directory, len(description.councils), len(tables["neighbourhoods"]))


CHECKS: tuple[Callable[[Path, AreaDescription, Tables], Iterator[InputError]], ...] = (
    _keys_are_unique,
    _sites_have_trusts,
    _names_are_known,
    _councils_are_complete,
    _neighbourhood_shares,
    _lists_add_up,
    _residents_agree,
    _catchments_add_up,
    _codes_suffice,
)
"""What is looked at across tables, in this order."""
