"""Risk factors in the life course of two fifths of Dorset: no jump at the start, and the trend's direction.

False-alarm rate of the module: below 1e-4. Comparisons are of shares of 270,000 adults, whose standard
error is under 0.1 points even for independent people, against tolerances of 2% of each share and 0.3 points.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.building import build_replicate
from sim.health.balance import MONTHS_A_QUARTER, set_divisor
from sim.health.smoking_trend import move_in
from sim.interventions.rank_moves import RankMoves
from sim.interventions.specification import BASELINE
from sim.population.draws import population_key
from sim.population.residents import REGISTERED
from sim.settings import Settings
from sim.world import load_world

ADULT = 18
FACTORS = ("smoking", "bmi", "cholesterol", "activity", "alcohol", "blood_pressure", "statin")
SMALLEST = 0.04  # levels of fewer adults than this are compared in points alone


def shares_by_month(trends: str, years: int) -> dict[str, np.ndarray]:
    """Return the shares of adults at each level by factor, (months + 1, levels), of the life course alone."""
    settings = Settings(years=years, scale=0.4, risk_factor_trends=trends)
    world = load_world(settings)
    parts = build_replicate(world, settings, BASELINE)
    people, life, key = parts.residents, parts.life, population_key(world.seed)
    ranks = RankMoves([], people, parts.ranked, settings.calendar_start, parts.key, key)
    life.start(np.flatnonzero(people.registered), 0)
    found: dict[str, list[np.ndarray]] = {name: [] for name in FACTORS}
    for month in range(settings.months + 1):
        people.month = month
        adult = people.registered & (people.age_years >= ADULT)
        for name in FACTORS:
            size = len(people.attributes[name].labels)
            found[name].append(np.bincount(people.column(name)[adult], minlength=size) / adult.sum())
        if month == settings.months:
            break
        if month % MONTHS_A_QUARTER == 0:
            set_divisor(life, parts.divisors[0], parts.divisors[month // MONTHS_A_QUARTER])
        born = (month - people.birth_month[: people.size].astype(np.int64)) % 12 == 0
        ranks.read(np.flatnonzero(born), month)
        rows = parts.entrants[month]
        people.columns[rows, people.column_of["status"]] = REGISTERED
        ranks.read(rows, month)
        move_in(people, rows, parts.smoking.prevalence[month] / parts.smoking.prevalence[0], key)
        life.start(rows, month)
        life.advance(month)
    return {name: np.stack(shares) for name, shares in found.items()}


@pytest.mark.validation
def test_frozen_prevalences_move_smoothly_from_the_start():
    """Each level within 2% (or 0.3 points) of a straight line through its 24 months.

    Levels of ex-smokers by years since quitting and people waiting for treatment are left out: their stocks
    follow the rates and not a table (frozen quits are fewer than those that made today's recent ex-smokers).
    """
    found = shares_by_month("frozen", 2)
    months = np.arange(25)
    for name, shares in found.items():
        levels = (0, 1) if name == "smoking" else range(shares.shape[1])
        for level in levels:
            if (name, level) == ("blood_pressure", 2):
                continue
            share = shares[:, level]
            line = np.polyval(np.polyfit(months, share, 1), months)
            allowed = 0.003 if share[0] < SMALLEST else 0.02 * share
            assert (np.abs(share - line) <= allowed).all(), (name, level, share)


@pytest.mark.validation
def test_continued_trends_have_their_direction_and_size():
    """Five years: smoking falls by 4.1% a year (within 1% a year); obesity gains 0.25 points a year more."""
    continued, frozen = shares_by_month("continued", 5), shares_by_month("frozen", 5)
    smoking = continued["smoking"][:, 1]
    assert smoking[60] / smoking[0] == pytest.approx(0.959**5, abs=0.04)
    assert frozen["smoking"][60, 1] / frozen["smoking"][0, 1] == pytest.approx(1.0, abs=0.04)
    gain = (continued["bmi"] - frozen["bmi"])[:, 2:].sum(axis=1)
    assert gain[0] == pytest.approx(0.0, abs=0.0005)
    assert gain[24] == pytest.approx(0.005, abs=0.001)
    assert gain[60] == pytest.approx(0.0125, abs=0.002)
