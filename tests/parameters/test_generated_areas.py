"""Generated packs: they pass the check, say what they are, and grow by the declared rules."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import leftshift
from scenarios.area_identity import area_sha256
from scenarios.names import load_names
from sim.areas import check_area, load_area
from sim.areas.generated.making import FEWEST, make_cluster
from sim.areas.generated.naming import Naming
from sim.areas.generated.rows import HERE, places, rules
from sim.areas.size import too_large
from sim.care.kept import load_kept
from sim.interventions.specification import BASELINE
from sim.parameters.national import load_national
from sim.population.inputs import as_area_tables
from sim.population.synthesis import joint_table
from sim.run import simulate_replicate

NAMING = Naming(
    local=["poole", "dorset", "dorset_county", "mid_dorset"], councils=["dorset"], systems=3
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cluster of three systems."""
    return make_cluster(tmp_path_factory.mktemp("packs") / "cluster")


def test_the_cluster_is_a_sound_pack_and_says_what_it_is(cluster: Path) -> None:
    """Three systems of 2.6 million, with everything marked as generated and of the weakest grade."""
    assert check_area(cluster) == []
    area, pattern = load_area(cluster), load_area("dorset")
    assert area.description.list_size == 2_600_000
    assert len(area.council_keys) == 3 * len(pattern.council_keys)
    assert len(area.neighbourhood_keys) == 3 * len(pattern.neighbourhood_keys)
    assert len(area.description.sites) == 3 * len(pattern.description.sites)
    assert "never for results" in area.description.notes[0].lower()
    for name, table in area.tables.items():
        if "grade" in table.columns:
            assert set(table["grade"]) == {"C"}, name
        assert table["source"].str.startswith("generated for tests of scale").all(), name
    people = area.population_by_age.groupby("council")["value"].sum()
    alone = pattern.population_by_age.groupby("council")["value"].sum()
    for key in pattern.council_keys:
        grown = [people[f"{key}{suffix}"] / alone[key] for suffix in ("", "_2", "_3")]
        assert grown[1] / grown[0] == pytest.approx(940_000 / 827_000)
        assert grown[2] / grown[0] == pytest.approx(571_600 / 827_000)


def test_its_names_are_those_of_a_scenario(cluster: Path) -> None:
    """So that a run by its folder can be asked for; its content is in the key of each unit."""
    names = load_names(str(cluster))
    assert {"acute_beds_medicine_poole", "acute_beds_medicine_poole_3", "ambulance"} <= set(names.nodes)
    before = area_sha256(str(cluster))
    assert len(before) == 64
    assert area_sha256("dorset") == ""
    assert leftshift._run(["run", "--area", str(cluster), "--dry-run"]) == leftshift.Exit.DONE
    assert leftshift._run(["run", "--area", "dorsat", "--dry-run"]) == leftshift.Exit.BAD_INPUT


def test_a_small_system_has_a_network(tmp_path: Path) -> None:
    """With a place where the pattern has one, and no fewer nodes."""
    made = make_cluster(tmp_path / "small", 80_000, 1)
    scalars = load_national().scalars
    small, whole = (
        load_kept(folder / "network.yaml", scalars) for folder in (made, load_area("dorset").directory)
    )
    assert small.node_names == whole.node_names
    assert ((small.flow.nodes.places > 0) == (whole.flow.nodes.places > 0)).all()
    assert (small.flow.nodes.places <= whole.flow.nodes.places).all()


@pytest.mark.slow
def test_the_cluster_has_a_network(cluster: Path) -> None:
    """Each node of a place three times, the others once, and nobody sent to another system."""
    network = load_kept(cluster / "network.yaml", load_national().scalars)
    names = set(network.node_names)
    assert len(names) == 463
    assert len([name for name in names if name.startswith("acute_beds_medicine_")]) == 9


@pytest.mark.parametrize(("residents", "number"), [(123_457, 3), (1_111_111, 2)])
def test_everybody_on_the_lists_lives_in_their_system(tmp_path: Path, residents: int, number: int) -> None:
    """Whole people of any number: lists of a system add up to its councils' residents."""
    area = as_area_tables(load_area(make_cluster(tmp_path / "pack", residents, number)))
    counts = joint_table(area, 1).counts.sum(axis=(2, 3, 4))
    assert counts.sum() == residents
    parts = counts.reshape(number, -1, number, len(area.councils) // number).sum(axis=(1, 3))
    assert (np.diag(np.diag(parts)) == parts).all()


@pytest.mark.slow
def test_systems_of_a_cluster_are_alike(tmp_path: Path) -> None:
    """A year of three small systems: each council's rates are those of its twins, to chance.

    Counts are taken as Poisson with twice the variance (people come again, and queues join them); the limit
    of 4.5 standard errors in 16 comparisons raises a false alarm once in 9,000 times.
    """
    settings = {
        "area": str(make_cluster(tmp_path / "small", 240_000, 3)),
        "start": "2026-04",
        "years": 1,
        "scale": 1.0,
    }
    tables, found = simulate_replicate(settings | {"seed": 1, "replicate": 1}, BASELINE)
    assert found["deadlock"] == []
    rows = tables["measures"][tables["measures"]["dimension"] == "council"]
    count = rows.groupby(["measure", "level"])["value"].sum().unstack()
    lived = count.loc["person_months"]
    for name in ("emergency_admissions", "ed_type1_attendances", "deaths", "elective_admissions"):
        for council, twin in itertools.product(("bcp", "dorset"), ("_2", "_3")):
            one, other = count.loc[name, council], count.loc[name, council + twin]
            expected = one / lived[council] * lived[council + twin]
            error = (2.0 * (expected + expected**2 / one)) ** 0.5
            assert abs(other - expected) < 4.5 * error, (name, council, twin, other, expected)


def test_an_area_beyond_its_codes_is_refused(tmp_path: Path) -> None:
    """Four systems like Dorset fit the 16 bits of a cell; seven would be counted wrongly."""
    assert not list(too_large(tmp_path, 4 * 2, 4 * 18))
    (problem,) = too_large(tmp_path, 7 * 2, 7 * 18)
    assert "systems" in problem.message()
    assert len(list(too_large(tmp_path, 300, 300))) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--residents", str(FEWEST - 1)], "--residents"),
        (["--systems", "4"], "--systems"),
        (["--pattern", "dorsat"], "did you mean 'dorset'"),
    ],
)
def test_bad_input_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    """And leaves nothing; a folder that is there stays as it is."""
    folder = tmp_path / "new"
    assert leftshift._run(["area", "make-cluster", str(folder), *arguments]) == leftshift.Exit.BAD_INPUT
    assert told in capsys.readouterr().err
    assert leftshift._run(["area", "make-cluster", str(tmp_path)]) == leftshift.Exit.BAD_INPUT
    assert not list(tmp_path.iterdir())


def test_every_unit_of_the_pattern_has_a_rule_or_is_a_rate() -> None:
    """A unit that is new in Dorset's tables is either in units.csv or named here as a rate, share or time."""
    rates = (
        "share", "proportion", "ratio", "days", "hours", "minutes", "log ", "per person", "per woman",
        "per 100", "per year", "per day", "OR", "multiplier", "km", "m2", "nights", "weeks", "degrees",
        "site", "contacts per", "validated", "visits per 2", "GBP per day",
    )  # fmt: skip
    units = set()
    for path in load_area("dorset").directory.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            units |= {row.get("unit", "") for row in csv.DictReader(file)}
    ruled = {unit for unit, _ in rules()}
    strange = [unit for unit in units - ruled - {""} if not any(word in unit for word in rates)]
    assert strange == []
    assert (HERE / "units.csv").is_file()


def test_names_of_systems() -> None:
    """The longest name counts; names across systems are each pair in both orders."""
    assert NAMING.of("x_dorset_county", 2) == "x_dorset_county_2"
    assert NAMING.of("share_dorset_dorset_county", 3) == "share_dorset_3_dorset_county_3"
    assert NAMING.of("mid_dorset", 2) == "mid_dorset_2"
    assert len(NAMING.across("share_dorset_poole")) == 6
    assert "share_dorset_2_poole" in NAMING.across("share_dorset_poole")
    assert not NAMING.is_local("dorsetshire")


@given(number=st.integers(0, 2000), factor=st.floats(0.01, 5.0))
def test_places_grow_with_people_and_never_close(number: int, factor: float) -> None:
    """Whole, none of none, at least one of any, and no fewer than the people need."""
    found = places(number, factor)
    assert found == int(found)
    assert (found > 0) == (number > 0)
    assert found >= 0.9 * number * factor - 1e-6
    assert places(number, 1.0) == number
