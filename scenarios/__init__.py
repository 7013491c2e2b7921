"""Scenarios: the language in which questions are asked, the library of them, and how they are run."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.scenario import Scenario
    from scenarios.studies import Study

__all__ = ["Scenario", "Study", "batch_run"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `leftshift --help` needs none of them."""
    if name == "Scenario":
        from scenarios.scenario import Scenario

        return Scenario
    if name == "Study":
        from scenarios.studies import Study

        return Study
    if name == "batch_run":
        from scenarios.batch import batch_run

        return batch_run
    raise AttributeError(f"module 'scenarios' has no attribute '{name}'")
