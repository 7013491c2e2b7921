"""Places month by month: today's calendar, opened in step with baseline growth, and a scenario's changes.

Demand grows and today's places are nearly full, so within a few years some node's offered load would exceed
its places and its queue would grow without end. "Do nothing" means current service continued: the declared
substitution is that places open each year in proportion to the growth expected in the baseline (ageing, and
growth beyond it where that is on). The rule is the same in every scenario and is recorded (`mean_places`), so
a report can say how many places the baseline needs beyond today's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.areas import AreaPack
from sim.care.first_list import SLOT_CARE
from sim.care.network import Network
from sim.care.pooled import SlotChange
from sim.care.system import PlaceRule
from sim.care.windows import HOURS_A_DAY, Window
from sim.interventions.care_specification import WEEKDAYS
from sim.interventions.specification import CapacityChange, ScenarioSpecification
from sim.parameters.national import National
from sim.settings import MONTHS_A_YEAR, Settings


def place_rules(
    network: Network, area: AreaPack, national: National, settings: Settings, scenario: ScenarioSpecification
) -> list[PlaceRule]:
    """Return how the places of each node differ from its calendar.

    Args:
        network: The network.
        area: Area pack; `escalation` says which growth each kind of care follows.
        national: National tables and scalars.
        settings: Length of the run, and whether use grows beyond demography.
        scenario: Its changes of capacity.
    """
    growth = growth_by_care(area, national, settings.growth)
    length = settings.months + 1
    months = np.maximum(0, np.arange(length) - 1)
    rules = []
    for node, (name, item) in enumerate(network.file.nodes.items()):
        slots = item.kind_of_care in SLOT_CARE  # a list that waits a year for its slots grows all year
        years = months / MONTHS_A_YEAR if slots else months // MONTHS_A_YEAR
        factor = (1.0 + growth.get(str(item.kind_of_care), 0.0)) ** years
        added = np.zeros(length)
        windows: list[Window] = []
        pressure: list[CapacityChange] = []
        for change in scenario.interventions:
            if isinstance(change, CapacityChange) and name in change.nodes:
                if change.opens == "under_pressure":
                    pressure.append(change)
                elif change.timed:
                    windows.append(_window(change, settings))
                else:
                    _apply(change, settings, factor, added)
        rules.append(
            PlaceRule(
                node=node, factor=factor, added=added, carries=slots, windows=tuple(windows),
                **_under_pressure(pressure, settings),
            )
        )  # fmt: skip
    return rules


def _window(change: CapacityChange, settings: Settings) -> Window:
    """Return a change that holds at some times of the week."""
    factor, added = np.ones(settings.months + 1), np.zeros(settings.months + 1)
    _apply(change, settings, factor, added)
    days = tuple(WEEKDAYS.index(day) for day in change.weekdays)
    return Window(weekdays=days, hours=change.hours or (0.0, HOURS_A_DAY), factor=factor, added=added)


def _under_pressure(changes: list[CapacityChange], settings: Settings) -> dict[str, Any]:
    """Return the fields of a rule that say which places open under pressure."""
    if not changes:
        return {}
    factor, added = np.ones(settings.months + 1), np.zeros(settings.months + 1)
    for change in changes:
        _apply(change, settings, factor, added)
    return {"pressure": added}


def slot_changes(
    name: str, slots: float, scenario: ScenarioSpecification, settings: Settings
) -> list[SlotChange]:
    """Return what a scenario changes in the slots of a pooled service.

    Args:
        name: The service: its need class.
        slots: Slots of a working day in the whole area.
        scenario: Its changes of capacity.
        settings: Length of the run.
    """
    found = []
    for change in scenario.interventions:
        if isinstance(change, CapacityChange) and name in change.nodes:
            factor, added = np.ones(settings.months + 1), np.zeros(settings.months + 1)
            _apply(change, settings, factor, added)
            days = tuple(WEEKDAYS.index(day) for day in change.weekdays)
            found.append(
                SlotChange(
                    weekdays=days, factor=factor, added=added / slots,
                    induced_share=change.induced_share.value,
                )
            )  # fmt: skip
    return found


def _apply(change: CapacityChange, settings: Settings, factor: np.ndarray, added: np.ndarray) -> None:
    """Put one change of capacity into the rule of one node, in place."""
    for month in range(settings.months):
        share = change.acting(settings.calendar_start + month)
        if change.change == "multiply":
            factor[month + 1] *= 1.0 + (change.places.value - 1.0) * share
        elif change.change == "add":
            added[month + 1] += change.places.value * share
        elif share > 0.0:
            factor[month + 1] *= 1.0 - share
            added[month + 1] += change.places.value * share


def growth_by_care(area: AreaPack, national: National, beyond_demography: bool) -> dict[str, float]:
    """Return the expected growth a year of each kind of care in the baseline."""
    table = national.tables["use_growth"]
    rows = table[table["measure"] == "beyond_demography"]
    beyond = dict(zip(rows["need_class"], rows["value"], strict=True))
    found = {}
    rules = area.tables["escalation"]
    for care, need, growth in zip(
        rules["care"], rules["need_class"], rules["demographic_growth"], strict=True
    ):
        extra = float(beyond.get(need, 0.0)) if beyond_demography else 0.0
        found[str(care)] = national.scalar(str(growth)) + extra
    return found
