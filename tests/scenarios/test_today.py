"""Reach and cost on today's population, by hand; and the words of `show`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenarios import Scenario
from scenarios.today import Today, _counted, _pounds, _reach, _units, rounded, sentences, starting, today
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
    item = cohort(tmp_path, WITH_COSTS)
    pounds, unknown = _pounds(item, _units(item, 2500))
    assert pounds == {"nhs": 250_000.0, "council": 7000.0}
    assert unknown == ("episode",)


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
    assert (capacity.eligible, capacity.pounds) == (None, {"council": 1_748_000.0})
    found = Today(
        eligible=4820.0, registered=827_000, by_quintile=(880.0, 1160.0, 1360.0, 920.0, 500.0),
        estimated=True, reached=1995.5, limited_by="offers", pounds={"nhs": 299_322.0},
        not_counted=("episode",),
    )  # fmt: skip
    told = " ".join(sentences(found))
    assert "about 4,800 people are eligible (0.6% of 827,000)" in told
    assert "An estimate: recent use and risk are as the model's rates expect them." in told
    assert "newly reaches about 2,000, held by how many are offered it and accept" in told
    assert "about £300,000; paid by the NHS" in told
    assert "for each person treated depends on the run" in told
