"""Ethnic groups, households, carers, disability, care homes and catchments of an area pack."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from sim.parameters.area_schemas import neighbourhoods
from sim.parameters.importing.evidence import ages, carried, derived, read_evidence
from sim.parameters.importing.population import COUNCIL_NAMES, COUNCILS
from sim.parameters.importing.scalars import Constants
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, check_table, write_table

HOUSEHOLD = (
    "measure",
    "area",
    "sex",
    "age",
    "group",
    "value",
    "unit",
    "low",
    "high",
    "year",
    "source",
    "grade",
    "note",
)
MODEL_MEASURES = {
    "living_alone_share_model": "living_alone",
    "unpaid_carer_share_model": "unpaid_carer",
    "disabled_share_model": "disabled",
    "care_home_share_model": "care_home",
}
BOTH_SEXES_SUPERSEDED = {"care_home_share_model"}
"""Measures whose rows for both sexes together repeat the rows by sex."""
LOCAL_LEVELS = {
    "disabled_share": "disabled_level",
    "unpaid_carer_share": "unpaid_carer_level",
    "one_person_household_share": "one_person_household",
}
BY_QUINTILE = {"disabled_share_by_imd": "disabled_level"}
EARTH_RADIUS_KM = 6371.0


def import_people(evidence: Path, area: Path) -> dict[str, int]:
    """Write ethnicity and households of the area; rows written, by table."""
    rows = read_evidence(evidence / "demography" / "household_and_care.csv", HOUSEHOLD)
    made = {"ethnicity": _ethnicity(rows), "households": [*_model(rows), *_levels(rows)]}
    return {name: write_table(area / f"{name}.csv", table, BY_NAME[name]) for name, table in made.items()}


def _quintile(group: str) -> str:
    """The quintile of a group such as `IMD2025 quintile 1`, else all."""
    return group[-1] if "quintile" in group else "all"


def _ethnicity(rows: list[Row]) -> list[Row]:
    """Shares of ethnic groups by council, and of White by quintile."""
    out = []
    for row in rows:
        if row["measure"] not in {"ethnic_group_share", "white_share_by_imd"}:
            continue
        by_quintile = row["measure"] == "white_share_by_imd"
        out.append(
            {
                "council": COUNCIL_NAMES[row["area"]],
                "quintile": _quintile(row["group"]),
                "group": "White" if by_quintile else row["group"],
                **carried(row, note="quintile of IMD 2025, not 2019" if by_quintile else ""),
            }
        )
    return out


def _model(rows: list[Row]) -> list[Row]:
    """National shares by age to build from."""
    out = []
    for row in rows:
        if row["measure"] not in MODEL_MEASURES:
            continue
        sex = "all" if row["sex"] == "persons" else row["sex"]
        if sex == "all" and row["measure"] in BOTH_SEXES_SUPERSEDED:
            continue
        first, last = ages(row["age"])
        out.append(
            {
                "measure": MODEL_MEASURES[row["measure"]],
                "council": "all",
                "sex": sex,
                "age_from": first,
                "age_to": last,
                "quintile": "all",
                **carried(row),
            }
        )
    return out


def _levels(rows: list[Row]) -> list[Row]:
    """Local all-age levels, to which the national shapes by age are scaled."""
    out = []
    for row in rows:
        council = COUNCIL_NAMES.get(row["area"])
        measure = (LOCAL_LEVELS | BY_QUINTILE).get(row["measure"])
        if council is None or measure is None:
            continue
        band = "5+" if row["age"] == "5+" else "all"
        first, last = ages(band)
        out.append(
            {
                "measure": measure,
                "council": council,
                "sex": "all",
                "age_from": first,
                "age_to": last,
                "quintile": _quintile(row["group"]),
                **carried(row, note="quintile of IMD 2025, not 2019" if "quintile" in row["group"] else ""),
            }
        )
    return out


def import_catchment(area: Path) -> dict[str, int]:
    """Write catchment.csv: the share of each neighbourhood's use of a service that goes to each site."""
    about: dict[str, Any] = yaml.safe_load((area / "area.yaml").read_text(encoding="utf-8"))
    rows, problems = check_table(area / "neighbourhoods.csv", neighbourhoods(tuple(COUNCILS.values())))
    if problems:
        raise problems[0]
    constants = Constants(area / "parameters.csv")
    services = sorted({service for site in about["sites"] for service in site["services"]})
    out = [
        row
        for place in rows
        for service in services
        for row in _shares(place, service, [s for s in about["sites"] if service in s["services"]], constants)
    ]
    return {"catchment": write_table(area / "catchment.csv", out, BY_NAME["catchment"])}


def _shares(place: Row, service: str, sites: list[dict[str, Any]], constants: Constants) -> list[Row]:
    """Shares over the sites of a service: exp(-distance / decay), less attraction outside the area."""
    central = constants["catchment_decay_km"]
    low, high = constants.interval("catchment_decay_km")
    outside = constants["out_of_area_attraction"]
    by_decay = [_split(place, sites, decay, outside) for decay in (low, central, high)]
    return [
        {
            "neighbourhood": place["key"],
            "site": site["key"],
            "service": service,
            **derived(
                by_decay[1][index],
                unit="proportion",
                low=min(shares[index] for shares in by_decay),
                high=max(shares[index] for shares in by_decay),
                source=f"exp(-distance / {central:g} km) x {outside:g} outside the area, normalised over the "
                f"sites of the service; distance from the neighbourhood's centre; range: decay {low:g} "
                f"to {high:g} km",
                note=f"{_distance(place, site):.1f} km",
            ),
        }
        for index, site in enumerate(sites)
    ]


def _split(place: Row, sites: list[dict[str, Any]], decay: float, outside: float) -> list[float]:
    """Normalised attractions of the sites; they add up to 1."""
    pulls = [
        math.exp(-_distance(place, site) / decay) * (1.0 if site["in_area"] else outside) for site in sites
    ]
    return [pull / sum(pulls) for pull in pulls]


def _distance(place: Row, site: dict[str, Any]) -> float:
    """Great-circle distance in km between a neighbourhood's centre and a site (haversine)."""
    lat1, lon1 = math.radians(float(place["lat"])), math.radians(float(place["lon"]))
    lat2, lon2 = math.radians(site["lat"]), math.radians(site["lon"])
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))
