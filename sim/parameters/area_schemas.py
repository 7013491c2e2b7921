"""The columns of the tables of an area pack."""

from __future__ import annotations

from sim.parameters.columns import (
    AGE,
    AGES,
    ANY_QUINTILE,
    ANY_SEX,
    COUNCIL,
    GRADE,
    GRADES,
    QUINTILE,
    QUINTILES,
    SEX,
    SOURCE,
    YEAR,
    number,
    text,
    tidy,
)
from sim.parameters.tables import Column, Schema

MEASURE = text("measure", "what is measured")
AREA: tuple[Schema, ...] = (
    tidy(
        "population_by_age", "population_by_age.csv", "residents by single year of age", (COUNCIL, SEX, AGE)
    ),
    tidy(
        "population_by_quintile",
        "population_by_quintile.csv",
        "residents by age band and quintile",
        (COUNCIL, SEX, *AGES, QUINTILE),
    ),
    tidy(
        "life_table",
        "life_table.csv",
        "death rate by single year of age",
        (SEX, QUINTILE, AGE),
        value="mx",
        maximum=2.0,
    ),
    tidy(
        "births",
        "births.csv",
        "fertility rates and births",
        (COUNCIL, MEASURE, *AGES),
        unit_group=("measure",),
    ),
    tidy("net_migration", "net_migration.csv", "net arrivals a year", (COUNCIL, SEX, *AGES), minimum=None),
    tidy(
        "out_migration", "out_migration.csv", "departures per person-year", (COUNCIL, SEX, *AGES), maximum=1.0
    ),
    tidy(
        "ethnicity",
        "ethnicity.csv",
        "share by ethnic group",
        (COUNCIL, ANY_QUINTILE, text("group", "ethnic group")),
        maximum=1.0,
    ),
    tidy(
        "households",
        "households.csv",
        "shares living alone, caring, disabled, in a care home",
        (MEASURE, COUNCIL, ANY_SEX, *AGES, ANY_QUINTILE),
        maximum=1.0,
        unit_group=("measure",),
    ),
    tidy(
        "inclusion",
        "inclusion.csv",
        "people of inclusion-health groups, and how they are spread",
        (
            text("group", "inclusion-health group"),
            text(
                "measure", "what the row says", "persons", "share", "relative_by_age", "relative_by_quintile"
            ),
            Column(name="council", description="key of the council, or all"),
            ANY_SEX,
            *AGES,
            ANY_QUINTILE,
        ),
        unit_group=("measure",),
    ),
    tidy(
        "catchment",
        "catchment.csv",
        "share of a neighbourhood's use that goes to a site",
        (
            text("neighbourhood", "key of the neighbourhood"),
            text("site", "key of the site"),
            text("service", "service"),
        ),
        maximum=1.0,
    ),
    tidy(
        "first_list",
        "first_list.csv",
        "people of a published waiting list by treatment function and time waited",
        (
            text("treatment", "group of treatment functions, as in the network"),
            text("listed", "whether there is a decision to admit", "yes", "no"),
            Column(name="weeks_from", description="weeks waited, from", kind="integer", minimum=0),
            Column(name="weeks_to", description="weeks waited, up to", kind="integer", minimum=1),
        ),
    ),
    tidy(
        "projections",
        "projections.csv",
        "projected residents",
        (COUNCIL, SEX, *AGES, Column(name="projection_year", description="mid-year", kind="integer")),
    ),
    tidy(
        "projection_variants",
        "projection_variants.csv",
        "projected residents by broad age in each published variant",
        (
            text("variant", "name of the variant"),
            COUNCIL,
            *AGES,
            Column(name="projection_year", description="mid-year", kind="integer"),
        ),
    ),
    tidy(
        "population_series",
        "population_series.csv",
        "residents at each mid-year, as estimated since",
        (COUNCIL, SEX, *AGES, Column(name="estimate_year", description="mid-year", kind="integer")),
    ),
    tidy(
        "mortality_history",
        "mortality_history.csv",
        "national death rates of a year relative to those that the life table is made of",
        (
            SEX,
            *AGES,
            Column(
                name="history_year", description="calendar year in the middle of its period", kind="integer"
            ),
        ),
    ),
)

LONG = (
    text("service", "service"),
    MEASURE,
    text("age_band", "age band, or all"),
    text("stratum", "which part, or all"),
    text("place", "trust, council or country of the figure"),
    YEAR,
)
ENTRIES = Schema(
    name="entries",
    pattern="entries.csv",
    description="where needs enter the care network",
    columns=(
        text("care", "kind of care sought, as in need_classes"),
        text("node", "node of the network"),
        text("sites", "sites of the catchment that it stands for, separated by semicolons, or all"),
        text("service", "service of the catchment, or all"),
        Column(name="priority", description="0 first to 7", kind="integer", minimum=0, maximum=7),
        text("priority_shares", "scalars NAME_0 to NAME_7, a share each; none: all have `priority`"),
        text("share", "scalar with the share of the area's arrivals that it gets, or none"),
        SOURCE,
        GRADE,
    ),
    key=("care", "node"),
    value=None,
    unit_group=None,
)
EXPOSURE = tidy(
    "exposure",
    "exposure.csv",
    "exposure of residents to delay in a baseline year, measured by calibration.exposure",
    (
        MEASURE,
        text("level", "code of the attribute"),
        SEX,
        text("age_band", "age band"),
        ANY_QUINTILE,
    ),
    maximum=1.0,
)
ESCALATION = Schema(
    name="escalation",
    pattern="escalation.csv",
    description="growth that places follow in the baseline, by kind of care",
    columns=(
        text("care", "kind of care of the nodes"),
        text("demographic_growth", "scalar with the growth by ageing, per year"),
        text("need_class", "kind of use whose growth beyond demography is added, or none"),
        SOURCE,
        GRADE,
    ),
    key=("care",),
    value=None,
    unit_group=None,
)
DATED = Schema(
    name="dated",
    pattern="dated.csv",
    description="parameters of the network that committed plans change from a month on",
    columns=(
        text("name", "scalar of parameters.csv or network_parameters.csv"),
        text("start", "first month in which it holds, YYYY-MM"),
        number("value", "its value from then on"),
        text("unit", "unit of value, low and high"),
        number("low", "lower end of the range"),
        number("high", "upper end of the range"),
        text("plan", "the plan that it belongs to"),
        SOURCE,
        GRADE,
    ),
    key=("name", "start"),
    value=None,
    unit_group=None,
)
AREA_SERVICES: tuple[Schema, ...] = tuple(
    tidy(name, f"{name}.csv", description, LONG, unit_group=None, minimum=None)
    for name, description in {
        "emergency_department": "how people arrive at and leave the emergency departments",
        "length_of_stay": "days in hospital",
        "discharge_pathways": "discharge pathways, their delays, stays and places",
        "elective": "waiting list, clock starts and elective stays",
        "capacity": "beds and places",
        "ambulance": "999 outcomes, responses, handovers and crews",
        "urgent_care": "111 dispositions and urgent treatment centres",
        "local_use": "local levels of use that national rates are scaled to, or compared with",
    }.items()
)


def neighbourhoods(councils: tuple[str, ...]) -> Schema:
    """The wide table of neighbourhoods of an area with these councils."""
    shares = [number(f"share_{key}", f"share of the list living in {key}", 0.0, 1.0) for key in councils]
    ages = [
        number(name, f"{name.replace('_', ' ')} of the list", 0.0, 1.0)
        for name in ("share_65_plus", "share_50_plus", "share_under_16")
    ]
    quintiles = [number(f"quintile_{q}", f"share of the list in quintile {q}", 0.0, 1.0) for q in QUINTILES]
    return Schema(
        name="neighbourhoods",
        pattern="neighbourhoods.csv",
        description="integrated neighbourhood teams",
        columns=(
            text("key", "key"),
            text("name", "name"),
            text("pcn_code", "code of the primary care network"),
            number("list_size_2021", "people registered in 2021", 0.0),
            number("list_size_scaled", "people registered, scaled to the area's list", 0.0),
            *shares,
            *ages,
            *quintiles,
            number("lat", "latitude of the centre, degrees", -90.0, 90.0),
            number("lon", "longitude of the centre, degrees", -180.0, 180.0),
            text("unit", "unit of the counts and shares"),
            YEAR,
            SOURCE,
            GRADE,
            text("list_grade", "grade of the list size", *GRADES),
            text("age_grade", "grade of the age shares", *GRADES),
            text("quintile_grade", "grade of the quintile shares", *GRADES),
        ),
        key=("key",),
        value=None,
    )


TABLES: tuple[Schema, ...] = (*AREA, *AREA_SERVICES, ENTRIES, ESCALATION, EXPOSURE, DATED)
"""Every table of a pack but its neighbourhoods and its scalars: a new one is added here alone."""
