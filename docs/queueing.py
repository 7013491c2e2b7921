"""Write the page of the flow kernel beside theory, SimPy and Ciw: `python -m docs.queueing`.

Takes some minutes on one core, so it is no part of `make docs`. The same comparisons, at the same lengths and
the same seed, are the tests marked `validation`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from tests.kernels.theory_cases import CASES as PLAIN
from tests.kernels.theory_cases import REPLICATES, WARM_UP, Case, Comparison
from tests.kernels.theory_cases_extended import CASES as EXTENDED
from tests.oracles import comparing
from tests.oracles.networks import FOR_CIW, NETWORKS

HERE = Path(__file__).resolve().parent / "validation"
SEED = 1
Found = list[tuple[Case, list[Comparison]]]
Pairs = Sequence[tuple[str, str]]
PAIRS: Pairs = [(name, "simpy") for name in NETWORKS] + [(name, "ciw") for name in FOR_CIW]

_PAGE = """# The flow kernel beside queueing theory, SimPy and Ciw

Written by `python -m docs.queueing` (version {version}, seed {seed}); do not edit. Networks and
measures are in `tests/kernels/theory_cases.py`, `tests/kernels/theory_cases_extended.py` and
`tests/oracles/`.

## Theory

Each row: {replicates} independent replicates after {warm_up:g} days of warm-up; the interval is
Student's over the replicates. A right model misses it with a probability of 0.001, so of the {rows}
rows {expected:.2f} would miss at a new seed; {missed} did at this one. The widest interval reaches
{widest:.2f}% to either side, so a bias of 2% would be seen in every row with a probability over
99.9%, one of 1% in most rows with more than one half. The largest bias is {worst:.2f}%. `agrees`:
the interval holds theory's value and the bias is under 1%. Times in hours.

![Bias of each comparison with its interval](queueing.svg)

{theory}

## SimPy and Ciw, independent runs

{runs} replicates of each: {days:g} days of the oracle on people sampled by numpy, {kernel_days:,g}
days of the kernel on its own. Welch intervals of the difference at a level (Bonferroni) at which
all rows of a network and an oracle together miss with a probability of 1% at most. The oracle's few
days limit what can be seen: counts and occupied places to 1 to 5%, waits and queues to 2 to 35%,
blocked places to 10 to 50%, as each interval tells; the next section is sharper. SimPy's rules are
written from `docs/explanation/care_network.md`. Ciw runs its own, except that places in use at a
change of shift close when they are vacated (`tests/oracles/ciw_network.py`); where urgent people
may overtake the blocked it has another rule, and only SimPy is compared.

{oracles}

## SimPy and Ciw, the same people

The kernel's arrivals and service times are given to the oracle, which decides for itself who waits,
who is turned away and who blocks whom: every stage of every person should have the same minutes.

{replay}
"""


def version() -> str:
    """Return the project's version."""
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def theory_table(found: Found) -> list[str]:
    """Return a row for each comparison with theory."""
    lines = [
        "| system | theory | measure | theory's value | model | 99.9% interval | bias | verdict |",
        "|---|---|---|---:|---:|---|---:|---|",
    ]
    for case, rows in found:
        for i, row in enumerate(rows):
            name, source = (case.name, case.source) if i == 0 else ("", "")
            verdict = "agrees" if row.covers and abs(row.bias) <= 0.01 else "**differs**"
            measure, low, high = row.measure.replace("_", " "), row.mean - row.half, row.mean + row.half
            lines.append(
                f"| {name} | {source} | {measure} | {row.theory:.5g} | {row.mean:.5g} "
                f"| {low:.5g} to {high:.5g} | {100 * row.bias:+.2f}% | {verdict} |"
            )
    return lines


def figure(found: Found) -> None:
    """Draw the bias of every comparison with its interval."""
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "leftshift"
    from matplotlib import pyplot as plt

    rows = [
        (f"{case.name}: {row.measure}".replace("_", " "), row) for case, found_ in found for row in found_
    ]
    drawing, axes = plt.subplots(figsize=(9.0, 0.19 * len(rows) + 1.0))
    heights = np.arange(len(rows))[::-1]
    for height, (_, row) in zip(heights, rows, strict=True):
        colour = "#1b4f72" if row.covers else "#b03a2e"
        half = 100.0 * row.half / row.theory
        axes.errorbar(100.0 * row.bias, height, xerr=half, fmt="o", ms=3, lw=1, color=colour)
    axes.axvline(0.0, color="black", lw=0.8)
    for edge in (-1.0, 1.0):
        axes.axvline(edge, color="grey", lw=0.8, ls="--")
    axes.set_yticks(heights, [name for name, _ in rows], fontsize=6)
    axes.set_ylim(-1, len(rows))
    axes.set_xlabel("model against theory, %, with 99.9% interval (dashed: 1%)")
    drawing.tight_layout()
    drawing.savefig(HERE / "queueing.svg", metadata={"Date": None})


def oracle_table(pairs: Pairs) -> list[str]:
    """Return a row for each measure of each network and oracle."""
    lines = [
        "| network | oracle | node | measure | oracle's value | model | gap | joint 99% interval | verdict |",
        "|---|---|---|---|---:|---:|---:|---|---|",
    ]
    for name, engine in pairs:
        for i, row in enumerate(comparing.differences(name, engine, seed=SEED)):
            names = (name.replace("_", " "), engine) if i == 0 else ("", "")
            measure, gap = row.measure.replace("_", " "), row.kernel - row.oracle
            lines.append(
                f"| {names[0]} | {names[1]} | {row.node} | {measure} | {row.oracle:.4g} "
                f"| {row.kernel:.4g} | {gap:+.2g} | {gap - row.half:.2g} to {gap + row.half:.2g} "
                f"| {'agrees' if row.covers else '**differs**'} |"
            )
        print(name, engine, flush=True)
    return lines


def replay_table(pairs: Pairs) -> list[str]:
    """Return, for each network and oracle, how many stages of the same people have the same minutes."""
    lines = ["| network | oracle | stages | with other minutes | verdict |", "|---|---|---:|---:|---|"]
    for name, engine in pairs:
        kernel, oracle = comparing.replayed(name, engine)
        if kernel.shape == oracle.shape:
            other = int((~np.isclose(kernel, oracle, rtol=0.0, atol=1e-6, equal_nan=True)).any(axis=1).sum())
        else:
            other = max(len(kernel), len(oracle))
        verdict = "agrees" if other == 0 else "**differs**"
        lines.append(f"| {name.replace('_', ' ')} | {engine} | {len(kernel):,} | {other:,} | {verdict} |")
    return lines


def page(found: Found, oracles: list[str], replay: list[str]) -> str:
    """Return the page's text."""
    rows = [row for _, some in found for row in some]
    text = _PAGE.format(
        version=version(),
        seed=SEED,
        replicates=REPLICATES,
        warm_up=WARM_UP,
        rows=len(rows),
        expected=0.001 * len(rows),
        missed=sum(not row.covers for row in rows),
        widest=100.0 * max(row.half / row.theory for row in rows),
        worst=100.0 * max(abs(row.bias) for row in rows),
        theory="\n".join(theory_table(found)),
        runs=comparing.REPLICATES,
        days=comparing.DAYS,
        kernel_days=comparing.KERNEL_DAYS,
        oracles="\n".join(oracles),
        replay="\n".join(replay),
    )
    return text


def theory() -> Found:
    """Run every comparison with theory."""
    found: Found = []
    for case in (*PLAIN, *EXTENDED):
        found.append((case, case.run(1.0, SEED)))
        print(case.name, flush=True)
    return found


def main() -> None:
    """Run every comparison and write the page and its figure."""
    found = theory()
    text = page(found, oracle_table(PAIRS), replay_table(PAIRS))
    figure(found)
    (HERE / "queueing.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
