"""Induced demand and backfill: nothing at a share of zero, the declared share otherwise.

Numbers drawn are held against 99.9% intervals of the Poisson distribution (false alarms: 1 in 1,000 for each
at a new seed); expectations are arithmetic on the month before.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.interventions.diversions import EPISODE, ROW
from sim.interventions.specification import CapacityChange, ServiceTimeChange
from sim.kernels.randomness import replicate_key, stream_key
from sim.kernels.thinning import thin
from sim.model import HealthSystem
from tests.metamorphic.changes import SITES, number, specification
from tests.metamorphic.watching import Watched, differing, watch

KEY = np.array(replicate_key(1, 1), np.uint32)
NORMAL_999 = 3.2905
WARDS = tuple(f"acute_beds_{ward}_{site}" for ward in ("medicine", "frailty", "surgery") for site in SITES)
MONTHS = 2


def drawn(chance: float, copies: int = 3) -> set[tuple[int, int]]:
    """Return who is chosen of ten thousand people with one chance each."""
    person = np.arange(10_000, dtype=np.uint32)
    row, copy, _ = thin(
        person, np.full(person.size, chance), np.full(person.size, copies, np.uint16),
        np.uint32(24_315), np.uint32(stream_key("test")), KEY,
    )  # fmt: skip
    return set(zip(row.tolist(), copy.tolist(), strict=True))


def test_a_larger_chance_adds_people_and_takes_none_away() -> None:
    """Thinning is monotone, and the number is the expected one."""
    assert drawn(0.0) == set()
    few, more = drawn(0.01), drawn(0.02)
    assert few < more
    assert abs(len(more) - 600) < NORMAL_999 * np.sqrt(600)


def shorter(share: float) -> ServiceTimeChange:
    """Return stays on wards a tenth shorter."""
    return ServiceTimeChange(
        key="shorter",
        label="shorter",
        start="2026-04",
        nodes=WARDS,
        change="multiply",
        amount=number(0.9),
        share=number(1.0),
        backfill_share=number(share),
    )


@cache
def run(share: float) -> Watched:
    """Run two months of them."""
    return watch(specification(shorter(share)), months=MONTHS)


def by_month(done: Watched, key: str, measure: str) -> list[float]:
    """Return a measure of an intervention by month."""
    table = done.tables["programmes"]
    chosen = table[(table["programme"] == key) & (table["measure"] == measure)]
    return [float(value) for value in chosen.sort_values("period")["value"]]


def test_shares_of_zero_draw_nobody() -> None:
    """Nothing is recorded, no episode is new."""
    done = run(0.0)
    assert by_month(done, "shorter", "backfill_people") == []


@pytest.mark.validation
def test_backfilled_bed_days_come_to_the_declared_share() -> None:
    """Six tenths of the bed days freed are used by those let in: how many they are, and how long they stay.

    Those let in in the second and third month are followed to the end of the fifth. The spread of what they
    use is that of a Poisson number of stays, from the stays themselves.
    """
    let_in: list[set[tuple[int, int]]] = []

    def listen(model: HealthSystem) -> None:
        refilling = model.month_cycle.arriving.refilling
        arrivals = refilling.arrivals

        def listened(*arguments: Any) -> list[Any]:
            found = list(arrivals(*arguments))
            let_in.append(
                {pair for one in found for pair in zip(one[ROW].tolist(), one[EPISODE].tolist(), strict=True)}
            )
            return found

        refilling.arrivals = listened  # type: ignore[method-assign, assignment]

    done = watch(specification(shorter(0.6)), months=5, prepare=listen)
    freed = by_month(done, "shorter", "freed_bed_days")
    expected = 0.6 * (freed[0] * 31 / 30 + freed[1] * 30 / 31)
    names = done.model.parts.care.names
    beds = np.array([name.startswith("acute_beds") for name in names])
    stays = done.stages[beds[done.stages["node"]] & done.stages["time_start"].notna()]
    wanted = pd.MultiIndex.from_tuples(sorted(let_in[1] | let_in[2]))
    mine = stays[pd.MultiIndex.from_frame(stays[["person_slot", "episode"]]).isin(wanted)]
    days = (mine["time_leave"] - mine["time_start"]) / 1440.0
    each = days.groupby([mine["person_slot"], mine["episode"]]).sum()
    assert each.size > 200
    assert abs(each.sum() - expected) < NORMAL_999 * np.sqrt((each**2).sum())


def test_new_places_meet_new_demand_in_proportion() -> None:
    """A fifth more of community response: 0.15 x 0.2 / 1.2 of its starts are induced in the month after."""
    change = CapacityChange(
        key="more", label="more", start="2026-04", nodes=("urgent_community_response",), change="multiply",
        places=number(1.2), induced_share=number(0.5), backfill_share=number(0.0),
    )  # fmt: skip
    done = watch(specification(change), months=3)
    table = done.tables["nodes"]
    starts = table[(table["node"] == "urgent_community_response") & (table["measure"] == "starts")]
    expected = 0.5 * (1 - 1 / 1.2) * starts["value"].to_numpy()[:2].sum()
    induced = sum(by_month(done, "more", "induced_people"))
    assert abs(induced - expected) < NORMAL_999 * np.sqrt(expected) + 0.05 * expected


def test_demand_of_nothing_added_is_nothing() -> None:
    """No place more, all of it induced: the baseline to the bit."""
    change = CapacityChange(
        key="none", label="none", start="2026-04", nodes=("urgent_community_response", "p1_bcp"),
        change="multiply", places=number(1.0), induced_share=number(1.0), backfill_share=number(1.0),
    )  # fmt: skip
    assert differing(watch(months=2).tables, watch(specification(change), months=2).tables) == []
