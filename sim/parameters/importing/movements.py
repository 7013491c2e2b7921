"""Births and migration of an area pack, from the demography evidence."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.columns import OLDEST, SEXES
from sim.parameters.importing.evidence import carried, derived, read_evidence
from sim.parameters.importing.population import COUNCIL_NAMES, COUNCILS, band_columns, row_order
from sim.parameters.importing.scalars import Constants
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, check_table, write_table

MIGRATION = (
    "measure",
    "area",
    "sex",
    "age",
    "value",
    "unit",
    "low",
    "high",
    "year",
    "source",
    "grade",
    "note",
)
FERTILITY_AGES = range(14, 46)
PER_THOUSAND = 1000.0


def import_movements(evidence: Path, area: Path, national: Path) -> dict[str, int]:
    """Write births, net migration and out-migration of the area; rows written, by table."""
    rows = read_evidence(evidence / "demography" / "fertility_migration.csv", MIGRATION, ("measure", "year"))
    constants = Constants(area / "parameters.csv")
    women, everyone = _residents(area)
    net = [
        {"council": COUNCIL_NAMES[row["area"]], "sex": row["sex"], **band_columns(row["age"]), **carried(row)}
        for row in rows
        if row["measure"] == "net_migration_and_other_change" and row["year"] == "2012-2019"
    ]
    made = {
        "births": _births(rows, women, national),
        "net_migration": sorted(net, key=lambda row: row_order(row, BY_NAME["net_migration"].key)),
        "out_migration": _out_migration(rows, net, everyone, constants, national),
    }
    return {name: write_table(area / f"{name}.csv", table, BY_NAME[name]) for name, table in made.items()}


def _residents(area: Path) -> tuple[dict[tuple[str, int], float], dict[tuple[str, str, int], float]]:
    """Women by council and age, and everyone by council, sex and age, at mid-2022."""
    rows, problems = check_table(area / "population_by_age.csv", BY_NAME["population_by_age"])
    if problems:
        raise problems[0]
    everyone = {(row["council"], row["sex"], int(row["age"])): float(row["value"]) for row in rows}
    women = {(council, age): n for (council, sex, age), n in everyone.items() if sex == "female"}
    return women, everyone


def _births(rows: list[Row], women: dict[tuple[str, int], float], national_folder: Path) -> list[Row]:
    """Fertility rates by council and age of mother, the births they give, and the share of boys."""
    national = {
        int(row["age"].rstrip("+")): row
        for row in rows
        if row["measure"] == "age_specific_fertility_rate"
        and row["year"] == "2020"
        and row["age"].rstrip("+").isdigit()
    }
    total = sum(float(row["value"]) for row in national.values()) / PER_THOUSAND
    level = {
        COUNCIL_NAMES[row["area"]]: float(row["value"])
        for row in rows
        if row["measure"] == "total_fertility_rate_recommended"
    }
    infants = {COUNCIL_NAMES[row["area"]]: row for row in rows if row["measure"] == "population_aged_0"}
    out: list[Row] = []
    for council in COUNCILS.values():
        rates = {
            age: float(national[age]["value"]) / PER_THOUSAND * level[council] / total
            for age in FERTILITY_AGES
            if age in national
        }
        for age, rate in rates.items():
            out.append(
                {
                    "council": council,
                    "measure": "fertility_rate",
                    "age_from": str(age),
                    "age_to": str(age),
                    **derived(
                        rate,
                        unit="births per woman-year",
                        year="2023",
                        source=f"England and Wales 2020 rate at this age ({national[age]['source']}) x "
                        f"recommended total fertility {level[council]:g} / {total:.4g}",
                    ),
                }
            )
        births = sum(rate * women[council, age] for age, rate in rates.items())
        newborn = float(infants[council]["value"])
        out.append(
            {
                "council": council,
                "measure": "births_per_year",
                "age_from": "0",
                "age_to": "0",
                **derived(
                    births,
                    unit="births per year",
                    year="mid-2022",
                    low=births - abs(newborn - births),
                    high=births + abs(newborn - births),
                    source="fertility rates of this table x women at mid-2022; range: the distance "
                    "to residents aged 0 at mid-2022, either way",
                    note=f"residents aged 0 at mid-2022: {newborn:.0f} (A)",
                ),
            }
        )
        out.append(
            {
                "council": council,
                "measure": "male_share",
                "age_from": "0",
                "age_to": "0",
                **_scalar(Constants(national_folder / "parameters.csv"), "male_share_of_births"),
            }
        )
    return out


def _scalar(constants: Constants, name: str) -> Row:
    """Evidence columns of a scalar, repeated in a table."""
    row = constants.rows[name]
    return {key: row[key] for key in ("value", "unit", "low", "high", "year", "source", "grade")}


def _out_migration(
    rows: list[Row],
    net: list[Row],
    everyone: dict[tuple[str, str, int], float],
    constants: Constants,
    national: Path,
) -> list[Row]:
    """Gross departures: address changes within the UK x the share that leaves, spread over age by a shape.

    Where net migration is so negative that arrivals would be too few, departures are raised until arrivals
    are a stated share of them.
    """
    shape, problems = check_table(
        national / "migration" / "out_migration_shape.csv", BY_NAME["migration_shape"]
    )
    if problems:
        raise problems[0]
    moved = {
        COUNCIL_NAMES[row["area"]]: float(row["value"])
        for row in rows
        if row["measure"] == "census_migrant_from_within_uk"
    }
    floor = constants["in_migration_floor_share_of_out"]
    low, high = constants.interval("out_moves_share_of_address_changes")
    share = constants["out_moves_share_of_address_changes"]
    lost = {(row["council"], row["sex"], int(row["age_to"])): float(row["value"]) for row in net}
    out: list[Row] = []
    for council in COUNCILS.values():
        level = moved[council] * share
        mean = _mean_shape(shape, everyone, council)
        for sex in SEXES:
            for band in shape:
                first, last = int(band["age_from"]), int(band["age_to"])
                people = sum(everyone.get((council, sex, age), 0.0) for age in range(first, last + 1))
                rate = float(band["value"]) / mean * level
                least = -lost.get((council, sex, last), 0.0) / people / (1.0 - floor)
                out.append(
                    {
                        "council": council,
                        "sex": sex,
                        "age_from": str(first),
                        "age_to": str(last),
                        **derived(
                            max(rate, least),
                            unit="per person-year",
                            year="2021",
                            low=max(rate * low / share, least),
                            high=max(rate * high / share, least),
                            source="Census 2021 residents whose address a year before was elsewhere "
                            f"in the UK ({moved[council]:g}) x share that left the council "
                            f"({share:g}) x age shape (out_migration_shape.csv); at least "
                            f"net loss / {1.0 - floor:g}",
                        ),
                    }
                )
    return out


def _mean_shape(shape: list[Row], everyone: dict[tuple[str, str, int], float], council: str) -> float:
    """Mean of the age shape over the council's residents."""
    weight = total = 0.0
    for band in shape:
        for sex in SEXES:
            for age in range(int(band["age_from"]), min(int(band["age_to"]), OLDEST) + 1):
                people = everyone.get((council, sex, age), 0.0)
                weight += people * float(band["value"])
                total += people
    return weight / total
