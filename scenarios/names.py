"""The names that a scenario may use: areas, councils, neighbourhoods, nodes, conditions, factors, needs.

They are read from the tables themselves with the standard library only, so that `leftshift scenario check`
answers in under a second and never disagrees with the model about what exists.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args

import yaml

from sim.care.parts import join_parts, read_document
from sim.care.problems import Complaints
from sim.care.templates import expand
from sim.interventions.specification import Payer
from sim.parameters.errors import InputError

SIM = Path(__file__).resolve().parent.parent / "sim"
AREAS = SIM / "areas"
PARAMETERS = SIM / "parameters"
# Its names only: what a scenario expects is judged by `results`, which this package does not import.
MEASURES = SIM.parent / "results" / "measures" / "registry.csv"
SUMS = SIM.parent / "results" / "economics" / "sums.csv"
FRAILTY_CLASSES = ("fit", "mild", "moderate", "severe")
SEXES = ("male", "female")
ETHNICITIES = ("white", "asian", "black", "mixed", "other")
"""The census's five groups, in the order of the model's codes."""
INCLUSION_GROUPS = ("none", "homeless", "drug_dependence", "asylum_seeker", "gypsy_roma_traveller")
# Equal to sim.population.strata.AGE_BANDS (a test says so), which would bring numpy with it.
AGE_BANDS = ("0-4", "5-17", "18-44", "45-64", "65-74", "75-84", "85+")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What exists, for checking a scenario against one area.

    Attributes:
        area: Key of the area pack.
        councils: Keys of its councils.
        neighbourhoods: Keys of its integrated neighbourhood teams.
        nodes: Keys of the nodes and exits of its care network.
        routes: For each node or stream, the destinations that the network sends people to.
        conditions: Keys of the conditions.
        levels: For each risk factor, the names of its levels.
        transitions: 'factor.from_to_to' for each transition between levels that has a hazard.
        need_classes: What effects on need may name: each kind of use that a class of need answers to.
        causes: Causes of death.
        measures: Names of the measures of results and of their sums of money, for what a scenario is
            expected to do.
        states: For each condition, the names of its states; 'no' is without it.
    """

    area: str
    councils: tuple[str, ...] = ()
    neighbourhoods: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    transitions: tuple[str, ...] = ()
    need_classes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    states: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cares: dict[str, str] = field(default_factory=dict)
    """Kind of care of each node."""
    labels: dict[str, str] = field(default_factory=dict)
    """What the network calls each node."""


def area_names() -> list[str]:
    """Return the keys of the area packs that are installed."""
    return sorted(folder.name for folder in AREAS.iterdir() if (folder / "area.yaml").is_file())


def require_area(area: str) -> Path:
    """Return the folder of an area pack, by its name or its folder, or refuse what is neither."""
    known = area_names()
    if area in known:
        return AREAS / area
    if (Path(area) / "area.yaml").is_file():
        return Path(area)
    raise InputError(
        file="command line", key="--area", found=area,
        allowed=f"one of {', '.join(known)}, or a folder that holds area.yaml", names=known,
    )  # fmt: skip


@cache
def load_names(area: str) -> Names:
    """Read every name that a scenario for this area may use.

    Raises:
        InputError: When there is no such area.
    """
    folder = require_area(area)
    for name in ("area.yaml", "network.yaml", "neighbourhoods.csv"):
        if not (folder / name).is_file():
            raise InputError(
                file=folder / name, key="file", found="nothing", allowed="an area pack has this file"
            )
    described = yaml.safe_load((folder / "area.yaml").read_text(encoding="utf-8"))
    complaints = Complaints(folder / "network.yaml")
    written = read_document(folder / "network.yaml", complaints)
    network = expand(join_parts(written, folder, complaints), complaints)
    factors = _folders(PARAMETERS / "risk_factors")
    return Names(
        area=area,
        councils=tuple(council["key"] for council in described["councils"]),
        neighbourhoods=_column(folder / "neighbourhoods.csv", "key"),
        nodes=(*network["nodes"], *_exits(network)),
        routes=_routes(network),
        conditions=_folders(PARAMETERS / "conditions"),
        levels={
            factor: _column(PARAMETERS / "risk_factors" / factor / "levels.csv", "level")
            for factor in factors
        },
        transitions=(*_transitions(factors), *_moves(_folders(PARAMETERS / "conditions"))),
        need_classes=_answers(PARAMETERS / "use" / "need_classes.csv"),
        causes=_column(PARAMETERS / "mortality" / "causes.csv", "cause"),
        measures=(*_column(MEASURES, "name"), *money()),
        states=_states(_folders(PARAMETERS / "conditions")),
        cares=_texts(network, "kind_of_care"),
        labels=_texts(network, "label"),
    )


def money() -> tuple[str, ...]:
    """Return the sums of money that results can give, of each payer, such as 'net_cost_nhs'."""
    return tuple(f"{kind}_{payer}" for kind in _column(SUMS, "kind") for payer in get_args(Payer))


def _folders(parent: Path) -> tuple[str, ...]:
    """Return the names of the folders in `parent`, one for each condition or factor."""
    return tuple(
        sorted(child.name for child in parent.iterdir() if child.is_dir() and child.name[0] not in "._")
    )


def _column(path: Path, column: str) -> tuple[str, ...]:
    """Return the distinct values of one column of a table, in the order of their first row."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row[column] for row in csv.DictReader(file)))


def _answers(path: Path) -> tuple[str, ...]:
    """Return every kind of use that a class of need answers to, such as 'nel_admission_total'."""
    groups = (group.split(";") for group in _column(path, "answers"))
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _transitions(factors: Iterable[str]) -> Iterable[str]:
    """Yield 'factor.from_to_to' of every transition between levels that has a hazard."""
    for factor, table in ((factor, table) for factor in factors for table in ("transitions", "moves")):
        path = PARAMETERS / "risk_factors" / factor / f"{table}.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                ways = {(row["from_level"], row["to_level"]): None for row in csv.DictReader(file)}
            yield from (f"{factor}.{first}_to_{second}" for first, second in ways)


def _states(conditions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the states of each condition, 'no' first, as its `condition.yaml` declares them."""
    found = {}
    for condition in conditions:
        path = PARAMETERS / "conditions" / condition / "condition.yaml"
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[condition] = ("no", *said.get("states", {"yes": None}))
    return found


def _moves(conditions: Iterable[str]) -> Iterable[str]:
    """Yield 'condition.from_to_to' of every move between states of a condition, such as a diagnosis."""
    for condition in conditions:
        path = PARAMETERS / "conditions" / condition / "state_transitions.csv"
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                ways = {(row["from_state"], row["to_state"]): None for row in csv.DictReader(file)}
            yield from (f"{condition}.{first}_to_{second}" for first, second in ways)


def _texts(network: dict[str, Any], key: str) -> dict[str, str]:
    """Return what each node says under a key, of those that say anything."""
    return {str(name): str(node[key]) for name, node in network["nodes"].items() if node.get(key)}


def _exits(network: dict[str, object]) -> tuple[str, ...]:
    """Return the exits of a network."""
    exits = network.get("exits", ())
    return tuple(str(name) for name in exits) if isinstance(exits, Iterable) else ()


def _routes(network: dict[str, object]) -> dict[str, tuple[str, ...]]:
    """Return the destinations that each node or stream sends people to."""
    routes = network.get("routes", {})
    if not isinstance(routes, dict):
        return {}
    return {str(node): tuple(_destinations(ways)) for node, ways in routes.items()}


def _destinations(ways: object) -> Iterable[str]:
    """Yield the destinations in one node's routes."""
    if isinstance(ways, dict):
        yield from (str(name) for name in ways)
    elif isinstance(ways, list):
        for way in ways:
            if isinstance(way, dict):
                yield from _destinations(way.get("to", way))
