"""Care nodes and the network between them: `Network` reads and checks one, `simulate` runs it alone."""

from sim.care.network import Network
from sim.care.simulate import flow_command, offered_load, refuse_overload, simulate

__all__ = ["Network", "flow_command", "offered_load", "refuse_overload", "simulate"]
