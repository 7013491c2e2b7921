"""Recurring sessions, such as weekly clinics, written as the calendar and service time that they mean.

`slots: [{weekdays: [tue], from: 9, to: 12, slots: 18}]` opens 18 places from nine to twelve on Tuesdays, and
who takes one keeps it for the session: each slot takes one person off the queue, and one that nobody has
asked for by the end of the session is lost.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from sim.care.problems import Complaints
from sim.care.schema import Session


def write_out(nodes: dict[Any, Any], complaints: Complaints) -> dict[Any, Any]:
    """Nodes in which `slots` have become `places` and `service`; anything else is left as it is.

    Args:
        nodes: The section `nodes` of a file as read.
        complaints: Takes sessions that cannot be.
    """
    return {
        name: _node(name, node, complaints) if isinstance(node, dict) and "slots" in node else node
        for name, node in nodes.items()
    }


def _node(name: Any, node: dict[Any, Any], complaints: Complaints) -> dict[Any, Any]:
    key = f"nodes.{name}.slots"
    both = [word for word in ("places", "service") if word in node]
    if both:
        complaints.add(
            key, f"slots and {' and '.join(both)}", "slots alone: they say the places and the time"
        )
    sessions = _sessions(node["slots"], key, complaints)
    rest = {word: value for word, value in node.items() if word != "slots"}
    lengths = {session.to - session.from_ for session in sessions}
    if len(lengths) > 1 or any(length <= 0.0 for length in lengths):
        complaints.add(key, sorted(lengths), "sessions of one length in hours, above 0")
    places = [
        {"from": s.from_, "to": s.to, "places": s.slots, **({"weekdays": s.weekdays} if s.weekdays else {})}
        for s in sessions
    ]
    hours = max(lengths, default=1.0)
    service = {"distribution": "deterministic", "unit": "hour", "value": hours}
    return {**rest, "places": places, "service": service}


def _sessions(given: Any, key: str, complaints: Complaints) -> list[Session]:
    found = []
    for i, entry in enumerate(given if isinstance(given, list) else [given]):
        try:
            found.append(Session.model_validate(entry))
        except ValidationError as error:
            for problem in error.errors():
                where = ".".join([f"{key}[{i}]", *(str(part) for part in problem["loc"][:1])])
                complaints.add(where, problem["input"], problem["msg"])
    return found
