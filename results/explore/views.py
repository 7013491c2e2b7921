"""What the page asks for: each question by its address, with its choices checked, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from results.explore.contrast import HEADLINE_GROUP, contrast
from results.explore.explored import DIMENSIONS, GROUPS, Explored
from results.explore.network import drawn, network, node_months, node_table
from results.explore.pyramid import pyramid
from results.explore.strata import strata
from results.measures.registry import measures
from sim.parameters.errors import InputError

Query = Mapping[str, str]
Answer = dict[str, Any]
BY = ("month", "year")
FIFTHS = ("", "1", "2", "3", "4", "5")


class Views:
    """Answers of the explorer about saved runs.

    Args:
        explored: The runs.

    The tables behind them are read once and kept; one question is answered at a time.
    """

    def __init__(self, explored: Explored) -> None:
        self.explored = explored
        self._lock = Lock()
        self._answers: dict[str, Callable[[Query], Answer]] = {
            "overview": lambda query: explored.overview(),
            "warnings": lambda query: {"warnings": explored.warnings()},
            "network": self._network,
            "nodes": self._nodes,
            "strata": self._strata,
            "pyramid": self._pyramid,
            "contrast": self._contrast,
        }

    def answer(self, name: str, query: Query) -> Answer:
        """Return the answer to a question.

        Raises:
            InputError: The question or one of its choices is unknown.
        """
        with self._lock:
            return self._answers[_one_of("question", name, tuple(self._answers))](query)

    def warm(self) -> Iterator[None]:
        """Read what is likely to be asked for, a little at each step."""
        comparison, explored = self.explored.comparison, self.explored
        for run in comparison.runs:
            with self._lock:
                node_months(run, tuple(comparison.own_units(run)))
            yield
        for dimension in explored.levels:
            for run in comparison.runs:
                for by in BY:
                    with self._lock:
                        comparison.draws(run, "population", dimension, by)
                    yield
                for found in measures().values():
                    if explored.recorded(found, dimension):
                        with self._lock:
                            comparison.draws(run, found.name, dimension, "year")
                        yield

    def _pair(self, query: Query) -> tuple[str, str]:
        """Return the run that is shown and what it is held against; by default the first two that differ."""
        names = [self.explored.name_of(run) for run in self.explored.comparison.runs]
        base = self.explored.name_of(self.explored.comparison.baseline)
        run = query.get("run") or next((name for name in names if name != base), base)
        against = query.get("against") or base
        return _one_of("run", run, tuple(names)), _one_of("against", against, tuple(names))

    def _site(self, query: Query) -> str:
        return _one_of("site", query.get("site", ""), ("", *self.explored.levels.get("site", [])))

    def _network(self, query: Query) -> Answer:
        return network(self.explored, *self._pair(query), self._site(query))

    def _nodes(self, query: Query) -> Answer:
        run, against = self._pair(query)
        comparison = self.explored.comparison
        held = node_months(self.explored.run(run), tuple(comparison.own_units(self.explored.run(run))))
        kind = _one_of("kind", query.get("kind", ""), tuple(drawn(held.nodes)))
        return node_table(self.explored, run, against, kind, self._site(query))

    def _strata(self, query: Query) -> Answer:
        dimension = _one_of("dimension", query.get("dimension", "all"), tuple(self.explored.levels))
        known = tuple(one.name for one in measures().values() if self.explored.recorded(one, dimension))
        name = _one_of("measure", query.get("measure", ""), known)
        by = _one_of("by", query.get("by", "month"), BY)
        return strata(self.explored, name, dimension, *self._pair(query), by)

    def _pyramid(self, query: Query) -> Answer:
        councils = ("", *self.explored.levels.get("council", []))
        council = _one_of("council", query.get("council", ""), councils)
        fifth = _one_of("quintile", query.get("quintile", ""), FIFTHS)
        return pyramid(self.explored, *self._pair(query), council, fifth)

    def _contrast(self, query: Query) -> Answer:
        years = tuple(self.explored.comparison.years)
        dimension = _one_of("dimension", query.get("dimension", "all"), tuple(self.explored.levels))
        levels = tuple(self.explored.levels[dimension])
        return contrast(
            self.explored, *self._pair(query),
            group=_one_of("group", query.get("group", HEADLINE_GROUP), (HEADLINE_GROUP, *GROUPS)),
            period=_one_of("period", query.get("period") or years[-1], years),
            dimension=dimension,
            level=_one_of("level", query.get("level") or levels[0], levels),
        )  # fmt: skip


def _one_of(key: str, found: str, known: tuple[str, ...]) -> str:
    """Return a choice, or refuse it."""
    if found not in known:
        allowed = ", ".join(name or "(empty)" for name in known)
        raise InputError(file="explore", key=key, found=found, allowed=allowed, names=known)
    return found


__all__ = ["DIMENSIONS", "Views"]
