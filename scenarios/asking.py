"""What a command of analysis was asked, checked as a whole: every problem is told at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from scenarios.execution import Settings
from scenarios.experiment import DIRECTIONS
from scenarios.identity import load_function
from scenarios.names import require_area
from sim.interventions.specification import MONTHS_A_YEAR, Payer, month_label, month_number
from sim.parameters.errors import InputError, nearest_name

Found = TypeVar("Found")
APRIL = 4
LIKE = 3
"""How many measures with a like name are told beside the usual ones."""
USUAL = ("emergency_admissions", "ed_attendances", "nctr_daily", "deaths", "qalys", "net_cost_nhs")
"""Measures that a programme is mostly to change."""
LARGEST_SEED = 2**63 - 1


class Refused(InputError):
    """Several problems, one a line."""

    def __init__(self, problems: Sequence[InputError]) -> None:
        self.problems = tuple(problems)
        first = problems[0]
        super().__init__(file=first.file, key=first.key, found=first.found, allowed=first.allowed)

    def message(self) -> str:
        """Return every problem, one a line."""
        return "\n".join(dict.fromkeys(problem.message() for problem in self.problems))


@dataclass
class Asked:
    """Collects the problems of a command.

    Attributes:
        problems: Those met so far.
    """

    problems: list[InputError] = field(default_factory=list)

    def read(self, make: Callable[[], Found]) -> Found | None:
        """Return what is made, or None with its problem kept."""
        try:
            return make()
        except InputError as error:
            self.problems.append(error)
            return None

    def refuse(self, key: str, found: object, allowed: str, names: Sequence[str] = ()) -> None:
        """Keep a problem with one argument."""
        self.problems.append(
            InputError(file="command line", key=key, found=found, allowed=allowed, names=names)
        )

    def within(self, key: str, value: float, low: float, high: float, allowed: str) -> None:
        """Keep the problem of a number out of range (not a number is out of range)."""
        if not low <= value <= high:
            self.refuse(key, value, allowed)

    def settings(
        self, *, area: str, start: str, years: int, scale: float, seed: int, replicates: int, draws: int,
        workers: int | None,
    ) -> Settings | None:  # fmt: skip
        """Return what runs are of, or None with every problem kept."""
        before = len(self.problems)
        try:
            month_number(start)
        except ValueError:
            self.refuse("--start", start, "a month as YYYY-MM")
        self.within("--years", years, 1, 50, "a whole number of years from 1 to 50")
        self.within("--scale", scale, 1e-6, 1.0, "a share above 0 and up to 1")
        self.within("--seed", seed, 0, LARGEST_SEED, f"a whole number from 0 to {LARGEST_SEED}")
        self.within("--replicates", replicates, 1, 10_000, "a whole number from 1 to 10000")
        self.within("--draws", draws, 0, 10_000, "a whole number from 0 to 10000")
        if workers is not None:
            self.within("--workers", workers, 1, 1024, "a whole number from 1 to 1024")
        self.read(lambda: require_area(area))
        if len(self.problems) > before:
            return None
        return Settings(area=area, start=start, years=years, scale=scale, seed=seed)

    def measures(self, names: str, key: str = "--measures") -> tuple[str, ...]:
        """Return measures named with commas between them."""
        known: dict[str, str] = load_function(DIRECTIONS)()
        given = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if not given:
            self.refuse(key, names, "names of measures with commas between them")
        for name in given:
            if name not in known:
                near = nearest_name(name, known)
                allowed = "a measure of docs/reference/measures.md, or a sum such as net_cost_nhs"
                self.refuse(key, name, allowed, [near] if near else [])
        return given

    def payer(self, payer: str) -> None:
        """Keep the problem of a payer that is none."""
        known = get_args(Payer)
        if payer not in known:
            self.refuse("--payer", payer, f"one of {', '.join(known)}", known)

    def better(self, measure: str) -> str:
        """Return which way of a measure is better; keeps the problem of one of which neither is."""
        known: dict[str, str] = load_function(DIRECTIONS)()
        way = known.get(measure, "lower")
        if way == "neutral":
            would = [name for name, direction in known.items() if direction != "neutral"]
            near = [name for name in would if set(name.split("_")) & set(measure.split("_"))]
            named = ", ".join(dict.fromkeys([*near[:LIKE], *USUAL]))
            allowed = (
                f"a measure of which more, or less, is better, such as {named}; docs/reference/measures.md "
                "tells all"
            )
            self.refuse("--measure", measure, allowed)
        return way

    def year(self, settings: Settings, year: str, key: str = "--year") -> str | None:
        """Return the label of the year that begins in the calendar year given, such as '2029/30' of 2029."""
        labels = year_labels(settings)
        for label in labels:
            if year in {label, label[:4]}:
                return label
        self.refuse(key, year, f"a year of the run: {', '.join(labels)} (2029 is the one that begins then)")
        return None

    def end(self) -> None:
        """Refuse with every problem, where there is one."""
        if len(self.problems) == 1:
            raise self.problems[0]
        if self.problems:
            raise Refused(self.problems)


def year_labels(settings: Settings) -> list[str]:
    """Return the labels of a run's years as `results` has them: 2026/27 for one that starts in April."""
    first = month_number(settings.start)
    found = []
    for year in range(settings.years):
        number = first + year * MONTHS_A_YEAR
        begins = month_label(number)
        if number % MONTHS_A_YEAR + 1 == APRIL:
            found.append(f"{begins[:4]}/{(int(begins[:4]) + 1) % 100:02d}")
        elif number % MONTHS_A_YEAR == 0:
            found.append(begins[:4])
        else:
            found.append(f"{begins} to {month_label(number + MONTHS_A_YEAR - 1)}")
    return found


def change_wanted(asked: Asked, text: str | None) -> tuple[float | None, float | None]:
    """Return a wanted difference as (absolute, per cent): '-5%' or '-500'."""
    if text is None:
        return None, None
    percent = text.endswith("%")
    try:
        number = float(text.removesuffix("%"))
        if not abs(number) < float("inf"):
            raise ValueError
    except ValueError:
        asked.refuse("--change", text, "a difference such as -500, or in per cent such as -5%")
        return None, None
    return (None, number) if percent else (number, None)
