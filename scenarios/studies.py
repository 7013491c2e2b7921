"""Studies: several scenarios, each with the same replicates, resumed by themselves.

A study's folder holds one folder a scenario, each laid out as a run, and a manifest of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from scenarios import execution, identity
from scenarios.before import notes
from scenarios.cohorts import cohorts_of
from scenarios.execution import SIMULATE, Settings, Unit
from scenarios.fields import Key, Month, Strict, not_allowed
from scenarios.names import area_names
from scenarios.problems import InvalidFile, Problem
from scenarios.reading import read_document
from scenarios.refusals import LIST_ALL, scenarios_allowed
from scenarios.scenario import DEFAULT_AREA, Scenario, library_names, parts_of
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.located import load_located, place_of
from sim.settings import PROJECTIONS, TRENDS

LARGEST_SEED = 2**63 - 1
MOST_YEARS = 50


class Study(Strict):
    """What a study file says."""

    name: Key
    description: str = ""
    area: str = DEFAULT_AREA
    start: Month = "2026-04"
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)] = 5
    scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 1
    replicates: Annotated[int, Field(ge=1, le=10_000)] = 1
    draws: Annotated[int, Field(ge=0, le=10_000)] = Field(
        0, description="Draws of the uncertain figures, each with every replicate; 0 for the central figures"
    )
    projection: str = "principal"
    risk_factor_trends: str = "continued"
    mortality_trend: str = "continued"
    care: bool = True
    cohorts: list[str] = Field(
        [], description="Cohort files that the scorecard follows, beside the one of the area"
    )
    scenarios: Annotated[list[str], Field(min_length=1)]

    @field_validator("area")
    @classmethod
    def _area_exists(cls, value: str) -> str:
        """Refuse an area that is not installed."""
        known = area_names()
        if value not in known:
            raise not_allowed(value, f"one of {', '.join(known)}", known)
        return value

    @field_validator("projection")
    @classmethod
    def _projection_exists(cls, value: str) -> str:
        """Refuse a projection that is not published."""
        if value not in PROJECTIONS:
            raise not_allowed(value, f"one of {', '.join(PROJECTIONS)}", PROJECTIONS)
        return value

    @field_validator("risk_factor_trends", "mortality_trend")
    @classmethod
    def _trend_exists(cls, value: str) -> str:
        """Refuse what cannot become of a trend."""
        if value not in TRENDS:
            raise not_allowed(value, " or ".join(TRENDS), TRENDS)
        return value

    @field_validator("scenarios")
    @classmethod
    def _distinct(cls, value: list[str], info: ValidationInfo) -> list[str]:
        """Refuse a scenario named twice."""
        for name in value:
            if value.count(name) > 1:
                raise not_allowed(f"'{name}' twice", "each scenario once")
        return value

    @classmethod
    def load(cls, path: Path | str) -> Study:
        """Read a study file.

        Raises:
            InputError: With every problem in it.
        """
        data = load_located(Path(path))
        study, problems = read_document(cls, data)
        if study is None:
            raise InvalidFile(problems)
        for number, name in enumerate(study.scenarios):
            for part in parts_of(name):
                plain = part.partition("@")[0]
                if not plain.endswith((".yaml", ".yml")) and plain not in library_names():
                    place = place_of(data, ("scenarios", number)) or data.place
                    raise InvalidFile([_unknown_scenario(place, number, part)])
        return study.model_copy(update={"cohorts": [_file_beside(n, Path(path)) for n in study.cohorts]})

    @property
    def settings(self) -> Settings:
        """Return what all its units share."""
        names = [field.name for field in fields(Settings) if field.name not in {"draw", "cohorts"}]
        cohorts = cohorts_of(self.area, self.cohorts)
        return Settings(**{name: getattr(self, name) for name in names}, cohorts=cohorts)

    def specifications(self, beside: Path | None = None) -> list[ScenarioSpecification]:
        """Return its scenarios compiled; files are looked for beside the study's own."""
        return [
            Scenario.load(_beside(name, beside), area=self.area).to_specification() for name in self.scenarios
        ]

    def notes(self, beside: Path | None = None) -> list[str]:
        """Return what must be known before it is run, each note with the scenario that it is of."""
        found = [Scenario.load(_beside(name, beside), area=self.area) for name in self.scenarios]
        return [
            f"{one.name}: {note}"
            for one in found
            for note in notes(one.to_specification(), one.messages, self.settings)
        ]

    def units(self, out: Path, beside: Path | None = None) -> list[Unit]:
        """Return every unit, draw by draw and replicate by replicate: a study cut short is balanced."""
        found = [
            unit
            for scenario in self.specifications(beside)
            for unit in execution.units_of(
                scenario, self.settings, self.replicates, out / folder_of(scenario), self.draws
            )
        ]
        return sorted(found, key=lambda unit: (unit.settings.draw, unit.replicate))

    def run(
        self,
        out: Path | str,
        *,
        workers: int = 1,
        quiet: bool = False,
        beside: Path | None = None,
        executor: Executor | None = None,
        simulate: str = SIMULATE,
    ) -> Path:
        """Run what is not finished, and return the folder; see `execution.run_replicates`."""
        folder = Path(out)
        units = self.units(folder, beside)
        request = self.request(beside)
        execution.claim(folder, request)
        for scenario in self.specifications(beside):
            execution.refuse_fewer(folder / folder_of(scenario), self.replicates, self.draws)
        for unit in units:
            unit.folder.parent.mkdir(parents=True, exist_ok=True)
        for scenario in self.specifications(beside):
            own = folder / folder_of(scenario)
            execution.write_plan(scenario, self.settings, self.replicates, own, self.draws)
        records: Sequence[dict[str, Any] | None]
        incomplete = None
        try:
            records = execution.run_units(
                units, workers=workers, quiet=quiet, executor=executor, simulate=simulate
            )
        except execution.Incomplete as error:
            incomplete, records = error, error.records
        for scenario in self.specifications(beside):
            of_it = [
                r for u, r in zip(units, records, strict=True) if u.scenario.full_name == scenario.full_name
            ]
            whole = [record for record in of_it if record is not None]
            if len(whole) == len(of_it):  # others keep their plan, by which they are known to be unfinished
                execution.finish(scenario, self.settings, whole, folder / folder_of(scenario))
        if incomplete is not None:
            raise incomplete
        execution.write_json(folder / "manifest.json", self._manifest(request))
        return folder

    def request(self, beside: Path | None = None) -> dict[str, Any]:
        """Return what a study's folder is for; the number of replicates, and of draws, may grow."""
        scenarios = {spec.full_name: identity.scenario_sha256(spec) for spec in self.specifications(beside)}
        drawn = self.draws > 0  # units with and without draws lie in different folders
        what = {"kind": "study", "name": self.name, "scenarios": scenarios, "drawn": drawn}
        return what | asdict(self.settings)

    def _manifest(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the manifest of the whole."""
        return {
            "schema_version": execution.SCHEMA_VERSION,
            **request,
            "description": self.description,
            "replicates": self.replicates,
            "draws": self.draws,
            "scenarios": self.scenarios,
            "scenario_sha256": request["scenarios"],
            **identity.environment(),
        }


def folder_of(scenario: ScenarioSpecification) -> str:
    """Return the name of a scenario's folder in a study."""
    return scenario.full_name


def _beside(name: str, folder: Path | None) -> str:
    """Return where a scenario named in a study is to be looked for."""
    if folder is None:
        return name
    found = []
    for part in parts_of(name):
        path, at, variant = part.partition("@")
        found.append(f"{folder / path}{at}{variant}" if path.endswith((".yaml", ".yml")) else part)
    return "+".join(found)


def _file_beside(name: str, study: Path) -> str:
    """Return where a cohort named in a study is to be looked for: a file beside it, or one of ours."""
    return str(study.parent / name) if name.endswith((".yaml", ".yml")) else name


def _unknown_scenario(place: tuple[str, int], number: int, name: str) -> Problem:
    """Return the problem of a scenario that is not in the library."""
    known = library_names()
    return Problem(
        file=place[0],
        line=place[1],
        key=f"scenarios.{number}",
        found=f"'{name}'",
        allowed=f"{scenarios_allowed(name, known)}; {LIST_ALL[0].lower()}{LIST_ALL[1:]}",
        nearest=nearest_name(name, known) or "",
    )


def status(folder: Path) -> list[tuple[str, int, int | None]]:
    """Return for each scenario its name, replicates finished, and those asked for (None while running).

    Raises:
        InputError: When the folder holds no study.
    """
    request = execution.read_json(folder / "request.json")
    if request is None or request.get("kind") != "study":
        raise InputError(
            file="command line", key="--status", found=str(folder), allowed="the folder of a study"
        )
    whole = execution.read_json(folder / "manifest.json")
    return [
        (name, len(list((folder / name).glob(execution.UNITS))), _asked(folder / name) if whole else None)
        for name in request["scenarios"]
    ]


def _asked(folder: Path) -> int | None:
    """Return how many units a finished scenario of a study has."""
    manifest = execution.read_json(folder / "manifest.json")
    return int(manifest["replicates"]) * max(1, int(manifest["draws"])) if manifest else None
