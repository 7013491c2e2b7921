"""Care nodes and the network between them: `Network` reads and checks one, `simulate` runs it alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.care.flow_folder import flow_command
    from sim.care.network import Network
    from sim.care.simulation import FlowRun, offered_load, refuse_overload, run_alone, simulate

# Imported when first used: names of nodes are wanted by commands that must answer in less time than the
# compiled kernel takes to load.
_HOMES = {
    "FlowRun": "sim.care.simulation",
    "Network": "sim.care.network",
    "flow_command": "sim.care.flow_folder",
    "offered_load": "sim.care.simulation",
    "refuse_overload": "sim.care.simulation",
    "run_alone": "sim.care.simulation",
    "simulate": "sim.care.simulation",
}

__all__ = ["FlowRun", "Network", "flow_command", "offered_load", "refuse_overload", "run_alone", "simulate"]


def __getattr__(name: str) -> Any:
    """The public name, from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
