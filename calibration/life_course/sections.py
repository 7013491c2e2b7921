"""The sections of the page: each the checks, the figure and the sentences of one line of what was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibration.life_course import (
    arithmetic,
    figures,
    health,
    later,
    mortality,
    past,
    risks,
    start,
    use_of_care,
)
from calibration.life_course.checks import Check, Target
from calibration.life_course.recording import Record, record_run
from sim.model import HealthSystem
from sim.world import World


@dataclass(kw_only=True)
class Section:
    """One part of the page."""

    key: str
    title: str
    checks: list[Check] = field(default_factory=list)
    figures: list[figures.Figure] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """Sentences: how it was measured, what is missing and why."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the sections are made from."""

    world: World
    records: Sequence[Record]
    targets: Sequence[Target]
    out: Path
    scale: float
    needs: bool
    """Whether to run two years of care for those who attend often."""


def start_section(given: Material) -> Section:
    """People at the start, prevalence, and how many conditions they have."""
    record = given.records[0]
    table = start.prevalence_table(given.world, record)
    return Section(
        key="start", title="The start",
        checks=[
            *start.population_checks(given.world, record, given.targets),
            *start.prevalence_checks(table, given.targets),
            *start.counting_checks(given.world, record, given.targets),
        ],
        figures=[
            figures.prevalence(table, given.targets, given.out),
            figures.multimorbidity(record, given.targets, given.out),
        ],
        said=[
            "Prevalence counts everybody who has a condition, diagnosed or not; shares with one, two, three "
            "or more count those on a register, all cancers once, the residual condition left out."
        ],
    )  # fmt: skip


def mortality_section(given: Material) -> Section:
    """Life tables, life expectancy from expected hazards, and the independent checks of mortality."""
    world, record, targets = given.world, given.records[0], given.targets
    rates = mortality.rates(world, record)
    checks = mortality.cohort_checks(world, targets)
    checks += mortality.table_checks(world, record, targets)
    checks += mortality.expectancy_checks(rates, targets)
    checks += mortality.independent_checks(world, record, targets)
    checks += mortality.cause_checks(rates, targets)
    checks += mortality.register_checks(record, targets)
    return Section(
        key="mortality", title="Life tables and mortality", checks=checks,
        said=[
            "Life expectancy is of the hazards that the residents of the first instant have, each with their "
            "own risks, summed by sex, five years of age and fifth over the deaths of the life table: a "
            "year's deaths would spread it by half a year in a fifth. Fifths are those of the national "
            "index; the plan's gap is read as one between them. Nothing in the model makes councils differ "
            "but who lives in them, by age, fifth and risk: the rest of the difference between councils is "
            "not there, and the level is between the two.",
        ],
        figures=[
            figures.life_expectancy(rates, targets, given.out),
            figures.gap_by_cause(rates, targets, given.out),
            figures.registers(checks, given.out),
        ],
    )  # fmt: skip


def later_section(given: Material) -> Section:
    """People against the projection, diabetes, prevalence without a jump."""
    records, targets = given.records, given.targets
    checks = later.population_checks(given.world, records, targets)
    checks += later.diabetes_checks(records, targets)
    checks += later.on_trend_checks(given.world.national, records, targets)
    checks += later.transient_checks(records, targets) + later.growth_checks(records, targets)
    return Section(
        key="later", title="Ten years on", checks=checks,
        said=[
            "Start-up transients are asked twice, of prevalence standardised to the sex and ages of the "
            "start. First against the declared trend (`trend.csv` of the condition, else none), over the "
            "first two years. Second, harder, against later years: a parabola through the logarithm of "
            "months of the third to the tenth year, carried back; a start in balance lies on it. The figure "
            "is the month of the first two years that lies farthest off. Growth in England is shown only: "
            "definitions differ.",
            "People are on the scale of the list: residents x "
            f"{later.registered_per_resident(given.world, records[0]):.4f}. The model follows the principal "
            "projection rebased to mid-2022 by birth cohort. Against the one as published in 2018, and the "
            "one rebased in steps of five years, it is shown by council, with the ratio of each band.",
        ],
        figures=[
            figures.population(later.population_table(given.world, records), targets, given.out),
            figures.transients(records, later.transient_table(records), targets, given.out),
        ],
    )  # fmt: skip


def risk_section(given: Material) -> Section:
    """What a risk factor taken away does, and how fast quitting restores risk."""
    model = HealthSystem(years=1, scale=given.scale, care=False, world=given.world)
    table = risks.attributable_fractions(model)
    pace = risks.pace_of_quitting(model)
    return Section(
        key="risk", title="Risk equations",
        checks=[
            *risks.fraction_checks(table, given.targets), *risks.quitting_checks(model, given.targets),
        ],
        said=[
            "`model` is how far the onset falls when all residents of the first instant are given the level "
            "of reference and the kernel is asked again; `target` is the attributable fraction by Levin's "
            "formula from the published ratios and the levels of those at risk, cell by cell. They differ "
            "a little where risk factors go together within a cell of sex, age and fifth.",
            "Later falls are not the fraction of the first instant. Those who are spared live on and are at "
            "risk for longer, so onsets come later rather than never; and a factor acts through others: less "
            "obesity means less diabetes and lower blood pressure, which lowers strokes further.",
        ],
        figures=[figures.fractions(table, given.targets, given.out), figures.quitting(pace, given.out)],
    )  # fmt: skip


def arithmetic_section(given: Material) -> Section:
    """Half-months, competing exits, and the scenario that changes nothing."""
    return Section(
        key="arithmetic", title="Arithmetic of hazards",
        checks=[
            *arithmetic.hazard_checks(given.targets), *arithmetic.neutral_checks(given.targets, given.world),
        ],
        said=[
            "The neutral scenario reaches adults with effects of one on strokes, quitting and death. Every "
            "attribute of every resident is compared, bit by bit."
        ],
    )  # fmt: skip


def past_section(given: Material) -> Section:
    """A run from 2012 to 2022 beside what was published since."""
    section = Section(key="past", title="From 2012 to 2022")
    world, why_not = past.world_of_2012()
    if world is None:
        section.said.append(why_not)
        return section
    record = record_run(world, past.YEARS, start=past.FIRST, scale=given.scale)
    section.checks = past.past_checks(world, record, given.targets)
    section.figures = [
        figures.past(past.population_by_year(world, record), given.out),
        figures.past_ages(past.ages_in_2022(world, record), given.targets, given.out),
    ]
    section.said.append(
        "The run is in whole people, each with their health and risks. People are on the scale of the list "
        "and are brought to residents by the ratio of 2012. Blind: net migration by age and fertility are of "
        "2012 and before, and nothing of the population since is used. Not blind: gross departures and the "
        "ages of students within their bands (2021 and 2022), national mortality to 2018, shares of the "
        "quintiles (2020), prevalences and risk factors (today's). `docs/explanation/population.md` has the "
        "same by the expected population alone."
    )
    return section


def needs_section(given: Material) -> Section:
    """How use is spread over people."""
    section = Section(key="needs", title="Use by person")
    if not given.needs:
        section.said.append("Left out: this page was written without running care (`--without-care`).")
        return section
    found = use_of_care.use_by_person(given.world, scale=given.scale)
    section.checks = use_of_care.person_checks(found, given.targets)
    section.said.append(
        "A normal run of two years with care. Attendances are of major (type 1) departments. Those who were "
        "high-intensity users before year 1 were so in the burn-in. The plan's 855 are the list of a "
        "programme and no prevalence."
    )
    section.figures = [figures.attendances(found.people(), use_of_care.CLASSES, given.out)]
    return section


def health_section(given: Material) -> Section:
    """Healthy life by council and fifth, and segments of need."""
    record = given.records[0]
    rates = mortality.rates(given.world, record)
    checks = health.health_checks(record, rates, given.world.area.council_keys, given.targets)
    return Section(
        key="health", title="Healthy life and segments", checks=checks,
        said=[
            "Years of the life table of expected hazards, each by the mean utility of those of the age "
            "(quality-adjusted) or the share above the line of utility that meets the census share limited "
            "(disability-free). Nothing was fitted to healthy life as published, and definitions differ.",
            "\n".join(health.fifths_in_words(record, rates)),
        ],
    )  # fmt: skip


def budget_section(given: Material) -> Section:
    """What the life course costs."""
    section = Section(key="budgets", title="Budgets")
    if given.scale != 1.0:
        section.said.append("Left out: budgets are of a run at full scale.")
        return section
    section.checks = use_of_care.budget_checks(given.records, given.targets)
    section.said.append(
        "All budgets of a replicate, the network's too, are in `benchmarks/README.md` (`make bench`)."
    )
    return section


SECTIONS: tuple[Callable[[Material], Section], ...] = (
    start_section, mortality_section, later_section, risk_section, arithmetic_section, past_section,
    needs_section, health_section, budget_section,
)  # fmt: skip
