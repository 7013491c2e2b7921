"""Units of work: one scenario, area, start, length, scale, seed, draw and replicate; each has a folder.

A unit's key is the hash of those and of the code and tables of `sim`, so that a finished unit is reused
exactly when it would come out the same. Within a run, units differ only in the replicate.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from scenarios import identity
from scenarios.drawing import drawn, is_uncertain
from scenarios.json_files import read_json
from sim.interventions.specification import ScenarioSpecification
from sim.observers.cohort_specification import CohortSpecification
from sim.parameters.errors import InputError
from sim.settings import Pairs, as_pairs
from sim.settings import Settings as ModelSettings

UNITS = "**/replicate_*/unit.json"
"""Records of the finished units below a folder."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run is of, beside its scenario.

    Attributes:
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
        years: Whole years, 1 to 50.
        scale: Share of residents kept, above 0 and up to 1.
        seed: 0 to 2**63 - 1.
        projection: Variant of the population projection.
        risk_factor_trends: `continued` or `frozen`.
        mortality_trend: `continued` or `frozen`.
        care: Whether the care network runs, or the life course alone.
        draw: 0 for the scenario's central figures, k for its k-th draw of uncertain ones.
        cohorts: Whom the scorecard follows.
        parameters: Named numbers of the tables that have another value: pairs of name and value.
    """

    area: str
    start: str
    years: int
    scale: float
    seed: int
    projection: str = "principal"
    risk_factor_trends: str = "continued"
    mortality_trend: str = "continued"
    care: bool = True
    draw: int = 0
    cohorts: tuple[CohortSpecification, ...] = ()
    parameters: Pairs = ()

    def __post_init__(self) -> None:
        """Refuse what the model cannot run, before anything is written; raises InputError."""
        if self.draw < 0:
            raise InputError(
                file="settings", key="draw", found=self.draw, allowed="0, or the number of a draw"
            )
        object.__setattr__(self, "parameters", as_pairs(self.parameters))
        ModelSettings(**self.of_model())

    def of_model(self) -> dict[str, Any]:
        """Return what the model is told; it gets a scenario that is drawn already."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "draw"}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One replicate of one scenario, and the folder that it is written to."""

    scenario: ScenarioSpecification
    settings: Settings
    replicate: int
    folder: Path
    burnt_in: Path | None = None
    """Where burn-ins are kept that units share; the tables do not depend on it."""

    @cached_property
    def key(self) -> str:
        """Return the hash of everything that its tables depend on: with a draw, the figures drawn."""
        return identity.unit_key(
            _inputs(self.scenario, self.settings, identity.code_sha256()), self.replicate
        )

    @property
    def drawn(self) -> ScenarioSpecification:
        """Return the scenario with its figures as the unit's draw has them."""
        return _drawn(self.scenario, self.settings.draw, self.settings.seed)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the key behind: who runs the unit elsewhere tells by its own what it was made with."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def finished(self) -> dict[str, Any] | None:
        """Return the record of a finished unit with this key, or None."""
        record = read_json(self.folder / "unit.json")
        return record if record is not None and record.get("key") == self.key else None


_drawn = lru_cache(maxsize=256)(drawn)


@lru_cache(maxsize=4096)
def _inputs(scenario: ScenarioSpecification, settings: Settings, code: str) -> str:
    """Return the hash that the units of one scenario and draw share, under this code."""
    return identity.inputs_sha256(_drawn(scenario, settings.draw, settings.seed), asdict(settings))


def replicate_folder(number: int) -> str:
    """Return the name of a replicate's folder."""
    return f"replicate_{number:04d}"


def draw_folder(number: int) -> str:
    """Return the name of the folder of a draw's replicates, where a run has several draws."""
    return f"draw_{number:04d}"


def units_of(
    scenario: ScenarioSpecification, settings: Settings, replicates: int, out: Path, draws: int = 0
) -> list[Unit]:
    """Return the units of a run, replicates counted from 1.

    Draw by draw where there are several, each in a folder of its own; a scenario that has nothing to draw
    is run once for all of them.
    """
    if draws and is_uncertain(scenario):
        return [
            unit
            for draw in range(1, draws + 1)
            for unit in units_of(scenario, replace(settings, draw=draw), replicates, out / draw_folder(draw))
        ]
    numbers = range(1, replicates + 1)
    return [
        Unit(scenario=scenario, settings=settings, replicate=number, folder=out / replicate_folder(number))
        for number in numbers
    ]
