"""What the joint model of mortality implies for each published family of ratios, and the exponents that fit.

Conditions, smoking and frailty overlap, and each family was published without the others. A published ratio
is therefore a *marginal* one: what a study of the model's own start population would find if it adjusted for
age and sex alone. `marginal_ratios` makes that study without sampling: with m the expected hazard of a
resident (all causes) and strata of sex and single year of age,

    per condition   Poisson regression  m = a(stratum) exp(b n), n the number of conditions; exp(b)
    frailty         m = a(stratum) r(class), for 65 to 95, as Clegg and others (2016) adjusted
    cancer          m = a(stratum) r(none, first year, later years), all ages from 18, whatever the site
    smoking         m = a(stratum) r(never, former, current), from 35; the share of deaths attributable to
                    smoking is 1 - (deaths if everybody had the rate of never smokers of the stratum) / deaths

`solve_exponents` finds the five exponents (conditions below 65 and from 65, cancers, frailty, smoking) for
which the ratio per condition in both age groups, the mean log ratios of the frailty classes and of the years
after a cancer, and that of current smokers agree with the published ones; what is left (each frailty class,
former smokers, the attributable share) is a check. No exponent exceeds one: a ratio is never made stronger
than it was published, and what is not met then is said to be.

    python -m calibration.mortality_ratios          prints what the tables imply
    python -m calibration.mortality_ratios --solve  prints the exponents that fit, for life_course.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq, least_squares

from calibration.life_table_checks import StartHazards, start_hazards
from sim.health.transitions.mortality import CANCER
from sim.parameters.national import National
from sim.settings import Settings
from sim.world import World, load_world

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TARGETS = Path(__file__).with_name("mortality_targets.csv")
EXPONENTS = tuple(
    f"mortality_exponent_{family}"
    for family in ("condition_under_65", "condition_65_plus", "cancer", "frailty", "smoking")
)
UNCOUNTED = ("other",)
"""Conditions that close a count and are in no study's list."""
_ADULT, _OLD, _SMOKER, _FRAIL = 18, 65, 35, (65, 95)
_SEARCH = (0.05, 1.0)
"""An exponent above one would make a ratio stronger than published: what is not met then stays unmet."""


def published() -> pd.DataFrame:
    """Return what was published, index (measure, sex, stratum)."""
    return pd.read_csv(TARGETS).set_index(["measure", "sex", "stratum"]).sort_index()


@dataclass(frozen=True, kw_only=True)
class Strata:
    """Expected hazards summed by stratum of sex and single year of age, and by some exposure."""

    people: FloatArray
    """(strata, levels) residents."""
    hazard: FloatArray
    """(strata, levels) their expected deaths a year."""

    @classmethod
    def of(cls, found: StartHazards, level: IntArray, mask: npt.NDArray[np.bool_]) -> Strata:
        """Sum the hazards of the residents in `mask` by their level of exposure."""
        stratum = (found.sex * (found.age.max() + 1) + found.age)[mask]
        shape = (int(stratum.max()) + 1, int(level[mask].max()) + 1)
        where = stratum * shape[1] + level[mask]
        people = np.bincount(where, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
        hazard = np.bincount(where, found.total[mask], minlength=shape[0] * shape[1]).reshape(shape)
        lived = people.sum(axis=1) > 0
        return cls(people=people[lived], hazard=hazard[lived])

    def slope(self) -> float:
        """Return the ratio for one level more, by Poisson regression with an intercept for each stratum."""
        level = np.arange(self.people.shape[1])

        def score(b: float) -> float:
            fitted = self.people * np.exp(b * level)
            fitted *= (self.hazard.sum(axis=1) / fitted.sum(axis=1))[:, None]
            return float(((self.hazard - fitted) * level).sum())

        return float(np.exp(brentq(score, -1.0, 3.0)))

    def ratios(self, rounds: int = 200) -> FloatArray:
        """Return the ratio of each level to level 0, (levels,), by proportional fitting."""
        ratio = np.ones(self.people.shape[1])
        for _ in range(rounds):
            rate = self.hazard.sum(axis=1) / (self.people * ratio).sum(axis=1)
            ratio = self.hazard.sum(axis=0) / (rate[:, None] * self.people).sum(axis=0)
        return np.asarray(ratio / ratio[0])


def marginal_ratios(found: StartHazards) -> dict[tuple[str, str, str], float]:
    """Return what the model implies, by (measure, sex, stratum) of the table of targets."""
    age = found.age
    counted = number_of_conditions(found)
    younger, older = (age >= _ADULT) & (age < _OLD), age >= _OLD
    frail = Strata.of(found, found.codes["frailty"], (age >= _FRAIL[0]) & (age <= _FRAIL[1])).ratios()
    ever = np.minimum(found.codes["smoking"], 2)  # never, current, and all levels of former smokers
    smoking = Strata.of(found, ever, age >= _SMOKER)
    ratio = smoking.ratios()
    rate_of_never = smoking.hazard.sum(axis=1) / (smoking.people * ratio).sum(axis=1)
    unsmoked = float((rate_of_never * smoking.people.sum(axis=1)).sum() / smoking.hazard.sum())
    return {
        ("ratio_per_condition", "all", "18-64"): Strata.of(found, counted, younger).slope(),
        ("ratio_per_condition", "all", "65+"): Strata.of(found, counted, older).slope(),
        **{
            ("ratio_frailty", "all", name): float(frail[code])
            for code, name in enumerate(("mild", "moderate", "severe"), start=1)
        },
        **{
            ("ratio_cancer", "all", name): float(value)
            for name, value in zip(("later_years", "first_year"), _cancer(found).ratios()[1:], strict=True)
        },
        ("ratio_smoking", "all", "current"): float(ratio[1]),
        ("ratio_smoking", "all", "ex"): float(ratio[2]),
        ("share_attributable_to_smoking", "all", "35+"): 1.0 - unsmoked,
    }


def number_of_conditions(found: StartHazards) -> IntArray:
    """Return how many named conditions each resident has; those of one group, such as cancers, count once."""
    has: dict[str, npt.NDArray[np.bool_]] = {}
    for name, condition in found.conditions.items():
        if name not in UNCOUNTED:
            key = condition.group or name
            has[key] = has.get(key, np.zeros(found.age.size, np.bool_)) | (found.codes[name] > 0)
    return np.sum(list(has.values()), axis=0, dtype=np.int64)


def _cancer(found: StartHazards) -> Strata:
    """Hazards by years since a cancer: 0 none, 1 later years, 2 first year of any site."""
    level = np.zeros(found.age.size, np.int64)
    for name, condition in found.conditions.items():
        if condition.group == CANCER:
            order = np.array(
                [2 if state == "first_year" else min(k, 1) for k, state in enumerate(condition.states)]
            )
            level = np.maximum(level, order[found.codes[name]])
    return Strata.of(found, level, found.age >= _ADULT)


def misfit(implied: Mapping[tuple[str, str, str], float]) -> FloatArray:
    """Return log ratios of the five fitted figures to those published, (5,)."""
    target = published()["value"]
    off = {key: float(np.log(value / target[key])) for key, value in implied.items()}
    classes = [off["ratio_frailty", "all", name] for name in ("mild", "moderate", "severe")]
    cancers = [off["ratio_cancer", "all", name] for name in ("later_years", "first_year")]
    return np.array([
        off["ratio_per_condition", "all", "18-64"], off["ratio_per_condition", "all", "65+"],
        float(np.mean(cancers)), float(np.mean(classes)), off["ratio_smoking", "all", "current"],
    ])  # fmt: skip


def solve_exponents(world: World) -> dict[str, float]:
    """Return the exponents for which the joint model agrees with the five figures, or comes nearest."""

    def off(exponents: FloatArray) -> FloatArray:
        national = world.national.with_scalars(dict(zip(EXPONENTS, map(float, exponents), strict=True)))
        return misfit(marginal_ratios(start_hazards(world, national)))

    start = np.array([world.national.scalar(name) for name in EXPONENTS])
    low, high = _SEARCH
    found = least_squares(off, np.clip(start, low, high), bounds=(low, high), diff_step=0.03, xtol=1e-4)
    return dict(zip(EXPONENTS, map(float, found.x), strict=True))


def comparison(world: World, national: National | None = None) -> pd.DataFrame:
    """Return what the tables imply beside what was published: value, low, high, use, model, ratio."""
    implied = marginal_ratios(start_hazards(world, national))
    table = published().loc[list(implied)][["value", "low", "high", "use", "grade"]].copy()
    table["model"] = [implied[key] for key in table.index]
    table["ratio"] = table["model"] / table["value"]
    return table


def main() -> None:
    """Print the comparison, or solve."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--solve", action="store_true", help="find the exponents that fit")
    world = load_world(Settings())
    national = world.national
    if parser.parse_args().solve:
        solved = solve_exponents(world)
        for name, value in solved.items():
            print(f"{name} {value:.3f}")
        national = national.with_scalars(solved)
    print(comparison(world, national).to_string(float_format=lambda value: f"{value:.3f}"))


if __name__ == "__main__":
    main()
