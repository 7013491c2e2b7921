"""Studies: several scenarios, each with the same replicates, resumed by themselves.

A study's folder holds one folder a scenario, each laid out as a run, and a manifest of the whole; with a
design it holds one such folder a point. The parts of a study are in `scenarios.study`.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import Executor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from scenarios import execution, identity
from scenarios.before import notes
from scenarios.cohorts import cohorts_of
from scenarios.execution import SIMULATE, Settings, Unit
from scenarios.fields import Key, Month, Strict, not_allowed
from scenarios.names import area_names
from scenarios.problems import InvalidFile, Problem
from scenarios.reading import read_document
from scenarios.scenario import DEFAULT_AREA
from scenarios.study.checking import Complaints, Resolved, resolve, without_what_is_wrong
from scenarios.study.design import table_of
from scenarios.study.headline import DEFAULT, WITHOUT_CARE, Watched
from scenarios.study.language import DesignField, DrawFromField, UntilField
from scenarios.study.making import DESIGNED, STUDY, Making
from scenarios.study.plan import Arm, arms_of, in_order
from scenarios.study.posterior import REQUIRED, Posterior
from scenarios.study.status import status
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.parameters.errors import InputError
from sim.parameters.located import LocatedMap, load_located
from sim.settings import PROJECTIONS, TRENDS

LARGEST_SEED = 2**63 - 1
MOST_YEARS = 50


class Study(Strict):
    """What a study file says."""

    name: Key = Field(description="Lower case letters, digits, underscores; its folder, unless --out says so")
    description: str = Field("", description="What it is to find out")
    area: str = Field(DEFAULT_AREA, description="Area pack")
    start: Month = Field("2026-04", description="First month, YYYY-MM")
    years: Annotated[int, Field(ge=1, le=MOST_YEARS)] = Field(5, description="Whole years")
    scale: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="Share of residents kept; flows are at full size whatever it is"
    )
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = Field(
        1, description="It and the replicate are hashed to the 64-bit key of all random draws"
    )
    replicates: Annotated[int, Field(ge=1, le=10_000)] = Field(
        1, description="Runs with other random draws, of every scenario, draw and point"
    )
    draws: Annotated[int, Field(ge=0, le=10_000)] = Field(
        0, description="Draws of the uncertain figures, each with every replicate; 0 for the central figures"
    )
    projection: str = Field("principal", description="Variant of the population projection")
    risk_factor_trends: str = Field("continued", description="continued or frozen")
    mortality_trend: str = Field("continued", description="continued or frozen")
    care: bool = Field(True, description="Whether the care network runs, or the life course alone")
    cohorts: list[str] = Field(
        [], description="Cohort files that the scorecard follows, beside the one of the area"
    )
    scenarios: Annotated[list[str], Field(min_length=1)] = Field(
        description="Names in the library, NAME@VARIANT, files beside the study's own, or several with +"
    )
    draw_from: DrawFromField | None = Field(
        None, description="What draws are from; by default the uncertain figures of the scenarios"
    )
    design: DesignField | None = Field(
        None, description="Values of figures that are tried together, beside the scenarios"
    )
    until: UntilField | None = Field(
        None, description="Replicates until an interval is narrow enough, instead of `replicates`"
    )
    headline: str | None = Field(
        None, description="The measure that is watched while it runs; emergency_admissions by default"
    )
    _held: dict[Path | None, Resolved] = PrivateAttr(default_factory=dict)

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
            InvalidFile: With every problem in it.
        """
        data = load_located(Path(path))
        study, problems = read_document(cls, data)
        rest, absent = (study, set()) if study else without_what_is_wrong(cls, data, problems)
        if rest is not None:
            cohorts = [_file_beside(name, Path(path)) for name in rest.cohorts]
            rest = rest.model_copy(update={"cohorts": cohorts})
            problems += _of_cohorts(rest, data)
            found, wrong = resolve(rest, Path(path).parent, data, absent)
            problems += wrong
        if problems or rest is None:
            raise InvalidFile(problems)
        rest._held[Path(path).parent] = found
        return rest

    def resolved(self, beside: Path | None = None) -> Resolved:
        """Return what its names stand for; files are looked for beside the study's own.

        Raises:
            InvalidFile: With every problem in it.
        """
        if beside not in self._held:
            found, problems = resolve(self, beside, None)
            if problems:
                raise InvalidFile(problems)
            self._held[beside] = found
        return self._held[beside]

    @property
    def settings(self) -> Settings:
        """Return what all its units share."""
        own = {"draw", "cohorts", "parameters"}
        names = [field.name for field in fields(Settings) if field.name not in own]
        cohorts = cohorts_of(self.area, self.cohorts)
        return Settings(**{name: getattr(self, name) for name in names}, cohorts=cohorts)

    @property
    def first_replicates(self) -> int:
        """Return how many replicates are made before anything is looked at; without `until` all."""
        return self.until.at_least if self.until is not None else self.replicates

    def specifications(self, beside: Path | None = None) -> list[ScenarioSpecification]:
        """Return its scenarios compiled; files are looked for beside the study's own."""
        return list(self.resolved(beside).scenarios.values())

    def notes(self, beside: Path | None = None) -> list[str]:
        """Return what must be known before it is run, each note with the scenario that it is of."""
        found = self.resolved(beside)
        return [
            f"{name}: {note}"
            for name, one in found.scenarios.items()
            for note in notes(one, found.messages[name], self.settings)
        ]

    def arms(self, out: Path, beside: Path | None = None) -> list[Arm]:
        """Return every scenario at every point of its design, each with its folder."""
        drawn = self.draw_from is None or self.draw_from.interventions
        return arms_of(self.resolved(beside), self.settings, self.draws, drawn, out)

    def units(self, out: Path, beside: Path | None = None) -> list[Unit]:
        """Return every unit in the order in which they are run; with `until` those of the first stage."""
        return in_order([one for arm in self.arms(out, beside) for one in arm.units(self.first_replicates)])

    def watched(self, beside: Path | None = None) -> Watched:
        """Return what is watched while it runs."""
        until = self.until
        if until is not None:
            return Watched(
                measure=until.measure, period=until.period, against=until.against,
                confidence_percent=until.confidence_percent,
            )  # fmt: skip
        measure = self.headline or (DEFAULT if self.care else WITHOUT_CARE)
        names = list(self.resolved(beside).scenarios)
        against = BASELINE.full_name if BASELINE.full_name in names else names[0]
        return Watched(measure=measure, against=against if len(names) > 1 else "")

    def run(
        self,
        out: Path | str,
        *,
        workers: int = 1,
        quiet: bool = False,
        beside: Path | None = None,
        executor: Executor | None = None,
        simulate: str = SIMULATE,
        colour: bool = True,
    ) -> Path:
        """Run what is not finished, and return the folder; see `execution.run_replicates`.

        Raises:
            InputError: The folder is for something else, or somebody is at work in it.
            Incomplete: All else is done; some units failed as often as they were tried.
        """
        folder = Path(out)
        arms = self.arms(folder, beside)
        request = self.request(beside)
        execution.check_claim(folder, request)
        if self.until is None:
            for arm in arms:  # before anything of a finished study is touched
                execution.refuse_fewer(arm.folder, self.replicates, arm.draws)
        execution.claim(folder, request)
        return Making(
            study=self, beside=beside, folder=folder, arms=arms, request=request, workers=workers,
            quiet=quiet, executor=executor, simulate=simulate, colour=colour,
        ).run()  # fmt: skip

    def request(self, beside: Path | None = None) -> dict[str, Any]:
        """Return what a study's folder is for; the number of replicates, and of draws, may grow."""
        found = self.resolved(beside)
        scenarios = {name: identity.scenario_sha256(spec) for name, spec in found.scenarios.items()}
        drawn = self.draws > 0  # units with and without draws lie in different folders
        kind = DESIGNED if self.design is not None else STUDY
        what: dict[str, Any] = {"kind": kind, "name": self.name, "scenarios": scenarios, "drawn": drawn}
        if self.design is not None:
            what["design"] = table_of(found.points, found.factors)
        if self.draws and self.draw_from is not None:
            what["draw_from"] = self.draw_from.model_dump() | {"posterior": _made(found.draws.posterior)}
        return what | asdict(self.settings)

    def manifest(self, request: dict[str, Any], replicates: int) -> dict[str, Any]:
        """Return the manifest of the whole."""
        return {
            "schema_version": execution.SCHEMA_VERSION,
            **request,
            "description": self.description,
            "replicates": replicates,
            "draws": self.draws,
            "scenarios": self.scenarios,
            "scenario_sha256": request["scenarios"],
            **identity.environment(),
        }


def folder_of(scenario: ScenarioSpecification) -> str:
    """Return the name of a scenario's folder in a study."""
    return scenario.full_name


def _of_cohorts(study: Study, data: LocatedMap) -> list[Problem]:
    """Return what is wrong with the cohorts of a study."""
    complaints = Complaints(data=data)
    for number, one in enumerate(study.cohorts):
        try:
            cohorts_of(study.area, [one])
        except InputError as error:
            complaints.of_error(("cohorts", number), error)
    return complaints.found


def _made(posterior: Posterior | None) -> dict[str, Any] | None:
    """Return what tells a posterior from another."""
    if posterior is None:
        return None
    digest = hashlib.sha256(posterior.file.read_bytes()).hexdigest()
    return {"sha256": digest, **{key: posterior.made[key] for key in REQUIRED}}


def _file_beside(name: str, study: Path) -> str:
    """Return where a cohort named in a study is to be looked for: a file beside it, or one of ours."""
    return str(study.parent / name) if name.endswith((".yaml", ".yml")) else name


def study_schema() -> str:
    """Return the JSON Schema of a study file, as it is published in docs/reference/study.schema.json."""
    schema = Study.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


__all__ = ["LARGEST_SEED", "Study", "folder_of", "status", "study_schema"]
