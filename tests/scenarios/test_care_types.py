"""Types of intervention in care, as written: what is built, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Scenario
from scenarios.care_interventions import default_share
from scenarios.describing import describe
from scenarios.drawing import estimates
from scenarios.evidence import default_shares
from scenarios.names import load_names
from scenarios.problems import InvalidFile
from sim.interventions import specification as spec

NUMBER = "{{value: {0}, low: {0}, high: {0}, unit: as the field says, source: a test, grade: C}}"
HEAD = "name: test\nlabel: A test\ninterventions:\n"
SHARED = "label: Words, start: 2026-06, already_delivered: 0"
DIVERSION = (
    f"  - {{key: response, type: diversion, {SHARED}, needs: [incident_999, last_days], "
    f"found: {NUMBER.format(0.3)}, substitutes: {NUMBER.format(0.25)}, daily_capacity: {NUMBER.format(20)}, "
    "to: urgent_community_response, hours: [8, 20], weekdays: [mon, sun]}\n"
)
GROWTH = (
    f"  - {{key: slower, type: growth, {SHARED}, needs: nel_admission_total, "
    f"multiplier: {NUMBER.format(0.75)}}}\n"
)
WEEKEND = (
    f"  - {{key: weekend, type: capacity, {SHARED}, nodes: transfer_of_care_*, change: set, "
    f"places: {NUMBER.format(4)}, weekdays: [sat, sun], hours: [8, 16]}}\n"
)
SLOTS = (
    f"  - {{key: slots, type: capacity, {SHARED}, nodes: gp_appointment, change: multiply, "
    f"places: {NUMBER.format(1.1)}}}\n"
)
ADVICE = (
    f"  - {{key: advice, type: routing, {SHARED}, nodes: elective_waiting_list_*, "
    "from_destinations: elective_first_outpatient_ophthalmology, to_destinations: advised, "
    f"share: {NUMBER.format(0.3)}, substitutes: {NUMBER.format(1)}}}\n"
)


def written(folder: Path, *items: str) -> Path:
    """Write a scenario file."""
    path = folder / "test.yaml"
    path.write_text(HEAD + "".join(items), encoding="utf-8")
    return path


def test_every_type_is_built_and_told(tmp_path: Path) -> None:
    """Against Dorset's own names, with defaults where nothing is said."""
    path = written(tmp_path, DIVERSION, GROWTH, WEEKEND, SLOTS, ADVICE)
    built = Scenario.load(path).to_specification()
    service, growth, weekend, slots, advice = built.interventions
    assert isinstance(service, spec.Diversion)
    assert service.hours == (8.0, 20.0)
    assert service.induced_share.value > 0
    assert service.returns_after_days.value == 0
    assert isinstance(growth, spec.GrowthChange)
    assert growth.needs == ("nel_admission_total",)
    assert isinstance(weekend, spec.CapacityChange)
    assert weekend.timed
    assert isinstance(slots, spec.CapacityChange)
    assert slots.nodes == ("gp_appointment",)
    assert isinstance(advice, spec.RoutingChange)
    text = describe(built)
    assert "on sat, sun from 8 to 16" in text
    assert "go to urgent_community_response" in text


@pytest.mark.parametrize(
    ("item", "old", "new", "told"),
    [
        (DIVERSION, "incident_999", "incident_99", "incident_999"),
        (DIVERSION, "incident_999", "pharmacy_contact", "a need that is met one by one"),
        (DIVERSION, "to: urgent_community_response", "to: advised", "sends people on"),
        (DIVERSION, "[8, 20]", "[20, 8]", "two hours from 0 to 24"),
        (DIVERSION, "[mon, sun]", "[monday]", "a day of the week"),
        (GROWTH, "0.75", "-9", "-5 to 5"),
        (SLOTS, "change: multiply", "change: multiply, hours: [8, 9]", "slots go by day"),
        (WEEKEND, "change: set", "change: set, opens: under_pressure", "places added, at all hours"),
        (ADVICE, "to_destinations", "kinds: [a], to_destinations", "kinds"),
    ],
)
def test_what_cannot_act_is_refused(tmp_path: Path, item: str, old: str, new: str, told: str) -> None:
    """Nothing is accepted that the model would not do."""
    assert old in item
    with pytest.raises(InvalidFile, match=told):
        Scenario.load(written(tmp_path, item.replace(old, new)))


@pytest.mark.parametrize(
    "cares, induced, backfill",
    [
        ((), 0.15, 0.60), (("acute_beds",), 0.15, 0.60), (("ed", "utc"), 0.15, 0.0),
        (("ambulance",), 0.0, 0.0),
        (("transfer_of_care", "sourcing"), 0.0, 0.60), (("mental_health_liaison",), 0.0, 0.0),
        (("p1",), 0.15, 0.60), (("elective_beds",), 0.0, 0.60), (("ed", "acute_beds"), 0.15, 0.60),
        (("unheard_of",), 0.15, 0.60),
    ],
)  # fmt: skip
def test_default_shares_suit_the_kind_of_care(
    cares: tuple[str, ...], induced: float, backfill: float
) -> None:
    """One kind has its own; several kinds, or a kind that the table has not, have that of any care."""
    assert default_share("induced_share", cares).value == induced
    assert default_share("backfill_share", cares).value == backfill


def test_a_file_gets_the_defaults_of_its_nodes_and_keeps_its_own() -> None:
    """Discharge assessors: nobody new comes, and the beds freed are filled again."""
    items = {one.key: one for one in Scenario.load("home_first").to_specification().interventions}
    hubs, places = items["transfer_of_care_hubs"], items["home_care_capacity"]
    assert isinstance(hubs, spec.DelayChange) and isinstance(places, spec.CapacityChange)
    assert "Assessors free acute beds" in hubs.backfill_share.source
    assert "Care at home" in places.induced_share.source
    fleet = {one.key: one for one in Scenario.load("ambulance_fleet").to_specification().interventions}
    crews = fleet["more_vehicles"]
    assert isinstance(crews, spec.CapacityChange)
    assert "Assumed: people do not call" in crews.induced_share.source
    drawn = {
        estimate.source for estimate in estimates(Scenario.load("home_first").to_specification()).values()
    }
    assert hubs.backfill_share.source in drawn


def test_no_kind_of_care_has_two_defaults() -> None:
    """A kind of care is named once for each share, and every row has an owner and a reason."""
    for name in ("induced_share", "backfill_share"):
        rows = [row for row in default_shares() if row["name"] == name]
        named = [care for row in rows for care in row["cares"].split(";") if care]
        assert len(named) == len(set(named))
        assert len({row["source"] for row in rows}) == len(rows)
        assert all(row["owner"] and row["reason"] for row in rows)
        assert set(named) <= set(load_names("dorset").cares.values())
