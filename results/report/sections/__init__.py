"""The sections of the report, in reading order."""

from __future__ import annotations

from collections.abc import Callable

from results.report.blocks import Context, Section
from results.report.sections.beds import beds
from results.report.sections.capacity import capacity
from results.report.sections.certainty_of_monitoring import certainty_of_monitoring
from results.report.sections.certainty_of_results import certainty_of_results
from results.report.sections.change import differences, landing
from results.report.sections.demand import demand
from results.report.sections.expected import expected
from results.report.sections.inequality import inequality
from results.report.sections.money import costs
from results.report.sections.neighbourhoods import by_neighbourhood
from results.report.sections.outcomes import outcomes
from results.report.sections.summary import side_by_side
from results.report.sections.system import system
from results.report.sections.time import through_time

MAIN: tuple[Callable[[Context], Section], ...] = (
    through_time,
    demand,
    beds,
    system,
    outcomes,
    inequality,
    by_neighbourhood,
    capacity,
)
COMPARED: tuple[Callable[[Context], Section], ...] = (
    expected,
    costs,
    differences,
    landing,
    certainty_of_results,
    certainty_of_monitoring,
)

__all__ = ["COMPARED", "MAIN", "side_by_side"]
