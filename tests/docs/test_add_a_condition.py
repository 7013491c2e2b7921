"""The page on adding a condition is followed to the letter, in a copy of the tables."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import HealthSystem
from sim.parameters.errors import InputError
from sim.parameters.national import PARAMETERS, load_national
from sim.settings import Settings
from sim.world import load_world

pytestmark = pytest.mark.validation  # two models and their pilots: a minute
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-condition.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
SCALE, MONTHS, KEY = 0.02, 4, "psoriasis"
PILOT = re.compile(r"^pilot_scale,[^,]*,proportion,[^,]*,", re.MULTILINE)
PILOT_SCALE = 0.02
"""Pilots are run anew for a new condition; small ones do where both runs have them."""


def blocks(language: str) -> list[str]:
    """The blocks of a language on the page."""
    return [text for name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if name == language]


def write_files(parameters: Path) -> None:
    """Write the files that the page shows; the first line names each."""
    for text in blocks("yaml") + blocks("csv"):
        name, _, content = text.partition("\n")
        path = parameters / name.removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture(scope="module")
def parameters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tables with the page's condition in it."""
    folder = tmp_path_factory.mktemp("tables") / "parameters"
    shutil.copytree(PARAMETERS, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    write_files(folder)
    table = folder / "life_course.csv"
    smaller, found = PILOT.subn(
        f"pilot_scale,{PILOT_SCALE},proportion,{PILOT_SCALE},", table.read_text(encoding="utf-8")
    )
    assert found == 1
    table.write_text(smaller, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def said(parameters: Path) -> dict[str, Any]:
    """The names that the page's code leaves."""
    names: dict[str, Any] = {"parameters": parameters, "scale": SCALE}
    for text in blocks("python"):
        exec(compile(text, str(PAGE), "exec"), names)
    return names


def events_of(model: HealthSystem) -> list[tuple[int, int, str, float]]:
    """Month, person, transition and moment of every event of the first months."""
    found: list[tuple[int, int, str, float]] = []
    life = model.parts.life
    advance = life.advance

    def advanced(month: int) -> Any:
        events = advance(month)
        people = model.residents.person[events.row].tolist()
        keys = [life.transitions[t].key for t in events.transition]
        found.extend(zip([month] * len(keys), people, keys, events.fraction.tolist(), strict=True))
        return events

    life.advance = advanced  # type: ignore[method-assign]
    while model.month < MONTHS:
        model.step()
    return sorted(found)


def test_a_folder_adds_a_condition_and_changes_no_other_onset(said: dict[str, Any]) -> None:
    """Without what care does to residents: those with it have more needs, and others wait behind them."""
    settings: dict[str, Any] = {"years": 1, "scale": SCALE, "feedback": False}
    start = said["world"].people.residents
    national = load_national().with_scalars({"pilot_scale": PILOT_SCALE})
    plain = load_world(Settings(years=1, scale=SCALE), national)
    for name, codes in plain.people.residents.items():
        np.testing.assert_array_equal(codes, start[name], err_msg=name)
    with_it = events_of(HealthSystem(world=said["world"], **settings))
    without = events_of(HealthSystem(world=plain, **settings))
    assert [event for event in with_it if not event[2].startswith(KEY)] == without
    assert {event[2] for event in with_it if event[2].startswith(KEY)} == {
        KEY, f"{KEY}.undiagnosed_to_diagnosed",
    }  # fmt: skip


def test_the_start_has_its_totals_and_the_tables_count_it(said: dict[str, Any]) -> None:
    codes = said["world"].people.residents[KEY]
    assert 0.015 < (codes > 0).mean() < 0.03
    assert (codes == 2).sum() / (codes > 0).sum() == pytest.approx(0.2, abs=0.02)
    assert said["model"].residents.attributes[KEY].labels == said["psoriasis"].states


KIND, YAML = "kind: onset", "condition.yaml"
FAULTS = {
    "an unknown key": (YAML, KIND, f"{KIND}\nexclude: [asthma]", "did you mean 'excludes'?"),
    "an unknown state": (YAML, "onset_state: undiagnosed", "onset_state: undiagnosd", "undiagnosed"),
    "a state without a register": (YAML, ", register: false", "", "register: true or false"),
    "a misspelt state in a table": ("state_shares.csv", "undiagnosed,all", "undiagnozed,all", "undiagnosed"),
    "shares that are no whole": ("state_shares.csv", ",0.8,", ",0.75,", "add up to 1"),
    "an unknown other condition": (YAML, KIND, f"{KIND}\nexcludes: [astma]", "'asthma'"),
    "another name": (YAML, "key: psoriasis", "key: psoriaris", "key: psoriasis"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_in_one_message(parameters: Path, tmp_path: Path, fault: str) -> None:
    name, old, new, words = FAULTS[fault]
    folder = tmp_path / "parameters"
    shutil.copytree(parameters, folder)
    path = folder / "conditions" / KEY / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_national(folder)
    message = str(caught.value)
    assert name in message and words in message and "\n" not in message


def test_all_faults_of_a_file_are_told_at_once(parameters: Path, tmp_path: Path) -> None:
    folder = tmp_path / "parameters"
    shutil.copytree(parameters, folder)
    path = folder / "conditions" / KEY / "condition.yaml"
    text = path.read_text(encoding="utf-8").replace("kind: onset", "kind: sudden\nbalanced_by: hope", 1)
    path.write_text(text.replace("onset_state: undiagnosed", "onset_state: hidden", 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_national(folder)
    assert len(str(caught.value).splitlines()) == 3
