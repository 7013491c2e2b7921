"""The page of one neighbourhood: use, caseload, visits, who must be reached, work elsewhere, forecast."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from results.measures.registry import measure
from results.measures.series import month_labels
from results.report.blocks import UNREAD, Context, Row, Table, change_text, estimate, is_clear, is_grey
from results.report.control import Control, control, control_chart
from results.report.page_data import neighbourhoods
from results.report.reach import ABSENT, reach, staff_a_day
from results.report.sections.shared import spoken
from results.settings import settings
from results.stated import intervention_labels
from results.wording import Estimate, joined, number

USE = (
    "emergency_admissions", "ed_attendances", "occupied_beds", "nctr_daily", "outpatient_attendances",
    "care_home_entries", "deaths",
)  # fmt: skip
VISITS = ("gp_appointments", "community_contacts", "int_contacts", "ucr_responses", "pharmacy_contacts")
FORECAST = ("emergency_admissions", "ed_attendances", "occupied_beds", "community_contacts")
DAYS = 365.25
YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A control chart with its words."""

    title: str
    note: str
    svg: str
    """Made here; every text in it is escaped."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is shown of one neighbourhood."""

    key: str
    id: str
    name: str
    people: str
    use: Table
    visits: Table
    caseload: Table | None
    caseload_words: str
    staff: list[str]
    """Hours of programmes' staff a day, for each scenario that needs any here."""
    needed: list[str]
    elsewhere: list[str]
    charts: list[Drawn]
    forecast: Table
    """The last year of the charts, month by month."""


def page_id(key: str) -> str:
    """Return the id of a neighbourhood's page, as the page's script has it."""
    return "int-" + re.sub(r"[^A-Za-z0-9]", "-", key)


def pages(context: Context) -> list[Page]:
    """Return the page of every neighbourhood, in the order of names."""
    use, moved = use_frame(context), reach(context)
    controls = _controls(context)
    return [_page(context, key, name, use, moved, controls) for key, name in neighbourhoods(context)]


@lru_cache(maxsize=2)
def use_frame(context: Context) -> pd.DataFrame:
    """Return last year's paired differences of what pages show, by neighbourhood; rows of `differences`."""
    names = [*USE, *VISITS, *(row["measure"] for row in settings())]
    return context.changes(dict.fromkeys(names), "neighbourhood")


def _page(
    context: Context, key: str, name: str, use: pd.DataFrame, moved: pd.DataFrame,
    controls: dict[str, dict[str, Control]],
) -> Page:  # fmt: skip
    """Return one page."""
    mine = use[use["level"] == key]
    people = context.comparison.levels("population", "neighbourhood")
    people = people[(people["level"] == key) & (people["run"] == context.baseline_name)]
    registered = next((estimate(row, "value").mean for row in people[::-1].itertuples()), float("nan"))
    reached = moved[(moved["dimension"] == "neighbourhood") & (moved["level"] == key)]
    return Page(
        key=key,
        id=page_id(key),
        name=name,
        people=number(registered, -2),
        use=_wide(
            context,
            mine,
            USE,
            key,
            f"{name}: use of care in {context.last_year}; differences (grey: not clear, or small)",
            per_day=False,
        ),
        visits=_wide(
            context,
            mine,
            VISITS,
            key,
            f"{name}: visits and contacts a day in {context.last_year}; differences from baseline",
        ),
        caseload=_caseload(context, reached, key, name) if not reached.empty else None,
        caseload_words="" if not reached.empty else ABSENT,
        staff=_staff(context, moved, key),
        needed=_needed(context, mine, reached, moved),
        elsewhere=_elsewhere(context, mine),
        charts=_charts(context, key, name, controls),
        forecast=_forecast_table(context, key, name, controls),
    )


def _wide(
    context: Context,
    rows: pd.DataFrame,
    names: tuple[str, ...],
    key: str,
    caption: str,
    *,
    per_day: bool = True,
) -> Table:
    """Return a row for each measure: the baseline, and each scenario's difference."""
    looks = context.scenario_looks
    held = {(row.measure, row.run): row for row in rows.itertuples()}
    made = []
    for name in names:
        mine = [held.get((name, run)) for run in looks]
        if not any(mine):
            continue
        base = next(row for row in mine if row is not None)
        first = Estimate(base.baseline / (DAYS if per_day else 1))  # type: ignore[attr-defined]
        cells = [measure(name).label + ("" if per_day else f" ({measure(name).unit})"), first.text()]
        for row in mine:
            cells.append("not known" if row is None else _change(row, per_day))
        greys = frozenset(place + 2 for place, row in enumerate(mine) if row is None or is_grey(row.verdict))
        made.append(Row(cells, greys=greys))
    head = ["Measure", "Baseline", *(look.label for look in looks.values())]
    kind = "visits" if per_day else "use"
    return Table(name=f"{kind}_{key}", caption=caption, head=head, rows=made, frame=rows)


def _change(row: object, per_day: bool) -> str:
    """Return a difference, a day or as the measure has it."""
    if row.verdict == "scale":  # type: ignore[attr-defined]
        return UNREAD
    if not per_day:
        return change_text(row, measure(row.measure))  # type: ignore[attr-defined]
    shown = estimate(row, "difference")
    return Estimate(shown.mean / DAYS, shown.low / DAYS, shown.high / DAYS).text(signed=True)


def _caseload(context: Context, reached: pd.DataFrame, key: str, name: str) -> Table:
    """Return who could have each programme here, who has it, and who is missed."""
    words = {context.comparison.names[run]: intervention_labels(run) for run in context.comparison.scenarios}
    rows = [
        Row(
            [
                words[row.run].get(row.programme, spoken(row.programme)), row.label, number(row.eligible),
                number(row.reached), number(row.following), f"{number(row.missed)}%",
            ],
            run=row.run,
        )
        for row in reached.itertuples()
    ]  # fmt: skip
    return Table(
        name=f"caseload_{key}", caption=f"{name}: on the caseload, and missed, {context.last_year}",
        head=["Programme", "Scenario", "Eligible", "Reached in the year", "On the caseload", "Missed"],
        rows=rows, frame=reached, headers=2,
    )  # fmt: skip


def _staff(context: Context, moved: pd.DataFrame, key: str) -> list[str]:
    """Return hours of programmes' staff a day here, for each scenario."""
    hours = staff_a_day(context, moved, key)
    return [
        f"{context.looks[str(run)].label}: "
        + joined(
            [
                f"{number(row.hours, 0 if row.hours >= 10 else 1)} hours a day of {spoken(row.group).lower()}"
                for row in part.itertuples()
            ]
        )
        + "."
        for run, part in hours.groupby("run", sort=False)
    ]


def _needed(context: Context, rows: pd.DataFrame, reached: pd.DataFrame, moved: pd.DataFrame) -> list[str]:
    """Return how many people must be reached to avoid one emergency admission, for each scenario."""
    said = []
    whole = context.changes(["emergency_admissions"])
    area = moved[moved["dimension"] == "all"]
    for run, look in context.scenario_looks.items():
        mine = rows[(rows["run"] == run) & (rows["measure"] == "emergency_admissions")]
        here = _ratio(mine, reached[reached["run"] == run]["reached"].sum())
        if here:
            said.append(
                f"{look.label}: about {here} people reached here for each emergency admission avoided."
            )
            continue
        everywhere = _ratio(whole[whole["run"] == run], area[area["run"] == run]["reached"].sum())
        words = f"; in the whole area it is about {everywhere}" if everywhere else ""
        said.append(
            f"{look.label}: cannot be told here, as no clear fall in emergency admissions is seen{words}."
        )
    return said


def _ratio(rows: pd.DataFrame, people: float) -> str:
    """Return people reached for each admission avoided; empty where none is clearly avoided."""
    row = next(rows.itertuples(), None)
    if row is None or not is_clear(row.verdict) or row.difference >= 0 or people <= 0:
        return ""
    ends = [people / -end for end in (row.low, row.high) if end < 0]
    shown = (
        Estimate(people / -row.difference, min(ends), max(ends))
        if len(ends) == 2
        else Estimate(people / -row.difference)
    )
    return shown.text()


def _elsewhere(context: Context, rows: pd.DataFrame) -> list[str]:
    """Return which other services clearly get more work from residents here, for each scenario."""
    names = {row["measure"]: row["setting"] for row in settings()}
    said = []
    for run, look in context.scenario_looks.items():
        mine = rows[(rows["run"] == run) & rows["measure"].isin(names)]
        clear = mine[mine["verdict"].map(is_clear).astype(bool) & (mine["difference"] > 0)]
        parts = [
            f"{names[row.measure]} {estimate(row, 'difference').text(signed=True)} a year"
            for row in clear.drop_duplicates("measure").itertuples()
        ]
        said.append(
            f"{look.label}: {joined(parts) if parts else 'no service clearly gets more work from here'}."
        )
    return said


@lru_cache(maxsize=2)
def _controls(context: Context) -> dict[str, dict[str, Control]]:
    """Return the months with their limits by measure and neighbourhood."""
    comparison = context.comparison
    found: dict[str, dict[str, Control]] = {}
    for name in FORECAST:
        before = comparison.draws(comparison.baseline, name, "neighbourhood", "month")
        if before.empty:
            continue
        after = {
            comparison.names[run]: comparison.draws(run, name, "neighbourhood", "month")
            for run in comparison.scenarios
        }
        found[name] = {
            str(level): control(
                _months(context, before, str(level)),
                {run: _months(context, wide, str(level)) for run, wide in after.items()},
            )
            for level in before.index.get_level_values("level").unique()
        }
    return found


def _months(context: Context, wide: pd.DataFrame, level: str) -> np.ndarray:
    """Return one neighbourhood's values by month and unit."""
    mine = wide.xs(level, level="level")
    return mine.reindex(month_labels(context.comparison.baseline)).to_numpy(dtype=float)


def _charts(context: Context, key: str, name: str, controls: dict[str, dict[str, Control]]) -> list[Drawn]:
    """Return the control charts of one neighbourhood."""
    months, made = month_labels(context.comparison.baseline), []
    for of, places in controls.items():
        if key not in places:
            continue
        found, label = places[key], measure(of).label
        unit = "a month" if measure(of).kind == "sum" else measure(of).unit
        reach_words = (
            f"A month must be more than {number(found.reach, 0 if found.reach >= 10 else 1)} away from the "
            f"baseline ({number(100 * found.reach / float(np.nanmean(found.centre)))}%) to stand out."
            if np.isfinite(found.reach) and np.nanmean(found.centre) > 0
            else "One repeat run gives no limits."
        )
        seen = [
            f"{look.label}: {found.outside(run)} of {len(months)} months outside"
            for run, look in context.scenario_looks.items()
            if found.outside(run)
        ]
        title = f"{label}, {unit}: " + ("; ".join(seen) if seen else "no scenario leaves the limits")
        svg = control_chart(
            f"{page_id(key)}-{of}", f"{name}: {title}", f"{reach_words} The file of tables has every month.",
            months, found, context.looks,
        )  # fmt: skip
        made.append(Drawn(title=title, note=reach_words, svg=svg))
    return made


def _forecast_table(context: Context, key: str, name: str, controls: dict[str, dict[str, Control]]) -> Table:
    """Return the last year of the control charts as a table."""
    months, rows = month_labels(context.comparison.baseline), []
    for of, places in controls.items():
        found = places.get(key)
        if found is None:
            continue
        size = float(np.nanmean(np.abs(found.centre)))
        places_shown = 0 if size >= 100 else 1
        for index in range(max(len(months) - YEAR, 0), len(months)):
            middle = float(found.centre[index])
            numbers = [middle, middle - found.reach, middle + found.reach]
            numbers += [float(values[index]) for values in found.lines.values()]
            rows.append(
                Row([measure(of).label, months[index], *(number(one, places_shown) for one in numbers)])
            )
    labels = [context.looks[run].label for run in context.scenario_looks]
    head = ["Measure", "Month", "Baseline", "Lower limit", "Upper limit", *labels]
    caption = f"{name}: the last twelve months of the charts; tables/neighbourhood_forecast.csv has all"
    return Table(
        name="neighbourhood_forecast", caption=caption, head=head, rows=rows, frame=pd.DataFrame(), headers=2
    )


def forecast_frame(context: Context) -> pd.DataFrame:
    """Return every month of every neighbourhood: measure, level, period, centre, lower, upper, run, value."""
    months, parts = month_labels(context.comparison.baseline), []
    for of, places in _controls(context).items():
        for level, found in places.items():
            limits = {
                "centre": found.centre,
                "lower": found.centre - found.reach,
                "upper": found.centre + found.reach,
            }
            for run, values in found.lines.items():
                named = {"measure": of, "level": level, "period": months, "run": run, "value": values}
                parts.append(pd.DataFrame(named | limits))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
