"""Every stage of every patient of a network run alone, as rows: in memory or in a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.care.network import Network
from sim.kernels import flow_layout as at
from sim.kernels.flow import Present, Stages

INSIDE = "(still here)"
_INSIDE_CODE = np.iinfo(np.int64).min
# Codes of the log beyond exits: name of the constant in `flow_layout`, words. Each runs down from its
# constant over targets or reasons; one that this kernel does not have is passed over.
ENDS = (
    ("TURNED_AWAY", "(turned away)"),
    ("DIVERTED", "(diverted to {node})"),
    ("REMOVED", "(removed)"),
    ("BALKED", "(balked)"),
    ("RENEGED", "(left the queue for {node})"),
    ("WORSENED", "(worsened, to {node})"),
    ("DIED", "(died waiting)"),
    ("OVERFLOWED", "(overflowed to {node})"),
)


def next_name(network: Network, code: int) -> str:
    """What the log's `next` says: a node, an exit, or how else the stage ended, in brackets."""
    if code >= 0:
        return network.node_names[code]
    if code == _INSIDE_CODE:
        return INSIDE
    if code > at.TURNED_AWAY:
        return network.exit_names[-1 - code]
    known = [(int(getattr(at, name)), words) for name, words in ENDS if hasattr(at, name)]
    base, words = min((pair for pair in known if pair[0] >= code), key=lambda pair: pair[0])
    return words.replace("{node}", _target_name(network, base - code))


def _target_name(network: Network, target: int) -> str:
    """A node by its index, or an exit counted on after the nodes."""
    names = [*network.node_names, *network.exit_names]
    return names[target] if 0 <= target < len(names) else str(target)


class JourneySink(Protocol):
    """Takes the stages of one replicate after another."""

    def add(self, replicate: int, stages: Stages) -> None:
        """Take finished stages."""

    def add_present(self, replicate: int, present: Present) -> None:
        """Take the stages of those still in the network at the end."""


def stages_of(present: Present) -> Stages:
    """Those still in the network as stages without an end."""
    unknown = np.full(len(present.node), np.nan)
    start = np.where(present.status == at.WAITING, np.nan, present.time_start)
    return Stages(
        person_slot=present.person_slot, person_id=present.person_id, episode=present.episode,
        kind=present.kind, node=present.node, next=np.full(len(present.node), _INSIDE_CODE),
        time_join=present.time_join, time_start=start, time_service_end=unknown, time_leave=unknown,
    )  # fmt: skip


class Journeys:
    """Turns stages into rows; `persons` number the people of a replicate.

    Args:
        network: The network.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._attributes = list(network.file.kinds)
        self._episodes: dict[int, int] = {}
        self.schema = pa.schema(
            [
                ("replicate", pa.int32()),
                ("person", pa.int64()),
                *((name, pa.dictionary(pa.int32(), pa.string())) for name in self._attributes),
                ("node", pa.dictionary(pa.int32(), pa.string())),
                ("next", pa.dictionary(pa.int32(), pa.string())),
                ("join", pa.float64()),
                ("start", pa.float64()),
                ("service_end", pa.float64()),
                ("leave", pa.float64()),
            ]
        )

    def rows(self, replicate: int, stages: Stages) -> Any:
        """The stages as an Arrow table of `schema`, times in the file's unit from the first instant."""
        unit = self._network.time_unit_minutes
        columns: list[Any] = [
            pa.array(np.full(len(stages.node), replicate, dtype=np.int32)),
            pa.array(self._persons(stages)),
        ]
        for name in self._attributes:
            levels = list(dict.fromkeys(kind[name] for kind in self._network.kinds))
            codes = np.array([levels.index(kind[name]) for kind in self._network.kinds], dtype=np.int32)
            columns.append(_coded(codes[stages.kind], levels))
        columns.append(_coded(stages.node.astype(np.int32), list(self._network.node_names)))
        codes, where = np.unique(stages.next, return_inverse=True)
        columns.append(_coded(where.astype(np.int32), [next_name(self._network, int(c)) for c in codes]))
        times = (stages.time_join, stages.time_start, stages.time_service_end, stages.time_leave)
        columns += [pa.array(time / unit, from_pandas=True) for time in times]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _persons(self, stages: Stages) -> NDArray[np.int64]:
        """A number for each person of a replicate: the stream of arrivals above, which arrival below."""
        found = np.unique(stages.episode)
        for code in found:
            self._episodes.setdefault(int(code), len(self._episodes))
        streams = np.array([self._episodes[int(code)] for code in found], dtype=np.int64)
        which = streams[np.searchsorted(found, stages.episode)]
        return np.asarray((which << 32) | (stages.person_id & 0xFFFFFFFF))


def _coded(codes: NDArray[np.int32], names: list[str]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, type=pa.string()))


class JourneyFile:
    """Writes journeys chunk by chunk, so that memory does not grow with the run.

    Args:
        network: The network.
        path: The Parquet file, made at once.
    """

    def __init__(self, network: Network, path: Path) -> None:
        self._journeys = Journeys(network)
        self._writer = pq.ParquetWriter(path, self._journeys.schema)

    def add(self, replicate: int, stages: Stages) -> None:
        """Write finished stages."""
        if len(stages.node):
            self._writer.write_table(self._journeys.rows(replicate, stages))

    def add_present(self, replicate: int, present: Present) -> None:
        """Write the stages of those still inside."""
        self.add(replicate, stages_of(present))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


class JourneyTable:
    """Keeps journeys in memory.

    Args:
        network: The network.
    """

    def __init__(self, network: Network) -> None:
        self._journeys = Journeys(network)
        self._parts: list[Any] = []

    def add(self, replicate: int, stages: Stages) -> None:
        """Keep finished stages."""
        self._parts.append(self._journeys.rows(replicate, stages))

    def add_present(self, replicate: int, present: Present) -> None:
        """Keep the stages of those still inside."""
        self.add(replicate, stages_of(present))

    def to_frame(self) -> pd.DataFrame:
        """All of them as a table; categories for words."""
        if not self._parts:
            self._parts = [self._journeys.schema.empty_table()]
        frame: pd.DataFrame = pa.concat_tables(self._parts).unify_dictionaries().to_pandas()
        return frame
