"""Who is eligible, in words."""

from __future__ import annotations

from scenarios.plain_names import condition, spaced, word
from scenarios.plain_numbers import number
from sim.interventions import specification as spec

OLDEST = 110
FIFTHS = {
    1: "most deprived", 2: "second most deprived", 3: "middle", 4: "second least deprived",
    5: "least deprived",
}  # fmt: skip


def who(eligible: spec.Eligibility) -> str:
    """Return whom a rule admits: 'residents aged 65 and over, moderately or severely frail'."""
    found = [
        _ages(eligible),
        *_lists(eligible),
        *_least(eligible),
        *_either(eligible),
    ]
    if eligible.without_conditions:
        found.append(f"without {' or '.join(condition(one) for one in eligible.without_conditions)}")
    if eligible.risk_stratum is not None:
        risk = eligible.risk_stratum
        found.append(f"among the {number(risk.top_share)} at highest risk of {word('risk', risk.by)}")
    if eligible.care_home is not None:
        found.append("living in a care home" if eligible.care_home else "not living in a care home")
    return f"residents {', '.join(found)}"


def _ages(eligible: spec.Eligibility) -> str:
    if eligible.age_to < OLDEST:
        return f"aged {eligible.age_from} to {eligible.age_to}"
    return f"aged {eligible.age_from} and over" if eligible.age_from else "of any age"


def _lists(eligible: spec.Eligibility) -> list[str]:
    """Return the filters that name groups."""
    found = []
    if eligible.sexes:
        found.append(" or ".join(eligible.sexes))
    if eligible.quintiles:
        fifths = " or ".join(FIFTHS[int(one)] for one in eligible.quintiles)
        found.append(f"in the {fifths} fifth of areas")
    if eligible.neighbourhoods:
        found.append(f"of the neighbourhood {_titles(eligible.neighbourhoods)}")
    if eligible.councils:
        found.append(f"of the council area {_titles(eligible.councils)}")
    if eligible.conditions:
        found.append(f"with {' or '.join(condition(one) for one in eligible.conditions)}")
    if eligible.frailty:
        frail = " or ".join(f"{one}ly" for one in eligible.frailty if one != "fit")
        classes = ["fit"] * ("fit" in eligible.frailty) + ([f"{frail} frail"] if frail else [])
        found.append(" or ".join(classes))
    if eligible.ethnicities:
        found.append(f"of {' or '.join(eligible.ethnicities)} ethnicity")
    if eligible.inclusion_groups:
        found.append(f"of the group {' or '.join(spaced(one) for one in eligible.inclusion_groups)}")
    factors = [(spaced(name), values) for name, values in dict(eligible.risk_factors).items()]
    factors += [(condition(name), values) for name, values in dict(eligible.condition_states).items()]
    return found + [f"{name} {' or '.join(spaced(value) for value in values)}" for name, values in factors]


def _titles(names: tuple[str, ...]) -> str:
    return " or ".join("BCP" if name == "bcp" else spaced(name).title() for name in names)


def _least(eligible: spec.Eligibility) -> list[str]:
    least = {
        "long-term conditions": eligible.conditions_at_least,
        "emergency admissions in the last year": eligible.recent_admissions_at_least,
        "attendances at A&E in the last year": eligible.recent_attendances_at_least,
    }
    return [f"at least {held} {name}" for name, held in least.items() if held]


def _either(eligible: spec.Eligibility) -> list[str]:
    either = {
        "giving unpaid care": eligible.carer,
        "disabled": eligible.disability,
        "in the most deprived fifth or a PLUS group": eligible.core20plus or None,
    }
    return [name if held else f"not {name}" for name, held in either.items() if held is not None]


__all__ = ["who"]
