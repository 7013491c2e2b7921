"""A small area for tests of the language, so that they do not depend on Dorset's network."""

from __future__ import annotations

import pytest

from scenarios import scenario
from scenarios.names import Names

NAMES = Names(
    area="dorset",
    councils=("bcp", "dorset"),
    neighbourhoods=("north", "south"),
    nodes=("acute_east", "acute_west", "transfer_of_care", "p1_east", "p1_west", "p2_beds", "home"),
    routes={
        "acute_east": ("transfer_of_care", "home"),
        "acute_west": ("transfer_of_care", "home"),
        "transfer_of_care": ("p1_east", "p1_west", "p2_beds"),
    },
    conditions=("stroke_tia", "copd"),
    levels={"smoking": ("never", "current", "ex_under_1"), "blood_pressure": ("normal", "raised_untreated")},
    transitions=("smoking.current_to_ex_under_1",),
    need_classes=("nel_admission_total", "ed_type1_attendance"),
)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Put the small area in the place of every area."""
    monkeypatch.setattr(scenario, "load_names", lambda area: NAMES)
    return NAMES
