"""The evidence on interventions and the plans' programmes, as imported; and the tables written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sim.parameters.errors import InputError
from sim.parameters.importing import interventions as importing

SCENARIOS = Path(__file__).parents[2] / "scenarios"
HEADER = ",".join(importing.EVIDENCE_COLUMNS)
ROW = (
    'X-01,A,prevention,"003 L9 ""words""",P,m,RR,{effect},0.7,0.9,RR,1 y,u,g,c,s,,'
    '"A 2020, stored pubmed 1",A,{kind}'
)
PROGRAMME = "P001,A programme,P3,9,words,none,{scope},X-01,"


def rows(name: str) -> list[dict[str, str]]:
    """Return a table of the scenarios."""
    with (SCENARIOS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def folder(where: Path, effect: str = "0.8", kind: str = "A,95% CI", scope: str = "in scope") -> Path:
    """Write a small evidence folder."""
    found = where / "interventions"
    found.mkdir(parents=True)
    text = ROW.format(effect=effect, kind=kind)
    (found / "interventions.csv").write_text(f"{HEADER}\n{text}\n", encoding="utf-8")
    header = ",".join(importing.PROGRAMME_COLUMNS)
    (found / "programme_map.csv").write_text(f"{header}\n{PROGRAMME.format(scope=scope)}\n", encoding="utf-8")
    return where


def test_a_row_is_written_with_its_source_and_not_where_a_copy_was(tmp_path: Path) -> None:
    """The plan's number and place stay; how a copy was kept goes."""
    importing.import_interventions(folder(tmp_path / "e"), tmp_path)
    with (tmp_path / "evidence.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["value"], row["low"], row["high"], row["interval"]) == ("0.8", "0.7", "0.9", "ci95")
    assert (row["source"], row["plan"]) == ("A 2020, PubMed 1", 'P3 L9 "words"')


@pytest.mark.parametrize(
    ("fault", "told"),
    [({"effect": ""}, "no effect"), ({"kind": "A,99% CI"}, "interval_type"), ({"scope": "perhaps"}, "scope")],
)
def test_faults_of_the_evidence_are_refused(tmp_path: Path, fault: dict[str, str], told: str) -> None:
    """Each by name."""
    with pytest.raises(InputError, match=told):
        importing.import_interventions(folder(tmp_path / "e", **fault), tmp_path)


def test_the_tables_are_whole() -> None:
    """Every row of both, no word of copies, every id once, every figure inside its interval."""
    evidence, programmes = rows("evidence.csv"), rows("programmes.csv")
    assert (len(evidence), len(programmes)) == (162, 206)
    for table in (evidence, programmes):
        assert len({row["id"] for row in table}) == len(table)
        assert not [row["id"] for row in table for cell in row.values() if "stored" in cell.split()]
    for row in evidence:
        if row["value"]:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), row["id"]
    known = {row["id"] for row in evidence}
    assert all(one in known for row in programmes for one in filter(None, row["evidence"].split(";")))
