"""Starting, quitting and relapse of smoking, and the years since quitting."""

from __future__ import annotations

from collections.abc import Iterable

from sim.health.ages import by_sex_and_age
from sim.health.transitions.declared import Transition, flat
from sim.parameters.national import National


def smoking_transitions(national: National) -> Iterable[Transition]:
    """Starting, quitting, relapse, and the passing of years since quitting (rate 1 / width of the level)."""
    factor = national.risk_factors["smoking"]
    table = factor.tables["transitions"]
    for (before, after), rows in table.groupby(["from_level", "to_level"], sort=True):
        hazard = flat(by_sex_and_age(rows))
        gradient = factor.tables.get("transition_gradient")
        if gradient is not None:
            chosen = gradient[(gradient["from_level"] == before) & (gradient["to_level"] == after)]
            if len(chosen):
                hazard = hazard * chosen.sort_values("quintile")["value"].to_numpy()[None, None, :]
        name = f"smoking.{before}_to_{after}"
        yield Transition(
            key=name, stream=name, attribute="smoking",
            from_code=factor.levels.index(before), to_code=factor.levels.index(after),
            hazard=hazard,
            cap=national.scalar("transition_ratio_cap") if before == "current" else _cap(str(after)),
        )  # fmt: skip


def _cap(after: str) -> float:
    """Return the cap of a change that nobody's risks raise: the passing of time, or relapse and starting."""
    return 2.0 if after == "current" else 1.0
