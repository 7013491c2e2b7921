"""The rule by which a measure falls, rises or stays, and its false-alarm rate."""

from __future__ import annotations

import numpy as np
import pytest

from results.expectations import ALPHA, LOOKS, judge, yearly
from results.runs import load_run
from scenarios.expectations import ExpectField
from tests.results.synthetic import make_run

TRIALS = 4000


def expect(direction: str, measure: str = "emergency_admissions") -> ExpectField:
    """Return an expectation."""
    return ExpectField.model_validate(
        {"measure": measure, "direction": direction, "why": "a test", "years": 1}
    )


def settles(direction: str, effect: float, seed: int) -> float:
    """Return how often an expectation holds at some look; differences are normal with deviation 1."""
    generator = np.random.default_rng(seed)
    wanted, held = expect(direction), 0
    for _ in range(TRIALS):
        paired = effect + generator.standard_normal(LOOKS[-1])
        before = np.full(LOOKS[-1], 1000.0)
        held += any(judge("a", wanted, before[:n], before[:n] + paired[:n]).holds for n in LOOKS)
    return held / TRIALS


@pytest.mark.parametrize("direction", ["falls", "rises"])
def test_nothing_is_rarely_taken_for_a_change(direction: str) -> None:
    """At most 1%, plus four standard errors of the 4,000 trials."""
    assert settles(direction, 0.0, 1) <= ALPHA + 4 * np.sqrt(ALPHA / TRIALS)


def test_a_change_of_1_7_deviations_is_nearly_always_found() -> None:
    """99% within four standard errors, as the rule says; the other way round never."""
    assert settles("falls", -1.7, 2) >= 0.99 - 4 * np.sqrt(0.01 / TRIALS)
    assert settles("rises", -1.7, 3) == 0.0


def test_what_stays_may_vary_by_chance_or_by_little() -> None:
    """A clear change below the threshold (half a per cent and more) stays; a clear and large one does not."""
    before = np.full(12, 1000.0)
    noise = np.random.default_rng(5).standard_normal(12)
    assert judge("a", expect("stays"), before, before + noise).holds
    assert judge("a", expect("stays"), before, before + 0.01 + 1e-6 * noise).holds
    assert not judge("a", expect("stays"), before, before + 200 + noise).holds
    assert judge("a", expect("stays"), before, before).holds
    assert not judge("a", expect("falls"), before, before).holds


def test_every_kind_of_measure_is_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Registry, new cases, cases, deaths by cause, nodes by pattern: of the last year, by replicate."""
    run = load_run(make_run(tmp_path_factory.mktemp("run") / "a", months=24, noise=0.0, replicates=2))
    assert yearly(run, "emergency_admissions").shape == (2,)
    assert yearly(run, "net_cost_nhs", 1).shape == (2,)
    assert yearly(run, "net_cost_nhs", 1).min() > 0
    assert yearly(run, "deaths:cancer") == pytest.approx([2400.0, 2400.0])
    assert yearly(run, "new_cases:copd") == pytest.approx([12 * 827_000 * 0.025 / 240] * 2)
    assert yearly(run, "cases:copd") == pytest.approx([827_000 * 0.025] * 2)
    both = yearly(run, "arrivals:*_dorset")
    assert both.shape == (2,)
    assert both == pytest.approx(yearly(run, "arrivals:p2_dorset"))
    assert yearly(run, "arrivals:p?_*") == pytest.approx(
        yearly(run, "arrivals:p1_bcp") + yearly(run, "arrivals:p2_dorset")
    )
