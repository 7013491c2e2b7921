"""Transcribe the evidence folder into the project's tables: `python -m sim.parameters.importer EVIDENCE_DIR`.

One strict pass. It refuses ragged rows, unknown columns and keys, and mixed units; it takes only rows to
build from; it writes each table after checking it against its schema; and it prints totals of the tables as
written beside those of the evidence. Nothing reads the evidence folder at run time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sim.parameters.catalogue import write_catalogue
from sim.parameters.errors import InputError
from sim.parameters.importing.causes import import_causes
from sim.parameters.importing.conditions import import_conditions
from sim.parameters.importing.interventions import import_interventions
from sim.parameters.importing.movements import import_movements
from sim.parameters.importing.people import import_catchment, import_people
from sim.parameters.importing.population import import_population
from sim.parameters.importing.projections import import_projections
from sim.parameters.importing.reconciliation import Total, reconcile
from sim.parameters.importing.relative_risks import import_relative_risks
from sim.parameters.importing.risk_factors import import_risk_factors
from sim.parameters.importing.services import import_services
from sim.parameters.importing.use import import_use
from sim.parameters.importing.utilities import import_utilities

NATIONAL = Path(__file__).parent
AREA = NATIONAL.parent / "areas" / "dorset"
SCENARIOS = NATIONAL.parents[1] / "scenarios"
CATALOGUE = NATIONAL.parents[1] / "docs" / "reference" / "parameters.md"
DONE, CHECK_FAILED, BAD_INPUT = 0, 3, 2


def import_all(
    evidence: Path, national: Path = NATIONAL, area: Path = AREA, scenarios: Path = SCENARIOS
) -> dict[str, int]:
    """Write every table; rows written, by table. Raises InputError for the first fault of the evidence.

    Hand-written tables (assumptions that the rules read) have to lie in `national` and `area` already.
    """
    written = {
        f"area/{name}": rows
        for made in (
            import_population(evidence, area),
            import_projections(evidence, area),
            import_movements(evidence, area, national),
            import_people(evidence, area),
            import_catchment(area),
            import_services(evidence, area),
        )
        for name, rows in made.items()
    }
    for made in (
        import_conditions(evidence, national),
        import_risk_factors(evidence, national),
        import_relative_risks(evidence, national),
        import_use(evidence, national),
        import_causes(evidence, national),
        import_utilities(evidence, national),
    ):
        written |= made
    return written | import_interventions(evidence, scenarios)


def report(written: dict[str, int], totals: list[Total]) -> str:
    """Rows by table, then each total beside its own."""
    lines = [f"{rows:6d}  {name}" for name, rows in written.items()]
    lines.append(f"{sum(written.values()):6d}  rows in {len(written)} tables\n")
    lines += [
        f"{'met ' if total.met else 'MISS'} {total.kind:16s} {total.label:44s} {total.ours:14,.2f}"
        f" against {total.theirs:14,.2f}  ratio {total.ratio:.4f}"
        for total in totals
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Import, reconcile, write the catalogue; 0 done, 2 bad input, 3 a total is not met."""
    if len(arguments) != 1:
        print("usage: python -m sim.parameters.importer EVIDENCE_DIR", file=sys.stderr)
        return BAD_INPUT
    evidence = Path(arguments[0])
    try:
        written = import_all(evidence)
        totals = reconcile(evidence, NATIONAL, AREA)
        write_catalogue(CATALOGUE, NATIONAL, AREA)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except FileNotFoundError as error:
        print(
            InputError(
                file=evidence,
                key="evidence folder",
                found=f"no {error.filename}",
                allowed="the evidence folder",
            ),
            file=sys.stderr,
        )
        return BAD_INPUT
    print(report(written, totals))
    return DONE if all(total.met for total in totals) else CHECK_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
