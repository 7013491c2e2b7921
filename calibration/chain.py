"""The chain, measured: fewer pathway 1 places, later discharge, full beds, boarding, handover, response.

`python -m calibration.chain --out runs/chain` runs the baseline and the same year with pathway 1's places
multiplied by a few ratios, on the same residents and draws, and writes for each link of the chain how it
changes and its elasticity, ln(y / y0) / ln(x / x0), with 95% intervals over paired replicates. A ratio at
which some node would be offered more than its places is refused by name, and the page quotes the refusal.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from results.measures.registry import measure
from results.measures.series import values
from results.runs import load_run
from results.statistics import mean_interval
from scenarios.execution import SIMULATE, Settings, run_replicates
from sim.areas import load_area
from sim.building import load_network
from sim.interventions.specification import BASELINE, CapacityChange, Estimate, ScenarioSpecification
from sim.parameters.errors import InputError
from sim.parameters.national import load_national

LINKS = Path(__file__).with_name("chain.csv")
PATHWAY = "p1"
RATIOS = (0.95, 0.9, 0.85, 1.05)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the chain."""

    measure: str
    """Key in the registry of measures."""
    link: str
    """A few plain words."""
    why: str
    """How the link before it pulls it."""


def links() -> list[Link]:
    """Return the links, first to last, of `calibration/chain.csv`."""
    with LINKS.open(encoding="utf-8", newline="") as table:
        return [Link(**row) for row in csv.DictReader(table)]


def fewer_places(area: str, start: str, ratio: float) -> ScenarioSpecification:
    """Return the scenario in which the pathway's places are multiplied by a ratio from the first month on."""
    network = load_network(load_area(area), load_national())
    nodes = tuple(network.node_names[i] for i in network.nodes_where(PATHWAY))
    told = {"unit": "ratio", "grade": "C", "interval": "none", "source": "a question asked of the model"}
    nothing = {"unit": "share", "grade": "C", "interval": "none", "source": "the chain without other changes"}
    change = CapacityChange(
        key=f"{PATHWAY}_places",
        label=f"Places of pathway 1 times {ratio:g}",
        start=start,
        nodes=nodes,
        change="multiply",
        places=Estimate(value=ratio, low=ratio, high=ratio, **told),  # type: ignore[arg-type]
        induced_share=Estimate(value=0.0, low=0.0, high=0.0, **nothing),  # type: ignore[arg-type]
        backfill_share=Estimate(value=0.0, low=0.0, high=0.0, **nothing),  # type: ignore[arg-type]
    )
    name = f"{PATHWAY}_times_{ratio:g}"
    return ScenarioSpecification(name=name, label=change.label, interventions=(change,))


def run_chain(
    out: Path,
    settings: Settings,
    replicates: int,
    workers: int,
    ratios: Sequence[float] = RATIOS,
    simulate: str = SIMULATE,
) -> tuple[pd.DataFrame, dict[float, str]]:
    """Run the baseline and each ratio, and measure the chain.

    Args:
        out: Folder of the runs; finished replicates are used again.
        settings: Area, start, years, scale and seed.
        replicates: How many, the same in each.
        workers: Processes side by side.
        ratios: What the places are multiplied by.
        simulate: 'module:function' that runs one replicate.

    Returns:
        A row for each ratio and link: measure, baseline, value, change, elasticity and their 95% intervals;
        and what was said of each ratio that was refused.
    """
    options = {"replicates": replicates, "workers": workers, "simulate": simulate}
    base = run_replicates(BASELINE, settings, out=out / "baseline", **options)  # type: ignore[arg-type]
    rows, refused = [], {}
    for ratio in ratios:
        scenario = fewer_places(settings.area, settings.start, ratio)
        try:
            folder = run_replicates(scenario, settings, out=out / scenario.name, **options)  # type: ignore[arg-type]
        except InputError as error:
            refused[ratio] = str(error)
            continue
        rows += [_row(link, ratio, base, folder) for link in links()]
    return pd.DataFrame(rows), refused


def _row(link: Link, ratio: float, base: Path, folder: Path) -> dict[str, object]:
    before, after = (_by_replicate(run, link.measure) for run in (base, folder))
    with np.errstate(divide="ignore", invalid="ignore"):
        elasticity = np.log(after / before) / np.log(ratio)
    row: dict[str, object] = {"ratio": ratio, **asdict(link), "unit": measure(link.measure).unit}
    for name, draws in (
        ("baseline", before), ("value", after), ("change", after - before), ("elasticity", elasticity),
    ):  # fmt: skip
        mean, low, high, _ = mean_interval(draws)
        row |= {name: float(mean), f"{name}_low": float(low), f"{name}_high": float(high)}
    return row


def _by_replicate(folder: Path, name: str) -> np.ndarray:
    """Return the mean over the years of a measure, by replicate."""
    table = values(load_run(folder), name)
    return np.asarray(table.groupby("replicate")["value"].mean().sort_index())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chain and write its page, its figure and `chain.csv`."""
    from calibration.chain_page import write_chain_page

    parser = argparse.ArgumentParser(prog="python -m calibration.chain", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/chain"))
    parser.add_argument("--page", type=Path, default=None, help="folder of the page; --out by default")
    parser.add_argument("--replicates", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ratios", type=float, nargs="+", default=list(RATIOS))
    given = parser.parse_args(arguments)
    settings = Settings(area="dorset", start="2026-04", years=given.years, scale=given.scale, seed=given.seed)
    table, refused = run_chain(given.out, settings, given.replicates, given.workers, given.ratios)
    table.to_csv(given.out / "chain.csv", index=False, float_format="%.6g")
    write_chain_page(table, refused, settings, given.replicates, given.page or given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
