"""Frailty: prevalence, gradient and mortality ratios."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.importing.conditions import MORTALITY, PREVALENCE
from sim.parameters.importing.evidence import ages, carried, read_evidence
from sim.parameters.importing.shares import level_key
from sim.parameters.tables import Row

FRAILTY = ("mild", "moderate", "severe")


def frailty_tables(folder: Path) -> dict[str, tuple[str, list[Row]]]:
    """Prevalence, gradient and mortality ratios of frailty."""
    rows = read_evidence(folder / "ltc_prevalence.csv", PREVALENCE, ("condition", "role"))
    onset = read_evidence(folder / "ltc_incidence.csv", PREVALENCE, ("condition", "role"))
    deaths = read_evidence(folder / "ltc_mortality.csv", MORTALITY, ("measure",))
    prevalence, gradient, mortality = [], [], []
    for level in FRAILTY:
        for row in rows:
            if row["condition"] == f"frailty_{level}" and row["role"] == "model":
                prevalence.append({**level_key(row["sex"], row["age_band"], level), **carried(row)})
            if row["condition"] == f"frailty_{level}" and row["role"] == "multiplier":
                gradient.append({"level": level, "quintile": row["imd_quintile"][1:], **carried(row)})
        mortality += [
            {
                "level": level,
                "age_from": ages(row["age_band"])[0],
                "age_to": ages(row["age_band"])[1],
                **carried(row, note="overlaps with conditions: see mortality_exponent_frailty"),
            }
            for row in deaths
            if row["factor"] == f"frailty_{level}"
        ]
    gradient += [
        {"level": "onset", "quintile": row["imd_quintile"][1:], **carried(row)}
        for row in onset
        if row["condition"] == "frailty_onset" and row["role"] == "multiplier"
    ]
    return {
        "frailty/prevalence": ("frailty_prevalence", prevalence),
        "frailty/gradient": ("frailty_gradient", gradient),
        "frailty/mortality": ("frailty_mortality", mortality),
    }
