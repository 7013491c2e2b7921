"""A scenario in plain English, for `leftshift scenario show` and the library's pages."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Mapping

from scenarios.document import ScenarioDocument
from scenarios.expectations import ExpectField
from scenarios.freed_beds import COUNTED
from scenarios.plain_names import condition, measure, need, places, spaced, transition, way, word
from scenarios.plain_numbers import effect, figure, more, number, percent, told
from scenarios.plain_people import who
from scenarios.programmes import programmes
from sim.interventions import specification as spec


def describe(
    scenario: spec.ScenarioSpecification,
    variants: Iterable[str] = (),
    about: ScenarioDocument | None = None,
    today: Mapping[str, Iterable[str]] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    differs: Iterable[str] = (),
    question_of_file: str = "",
) -> str:
    """Return a scenario as a page of text.

    Args:
        scenario: What it changes.
        variants: Every variant that it has.
        about: Its file, for its question, family, programmes and what is expected of it.
        today: For an intervention's key, sentences about today's population.
        labels: What the area's network calls its nodes, by key.
        differs: For a variant, lines that say what it changes of the file.
        question_of_file: The file's question, where the variant asks another.
    """
    lines = [scenario.label, "=" * len(scenario.label), "", scenario.description or "No description.", ""]
    lines += list(_about(about)) if about is not None else []
    others = list(variants)
    if len(others) > 1:
        lines += [f"Variant: {scenario.variant} (of {', '.join(others)}).", ""]
    changed = list(differs)
    if changed:
        asks = f", which asks: {' '.join(question_of_file.split())}" if question_of_file else ""
        lines += [
            f"What this variant changes of the file{asks}",
            "(interventions by their keys):",
            *(f"- {line}" for line in changed),
            "",
        ]
    if not scenario.interventions:
        lines.append("It changes nothing.")
    for number_, intervention in enumerate(scenario.interventions, start=1):
        lines += [
            f"{number_}. {intervention.label} (key: {intervention.key})",
            *(f"   {line}" for line in _intervention(intervention, labels or {})),
            *(f"   {line}" for line in (today or {}).get(intervention.key, ())),
            "",
        ]
    lines += [f"Limit: {_limit(limit)}" for limit in scenario.limits]
    if about is not None and about.expects:
        lines += ["Expected of it:", *(f"- {expected(one)}" for one in about.expects)]
    return "\n".join(lines).rstrip() + "\n"


def _about(about: ScenarioDocument) -> Iterable[str]:
    """Yield what a file says of its question, family and programmes."""
    if about.question:
        yield f"Question: {' '.join(about.question.split())}"
    if about.family:
        yield f"Family: {spaced(about.family)}."
    if about.programmes:
        rows = programmes()
        named = [f"{rows[one]['programme']} ({one}, plan {rows[one]['plan']})" for one in about.programmes]
        yield f"Programmes of the plans: {'; '.join(named)}."
    yield ""


def expected(one: ExpectField) -> str:
    """Return an expectation as a sentence."""
    variant = f" in variant {one.variant}" if one.variant else ""
    when = "in its first year" if one.years == 1 else f"in year {one.years}"
    direction = {"falls": "lower", "rises": "higher", "stays": "the same"}[one.direction]
    return f"{measure(one.measure)} ({one.measure}): {direction} {when}{variant}. {one.why}"


def _limit(limit: spec.Limit) -> str:
    """Return a limit that interventions share, as a sentence."""
    of = word("payer", limit.of) if limit.kind == "budget" else spaced(limit.of)
    kind = f"budget of {of}" if limit.kind == "budget" else f"hours of {of}"
    return (
        f"{limit.label or limit.key} (key: {limit.key}), {kind}: {number(limit.per_year)}, shared by "
        f"{', '.join(limit.interventions)}. Delivery waits where it is used up."
    )


def _intervention(intervention: spec.Intervention, labels: Mapping[str, str]) -> Iterable[str]:
    """Yield the sentences about one intervention."""
    yield _when(intervention)
    match intervention:
        case spec.CohortProgramme():
            yield from _cohort(intervention)
        case spec.PopulationEffect():
            yield f"For {who(intervention.eligible)}:"
            yield from (_effect(one) for one in intervention.effects)
        case spec.CapacityChange():
            yield from _capacity(intervention, labels)
        case spec.ServiceTimeChange():
            yield f"Time in service at {places(intervention.nodes, labels)}: {_time(intervention)}."
            yield from _refilled(intervention.backfill_share)
        case spec.DelayChange():
            yield (
                f"Delay from {places(intervention.from_nodes, labels)} to "
                f"{places(intervention.to_nodes, labels)}: {_time(intervention)}."
            )
            yield "Where the wait is for a place and not for a decision, this saves nothing."
            yield from _refilled(intervention.backfill_share)
        case spec.RoutingChange():
            yield from _routing(intervention, labels)
        case spec.Diversion():
            yield from _diversion(intervention, labels)
        case spec.GrowthChange():
            needs = ", ".join(need(one) for one in intervention.needs)
            yield (
                f"Growth of {needs} beyond what an older population brings: "
                f"{told(intervention.multiplier, figure)} times that of the baseline."
            )
    for cost in intervention.costs:
        yield f"Costs {number(cost.amount)}{_per(cost)}; paid by {word('payer', cost.payer)}."
    if intervention.already_delivered:
        yield (
            f"{percent(intervention.already_delivered)} of this is in the baseline already: people reached "
            "are those of all of it, effects and costs those of the rest."
        )
    if intervention.note:
        yield f"Note: {' '.join(intervention.note.split())}"


def _per(cost: spec.Cost) -> str:
    """Return what a cost is for, where its unit does not say."""
    return "" if " " in cost.amount.unit.strip() else f", {word('cost', cost.per)}"


def _when(intervention: spec.Intervention) -> str:
    """Return from when, until when and how fast."""
    until = f" until {intervention.end}" if intervention.end else ""
    ramp = f", growing to full over {intervention.ramp_months} months" if intervention.ramp_months else ""
    fade = f", then fading over {intervention.fade_months} months" if intervention.fade_months else ""
    points = ", ".join(f"{point.share:.0%} in {point.month}" for point in intervention.schedule)
    dated = f"; in force {points}, and so on after" if points else ""
    months = f", only in {', '.join(month_name[m] for m in intervention.months_of_year)}"
    return (
        f"From {intervention.start}{until}{ramp}{fade}{dated}{months if intervention.months_of_year else ''}."
    )


def _cohort(programme: spec.CohortProgramme) -> Iterable[str]:
    """Yield the sentences about a service that reaches residents."""
    yield f"For {who(programme.eligible)}."
    if programme.contacts is not None:
        months = programme.contacts_months
        yield f"Neighbourhood teams have {number(programme.contacts)}, over {months} months."
    if programme.offered_per_year:
        yield f"Offered each year to {told(programme.offered_per_year, percent, 'of those eligible')}."
    if programme.monthly_capacity:
        yield f"Takes on at most {number(programme.monthly_capacity)}."
    if programme.caseload:
        yield f"Follows at most {number(programme.caseload)}, each for {programme.stays_months} months."
    elif programme.stays_months:
        yield f"Follows each person for {programme.stays_months} months."
    if programme.order != "random":
        yield f"When places do not suffice, first come {word('order', programme.order)}."
    yield f"Accepted by {number(programme.uptake.mean)}{_gradient(programme.uptake)}."
    for by, odds in programme.uptake.ratio_by:
        given = ", ".join(f"{spaced(group)} {ratio:g}" for group, ratio in odds)
        yield f"Odds of accepting against the mean, by {spaced(by)}: {given}."
    yield from (_effect(one) for one in programme.effects)
    for move in programme.moves:
        yield f"- {way(spaced(move.factor), move.from_level, move.to_level)} for {number(move.probability)}."


def _gradient(uptake: spec.Uptake) -> str:
    """Return how acceptance differs between fifths of deprivation."""
    if len(set(uptake.ratio_by_quintile)) == 1:
        return ", alike in every fifth of deprivation"
    ratios = ", ".join(f"{ratio:g}" for ratio in uptake.ratio_by_quintile)
    return f"; odds against the mean by fifth of deprivation, the most deprived first: {ratios}"


def _effect(one: spec.Effect) -> str:
    """Return one effect as a line."""
    what = {
        "transition": lambda: f"rate at which {transition(one.key)}",
        "onset": lambda: f"new {condition(one.key)}",
        "mortality": lambda: "risk of death" if one.key == "all" else f"risk of death from {spaced(one.key)}",
        "need": lambda: f"rate of {need(one.key)}",
    }[one.on]()
    lasts = f", for {one.lasts_months} months" if one.lasts_months else ""
    if one.after_stop != "stops":
        over = f" over {one.fade_months} months" if one.fade_months else ""
        lasts += f"; when delivery stops it {one.after_stop}{over}"
    grows = f", full after {one.ramp_months} months" if one.ramp_months else ""
    return f"- {what}: {effect(one.multiplier)}{grows}{lasts}."


def _capacity(change: spec.CapacityChange, labels: Mapping[str, str]) -> Iterable[str]:
    """Yield the sentences about places: more, fewer, or so many."""
    where = f"{places(change.nodes, labels)}{_times(change.weekdays, change.hours)}"
    each = " at each of them" if len(change.nodes) > 1 else ""
    value = change.places.value
    fewer = (change.change == "add" and value < 0) or (change.change == "multiply" and value < 1)
    if change.change == "multiply":
        unit = change.places.unit.removeprefix("ratio").strip().removeprefix("of ").strip() or "places"
        yield f"{where}: {told(change.places, more, unit)}."
    elif change.change == "set":
        yield f"{where}: set to {number(change.places)}{each}, whatever there is today."
    else:
        yield f"{where}: {told(change.places, _more_or_fewer, change.places.unit)}{each}."
    if fewer:
        yield (
            "Fewer places: they close as they are vacated. Those for whom there is none wait longer, or go "
            "where the network sends people when it is full. No new demand comes of it, and no bed time is "
            "freed."
        )
        return
    if change.opens == "under_pressure":
        yield f"They open when {change.open_above:g} times as many want a place as are open."
    where_more = "Where that is more than today: of" if change.change == "set" else "Of"
    yield f"{where_more} the new capacity, {told(change.induced_share, percent)} is taken by new demand."
    yield from _refilled(change.backfill_share)


def _more_or_fewer(value: float) -> str:
    """Return a change of places as more, fewer or none."""
    return f"{-value:g} fewer" if value < 0 else f"{value:g} more" if value else "none more"


def _refilled(share: spec.Estimate) -> Iterable[str]:
    """Yield what becomes of time that is freed."""
    if share.high > 0:
        counted = f" {COUNTED}" if share.value > 0 else ""
        yield f"Of the bed time freed, {told(share, percent)} is filled again by other patients.{counted}"


def _routing(change: spec.RoutingChange, labels: Mapping[str, str]) -> Iterable[str]:
    """Yield the sentences about people sent elsewhere."""
    named = (change.nodes, change.from_destinations, change.to_destinations)
    at, before, after = (places(names, labels) for names in named)
    when = _times(change.weekdays, change.hours)
    yield f"At {at}, of those who went to {before}, {number(change.share)} go to {after}{when}."
    yield f"Of those, {number(change.substitutes)} never need the first; the others go on to it."
    yield f"New demand: {told(change.induced_share, percent)} of the number moved."


def _diversion(service: spec.Diversion, labels: Mapping[str, str]) -> Iterable[str]:
    """Yield the sentences about a service that takes emergencies from where they were going."""
    when = _times(service.weekdays, service.hours)
    needs = ", ".join(need(one) for one in service.needs)
    yield f"Takes {needs} of {who(service.eligible)}{when}."
    yield f"It learns of {number(service.found)}."
    if service.daily_capacity:
        yield f"It can take {number(service.daily_capacity)}."
    where = "are helped at home" if service.to == "home" else f"go to {places([service.to], labels)}"
    yield f"Those taken {where}; {number(service.substitutes)} never need the first place."
    yield f"Where several services could take one emergency, its turn is {service.order} (1 comes first)."
    yield f"New demand: {told(service.induced_share, percent)} of the number taken."


def _times(weekdays: tuple[str, ...], hours: tuple[float, float] | None) -> str:
    """Return at which times something holds, or nothing when always."""
    days = f" on {', '.join(weekdays)}" if weekdays else ""
    return days + (f" from {hours[0]:g} to {hours[1]:g}" if hours else "")


def _time(change: spec.ServiceTimeChange | spec.DelayChange) -> str:
    """Return a change of time."""
    if change.change == "multiply":
        length = told(change.amount, _longer)
    else:
        length = told(change.amount, _days)
    return f"{length}, for {number(change.share)}"


def _longer(ratio: float) -> str:
    """Return a ratio of times as a change."""
    return more(ratio).replace("fewer", "shorter").replace("more", "longer")


def _days(value: float) -> str:
    """Return days added or saved."""
    size = f"{abs(value):g} {'day' if abs(value) == 1 else 'days'}"
    return f"{size} {'shorter' if value < 0 else 'longer'}" if value else "no change"


__all__ = ["describe", "expected"]
