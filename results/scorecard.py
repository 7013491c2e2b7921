"""`leftshift scorecard`: the neighbourhood health scorecard of a run's cohorts, month by month.

What was recorded is laid out as the scorecard of the National Neighbourhood Health Implementation Programme
is published: fifteen measures by month, in all and by age group, ethnic group and quintile. Each value is a
mean over replicates with its interval; beside it stands what one month may show by chance.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.runs import Run, load_run
from results.statistics import mean_interval, over_replicates, parameter_interval, t_quantile
from results.uncertainty.tornado import LEAST_DRAWS
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.report.blocks import Table

TABLE = "scorecard"
BREAKDOWNS = ("all", "age_group", "ethnic_group", "quintile")
PER_1000 = "emergency_bed_days_per_1000"
PER = 1000.0
UNDER_18 = "under 18"
KEYS = ["breakdown", "level", "measure", "period"]
NOTES = (
    (
        "Who they are",
        "Chosen on the start population and fixed: the same people in every scenario. Who dies or leaves the "
        "area is a patient until then.",
    ),
    (
        "low, high",
        "95% interval of the mean over replicates: computing error, less with more replicates. All measures "
        "are counts of what happened or rates of them, so an end below nought is written as nought: the mean "
        "cannot be less, and the interval holds it as often as before",
    ),
    (
        "drawn_low, drawn_high",
        "95% range over draws of the uncertain figures, chance taken out, so it may be narrower than low to "
        f"high; blank with fewer than {LEAST_DRAWS} draws, which show no range",
    ),
    (
        "month_low, month_high",
        "95% of what one month may show by chance, at full scale only: at a smaller scale each person stands "
        "for several, and chance is overstated",
    ),
    (
        "Not known",
        "The model knows everybody's age, ethnic group and quintile, so 'not known' is never used",
    ),
)
_ORDER = Path(__file__).with_name("scorecard.csv")


@cache
def measures() -> pd.DataFrame:
    """Return `results/scorecard.csv`, by measure: label, unit, place among those published, how made."""
    return pd.read_csv(_ORDER, dtype={"published": "Int64"}).set_index("measure")


def cohort_names(run: Run) -> list[str]:
    """Return the names of the cohorts that a run recorded.

    Raises:
        InputError: The run is older than scorecards.
    """
    return sorted(str(name) for name in run.later_table(TABLE)["cohort"].unique())


def values(run: Run, cohort: str) -> pd.DataFrame:
    """Return the scorecard of one cohort in each replicate.

    Args:
        run: The run.
        cohort: Name of a cohort that it recorded.

    Returns:
        Columns breakdown, level, measure, period, replicate, value: the recorded measures, and bed days per
        1,000 patients. Levels and measures are in their published order. Children are left out where the
        cohort has none.

    Raises:
        InputError: The run recorded no such cohort, or is older than scorecards.
    """
    table = run.later_table(TABLE)
    known = cohort_names(run)
    if cohort not in known:
        raise InputError(
            file=run.folder, key="--cohort", found=cohort, names=known,
            allowed=f"a cohort that the run recorded: {', '.join(known) or 'it has none'}",
        )  # fmt: skip
    mine = table[table["cohort"] == cohort].rename(columns={"dimension": "breakdown"})
    keys = ["breakdown", "level", "period", "replicate"]
    wide = mine.astype(dict.fromkeys(["breakdown", "level", "measure", "period"], str)).pivot_table(
        index=keys, columns="measure", values="value", aggfunc="sum"
    )
    children = wide.index.get_level_values("level") == UNDER_18
    if not wide.loc[children, "person_months"].any():
        wide = wide[~children]
    lived = wide["person_months"].where(wide["person_months"] > 0)
    if "emergency_bed_days" in wide:  # a run without care has people only
        wide[PER_1000] = PER * wide["emergency_bed_days"] / lived
    shown = [name for name in measures().index if name in wide]
    tidy = wide[shown].reset_index().melt(id_vars=keys, var_name="measure", value_name="value")
    return _in_order(tidy)[[*KEYS, "replicate", "value"]]


def _in_order(tidy: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the published order of breakdowns and measures; levels by name, children first."""
    levels = sorted(tidy["level"].unique(), key=lambda level: (level != UNDER_18, level))
    ranks = [
        tidy["breakdown"].map({name: place for place, name in enumerate(BREAKDOWNS)}),
        tidy["level"].map({name: place for place, name in enumerate(levels)}),
        tidy["measure"].map({name: place for place, name in enumerate(measures().index)}),
        tidy["period"],
        tidy["replicate"],
    ]
    order = np.lexsort([rank.to_numpy() for rank in ranks][::-1])
    return tidy.iloc[order].reset_index(drop=True)


def summary(run: Run, cohort: str) -> pd.DataFrame:
    """Return the scorecard of one cohort over replicates.

    Returns:
        Columns breakdown, level, measure, period, value (mean), low, high (95% interval of the mean over
        replicates: computing error; all that is measured is a count or a rate of counts, so what of it lies
        below nought is left out, which no true mean can fall into: the interval covers as often as before),
        month_low, month_high (95% of what one month may show by chance alone: with two replicates or more,
        at full scale) and, of a run with draws, drawn_low, drawn_high (95% over draws of the uncertain
        figures; NaN with fewer than `LEAST_DRAWS`).
    """
    tidy = values(run, cohort)
    units = tidy["replicate"].nunique()
    found = tidy.loc[::units, KEYS].reset_index(drop=True)
    matrix = tidy["value"].to_numpy().reshape(-1, units)
    draws = int(run.manifest.get("draws", 0))
    even = draws > 1 and units % draws == 0
    each = over_replicates(matrix, draws) if even else matrix
    mean, low, high, spread = mean_interval(each)
    found["value"], found["low"], found["high"] = mean, np.maximum(low, 0.0), high
    count = each.shape[-1]
    reach = t_quantile(count - 1) * spread * np.sqrt(1.0 + 1.0 / count)
    whole = float(run.manifest["scale"]) == 1.0
    found["month_low"] = np.maximum(mean - reach, 0.0) if whole else np.nan
    found["month_high"] = mean + reach if whole else np.nan
    if even:
        _, *ends = parameter_interval(matrix, draws)
        known = draws >= LEAST_DRAWS
        found["drawn_low"], found["drawn_high"] = ends if known else (np.nan, np.nan)
    return found


def layout(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the means of a summary as the scorecard is published: a row a measure, a column a month."""
    months = list(dict.fromkeys(frame["period"]))
    keys = KEYS[:-1]
    wide = frame.pivot_table(index=keys, columns="period", values="value", sort=False, dropna=False)
    wide = wide.reindex(frame[keys].drop_duplicates().set_index(keys).index)[months].reset_index()
    wide.insert(2, "label", wide["measure"].map(measures()["label"]))
    wide.insert(3, "unit", wide["measure"].map(measures()["unit"]))
    return wide.drop(columns="measure").rename_axis(columns=None)


def scorecard_command(run_path: str | Path, cohort: str | None, out: str | Path) -> list[Path]:
    """Write the scorecards of a run: scorecard_COHORT.csv for each cohort, and scorecard.xlsx.

    Args:
        run_path: Folder of the run.
        cohort: Name of one cohort; None for all that the run recorded.
        out: Folder; files of the same names in it are replaced.

    Returns:
        The files.

    Raises:
        InputError: The run cannot be read, is older than scorecards, or recorded no such cohort.
    """
    run = load_run(run_path)
    names = cohort_names(run) if cohort is None else [cohort]
    if not names:
        raise InputError(
            file=run.folder, key=TABLE, found="a run that follows no cohort",
            allowed="a run with a cohort: give one with `leftshift run --cohort FILE`",
        )  # fmt: skip
    found = {name: summary(run, name) for name in names}
    folder = Path(out)
    if folder.is_file():
        raise InputError(file=folder, key="--out", found="a file", allowed="a folder")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in found.items():
        shown = frame.assign(
            label=frame["measure"].map(measures()["label"]), unit=frame["measure"].map(measures()["unit"])
        )
        path = folder / f"scorecard_{name}.csv"
        _replace(path, shown.to_csv(index=False, lineterminator="\n").encode())
        written.append(path)
    written.append(_workbook(folder / "scorecard.xlsx", run, found))
    return written


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole: to a temporary name, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def _workbook(path: Path, run: Run, found: dict[str, pd.DataFrame]) -> Path:
    from results.workbook import write_workbook

    tables: list[Table] = []
    for name, frame in found.items():
        label = _labels(run).get(name, name)
        tables.append(_table(name, f"Scorecard: {label}. Means over replicates, by month", layout(frame)))
        names = measures()
        shown = frame.assign(measure=frame["measure"].map(names["label"]))
        shown.insert(list(shown.columns).index("measure") + 1, "unit", frame["measure"].map(names["unit"]))
        tables.append(_table(f"{name}_intervals", f"Scorecard with intervals: {label}", shown))
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    known = [*notes(run, list(found)), *_behind(run, found)]
    write_workbook(temporary, f"Neighbourhood health scorecard: {run.label}", known, tables)
    os.replace(temporary, path)
    return path


def _behind(run: Run, found: dict[str, pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield how many simulated residents stand behind each scorecard of a sample."""
    scale = float(run.manifest["scale"])
    if scale >= 1.0:
        return
    for name, frame in found.items():
        everybody = frame[(frame["breakdown"] == "all") & (frame["measure"] == "patients")]
        if len(everybody):
            people = float(everybody["value"].iloc[0])
            yield (
                f"Sample of {name}",
                f"About {people * scale:,.0f} simulated residents stand for {people:,.0f} patients: too few "
                "for single months or small groups to be read",
            )


def _table(name: str, caption: str, frame: pd.DataFrame) -> Table:
    from results.report.blocks import Table

    return Table(name=name, caption=caption, head=list(frame.columns), rows=[], frame=frame)


def _labels(run: Run) -> dict[str, str]:
    """Return what the run's manifest calls its cohorts."""
    return {str(one["name"]): str(one["label"]) for one in run.manifest.get("cohorts", [])}


def notes(run: Run, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a reader of the workbook must know: item and text."""
    manifest, labels = run.manifest, _labels(run)
    what = (
        f"{manifest['area']}, from {manifest['start']}, {manifest['years']} years, scale {manifest['scale']}"
    )
    done, asked = len(run.replicates), run.declared_replicates
    found = [
        ("Run", f"{run.name}: {run.label}; {what}"),
        ("Replicates", f"{done} of {asked}: the run is not finished" if run.unfinished else str(done)),
        *((f"Cohort {name}", labels.get(name, name)) for name in names),
        *NOTES,
    ]
    for name, row in measures().iterrows():
        how = "An expectation. " if row["how"] == "expectation" else ""
        found.append((str(row["label"]), f"{name}, in {row['unit']}. {how}{row['note']}."))
    return found


__all__ = ["cohort_names", "layout", "measures", "scorecard_command", "summary", "values"]
