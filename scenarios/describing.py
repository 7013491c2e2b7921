"""A scenario in plain English, for `leftshift scenario show` and the report."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Mapping

from scenarios.document import ScenarioDocument
from scenarios.expectations import ExpectField
from scenarios.programmes import programmes
from sim.interventions import specification as spec

GRADES = {"A": "read", "B": "recalled", "C": "assumed"}


def describe(
    scenario: spec.ScenarioSpecification,
    variants: Iterable[str] = (),
    about: ScenarioDocument | None = None,
    today: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """Return a scenario as a page of text.

    Args:
        scenario: What it changes.
        variants: Every variant that it has.
        about: Its file, for its question, family, programmes and what is expected of it.
        today: For an intervention's key, sentences about today's population.
    """
    lines = [scenario.label, "=" * len(scenario.label), "", scenario.description or "No description.", ""]
    lines += list(_about(about)) if about is not None else []
    others = list(variants)
    if len(others) > 1:
        lines += [f"Variant: {scenario.variant} (of {', '.join(others)}).", ""]
    if not scenario.interventions:
        lines.append("It changes nothing.")
    for number, intervention in enumerate(scenario.interventions, start=1):
        lines += [
            f"{number}. {intervention.label}",
            *(f"   {line}" for line in _intervention(intervention)),
            *(f"   {line}" for line in (today or {}).get(intervention.key, ())),
            "",
        ]
    lines += [f"Limit: {_limit(limit)}" for limit in scenario.limits]
    if about is not None and about.expects:
        lines += ["Expected of it:", *(f"- {_expected(one)}" for one in about.expects)]
    return "\n".join(lines).rstrip() + "\n"


def _about(about: ScenarioDocument) -> Iterable[str]:
    """Yield what a file says of its question, family and programmes."""
    if about.question:
        yield f"Question: {' '.join(about.question.split())}"
    if about.family:
        yield f"Family: {about.family.replace('_', ' ')}."
    if about.programmes:
        rows = programmes()
        named = [f"{rows[one]['programme']} ({one}, plan {rows[one]['plan']})" for one in about.programmes]
        yield f"Programmes of the plans: {'; '.join(named)}."
    yield ""


def _expected(one: ExpectField) -> str:
    """Return an expectation as a sentence."""
    variant = f" ({one.variant})" if one.variant else ""
    when = "in its first year" if one.years == 1 else f"in year {one.years}"
    return f"{one.measure} {one.direction} {when}{variant}: {one.why}"


def _limit(limit: spec.Limit) -> str:
    """Return a limit that interventions share, as a sentence."""
    kind = f"budget of {limit.of}" if limit.kind == "budget" else f"hours of {limit.of}"
    return (
        f"{limit.label or limit.key}, {kind.replace('_', ' ')}: {_number(limit.per_year)}, shared by "
        f"{_list(limit.interventions)}."
    )


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
        yield (
            f"{intervention.already_delivered:.0%} of this is in the baseline already: people reached are "
            "those of all of it, effects and costs those of the rest."
        )
    if intervention.note:
        yield f"Note: {' '.join(intervention.note.split())}"


def _when(intervention: spec.Intervention) -> str:
    """Return from when, until when and how fast."""
    until = f" until {intervention.end}" if intervention.end else ""
    ramp = f", growing to full over {intervention.ramp_months} months" if intervention.ramp_months else ""
    fade = f", then fading over {intervention.fade_months} months" if intervention.fade_months else ""
    points = ", ".join(f"{point.share:.0%} in {point.month}" for point in intervention.schedule)
    dated = f"; in force {points}, and so on after" if points else ""
    months = f", only in {_list(tuple(month_name[m] for m in intervention.months_of_year))}"
    return (
        f"From {intervention.start}{until}{ramp}{fade}{dated}{months if intervention.months_of_year else ''}."
    )


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
    if programme.caseload:
        yield f"Follows at most {_number(programme.caseload)}, each for {programme.stays_months} months."
    elif programme.stays_months:
        yield f"Follows each person for {programme.stays_months} months."
    if programme.order != "random":
        yield f"When places do not suffice, first come: {programme.order.replace('_', ' ')}."
    ratios = ", ".join(f"{ratio:g}" for ratio in programme.uptake.ratio_by_quintile)
    yield f"Accepted by {_number(programme.uptake.mean)}; odds by quintile, most deprived first: {ratios}."
    for by, odds in programme.uptake.ratio_by:
        yield f"Odds of accepting by {by.replace('_', ' ')}: {', '.join(f'{g} {o:g}' for g, o in odds)}."
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
    if effect.after_stop != "stops":
        over = f" over {effect.fade_months} months" if effect.fade_months else ""
        lasts += f"; when delivery stops it {effect.after_stop}{over}"
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
    interval = (
        "" if estimate.low == estimate.high else f" ({_figure(estimate.low)} to {_figure(estimate.high)})"
    )
    where = estimate.evidence_id or estimate.source
    told = f"{where}; {estimate.grade}, {GRADES[estimate.grade]}"
    return f"{_figure(estimate.value)}{interval} {estimate.unit} [{told}]"


def _figure(value: float) -> str:
    """Return a figure as people write it: no exponents, and thousands apart in large ones."""
    large = 10_000
    return f"{value:,.0f}" if abs(value) >= large else f"{value:g}"


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
        "ethnicity": eligible.ethnicities,
        "inclusion group": eligible.inclusion_groups,
        **dict(eligible.risk_factors),
        **dict(eligible.condition_states),
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
    either = {
        "giving unpaid care": eligible.carer,
        "disabled": eligible.disability,
        "in the most deprived fifth or a PLUS group": eligible.core20plus or None,
    }
    words += [name if held else f"not {name}" for name, held in either.items() if held is not None]
    if eligible.without_conditions:
        words.append(f"without {' or '.join(eligible.without_conditions)}".replace("_", " "))
    if eligible.risk_stratum is not None:
        risk = eligible.risk_stratum
        words.append(f"among the {_number(risk.top_share)} at highest risk of {risk.by.replace('_', ' ')}")
    if eligible.care_home is not None:
        words.append("living in a care home" if eligible.care_home else "not living in a care home")
    return f"residents {', '.join(words)}"


def _list(names: tuple[str, ...]) -> str:
    """Return names joined in words."""
    return ", ".join(names)
