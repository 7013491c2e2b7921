"""What the page of a network run alone says in words."""

from __future__ import annotations

import math

from results.flow.tables import FlowTables
from results.wording import Estimate, joined, number

FULL = 0.95
MOST_NAMED = 6
LOSSES = (
    ("turned_away", "Turned away"),
    ("balked", "Put off by the queue"),
    ("reneged", "Leave the queue"),
    ("died", "Die waiting"),
    ("overflowed", "Go elsewhere, blocked on the way"),
)


def estimate(row: object, name: str, factor: float = 1.0) -> Estimate:
    """A measure of a node with its interval."""
    low, high = getattr(row, f"{name}_low", math.nan), getattr(row, f"{name}_high", math.nan)
    return Estimate(getattr(row, name) * factor, low * factor, high * factor)


def findings(tables: FlowTables) -> list[str]:
    """The fullest node, the longest wait, where people are blocked, who is turned away."""
    nodes, unit = tables.nodes, tables.time_unit
    said = []
    limited = nodes.dropna(subset=["utilisation"])
    if len(limited):
        row = next(limited.sort_values("utilisation", ascending=False).itertuples())
        said.append(
            f"The fullest node is {tables.label(row.node)}: "
            f"{estimate(row, 'utilisation', 100).text(suffix='%')} of "
            f"its {tables.places(row.node)} places are in use."
        )
    waiting = nodes[nodes["mean_wait"] > 0]
    if len(waiting):
        row = next(waiting.sort_values("mean_wait", ascending=False).itertuples())
        said.append(
            f"The longest waits are at {tables.label(row.node)}: "
            f"{estimate(row, 'mean_wait').text()} {unit} on "
            f"average; one in twenty waits longer than "
            f"{number(row.p95_wait, estimate(row, 'p95_wait').places)}."
        )
    else:
        said.append("Nobody waits at any node before service begins.")
    blocked = nodes[nodes["mean_blocked"] > 0].sort_values("mean_blocked", ascending=False)
    if len(blocked):
        row = next(blocked.itertuples())
        said.append(
            f"Blocking is worst at {tables.label(row.node)}: {estimate(row, 'mean_blocked').text()} "
            f"people there have "
            "finished and cannot go on."
        )
    return said + [told for name, words in LOSSES if (told := _lost(tables, name, words))]


def _lost(tables: FlowTables, name: str, words: str) -> str:
    """Who did not get what they came for, as shares of those who came to each node."""
    if name not in tables.nodes:
        return ""
    shares = {
        tables.label(row.node): getattr(row, name) / row.arrivals
        for row in tables.nodes.itertuples()
        if getattr(row, name) > 0
    }
    told = [f"{_share(share)} at {node}" for node, share in sorted(shares.items(), key=lambda one: -one[1])]
    return f"{words}: {joined(told[:MOST_NAMED])} of those who come." if told else ""


def _share(share: float) -> str:
    return "under 0.1%" if share < 0.001 else f"{number(100 * share, 1)}%"


def warm_up_sentence(tables: FlowTables) -> str:
    """Whether the warm-up was long enough, and what to do."""
    found = tables.manifest["warm_up"]
    given, suggested = found["given_days"], found["suggested_days"]
    if found["verdict"] == "unknown":
        return (
            "Whether the warm-up is long enough cannot be told: that takes three replicates or "
            "more, and somebody in "
            "the network."
        )
    if found["verdict"] == "still_changing":
        return (
            "The number of people in the network is still changing in the second half of the run, "
            "so no warm-up can "
            "be suggested and the means are not those of a steady state. Simulate more days (a "
            "larger --warm-up and "
            "--days), or look for a node that is offered nearly as much as it can take."
        )
    if found["verdict"] == "too_short":
        return (
            f"The warm-up of {given:g} days is too short: the network is still filling when "
            f"measuring begins. Run again "
            f"with --warm-up {math.ceil(suggested)} or more."
        )
    told = "from the first day" if suggested == 0 else f"from day {suggested:g}"
    return f"The warm-up of {given:g} days is long enough: the network is at its later level {told} on."


def precision_sentences(tables: FlowTables) -> list[str]:
    """Whether the replicates reach the precision asked for."""
    table, asked = tables.precision, tables.settings["precision"]
    words = f"within {100 * asked:g}% of the mean wait, 95 times in 100"
    if int(table["replicates_run"].iloc[-1]) < 2:
        return [
            f"One replicate says nothing of its own precision: run two or more to see how many are "
            f"needed {words}."
        ]
    whole = table.iloc[-1]
    said = []
    if math.isfinite(whole["replicates_needed"]):
        said.append(
            f"To know the mean wait over all visits {words}, {number(whole['replicates_needed'])} "
            f"replicates are needed; "
            f"{whole['replicates_run']} were run."
        )
    missed = table.iloc[:-1][~table.iloc[:-1]["met"].astype(bool)]
    if len(missed):
        needed = missed["replicates_needed"].dropna()
        most = f" The most that a node needs is {number(needed.max())}." if len(needed) else ""
        said.append(
            f"{len(missed)} of {len(table) - 1} nodes {'misses' if len(missed) == 1 else 'miss'} "
            f"that precision with what was run.{most}"
        )
    else:
        said.append("Every node reaches that precision.")
    return said


def load_sentence(tables: FlowTables) -> str:
    """How near the offered load comes to the places."""
    finite = tables.offered_load[tables.offered_load["ratio"].notna()]
    high = finite[finite["ratio"] >= FULL]
    if len(high):
        names = joined([tables.label(node) for node in high["node"]][:6])
        return (
            f"Offered at least {100 * FULL:g}% of what they can take: {names}. There waits are "
            f"long, uncertain and "
            "sensitive to every number."
        )
    return "Every node is offered less than 95% of what it can take."
