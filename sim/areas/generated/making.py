"""Makes an area pack of several systems, or of any size, from another by declared rules.

Each system is the pattern with its own councils, neighbourhoods, sites and community units, grown to its
residents: counts in proportion, places by `rows.places`, rates and shares as they are. Nobody of one system
uses a site of another. It is for measuring what a run costs: who lives there, and what care there is, is
nobody's.
"""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sim.areas.checking import check_area
from sim.areas.generated.naming import Naming
from sim.areas.generated.network import SHARE, write_network
from sim.areas.generated.rows import COUNT, HERE, NOTE, Growth, Row, grown_rows, settings
from sim.areas.pack import area_directory, read_description
from sim.parameters.errors import InputError

FEWEST = 10_000
"""Fewer residents leave cells of council, sex, age and quintile without anybody."""
MOST = 10_000_000
README = """# {name}

Generated for tests of scale by `leftshift area make-cluster`, from the pack `{pattern}` by the rules of
`sim/areas/generated`. **Never for results**: nobody lives here, and no figure describes a place.

{table}
Counts grow with the residents, places so that as busy a service waits as long, rates and shares stay.
Nobody of one system uses another's sites. 999, 111 and other services without a place are one for all.
"""


def systems() -> dict[str, tuple[str, float]]:
    """Return name and residents of the systems of the cluster, by key, as `systems.csv` has them."""
    with (HERE / "systems.csv").open(encoding="utf-8", newline="") as file:
        return {row["key"]: (row["name"], float(row["residents"])) for row in csv.DictReader(file)}


def make_cluster(
    folder: Path, residents: int | None = None, number: int = 3, pattern: str | Path = "dorset"
) -> Path:
    """Write an area pack of some systems and check it; the folder appears whole or not at all.

    Args:
        folder: Where it goes; must not exist.
        residents: People registered in all systems together; by default those of the cluster's plan.
        number: How many systems, from 1 to those of `systems.csv`, whose proportions they have.
        pattern: The pack that it is made from.

    Returns:
        The folder.

    Raises:
        InputError: The folder is there, a number is out of range, or the pack made has a fault.
    """
    source = area_directory(pattern)
    known = list(systems().values())
    wanted = int(settings()["cluster_residents"]) if residents is None else residents
    _within("--residents", wanted, FEWEST, MOST)
    _within("--systems", number, 1, len(known))
    if folder.exists():
        raise InputError(
            file="command line", key="FOLDER", found=folder, allowed="a folder that is not there"
        )
    description = read_description(source / "area.yaml")
    chosen = known[:number]
    people = [wanted * size / sum(size for _, size in chosen) for _, size in chosen]
    councils = [one.key for one in description.councils]
    local = [*councils, *(site.key for site in description.sites), *_keys(source)]
    naming = Naming(local=local, councils=councils, systems=number)
    growth = Growth(naming=naming, factors=[one / description.list_size for one in people])
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)) / folder.name
    try:
        building.mkdir()
        _write(source, building, growth, [name for name, _ in chosen], wanted)
        problems = check_area(building)
        if problems:
            raise problems[0]
        building.rename(folder)
    finally:
        shutil.rmtree(building.parent, ignore_errors=True)
    return folder


def _within(key: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(
            file="command line", key=key, found=value, allowed=f"a whole number from {low} to {high}"
        )


def _keys(source: Path) -> list[str]:
    """Return the keys of the neighbourhoods of a pack."""
    return [row["key"] for row in _rows(source / "neighbourhoods.csv")]


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(source: Path, target: Path, growth: Growth, names: Sequence[str], residents: int) -> None:
    """Write every file of the pack."""
    for path in sorted(source.glob("*.csv")):
        if path.name == "neighbourhoods.csv":
            rows = _neighbourhoods(_rows(path), growth)
        else:
            rows = grown_rows(_rows(path), growth)
        if path.name == "network_parameters.csv":
            rows += _shares(rows[0], growth)
        _write_rows(target / path.name, rows)
    write_network(source, target, growth.naming)
    description = yaml.safe_load((source / "area.yaml").read_text(encoding="utf-8"))
    made = _description(description, growth, names, target.name, residents)
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)
    (target / "area.yaml").write_text(text, encoding="utf-8", newline="\n")
    (target / "README.md").write_text(_readme(made, source.name, names, growth, residents), encoding="utf-8")


def _write_rows(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _neighbourhoods(rows: Sequence[Row], growth: Growth) -> list[Row]:
    """Return the neighbourhoods of all systems; nobody on a list lives in another system's council."""
    naming = growth.naming
    made = []
    for number in naming.numbers:
        for row in rows:
            people = {
                key: repr(float(row[key]) * growth.factors[number - 1])
                for key in ("list_size_2021", "list_size_scaled")
            }
            shares = {
                naming.of(f"share_{council}", other): row[f"share_{council}"] if other == number else "0"
                for other in naming.numbers
                for council in naming.councils
            }
            north = float(row["lat"]) + settings()["degrees_between_systems"] * (number - 1)
            named = {
                "key": naming.of(row["key"], number), "name": _numbered(row["name"], number),
                "pcn_code": "none", "lat": f"{north:.6g}", "source": NOTE + row["source"],
            }  # fmt: skip
            grades = {key: "C" for key in row if key == "grade" or key.endswith("_grade")}
            made.append(row | people | shares | named | grades)
    return made


def _shares(like: Mapping[str, str], growth: Growth) -> list[Row]:
    """Return the parameters that say each system's share of the residents."""
    blank = dict.fromkeys(like, "")
    return [
        blank | {
            "name": SHARE.format(number), "value": (share := f"{growth.share(number)!r}"), "low": share,
            "high": share, "unit": "proportion", "distribution": like["distribution"], "year": like["year"],
            "source": NOTE + "residents of the systems", "grade": "C", "status": "assumption",
            "owner": "scaling", "reason": "a generated pack describes no place",
        }
        for number in growth.naming.numbers
    ]  # fmt: skip


def _numbered(name: str, number: int) -> str:
    """Return a name for readers, with the number of the system where it is not the first."""
    return name if number == 1 else f"{name} ({number})"


def _description(
    found: dict[str, Any], growth: Growth, names: Sequence[str], key: str, residents: int
) -> dict[str, Any]:
    """Return what area.yaml says."""
    naming, north = growth.naming, settings()["degrees_between_systems"]

    def copies(one: dict[str, Any], number: int) -> dict[str, Any]:
        made = one | {"key": naming.of(one["key"], number), "name": _numbered(one["name"], number)}
        if "code" in one:
            made["code"] = one["code"] if number == 1 else "none"
        if "lat" in one:
            made["lat"] = round(one["lat"] + north * (number - 1), 6)
        return made

    many = {
        part: [copies(one, number) for number in naming.numbers for one in found[part]]
        for part in ("councils", "sites")
    }
    systems_of = f"{len(names)} systems" if len(names) > 1 else "one system"
    return found | many | {
        "key": key if re.fullmatch(r"[a-z][a-z0-9_]*", key) else "generated",
        "name": f"Generated for tests of scale: {residents:,} residents in {systems_of}, no real place",
        "list_size": residents,
        "coordinates_source": NOTE + str(found["coordinates_source"]),
        "coordinates_grade": "C",
        "notes": [
            "Generated for tests of scale, never for results: nobody lives here.",
            f"Each of {', '.join(names)} is a copy of {found['name']} grown to its residents.",
        ],
    }  # fmt: skip


def _readme(
    made: Mapping[str, Any], pattern: str, names: Sequence[str], growth: Growth, residents: int
) -> str:
    """Return the page that says what the pack is."""
    rows = "".join(
        f"| {name} | {residents * growth.share(number):,.0f} | {growth.factors[number - 1]:.3f} |\n"
        for number, name in zip(growth.naming.numbers, names, strict=True)
    )
    table = "| system | residents | times the pattern |\n|---|---:|---:|\n" + rows
    return README.format(name=made["name"], pattern=pattern, table=table)


__all__ = ["COUNT", "make_cluster", "systems"]
