"""Smoking: current and ex-smokers, moves between the levels, and the excess risk that quitting leaves."""

from __future__ import annotations

import math
from pathlib import Path

from sim.parameters.columns import QUINTILES, SEXES
from sim.parameters.importing.evidence import carried, derived
from sim.parameters.importing.scalars import Constants
from sim.parameters.importing.shares import Evidence, level_key, part_of, with_rest
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, check_table

QUIT = ("current", "ex_under_1")


def smoking_prevalence(rows: Evidence, constants: Constants, national: Path) -> list[Row]:
    """Current smokers as published; ex-smokers by a recalled pattern, split by years since quitting."""
    ex, problems = check_table(national / "risk_factors/smoking/ex_prevalence.csv", BY_NAME["ex_smokers"])
    phases, more = check_table(national / "risk_factors/smoking/phases.csv", BY_NAME["smoking_phases"])
    if problems + more:
        raise (problems + more)[0]
    scale, youngest = constants["smoking_quit_years_scale"], constants["smoking_quit_minimum_age"]
    parts = [
        {**level_key(sex, band, "current"), **carried(row)}
        for sex in SEXES
        for band, row in rows.by_age("smoking", "current", sex, "B").items()
    ]
    for row in ex:
        longest = max((int(row["age_from"]) + min(int(row["age_to"]), 85) + 1) / 2 - youngest, 1.0)
        for phase in phases:
            begin = min(float(phase["years_from"]), longest)
            end = longest if phase is phases[-1] else min(float(phase["years_to"]), longest)
            share = (math.exp(-begin / scale) - math.exp(-end / scale)) / (1 - math.exp(-longest / scale))
            rule = f"x {share:.4g}: years since quitting exponential, scale {scale:g}, cut off at {longest:g}"
            parts.append(
                {
                    "sex": row["sex"],
                    "age_from": row["age_from"],
                    "age_to": row["age_to"],
                    "level": phase["level"],
                    **part_of(row, share, rule),
                }
            )
    return with_rest(parts, "never") + parts


def excess_risk(rows: Evidence) -> list[Row]:
    """Share of the smoker's excess risk that remains by years since quitting."""
    out = []
    for row in rows.rows:
        if row["factor"] == "smoking" and row["category"].startswith("remaining_excess_risk_"):
            curve, year = _curve(row["category"])
            out.append({"curve": curve, "years_since_quitting": year, **carried(row)})
    return out


def _curve(category: str) -> tuple[str, str]:
    """Curve and year of a category such as `remaining_excess_risk_CVD_year_3_after_quit`."""
    words = category.removeprefix("remaining_excess_risk_").split("_")
    return words[0].lower(), words[2]


def smoking_moves(rows: Evidence, national: Path) -> list[Row]:
    """Starting, quitting, relapse and the passage through the levels of ex-smoking, as rates.

    Relapse is published as the share of original quitters that starts again in year k; its rate in a level
    is minus the logarithm of the share still abstinent at the level's end over that at its start, by its
    length. The passage rate is 1 over the length.
    """
    phases, problems = check_table(national / "risk_factors/smoking/phases.csv", BY_NAME["smoking_phases"])
    if problems:
        raise problems[0]
    begin = rows.one("smoking", "annual_initiation_16_24")
    stop = rows.one("smoking", "annual_sustained_quit_probability")
    out = [
        {
            "from_level": "never",
            "to_level": "current",
            "sex": "all",
            "age_from": "16",
            "age_to": "24",
            **carried(begin, unit="per person-year"),
        },
        {
            "from_level": QUIT[0],
            "to_level": QUIT[1],
            "sex": "all",
            "age_from": "18",
            "age_to": "110",
            **carried(stop, unit="per person-year", note="a year's probability used as a rate"),
        },
    ]
    relapse = {
        int(row["category"].removeprefix("relapse_year_").split("_", maxsplit=1)[0]): float(row["value"])
        for row in rows.rows
        if row["category"].startswith("relapse_year_")
    }
    source = rows.one("smoking", "relapse_year_1_after_quit(of original quitters)")["source"]
    for phase, after in zip(phases, [*phases[1:], None], strict=True):
        start, end = int(float(phase["years_from"])), int(float(phase["years_to"]))
        if after is None:
            continue
        kept = [
            1.0 - sum(share for year, share in relapse.items() if year <= limit) for limit in (start, end)
        ]
        length = end - start
        both = {"from_level": phase["level"], "sex": "all", "age_from": "0", "age_to": "110"}
        out.append(
            {
                **both,
                "to_level": "current",
                **derived(
                    -math.log(kept[1] / kept[0]) / length,
                    unit="per person-year",
                    year="1991-2006",
                    low=-0.8 * math.log(kept[1] / kept[0]) / length,
                    high=-1.2 * math.log(kept[1] / kept[0]) / length,
                    source=f"-ln(abstinent at {end} years / at {start}) / {length}: {source}; range 20% "
                    "either way, as the yearly shares have",
                ),
            }
        )
        out.append(
            {
                **both,
                "to_level": after["level"],
                **derived(
                    1.0 / length,
                    unit="per person-year",
                    source="rule: 1 / length of the level in years (phases.csv)",
                ),
            }
        )
    return out


def quit_gradient(rows: Evidence) -> list[Row]:
    """Ratios by quintile of quitting."""
    return [
        {
            "from_level": QUIT[0],
            "to_level": QUIT[1],
            "quintile": quintile,
            **carried(rows.one("smoking", "quit_probability", "all", f"Q{quintile}"), unit="ratio to all"),
        }
        for quintile in QUINTILES
    ]
