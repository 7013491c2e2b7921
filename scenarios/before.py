"""What is told before anything is run: how a scenario was put together, and what will do nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from scenarios.execution import Settings
from sim.interventions.idle import idle
from sim.interventions.specification import MONTHS_A_YEAR, ScenarioSpecification


def notes(scenario: ScenarioSpecification, messages: Iterable[str], settings: Settings) -> list[str]:
    """Return what a reader must know before a scenario is run.

    Args:
        scenario: What is changed.
        messages: Of how it was put together.
        settings: What the run is of.
    """
    return [*messages, *idle(scenario, settings.start, settings.years * MONTHS_A_YEAR)]


def tell(told: Iterable[str]) -> None:
    """Write notes on standard error, each once."""
    for note in dict.fromkeys(told):
        print(f"Note: {note}", file=sys.stderr)


__all__ = ["notes", "tell"]
