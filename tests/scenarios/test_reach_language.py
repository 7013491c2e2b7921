"""The language of reach: what every new key builds, and the words for what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from scenarios import Scenario
from scenarios.names import load_names
from scenarios.problems import InvalidFile
from scenarios.reached import LimitField
from sim.interventions import specification as spec

NUMBER = "{value: 0.5, low: 0.4, high: 0.6, unit: share, source: a test, grade: C}"
PROGRAMME = f"""
name: test
label: A test
interventions:
  - key: reach
    label: Reach
    type: cohort
    start: 2026-04
    end: 2028-04
    ramp_months: 3
    fade_months: 4
    months_of_year: [11, 12, 1, 2]
    already_delivered: 0
    eligible:
      ethnicities: [asian, black]
      carer: true
      disability: false
      inclusion_groups: [homeless]
      core20plus: true
      condition_states: {{ckd: [stage_3a, stage_3b], dementia: [no]}}
      without_conditions: [dementia]
      risk_stratum: {{by: emergency_admission, top_share: {NUMBER}}}
    caseload: {NUMBER}
    stays_months: 6
    repeat_after_months: 12
    order: highest_risk
    uptake:
      mean: {NUMBER}
      ratio_by: {{quintile: {{1: 1.5}}, sex: {{male: 0.5}}, ethnicity: {{black: 0.7}}, age_band: {{85+: 2}}}}
    effects:
      - {{on: need, key: gp_appointment, multiplier: {NUMBER}, after_stop: fades, fade_months: 6}}
    staff: [{{group: community_nurses, hours: {NUMBER}, per: contact}}]
    costs: [{{amount: {NUMBER}, per: person_month, payer: nhs}}]
  - key: points
    label: By dated points
    type: transition
    start: 2026-04
    schedule: [{{month: 2026-04, share: 0.2}}, {{month: 2026-10, share: 1}}]
    already_delivered: 0
    effects: [{{on: mortality, key: all, multiplier: {NUMBER}}}]
"""


def load(folder: Path, text: str) -> tuple[Any, ...]:
    """Return the interventions that a file builds."""
    path = folder / "test.yaml"
    path.write_text(text, encoding="utf-8")
    return Scenario.load(path).to_specification().interventions


def test_every_key_is_built(tmp_path: Path) -> None:
    programme, points = load(tmp_path, PROGRAMME)
    assert isinstance(programme, spec.CohortProgramme)
    who = programme.eligible
    assert (who.carer, who.disability, who.core20plus) == (True, False, True)
    assert who.condition_states == (("ckd", ("stage_3a", "stage_3b")), ("dementia", ("no",)))
    assert who.ethnicities == ("asian", "black")
    assert who.without_conditions == ("dementia",)
    assert who.risk_stratum is not None
    assert who.risk_stratum.by == "emergency_admission"
    assert programme.uptake.ratio_by == (
        ("quintile", (("1", 1.5),)), ("sex", (("male", 0.5),)), ("ethnicity", (("black", 0.7),)),
        ("age_band", (("85+", 2.0),)),
    )  # fmt: skip
    assert (programme.order, programme.stays_months) == ("highest_risk", 6)
    assert programme.months_of_year == (11, 12, 1, 2)
    assert programme.effects[0].after_stop == "fades"
    assert programme.staff[0].group == "community_nurses"
    assert points.schedule == (
        spec.SharePoint(month="2026-04", share=0.2), spec.SharePoint(month="2026-10", share=1.0),
    )  # fmt: skip


BAD = [
    ("fade_months: 4", "fade_months: 4.5", "fade_months", "a whole number"),
    ("end: 2028-04", "end: 2026-03", "end after the start", "2026-03"),
    ("[11, 12, 1, 2]", "[11, 13]", "months_of_year", "13"),
    ("[asian, black]", "[asien]", "ethnicities", "did you mean 'asian'?"),
    ("[homeless]", "[homless]", "inclusion_groups", "did you mean 'homeless'?"),
    ("[stage_3a, stage_3b]", "[stage_3]", "condition_states", "did you mean 'stage_3"),
    ("by: emergency_admission", "by: admission", "risk_stratum.by", "emergency_admission"),
    ("stays_months: 6", "note: no stay", "caseload with stays_months", "a caseload alone"),
    ("repeat_after_months: 12", "repeat_after_months: 3", "at least stays_months", "3"),
    ("order: highest_risk", "order: highest", "order", "highest_risk"),
    ("sex: {male: 0.5}", "sex: {men: 0.5}", "ratio_by", "male, female"),
    ("{black: 0.7}", "{black: 0}", "ratio_by", "0"),
    ("after_stop: fades, fade_months: 6", "after_stop: fades", "fade_months, 1 or more", "fades"),
    ("per: contact", "per: visit", "staff.0.per", "visit"),
    ("{month: 2026-10, share: 1}", "{month: 2026-02, share: 1}", "schedule", "not in order"),
    ("{month: 2026-10, share: 1}", "{month: 2026-10, share: 3}", "share", "3"),
]


@pytest.mark.parametrize(("old", "new", "allowed", "found"), BAD)
def test_what_cannot_be_is_told(tmp_path: Path, old: str, new: str, allowed: str, found: str) -> None:
    assert old in PROGRAMME
    with pytest.raises(InvalidFile) as refused:
        load(tmp_path, PROGRAMME.replace(old, new, 1))
    message = refused.value.message()
    assert allowed in message
    assert found in message


def limit(**what: Any) -> dict[str, Any]:
    """Return a limit as YAML gives it."""
    given = {
        "key": "purse", "kind": "budget", "of": "nhs", "per_year": yaml.safe_load(NUMBER),
        "interventions": ["reach"],
    }  # fmt: skip
    return given | what


def test_a_limit_is_built_and_a_budget_needs_a_payer() -> None:
    built = LimitField.model_validate(limit()).build()
    assert (built.kind, built.of, built.interventions) == ("budget", "nhs", ("reach",))
    assert LimitField.model_validate(limit(kind="staff", of="community_nurses")).build().of
    with pytest.raises(ValidationError, match="one of nhs, council"):
        LimitField.model_validate(limit(of="community_nurses"))


def test_states_are_those_of_the_conditions_folders() -> None:
    states = load_names("dorset").states
    assert states["ckd"] == ("no", "stage_3a", "stage_3b", "stage_4_5")
    assert states["dementia"][0] == "no"
