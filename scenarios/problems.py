"""Problems found in a file, gathered and told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.refusals import LIST_ALL, scenarios_allowed
from sim.parameters.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to mend.

    Attributes:
        file: The file, as the user named it.
        line: Its line, counted from 1.
        key: The key at fault, such as 'interventions.0.start'.
        found: What is there.
        allowed: What may be there.
        nearest: The valid name most like it, or ''.
    """

    file: str
    line: int
    key: str
    found: str
    allowed: str
    nearest: str = ""

    def __str__(self) -> str:
        """Return the problem on one line."""
        text = f"{self.file}, line {self.line}: {self.key}: found {self.found}; allowed: {self.allowed}"
        return f"{text}; did you mean '{self.nearest}'?" if self.nearest else text


class InvalidFile(InputError):
    """A file with one problem or more.

    Attributes:
        problems: All of them, in the order of their lines.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))
        first = self.problems[0]
        names = [first.nearest] if first.nearest else []
        super().__init__(
            file=first.file, key=first.key, found=first.found, allowed=first.allowed, names=names
        )

    def message(self) -> str:
        """Return every problem, one a line."""
        return "\n".join(str(problem) for problem in self.problems)


class UnknownScenario(InputError):
    """A scenario that the library has not: the nearest names first, then how to see all."""

    def message(self) -> str:
        """Return the refusal, and how to list the library."""
        text = super().message()
        return f"{text}{'' if text.endswith('?') else '.'} {LIST_ALL}"

    @classmethod
    def named(cls, name: str, names: Sequence[str]) -> UnknownScenario:
        """Return the refusal of a name on the command line."""
        return cls(
            file="command line", key="SCENARIO", found=name, allowed=scenarios_allowed(name, names),
            names=names,
        )  # fmt: skip
