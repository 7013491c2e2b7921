"""What an intervention that reaches residents may say: who, how many accept, what changes, what it takes.

Plain data, as everything in `sim.interventions.specification`, which exports these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from sim.interventions.timing import Timed

if TYPE_CHECKING:
    from sim.interventions.specification import Estimate

EffectTarget: TypeAlias = Literal["transition", "onset", "mortality", "need"]
Grade: TypeAlias = Literal["A", "B", "C"]
Payer: TypeAlias = Literal["nhs", "council", "self_funder", "carer", "society"]
AfterStop: TypeAlias = Literal["stops", "fades", "persists"]
RiskOf: TypeAlias = Literal["emergency_admission", "ed_attendance", "death"]
Order: TypeAlias = Literal["random", "highest_risk", "most_deprived", "most_use"]
UptakeBy: TypeAlias = Literal["quintile", "sex", "ethnicity", "age_band"]
CostUnit: TypeAlias = Literal[
    "person", "person_month", "contact", "episode", "handled", "year", "place_day"
]  # fmt: skip
StaffUnit: TypeAlias = Literal["person", "person_month", "contact", "year"]


@dataclass(frozen=True, kw_only=True)
class RiskStratum:
    """Those whom a risk tool puts highest.

    The tool is the model's own expected rate by age, sex, deprivation, frailty, conditions and recent use. It
    does not know a resident's own hidden propensity: an imperfect tool, as real ones are.

    Attributes:
        by: The event whose risk ranks people.
        top_share: Share of registered adults (18 and over) admitted, those at highest risk first.
    """

    by: RiskOf
    top_share: Estimate


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Who may be reached: every filter that is given must hold; an empty filter admits everybody.

    Attributes:
        age_from: Youngest age, whole years, inclusive.
        age_to: Oldest age, whole years, inclusive (110 stands for 110 and over).
        sexes: 'male', 'female'.
        quintiles: National deprivation quintiles, 1 the most deprived to 5.
        neighbourhoods: Keys of integrated neighbourhood teams of the area pack.
        councils: Keys of councils of the area pack.
        ethnicities: 'white', 'asian', 'black', 'mixed', 'other': the census's five groups.
        carer: True only those who give unpaid care, False only others, None either.
        disability: True only those disabled under the Equality Act, False only others, None either.
        inclusion_groups: Inclusion-health groups admitted, 'none' for people in none of them.
        core20plus: Only the most deprived fifth or a PLUS group (`core20plus.csv`).
        conditions: The resident has at least one of these conditions.
        without_conditions: The resident has none of these conditions.
        condition_states: For each condition named, its state is one of those listed; 'no' is without it.
        conditions_at_least: Smallest number of long-term conditions, whichever they are.
        risk_factors: For each factor named, the resident's level is one of those listed.
        risk_stratum: Only those whom a risk tool puts highest.
        frailty: Frailty classes admitted: 'fit', 'mild', 'moderate', 'severe'.
        care_home: True only residents of care homes, False only others, None either.
        recent_admissions_at_least: Smallest number of emergency admissions in the last 12 months.
        recent_attendances_at_least: Smallest number of type 1 attendances in the last 12 months.
    """

    age_from: int = 0
    age_to: int = 110
    sexes: tuple[str, ...] = ()
    quintiles: tuple[int, ...] = ()
    neighbourhoods: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    ethnicities: tuple[str, ...] = ()
    carer: bool | None = None
    disability: bool | None = None
    inclusion_groups: tuple[str, ...] = ()
    core20plus: bool = False
    conditions: tuple[str, ...] = ()
    without_conditions: tuple[str, ...] = ()
    condition_states: tuple[tuple[str, tuple[str, ...]], ...] = ()
    conditions_at_least: int = 0
    risk_factors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    risk_stratum: RiskStratum | None = None
    frailty: tuple[str, ...] = ()
    care_home: bool | None = None
    recent_admissions_at_least: int = 0
    recent_attendances_at_least: int = 0


@dataclass(frozen=True, kw_only=True)
class Uptake:
    """How many of those offered accept, and how that differs between groups.

    The ratios act on log odds and are renormalised so that the mean over those eligible stays `mean`:
    logit(p) = a + sum of the log ratios of the resident's groups, with a solved for the mean. An answer holds
    for a year of the programme: who refuses is not asked every month until they accept.

    Attributes:
        mean: Share of those offered who accept, 0 to 1.
        ratio_by_quintile: Odds relative to the mean, quintile 1 (most deprived) first; dimensionless.
        ratio_by: For each of 'quintile', 'sex', 'ethnicity', 'age_band': odds by group, 1 where not named.
        ratio_source: Where the gradient comes from.
        ratio_grade: Grade of the gradient.
    """

    mean: Estimate
    ratio_by_quintile: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)
    ratio_by: tuple[tuple[UptakeBy, tuple[tuple[str, float], ...]], ...] = ()
    ratio_source: str = "no gradient assumed"
    ratio_grade: Grade = "C"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A hazard or rate multiplied for those whom the intervention reaches.

    Attributes:
        on: What is multiplied: a risk-factor transition, the onset of a condition, death, or a need class.
        key: 'smoking.current_to_ex_under_1' (factor.from_to_to, a row of the factor's transitions.csv), a
            condition's key, 'all' or a cause for mortality, or a need class such as 'nel_admission_total'.
        multiplier: Ratio to the hazard without the intervention; 1 is no effect.
        starts_after_months: Months from being reached to the first effect.
        ramp_months: Months over which it grows from nothing to full, on the log scale.
        lasts_months: Months that it lasts from its first effect, whatever is delivered; None no such limit.
        after_stop: What becomes of it when delivery stops, because the resident has stayed `stays_months` or
            because the intervention is no longer in force.
        fade_months: Where it 'fades': months over which it falls to nothing, on the log scale.
    """

    on: EffectTarget
    key: str
    multiplier: Estimate
    starts_after_months: int = 0
    ramp_months: int = 0
    lasts_months: int | None = None
    after_stop: AfterStop = "stops"
    fade_months: int = 0

    def __post_init__(self) -> None:
        """Refuse a fade over no months, or months of fading where it does not fade."""
        if (self.after_stop == "fades") != (self.fade_months > 0):
            raise ValueError("fade_months goes with after_stop: fades, and is at least 1 there")


@dataclass(frozen=True, kw_only=True)
class LevelMove:
    """A risk factor moved from one level to another, once, on the day a resident is reached.

    What follows for conditions and death comes from the relative risks of the two levels, so the effect acts
    through its mechanism once.

    Attributes:
        factor: Key of the risk factor.
        from_level: The level that it is moved from; others are left alone.
        to_level: The level that it is moved to.
        probability: Share of those reached at `from_level` who move, 0 to 1.
        reverts_per_year: Hazard of falling back to `from_level` once delivery stops, per year; None never.
            Delivery lasts `stays_months`, or only the month of reaching where that is not stated.
    """

    factor: str
    from_level: str
    to_level: str
    probability: Estimate
    reverts_per_year: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What it costs and who pays.

    Attributes:
        amount: Pounds, at the price year in its source.
        per: 'person' newly reached, 'person_month' followed, 'contact' made, 'episode' treated, 'year' in
            force, or 'place_day'. Of a change of routing an 'episode' is a person moved; 'handled' is
            everybody put through it, moved or not, so that it follows `share` and never `substitutes`.
        payer: Who pays.
    """

    amount: Estimate
    per: CostUnit
    payer: Payer


@dataclass(frozen=True, kw_only=True)
class StaffTime:
    """Hours of a group of staff that delivery takes.

    Attributes:
        group: Which staff, such as 'community_nurses'; a limit of kind staff names it.
        hours: Hours of work.
        per: 'person' newly reached, 'person_month' followed, 'contact' made, or 'year' in force.
    """

    group: str
    hours: Estimate
    per: StaffUnit


@dataclass(frozen=True, kw_only=True)
class CohortProgramme(Timed):
    """A service that finds, offers to and follows residents one by one.

    Attributes:
        eligible: Who may be offered it.
        offered_per_year: Share of those eligible who are offered it in a year, 0 to 1; None when only
            `monthly_capacity` or `caseload` limits it.
        monthly_capacity: New people a month at full delivery, in the full-size area; None unlimited.
        caseload: People followed at once at full delivery, in the full-size area; None unlimited.
        stays_months: Months for which a resident is followed; None for ever.
        order: Who comes first among those who accept, when places do not suffice.
        uptake: How many accept, by group.
        effects: What is multiplied for those who accepted.
        moves: Risk-factor levels moved for those who accepted.
        repeat_after_months: Months until the same resident may be offered it again; None never.
        contacts: Contacts of neighbourhood teams with each person reached, in all; None when not counted.
        contacts_months: Months over which they are spread.
        staff: Hours of staff that it takes.
    """

    eligible: Eligibility
    offered_per_year: Estimate | None = None
    monthly_capacity: Estimate | None = None
    caseload: Estimate | None = None
    stays_months: int | None = None
    order: Order = "random"
    uptake: Uptake
    effects: tuple[Effect, ...] = ()
    moves: tuple[LevelMove, ...] = ()
    repeat_after_months: int | None = None
    contacts: Estimate | None = None
    contacts_months: int = 12
    staff: tuple[StaffTime, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a caseload without a length of stay, or people offered again while they are followed."""
        super().__post_init__()
        if self.caseload is not None and self.stays_months is None:
            raise ValueError("a caseload needs stays_months: for how long a person is followed")
        again, stays = self.repeat_after_months, self.stays_months
        if again is not None and stays is not None and again < stays:
            raise ValueError(f"repeat_after_months {again} is within the stay of {stays} months")


@dataclass(frozen=True, kw_only=True)
class PopulationEffect(Timed):
    """A hazard changed for everybody eligible, with no offer and no uptake.

    Attributes:
        eligible: Whose hazard changes.
        effects: What is multiplied; an effect's own ramp counts from `start`.
        staff: Hours of staff that it takes.
    """

    eligible: Eligibility
    effects: tuple[Effect, ...]
    staff: tuple[StaffTime, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A budget or a workforce that several interventions share.

    Delivery of those named is scaled down, month by month, to what the limit allows, all alike; whoever is
    followed already is kept. A month in which it holds something back is reported as binding.

    Attributes:
        key: Name within the scenario.
        label: A few plain words for the report.
        kind: 'budget' in pounds a year, or 'staff' in hours a year.
        of: Whose: a payer for a budget, a group of staff named by the interventions otherwise.
        per_year: Pounds or hours a year, in the full-size area; a twelfth of it each month.
        interventions: Keys of those that share it; they reach residents (cohort or transition).
    """

    key: str
    label: str = ""
    kind: Literal["budget", "staff"]
    of: str
    per_year: Estimate
    interventions: tuple[str, ...]
