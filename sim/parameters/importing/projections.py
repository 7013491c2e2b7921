"""Projected residents, their published variants, and the mid-year estimates before them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.parameters.importing.evidence import derived, digits, grade, read_evidence
from sim.parameters.importing.population import (
    COUNCILS,
    PROJECTIONS,
    band_columns,
    row_order,
    source_citations,
)
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

SERIES = ("area_code", "area_name", "year", "sex", "age_band", "population", "unit", "grade", "source")
REBASED, PRINCIPAL = "principal_rebased_to_mid2022", "principal"
BASE_YEAR, FIRST_YEAR = 2022, 2023
BAND_YEARS = 5
BROAD = ("0-17", "18-64", "65-84", "85+")
CHILDREN, WORKING, OLD, OLDEST_OLD = BROAD
HIGH_LIFE, LOW_LIFE = "high life expectancy", "low life expectancy"

Cells = dict[tuple[str, str, str, int], float]
"""Residents by council, sex, age band and year."""


def import_projections(evidence: Path, area: Path) -> dict[str, int]:
    """Write the projections of the area, their variants and past estimates; rows written, by table."""
    folder = evidence / "demography"
    rows = read_evidence(folder / "projections.csv", PROJECTIONS, ("variant",))
    sources = source_citations(folder / "projection_sources.csv")
    made = {
        "projections": _rebased(rows, sources),
        "projection_variants": _variants(rows, sources),
        "population_series": _series(folder),
    }
    for name, table in made.items():
        table.sort(key=lambda row: row_order(row, BY_NAME[name].key))
    return {name: write_table(area / f"{name}.csv", table, BY_NAME[name]) for name, table in made.items()}


def _cells(rows: list[Row], variant: str) -> Cells:
    return {
        (COUNCILS[row["area_code"]], row["sex"], row["age_band"], int(row["year"])): float(row["population"])
        for row in rows
        if row["variant"] == variant
    }


def _rebased(rows: list[Row], sources: Mapping[str, str]) -> list[Row]:
    """The principal projection times estimate / projection at mid-2022 of the same birth cohort.

    The evidence moves the ratios on by a whole band every five years, so that a band jumps by up to 11% from
    2026 to 2027; here the ratio is interpolated between the bands at the cohort's exact age at mid-2022, and
    those born since have the ratio of the youngest. Ratios by band are those of 2023 in the evidence.
    """
    principal, stepped = _cells(rows, PRINCIPAL), _cells(rows, REBASED)
    bands = sorted(
        {band for _, _, band, _ in principal}, key=lambda band: int(band_columns(band)["age_from"])
    )
    source = next(sources[row["source_id"]] for row in rows if row["variant"] == PRINCIPAL)
    out: list[Row] = []
    for (council, sex, band, year), people in principal.items():
        ratios = [
            stepped[council, sex, each, FIRST_YEAR] / principal[council, sex, each, FIRST_YEAR]
            for each in bands
        ]
        ratio = _at(ratios, bands.index(band) - (year - BASE_YEAR) / BAND_YEARS)
        out.append(
            {
                "council": council,
                "sex": sex,
                **band_columns(band),
                "projection_year": str(year),
                **derived(
                    people * ratio,
                    unit="persons",
                    year="2018-based, rebased to mid-2022",
                    source=f"{source}, principal, x mid-2022 estimate / projection for 2022 of the same "
                    "birth cohort, interpolated between five-year bands",
                ),
            }
        )
    return out


def _at(ratios: list[float], position: float) -> float:
    """The value at a position between bands; the first below it."""
    if position <= 0:
        return ratios[0]
    below = min(int(position), len(ratios) - 2)
    weight = position - below
    return (1 - weight) * ratios[below] + weight * ratios[below + 1]


def _variants(rows: list[Row], sources: Mapping[str, str]) -> list[Row]:
    """Residents by broad age of each variant, and of the principal in the same ages.

    The principal is published by five-year band, which does not divide at 18: its 0 to 17 are taken as the
    mean of the two variants of life expectancy, which leave children as they are.
    """
    out: list[Row] = []
    persons: Cells = {}
    for row in rows:
        if row["sex"] == "persons":
            council, year = COUNCILS[row["area_code"]], int(row["year"])
            persons[council, row["variant"], row["age_band"], year] = float(row["population"])
            out.append(
                _variant_row(row["variant"], council, row["age_band"], year)
                | {
                    "value": digits(float(row["population"])),
                    "unit": "persons",
                    "low": "",
                    "high": "",
                    "year": "2018-based",
                    "source": sources[row["source_id"]],
                    "grade": grade(row["grade"]),
                }
            )
    principal = _cells(rows, PRINCIPAL)
    for council, year in sorted({(council, year) for council, _, _, year in persons}):
        by_band: dict[int, float] = {}
        for (place, _, band, when), people in principal.items():
            if (place, when) == (council, year):
                first = int(band_columns(band)["age_from"])
                by_band[first] = by_band.get(first, 0.0) + people
        children = sum(persons[council, name, CHILDREN, year] for name in (HIGH_LIFE, LOW_LIFE)) / 2
        oldest = sum(people for first, people in by_band.items() if first >= int(OLDEST_OLD.rstrip("+")))
        old = sum(people for first, people in by_band.items() if first >= int(OLD[:2])) - oldest
        found = {
            CHILDREN: children,
            WORKING: sum(by_band.values()) - children - old - oldest,
            OLD: old,
            OLDEST_OLD: oldest,
        }
        for band, people in found.items():
            out.append(
                _variant_row(PRINCIPAL, council, band, year)
                | derived(
                    people,
                    unit="persons",
                    year="2018-based",
                    source=f"{sources['S_SNPP2018']}; by broad age: sums of five-year bands, ages 0 to 17 "
                    "being the mean of the two variants of life expectancy",
                )
            )
    return out


def _variant_row(variant: str, council: str, band: str, year: int) -> Row:
    return {
        "variant": variant.replace(" ", "_"),
        "council": council,
        **band_columns(band),
        "projection_year": str(year),
    }


def _series(folder: Path) -> list[Row]:
    """Mid-year estimates by council, sex, age band and year."""
    return [
        {
            "council": COUNCILS[row["area_code"]],
            "sex": row["sex"],
            **band_columns(row["age_band"]),
            "estimate_year": row["year"],
            "value": row["population"],
            "unit": "persons",
            "year": f"mid-{row['year']}",
            "source": row["source"],
            "grade": grade(row["grade"]),
        }
        for row in read_evidence(folder / "population_series.csv", SERIES)
    ]
