"""The columns of the tables of use: rates, profiles, costs and the kinds of need."""

from __future__ import annotations

from sim.parameters.columns import GRADE, QUINTILE, SEX, SOURCE, text, tidy
from sim.parameters.tables import Column, Schema

USE_TABLES: tuple[Schema, ...] = (
    tidy(
        "frailty_use_ratio",
        "frailty/use_ratio.csv",
        "use at a level of frailty, as a ratio to fit",
        (text("need_class", "kind of use"), text("level", "level of frailty")),
    ),
    tidy(
        "segment_use_rates",
        "use/segment_rates.csv",
        "use of adults by segment of need, and the share of adults in each segment",
        (
            text("need_class", "kind of use, or share_of_adults"),
            text("segment", "Cambridge multimorbidity segment, 1 least need", "1", "2", "3", "4", "5"),
        ),
        unit_group=("need_class",),
    ),
    tidy(
        "use_rates",
        "use/rates.csv",
        "use per person-year",
        (text("need_class", "kind of use"), SEX, text("age_band", "age band")),
        unit_group=("need_class",),
    ),
    tidy(
        "use_gradient",
        "use/gradient.csv",
        "use in a quintile as an adjusted ratio to the least deprived",
        (text("need_class", "kind of use"), QUINTILE),
    ),
    tidy(
        "zero_day_share",
        "use/zero_day_share.csv",
        "share of emergency admissions that stay no night",
        (text("age_band", "age band"),),
        maximum=1.0,
    ),
    tidy(
        "use_profiles",
        "use/profiles.csv",
        "multipliers of arrivals, mean 1",
        (
            text("stream", "what arrives"),
            text("dimension", "hour, weekday or month", "hour", "weekday", "month"),
            text("level", "hour, weekday or month"),
        ),
    ),
    tidy(
        "load_limits",
        "use/load_limits.csv",
        "offered load against places at which a scenario is refused",
        (text("care", "kind of care of the node, or all"),),
    ),
    tidy(
        "use_growth",
        "use/growth.csv",
        "growth per year",
        (text("need_class", "kind of use"), text("measure", "which growth")),
        minimum=None,
    ),
    tidy(
        "unit_costs",
        "unit_costs.csv",
        "cost of one unit of care",
        (
            text("service", "service"),
            text("measure", "what is priced"),
            text("stratum", "which part"),
            text("basis", "planning value, as read, or implied"),
        ),
        unit_group=None,
    ),
    tidy(
        "onset_admissions",
        "use/onset_admissions.csv",
        "share of new cases that begin with an emergency admission",
        (text("condition", "condition"),),
        maximum=1.0,
    ),
)
"""How often residents use care, at which times, and what it costs."""

NEED_CLASSES = Schema(
    name="need_classes",
    pattern="use/need_classes.csv",
    description="kinds of need that residents have",
    columns=(
        text("key", "key of the class; names its random stream and never changes"),
        text("label", "plain words"),
        text("gate", "random stream that tells who may have a need; shared by up to sixteen classes"),
        Column(
            name="lane", description="which of the gate's 16 bytes", kind="integer", minimum=0, maximum=15
        ),
        text("pooled", "whether it is counted against slots or enters the network", "yes", "no"),
        text("clustered", "whether a person's own propensity multiplies it", "yes", "no"),
        text("recent", "which recent events raise it", "no", "discharge", "attendance", "both"),
        text("rate_like", "class of use whose gradient, growth and profile it has"),
        text("frailty_like", "class of use whose ratios by frailty it has, or none"),
        text("conditions_like", "class of use whose ratios by number of conditions it has, or none"),
        text("target", "published rate that it serves"),
        text("care", "kind of care by which it enters, or none"),
        text("counted_at", "kinds of care whose arrivals the published rate counts, separated by semicolons"),
        text("measure", "measure that counts it"),
        text("answers", "classes of use whose effects act on it, separated by semicolons"),
        SOURCE,
        GRADE,
    ),
    key=("key",),
    value=None,
    unit_group=None,
)
