"""What the explorer offers beyond saved tables, as functions and commands: cohorts, stories, a small model.

The explorer reads saved tables; `leftshift explore` gives it these.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scenarios.cohort_builder import Cohorts
from sim.areas import load_area
from sim.observers.digest import MEASURES
from sim.parameters.errors import InputError

SMALLEST, LARGEST = 0.001, 0.2
MOST_YEARS = 10
AMONG_LETTERS = 40
NEEDED = ("solara", "altair")
"""Packages of the extra `explore`, without which there is no model to step."""
INSTALL = 'the packages of the extra explore: pip install "leftshift[explore]"'


QUIET = {"PYTHONWARNINGS": "ignore"}
"""The last line that a command says is shown to the reader: warnings of libraries are no progress."""


def places(area: str) -> dict[str, tuple[str, float, float]]:
    """Return name, latitude and longitude of each neighbourhood of an area."""
    table = load_area(area).tables["neighbourhoods"]
    columns = (table[name] for name in ("key", "name", "lat", "lon"))
    return {key: (str(name), float(lat), float(lon)) for key, name, lat, lon in zip(*columns, strict=True)}


def missing() -> str:
    """Return what has to be installed before a small model can be stepped; empty where nothing."""
    absent = [name for name in NEEDED if find_spec(name) is None]
    return f"not installed: {', '.join(absent)}; it takes {INSTALL}" if absent else ""


def offered(manifests: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Any]:
    """Return what is offered beside runs with these manifests, by the fields of `Beyond` (results/explore).

    Args:
        manifests: Of each run, by its short name.
        folder: Where files of scenarios may be written.
    """
    first = next(iter(manifests.values()))
    cohorts = Cohorts(str(first["area"]), str(first["start"]))
    scenarios = Scenarios(manifests, folder)
    absent = missing()
    return {
        "cohort": cohorts.count, "cohort_choices": cohorts.choices, "story": scenarios.story,
        "live": None if absent else scenarios.live, "no_live": absent, "environment": {**os.environ, **QUIET},
    }  # fmt: skip


class Scenarios:
    """The scenarios of the runs that are explored, each as a file or a name that a command can be given.

    Args:
        manifests: Of each run, by its short name.
        folder: Where files of scenarios may be written.
    """

    def __init__(self, manifests: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
        self.manifests, self.folder = manifests, folder

    def named(self, run: object) -> str:
        """Return what a command is to be given: the text that the run itself was made of, as a file.

        Raises:
            InputError: There is no such run.
        """
        if run not in self.manifests:
            known = list(self.manifests)
            raise InputError(file="explore", key="run", found=run, allowed=", ".join(known), names=known)
        scenario = self.manifests[str(run)]["scenario"]
        if not scenario.get("text"):
            return str(scenario["name"])
        path = self.folder / f"{list(self.manifests).index(str(run))}" / f"{scenario['name']}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(scenario["text"]), encoding="utf-8")
        return str(path)

    def story(self, chosen: Mapping[str, Any], out: Path) -> list[str]:
        """Return the command that tells a story of two of the runs' scenarios.

        Args:
            chosen: run, against, by, years, scale, among.
            out: Folder of the story.

        Raises:
            InputError: A choice that cannot be.
        """
        manifest = self.manifests.get(str(chosen.get("run")), {})
        run, against = (self.named(chosen.get(key)) for key in ("run", "against"))
        by = chosen.get("by", "all")
        if by not in ("all", *MEASURES):
            raise InputError(
                file="explore", key="by", found=by, allowed=f"all, {', '.join(MEASURES)}", names=MEASURES
            )
        years = _between("years", chosen.get("years", 1), 1, MOST_YEARS)
        scale = _between("scale", chosen.get("scale", 0.01), SMALLEST, LARGEST)
        among = [one for text in _texts(chosen.get("among", [])) for one in ("--among", text)]
        return [
            sys.executable, "-m", "leftshift", "story", run, "--against", against, "--by", str(by),
            "--years", str(int(years)), "--scale", f"{scale:g}", "--seed", str(manifest["seed"]),
            "--area", str(manifest["area"]), "--start", str(manifest["start"]), "--out", str(out), *among,
        ]  # fmt: skip

    def live(self, chosen: Mapping[str, Any]) -> list[str]:
        """Return the command that serves a small model of a run's scenario."""
        scenario = self.named(chosen.get("run"))
        manifest = self.manifests[str(chosen["run"])]
        return [
            sys.executable, "-m", "leftshift", "live-model", scenario, "--area", str(manifest["area"]),
            "--start", str(manifest["start"]),
        ]  # fmt: skip


def _between(key: str, value: object, low: float, high: float) -> float:
    """Return a number within its bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(file="explore", key=key, found=value, allowed=f"{low:g} to {high:g}")
    return value


def _texts(value: object) -> Sequence[str]:
    """Return a list of short texts that no command would take for an option."""
    texts: list[str] = []
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str) or text.startswith("-") or len(text) > AMONG_LETTERS:
            raise InputError(file="explore", key="among", found=text, allowed="filters such as age=65-79")
        texts.append(text)
    return texts
