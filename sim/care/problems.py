"""All problems of one file at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sim.parameters.errors import InputError
from sim.parameters.located import LocatedList, LocatedMap, Place


class InputErrors(InputError):
    """Several complaints about one file, one a line; `problems` holds them."""

    def __init__(self, problems: list[InputError]) -> None:
        self.problems = problems
        first = problems[0]
        super().__init__(file=first.file, key=first.key, found=first.found, allowed=first.allowed)
        self.nearest = first.nearest
        self.args = (self.message(),)

    def __reduce__(self) -> tuple[Callable[..., InputError], tuple[object, ...]]:
        """Survive the way from a worker process."""
        return InputErrors, (self.problems,)

    def message(self) -> str:
        """Every complaint, one a line."""
        return "\n".join(problem.message() for problem in self.problems)

    def __str__(self) -> str:
        return self.message()


class Complaints:
    """Collects the problems of one file until all are known.

    Args:
        file: The file, or another name of the origin.
        document: The file as read with the places of its keys; messages then say the line.
    """

    def __init__(self, file: object, document: object = None) -> None:
        self.file = str(file)
        self.document = document
        self.problems: list[InputError] = []
        self._told: set[str] = set()

    def add(
        self, key: str, found: object, allowed: str, names: Iterable[str] = (), place: Place | None = None
    ) -> None:
        """Note one problem, once.

        Args:
            key: Dotted key at fault.
            found: What is there.
            allowed: What may be there.
            names: Valid names, of which the nearest is told.
            place: File and line, where the key does not say.
        """
        where = place or locate(self.document, key)
        file = self.file if where is None else f"{where[0]}:{where[1]}"
        problem = InputError(file=file, key=key, found=found, allowed=allowed, names=list(names))
        if problem.message() not in self._told:
            self._told.add(problem.message())
            self.problems.append(problem)

    def raise_any(self) -> None:
        """Raise what was noted, in the order of files and lines, if anything was."""
        if self.problems:
            raise InputErrors(sorted(self.problems, key=_order))


_LINE = re.compile(r"(.*):(\d+)")


def _order(problem: InputError) -> tuple[str, int]:
    found = _LINE.fullmatch(problem.file)
    return (found.group(1), int(found.group(2))) if found else (problem.file, 0)


def locate(document: object, key: str) -> Place | None:
    """File and line of a dotted key such as `nodes.ward.places[0].from`, or of as much of it as there is.

    Names may hold dots themselves: the longest that fits is taken.
    """
    place: Place | None = getattr(document, "place", None)
    while key:
        key = key.lstrip(".")
        if isinstance(document, LocatedMap):
            fitting = [name for name in document if key == name or key.startswith((f"{name}.", f"{name}["))]
            if not fitting:
                break
            name = max(fitting, key=len)
            place, document, key = document.places.get(name, place), document[name], key[len(name) :]
        elif isinstance(document, LocatedList) and (found := re.match(r"\[?(\d+)\]?", key)):
            index = int(found.group(1))
            if index >= len(document):
                break
            place, document, key = document.places[index], document[index], key[found.end() :]
        else:
            break
    return place
