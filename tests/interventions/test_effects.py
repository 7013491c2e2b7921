"""Effects stop, fade or persist when delivery stops, for one resident or for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.interventions.effects import CurveTable, curves_of
from sim.interventions.rank_moves import delivered_until
from sim.interventions.specification import (
    Effect,
    Eligibility,
    PopulationEffect,
    ScenarioSpecification,
    SharePoint,
    month_label,
)
from tests.interventions.people import APRIL_2026, cohort, halves_death

RUN = 48
HALF = 0.5


def shares(item: Any) -> np.ndarray[Any, Any]:
    """Return the share in force of its one effect by month of the run and month of reaching, (48, 48).

    Nothing where it has not reached anybody yet.
    """
    scenario = ScenarioSpecification(name="test", label="test", interventions=(item,))
    (curve,) = curves_of(scenario, RUN, APRIL_2026)
    table = CurveTable([curve], curve.multiplier[None].copy())
    found = np.zeros((RUN, RUN))
    for month in range(RUN):
        table.set_month(month, {})
        for reached in range(month + 1):
            found[month, reached] = np.log(table.table[0, month - reached]) / np.log(HALF)
    return found


def test_within_the_stay_it_is_full_and_then_it_stops() -> None:
    found = shares(cohort(stays_months=4, effects=(halves_death(),)))
    assert found[3 + 5, 5] == pytest.approx(1.0)
    assert found[4 + 5, 5] == 0.0, "a ratio of exactly one"


def test_it_fades_in_equal_steps_of_the_log() -> None:
    effect = halves_death(after_stop="fades", fade_months=4)
    found = shares(cohort(stays_months=2, effects=(effect,)))
    assert [found[6 + since, 6] for since in range(8)] == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0, 0])


def test_it_persists() -> None:
    effect = halves_death(after_stop="persists")
    found = shares(cohort(stays_months=2, end="2026-10", effects=(effect,)))
    assert found[40, 3] == pytest.approx(1.0)


def test_without_a_stay_it_lasts_while_the_programme_is_in_force() -> None:
    found = shares(cohort(end="2027-04", effects=(halves_death(),)))
    assert (found[11, :12] == pytest.approx(1.0)) and (found[12] == 0.0).all()


@given(
    reached=st.integers(min_value=0, max_value=20), stays=st.integers(min_value=1, max_value=20),
    length=st.integers(min_value=21, max_value=40), fade=st.integers(min_value=1, max_value=20),
)  # fmt: skip
def test_what_stops_first_counts(reached: int, stays: int, length: int, fade: int) -> None:
    """The share by hand: full up to the last month of delivery, then down by 1 / fade a month."""
    effect = halves_death(after_stop="fades", fade_months=fade)
    one = cohort(stays_months=stays, end=month_label(APRIL_2026 + length), effects=(effect,))
    last = min(reached + stays, length) - 1
    wanted = [max(0.0, 1.0 - max(0, month - last) / fade) for month in range(reached, RUN)]
    assert shares(one)[reached:, reached] == pytest.approx(wanted, abs=1e-9)


def test_a_season_stops_what_does_not_persist_and_begins_again() -> None:
    """In force in April, May and June of each year; reached in the first month."""
    stops = shares(cohort(months_of_year=(4, 5, 6), effects=(halves_death(),)))
    assert stops[:15, 0] == pytest.approx([1, 1, 1, *[0] * 9, 1, 1, 1])


@given(
    ramp=st.integers(min_value=0, max_value=12), own=st.integers(min_value=0, max_value=12),
    late=st.integers(min_value=0, max_value=6),
)  # fmt: skip
def test_an_effect_on_everybody_grows_by_the_slower_of_two_ramps(ramp: int, own: int, late: int) -> None:
    """The intervention's and the effect's; as late as the effect starts."""
    effect = halves_death(ramp_months=own, starts_after_months=late)
    item = PopulationEffect(
        key="law", label="law", start="2026-04", ramp_months=ramp, eligible=Eligibility(), effects=(effect,)
    )
    wanted = [min(1.0, max(0, month - late + 1) / max(1, ramp, own)) for month in range(RUN)]
    assert shares(item)[:, 0] == pytest.approx(wanted, abs=1e-12)


def test_an_effect_on_everybody_follows_its_dated_points() -> None:
    points = (SharePoint(month="2026-04", share=0.2), SharePoint(month="2026-08", share=1.0))
    item = PopulationEffect(
        key="law", label="law", start="2026-04", schedule=points, eligible=Eligibility(),
        effects=(halves_death(),),
    )  # fmt: skip
    assert shares(item)[:7, 0] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1])


@pytest.mark.parametrize(
    ("after", "wanted"), [("stops", [1, 0, 0, 0]), ("fades", [1, 0.5, 0, 0]), ("persists", [1, 1, 1, 1])]
)
def test_an_effect_on_everybody_ends_as_it_says(after: Any, wanted: list[float]) -> None:
    effect = halves_death(after_stop=after, fade_months=2 if after == "fades" else 0)
    item = PopulationEffect(
        key="law", label="law", start="2026-04", end="2026-10", eligible=Eligibility(), effects=(effect,)
    )
    assert shares(item)[5:9, 0] == pytest.approx(wanted)


@given(
    ramp=st.integers(min_value=0, max_value=12), stays=st.none() | st.integers(min_value=1, max_value=24),
    after=st.sampled_from(["stops", "persists"]), end=st.none() | st.integers(min_value=1, max_value=30),
)  # fmt: skip
def test_no_month_has_more_than_the_table_at_its_strongest(
    ramp: int, stays: int | None, after: Any, end: int | None
) -> None:
    """The bounds by which needs are found rest on it."""
    effect = Effect(
        on="need", key="gp_appointment", multiplier=halves_death().multiplier, ramp_months=ramp,
        after_stop=after,
    )  # fmt: skip
    one = cohort(
        stays_months=stays, end=None if end is None else month_label(APRIL_2026 + end), effects=(effect,)
    )
    scenario = ScenarioSpecification(name="test", label="test", interventions=(one,))
    (curve,) = curves_of(scenario, RUN, APRIL_2026)
    for month in range(RUN):
        assert (curve.in_month(month) >= curve.multiplier - 1e-15).all()


def test_a_move_begins_to_revert_when_delivery_stops() -> None:
    """After the stay, or when the programme is no longer in force; at once where no stay is stated."""
    staying = cohort(stays_months=6, end="2026-12")
    assert delivered_until(staying, 10, APRIL_2026)[:9].tolist() == [6, 6, 6, 5, 4, 3, 2, 1, 1]
    assert delivered_until(cohort(end="2026-12"), 10, APRIL_2026).tolist() == [0] * 11
