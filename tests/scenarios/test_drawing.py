"""Parameter draws: their distributions against theory, what keys them, and what a study makes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from scenarios import Scenario, Study, execution
from scenarios.drawing import drawn, estimates, figures, is_uncertain, quantile, uniform
from scenarios.execution import Settings, Unit
from sim.interventions.specification import BASELINE, Estimate
from sim.parameters.errors import InputError
from tests.scenarios.test_execution import FAKE, Here, hashes

RATIO = Estimate(
    value=0.8, low=0.7, high=0.95, unit="RR", source="a test", grade="C", interval="ci95", kind="ratio"
)
SHARE = replace(RATIO, value=0.3, low=0.2, high=0.45, unit="share", kind="share")
DAYS = replace(RATIO, value=-1.0, low=-3.0, high=-0.5, unit="days", kind="number")
GRID = (np.arange(100_000) + 0.5) / 100_000
Z90 = NormalDist().inv_cdf(0.9)


@pytest.mark.parametrize("estimate", [RATIO, DAYS])
def test_a_confidence_interval_holds_its_share_and_the_figure_is_the_median(estimate: Estimate) -> None:
    """2.5% lie below the lower end, 2.5% above the upper, half on either side of the figure."""
    for u, value in ((0.025, estimate.low), (0.5, estimate.value), (0.975, estimate.high)):
        assert quantile(estimate, u) == pytest.approx(value, rel=1e-9)


def test_experts_percentiles_are_not_a_confidence_interval() -> None:
    """The same ends as tenth and ninetieth percentile give wider draws."""
    experts = replace(RATIO, interval="p10_p90")
    assert quantile(experts, 0.1) == pytest.approx(experts.low)
    assert quantile(experts, 0.9) == pytest.approx(experts.high)
    assert quantile(experts, 0.975) > experts.high


@pytest.mark.parametrize("estimate", [RATIO, SHARE, DAYS])
def test_a_judged_range_is_never_left(estimate: Estimate) -> None:
    """Its ends are limits: no effect, everybody."""
    judged = replace(estimate, interval="judgement")
    found = [quantile(judged, u) for u in (1e-9, 0.01, 0.5, 0.99, 1 - 1e-9)]
    assert judged.low <= min(found)
    assert max(found) <= judged.high
    assert found == sorted(found)


def test_a_share_is_a_beta_with_the_figure_as_its_mean() -> None:
    """Mean as stated, standard deviation from the width of the interval, all between 0 and 1."""
    found = np.array([quantile(SHARE, u) for u in GRID[::100]])
    assert found.mean() == pytest.approx(SHARE.value, abs=1e-3)
    assert found.std() == pytest.approx((SHARE.high - SHARE.low) / 3.92, rel=0.01)
    assert 0 < found.min() < found.max() < 1


def test_named_distributions_are_what_they_are_called() -> None:
    """Uniform and triangular against their own means; a point is itself."""
    judged = replace(SHARE, interval="judgement")
    mean = {
        name: np.mean([quantile(replace(judged, distribution=name), u) for u in GRID[::50]])  # type: ignore[arg-type]
        for name in ("uniform", "triangular", "point")
    }
    assert mean["uniform"] == pytest.approx((0.2 + 0.45) / 2, abs=1e-4)
    assert mean["triangular"] == pytest.approx((0.2 + 0.3 + 0.45) / 3, abs=1e-4)
    assert mean["point"] == pytest.approx(0.3)
    normal = replace(DAYS, distribution="normal", interval="p10_p90", low=-1 - Z90, high=-1 + Z90)
    spread = [quantile(normal, u) for u in GRID[::50]]
    assert np.std(spread) == pytest.approx(1.0, rel=0.01)


def test_a_figure_at_the_end_of_its_range_is_triangular() -> None:
    """A share of 1 (0.7 to 1) is drawn below 1, and never above."""
    full = replace(SHARE, value=1.0, low=0.7, high=1.0, interval="judgement")
    assert 0.7 <= quantile(full, 0.001) < quantile(full, 0.9) < 1.0


def test_uniforms_are_uniform_and_their_own() -> None:
    """Over names, draws and seeds: mean and variance of a uniform, within four standard errors."""
    found = np.array([uniform(f"name{n}", k, s) for n in range(20) for k in range(1, 26) for s in range(4)])
    assert abs(found.mean() - 0.5) < 4 * np.sqrt(1 / 12 / found.size)
    assert abs(found.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / found.size)
    assert len(set(found)) == found.size


def test_one_row_of_evidence_has_one_quantile_everywhere() -> None:
    """LS-INT-04 is drawn alike wherever it is cited; central figures are those of the file."""
    scenario = Scenario.load("neighbourhood_teams").to_specification()
    assert drawn(scenario, 0, 5) is scenario
    one, two = (estimates(drawn(scenario, k, 5)) for k in (1, 2))
    place = "neighbourhood_teams/community_geriatric_assessment/effects/0/multiplier"
    assert one[place].value == quantile(estimates(scenario)[place], uniform("evidence/LS-INT-04", 1, 5))
    assert one[place].value != two[place].value
    assert (one[place].low, one[place].high) == (one[place].value, one[place].value)
    planned = estimates(drawn(Scenario.load("neighbourhood_teams@as_planned").to_specification(), 1, 5))
    there = planned["neighbourhood_teams/community_geriatric_assessment/effects/0/multiplier"]
    assert there.value == one[place].value


def test_a_combination_draws_as_its_parts_do() -> None:
    """A part of A+B has in draw k the figures that A has alone."""
    alone = drawn(Scenario.load("home_first").to_specification(), 3, 1)
    both = drawn(Scenario.load("winter_surge+home_first").to_specification(), 3, 1)
    assert alone.interventions == both.interventions[-len(alone.interventions) :]


def test_the_baseline_has_nothing_to_draw() -> None:
    """It is the same in every draw."""
    assert not is_uncertain(BASELINE)
    assert is_uncertain(Scenario.load("home_first").to_specification())


def test_a_unit_knows_its_draw(tmp_path: Path) -> None:
    """Another draw is another unit; its figures do not depend on the replicate."""
    scenario = Scenario.load("home_first").to_specification()
    settings = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=3)
    units = [
        Unit(scenario=scenario, settings=replace(settings, draw=draw), replicate=replicate, folder=tmp_path)
        for draw in (0, 1, 2)
        for replicate in (1, 2)
    ]
    assert len({unit.key for unit in units}) == 6
    assert units[2].drawn == units[3].drawn
    assert units[2].drawn != units[4].drawn
    with pytest.raises(InputError, match="draw"):
        replace(settings, draw=-1)


DRAWN = (
    "{name: small, years: 1, scale: 0.1, seed: 7, replicates: 2, draws: 3, scenarios: [baseline, home_first]}"
)


def test_a_study_of_draws_resumes_and_grows(tmp_path: Path) -> None:
    """The baseline runs once for all draws; a study cut short ends the same; draws may be added, not lost."""
    path = tmp_path / "study.yaml"
    path.write_text(DRAWN, encoding="utf-8")
    study, out = Study.load(path), tmp_path / "out"
    assert len(study.units(out)) == 2 + 3 * 2
    with pytest.raises(KeyboardInterrupt):
        study.run(out, quiet=True, executor=Here(fail_after=5), simulate=FAKE)
    resumed = Here()
    study.run(out, quiet=True, executor=resumed, simulate=FAKE)
    assert resumed.ran == 3
    assert hashes(out) == hashes(study.run(tmp_path / "again", quiet=True, executor=Here(), simulate=FAKE))
    manifests = [execution.read_json(out / name / "manifest.json") for name in ("baseline", "home_first")]
    assert [(m["replicates"], m["draws"], m["uncertain"]) for m in manifests if m] == [
        (2, 0, False),
        (2, 3, True),
    ]
    path.write_text(DRAWN.replace("draws: 3", "draws: 4"), encoding="utf-8")
    grown = Here()
    Study.load(path).run(out, quiet=True, executor=grown, simulate=FAKE)
    assert grown.ran == 2
    path.write_text(DRAWN.replace("draws: 3", "draws: 2"), encoding="utf-8")
    with pytest.raises(InputError, match="at least 4"):
        Study.load(path).run(out, quiet=True, executor=Here(), simulate=FAKE)


def test_figures_of_the_manifest_are_those_that_were_drawn() -> None:
    """Each uncertain figure once, with all its places, at the value that the scenario drawn has."""
    for name in ("home_first", "home_first+urgent_community_response@as_planned"):
        scenario = Scenario.load(name).to_specification()
        held = figures(scenario, [0, 1, 5], seed=7)
        places = estimates(drawn(scenario, 5, 7))
        assert {place for one in held for place in one["where"]} == {
            place for place, one in estimates(scenario).items() if one.low < one.high
        }
        assert all(places[one["where"][0]].value == one["drawn"]["5"] for one in held)
        assert all(set(one["drawn"]) == {"1", "5"} for one in held)
        assert len({one["name"] for one in held}) == len(held)


def test_a_number_is_drawn_with_the_one_that_it_follows_from() -> None:
    """Same quantile, or the opposite one with a minus; in a bundle as alone. It is no figure of its own."""
    alone = Scenario.load("single_point_of_access").to_specification()
    together = Scenario.load("single_point_of_access+winter_surge").to_specification()
    at: dict[str, dict[int, float]] = {one: {} for one in ("places", "pounds", "found", "each")}
    for draw in range(1, 30):
        for made in (drawn(alone, draw, 1), drawn(together, draw, 1)):
            held = {one.key: one for one in made.interventions}
            stack, clinicians = held["from_the_stack"], held["single_point_clinicians"]
            told = (clinicians.places, clinicians.costs[0].amount, stack.found, stack.costs[0].amount)
            for name, number in zip(at, told, strict=True):
                assert at[name].setdefault(draw, number.value) == number.value
    order = {
        name: np.argsort([values[draw] for draw in range(1, 30)]).tolist() for name, values in at.items()
    }
    assert order["pounds"] == order["places"]
    assert order["each"] == order["found"][::-1]
    names = [one["where"] for one in figures(alone, [1, 2], 1)]
    assert ["single_point_of_access/single_point_clinicians/places",
            "single_point_of_access/single_point_clinicians/costs/0/amount"] in names  # fmt: skip


def test_an_empty_drawn_with_is_in_no_hash() -> None:
    """Scenarios without it are what they were before there was such a key: their runs are taken up again."""
    from scenarios import identity

    fields = {"amount": {"value": 1.0, "drawn_with": ""}, "costs": [{"drawn_with": "places"}]}
    told = identity._without_own_draws(fields)
    assert told == {"amount": {"value": 1.0}, "costs": [{"drawn_with": "places"}]}
