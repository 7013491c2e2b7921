"""Measure what a baseline year's delays do to residents: `python -m calibration.exposure`.

Writes the area's `exposure.csv`: the share of person-months after an admission that waited in A&E, by class
of wait, and with so many steps of delayed discharge in the last twelve months. Feedback acts on departures
from it (`sim/health/feedback.py`), so renew it when the baseline's network, its places or its demand change.
It is measured with the harms off, which they are on average in any baseline, so it does not depend on itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.health.feedback import CARE_HOME, DELAY_CLASSES, DELAYED_STEPS, ED_DELAY, MOST_STEPS
from sim.health.recent_use import RECENT_USE
from sim.model import HealthSystem
from sim.parameters.area_schemas import EXPOSURE
from sim.parameters.tables import Row, write_table
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_QUINTILES, N_SEXES, QUINTILES, SEXES

FloatArray = npt.NDArray[np.float64]
CODES = {ED_DELAY: len(DELAY_CLASSES), DELAYED_STEPS: MOST_STEPS + 1}
SHAPE = (N_SEXES, N_AGE_BANDS, N_QUINTILES)


def measured(area: str, start: str, seeds: Sequence[int], scale: float) -> dict[str, FloatArray]:
    """Return person-months by exposure, (2, 7, 5, codes) each, over one baseline year of every seed.

    They are counted where the life course reads them: after last month's care has acted and before anybody
    dies, so that who dies of a delay is among those exposed to it.
    """
    found = {name: np.zeros((*SHAPE, codes)) for name, codes in CODES.items()}
    for seed in seeds:
        model = HealthSystem(
            area=area, start=start, years=1, scale=scale, rng=seed, feedback=[CARE_HOME, RECENT_USE]
        )
        _count_each_month(model, found)
        model.run_model()
    return found


def _count_each_month(model: HealthSystem, found: dict[str, FloatArray]) -> None:
    cycle, residents = model.month_cycle, model.residents
    reach = cycle.programmes

    def counted() -> None:
        rows = np.flatnonzero(residents.registered)
        _, _, quintile, sex, band = np.unravel_index(residents.cell[rows], model.recorder.strata.shape)
        for name, table in found.items():
            code = np.minimum(residents.column(name)[rows], table.shape[-1] - 1)
            np.add.at(table, (sex, band, quintile, code), 1.0)
        reach()

    cycle.programmes = counted  # type: ignore[method-assign]


def rows_of(found: dict[str, FloatArray], year: str, source: str) -> Iterator[Row]:
    """Yield the rows of the table; delayed discharge is pooled over quintiles, whose cells are small."""
    for name, counted in found.items():
        labels = DELAY_CLASSES if name == ED_DELAY else [str(code) for code in range(counted.shape[-1])]
        pooled = name != ED_DELAY
        months = counted.sum(axis=2, keepdims=True) if pooled else counted
        shares = months / np.maximum(1.0, months.sum(axis=-1, keepdims=True))
        quintiles = ("all",) if pooled else QUINTILES
        for (sex, band, quintile, code), share in np.ndenumerate(shares):
            at_risk = max(1.0, float(months[sex, band, quintile].sum()))
            error = 1.96 * float(np.sqrt(share * (1.0 - share) / at_risk))
            low, high = max(0.0, float(share) - error), min(1.0, float(share) + error)
            yield {
                "measure": name, "level": labels[code], "sex": SEXES[sex], "age_band": AGE_BANDS[band],
                "quintile": quintiles[quintile], "value": f"{share:.6g}", "unit": "share of person-months",
                "low": f"{low:.6g}", "high": f"{high:.6g}",
                "year": year, "source": source, "grade": "C", "status": "fixed", "owner": "", "reason": "",
                "note": "",
            }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m calibration.exposure", description=__doc__)
    parser.add_argument("--area", default="dorset")
    parser.add_argument("--start", default="2026-04")
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument(
        "--out", type=Path, default=None, help="the table; the area's exposure.csv by default"
    )
    asked = parser.parse_args(arguments)
    seeds = ", ".join(str(seed) for seed in asked.seeds)
    source = (
        f"measured by the model: baseline year from {asked.start}, seeds {seeds}, scale {asked.scale:g}; "
        "renewed by python -m calibration.exposure"
    )
    found = measured(asked.area, asked.start, asked.seeds, asked.scale)
    out = asked.out or Path(__file__).parents[1] / "sim" / "areas" / asked.area / "exposure.csv"
    write_table(out, list(rows_of(found, f"year from {asked.start}", source)), EXPOSURE)
    print(out)


if __name__ == "__main__":
    main()
