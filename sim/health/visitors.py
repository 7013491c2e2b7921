"""People from elsewhere who use the area's urgent care: visitors in season, and neighbours across the border.

They are a declared share of the urgent use that is published for the area, so the same share is taken off the
rates of residents and the published totals hold. They have no resident: row -1 in the network. Each month's
number is the inverse Poisson distribution at one keyed uniform, so more of them move nobody else's draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr, pdtrik

from sim.care import Network
from sim.health.calendar import DAYS_A_YEAR, HOURS_A_DAY, MONTHS_A_YEAR, month_days
from sim.health.entries import OUTSIDE
from sim.kernels.draws import keyed_uniforms
from sim.kernels.needs import episode_codes
from sim.kernels.randomness import stream_key
from sim.population.strata import AGE_BANDS

if TYPE_CHECKING:
    from sim.health.demand import Demand

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MINUTES_AN_HOUR = 60.0
NOBODY = -1  # row of people who are not residents
ELSEWHERE = "outside"  # level of `council` of their kinds
TARGETS = ("call_111", "incident_999", "utc_miu_attendance", "ed_type1_attendance", "nel_1plus", "nel_0day")
"""Published use of which they are a share: all that is urgent."""
_COUNTS = 1 << 31  # identity that keys a month's number; their own count from 0


def of_residents(targets: Mapping[str, FloatArray], share: float) -> dict[str, FloatArray]:
    """Return published rates less the share of people from elsewhere."""
    return {name: rates * (1.0 - share) if name in TARGETS else rates for name, rates in targets.items()}


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Arrivals of a month of people from elsewhere, one element each; hours since the month's start."""

    hour: FloatArray
    node: IntArray
    kind: IntArray
    priority: IntArray
    person: IntArray
    episode: IntArray


class Visitors:
    """Draws the urgent needs of people from elsewhere.

    Args:
        demand: Compiled demand of residents; theirs has its ages, hours, entries and growth.
        network: The care network.
        share: Share of urgent use that is theirs.
        season: (12,) multipliers from January on, mean 1.
        key: Key of the replicate.
    """

    def __init__(
        self, demand: Demand, network: Network, share: float, season: FloatArray, key: npt.NDArray[np.uint32]
    ) -> None:
        self.demand, self.season, self.key = demand, season, key
        self.classes = [j for j, need in enumerate(demand.classes) if need.target in TARGETS and share > 0.0]
        odds = share / (1.0 - share)
        self.a_year = demand.needs_a_year * (demand.inside_share[:-1] * odds)[:, None]
        """(J, bands) needs a year that enter the network."""
        kinds = [(kind.get("council"), kind.get("age_band")) for kind in network.kinds]
        self._kind = np.array([kinds.index((ELSEWHERE, band)) for band in AGE_BANDS])

    def of_month(self, month: int) -> list[Visits]:
        """Return the arrivals of one month of the run (negative in the burn-in), by class."""
        return [self._of_class(j, month) for j in self.classes]

    def arrivals(self, month: int, start: float) -> list[tuple[npt.NDArray[Any], ...]]:
        """Return them as `FlowState.add_arrivals` takes them; `start` is the month's first minute."""
        return [
            (
                start + one.hour * MINUTES_AN_HOUR, one.node, one.kind, one.priority,
                np.full(one.node.size, NOBODY), one.person, one.episode,
            )
            for one in self.of_month(month)
        ]  # fmt: skip

    def _of_class(self, j: int, month: int) -> Visits:
        occasion = self.demand.calendar_start + month
        stream = stream_key(f"visitors/{self.demand.classes[j].key}")
        share = month_days(occasion) / DAYS_A_YEAR * self.season[occasion % MONTHS_A_YEAR]
        expected = self.a_year[j].sum() * share * self.demand.growth_of(j, month)
        first = keyed_uniforms(np.array([_COUNTS], np.uint32), occasion, stream, self.key)
        person = np.arange(_poisson_quantile(first[0, 0], expected))
        draws = keyed_uniforms(person.astype(np.uint32), occasion, stream, self.key)
        profile = self.demand.profile_of(j, occasion)
        band = _option(draws[:, 1], np.cumsum(self.a_year[j]))
        entry, node = self.demand.entry_of_anybody(j)
        priority = self.demand.priority_shares[j, band]
        more = keyed_uniforms(person.astype(np.uint32), occasion, stream, self.key, index=1)
        chosen = (more[:, 0][:, None] >= priority).sum(axis=1)
        return Visits(
            hour=np.interp(draws[:, 0], profile, np.arange(month_days(occasion) * HOURS_A_DAY + 1.0)),
            node=node[_option(draws[:, 2], np.cumsum(entry))],
            kind=self._kind[band],
            priority=np.minimum(chosen, priority.shape[1] - 1),
            person=person,
            episode=episode_codes(np.uint32(stream), np.uint32(occasion), person).astype(np.int64),
        )


def _poisson_quantile(share: float, mean: float) -> int:
    """Return the smallest count whose cumulative Poisson probability is at least `share`.

    As `scipy.stats.poisson.ppf`, whose package alone takes 20 MB of each process.
    """
    above = float(np.ceil(pdtrik(share, mean)))
    below = max(above - 1.0, 0.0)
    return int(below if pdtr(below, mean) >= share else above)


def _option(uniform: FloatArray, cumulated: FloatArray) -> IntArray:
    """Return the first option whose cumulated weight exceeds each uniform's part of the total."""
    found = np.searchsorted(cumulated, uniform * cumulated[-1], side="right")
    return np.asarray(np.minimum(found, cumulated.size - 1))


__all__ = ["ELSEWHERE", "NOBODY", "OUTSIDE", "Visitors", "Visits", "of_residents"]
