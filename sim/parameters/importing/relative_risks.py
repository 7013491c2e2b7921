"""Relative risks of onset: the chosen contrast of the evidence, turned into ratios between levels.

`choices.csv` names, for each pair of condition and factor, the row of the evidence that is used, the method
that turns its contrast into levels, and why it was chosen among rivals. `supplement.csv` in the conditions'
folder adds what the evidence lacks.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from sim.parameters.columns import OLDEST
from sim.parameters.errors import InputError
from sim.parameters.importing.evidence import citation, digits, grade, read_evidence
from sim.parameters.importing.methods import METHODS, Estimate, Levels
from sim.parameters.importing.scalars import Constants
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, check_table, write_table

COLUMNS = (
    "from_factor",
    "to_condition",
    "exposure_contrast",
    "stratum",
    "rr",
    "low",
    "high",
    "source",
    "grade",
)
CHOICES = (
    "condition",
    "factor",
    "method",
    "evidence_factor",
    "evidence_condition",
    "contrast",
    "cited",
    "why",
)
CHOICES_FILE = Path(__file__).with_name("choices.csv")
SEX_WORDS = {"men": "male", "women": "female", "male": "male", "female": "female", "all": "all"}
STRATUM = re.compile(r"(?P<sex>\w+)(?: (?P<ages>\d+-\d+|\d+\+))?")
POINT_WIDTH = 5
BANDS = [(first, first + 4) for first in range(30, 85, 5)] + [(85, OLDEST)]
"""Ages for which ratios given at a few ages are interpolated."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One ratio of the evidence: for whom, how much, and where it was read."""

    sex: str
    first: int
    last: int
    ratio: Estimate
    source: str
    grade: str


def import_relative_risks(evidence: Path, national: Path) -> dict[str, int]:
    """Write relative_risks.csv of every condition that has any; rows written, by table."""
    rows = read_evidence(evidence / "epidemiology" / "ltc_relative_risks.csv", COLUMNS)
    choices = read_evidence(CHOICES_FILE, CHOICES)
    supplement, problems = check_table(national / "conditions/supplement.csv", BY_NAME["onset_supplement"])
    if problems:
        raise problems[0]
    levels = Levels(
        constants=Constants(national / "parameters.csv"),
        remaining=_remaining(national),
        rivals={(row["from_factor"], row["to_condition"]): _estimate(row) for row in rows},
    )
    made: dict[str, list[Row]] = {}
    for choice in choices:
        made.setdefault(choice["condition"], []).extend(_pair(rows, choice, levels))
    for row in supplement:
        made.setdefault(row["condition"], []).append({k: v for k, v in row.items() if k != "condition"})
    schema = BY_NAME["condition_relative_risks"]
    return {
        f"conditions/{key}/relative_risks": write_table(
            national / "conditions" / key / "relative_risks.csv", table, schema
        )
        for key, table in made.items()
    }


def _remaining(national: Path) -> dict[str, dict[str, float]]:
    """Share of the excess risk that remains at the middle of each level of ex-smoking, by curve."""
    curve, problems = check_table(national / "risk_factors/smoking/excess_risk.csv", BY_NAME["excess_risk"])
    phases, more = check_table(national / "risk_factors/smoking/phases.csv", BY_NAME["smoking_phases"])
    if problems + more:
        raise (problems + more)[0]
    points: dict[str, dict[int, float]] = {}
    for row in curve:
        points.setdefault(row["curve"], {})[int(float(row["years_since_quitting"]))] = float(row["value"])
    out: dict[str, dict[str, float]] = {}
    for name, values in points.items():
        for phase in phases:
            middle = (float(phase["years_from"]) + float(phase["years_to"])) / 2
            below = int(middle)
            above = min(below + 1, max(values))
            part = middle - below
            out.setdefault(name, {})[phase["level"]] = (1 - part) * values[below] + part * values[above]
    return out


def _estimate(row: Row) -> Estimate:
    """Ratio and interval of a row."""
    return float(row["rr"]), float(row["low"]), float(row["high"])


def _pair(rows: list[Row], choice: Row, levels: Levels) -> list[Row]:
    """Rows of the table for one condition and factor."""
    found = [
        row
        for row in rows
        if row["from_factor"] == choice["evidence_factor"]
        and row["to_condition"] == choice["evidence_condition"]
        and row["exposure_contrast"] == choice["contrast"]
        and choice["cited"] in row["source"]
    ]
    if not found:
        raise InputError(
            file=CHOICES_FILE.name,
            key=f"{choice['condition']}, {choice['factor']}",
            found=choice["evidence_factor"],
            allowed="a contrast of the evidence",
            names={row["from_factor"] for row in rows},
        )
    out = []
    contrasts = _by_age([_contrast(row) for row in found])
    _refuse_overlap(choice, contrasts)
    for contrast in contrasts:
        for level, (value, low, high), rule in METHODS[choice["method"]](contrast.ratio, levels):
            exact = not rule and "interpolated" not in contrast.source
            out.append(
                {
                    "factor": choice["factor"],
                    "level": level,
                    "sex": contrast.sex,
                    "age_from": str(contrast.first),
                    "age_to": str(contrast.last),
                    "value": digits(value),
                    "unit": "ratio to the reference level",
                    "low": digits(min(low, value)),
                    "high": digits(max(high, value)),
                    "year": "not stated",
                    "source": citation(contrast.source, rule),
                    "grade": contrast.grade if exact else "C",
                    "note": citation(choice["why"]),
                }
            )
    return out


def _refuse_overlap(choice: Row, contrasts: list[Contrast]) -> None:
    """Raise when two ratios would apply to the same person."""
    for index, one in enumerate(contrasts):
        for other in contrasts[index + 1 :]:
            same_sex = one.sex == other.sex or "all" in {one.sex, other.sex}
            if same_sex and one.first <= other.last and other.first <= one.last:
                raise InputError(
                    file=CHOICES_FILE.name,
                    key=f"{choice['condition']}, {choice['factor']}",
                    found="two ratios for the same ages",
                    allowed="one: name its source in `cited`",
                )


def _contrast(row: Row) -> Contrast:
    """A row of the evidence with its stratum read: `men 45-49`, `Male 35-64`, `all 35+`, blank."""
    text = row["stratum"].replace("\N{EN DASH}", "-")
    text = "all 30+" if text == "all ages 30+, both sexes" else text.lower() or "all 0+"
    found = STRATUM.fullmatch(text)
    if found is None or found["sex"] not in SEX_WORDS:
        raise InputError(
            file="ltc_relative_risks.csv",
            key="stratum",
            found=row["stratum"],
            allowed="a sex and an age band",
        )
    first, last = _span(found["ages"] or "35+")
    return Contrast(
        sex=SEX_WORDS[found["sex"]],
        first=first,
        last=last,
        ratio=_estimate(row),
        source=row["source"],
        grade=grade(row["grade"]),
    )


def _span(band: str) -> tuple[int, int]:
    """First and last age of `45-49` or `35+`."""
    if band.endswith("+"):
        return int(band[:-1]), OLDEST
    first, last = band.split("-")
    return int(first), int(last)


def _by_age(contrasts: list[Contrast]) -> list[Contrast]:
    """Contrasts over all ages: those given at single bands of five years are interpolated.

    The logarithm of the ratio runs in straight lines between the bands and is level outside them. Sexes with
    the same ratios become one.
    """
    points = [c for c in contrasts if c.last - c.first + 1 == POINT_WIDTH]
    if not points:
        return contrasts
    sexes = sorted({c.sex for c in points}, reverse=True)
    series = {sex: sorted((c for c in points if c.sex == sex), key=lambda c: c.first) for sex in sexes}
    same = len(sexes) > 1 and len({tuple(c.ratio for c in values) for values in series.values()}) == 1
    out = []
    for sex in sexes[:1] if same else sexes:
        values = series[sex]
        ages = [c.first + POINT_WIDTH / 2 for c in values]
        starts = ", ".join(str(c.first) for c in values)
        source = f"{values[0].source}; logarithm interpolated between ages {starts}"
        for first, last in BANDS:
            middle = first + POINT_WIDTH / 2
            ratio = tuple(
                math.exp(_between(middle, ages, [math.log(c.ratio[part]) for c in values]))
                for part in range(3)
            )
            out.append(
                Contrast(
                    sex="all" if same else sex,
                    first=first,
                    last=last,
                    ratio=(ratio[0], ratio[1], ratio[2]),
                    source=source,
                    grade="C",
                )
            )
    return _joined(out)


def _between(x: float, xs: list[float], ys: list[float]) -> float:
    """Linear interpolation, level beyond the ends."""
    if x <= xs[0]:
        return ys[0]
    for left, right, low, high in zip(xs, xs[1:], ys, ys[1:], strict=False):
        if x <= right:
            return low + (high - low) * (x - left) / (right - left)
    return ys[-1]


def _joined(contrasts: list[Contrast]) -> list[Contrast]:
    """Neighbouring bands of one sex with the same ratio as one band."""
    out: list[Contrast] = []
    for c in contrasts:
        if (
            out
            and out[-1].sex == c.sex
            and all(math.isclose(a, b) for a, b in zip(out[-1].ratio, c.ratio, strict=True))
        ):
            last = out.pop()
            out.append(
                Contrast(
                    sex=c.sex, first=last.first, last=c.last, ratio=c.ratio, source=c.source, grade=c.grade
                )
            )
        else:
            out.append(c)
    return out
