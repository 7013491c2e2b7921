"""Care nodes and neighbourhood teams as Mesa agents, on a Mesa network space."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import mesa
import networkx as nx
import numpy as np
from mesa.discrete_space import FixedAgent, Network

from sim.care.check import routing
from sim.care.network import Network as CareNetwork
from sim.kernels import flow_layout as at

if TYPE_CHECKING:
    from sim.model import HealthSystem


class Identities:
    """The next identity in each model, as long as the model lives.

    Mesa's own counter of identities keeps every model that ever had an agent, half a gigabyte each, until the
    process ends.
    """

    def __init__(self) -> None:
        self._of_model: WeakKeyDictionary[mesa.Model, Iterator[int]] = WeakKeyDictionary()

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        """Return the counter of a model, from 1."""
        return self._of_model.setdefault(model, count(1))


IDENTITIES = Identities()


class CareNode(FixedAgent):  # type: ignore[misc]
    """A place or service of the care network; its numbers are read from the running kernel.

    Args:
        model: The model.
        cell: Its cell of the network space.
        name: Key of the node.
        index: Its index in the compiled network.
        label: Plain words.
        kind_of_care: What it is.
        site: Key of its site, or None.
    """

    _ids = IDENTITIES

    def __init__(
        self,
        model: HealthSystem,
        cell: Any,
        name: str,
        index: int,
        label: str,
        kind_of_care: str,
        site: str | None,
    ) -> None:
        super().__init__(model)
        self.cell = cell
        self.name = name
        self.index = index
        self.label = label
        self.kind_of_care = kind_of_care
        self.site = site

    def _count(self, column: int) -> int:
        return int(self.model.care.state._state.node_int[self.index, column])

    @property
    def places(self) -> int | None:
        """Places open now; None when unlimited."""
        count = self._count(at.PLACES)
        return None if count >= at.UNLIMITED else count

    @property
    def occupied(self) -> int:
        """Places in use now."""
        return self._count(at.OCCUPIED)

    @property
    def queue(self) -> int:
        """People waiting now."""
        return self._count(at.QUEUE)

    @property
    def blocked(self) -> int:
        """People who have finished here and keep a place: they cannot go on, or are being seen further on."""
        return self._count(at.BLOCKED_HERE) + self._count(at.HELD) + self._count(at.DELAYED)


class NeighbourhoodTeam(mesa.Agent):  # type: ignore[misc]
    """An integrated neighbourhood team and the residents registered with its practices.

    Args:
        model: The model.
        name: Key of the neighbourhood.
        index: Its index in the residents' column.
    """

    _ids = IDENTITIES

    def __init__(self, model: HealthSystem, name: str, index: int) -> None:
        super().__init__(model)
        self.name = name
        self.index = index

    @property
    def residents(self) -> Any:
        """Those registered with it now."""
        return self.model.residents.select(neighbourhood=self.index)

    @property
    def list_size(self) -> int:
        """How many are registered with it now."""
        return len(self.residents)


def graph_of(network: CareNetwork) -> nx.DiGraph:
    """Return the network as a graph: nodes and exits, edges with their mean probability."""
    graph = nx.DiGraph()
    names = [*network.node_names, *network.exit_names]
    graph.add_nodes_from(names)
    ways = routing(network.flow).mean(axis=0)
    for node, target in zip(*np.nonzero(ways), strict=True):
        graph.add_edge(names[node], names[target], probability=float(ways[node, target]))
    return graph


def place_agents(model: HealthSystem, network: CareNetwork, neighbourhoods: tuple[str, ...]) -> Network:
    """Create the agents of a model and return the space on which the care nodes stand."""
    space = Network(graph_of(network), random=model.random)
    for index, (name, node) in enumerate(network.file.nodes.items()):
        CareNode(model, space[name], name, index, node.label or name, str(node.kind_of_care), node.site)
    for index, name in enumerate(neighbourhoods):
        NeighbourhoodTeam(model, name, index)
    return space
