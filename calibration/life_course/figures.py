"""The figures of the page, each from the tables of its section."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.life_course import later, mortality, risks, start
from calibration.life_course.checks import Check, Target, of_check, tolerance_of
from calibration.life_course.drawing import ALLOWED, GREY, LINES, MARKERS, Figure, colour, sheet, titled
from calibration.life_course.recording import Record
from sim.population.strata import N_QUINTILES, SEXES

SHOWN_TRANSIENTS = 6
_LEAST_EXPECTED, _MANY_EXPECTED = 300.0, 3_000.0


def _plain(key: str) -> str:
    return key.replace("_", " ").replace(": ", ", ")


def prevalence(table: pd.DataFrame, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw cases over the table's by condition, a mark for each age band and fifth."""
    path = folder / "life_course_prevalence.svg"
    some = table[table["expected"] >= _LEAST_EXPECTED]
    names = list(dict.fromkeys(some["condition"]))
    ratio = some["cases"] / some["expected"] - 1.0
    near = tolerance_of(targets, "prevalence")
    finding = (
        f"{float((ratio.abs() <= near).mean()):.0%} of cells with {_LEAST_EXPECTED:.0f} cases or more start "
        f"within {near:.0%} of their table"
    )
    with sheet(path, 0.24 * len(names) + 1.2) as axes:
        axes.axvspan(-100 * near, 100 * near, color=ALLOWED, zorder=0, label=f"within {near:.0%}")
        for i, name in enumerate(names):
            mine = some["condition"] == name
            for large in (False, True):
                these = mine & ((some["expected"] >= _MANY_EXPECTED) == large)
                axes.plot(
                    100 * ratio[these], np.full(int(these.sum()), i), "o", markersize=9 if large else 4,
                    markerfacecolor="none", markeredgecolor=colour(0), markeredgewidth=0.8,
                )  # fmt: skip
        axes.set_yticks(range(len(names)), [_plain(name) for name in names])
        axes.invert_yaxis()
        axes.set_ylim(len(names) + 0.6, -0.8)
        axes.set_xlabel(
            "Cases against the table, % (a ring for each age band and fifth; large: "
            f"{_MANY_EXPECTED:,.0f} cases or more)"
        )
        axes.legend(frameon=False, loc="lower right")
        titled(axes, finding)
    return Figure(path=path, told=f"Rings by condition around zero per cent. {finding}.")


def multimorbidity(record: Record, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw shares with one, two, three or more conditions by age, and published shares."""
    path = folder / "life_course_multimorbidity.svg"
    shares = start.multimorbidity_by_age(record)
    above = {1: 1 - shares["0"], 2: shares["2"] + shares["3+"], 3: shares["3+"]}
    finding = (
        f"{above[2].iloc[-4]:.0%} have two or more named conditions at {shares.index[-4]} to "
        f"{shares.index[-4] + 4}; lists of 35 and 36 conditions count more"
    )
    with sheet(path) as axes:
        for k, (least, line) in enumerate(above.items()):
            axes.plot(
                shares.index + 2.5, 100 * line, LINES[k], color=colour(k), marker=MARKERS[k], markersize=4,
                label=f"{least} or more (model)",
            )  # fmt: skip
        for k, target in enumerate(t for t in of_check(targets, "two_or_more") if " " not in t.stratum):
            ages = start.ages_of(target.stratum)
            first, last = ages.start or 0, ages.stop or 95
            axes.plot(
                [first, last], [100 * target.value] * 2, color=GREY, linewidth=1.5, linestyle=LINES[k % 4],
                label=f"{target.label.lower()}, {target.stratum}".removesuffix(", all"),
            )  # fmt: skip
        axes.set_xlabel("Age")
        axes.set_ylabel("People, %")
        axes.set_ylim(0, 100)
        axes.legend(frameon=False, fontsize=8)
        titled(axes, finding)
    return Figure(path=path, told=f"Three rising curves by age and four published levels. {finding}.")


def life_expectancy(rates: mortality.Rates, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw life expectancy by fifth and sex, model and table."""
    path = folder / "life_course_expectancy.svg"
    years = mortality.expectancy_by_fifth(rates)
    asked = {target.stratum: target.value for target in of_check(targets, "life_expectancy")}
    off = [years[s, q] - asked[f"{sex} {q + 1}"] for s, sex in enumerate(SEXES) for q in range(N_QUINTILES)]
    near = tolerance_of(targets, "life_expectancy")
    inside = sum(abs(value) <= near for value in off)
    finding = (
        f"{inside} of {len(off)} life expectancies are within {near:g} years of the tables "
        f"(model less table: {min(off):+.2f} to {max(off):+.2f})"
    )
    with sheet(path, 3.2) as axes:
        fifths = np.arange(1, N_QUINTILES + 1)
        axes.axhspan(-near, near, color=ALLOWED, zorder=0, label=f"within {near:g} years")
        axes.axhline(0.0, color=GREY, linewidth=0.8)
        for s, sex in enumerate(SEXES):
            known = np.array([asked[f"{sex} {q}"] for q in fifths])
            axes.plot(fifths, years[s] - known, LINES[s], color=colour(s), marker=MARKERS[s], label=sex)
            for q, value, other in zip(fifths, years[s], known, strict=True):
                axes.annotate(f"{value:.1f}", (q, value - other), fontsize=8, xytext=(0, -13 if s else 6),
                              textcoords="offset points", ha="center")  # fmt: skip
        axes.set_xticks(fifths, ["1\nmost deprived", "2", "3", "4", "5\nleast deprived"])
        axes.set_ylabel("Model less table, years (figures: model)")
        axes.margins(y=0.25)
        axes.legend(frameon=False)
        titled(axes, finding)
    return Figure(path=path, told=f"Differences by fifth for men and women. {finding}.")


def gap_by_cause(rates: mortality.Rates, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw what each cause contributes to the gap, beside England's shares."""
    path = folder / "life_course_gap.svg"
    gaps = mortality.gap_by_cause(rates)
    names = list(gaps[SEXES[0]])
    published = {target.stratum: target for target in of_check(targets, "cause_of_gap")}
    back = {mine: theirs for theirs, mine in mortality.SAME_CAUSE.items()}
    first = max(names, key=lambda name: float(np.mean([gaps[sex][name] for sex in SEXES])))
    lead = float(np.mean([gaps[sex][first] for sex in SEXES]))
    finding = f"{_plain(first).capitalize()} makes {lead:.0%} of the gap between fifths in the model"
    with sheet(path, 0.5 * len(names) + 1.4, panels=2) as panels:
        for s, (sex, axes) in enumerate(zip(SEXES, panels, strict=True)):
            for i, name in enumerate(names):
                share = 100 * gaps[sex][name]
                axes.barh(
                    i, share, height=0.55, color=colour(s), alpha=0.55, edgecolor="black", linewidth=0.6
                )
                target = published.get(f"{sex} {back.get(name, name)}")
                if target is not None:
                    axes.errorbar(
                        100 * target.value, i, fmt="D", color="black", markersize=5, capsize=4,
                        xerr=[[100 * (target.value - target.low)], [100 * (target.high - target.value)]],
                    )  # fmt: skip
            axes.set_xlabel(f"{sex}: share of the gap, %")
        panels[0].set_yticks(range(len(names)), [_plain(name) for name in names])
        panels[0].invert_yaxis()
        titled(panels[0], f"{finding}\n(bars: model; diamonds: England 2022-23 with its range)")
    return Figure(path=path, told=f"Bars by cause for men and women with England's shares. {finding}.")


def registers(checks: Sequence[Check], folder: Path) -> Figure:
    """Draw crude register rates of the most over the least deprived fifth, model and England."""
    path = folder / "life_course_registers.svg"
    rows = [check for check in checks if check.label.startswith("Crude register")]
    rows.sort(key=lambda check: check.target)
    steeper = sum(abs(np.log(check.model)) > abs(np.log(check.target)) for check in rows)
    met = sum(bool(check.met) for check in rows)
    finding = (
        f"{met} of {len(rows)} crude gradients are {rows[0].allowed} of England's; "
        f"{steeper} are farther from one than England's"
    )
    with sheet(path, 0.27 * len(rows) + 1.4) as axes:
        axes.axvline(1.0, color=GREY, linewidth=0.8)
        for i, check in enumerate(rows):
            axes.plot([check.target, check.model], [i, i], color=GREY, linewidth=1)
            axes.plot(
                check.target, i, "D", color="black", markersize=5, label="England 2019/20" if not i else None
            )
            axes.plot(check.model, i, "o", markerfacecolor="white", color=colour(0), markersize=6,
                      label="model, Dorset" if not i else None)  # fmt: skip
        axes.set_xscale("log")
        ticks = [0.5, 0.7, 1.0, 1.5, 2.0, 3.0]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(rows)), [_plain(check.stratum) for check in rows])
        axes.set_xlabel("Crude register rate, most over least deprived fifth (log scale; ages not adjusted)")
        axes.legend(frameon=False, loc="lower right")
        titled(axes, finding)
    return Figure(path=path, told=f"Two marks for each register joined by a line. {finding}.")


def population(table: pd.DataFrame, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw people ten years on over the projection, by council and age band."""
    near = tolerance_of(targets, "population")
    worst = table.loc[(table["ratio"] - 1.0).abs().idxmax()]
    finding = (
        f"Ten years on, {_inside(table, near)} of {len(table)} numbers of people are within {near:.1%} of "
        f"the projection; farthest: {worst['council']} {worst['age_band']}, {worst['ratio'] - 1:+.1%}"
    )
    words = finding, "Age", "Model against projection, %"
    return _bands(table, "age_band", near, words, folder / "life_course_population.svg")


def _inside(table: pd.DataFrame, near: float) -> int:
    return int(((table["ratio"] - 1.0).abs() <= near).sum())


def _bands(table: pd.DataFrame, band: str, near: float, words: tuple[str, str, str], path: Path) -> Figure:
    """Draw ratios by council and age band; `words` are the finding and the names of the axes."""
    finding, across, upward = words
    allowed = f"within {100 * near:g}%"
    with sheet(path, 3.4) as axes:
        axes.axhspan(-100 * near, 100 * near, color=ALLOWED, zorder=0, label=allowed)
        axes.axhline(0.0, color=GREY, linewidth=0.8)
        for k, (council, rows) in enumerate(table.groupby("council", sort=False)):
            axes.plot(
                np.arange(len(rows)) + 0.12 * (k - 0.5), 100 * (rows["ratio"] - 1.0), MARKERS[k],
                color=colour(k), markersize=6, label=council, markerfacecolor="white" if k else colour(k),
            )  # fmt: skip
        axes.set_xticks(range(len(rows)), rows[band])
        axes.set_xlabel(across)
        axes.set_ylabel(upward)
        axes.legend(frameon=False)
        titled(axes, finding)
    return Figure(path=path, told=f"Marks by age band for each council around zero. {finding}.")


def transients(
    records: Sequence[Record], table: pd.DataFrame, targets: Sequence[Target], folder: Path
) -> Figure:
    """Draw prevalence against its later trend, the ones farthest off by name."""
    path = folder / "life_course_transients.svg"
    order = table.reindex(table["largest"].abs().sort_values(ascending=False).index)
    near = tolerance_of(targets, "transient")
    far = int((table["largest"].abs() > near).sum())
    first = order.iloc[0]
    last = later.FIRST_YEARS + later.TREND_YEARS
    finding = (
        f"{far} of {len(table)} start more than {near:.0%} off their later trend; farthest: "
        f"{_plain(first['name'])}, {100 * first['largest']:+.1f}%"
    )
    with sheet(path, 4.2) as axes:
        axes.axhspan(-100 * near, 100 * near, color=ALLOWED, zorder=0, label=f"within {near:.0%}")
        axes.axvspan(0, later.FIRST_YEARS, color="#F3F3F3", zorder=-1)
        for k, name in enumerate(order["name"]):
            series = later.monthly_prevalence(records, name)
            off = 100 * (series / later.trend(series) - 1.0)
            years = np.arange(series.size) / 12
            some = years <= last
            if k < SHOWN_TRANSIENTS:
                axes.plot(
                    years[some], off[some], LINES[k % 4], color=colour(k), linewidth=1.6, marker=MARKERS[k],
                    markevery=12, markersize=4, label=_plain(name),
                )  # fmt: skip
            else:
                axes.plot(years[some][::6], off[some][::6], color=GREY, linewidth=0.4, alpha=0.6)
        axes.set_xlabel("Years from the start (thin lines: all others)")
        axes.set_ylabel(f"Prevalence by age against years {later.FIRST_YEARS} to {last}, %")
        low, high = axes.get_ylim()
        axes.set_ylim(low - 0.3 * (high - low), high)
        axes.legend(frameon=False, fontsize=8, ncols=4, loc="lower center")
        titled(axes, finding)
    return Figure(
        path=path, told=f"Lines of prevalence against the trend, from the start to year ten. {finding}."
    )


def fractions(table: pd.DataFrame, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw the fall of each hazard against the attributable fraction computed beside it."""
    path = folder / "life_course_fractions.svg"
    table = table[~table["factor"].isin(risks.TREATMENTS)]
    off = (table["model"] - table["levin"]).abs()
    finding = (
        f"All {len(table)} hazards fall by their attributable fraction to within {100 * off.max():.1f} points"
    )
    near = 100 * tolerance_of(targets, "paf")
    with sheet(path, 3.6) as axes:
        axes.axhspan(-near, near, color=ALLOWED, zorder=0, label=f"within {near:g} points")
        axes.axhline(0.0, color=GREY, linewidth=0.8)
        for k, (factor, rows) in enumerate(table.groupby("factor")):
            axes.plot(
                100 * rows["levin"], 100 * (rows["model"] - rows["levin"]), MARKERS[k], color=colour(k),
                markersize=6, markerfacecolor="white" if k % 2 else colour(k), label=_plain(factor),
            )  # fmt: skip
        for row in table.loc[off.nlargest(2).index].itertuples():
            axes.annotate(_plain(row.condition), (100 * row.levin, 100 * (row.model - row.levin)), fontsize=8,
                          xytext=(8, 0), textcoords="offset points", va="center")  # fmt: skip
        axes.set_xlabel("Attributable fraction by Levin's formula, %")
        axes.set_ylabel("Fall in the model less the fraction, points")
        axes.legend(frameon=False, loc="lower right", ncols=2)
        titled(axes, finding)
    return Figure(path=path, told=f"Marks around zero, one for each condition and risk factor. {finding}.")


def quitting(pace: pd.DataFrame, folder: Path) -> Figure:
    """Draw the excess risk left by years since quitting, model and published, one pair for each curve."""
    path = folder / "life_course_quitting.svg"
    gap = (pace["model"] - pace["published"])[pace["years"] > 0].abs().max()
    finding = f"Those who quit lose their excess risk at the published pace to within {100 * gap:.0f} points"
    with sheet(path, 3.4) as axes:
        for k, (curve, rows) in enumerate(pace.groupby("curve")):
            own = rows.drop_duplicates("years")
            axes.plot(
                own["years"], 100 * own["published"], LINES[k], color="black", label=f"{curve}, published"
            )
            axes.plot(
                own["years"], 100 * own["model"], LINES[k], color=colour(k), marker=MARKERS[k], markersize=5,
                markerfacecolor="white", label=f"{curve}, model, mean over those who quit",
            )  # fmt: skip
        axes.set_xlabel("Years since quitting")
        axes.set_ylabel("Excess risk left, %")
        axes.set_ylim(0, 105)
        axes.legend(frameon=False)
        titled(axes, finding)
    return Figure(path=path, told=f"Falling curves over ten years, model and published. {finding}.")


def past(table: pd.DataFrame, folder: Path) -> Figure:
    """Draw the population predicted from 2012 and the estimates."""
    path = folder / "life_course_past.svg"
    known = table.dropna()
    last = known[known["year"] == known["year"].max()]
    told = ", ".join(f"{row.council} {100 * (row.ratio - 1):+.1f}%" for row in last.itertuples())
    finding = f"Predicted from 2012, the population of {int(known['year'].max())} is off by {told}"
    with sheet(path, 3.4) as axes:
        for k, (council, rows) in enumerate(known.groupby("council", sort=False)):
            axes.plot(
                rows["year"],
                rows["published"] / 1000,
                "-",
                color="black",
                marker=".",
                label=f"{council}, estimate",
            )
            axes.plot(
                rows["year"], rows["model"] / 1000, LINES[k + 1], color=colour(k), marker=MARKERS[k],
                markersize=5, markerfacecolor="white", label=f"{council}, model",
            )  # fmt: skip
        axes.set_ylabel("Residents, thousands")
        axes.legend(frameon=False)
        titled(axes, finding)
    return Figure(path=path, told=f"Lines of residents from 2012 to 2022, by council. {finding}.")


def past_ages(table: pd.DataFrame, targets: Sequence[Target], folder: Path) -> Figure:
    """Draw residents of mid-2022 predicted from 2012 over the estimate, by council and age band."""
    near = tolerance_of(targets, "past_band")
    worst = table.loc[(table["ratio"] - 1.0).abs().idxmax()]
    finding = (
        f"{_inside(table, near)} of {len(table)} bands of 2022 are within {near:.0%} of the estimate; "
        f"farthest: {worst['council']} {worst['age_from']}-{worst['age_to']}, {worst['ratio'] - 1:+.0%}"
    )
    words = finding, "First age of the band", "Model against estimate, %"
    return _bands(table, "age_from", near, words, folder / "life_course_past_ages.svg")


def attendances(people: Sequence[float], names: Sequence[str], folder: Path) -> Figure:
    """Draw people by class of attendances in a year; those with five or more are hatched."""
    path = folder / "life_course_attendances.svg"
    attended = sum(people[1:])
    shares = [100 * number / attended for number in people[1:]]
    words = [name.replace("_to_", " to ").replace("_plus", " or more") for name in names[1:]]
    often = shares[4] + shares[5]
    finding = f"{often:.1f}% of those who attend an emergency department do so five times or more in a year"
    with sheet(path, 3.2) as axes:
        bars = axes.bar(range(len(shares)), shares, color="#B8C7D9", edgecolor="black", linewidth=0.7)
        for k, (bar, share) in enumerate(zip(bars, shares, strict=True)):
            bar.set_hatch("//" if k >= 4 else "")
            axes.annotate(f"{share:.2g}%", (k, share), ha="center", xytext=(0, 3),
                          textcoords="offset points")  # fmt: skip
        axes.set_yscale("log")
        axes.set_xticks(range(len(shares)), words)
        axes.set_xlabel("Attendances of a major department in twelve months (hatched: five or more)")
        axes.set_ylabel("Those who attended, % (log scale)")
        titled(axes, finding)
    return Figure(path=path, told=f"Bars that fall from one to ten or more attendances. {finding}.")
