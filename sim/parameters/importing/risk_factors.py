"""Prevalence, gradients and transitions of the risk factors, from the epidemiology evidence."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.columns import SEXES
from sim.parameters.importing.evidence import ages, carried, grade, read_evidence
from sim.parameters.importing.frailty import frailty_tables
from sim.parameters.importing.scalars import Constants
from sim.parameters.importing.shares import Evidence, level_key, part_of, with_rest
from sim.parameters.importing.smoking import excess_risk, quit_gradient, smoking_moves, smoking_prevalence
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

COLUMNS = (
    "factor",
    "category",
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
)
PRESSURE = {
    "Normotensive_untreated": "normal",
    "Hypertensive_untreated": "raised_untreated",  # split by whether it has been detected
    "Hypertensive_controlled": "treated_controlled",
    "Hypertensive_uncontrolled": "treated_uncontrolled",
}
OLDEST_COUNTED = 90  # end of an open band whose middle is needed
UNDETECTED = "raised_undetected"
UNDIAGNOSED = "undiagnosed_share_of_hypertensives"


def import_risk_factors(evidence: Path, national: Path) -> dict[str, int]:
    """Write the tables of the risk factors and of frailty; rows written, by table."""
    folder = evidence / "epidemiology"
    rows = Evidence(read_evidence(folder / "risk_factors.csv", COLUMNS))
    constants = Constants(national / "parameters.csv")
    made: dict[str, tuple[str, list[Row]]] = {}
    parts = {
        "smoking": smoking_prevalence(rows, constants, national),
        "bmi": _bmi(rows, constants),
        "cholesterol": _simple(rows, "cholesterol", "TC>=5", "raised", "lower"),
        "activity": _activity(rows),
        "alcohol": _alcohol(rows),
        "blood_pressure": _pressure(rows),
    }
    for factor, table in parts.items():
        made[f"risk_factors/{factor}/prevalence"] = ("risk_factor_prevalence", table)
    for factor, table in _gradients(rows).items():
        made[f"risk_factors/{factor}/gradient"] = ("risk_factor_gradient", table)
    made["risk_factors/smoking/excess_risk"] = ("excess_risk", excess_risk(rows))
    made["risk_factors/smoking/transitions"] = ("risk_factor_transitions", smoking_moves(rows, national))
    made["risk_factors/smoking/transition_gradient"] = ("transition_gradient", quit_gradient(rows))
    made |= frailty_tables(folder)
    return {
        name: write_table(national / f"{name}.csv", table, BY_NAME[schema])
        for name, (schema, table) in made.items()
    }


def _gradients(rows: Evidence) -> dict[str, list[Row]]:
    """Ratios by quintile of the levels that have one."""
    obese = rows.gradient("bmi", "obese_30plus", "obese")
    raised = "all_with_hypertension"
    return {
        "smoking": rows.gradient("smoking", "current", "current"),
        "bmi": obese + rows.gradient("bmi", "obese_30plus", "severely_obese"),
        "activity": rows.gradient("inactivity", "<30min_wk", "inactive"),
        "alcohol": rows.gradient("alcohol", ">14_units_wk", "increasing_risk")
        + rows.gradient("alcohol", "harmful_or_dependent", "higher_risk"),
        "blood_pressure": [
            row
            for level in (UNDETECTED, *list(PRESSURE.values())[1:])
            for row in rows.gradient("raised_systolic_bp", raised, level)
        ],
    }


def _simple(rows: Evidence, factor: str, category: str, level: str, rest: str) -> list[Row]:
    """A factor of two levels."""
    parts = [
        {**level_key(sex, band, level), **carried(row)}
        for sex in SEXES
        for band, row in rows.by_age(factor, category, sex).items()
    ]
    return with_rest(parts, rest) + parts


def _bmi(rows: Evidence, constants: Constants) -> list[Row]:
    """Overweight as published; obese split at BMI 35 by a share for each sex."""
    parts = []
    for sex in SEXES:
        severe = constants[f"severe_obesity_share_of_obese_{sex}"]
        for band, row in rows.by_age("bmi", "overweight_25_29.9", sex).items():
            parts.append({**level_key(sex, band, "overweight"), **carried(row)})
        for band, row in rows.by_age("bmi", "obese_30plus", sex).items():
            parts.append(
                {
                    **level_key(sex, band, "obese"),
                    **part_of(row, 1 - severe, f"x {1 - severe:g} under BMI 35"),
                }
            )
            parts.append(
                {
                    **level_key(sex, band, "severely_obese"),
                    **part_of(row, severe, f"x {severe:g} at 35 and over"),
                }
            )
    return with_rest(parts, "underweight_or_normal") + parts


def _activity(rows: Evidence) -> list[Row]:
    """Inactivity by age for both sexes, split by the ratio of women to all."""
    ratio = float(rows.one("inactivity", "sex_ratio_female", "female")["value"])
    factors = {"male": 2 / (1 + ratio), "female": 2 * ratio / (1 + ratio)}
    parts = [
        {
            **level_key(sex, band, "inactive"),
            **part_of(row, factors[sex], f"x {factors[sex]:.4g}: women {ratio:g} x men"),
        }
        for sex in SEXES
        for band, row in rows.by_age("inactivity", "<30min_wk", "all").items()
    ]
    return with_rest(parts, "active") + parts


def _alcohol(rows: Evidence) -> list[Row]:
    """Over 14 units by age; the harmful part keeps its share of all who drink over 14 units."""
    parts = []
    for sex, category in (("male", "harmful_>50M"), ("female", "harmful_>35F")):
        share = float(rows.one("alcohol", category, sex)["value"]) / float(
            rows.one("alcohol", ">14_units_wk", sex)["value"]
        )
        for band, row in rows.by_age("alcohol", ">14_units_wk", sex).items():
            rule = f"{share:.3g} of those over 14 units are at higher risk, at every age"
            parts.append({**level_key(sex, band, "increasing_risk"), **part_of(row, 1 - share, rule)})
            parts.append({**level_key(sex, band, "higher_risk"), **part_of(row, share, rule)})
    return with_rest(parts, "lower_risk") + parts


def _pressure(rows: Evidence) -> list[Row]:
    """The states of HSE 2022, those untreated split by detection; rounded shares are divided by their sum."""
    out = []
    for sex in SEXES:
        states = {
            level: rows.by_age("raised_systolic_bp", name, sex, "A") for name, level in PRESSURE.items()
        }
        for band in states["normal"]:
            found = {level: states[level][band] for level in states}
            total = sum(float(row["value"]) for row in found.values())
            raised = sum(float(row["value"]) for level, row in found.items() if level != "normal")
            share = _undiagnosed(rows, sex, band)
            unseen = min(1.0, share * raised / float(found["raised_untreated"]["value"]))
            rule = f"divided by the sum of the rounded shares, {total:g}"
            split = f"{rule}; undetected: {share:.3g} of hypertensives (ONS 2023 by age, interpolated)"
            for level, row in found.items():
                parts = {level: (1.0, rule)}
                if level == "raised_untreated":
                    parts = {UNDETECTED: (unseen, split), level: (1.0 - unseen, split)}
                for name, (part, why) in parts.items():
                    exact = part == 1.0
                    figure = part_of(row, part / total, why)
                    out.append(
                        {
                            **level_key(sex, band, name),
                            **figure,
                            "grade": grade(row["grade"]) if exact else "C",
                        }
                    )
    return out


def _undiagnosed(rows: Evidence, sex: str, band: str) -> float:
    """Share of hypertensives who are not diagnosed: in straight lines between the ages published.

    Under 25 hardly anyone has raised pressure: the share at 25 to 34 stands for all under 35.
    """
    points = []
    for row in rows.rows:
        if (row["category"], row["sex"]) == (UNDIAGNOSED, sex) and row["age_band"] != "16-24":
            points.append((_middle(row["age_band"]), float(row["value"])))
    (young, first), (old, last) = sorted(points)
    part = min(max((_middle(band) - young) / (old - young), 0.0), 1.0)
    return first + part * (last - first)


def _middle(band: str) -> float:
    """Middle of an age band in years; an open band has the one of a band that ends at 90."""
    first, last = (int(age) for age in ages(band))
    return (first + min(last + 1, OLDEST_COUNTED)) / 2
