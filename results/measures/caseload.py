"""Who is on the caseload of a programme and who is missed, by stratum and within a neighbourhood.

Coverage is who is followed at the year's end over who was eligible when that was last counted in the year; of
a programme that follows nobody, who was newly reached in the year over who was eligible. People whom a
programme helps may be eligible no longer and still be followed, so a share above one is possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from results.measures.series import MONTHS, month_labels, natural_key, year_labels
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

TABLE = "reach"
COLUMNS = [
    "replicate", "period", "programme", "level", "eligible", "reached", "following", "covered_share",
    "missed",
]  # fmt: skip
_OF_YEAR = {"eligible": "eligible", "reached_in_year": "reached", "following": "following"}
CROSSED = ("quintile", "ethnic_group")


def caseload(run: Run, dimension: str = "all", neighbourhood: str | None = None) -> pd.DataFrame:
    """Return eligible, reached and followed people of each programme by year.

    Args:
        run: A run.
        dimension: all, neighbourhood, council, quintile, sex, age_band or ethnic_group.
        neighbourhood: Only people of this neighbourhood; `dimension` is then all, quintile or ethnic_group.

    Returns:
        Columns `COLUMNS`: people in the full-size area; `reached` in the year, `following` at its end (NaN of
        programmes that follow nobody), `covered_share` 0 to 1, and `missed`: eligible less those covered, at
        least nought. Empty where the run has no programmes or is too old to hold them.

    Raises:
        InputError: The dimension or the neighbourhood is not recorded.
    """
    table = run.optional_table(TABLE)
    if table is None or table.empty:
        return pd.DataFrame(columns=COLUMNS)
    chosen = _chosen(run, table, dimension, neighbourhood)
    months = month_labels(run)
    year = {month: str(year_labels(run)[k // MONTHS]) for k, month in enumerate(months)}
    chosen = chosen.assign(period=chosen["period"].astype(str), measure=chosen["measure"].astype(str))
    chosen = chosen[chosen["measure"].isin(_OF_YEAR)].sort_values("period", kind="stable")
    chosen = chosen.assign(period=chosen["period"].map(year), name=chosen["measure"].map(_OF_YEAR))
    keys = ["replicate", "period", "programme", "level"]
    last = chosen.groupby([*keys, "name"], observed=True)["value"].last()  # following: at the year's end
    wide = last.reset_index().pivot_table(index=keys, columns="name", values="value", observed=True)
    wide = wide.reindex(columns=[*_OF_YEAR.values()]).reset_index()
    covered = wide["following"].fillna(wide["reached"])
    wide["covered_share"] = covered / wide["eligible"].where(wide["eligible"] > 0)
    wide["missed"] = (wide["eligible"] - covered).clip(lower=0.0)
    order = wide["level"].map(natural_key)
    wide = wide.assign(order=order).sort_values(["replicate", "period", "programme", "order"])
    return wide[COLUMNS].reset_index(drop=True)


def _chosen(run: Run, table: pd.DataFrame, dimension: str, neighbourhood: str | None) -> pd.DataFrame:
    """Return the rows of a dimension, or of a neighbourhood with the levels of a dimension."""
    known = sorted({str(name) for name in table["dimension"].unique()})
    whole = [name for name in known if not name.startswith("neighbourhood_")]
    allowed = whole if neighbourhood is None else ["all", *CROSSED]
    if dimension not in allowed:
        raise InputError(
            file=run.folder, key="dimension", found=dimension, allowed=", ".join(allowed), names=allowed
        )
    if neighbourhood is None:
        rows = table[table["dimension"] == dimension]
        return rows.assign(level=rows["level"].astype(str))
    names = sorted(str(level) for level in table.loc[table["dimension"] == "neighbourhood", "level"].unique())
    if neighbourhood not in names:
        raise InputError(
            file=run.folder, key="neighbourhood", found=neighbourhood, allowed=", ".join(names), names=names
        )
    if dimension == "all":
        rows = table[(table["dimension"] == "neighbourhood") & (table["level"].astype(str) == neighbourhood)]
        return rows.assign(level="all")
    rows = table[table["dimension"] == f"neighbourhood_{dimension}"]
    parts = rows["level"].astype(str).str.split("|", n=1)
    return rows.assign(level=parts.str[1])[parts.str[0] == neighbourhood]


__all__ = ["caseload"]
