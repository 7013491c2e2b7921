"""What becomes of beds that a scenario frees, in words: other patients fill part of them, and count."""

from __future__ import annotations

from scenarios.plain_numbers import percent
from sim.interventions.specification import ScenarioSpecification

COUNTED = "They are further admissions in the results, and their care costs what it costs."


def freed_beds(scenario: ScenarioSpecification) -> str:
    """Return what a reader of gains and savings must know of freed beds; '' where none is filled again."""
    shares = {
        item.label: item.backfill_share.value
        for item in scenario.interventions
        if hasattr(item, "backfill_share") and item.backfill_share.value > 0.0
    }
    if not shares:
        return ""
    told = "; ".join(f"{label}, {percent(share)}" for label, share in shares.items())
    return (
        "**Freed beds are refilled.** Other patients fill part of the bed time freed "
        f"(`backfill_share`: {told}). They count above as further admissions and as the cost of their care, "
        "so a programme that frees beds can show more admissions, and a negative gain or saving: the model "
        "takes them for people who would have waited or gone without. In a file that extends this one, a "
        "`backfill_share` of 0 shows the beds left empty. Admissions may rise without it as well, as fewer "
        "people leave a less crowded department before they are seen."
    )


__all__ = ["COUNTED", "freed_beds"]
