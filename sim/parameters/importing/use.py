"""Use of care: rates, gradients, profiles, growth and unit costs, from the services evidence."""

from __future__ import annotations

import re
from pathlib import Path

from sim.parameters.columns import SEXES
from sim.parameters.importing.evidence import carried, derived, only_known, read_evidence
from sim.parameters.importing.scalars import Constants
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

SERVICES = (
    "param_id",
    "service",
    "measure",
    "age_band",
    "sex",
    "stratum",
    "value",
    "unit",
    "year",
    "geography",
    "source",
    "low",
    "high",
    "grade",
    "note",
    "source_kind",
)
PROFILES = (
    "stream",
    "dimension",
    "level",
    "value",
    "unit",
    "geography",
    "source",
    "low",
    "high",
    "grade",
    "note",
    "source_kind",
)
BY_AGE_AND_SEX = "annual rate by age and sex"
BY_AGE = {"outpatient_first", "outpatient_followup"}
RATIO = "age-sex-adjusted rate ratio v least deprived quintile"
FRAILTY_RATIO = "IRR v fit"
FRAILTY_CLASSES = {"inpatient_days": "bed_days"}
SEGMENT_RATE = "observed activity rate by Cambridge multimorbidity segment"
SHARE = "share_of_adults"
SEGMENTS_LIKE = {
    "call_111": ("call_111",),
    "incident_999": ("incident_999",),
    "ed_or_utc_attendance": ("ed_type1_attendance", "utc_miu_attendance"),
    "gp_appointment": ("gp_appointment",),
    "outpatient_attended": ("outpatient_attended",),
    "community_contact": ("community_contact",),
    "inpatient_admission_all": ("nel_admission_total", "elective_daycase"),
}
"""Classes of use of the model that each service of the segments serves."""
STREAMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("111 calls", "month"): ("call_111",),
    ("111 calls", "weekday"): ("call_111",),
    ("111 calls (weekday)", "hour"): ("call_111",),
    ("999 incidents", "month"): ("incident_999",),
    ("999 incidents / ambulance arrivals", "hour"): ("incident_999",),
    ("Dorset ED type-1 attendances", "month"): ("ed_type1_attendance",),
    ("ED/UTC all arrivals", "hour"): ("ed_type1_attendance", "utc_miu_attendance"),
    ("ED/UTC all arrivals", "weekday"): ("ed_type1_attendance", "utc_miu_attendance"),
    ("UTC/MIU/other attendances", "month"): ("utc_miu_attendance",),
    ("Dorset NEL admissions via ED", "month"): ("nel_admission_total",),
    ("NEL admissions", "weekday"): ("nel_admission_total",),
    ("ED arrivals later admitted", "hour"): ("nel_admission_total",),
    ("GP appointments", "weekday"): ("gp_appointment",),
    ("P1 referrals/discharges", "weekday"): ("p1_referral",),
    ("acute discharges", "weekday"): ("acute_discharge",),
}
"""Streams of the model that each profile of the evidence serves."""
PROFILES_LEFT_OUT = {
    ("ED type-1 attendances", "month"),
    ("NEL admissions via ED", "month"),
    ("ED arrivals later admitted", "6-hour block"),
    ("ED arrivals later admitted", "weekday"),
}
"""England where Dorset's own is read; blocks where hours are; weekdays of a file whose dates were shifted."""
GROWTH = {
    "A&E attendances (all types) 12-month growth to Sep 2025": (
        ("ed_type1_attendance", "utc_miu_attendance"),
        "demographic_growth_ed_attendances",
    ),
    "NEL 1+ day spells 12-month growth to Sep 2025": (
        ("nel_admission_total",),
        "demographic_growth_emergency_admissions",
    ),
    "RTT clock starts 12-month growth to Sep 2025": (
        ("outpatient_attended", "elective_daycase", "elective_ordinary"),
        "demographic_growth_elective",
    ),
}
"""Need classes that each published growth stands for, and the ageing that is taken out of it."""


def import_use(evidence: Path, national: Path) -> dict[str, int]:
    """Write the tables of use and unit costs; rows written, by table."""
    folder = evidence / "services"
    rows = read_evidence(folder / "use_rates.csv", SERVICES, ("service", "measure"))
    made = {
        "use/rates": ("use_rates", _rates(rows)),
        "use/gradient": ("use_gradient", _gradient(rows)),
        "use/zero_day_share": (
            "zero_day_share",
            [
                {"age_band": row["age_band"], **carried(row)}
                for row in rows
                if row["measure"] == "share of NEL that is 0-day"
            ],
        ),
        "use/profiles": ("use_profiles", _profiles(read_evidence(folder / "arrival_profiles.csv", PROFILES))),
        "use/growth": ("use_growth", _growth(rows, Constants(national / "parameters.csv"))),
        "frailty/use_ratio": ("frailty_use_ratio", _frailty(rows)),
        "use/segment_rates": ("segment_use_rates", _segments(rows)),
        "unit_costs": ("unit_costs", _costs(read_evidence(folder / "unit_costs.csv", SERVICES))),
    }
    return {
        name: write_table(national / f"{name}.csv", table, BY_NAME[schema])
        for name, (schema, table) in made.items()
    }


def _rates(rows: list[Row]) -> list[Row]:
    """Rates by sex and age band; first and follow-up outpatients have one rate for both sexes."""
    out = []
    for row in rows:
        split = row["service"] in BY_AGE and row["measure"] == "annual rate"
        if split or (row["measure"] == BY_AGE_AND_SEX and row["sex"] != "persons"):
            note = "one figure for both sexes" if split else ""
            out += [
                {
                    "need_class": row["service"],
                    "sex": sex,
                    "age_band": row["age_band"],
                    **carried(row, note=note),
                }
                for sex in (SEXES if split else (row["sex"],))
            ]
    return sorted(out, key=lambda row: (row["need_class"], SEXES.index(row["sex"])))


def _gradient(rows: list[Row]) -> list[Row]:
    """Ratios by quintile to the least deprived."""
    return [
        {
            "need_class": row["service"],
            "quintile": row["stratum"].split()[2],
            **carried(row, unit="ratio to least deprived quintile"),
        }
        for row in rows
        if row["measure"] == RATIO
    ]


def _frailty(rows: list[Row]) -> list[Row]:
    """Incidence rate ratios to fit, by class of the electronic frailty index."""
    return [
        {
            "need_class": FRAILTY_CLASSES.get(row["service"], row["service"]),
            "level": row["stratum"].removeprefix("eFI "),
            **carried(row, unit="ratio to fit"),
        }
        for row in rows
        if row["measure"].startswith(FRAILTY_RATIO)
    ]


def _segments(rows: list[Row]) -> list[Row]:
    """Use of adults by segment of need, as observed, and the share of adults in each segment."""
    found = [row for row in rows if row["measure"] == SEGMENT_RATE]
    out = [
        {"need_class": need, "segment": row["stratum"].split()[0].removeprefix("CS"), **carried(row)}
        for row in found
        for need in SEGMENTS_LIKE.get(row["service"], ())
    ]
    sized = [row for row in found if row["service"] == found[0]["service"]]
    total = sum(_segment_people(row) for row in sized)
    return out + [
        {
            "need_class": SHARE,
            "segment": row["stratum"].split()[0].removeprefix("CS"),
            **derived(
                _segment_people(row) / total,
                unit="proportion of adults",
                year=row["year"],
                grade=row["grade"],
                source=f"{row['note'].split(';')[0]}, of {total:,.0f} ({row['source']})",
            ),
        }
        for row in sized
    ]


def _segment_people(row: Row) -> float:
    """People of a segment, from its note."""
    found = re.search(r"segment population ([\d,]+)", row["note"])
    assert found is not None, row
    return float(found[1].replace(",", ""))


def _profiles(rows: list[Row]) -> list[Row]:
    """Multipliers by hour, weekday and month for the model's streams."""
    for row in rows:
        row["key"] = f"{row['stream']}, {row['dimension']}"
    known = {f"{stream}, {dimension}" for stream, dimension in (*STREAMS, *PROFILES_LEFT_OUT)}
    only_known("arrival_profiles.csv", "key", rows, known)
    return [
        {
            "stream": stream,
            "dimension": row["dimension"],
            "level": row["level"],
            **carried(row, unit="multiplier, mean 1", note=row["geography"]),
        }
        for row in rows
        for stream in STREAMS.get((row["stream"], row["dimension"]), ())
    ]


def _growth(rows: list[Row], constants: Constants) -> list[Row]:
    """Published growth for each need class it stands for, and the part that ageing does not explain."""
    growth = [row for row in rows if row["service"] == "growth"]
    only_known("use_rates.csv", "measure", growth, GROWTH)
    out: list[Row] = []
    for row in growth:
        needs, ageing = GROWTH[row["measure"]]
        taken = constants[ageing]
        for need in needs:
            out.append({"need_class": need, "measure": "total", **carried(row)})
            out.append(
                {
                    "need_class": need,
                    "measure": "beyond_demography",
                    **derived(
                        float(row["value"]) - taken,
                        unit=row["unit"],
                        year=row["year"],
                        low=float(row["low"]) - taken,
                        high=float(row["high"]) - taken,
                        source=f"{row['value']} ({row['source']}) less {taken:g}, {ageing} of parameters.csv",
                        note=row["measure"],
                    ),
                }
            )
    return out


def _costs(rows: list[Row]) -> list[Row]:
    """All unit costs; `planning` rows are those to use, the others are what they rest on."""
    basis = {"planning value": "planning", "BNSSG implied": "implied"}
    return [
        {
            "service": row["service"],
            "measure": row["measure"],
            "stratum": row["stratum"],
            "basis": basis.get(row["service"], "as read"),
            **carried(row, note=row["geography"]),
        }
        for row in rows
    ]
