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
from sim.parameters.located import LocatedMap, like

_KEYS = ("from", "to", "slots", "weekdays")


def write_out(nodes: dict[Any, Any], complaints: Complaints) -> dict[Any, Any]:
    """Nodes in which `slots` have become `places` and `service`; anything else is left as it is.

    Args:
        nodes: The section `nodes` of a file as read.
        complaints: Takes sessions that cannot be.
    """
    written = {
        name: _node(name, node, complaints) if isinstance(node, dict) and "slots" in node else node
        for name, node in nodes.items()
    }
    return like(nodes, written)


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
    written = like(node, {**rest, "places": places, "service": service})
    if isinstance(written, LocatedMap) and isinstance(node, LocatedMap):
        written.places |= {word: node.places["slots"] for word in ("places", "service")}
    return written


def _sessions(given: Any, key: str, complaints: Complaints) -> list[Session]:
    found = []
    for i, entry in enumerate(given if isinstance(given, list) else [given]):
        try:
            found.append(Session.model_validate(entry))
        except ValidationError as error:
            faulty = {str(problem["loc"][0]) if problem["loc"] else "": problem for problem in error.errors()}
            for word, problem in faulty.items():
                where, kind = f"{key}[{i}].{word}".rstrip("."), problem["type"]
                if kind == "extra_forbidden":
                    complaints.add(where, word, "one of the keys " + ", ".join(_KEYS), _KEYS)
                else:
                    given_here = "nothing" if kind == "missing" else problem["input"]
                    complaints.add(where, given_here, problem["msg"].removeprefix("Input should be "))
    return found
