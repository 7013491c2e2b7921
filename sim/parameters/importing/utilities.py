"""Utilities (EQ-5D): norms by sex and age, decrements of health states, adjustment for their number."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.columns import SEXES
from sim.parameters.errors import TableError
from sim.parameters.importing.evidence import ages, carried, only_known, read_evidence
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

COLUMNS = ("item", "sex", "age_band", "value", "low", "high", "unit", "source", "grade")
NORM = "population_norm_EQ5D_AraBrazier"
NUMBER = "number_of_conditions="
ANY = "any"
OWNER = "health economics"

STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "type1_diabetes": (("type1_diabetes", ANY),),
    "type2_diabetes": (("type2_diabetes", ANY),),
    "hypertension": (("hypertension", ANY),),
    "asthma": (("asthma", ANY),),
    "copd": (("copd", ANY),),
    "ckd_3_5": (("ckd", ANY),),
    "coronary_heart_disease": (("coronary_heart_disease", ANY),),
    "stroke_tia": (("stroke_tia", ANY),),
    "atrial_fibrillation": (("atrial_fibrillation", ANY),),
    "heart_failure": (("heart_failure", ANY),),
    "dementia": (("dementia", ANY),),
    "depression_anxiety": (("depression_anxiety", ANY),),
    "severe_mental_illness": (("severe_mental_illness", ANY),),
    "epilepsy": (("epilepsy", ANY),),
    "osteoarthritis_msk": (("osteoarthritis", ANY),),
    "learning_disability": (("learning_disability", ANY),),
    "cancer_breast": (("cancer_breast", ANY),),
    "cancer_colorectal": (("cancer_bowel", ANY),),
    "cancer_lung": (("cancer_lung", ANY),),
    "cancer_prostate": (("cancer_prostate", ANY),),
    "cancer_other": (("cancer_other", ANY), ("cancer", ANY)),
    "obesity": (("bmi", "obese"), ("bmi", "severely_obese")),
    "current_smoker": (("smoking", "current"),),
    "frailty_mild": (("frailty", "mild"),),
    "frailty_moderate": (("frailty", "moderate"),),
    "frailty_severe": (("frailty", "severe"),),
    "care_home_resident": (("care_home", "yes"),),
}
"""Item of the evidence: attributes of a resident and their levels to which its decrement belongs."""
PARTS = "condition", "risk factor or circumstance", "the largest of these"
_PART = {"bmi": PARTS[1], "smoking": PARTS[1], "frailty": PARTS[2], "care_home": PARTS[2]}
LEFT_OUT = (
    "population_norm_EQ5D", "rheumatoid_arthritis", "hearing_loss", "alcohol_problems", "ibs",
    "connective_tissue", "chronic_pain", "constipation", "ischaemic_heart_disease_ICD414", "stroke_ICD436",
    "dementia_CCC068", "two_conditions", "three_conditions", "four_conditions", "age_per_year",
    "dementia_ratio", "chd_ratio", "stroke_ratio", "physical_inactivity", "severe_obesity_BMI40+",
    "acute_MI_first_year", "stroke_acute_first_year",
    *(f"IMD_Q{quintile}_residual" for quintile in range(1, 6)),
)  # fmt: skip
"""Items not used; `sim/parameters/utilities/README.md` says why."""


def import_utilities(evidence: Path, national: Path) -> dict[str, int]:
    """Write utilities/norm, decrements and number_of_conditions; rows written, by table."""
    path = evidence / "epidemiology" / "utilities.csv"
    rows = read_evidence(path, COLUMNS)
    numbers = [row["item"] for row in rows if row["item"].startswith(NUMBER)]
    only_known(path.name, "item", rows, {NORM, *numbers, *STATES, *LEFT_OUT})
    made = {
        "norm": ("utility_norm", _norms(rows)),
        "decrements": ("utility_decrements", _decrements(rows, path.name)),
        "number_of_conditions": (
            "utility_number",
            [
                {
                    "conditions": row["item"].removeprefix(NUMBER),
                    **carried(row, note="added to the decrements"),
                }
                for row in rows
                if row["item"].startswith(NUMBER)
            ],
        ),
    }
    return {
        f"utilities/{name}": write_table(national / f"utilities/{name}.csv", table, BY_NAME[schema])
        for name, (schema, table) in made.items()
    }


def _norms(rows: list[Row]) -> list[Row]:
    """Norms by sex and five-year band; below the first band its value is held."""
    out = []
    for sex in SEXES:
        mine = [row for row in rows if row["item"] == NORM and row["sex"] == sex]
        for row in mine:
            first, last = ages(row["age_band"])
            out.append({"sex": sex, "age_from": first, "age_to": last, **carried(row)})
        youngest = next(row for row in out if row["sex"] == sex)
        held = {
            **youngest, "age_from": "0", "age_to": str(int(youngest["age_from"]) - 1), "grade": "C",
            "status": "assumption", "owner": OWNER,
            "reason": "the equation was fitted from age 16; younger children are taken as those of 10 to 14",
        }  # fmt: skip
        out.insert(out.index(youngest), held)
    return out


def _decrements(rows: list[Row], file: str) -> list[Row]:
    """One row for each attribute and level; where the evidence has an item twice, the first is used."""
    out: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        if row["item"] in seen or row["item"] not in STATES:
            continue
        seen.add(row["item"])
        for attribute, level in STATES[row["item"]]:
            figure = carried(row, unit="utility")
            if figure["grade"] == "C":
                figure |= {"status": "assumption", "owner": OWNER, "reason": "no published figure found"}
            out.append(
                {"attribute": attribute, "level": level, "part": _PART.get(attribute, PARTS[0]), **figure}
            )
    missing = sorted(set(STATES) - seen)
    if missing:
        raise TableError(file=file, key="item", found=f"no {', '.join(missing)}", allowed="every state used")
    return out
