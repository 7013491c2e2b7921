"""Area packs: the Dorset pack is sound, and each fault of a pack is named, all at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sim.areas import AreaDescription, area_keys, check_area, load_area
from sim.parameters import PARAMETERS, InputError

DORSET = PARAMETERS.parent / "areas" / "dorset"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the Dorset pack to damage."""
    return Path(shutil.copytree(DORSET, tmp_path / "dorset"))


def _replace(path: Path, old: str, new: str) -> None:
    """Change the first occurrence in a file."""
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_dorset_is_sound() -> None:
    assert check_area(DORSET) == []
    area = load_area("dorset")
    assert "dorset" in area_keys()
    assert area.council_keys == ("bcp", "dorset")
    assert len(area.neighbourhood_keys) == 18
    assert area.life_table is area.tables["life_table"]
    assert area.scalar("p1_places") > 0
    with pytest.raises(AttributeError):
        area.no_such_table  # noqa: B018
    with pytest.raises(InputError, match="did you mean 'p1_places'"):
        area.scalar("p1_place")


def test_a_pack_loads_from_a_path(pack: Path) -> None:
    assert load_area(pack).description.key == "dorset"


def test_an_unknown_area_gets_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean 'dorset'"):
        load_area("dorste")


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((DORSET.parent / "schema.json").read_text(encoding="utf-8"))
    published.pop("$schema")
    assert published == AreaDescription.model_json_schema()


def test_an_unknown_key_of_area_yaml_is_named(pack: Path) -> None:
    _replace(pack / "area.yaml", "list_size: 827000", "list_sise: 827000")
    with pytest.raises(InputError) as caught:
        load_area(pack)
    assert "area.yaml" in str(caught.value)
    assert "list_si" in str(caught.value)


FAULTS = {
    "missing file": (lambda pack: (pack / "births.csv").unlink(), "births.csv", "no file"),
    "unknown council": (
        lambda pack: _replace(pack / "births.csv", "\nbcp,", "\nbcpp,"),
        "births.csv",
        "bcpp",
    ),
    "negative value": (
        lambda pack: _replace(pack / "population_by_age.csv", "bcp,male,0,", "bcp,male,0,-"),
        "population_by_age.csv",
        "at least 0",
    ),
    "list size": (
        lambda pack: _replace(pack / "area.yaml", "list_size: 827000", "list_size: 900000"),
        "list_size_scaled",
        "900000",
    ),
    "shares": (
        lambda pack: _replace(pack / "neighbourhoods.csv", "0.24,0.265,", "0.54,0.265,"),
        "share by quintile",
        "1 within",
    ),
    "unknown trust": (lambda pack: _replace(pack / "area.yaml", "trust: uhd", "trust: udh"), "trust", "udh"),
    "unknown site": (
        lambda pack: _replace(pack / "catchment.csv", ",poole,", ",pole,"),
        "catchment.csv",
        "pole",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(pack: Path, fault: str) -> None:
    damage, where, what = FAULTS[fault]
    damage(pack)
    assert any(where in str(problem) and what in str(problem) for problem in check_area(pack))


def test_all_faults_are_listed_at_once(pack: Path) -> None:
    chosen = {name: fault for name, fault in FAULTS.items() if name != "unknown council"}
    for damage, _, _ in chosen.values():
        damage(pack)
    messages = [str(problem) for problem in check_area(pack)]
    for _, where, what in chosen.values():
        assert any(where in message and what in message for message in messages), (where, what)


def test_a_folder_without_area_yaml_is_one_problem(tmp_path: Path) -> None:
    assert [problem.key for problem in check_area(tmp_path)] == ["area.yaml"]
