"""Prevalence, incidence, gradients and mortality ratios of the conditions, from the epidemiology evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sim.parameters.columns import OLDEST, QUINTILES, SEXES
from sim.parameters.errors import InputError
from sim.parameters.importing.evidence import ages, carried, derived, only_known, read_evidence
from sim.parameters.importing.scalars import Constants
from sim.parameters.importing.sites import Sites
from sim.parameters.importing.states import staged, with_undiagnosed
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

PREVALENCE = (
    "condition",
    "sex",
    "age_band",
    "imd_quintile",
    "value",
    "unit",
    "low",
    "high",
    "year",
    "source",
    "grade",
    "role",
)
MORTALITY = (
    "factor",
    "sex",
    "age_band",
    "measure",
    "value",
    "unit",
    "low",
    "high",
    "year",
    "source",
    "grade",
)
HAZARD_RATIOS = ("all_cause_mortality_HR",)
ROLES = {"model", "multiplier", "adjust", "check"}
ADJUST = "recommended_multiplier_on_DERIVED:"
ADJUSTED = (
    "type2_diabetes",
    "copd",
    "osteoarthritis_msk",
    "hypertension",
    "epilepsy",
    "severe_mental_illness",
)
"""Conditions whose derived onsets the evidence multiplies; the balance at the start stands for that."""
FROM_ONSET = "from_onset"
"""What the mapping says where the evidence has a gradient of onset and none of prevalence."""
RIVALS = {
    "copd_total_incl_undiagnosed",
    "dementia_total",
    "frailty_mild",
    "frailty_moderate",
    "frailty_severe",
    "frailty_onset",
    "cancer_lung",
    "cancer_all",
}
"""Keys of rows to build from that are other views of a condition, or go to another folder."""
MAPPING = Path(__file__).with_name("conditions.yaml")


def load_mapping() -> dict[str, dict[str, Any]]:
    """Which evidence makes each condition, by condition key."""
    mapping: dict[str, dict[str, Any]] = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    return mapping


def import_conditions(evidence: Path, national: Path) -> dict[str, int]:
    """Write the tables of every condition but its relative risks; rows written, by table."""
    mapping = load_mapping()
    folder = evidence / "epidemiology"
    group = ("condition", "role")
    prevalence = read_evidence(folder / "ltc_prevalence.csv", PREVALENCE, group)
    incidence = read_evidence(folder / "ltc_incidence.csv", PREVALENCE, group)
    mortality = read_evidence(folder / "ltc_mortality.csv", MORTALITY, ("measure",))
    _refuse_unknown(prevalence, incidence, mapping)
    constants = Constants(national / "parameters.csv")
    written: dict[str, int] = {}
    sites = Sites()
    for key, use in mapping.items():
        made = {
            "prevalence": _by_age(prevalence, use["prevalence"]),
            "incidence": _incidence(prevalence, incidence, use),
            "gradient": _gradient(prevalence, incidence, use),
            "mortality": _mortality(mortality, use["mortality"], constants),
        }
        if "undiagnosed" in use:
            totals = (
                [] if "total" not in use["undiagnosed"] else _by_age(prevalence, use["undiagnosed"]["total"])
            )
            made |= with_undiagnosed(
                made["prevalence"], totals, made["incidence"], use["undiagnosed"], constants
            )
        if "stages" in use:
            made |= staged(made["prevalence"], made["incidence"], use, constants)
        if "site" in use:
            made |= _of_site(sites, use, made, mortality)
        for name, rows in made.items():
            if rows:
                path = national / "conditions" / key / f"{name}.csv"
                written[f"conditions/{key}/{name}"] = write_table(path, rows, BY_NAME[f"condition_{name}"])
    return written


def _of_site(
    sites: Sites, use: dict[str, Any], made: dict[str, list[Row]], mortality: list[Row]
) -> dict[str, list[Row]]:
    """Tables of the cancers of one site, from those of all sites together."""
    site = use["site"]
    ratios = (
        _hazard_ratio(mortality, "cancer_within_1y_dx", "all"),
        _hazard_ratio(mortality, "cancer_1_5y_dx", "all"),
    )
    return {
        "prevalence": sites.parted_rows(site, made["prevalence"], made["incidence"], "people"),
        "incidence": sites.parted_rows(site, made["incidence"], made["incidence"], "onsets"),
        "mortality": sites.mortality(site, ratios),
        "state_shares": sites.state_shares(site),
        "state_transitions": sites.state_transitions(),
    }


def _refuse_unknown(prevalence: list[Row], incidence: list[Row], mapping: dict[str, dict[str, Any]]) -> None:
    """Raise for a role, or for a key to build from, that nothing here knows."""
    known = RIVALS | {
        str(use[part])
        for use in mapping.values()
        for part in ("prevalence", "incidence", "gradient", "incidence_gradient")
        if use.get(part, FROM_ONSET) != FROM_ONSET
    }
    known |= {f"{ADJUST}{name}" for name in ADJUSTED}
    for name, rows in (("ltc_prevalence.csv", prevalence), ("ltc_incidence.csv", incidence)):
        only_known(name, "role", rows, ROLES)
        only_known(name, "condition", [row for row in rows if row["role"] != "check"], known)


def _by_age(rows: list[Row], condition: str) -> list[Row]:
    """Rows with role model, by sex and age band; rows for both sexes are written for each."""
    out = []
    for row in rows:
        if row["condition"] != condition or row["role"] != "model":
            continue
        first, last = ages(row["age_band"])
        for sex in SEXES if row["sex"] == "all" else (row["sex"],):
            note = "one figure for both sexes" if row["sex"] == "all" else ""
            out.append({"sex": sex, "age_from": first, "age_to": last, **carried(row, note=note)})
    if not out:
        raise InputError(
            file="epidemiology", key="condition", found=condition, allowed="rows with role model"
        )
    return sorted(out, key=lambda row: (SEXES.index(row["sex"]), int(row["age_from"])))


def _incidence(prevalence: list[Row], incidence: list[Row], use: dict[str, Any]) -> list[Row]:
    """Published or derived onset rates; where there are none, those that the age slope implies."""
    if "incidence" in use:
        rows = _by_age(incidence, use["incidence"])
        for row in rows:
            row["unit"] = (
                "per person-year" if row["unit"] == "per_person_year" else "per susceptible person-year"
            )
        return rows
    return _from_age_slope(_by_age(prevalence, use["prevalence"]))


def _starts_at_birth(use: dict[str, Any]) -> bool:
    """Whether the evidence holds a gradient but no onset rate, as for a condition present from birth."""
    return "incidence" not in use and "gradient" in use


def _from_age_slope(prevalence: list[Row]) -> list[Row]:
    """Onset rates at steady state without excess mortality or remission: i = (dP/da) / (1 - P).

    The slope at a band is the central difference between the midpoints of its neighbours (one-sided at
    the ends); a falling prevalence gives no onset.
    """
    out = []
    for sex in SEXES:
        rows = [row for row in prevalence if row["sex"] == sex]
        middles = [_middle(row) for row in rows]
        for index, row in enumerate(rows):
            before, after = max(index - 1, 0), min(index + 1, len(rows) - 1)
            rise = float(rows[after]["value"]) - float(rows[before]["value"])
            rate = max(rise / (middles[after] - middles[before]), 0.0) / (1.0 - float(row["value"]))
            out.append(
                {
                    "sex": sex,
                    "age_from": row["age_from"],
                    "age_to": row["age_to"],
                    **derived(
                        rate,
                        unit="per susceptible person-year",
                        year=row["year"],
                        low=0.7 * rate,
                        high=1.3 * rate,
                        source="rule: slope of prevalence.csv over age / (1 - prevalence), no excess "
                        "mortality, no remission; range 30% either way, as the prevalence has",
                    ),
                }
            )
    return out


def _middle(row: Row) -> float:
    """Middle age of a five-year band; the open band is taken to be as wide as the others."""
    first = int(row["age_from"])
    last = min(int(row["age_to"]), first + 4) if int(row["age_to"]) == OLDEST else int(row["age_to"])
    return (first + last + 1) / 2


def _gradient(prevalence: list[Row], incidence: list[Row], use: dict[str, Any]) -> list[Row]:
    """Ratios by quintile of prevalence (to all) and of incidence (to the least deprived)."""
    wanted = {
        "prevalence_ratio": (prevalence, use.get("gradient")),
        "incidence_ratio": (incidence, use.get("incidence_gradient", use.get("incidence"))),
    }
    out = [
        {"quintile": row["imd_quintile"].removeprefix("Q"), "measure": measure, **carried(row)}
        for measure, (rows, condition) in wanted.items()
        for row in rows
        if row["role"] == "multiplier" and row["condition"] == condition
    ]
    if use.get("gradient") == FROM_ONSET:
        out = [*_prevalence_as_onset(out), *out]
    found = {row["measure"] for row in out}
    for measure in sorted(set(wanted) - found, reverse=True):
        if measure == "incidence_ratio" and _starts_at_birth(use):
            continue
        out += [
            {
                "quintile": quintile,
                "measure": measure,
                **derived(1.0, unit="ratio", source="assumed level: no gradient in the evidence"),
            }
            for quintile in QUINTILES
        ]
    return out


def _prevalence_as_onset(onset: list[Row]) -> list[Row]:
    """Ratios of prevalence to all quintiles, taken to be those of onset to the mean of the five."""
    mean = sum(float(row["value"]) for row in onset) / len(onset)
    return [
        {
            "quintile": row["quintile"],
            "measure": "prevalence_ratio",
            **derived(
                float(row["value"]) / mean,
                unit="ratio_to_all_quintiles_age_adjusted",
                low=float(row["low"]) / mean,
                high=float(row["high"]) / mean,
                source=f"rule: ratio of onset / its mean over quintiles, {mean:.3g}; {row['source']}",
            ),
        }
        for row in onset
    ]


def _mortality(rows: list[Row], wanted: list[dict[str, Any]], constants: Constants) -> list[Row]:
    """All-cause mortality hazard ratios of a condition, one family, by age."""
    out = []
    for use in wanted:
        first, last = ages(use["ages"])
        if "scalar" in use:
            figure = {
                key: constants.rows[use["scalar"]][key]
                for key in ("value", "low", "high", "year", "source", "grade")
            } | {"unit": "hazard ratio"}
        else:
            found = _hazard_ratio(rows, use["factor"], use["band"])
            note = "" if use["band"] in {use["ages"], "all_adult"} else f"published for {use['band']}"
            figure = carried(found, unit="hazard ratio", note=note)
        state = {"state": use["state"]} if "state" in use else {}
        out.append({**state, "age_from": first, "age_to": last, **figure})
    return out


def _hazard_ratio(rows: list[Row], factor: str, band: str) -> Row:
    """The one row of that factor and age band; InputError when it is missing."""
    found = [
        row
        for row in rows
        if row["factor"] == factor and row["age_band"] == band and row["measure"] in HAZARD_RATIOS
    ]
    if len(found) != 1:
        raise InputError(
            file="ltc_mortality.csv",
            key="factor, age_band",
            found=f"{len(found)} rows of {factor} {band}",
            allowed="one row",
            names=sorted({row["factor"] for row in rows}),
        )
    return found[0]
