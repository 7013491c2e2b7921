"""A scenario in plain English, for `leftshift scenario show` and the report."""

from __future__ import annotations

from collections.abc import Iterable

from sim.interventions import specification as spec

GRADES = {"A": "read", "B": "recalled", "C": "assumed"}


def describe(scenario: spec.ScenarioSpecification, variants: Iterable[str] = ()) -> str:
    """Return a scenario as a page of text."""
    lines = [scenario.label, "=" * len(scenario.label), "", scenario.description or "No description.", ""]
    others = list(variants)
    if len(others) > 1:
        lines += [f"Variant: {scenario.variant} (of {', '.join(others)}).", ""]
    if not scenario.interventions:
        lines.append("It changes nothing.")
    for number, intervention in enumerate(scenario.interventions, start=1):
        lines += [
            f"{number}. {intervention.label}",
            *(f"   {line}" for line in _intervention(intervention)),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _intervention(intervention: spec.Intervention) -> Iterable[str]:
    """Yield the sentences about one intervention."""
    yield _when(intervention)
    match intervention:
        case spec.CohortProgramme():
            yield from _cohort(intervention)
        case spec.PopulationEffect():
            yield f"For {_who(intervention.eligible)}:"
            yield from (_effect(effect) for effect in intervention.effects)
        case spec.CapacityChange():
            where = _list(intervention.nodes)
            when = _times(intervention.weekdays, intervention.hours)
            yield f"Places at {where}{when}: {intervention.change} {_number(intervention.places)}."
            if intervention.opens == "under_pressure":
                yield f"They open when {intervention.open_above:g} times as many want a place as are open."
            yield f"Of the new capacity, {_number(intervention.induced_share)} is taken by new demand."
            yield f"Of the bed time freed, {_number(intervention.backfill_share)} is filled again."
        case spec.ServiceTimeChange():
            yield f"Time in service at {_list(intervention.nodes)}: {_time(intervention)}."
        case spec.DelayChange():
            way = f"{_list(intervention.from_nodes)} to {_list(intervention.to_nodes)}"
            yield f"Delay from {way}: {_time(intervention)}."
            yield "Where the wait is for a place and not for a decision, this saves nothing."
        case spec.RoutingChange():
            yield from _routing(intervention)
        case spec.Diversion():
            yield from _diversion(intervention)
        case spec.GrowthChange():
            needs = _list(intervention.needs)
            yield f"Growth beyond demography of {needs} multiplied by {_number(intervention.multiplier)}."
    for cost in intervention.costs:
        per, payer = cost.per.replace("_", " "), cost.payer.replace("_", " ")
        yield f"Costs {_number(cost.amount)}, per {per}; paid by: {payer}."
    if intervention.already_delivered:
        yield f"{intervention.already_delivered:.0%} of this is in the baseline already."
    if intervention.note:
        yield f"Note: {' '.join(intervention.note.split())}"


def _when(intervention: spec.Intervention) -> str:
    """Return from when, until when and how fast."""
    until = f" until {intervention.end}" if intervention.end else ""
    ramp = f", growing to full over {intervention.ramp_months} months" if intervention.ramp_months else ""
    return f"From {intervention.start}{until}{ramp}."


def _cohort(programme: spec.CohortProgramme) -> Iterable[str]:
    """Yield the sentences about a service that reaches residents."""
    yield f"For {_who(programme.eligible)}."
    if programme.contacts is not None:
        contacts, months = _number(programme.contacts), programme.contacts_months
        yield f"Neighbourhood teams have {contacts}, over {months} months."
    if programme.offered_per_year:
        yield f"Offered each year to {_number(programme.offered_per_year)}."
    if programme.monthly_capacity:
        yield f"Takes on at most {_number(programme.monthly_capacity)}."
    ratios = ", ".join(f"{ratio:g}" for ratio in programme.uptake.ratio_by_quintile)
    yield f"Accepted by {_number(programme.uptake.mean)}; odds by quintile, most deprived first: {ratios}."
    yield from (_effect(effect) for effect in programme.effects)
    for move in programme.moves:
        to = f"{move.from_level} to {move.to_level}".replace("_", " ")
        yield f"- {move.factor.replace('_', ' ')} moves from {to} for {_number(move.probability)}."


def _effect(effect: spec.Effect) -> str:
    """Return one effect as a line."""
    what = {
        "transition": f"rate of {effect.key}",
        "onset": f"onset of {effect.key}",
        "mortality": "death" if effect.key == "all" else f"death from {effect.key}",
        "need": f"rate of {effect.key}",
    }[effect.on].replace("_", " ")
    lasts = f", for {effect.lasts_months} months" if effect.lasts_months else ""
    grows = f", full after {effect.ramp_months} months" if effect.ramp_months else ""
    null = "; centred on no effect" if effect.multiplier.value == 1 else ""
    return f"- {what} multiplied by {_number(effect.multiplier)}{grows}{lasts}{null}."


def _routing(change: spec.RoutingChange) -> Iterable[str]:
    """Yield the sentences about people sent elsewhere."""
    yield (
        f"At {_list(change.nodes)}, of those who went to {_list(change.from_destinations)}, "
        f"{_number(change.share)} go to {_list(change.to_destinations)}"
        f"{_times(change.weekdays, change.hours)}."
    )
    yield f"Of those, {_number(change.substitutes)} never need the first; the others go on to it."
    yield f"New demand for each person moved: {_number(change.induced_share)}."


def _diversion(service: spec.Diversion) -> Iterable[str]:
    """Yield the sentences about a service that takes emergencies from where they were going."""
    when = _times(service.weekdays, service.hours)
    yield f"Takes {_list(service.needs)} of {_who(service.eligible)}{when}."
    yield f"It learns of {_number(service.found)}."
    if service.daily_capacity:
        yield f"It can take {_number(service.daily_capacity)}."
    where = "are helped at home" if service.to == "home" else f"go to {service.to}"
    yield f"Those taken {where}; {_number(service.substitutes)} never need the first place."
    yield f"Its turn among competing services: {service.order}."
    yield f"New demand for each person taken: {_number(service.induced_share)}."


def _times(weekdays: tuple[str, ...], hours: tuple[float, float] | None) -> str:
    """Return at which times something holds, or nothing when always."""
    days = f" on {_list(weekdays)}" if weekdays else ""
    return days + (f" from {hours[0]:g} to {hours[1]:g}" if hours else "")


def _time(change: spec.ServiceTimeChange | spec.DelayChange) -> str:
    """Return a change of time."""
    verb = "multiplied by" if change.change == "multiply" else "changed by"
    return f"{verb} {_number(change.amount)}, for {_number(change.share)}"


def _number(estimate: spec.Estimate) -> str:
    """Return a number with interval, unit, grade and where it comes from."""
    interval = "" if estimate.low == estimate.high else f" ({estimate.low:g} to {estimate.high:g})"
    where = estimate.evidence_id or estimate.source
    return (
        f"{estimate.value:g}{interval} {estimate.unit} [{where}; {estimate.grade}, {GRADES[estimate.grade]}]"
    )


def _who(eligible: spec.Eligibility) -> str:
    """Return who is eligible, in words."""
    oldest = 110
    words = [
        f"aged {eligible.age_from} to {eligible.age_to}"
        if eligible.age_to < oldest
        else f"aged {eligible.age_from} and over"
        if eligible.age_from
        else "of any age"
    ]
    lists = {
        "sex": eligible.sexes,
        "quintile": tuple(str(quintile) for quintile in eligible.quintiles),
        "neighbourhood": eligible.neighbourhoods,
        "council": eligible.councils,
        "condition": eligible.conditions,
        "frailty": eligible.frailty,
        **dict(eligible.risk_factors),
    }
    words += [
        f"{name.replace('_', ' ')} {' or '.join(values)}".replace("_", " ")
        for name, values in lists.items()
        if values
    ]
    least = {
        "long-term conditions": eligible.conditions_at_least,
        "emergency admissions in the last year": eligible.recent_admissions_at_least,
        "attendances in the last year": eligible.recent_attendances_at_least,
    }
    words += [f"at least {number} {name}" for name, number in least.items() if number]
    if eligible.care_home is not None:
        words.append("living in a care home" if eligible.care_home else "not living in a care home")
    return f"residents {', '.join(words)}"


def _list(names: tuple[str, ...]) -> str:
    """Return names joined in words."""
    return ", ".join(names)
