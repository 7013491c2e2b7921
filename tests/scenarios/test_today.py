"""Reach and cost on today's population, by hand; and the words of `show`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenarios import Scenario
from scenarios.today import Today, _counted, _not_counted, _reach, rounded, sentences, starting, today
from scenarios.yearly_cost import YearlyCost, monthly_units, yearly
from sim.interventions import specification as spec
from sim.settings import Settings
from sim.world import load_world
from tests.scenarios.test_language import COHORT, written

# In `COHORT` half are offered it in a year, and half of those accept.
WITH_COSTS = COHORT.replace(
    "    uptake:",
    """    costs:
      - {per: person, payer: nhs, amount: {value: 100, low: 50, high: 150, unit: GBP, source: t, grade: C}}
      - {per: year, payer: council, amount: {value: 7000, low: 1, high: 9000, unit: GBP, source: t, grade: C}}
      - {per: episode, payer: nhs, amount: {value: 5, low: 1, high: 9, unit: GBP, source: t, grade: C}}
    uptake:""",
)


def cohort(folder: Path, text: str) -> spec.CohortProgramme:
    """Return the one programme of a file."""
    (item,) = Scenario.load(written(folder, text)).to_specification().interventions
    assert isinstance(item, spec.CohortProgramme)
    return item


def test_a_year_reaches_what_offers_places_or_caseload_allow(names: object, tmp_path: Path) -> None:
    """The least of the three, each by hand; 10,000 eligible, half offered, half of them accept."""
    many = "{value: 100, low: 50, high: 150, unit: people a month, source: t, grade: C}"
    item = cohort(tmp_path, COHORT)
    assert _reach(item, 10_000) == (2500.0, "offers")
    places = cohort(tmp_path, COHORT.replace("    uptake:", f"    monthly_capacity: {many}\n    uptake:"))
    assert _reach(places, 10_000) == (1200.0, "capacity")
    followed = COHORT.replace("    uptake:", f"    caseload: {many}\n    stays_months: 6\n    uptake:")
    assert _reach(cohort(tmp_path, followed), 10_000) == (200.0, "caseload")


def test_costs_are_by_payer_and_the_unknown_is_told(names: object, tmp_path: Path) -> None:
    """100 pounds a person, 7,000 a year; episodes only a run can count."""
    item = replace(cohort(tmp_path, WITH_COSTS), start="2026-04", repeat_after_months=12)
    units = monthly_units(item, 10_000, 0.0, "2026-04")
    found = yearly(item, units)
    assert units["person"][:12].sum() == pytest.approx(2500, rel=0.2)  # offers thin those who are left
    assert found["nhs"].years[0] == pytest.approx(100 * units["person"][:12].sum())
    assert found["council"].years == pytest.approx((7000.0,) * 5)
    assert (found["council"].steady, found["council"].steady_from) == (pytest.approx(7000.0), 1)
    assert _not_counted(item, units) == ("episode",)


def test_people_followed_from_earlier_years_are_paid_for_in_each(names: object, tmp_path: Path) -> None:
    """10 a month followed for 24 months at 5 pounds a month, by hand: 78, 222, then 240 times 12."""
    cost = "{value: 5, low: 5, high: 5, unit: GBP, source: t, grade: C}"
    text = COHORT.replace(
        "    uptake:",
        "    monthly_capacity: {value: 10, low: 9, high: 11, unit: people a month, source: t, grade: C}\n"
        f"    stays_months: 24\n    costs: [{{per: person_month, payer: nhs, amount: {cost}}}]\n    uptake:",
    )
    item = replace(cohort(tmp_path, text), start="2026-04", ramp_months=0, repeat_after_months=24)
    paid = yearly(item, monthly_units(item, 1e6, 0.0, "2026-04"))["nhs"]
    assert paid.years[:2] == pytest.approx((5 * 10 * 78, 5 * 10 * (78 + 144)))
    assert paid.years[2:] == pytest.approx((5 * 240 * 12,) * 3)
    assert (paid.steady, paid.steady_from) == (pytest.approx(5 * 240 * 12), 3)
    for_ever = replace(item, stays_months=None, repeat_after_months=None)
    died = yearly(for_ever, monthly_units(for_ever, 1e6, 0.1, "2026-04"))["nhs"]
    # In the end as many come as leave: 10 a month over 1 less the share who stay a month.
    assert died.steady == pytest.approx(60 * 10 / -np.expm1(-0.1 / 12), rel=0.01)
    assert died.steady_from is not None and died.steady_from > 20
    stopped = replace(item, end="2028-04")
    ended = yearly(stopped, monthly_units(stopped, 1e6, 0.0, "2026-04"))["nhs"]
    assert (ended.years[1] > 0, ended.years[2], ended.steady) == (True, 0.0, None)
    few = monthly_units(for_ever, 150, 0.0, "2026-04")["person"]
    assert few.sum() <= 150  # nobody is reached twice
    ramped = monthly_units(replace(item, ramp_months=12), 1e6, 0.0, "2026-04")["person"]
    assert ramped[:12].sum() == pytest.approx(10 * 78 / 12)


def test_counts_are_those_of_the_starting_residents() -> None:
    """Smokers of 40 and over in the most deprived fifth, counted in the columns themselves; none is lost."""
    world = load_world(Settings(years=1))
    residents = world.people.residents
    age = -residents["birth_month"].astype(int) // 12
    rule = spec.Eligibility(age_from=40, quintiles=(1,), risk_factors=(("smoking", ("current",)),))
    item = spec.PopulationEffect(key="a", label="A", start="2026-04", eligible=rule, effects=())
    everybody = starting(world)
    found = _counted(item, everybody)
    smoking = everybody.column("smoking")[: age.size] == everybody.attributes["smoking"].labels.index(
        "current"
    )
    wanted = (age >= 40) & (residents["quintile"] == 0) & smoking
    assert found.eligible == wanted.sum()
    assert found.registered == residents["sex"].size
    assert np.array(found.by_quintile).tolist() == [found.eligible, 0, 0, 0, 0]


def test_the_words_have_no_more_digits_than_they_deserve() -> None:
    """Expectations are rounded, counts are not."""
    assert [rounded(one) for one in (151_998.0, 0.0, 7.4)] == [150_000, 0, 7]
    (capacity,) = [
        one for key, one in today(Scenario.load("home_first").to_specification(), "dorset").items()
        if key == "home_care_capacity"
    ]  # fmt: skip
    assert capacity.eligible is None
    assert capacity.costs["council"].years == pytest.approx((1_748_000.0,) * 5)
    found = Today(
        eligible=4820.0, registered=827_000, by_quintile=(880.0, 1160.0, 1360.0, 920.0, 500.0),
        estimated=True, reached=1995.5, limited_by="offers", leaving=0.041,
        costs={"nhs": YearlyCost(years=(1e5, 2e5, 3e5, 3e5, 299_322.0), steady=299_322.0, steady_from=3)},
        not_counted=("episode",),
    )  # fmt: skip
    told = " ".join(sentences(found))
    assert "about 4,800 people are eligible (0.6% of 827,000)" in told
    assert "An estimate: recent use and risk are as the model's rates expect them." in told
    assert "newly reaches about 2,000, held by how many are offered it and accept" in told
    assert "£100,000, £200,000, £300,000, £300,000 and £300,000 in years 1 to 5 of a run from 2026-04" in told
    assert "about £300,000 a year at steady state, from about year 3 on; paid by the NHS" in told
    assert "those who die or move away (4.1% a year" in told
    assert "for each person treated depends on the run" in told
