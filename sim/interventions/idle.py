"""Interventions that are in force in no month of a run: they do nothing, and that must be said."""

from __future__ import annotations

from sim.interventions.specification import ScenarioSpecification, month_label, month_number


def idle(scenario: ScenarioSpecification, start: str, months: int) -> list[str]:
    """Return a sentence for each intervention that is in force in no month of a run.

    Args:
        scenario: What is changed.
        start: First month of the run, 'YYYY-MM'.
        months: Months that it has.
    """
    first = month_number(start)
    last = month_label(first + months - 1)
    found = []
    for item in scenario.interventions:
        if any(item.share_in_force(month_label(first + month)) > 0.0 for month in range(months)):
            continue
        when, remedy = " is", "Look at its dates."
        if item.start > last:
            when = f" starts in {item.start}, after the run's last month ({last}): it is"
            remedy = "Let the run be longer (--years), or the intervention start sooner."
        elif item.end is not None and item.end <= start:
            when = f" ends in {item.end}, before the run's first month ({start}): it is"
            remedy = "Let the run start sooner (--start), or the intervention end later."
        does = "in force in no month of the run and does nothing"
        found.append(f"\u201c{item.label}\u201d{when} {does}. {remedy}")
    return found


__all__ = ["idle"]
