"""A study held against what there is: its scenarios, figures, files and measures; every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios import identity
from scenarios.experiment import DIRECTIONS
from scenarios.inheriting import library_names
from scenarios.problems import InvalidFile, Problem
from scenarios.reading import read_document
from scenarios.refusals import LIST_ALL, scenarios_allowed
from scenarios.scenario import Scenario, parts_of
from scenarios.study import posterior as posteriors
from scenarios.study.design import NO_DESIGN, Factor, Point, parameters_at, scenario_at
from scenarios.study.designing import points_asked
from scenarios.study.parameter_draws import ParameterDraws
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.parameters.errors import InputError, nearest_name
from sim.parameters.located import LocatedList, LocatedMap, place_of
from sim.parameters.named import NamedNumber, named_numbers, problem_of_name

if TYPE_CHECKING:
    from scenarios.studies import Study

FACTOR_KEY = ("factors", "0", "low")
"""What the key of one value of one factor is like, below `design`."""
NETWORK_FILE = "network_parameters.csv"
Table = Callable[[], Mapping[str, NamedNumber]]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What a study's names stand for.

    Attributes:
        scenarios: Compiled, by their full names, in the study's order.
        messages: Of how each was put together.
        factors: What its design varies.
        points: Of its design; one that changes nothing without a design.
        draws: Of the model's parameters.
    """

    scenarios: Mapping[str, ScenarioSpecification]
    messages: Mapping[str, tuple[str, ...]]
    factors: tuple[Factor, ...] = ()
    points: tuple[Point, ...] = (NO_DESIGN,)
    draws: ParameterDraws = field(default_factory=ParameterDraws)


@dataclass(kw_only=True)
class Complaints:
    """Problems of one study file, each with its place.

    Attributes:
        data: The document with its places; None for a study that was made in Python.
        found: What was found.
    """

    data: LocatedMap | None
    found: list[Problem] = field(default_factory=list)

    def add(
        self, key: Iterable[str | int], found: object, allowed: str, names: Collection[str] = (),
        nearest: str | None = None,
    ) -> None:  # fmt: skip
        """Note a problem at a key."""
        location = tuple(key)
        place = (place_of(self.data, location) or self.data.place) if self.data is not None else ("study", 1)
        told = str(found)
        near = nearest if nearest is not None else (nearest_name(told.strip("'"), names) or "")
        self.found.append(
            Problem(
                file=place[0], line=place[1], key=".".join(map(str, location)), found=told, allowed=allowed,
                nearest=near,
            )
        )  # fmt: skip

    def of_error(self, key: Iterable[str | int], error: InputError) -> None:
        """Note what is wrong with something at a key; problems of another file keep their own place."""
        if isinstance(error, InvalidFile):
            self.found += error.problems
            return
        found = f"{error.found}: {error.file}" if error.key == "file" else error.found
        self.add(key, f"'{found}'", error.allowed, nearest=error.nearest or "")


def without_what_is_wrong(
    model: type[Study], data: LocatedMap, problems: Iterable[Problem]
) -> tuple[Study | None, set[str]]:
    """Return a study without the keys that are wrong by themselves, so that the rest can be held against.

    Of a design's factors only the key at fault is left out, else the whole part of the study.

    Returns:
        The study, None where what is left is none; and the names of the parts left out.
    """
    kept = LocatedMap(dict(data), data.places, data.place)
    absent: set[str] = set()
    for problem in problems:
        part, *rest = problem.key.split(".")
        if len(rest) == len(FACTOR_KEY) and part == "design" and rest[-1] != "figure":
            _leave_out(kept, rest)
        else:
            absent.add(part)
    for part in absent:
        kept.pop(part, None)
    for name, stood_in in (("name", "study"), ("scenarios", [BASELINE.full_name])):
        kept.setdefault(name, stood_in)
    return read_document(model, kept)[0], absent


def _leave_out(kept: LocatedMap, rest: list[str]) -> None:
    """Leave one key of one factor out of a study's design; the document that was read stays as it is."""
    _, number, name = rest
    design = LocatedMap(dict(kept["design"]), kept["design"].places, kept["design"].place)
    factors = design["factors"]
    changed = LocatedList(list(factors), factors.places, factors.place)
    factor = changed[int(number)]
    others = {key: value for key, value in factor.items() if key != name}
    changed[int(number)] = LocatedMap(others, factor.places, factor.place)
    design["factors"], kept["design"] = changed, design


def resolve(
    study: Study, beside: Path | None, data: LocatedMap | None, absent: Collection[str] = ()
) -> tuple[Resolved, list[Problem]]:
    """Return what a study's names stand for, and everything that is wrong with it.

    Args:
        study: What its file says, each key by itself being right.
        beside: Where files are looked for.
        data: The file with its places.
        absent: Keys that were wrong by themselves and have been left out: nothing is held against them.
    """
    complaints = Complaints(data=data)
    scenarios, messages = _scenarios(study, beside, complaints)
    numbers: list[Mapping[str, NamedNumber]] = []

    def table() -> Mapping[str, NamedNumber]:
        if not numbers:
            from sim.areas.pack import area_directory

            numbers.append(named_numbers(area_directory(study.area)))
        return numbers[0]

    _replicates(study, complaints)
    _headline(study, complaints)
    if "scenarios" not in absent and len(scenarios) == len(study.scenarios):
        _until(study, scenarios, complaints)
    draws = _draws(study, beside, table, complaints)
    factors: tuple[Factor, ...] = ()
    points: tuple[Point, ...] = (NO_DESIGN,)
    whole = len(scenarios) == len(study.scenarios) and "scenarios" not in absent
    if study.design is not None:
        factors, points = points_asked(study, scenarios if whole else None, table(), beside, complaints)
        for one in factors:
            if one.figure in draws.names:
                told = f"'{one.figure}', which is drawn too"
                complaints.add(("design",), told, "a figure in one of the two")
        _apply(scenarios, factors, points, complaints)
    if not complaints.found:
        _network(study, sets_at_ends(study, factors, points, draws), table, complaints)
    found = Resolved(scenarios=scenarios, messages=messages, factors=factors, points=points, draws=draws)
    return found, complaints.found


def _apply(
    scenarios: Mapping[str, ScenarioSpecification], factors: tuple[Factor, ...], points: tuple[Point, ...],
    complaints: Complaints,
) -> None:  # fmt: skip
    """Note a combination of values that a scenario cannot hold, such as an end before its start."""
    if complaints.found:
        return
    for point in points:
        for name, one in scenarios.items():
            try:
                scenario_at(one, name, point, factors)
            except InputError as error:
                complaints.add(("design",), f"point {point.number}: {error.found}", error.allowed)
                return


def sets_at_ends(
    study: Study, factors: tuple[Factor, ...], points: tuple[Point, ...], draws: ParameterDraws
) -> list[dict[str, float]]:
    """Return the parameters of the first draw and point, and of the last of both."""
    first = draws.at(min(1, study.draws)) | parameters_at(points[0], factors)
    return [first, draws.at(study.draws) | parameters_at(points[-1], factors)]


def _network(study: Study, sets: Iterable[dict[str, float]], table: Table, complaints: Complaints) -> None:
    """Note parameters with which the area's network cannot be made, as shares that do not add up to one.

    A first and a last set are tried: what does not fit one set of values seldom fits another.
    """
    for values in sets:
        if not any(table()[name].file.name == NETWORK_FILE for name in values):
            continue
        try:
            require_network(study.area, values)
        except InputError as error:
            key = ("draw_from",) if study.draw_from is not None else ("design",)
            told = ", ".join(f"{name} = {value:g}" for name, value in sorted(values.items()))
            said = str(error).splitlines()[0]
            complaints.add(key, told[:120], f"values with which the area's network can be made ({said})")
            return


def require_network(area: str, values: Mapping[str, float]) -> None:
    """Make the network of an area with parameters replaced; raises InputError where it cannot be made."""
    from sim.areas.pack import area_directory
    from sim.care.kept import load_kept
    from sim.parameters.national import load_national

    load_kept(area_directory(area) / "network.yaml", {**load_national().scalars, **values})


def _scenarios(
    study: Study, beside: Path | None, complaints: Complaints
) -> tuple[dict[str, ScenarioSpecification], dict[str, tuple[str, ...]]]:
    """Return the scenarios compiled, by their full names; what cannot be read is noted and left out."""
    scenarios: dict[str, ScenarioSpecification] = {}
    messages: dict[str, tuple[str, ...]] = {}
    known = library_names()
    for number, name in enumerate(study.scenarios):
        key = ("scenarios", number)
        unknown = [part for part in parts_of(name) if not _is_file(part) and _plain(part) not in known]
        for part in unknown:
            allowed = f"{scenarios_allowed(part, known)}; {LIST_ALL[0].lower()}{LIST_ALL[1:]}"
            complaints.add(key, f"'{part}'", allowed, nearest=nearest_name(part, known) or "")
        if unknown:
            continue
        try:
            found = Scenario.load(beside_study(name, beside), area=study.area)
            compiled = found.to_specification()
        except InputError as error:
            complaints.of_error(key, error)
            continue
        if compiled.full_name in scenarios:
            told = f"'{name}', another '{compiled.full_name}'"
            complaints.add(key, told, "scenarios with names of their own")
        scenarios[compiled.full_name] = compiled
        messages[compiled.full_name] = found.messages
    return scenarios, messages


def _is_file(name: str) -> bool:
    return _plain(name).endswith((".yaml", ".yml"))


def _plain(name: str) -> str:
    """Return a scenario's name without its variant."""
    return name.partition("@")[0]


def beside_study(name: str, folder: Path | None) -> str:
    """Return where a scenario named in a study is to be looked for."""
    if folder is None:
        return name
    found = []
    for part in parts_of(name):
        path, at, variant = part.partition("@")
        found.append(f"{folder / path}{at}{variant}" if _is_file(part) else part)
    return "+".join(found)


def _replicates(study: Study, complaints: Complaints) -> None:
    """Note what contradicts itself in how many replicates and draws there are to be."""
    if study.until is not None and "replicates" in study.model_fields_set:
        complaints.add(("replicates",), "replicates beside until", "one of them: until says how many")
    if study.draw_from is not None and study.draws == 0:
        complaints.add(("draw_from",), "draw_from without draws", "how many draws there are to be: draws: 20")


def _headline(study: Study, complaints: Complaints) -> None:
    known = identity.load_function(DIRECTIONS)()
    asked: list[tuple[tuple[str, ...], str]] = []
    if study.headline is not None:
        asked.append((("headline",), study.headline))
    if study.until is not None:
        asked.append((("until", "measure"), study.until.measure))
    for key, name in asked:
        if name not in known:
            allowed = "a measure of results (docs/reference/measures.md)"
            complaints.add(key, f"'{name}'", allowed, names=known)


def _until(study: Study, scenarios: Mapping[str, Any], complaints: Complaints) -> None:
    """Note what contradicts itself in when a study has enough."""
    until = study.until
    if until is None:
        return
    if (until.half_width is None) == (until.half_width_percent is None):
        neither = until.half_width is None
        found = "neither half_width nor half_width_percent" if neither else "both half-widths"
        complaints.add(("until",), found, "one of half_width and half_width_percent")
    if until.at_least > until.at_most:
        complaints.add(("until", "at_most"), until.at_most, f"{until.at_least} or more, as at_least says")
    names = list(scenarios)
    if until.against not in names:
        complaints.add(("until", "against"), f"'{until.against}'", f"one of {', '.join(names)}", names)
    for number, name in enumerate(until.scenarios):
        if name not in names or name == until.against:
            allowed = f"one of {', '.join(one for one in names if one != until.against)}"
            complaints.add(("until", "scenarios", number), f"'{name}'", allowed, names)
    if len(names) < 2:
        complaints.add(("until",), "one scenario", "another beside it, whose difference is watched")


def _draws(study: Study, beside: Path | None, table: Table, complaints: Complaints) -> ParameterDraws:
    """Return what is drawn of the tables; what cannot be is noted."""
    asked = study.draw_from
    if asked is None or not (asked.parameters or asked.posterior):
        if asked is not None and asked.posterior_version is not None:
            complaints.add(("draw_from", "posterior_version"), "a version without a posterior", "a posterior")
        if asked is not None and not asked.interventions:
            allowed = "something to draw from: interventions, parameters or a posterior"
            complaints.add(("draw_from",), "nothing", allowed)
        return ParameterDraws(seed=study.seed)
    numbers = table()
    for number, name in enumerate(asked.parameters):
        key = ("draw_from", "parameters", number)
        wrong = problem_of_name(name, numbers, "")
        if wrong is not None:
            complaints.of_error(key, wrong)
        elif not numbers[name].is_drawn:
            complaints.add(key, f"'{name}', which has no distribution", "one whose row says how it is drawn")
        if asked.parameters.count(name) > 1:
            complaints.add(key, f"'{name}' twice", "each parameter once")
    found = None
    if asked.posterior is not None:
        found = _posterior(study, (beside or Path()) / asked.posterior, numbers, complaints)
    return ParameterDraws(drawn=tuple(asked.parameters), posterior=found, numbers=numbers, seed=study.seed)


def _posterior(
    study: Study, path: Path, numbers: Mapping[str, NamedNumber], complaints: Complaints
) -> posteriors.Posterior | None:
    """Return a calibration's posterior, or None where it cannot be read; what is wrong with it is noted."""
    asked = study.draw_from
    assert asked is not None
    try:
        found = posteriors.read_posterior(path)
    except InputError as error:
        _of_posterior(path, error, complaints)
        return None
    for problem in posteriors.problems_of(found, study.area, numbers, asked.posterior_version):
        _of_posterior(path, problem, complaints)
    if study.draws > found.rows:
        allowed = f"at most {found.rows}, the rows of {path.name}"
        complaints.add(("draws",), study.draws, allowed)
    for name in set(asked.parameters) & set(found.draws):
        number = asked.parameters.index(name)
        allowed = "a parameter that the posterior has not"
        complaints.add(("draw_from", "parameters", number), f"'{name}', of the posterior too", allowed)
    return found


def _of_posterior(path: Path, error: InputError, complaints: Complaints) -> None:
    """Note what is wrong with a posterior, at the place of the study file that names it."""
    key = ("draw_from", "posterior")
    said = f"{path.name}, {error.key}: {error.found}"
    complaints.add(key, said, error.allowed, nearest=error.nearest or "")
