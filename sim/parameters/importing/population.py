"""Population, deaths, births and migration of an area pack, from the demography evidence."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.area_schemas import neighbourhoods
from sim.parameters.columns import QUINTILES, SEXES
from sim.parameters.importing.evidence import ages, citation, grade, read_evidence
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

COUNCILS = {"E06000058": "bcp", "E06000059": "dorset"}
COUNCIL_NAMES = {"Bournemouth, Christchurch and Poole": "bcp", "Dorset": "dorset", "Dorset ICS": "all"}
POPULATION = (
    "area_code",
    "area_name",
    "year",
    "sex",
    "age",
    "age_unit",
    "imd_version",
    "imd_quintile",
    "population",
    "unit",
    "method",
    "grade",
    "source_id",
)
PCN = (
    "pcn_code",
    "pcn_name",
    "n_practices",
    "practice_codes",
    "list_size_2021",
    "list_size_grade",
    "list_size_scaled_827k",
    "scaled_grade",
    "main_ua",
    "share_bcp",
    "share_65plus_apr2020",
    "share_50plus_apr2020",
    "share_under16_apr2020",
    "age_share_grade",
    "age_coverage_list_apr2020",
    "imd_q1_share",
    "imd_q2_share",
    "imd_q3_share",
    "imd_q4_share",
    "imd_q5_share",
    "imd_grade",
    "source_list",
    "source_age",
    "method_imd",
    "centre_lat",
    "centre_lon",
)
LIFE_TABLE = (
    "geography",
    "period",
    "sex",
    "group",
    "age",
    "mx",
    "qx",
    "lx",
    "ex",
    "grade",
    "method",
    "source",
)
PROJECTIONS = (
    "area_code",
    "area_name",
    "variant",
    "year",
    "sex",
    "age_band",
    "population",
    "unit",
    "grade",
    "source_id",
)


def import_population(evidence: Path, area: Path) -> dict[str, int]:
    """Write the population tables of the area; rows written, by table."""
    folder = evidence / "demography"
    rows = read_evidence(
        folder / "population_age_sex_imd.csv", POPULATION, ("year", "age_unit", "imd_version", "sex")
    )
    sources = source_citations(folder / "population_sources.csv")
    made = {
        "neighbourhoods": _neighbourhoods(folder),
        "population_by_age": [
            {
                "council": COUNCILS[row["area_code"]],
                "sex": row["sex"],
                "age": row["age"].rstrip("+"),
                **_count(row, sources),
            }
            for row in rows
            if row["age_unit"] == "single_year" and row["year"] == "2022"
        ],
        "population_by_quintile": [
            {
                "council": COUNCILS[row["area_code"]],
                "sex": row["sex"],
                **band_columns(row["age"]),
                "quintile": row["imd_quintile"],
                **_count(row, sources),
            }
            for row in rows
            if row["age_unit"] == "5_year" and row["year"] == "2022" and row["imd_version"] == "IMD2019"
        ],
        "life_table": _life_table(folder),
    }
    written = {}
    for name, table in made.items():
        schema = neighbourhoods(tuple(COUNCILS.values())) if name == "neighbourhoods" else BY_NAME[name]
        table.sort(key=lambda row: row_order(row, schema.key)) if name != "neighbourhoods" else None
        written[name] = write_table(area / f"{name}.csv", table, schema)
    return written


def row_order(row: Row, key: tuple[str, ...]) -> tuple[tuple[int, float, str], ...]:
    """Sort key: councils and sexes in their own order, then numbers as numbers."""
    ranks = {name: rank for rank, name in enumerate((*COUNCILS.values(), *SEXES))}
    parts = []
    for name in key:
        cell = row[name]
        if cell in ranks:
            parts.append((0, float(ranks[cell]), ""))
        else:
            parts.append((1, float(cell), "") if cell.isdigit() else (2, 0.0, cell))
    return tuple(parts)


def source_citations(path: Path) -> dict[str, str]:
    """Citation of each source id."""
    return {row["source_id"]: citation(row["source"]) for row in read_evidence(path, ("source_id", "source"))}


def band_columns(band: str) -> Row:
    """Columns age_from and age_to of a band."""
    first, last = ages(band)
    return {"age_from": first, "age_to": last}


def _count(row: Row, sources: dict[str, str]) -> Row:
    """Evidence columns of a count of people."""
    source = citation(
        sources[row["source_id"]], "" if row["method"] == "published estimate" else row["method"]
    )
    return {
        "value": row["population"],
        "unit": "persons",
        "year": f"mid-{row['year']}",
        "source": source,
        "grade": grade(row["grade"]),
    }


def _neighbourhoods(folder: Path) -> list[Row]:
    """The 18 primary care networks as neighbourhoods, largest list first, as in the evidence."""
    out = []
    for row in read_evidence(folder / "pcn.csv", PCN):
        name = row["pcn_name"].removesuffix(" PCN")
        bcp = float(row["share_bcp"])
        source = citation(
            f"list: {row['source_list']}",
            f"ages: {row['source_age']}",
            f"quintiles, council and centre: {row['method_imd']}",
            "scaled list: x 827,000 / 813,786",
        )
        out.append(
            {
                "key": name.lower().replace(" ", "_"),
                "name": name,
                "pcn_code": row["pcn_code"],
                "list_size_2021": row["list_size_2021"],
                "list_size_scaled": row["list_size_scaled_827k"],
                "share_bcp": row["share_bcp"],
                "share_dorset": f"{1.0 - bcp:.3f}",
                "share_65_plus": row["share_65plus_apr2020"],
                "share_50_plus": row["share_50plus_apr2020"],
                "share_under_16": row["share_under16_apr2020"],
                **{f"quintile_{q}": row[f"imd_q{q}_share"] for q in QUINTILES},
                "lat": row["centre_lat"],
                "lon": row["centre_lon"],
                "unit": "persons; proportion; degrees",
                "year": "2020 to 2021",
                "source": source,
                "grade": "C",
                "list_grade": grade(row["list_size_grade"]),
                "age_grade": grade(row["age_share_grade"]),
                "quintile_grade": grade(row["imd_grade"]),
            }
        )
    return out


def _life_table(folder: Path) -> list[Row]:
    """Death rates of the Dorset ICS by sex, quintile and single year of age."""
    rows = read_evidence(folder / "life_table.csv", LIFE_TABLE)
    return [
        {
            "sex": row["sex"],
            "quintile": row["group"][-1],
            "age": row["age"],
            "mx": row["mx"],
            "unit": "per person-year",
            "year": row["period"],
            "source": citation(row["source"], row["method"]),
            "grade": grade(row["grade"]),
        }
        for row in rows
        if row["geography"] == "Dorset ICS"
    ]
