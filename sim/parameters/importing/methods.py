"""How a contrast of the evidence becomes ratios between levels: one small method for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.parameters.importing.scalars import Constants

Estimate = tuple[float, float, float]
"""A ratio with the ends of its interval."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """What the methods need to turn a contrast into levels."""

    constants: Constants
    remaining: dict[str, dict[str, float]]
    """Share of the excess risk that remains, by curve and level of ex-smoking."""
    rivals: dict[tuple[str, str], Estimate]
    """Ratios of other classes, for methods that need two."""


Converted = list[tuple[str, Estimate, str]]
Method = Callable[[Estimate, Levels], Converted]


def _power(ratio: Estimate, exponent: float) -> Estimate:
    """A ratio per unit over another number of units; a negative exponent turns the contrast round."""
    ends = sorted(part**exponent for part in ratio[1:])
    return ratio[0] ** exponent, ends[0], ends[1]


def _present(ratio: Estimate, levels: Levels) -> Converted:
    """Condition present against absent, as published."""
    return [("present", ratio, "")]


def _inactive(ratio: Estimate, levels: Levels) -> Converted:
    """Inactive against active, as published for no active day or inactivity."""
    return [("inactive", ratio, "")]


def _smoking(curve: str) -> Method:
    """Current against never as published; ex-smokers 1 + (ratio - 1) x remaining excess."""

    def convert(ratio: Estimate, levels: Levels) -> Converted:
        out: Converted = [("current", ratio, "")]
        for level, share in levels.remaining[curve].items():
            value, low, high = (1 + (part - 1) * share for part in ratio)
            out.append(
                (
                    level,
                    (value, low, high),
                    f"1 + (ratio - 1) x {share:.3g}, the excess that the "
                    f"{curve.upper()} curve leaves at the level's middle",
                )
            )
        return out

    return convert


def _per_bmi(ratio: Estimate, levels: Levels, units: float) -> Converted:
    """Ratio per `units` kg/m2 over the mean BMI difference of each class from under 25."""
    out: Converted = []
    for level in ("overweight", "obese", "severely_obese"):
        difference = levels.constants[f"bmi_difference_{level}"]
        out.append(
            (
                level,
                _power(ratio, difference / units),
                f"ratio ^ ({difference:g} / {units:g}): mean BMI above that of under 25",
            )
        )
    return out


def _bmi_unit(ratio: Estimate, levels: Levels) -> Converted:
    """Published per so many kg/m2."""
    return _per_bmi(ratio, levels, levels.constants["bmi_unit_of_ratios"])


def _obesity(ratio: Estimate, levels: Levels) -> Converted:
    """Published for BMI 30 and over against normal."""
    return _per_bmi(ratio, levels, levels.constants["bmi_difference_all_obese"])


def _classes(ratio: Estimate, levels: Levels) -> Converted:
    """Published for overweight and for 35 and over; obese between them on the log scale, by mean BMI."""
    severe = levels.rivals["BMI35+", "type2_diabetes"]
    over, obese, top = (
        levels.constants[f"bmi_difference_{level}"] for level in ("overweight", "obese", "severely_obese")
    )
    part = (obese - over) / (top - over)
    value, low, high = (
        math.exp((1 - part) * math.log(a) + part * math.log(b)) for a, b in zip(ratio, severe, strict=True)
    )
    return [
        ("overweight", ratio, ""),
        (
            "obese",
            (value, low, high),
            f"between {ratio[0]:g} (overweight) and {severe[0]:g} (35 and over) on the "
            f"log scale, {part:.2g} of the way by mean BMI",
        ),
        ("severely_obese", severe, "BMI 35 and over, recalled"),
    ]


def _pressure(ratio: Estimate, levels: Levels) -> Converted:
    """Published per so many mmHg lower; levels differ from normal by stated mean pressures.

    Raised and untreated pressure is as high whether it has been detected or not.
    """
    out: Converted = []
    unit = levels.constants["pressure_unit_of_ratios"]
    for level in ("raised_undetected", "raised_untreated", "treated_controlled", "treated_uncontrolled"):
        mean = level.replace("undetected", "untreated")
        difference = levels.constants[f"sbp_difference_{mean}"]
        out.append(
            (
                level,
                _power(ratio, -difference / unit),
                f"ratio ^ (-{difference:g} / {unit:g}): mean systolic pressure above normal, mmHg",
            )
        )
    return out


def _cholesterol(ratio: Estimate, levels: Levels) -> Converted:
    """Published per 1 mmol/L lower; levels differ by a stated mean."""
    difference = levels.constants["cholesterol_difference_raised"]
    return [
        (
            "raised",
            _power(ratio, -difference),
            f"ratio ^ -{difference:g}: mean total cholesterol above lower, mmol/L",
        )
    ]


def _taken(ratio: Estimate, levels: Levels) -> Converted:
    """A medicine taken against not taken, as published."""
    return [("yes", ratio, "")]


def _statin(ratio: Estimate, levels: Levels) -> Converted:
    """Published per 1 mmol/L lower LDL cholesterol; a statin lowers it by a stated mean."""
    reduction = levels.constants["statin_ldl_reduction"]
    rule = f"ratio ^ {reduction:g}: mean reduction of LDL cholesterol by a statin, mmol/L"
    return [("yes", _power(ratio, reduction), rule)]


METHODS: dict[str, Method] = {
    "present": _present,
    "taken": _taken,
    "statin": _statin,
    "inactive": _inactive,
    "smoking_cvd": _smoking("cvd"),
    "smoking_copd": _smoking("copd"),
    "bmi_unit": _bmi_unit,
    "obesity": _obesity,
    "classes": _classes,
    "pressure": _pressure,
    "cholesterol": _cholesterol,
}
"""How a contrast becomes levels, by the name used in choices.csv."""
