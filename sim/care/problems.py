"""All problems of one file at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sim.parameters.errors import InputError


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
    """Collects the problems of one file until all are known."""

    def __init__(self, file: object) -> None:
        self.file = str(file)
        self.problems: list[InputError] = []

    def add(self, key: str, found: object, allowed: str, names: Iterable[str] = ()) -> None:
        """Note one problem."""
        self.problems.append(
            InputError(file=self.file, key=key, found=found, allowed=allowed, names=list(names))
        )

    def raise_any(self) -> None:
        """Raise what was noted, if anything was."""
        if self.problems:
            raise InputErrors(self.problems)
