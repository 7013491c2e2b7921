"""`HealthSystem`: the residents of an area and the care network that serves them, one day a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import mesa
from mesa.datacollection import DataCollector

from sim.building import Prepared, Replicate, build_replicate, burn_in_minutes
from sim.burnt_in import BurntIn
from sim.care.nodes import place_agents
from sim.health.balance import set_divisor
from sim.health.calendar import MINUTES_A_DAY, month_days
from sim.health.mortality_trend import MONTHS_A_QUARTER
from sim.health.steady import set_balance
from sim.interventions.care_costs import CareCosts
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.month import Month
from sim.observers.care_month import CareObserver
from sim.observers.cohort_specification import CohortSpecification
from sim.observers.cohorts import CohortChoice
from sim.observers.days import DaysObserver
from sim.observers.groups import Groups
from sim.observers.leaving_hospital import LeavingHospital
from sim.observers.life_month import LifeObserver
from sim.observers.multimorbidity import MultimorbidityObserver
from sim.observers.reach import ReachObserver
from sim.observers.recorder import Recorder
from sim.observers.scorecard import Scorecard
from sim.observers.strata import Strata
from sim.observers.treatment import TreatmentObserver
from sim.observers.urgent_care import CATEGORIES
from sim.observers.use_by_person import UseByPerson
from sim.population.draws import population_key
from sim.population.residents import Residents
from sim.process import give_back
from sim.settings import Settings, as_pairs
from sim.world import World, load_world, require_parameters


class HealthSystem(mesa.Model):  # type: ignore[misc]
    """The residents of an area, their health, and the care network.

    One step is one day. On the first day of a month, in this order:

    1. birthdays: age bands, and the levels of risk factors that follow a rank;
    2. entries: the births and in-migrants of the month;
    3. last month's care acts on residents: recent use, delays, care-home entries, where they are;
    4. programmes of the scenario find, offer and reach;
    5. the life course: onset, remission, risk factors, frailty, death, departure, each with a stamp;
    6. needs of the month, each with a stamp, none after its resident's death or departure;
    7. the network is given the month's places, arrivals and removals.

    Then every day the network runs to midnight, and on the last day of the month it is counted. With
    `care=False` the phases 3, 6 and 7, the network and the burn-in are left out; all others are the same.

    Args:
        area: Key or path of an area pack.
        scenario: What is changed; nothing by default.
        start: First month, 'YYYY-MM'.
        years: Years after which `running` is False.
        scale: Share of residents kept; flows are at full size.
        replicate: Which replicate of the seed.
        growth: Whether use grows beyond demography.
        feedback: Whether care changes residents; or which feedbacks act, by name.
        reconfiguration: Whether the area's committed plans change its network at their dates.
        unlimited: Whether every care node has unlimited places.
        projection: Which variant of the published population projection births and migration follow.
        risk_factor_trends: Past trends of risk factors `continued` or `frozen`.
        mortality_trend: The trend of mortality `continued` or `frozen`.
        care: Whether the care network runs; without it, only the life course does.
        cohorts: Whom the scorecard follows, chosen on the start population.
        parameters: Named numbers of the tables that are to have another value, such as
            `{"care_home_entries_from_home_share": 0.6}`.
        rng: Seed, a whole number.
        world: Tables and people already loaded, to share between models.
        prepared: What was compiled from them for like settings (`sim/building.py`), to share too.
        burnt_in: Where burn-ins are kept: one that was made for a model alike is not made again.
    """

    BURNT_IN = ("parts", "month_cycle", "care_observer", "use_observer")

    def __init__(
        self,
        *,
        area: str = "dorset",
        scenario: ScenarioSpecification | None = None,
        start: str = "2026-04",
        years: int = 5,
        scale: float = 1.0,
        replicate: int = 1,
        growth: bool = True,
        feedback: bool | Sequence[str] = True,
        unlimited: bool = False,
        reconfiguration: bool = True,
        projection: str = "principal",
        risk_factor_trends: str = "continued",
        mortality_trend: str = "continued",
        care: bool = True,
        cohorts: Sequence[CohortSpecification] = (),
        parameters: Mapping[str, float] | Iterable[tuple[str, float]] = (),
        rng: int = 1,
        world: World | None = None,
        prepared: Prepared | None = None,
        burnt_in: BurntIn | None = None,
    ) -> None:
        super().__init__(rng=rng)
        self.settings = Settings(
            area=area, start=start, years=years, scale=scale, seed=int(rng), replicate=replicate,
            growth=growth, feedback=feedback, unlimited=unlimited, reconfiguration=reconfiguration,
            projection=projection, risk_factor_trends=risk_factor_trends, mortality_trend=mortality_trend,
            care=care, cohorts=tuple(cohorts), parameters=as_pairs(parameters),
        )  # fmt: skip
        self.specification = scenario or BASELINE
        self.world = world or load_world(self.settings)
        require_parameters(self.world, self.settings)
        self.parts: Replicate = build_replicate(
            self.world, self.settings, self.specification, prepared
        )  # fmt: skip
        if world is None:
            self.world = self.world.without_people()
        give_back()  # a burn-in is a year of care: what the build alone needed is not to lie beneath it
        self._observe()
        self.month = 0
        self.day_of_month = 0
        self.minute = 0.0
        self.month_cycle = Month(self)
        self.month_cycle.burn_in(burn_in_minutes(self.settings, self.world.national), burnt_in)
        self._listen()
        self.space = place_agents(self, self.parts.care.network, self.world.area.neighbourhood_keys)
        reporters = _REPORTERS if care else {"registered_residents": registered_residents}
        self.datacollector = DataCollector(model_reporters=dict(reporters))

    def _observe(self) -> None:
        pack = self.world.area
        strata = Strata(neighbourhoods=pack.neighbourhood_keys, councils=pack.council_keys)
        sites = [site.key for site in pack.description.sites if site.in_area]
        self.recorder = Recorder(strata, sites, self.settings.calendar_start, self.settings.years)
        self.life_observer = LifeObserver(self.parts, self.recorder, strata.n_cells)
        self.multimorbidity_observer = MultimorbidityObserver(
            self.residents, self.world.national, self.recorder, strata.n_cells, 1.0 / self.settings.scale
        )
        self.treatment_observer = TreatmentObserver(
            self.residents, self.parts.conditions, self.recorder, strata.n_cells, 1.0 / self.settings.scale
        )
        self.use_observer = UseByPerson(
            self.residents, self.recorder, strata.n_cells, 1.0 / self.settings.scale
        )
        self.reach_observer = ReachObserver(self.residents, self.recorder, 1.0 / self.settings.scale)
        costs = CareCosts(
            self.specification, self.parts.care.network, self.settings.calendar_start, self.parts.changes
        )
        nodes = self.parts.care.network.file.nodes
        rows = pack.tables["network_parameters"]
        prices = rows.set_index("name")["value"]
        scalars = dict(zip(rows["name"], map(float, rows["value"]), strict=True))
        leaving = LeavingHospital(
            list(nodes), [str(node.kind_of_care) for node in nodes.values()], prices,
            1.0 / self.settings.scale,
        )  # fmt: skip
        ratios = tuple(float(prices[f"ambulance_travel_ratio_category_{number}"]) for number in CATEGORIES)
        self.care_observer = CareObserver(
            self.parts.care, sites, self.recorder, strata.n_cells, costs, leaving, ratios, scalars
        )
        self.days_observer = DaysObserver(
            self.parts.care, pack.council_keys, self.settings.calendar_start, self.settings.months
        )
        self.recorder.days = self.days_observer.record if self.settings.care else None

    def _listen(self) -> None:
        """Begin to count row by row, once the residents are those of the start."""
        parts, scale = self.parts, self.settings.scale
        choice = CohortChoice(
            parts.residents, parts.demand, parts.life, population_key(self.world.seed), scale
        )
        self.recorder.listeners += [
            Groups(parts.residents, parts.conditions, parts.utilities, self.recorder, scale),
            Scorecard(
                self.settings.cohorts, choice, parts.residents, self.month_cycle.interventions,
                self.recorder, scale,
            ),
        ]  # fmt: skip

    # ------------------------------------------------------------------------------------ faces
    @property
    def residents(self) -> Residents:
        """All residents, with the verbs of an AgentSet."""
        return self.parts.residents

    @property
    def care(self) -> Any:
        """The care network at work."""
        return self.parts.care

    # ------------------------------------------------------------------------------------ running
    def step(self) -> None:
        """Run one day."""
        if self.day_of_month == 0:
            self.open_month()
        self.minute += MINUTES_A_DAY
        if self.settings.care:
            self.parts.care.state.advance(self.minute)
            self.days_observer.midnight()
        self.datacollector.collect(self)
        self.day_of_month += 1
        if self.day_of_month == month_days(self.settings.calendar_start + self.month):
            self.close_month()

    def open_month(self) -> None:
        """Do the phases of a month's first day, in the order of the class's docstring."""
        cycle = self.month_cycle
        self.residents.month = self.month
        if self.month % MONTHS_A_QUARTER == 0:
            divisors = self.parts.divisors
            set_divisor(self.parts.life, divisors[0], divisors[self.month // MONTHS_A_QUARTER])
            set_balance(self.parts.life, self.parts.balance[self.month // MONTHS_A_QUARTER])
            self.parts.counts.set_quarter(self.parts.life.processes, self.month // MONTHS_A_QUARTER)
        cycle.birthdays()
        self.life_observer.open_month(self.month)
        self.multimorbidity_observer.open_month(self.month)
        self.treatment_observer.open_month(self.month)
        cycle.entries()
        care = self.settings.care
        if care:
            cycle.care_acts_on_residents()
        cycle.programmes()
        cycle.life_course()
        if care:
            cycle.needs()
            cycle.open_network()

    def close_month(self) -> None:
        """Count the month and go on to the next."""
        if self.settings.care:
            self.month_cycle.close()
        for listener in self.recorder.listeners:
            listener.close_month(self.month)
        self.month += 1
        self.day_of_month = 0
        if self.month == self.settings.months:
            self.life_observer.close_run(self.month)
            self.running = False

    def run_model(self) -> None:
        """Run to the end of the last year."""
        while self.running:
            self.step()

    def tables(self) -> dict[str, Any]:
        """Return the tables recorded so far (`sim/observers/recorder.py`)."""
        return self.recorder.tables()


def registered_residents(model: HealthSystem) -> int:
    """How many residents are registered after the month's births, moves and deaths."""
    return model.life_observer.registered


def acute_beds_occupied(model: HealthSystem) -> int:
    """How many acute beds are in use for emergencies at midnight."""
    return _total(model, "acute_beds", "occupied")


def no_criteria_to_reside(model: HealthSystem) -> int:
    """How many of those in acute beds have no criteria to reside at midnight."""
    occupancy = model.care.state.occupancy()
    nodes = model.care.nodes_of("acute_beds")
    return int(sum(getattr(occupancy, name)[nodes].sum() for name in ("blocked", "held", "in_delay")))


def in_emergency_departments(model: HealthSystem) -> int:
    """How many are in type 1 A&E at midnight, waiting for a cubicle or in one."""
    return _total(model, "ed", "occupied") + _total(model, "ed", "queue")


def _total(model: HealthSystem, kind: str, name: str) -> int:
    return int(getattr(model.care.state.occupancy(), name)[model.care.nodes_of(kind)].sum())


_REPORTERS = {
    "registered_residents": registered_residents,
    "acute_beds_occupied": acute_beds_occupied,
    "no_criteria_to_reside": no_criteria_to_reside,
    "in_emergency_departments": in_emergency_departments,
}

__all__ = ["HealthSystem"]
