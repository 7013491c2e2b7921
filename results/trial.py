"""That runs are a trial, and what of a sample is not to be read: said alike wherever runs are compared.

The report, the pages of analyses and the stories say it from here. The rules are in `bearing.csv` (how much
can bear a decision), `small_scale.csv` (which queues are accidents of a sample) and `queue_measures.csv`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from results.bearing import shortcomings
from results.runs import Run
from results.small_scale import called, unreadable_nodes, waits_at
from results.wording import joined

NOT_READ = "not to be read at this scale"
"""What stands beside a figure that is an accident of the sample."""
LEAD = "In this trial run, and not for decisions: "
"""What stands before the main finding of a trial."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What stands between some runs and a decision.

    Attributes:
        notes: Sentences for the top of a page; none where the runs can bear a decision.
        unread: Measures that are accidents of the sample.
        lead: What stands before the main finding; '' where nothing need be said.
    """

    notes: tuple[str, ...]
    unread: frozenset[str]
    lead: str

    def mark(self, measure: str) -> str:
        """Return what stands behind a measure's name: '' where it may be read."""
        return f" ({NOT_READ})" if measure in self.unread else ""


def of_runs(folders: Iterable[Path], scale: float, replicates: int) -> Trial:
    """Return what is to be said of finished runs.

    Args:
        folders: Their folders; a node or measure that is an accident in one of them is one.
        scale: Share of residents kept.
        replicates: Repeat runs of each.
    """
    nodes: frozenset[str] = frozenset()
    if scale < 1.0:
        nodes = nodes.union(*(unreadable_nodes(Run(folder)) for folder in folders))
    unread = waits_at(nodes)
    lead = LEAD if shortcomings(scale, replicates) else ""
    return Trial(notes=tuple(trial_notes(scale, replicates, nodes, unread)), unread=unread, lead=lead)


def trial_notes(scale: float, replicates: int, nodes: Collection[str], unread: Collection[str]) -> list[str]:
    """Return that runs are a trial, and what of a sample is not to be read; nothing for whole runs.

    Args:
        scale: Share of residents kept.
        replicates: Repeat runs of each.
        nodes: Nodes whose queues are accidents of the sample.
        unread: Measures that are waits there.
    """
    found, short, waits = [], shortcomings(scale, replicates), called(unread)
    if short:
        found.append(f"This is a trial run ({joined(short)}): fit for trying things out, not for decisions.")
    if nodes or waits:
        of_nodes = f"waits and queues at {len(nodes)} care nodes whose places are nearly all in use"
        found.append(
            f"Do not read these: {'; '.join([*waits, of_nodes])}. Each resident kept stands for "
            f"{1 / scale:.0f}, who all need care when that one does, so demand comes in lumps, "
            "and a service with little to spare builds queues that the whole area would not have. "
            f"They are marked \u201c{NOT_READ}\u201d wherever they are shown."
        )
    return found


__all__ = ["LEAD", "NOT_READ", "Trial", "of_runs", "trial_notes"]
