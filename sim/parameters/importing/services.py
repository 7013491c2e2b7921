"""What the care network of an area needs: tidy tables by kind of service, and named scalars."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.errors import InputError
from sim.parameters.importing.evidence import carried, citation, only_known, read_evidence
from sim.parameters.importing.scalars import renew_scalars
from sim.parameters.importing.use import BY_AGE_AND_SEX, RATIO, SERVICES
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

FILES = ("ed_flow", "los", "discharge_pathways", "capacity", "elective", "use_rates")
TABLES = {
    "ed_type1_attendance": "emergency_department",
    "ed_type1": "emergency_department",
    "ae_all": "emergency_department",
    "site_volume": "emergency_department",
    "admission_conversion": "emergency_department",
    "four_hour": "emergency_department",
    "utc_share": "urgent_care",
    "111_disposition": "urgent_care",
    "utc_miu_list": "urgent_care",
    "999_outcome": "ambulance",
    "ambulance_response": "ambulance",
    "handover": "ambulance",
    "acute": "length_of_stay",
    "acute_emergency_1plus": "length_of_stay",
    "acute_elective": "length_of_stay",
    "frailty_hfrs": "length_of_stay",
    "mortality": "length_of_stay",
    "readmission": "length_of_stay",
    "longstay": "length_of_stay",
    "rtt": "elective",
    "elective": "elective",
    "capacity": "capacity",
    "P0": "discharge_pathways",
    "P1": "discharge_pathways",
    "P2": "discharge_pathways",
    "P3": "discharge_pathways",
    "P1-P3": "discharge_pathways",
    "NCTR": "discharge_pathways",
    "outcome": "discharge_pathways",
    "step_up": "discharge_pathways",
}
"""Table of the area pack that takes each service of the evidence."""
LEFT_OUT = {"england_volume"}
NATIONAL_MEASURES = {
    BY_AGE_AND_SEX,
    RATIO,
    "annual rate",
    "age rate implied by segment mix only",
    "observed activity rate by Cambridge multimorbidity segment",
    "segment-weighted mean",
    "share of age group in segment",
    "assumed Dorset age share used for calibration",
    "share of NEL that is 0-day",
    "IRR v fit (eFI)",
    "IRR v fit (eFI severe)",
    "extra annual cost v fit",
    "observed emergency admissions per 1,000 in 12 months",
    "observed emergency admissions per 1,000, all quintiles",
}
"""Measures of use_rates.csv that belong to the national tables, or to a family of ratios not used."""
CREWS = "ambulance crews on shift in Dorset (peak)"
CHOSEN = Path(__file__).with_name("network_scalars.csv")
CHOSEN_COLUMNS = ("name", "param_id", "distribution", "note")


def import_services(evidence: Path, area: Path) -> dict[str, int]:
    """Write the area's tables for the care network and its scalars; rows written, by table."""
    rows: list[Row] = []
    tables: dict[str, list[Row]] = {}
    for name in FILES:
        found = read_evidence(evidence / "services" / f"{name}.csv", SERVICES)
        rows += found
        if name != "use_rates":
            only_known(f"{name}.csv", "service", found, set(TABLES) | LEFT_OUT)
        for row in found:
            table = _table(name, row)
            if table:
                tables.setdefault(table, []).append(_tidy(row))
    written = {
        name: write_table(area / f"{name}.csv", table, BY_NAME[name]) for name, table in tables.items()
    }
    scalars = _scalars(rows)
    written["parameters (from services)"] = len(scalars)
    renew_scalars(area / "parameters.csv", scalars)
    return written


def _table(file: str, row: Row) -> str | None:
    """Which table of the area a row goes to; None when it is national or left out."""
    if file == "use_rates":
        return None if row["measure"] in NATIONAL_MEASURES or row["service"] == "growth" else "local_use"
    if row["measure"] == CREWS:
        return "ambulance"
    return TABLES.get(row["service"])


def _tidy(row: Row) -> Row:
    """A row with its service, measure, age band, part and place as keys."""
    return {
        "service": row["service"],
        "measure": citation(row["measure"]),
        "age_band": row["age_band"],
        "stratum": row["stratum"],
        "place": citation(row["geography"]),
        **carried(row),
    }


def _scalars(rows: list[Row]) -> list[Row]:
    """The figures that the care network asks for by name."""
    by_id = {row["param_id"]: row for row in rows}
    out = []
    for choice in read_evidence(CHOSEN, CHOSEN_COLUMNS):
        if choice["param_id"] not in by_id:
            raise InputError(
                file=CHOSEN.name,
                key=choice["name"],
                found=choice["param_id"],
                allowed="an id of the services evidence",
                names=by_id,
            )
        row = by_id[choice["param_id"]]
        figure = carried(row, note="; ".join(part for part in (row["geography"], choice["note"]) if part))
        assumed = figure["grade"] == "C"
        out.append(
            {
                "name": choice["name"],
                **figure,
                "distribution": choice["distribution"],
                "status": "assumption" if assumed else "fixed",
                "owner": "care network" if assumed else "",
                "reason": "no local count in the evidence" if assumed else "",
            }
        )
    return out
