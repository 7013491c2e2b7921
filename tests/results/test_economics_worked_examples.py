"""Economics against examples that others have published; each test names its source."""

from __future__ import annotations

import numpy as np
import pytest

from results.economics.discounting import HEALTH, discount_factors, discount_rate, present_value
from results.economics.prices import PRICE_YEAR, in_price_year, price_index
from results.economics.value import cost_per_qaly, net_monetary_benefit, perspectives, quadrant
from results.statistics import fieller


def test_discount_factors_of_the_green_book() -> None:
    """HM Treasury, Green Book supplementary guidance on discounting (February 2026), tables A.1 and A.2."""
    costs = [
        1, 0.9662, 0.9335, 0.9019, 0.8714, 0.8420, 0.8135, 0.7860, 0.7594, 0.7337, 0.7089, 0.6849, 0.6618,
        0.6394, 0.6178, 0.5969, 0.5767, 0.5572, 0.5384, 0.5202, 0.5026, 0.4856, 0.4692, 0.4533, 0.4380,
        0.4231, 0.4088, 0.3950, 0.3817, 0.3687, 0.3563,
    ]  # fmt: skip
    health = [1, 0.9852, 0.9707, 0.9563, 0.9422, 0.9283, 0.9145, 0.9010, 0.8877, 0.8746, 0.8617]
    assert list(np.round(discount_factors(31), 4)) == costs
    assert list(np.round(discount_factors(11, HEALTH), 4)) == health


def test_the_rate_declines_as_the_green_book_has_it() -> None:
    """Review of discounting in the Green Book, terms of reference (16 December 2025): 3.5, 3.0, 2.5%."""
    assert [discount_rate(year=year) for year in (1, 30, 31, 75, 76)] == [0.035, 0.035, 0.03, 0.03, 0.025]


def test_the_sum_of_a_flat_stream() -> None:
    """Sums of the factors of tables A.1 and A.2 over 21 years: 15.212 at 3.5%, 18.169 at 1.5%."""
    assert present_value(np.ones(21), discount_factors(21)) == pytest.approx(15.212, abs=5e-4)
    assert present_value(np.ones(21), discount_factors(21, HEALTH)) == pytest.approx(18.169, abs=5e-4)


def test_a_net_present_value() -> None:
    """Gitman, Principles of Managerial Finance, as in the manuals of numpy-financial and numpy 1.16.

    -40,000, then 5, 8, 12 and 30 thousand at 8% a year are worth 3,065.22; -100, 39, 59, 55, 20 at 28.1%
    next to nothing (-0.0085).
    """
    factors = 1.08 ** -np.arange(5.0)
    assert present_value([-40_000, 5_000, 8_000, 12_000, 30_000], factors) == pytest.approx(3065.22, abs=0.01)
    factors = 1.281 ** -np.arange(5.0)
    assert present_value([-100, 39, 59, 55, 20], factors) == pytest.approx(-0.00848, abs=1e-5)


def test_a_qaly_worth_its_price() -> None:
    """York Health Economics Consortium, glossary, 'Cost-effectiveness analysis'.

    0.5 QALYs more at a cost of no more than £10,000 are cost-effective at £20,000 a QALY: at £10,000 the
    ratio is just that, and the net benefit nil.
    """
    assert cost_per_qaly(10_000.0, 0.5) == 20_000
    assert net_monetary_benefit(0.5, 10_000.0, 20_000.0) == 0.0
    assert net_monetary_benefit(0.5, 9_999.0, 20_000.0) > 0 > net_monetary_benefit(0.5, 10_001.0, 20_000.0)


def test_one_ratio_is_two_quadrants() -> None:
    """Encyclopedia of Medical Decision Making, 'Net monetary benefit'.

    -100 for +10 and +100 for -10 both have a ratio of -10, the one welcome, the other not; the net benefit
    tells them apart.
    """
    assert cost_per_qaly(-100.0, 10.0) == cost_per_qaly(100.0, -10.0) == -10
    assert quadrant(-100.0, 10.0) == "gains health and saves money"
    assert quadrant(100.0, -10.0) == "loses health and costs money"
    for worth in (0.0, 25_000.0, 80_000.0):
        assert net_monetary_benefit(10.0, -100.0, worth) > 0 > net_monetary_benefit(-10.0, 100.0, worth)


def test_the_worth_of_a_qaly_is_nices_and_the_treasurys() -> None:
    """NICE since 2026: £25,000 a QALY; the Green Book: £70,000 in 2020/21 prices, more in those of now."""
    worth = {view.name: view.pounds_a_qaly for view in perspectives()}
    assert worth["nhs"] == 25_000
    assert worth["society"] == pytest.approx(70_000 * 100 / price_index()["2020/21"])
    assert in_price_year(100.0, PRICE_YEAR) == 100.0


def test_fieller_covers_the_true_ratio() -> None:
    """Fieller 1954: of 2,000 samples of ten pairs the interval holds the true ratio in 95%.

    False-alarm rate one in ten thousand: 3.9 standard errors of the count. Where the denominator is fixed the
    interval lies about the ratio evenly.
    """
    generator = np.random.default_rng(20260401)
    tries, held = 2000, 0
    for _ in range(tries):
        below = generator.normal(10.0, 2.0, 10)
        above = 0.5 * below + generator.normal(0.0, 2.0, 10)
        low, high = fieller(above, below)
        held += low <= 0.5 <= high
    assert abs(held / tries - 0.95) < 3.9 * np.sqrt(0.95 * 0.05 / tries)
    low, high = fieller(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    assert (low + high) / 2 == pytest.approx(1.0)
