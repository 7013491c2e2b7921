"""The model: residents, their health, the care network, and what interventions change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.model import HealthSystem
    from sim.settings import Settings

__all__ = ["HealthSystem", "Settings"]


def __getattr__(name: str) -> Any:
    """Import the model when it is first asked for: `leftshift --help` must not wait for it."""
    if name == "HealthSystem":
        from sim.model import HealthSystem

        return HealthSystem
    if name == "Settings":
        from sim.settings import Settings

        return Settings
    raise AttributeError(f"module 'sim' has no attribute {name!r}")
