"""What risk factors share: look-ups in their evidence, and levels that add up to 1."""

from __future__ import annotations

import math

from sim.parameters.errors import InputError
from sim.parameters.importing.evidence import ages, carried, derived
from sim.parameters.tables import Row


class Evidence:
    """The risk-factor rows, with look-ups by category."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    def by_age(self, factor: str, category: str, sex: str, grades: str = "AB") -> dict[str, Row]:
        """Rows of a category for one sex by age band, all quintiles together, other than 16+ and 18+.

        Where the evidence holds a band twice, the row by age of the recalled pattern (later) is used: it is
        the one anchored to the published rows.
        """
        found = {
            row["age_band"]: row
            for row in self.rows
            if row["factor"] == factor
            and row["category"] == category
            and row["sex"] == sex
            and row["imd_quintile"] == "all"
            and row["grade"] in grades
            and row["age_band"] not in {"16+", "18+"}
            and row["unit"] == "proportion"
        }
        if not found:
            raise InputError(
                file="risk_factors.csv",
                key="factor, category, sex",
                found=f"no {factor} {category} {sex}",
                allowed="rows by age band",
            )
        return found

    def one(self, factor: str, category: str, sex: str = "all", quintile: str = "all") -> Row:
        """The first row of a category; InputError when there is none."""
        for row in self.rows:
            if (row["factor"], row["category"], row["sex"], row["imd_quintile"]) == (
                factor,
                category,
                sex,
                quintile,
            ):
                return row
        raise InputError(
            file="risk_factors.csv",
            key="category",
            found=category,
            allowed="a category of the factor",
            names={row["category"] for row in self.rows},
        )

    def gradient(self, factor: str, category: str, level: str) -> list[Row]:
        """Ratios to all by quintile, for a level."""
        return [
            {
                "quintile": row["imd_quintile"].removeprefix("Q"),
                "level": level,
                **carried(row, unit="ratio to all"),
            }
            for row in self.rows
            if row["factor"] == factor and row["category"] == category and row["unit"] == "ratio_to_all"
        ]


def level_key(sex: str, band: str, level: str) -> Row:
    """Key columns of a prevalence row."""
    first, last = ages(band)
    return {"sex": sex, "age_from": first, "age_to": last, "level": level}


def part_of(row: Row, factor: float, rule: str) -> Row:
    """A published share times a factor that a rule made."""
    low, high = (float(row[end] or row["value"]) * factor for end in ("low", "high"))
    return derived(
        float(row["value"]) * factor,
        unit="proportion",
        low=max(low, 0.0),
        high=min(high, 1.0),
        year=row["year"] or "not stated",
        source=f"{row['source']}; {rule}",
    )


def with_rest(parts: list[Row], level: str) -> list[Row]:
    """The reference level: what the other levels leave, by sex and age."""
    out: dict[tuple[str, str, str], list[Row]] = {}
    for row in parts:
        out.setdefault((row["sex"], row["age_from"], row["age_to"]), []).append(row)
    rows = []
    for (sex, first, last), others in out.items():
        left = 1.0 - sum(float(row["value"]) for row in others)
        spread = math.sqrt(sum((float(row["high"]) - float(row["low"])) ** 2 for row in others)) / 2
        rows.append(
            {
                "sex": sex,
                "age_from": first,
                "age_to": last,
                "level": level,
                **derived(
                    left,
                    unit="proportion",
                    year=others[0]["year"],
                    low=max(left - spread, 0.0),
                    high=min(left + spread, 1.0),
                    source="rule: 1 less the other levels",
                    grade=max((row["grade"] for row in others), key="ABGC".index),
                ),
            }
        )
    return rows
