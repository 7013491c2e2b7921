"""Inverse distribution functions against scipy's, and native parameters against the summaries given."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.kernels import distribution_parameters as dp
from sim.kernels import distributions as d

UNIFORMS = np.concatenate(
    [10.0 ** -np.arange(1, 13), np.linspace(0.001, 0.999, 301), 1 - 10.0 ** -np.arange(2, 9)]
)
POINTS = np.array([[0.0, 1.0], [0.5, 2.0], [1.0, 10.0]])

FAMILIES = (
    (dp.exponential(3.0), stats.expon(scale=3.0)),
    (dp.lognormal(0.7, 1.2), stats.lognorm(1.2, scale=math.exp(0.7))),
    (dp.uniform(1.0, 4.0), stats.uniform(1.0, 3.0)),
    (dp.triangular(1.0, 2.0, 5.0), stats.triang(0.25, 1.0, 4.0)),
    (dp.weibull(1.7, 2.0), stats.weibull_min(1.7, scale=2.0)),
    *((dp.gamma(shape, 2.0), stats.gamma(shape, scale=2.0)) for shape in (0.05, 0.4, 1.0, 2.5, 40.0, 900.0)),
)


@pytest.mark.parametrize(("native", "oracle"), FAMILIES)
def test_quantiles_equal_scipys(native: dp.Native, oracle: stats.rv_continuous) -> None:
    ours = [d.quantile(*native[:4], u, POINTS) for u in UNIFORMS]
    np.testing.assert_allclose(ours, oracle.ppf(UNIFORMS), rtol=2e-7, atol=1e-280)
    np.testing.assert_allclose(dp.mean_of(native), oracle.mean(), rtol=1e-12)


def test_normal_quantile_is_exact_to_fifteen_digits() -> None:
    ours = [d.norm_ppf(u) for u in UNIFORMS]
    np.testing.assert_allclose(ours, stats.norm.ppf(UNIFORMS), rtol=2e-15, atol=1e-15)


def test_empirical_is_linear_between_its_points() -> None:
    ours = [d.quantile(d.EMPIRICAL, 0.0, 3.0, 0.0, u, POINTS) for u in (0.25, 0.5, 0.75)]
    assert ours == [1.5, 2.0, 6.0]
    assert dp.mean_of(dp.Native(d.EMPIRICAL, 0.0, 3.0), POINTS) == pytest.approx(0.5 * 1.5 + 0.5 * 6.0)


@given(st.floats(0.1, 1e3), st.floats(0.05, 3.0))
@settings(deadline=None, max_examples=50)
def test_mean_and_sd_come_back(mean: float, spread: float) -> None:
    for family in (dp.lognormal_from_mean_sd, dp.gamma_from_mean_sd, dp.weibull_from_mean_sd):
        assert dp.mean_of(family(mean, mean * spread)) == pytest.approx(mean, rel=1e-6)


@given(st.floats(0.1, 1e3), st.floats(1.1, 20.0))
@settings(deadline=None, max_examples=50)
def test_median_and_p90_come_back(median: float, ratio: float) -> None:
    for family in (dp.lognormal_from_median_p90, dp.gamma_from_median_p90, dp.weibull_from_median_p90):
        native = family(median, median * ratio)
        found = [d.quantile(*native[:4], u, POINTS) for u in (0.5, 0.9)]
        np.testing.assert_allclose(found, [median, median * ratio], rtol=1e-6)


def test_truncation_and_units() -> None:
    cut = dp.truncated(dp.exponential(3.0), 1.0, 5.0)
    inside = [d.quantile(*cut[:4], cut.low + u * cut.span, POINTS) for u in (1e-9, 0.5, 1 - 1e-9)]
    assert inside[0] == pytest.approx(1.0, abs=1e-6)
    assert inside[2] == pytest.approx(5.0, abs=1e-6)
    draws = stats.truncexpon(4.0 / 3.0, loc=1.0, scale=3.0)
    assert dp.mean_of(cut) == pytest.approx(draws.mean(), rel=1e-9)
    for native, _ in FAMILIES:
        assert dp.mean_of(dp.scaled(native, 60.0)) == pytest.approx(60.0 * dp.mean_of(native), rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: dp.lognormal_from_mean_median(1.0, 2.0),
        lambda: dp.lognormal_from_median_p90(2.0, 1.0),
        lambda: dp.exponential(0.0),
        lambda: dp.deterministic(-1.0),
        lambda: dp.triangular(1.0, 0.5, 2.0),
        lambda: dp.truncated(dp.exponential(1.0), 50.0, 60.0),
        lambda: dp.check_quantiles([(0.0, 1.0), (0.9, 2.0)]),
        lambda: dp.scaled(dp.Native(d.EMPIRICAL, 0.0, 3.0), 2.0),
    ],
)
def test_impossible_summaries_are_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        call()  # type: ignore[operator]
