"""What is counted row by row agrees with what is counted by cell, and with a recount from the stages.

Whole numbers agree exactly: false-alarm rate nil. Days and months are sums of fractions in another order, and
agree to one part in 10^9.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results.scorecard import measures as shown_measures
from results.scorecard import scorecard_command
from scenarios.tables import write_table
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY
from sim.observers.groups import crossings
from sim.observers.scorecard import Scorecard, published
from sim.population.residents import REGISTERED
from tests.invariants.conftest import FOURTEEN_HUNDRED
from tests.metamorphic.watching import SCALE, Watched

CLOSE = {"rel": 1e-9, "abs": 1e-6}
TRUE_OF_EVERYBODY = {"patients": "population_end"}
"""Measures of the scorecard that `measures` has under another name."""


def _scorecard(year: Watched) -> Scorecard:
    found = [one for one in year.model.recorder.listeners if isinstance(one, Scorecard)]
    return found[0]


def _members(year: Watched, name: str) -> np.ndarray:
    card = _scorecard(year)
    bit = [cohort.name for cohort in card.cohorts].index(name)
    return np.flatnonzero(card.words >> bit & 1)


def _of(table: pd.DataFrame, **wanted: str) -> pd.Series:
    """Return values by period and measure of one dimension, summed over its levels."""
    rows = table[np.logical_and.reduce([table[key] == value for key, value in wanted.items()])]
    return rows.groupby(["period", "measure"])["value"].sum()


def test_ethnic_groups_divide_everybody(year: Watched) -> None:
    """Every measure that is kept by ethnic group adds up to that of all residents."""
    table = year.tables["measures"]
    parts, everybody = _of(table, dimension="ethnic_group"), _of(table, dimension="all")
    assert set(parts.index.get_level_values("measure")) == set(crossings().index)
    for key, value in parts.items():
        assert value == pytest.approx(everybody[key], **CLOSE), key


@pytest.mark.parametrize("run", ["year", "programmes_year"])
def test_people_of_conditions_and_groups_are_those_of_the_columns(
    run: str, request: pytest.FixtureRequest
) -> None:
    """People at each month's end, counted anew from the codes of every resident."""
    year: Watched = request.getfixturevalue(run)
    residents, conditions = year.model.residents, year.model.parts.conditions
    table = year.tables["measures"]
    table = table[table["measure"] == "population_end"].set_index(["dimension", "level", "period"])["value"]
    for month, codes in enumerate(year.columns):
        period = year.model.recorder.period(month)
        here = codes[:, residents.column_of["status"]] == REGISTERED
        listed = np.zeros(here.size, np.bool_)
        for name in residents.condition_names:
            on_it = np.array(conditions[name].register)[codes[:, residents.column_of[name]]]
            listed |= on_it
            assert table["condition", name, period] * SCALE == pytest.approx((here & on_it).sum())
        assert table["condition", "none", period] * SCALE == pytest.approx((here & ~listed).sum())
        for attribute, group in (("unpaid_carer", "unpaid_carer"), ("care_home", "care_home")):
            of_it = codes[:, residents.column_of[attribute]] > 0
            assert table["plus_group", group, period] * SCALE == pytest.approx((here & of_it).sum())


def test_groups_are_within_their_bounds(year: Watched) -> None:
    """Nobody is in none, no count is negative, and Core20PLUS holds Core20."""
    table = year.tables["measures"]
    table = table[table["dimension"].isin(["condition", "plus_group"])]
    assert (table["value"] >= 0).all()
    wide = table.pivot_table(index=["measure", "period"], columns="level", values="value")
    assert (wide["core20plus"] >= wide[["core20", "homeless", "ethnic_minority"]].max(axis=1) - 1e-9).all()


def test_everybody_is_the_whole_table(year: Watched) -> None:
    """The cohort of all, newcomers included, is what `measures` says of all residents, to the unit."""
    mine = _of(year.tables["scorecard"], cohort="everybody", dimension="all")
    table = _of(year.tables["measures"], dimension="all")
    for (period, measure), value in mine.items():
        counts, share = published().loc[measure, ["counts", "value"]]
        counts = TRUE_OF_EVERYBODY.get(counts, counts)
        if (period, counts) in table.index:
            assert value == pytest.approx(float(share) * table[period, counts], **CLOSE), (period, measure)
            assert float(share) != 1.0 or counts.endswith(("days", "months")) or (
                value == table[period, counts]
            )  # fmt: skip
    by_category = sum(mine.xs(f"conveyances_category_{number}", level=1) for number in (1, 2, 3, 4))
    assert by_category.equals(table.xs("conveyed_to_any_ed", level=1).rename(by_category.name))


@pytest.mark.parametrize("cohort", ["everybody", "fourteen_hundred"])
def test_breakdowns_add_up(year: Watched, cohort: str) -> None:
    """Age groups, ethnic groups and quintiles each divide the cohort, in every measure and month."""
    everybody = _of(year.tables["scorecard"], cohort=cohort, dimension="all")
    for dimension in ("age_group", "ethnic_group", "quintile"):
        parts = _of(year.tables["scorecard"], cohort=cohort, dimension=dimension)
        assert list(parts.index) == list(everybody.index)
        assert np.allclose(parts, everybody, rtol=1e-9, atol=1e-6)


def test_fourteen_hundred_residents_are_recounted(year: Watched) -> None:
    """Patients from the columns; attendances and spells of stages that ended in each month, to the unit."""
    rows = _members(year, "fourteen_hundred")
    assert rows.size == FOURTEEN_HUNDRED
    card = _of(year.tables["scorecard"], cohort="fourteen_hundred", dimension="all")
    status = year.model.residents.column_of["status"]
    stages = year.stages[year.stages["person_slot"].isin(rows)]
    ended = stages[(stages["next"] > TURNED_AWAY) | (stages["next"] <= REMOVED)]
    month = np.searchsorted(year.ends, ended["time_leave"], side="left")
    for number, codes in enumerate(year.columns):
        period = year.model.recorder.period(number)
        here = (codes[rows, status] == REGISTERED).sum()
        assert card[period, "patients"] == pytest.approx(here / SCALE)
        mine = ended[month == number]
        utc = np.isin(mine["node"], year.model.parts.care.nodes_of("utc")).sum()
        assert card[period, "utc_attendances"] == utc
        acute = year.model.parts.care.nodes_of("acute_beds")
        same_day = year.model.parts.care.nodes_of("sdec", "short_stay")
        onward = np.isin(mine["next"], [*acute, *same_day]) | mine["time_start"].isna()
        stays = mine[np.isin(mine["node"], acute) & ~onward]
        assert card[period, "emergency_admissions_1plus"] == len(stays)


def test_the_cohort_is_the_same_in_every_scenario(year: Watched, programmes_year: Watched) -> None:
    """Chosen before anything is done; and a programme's people among them are on the caseload."""
    for name in ("fourteen_hundred", "highest_risk"):
        assert np.array_equal(_members(year, name), _members(programmes_year, name))
    caseload = [
        _of(one.tables["scorecard"], cohort="highest_risk", dimension="all").xs("caseload", level=1).max()
        for one in (year, programmes_year)
    ]
    assert caseload[0] == 0
    assert caseload[1] > 0


def test_the_export_is_the_table_to_the_unit(year: Watched, tmp_path: Path) -> None:
    """What `leftshift scorecard` writes for 1,400 residents is what was recorded."""
    run = tmp_path / "run"
    (run / "replicate_0001").mkdir(parents=True)
    for name, table in year.tables.items():
        write_table(table, run / "replicate_0001" / f"{name}.parquet")
    manifest = {
        "schema_version": "1.1", "kind": "run", "scenario": {"name": "baseline"}, "area": "dorset",
        "start": "2026-04", "years": 1, "scale": SCALE, "seed": 1, "replicates": 1,
    }  # fmt: skip
    (run / "manifest.json").write_text(json.dumps(manifest))
    paths = scorecard_command(run, "fourteen_hundred", tmp_path / "out")
    assert [path.name for path in paths] == ["scorecard_fourteen_hundred.csv", "scorecard.xlsx"]
    written = pd.read_csv(paths[0], dtype={"level": str})
    recorded = year.tables["scorecard"]
    recorded = (
        recorded[recorded["cohort"] == "fourteen_hundred"]
        .set_index(["dimension", "level", "measure", "period"])["value"]
        .sort_index()
    )
    kept = written[written["measure"].isin(published().index)]
    keys = list(
        zip(kept["breakdown"], kept["level"].astype(str), kept["measure"], kept["period"], strict=True)
    )
    assert np.array_equal(kept["value"], recorded.loc[keys])
    assert recorded.drop(keys).abs().sum() == 0  # children, of whom the cohort has none
    rate = written[(written["measure"] == "emergency_bed_days_per_1000") & (written["breakdown"] == "all")]
    days, months = (recorded["all", "all", name] for name in ("emergency_bed_days", "person_months"))
    assert np.allclose(rate["value"], 1000 * days / months)


def test_every_measure_is_shown_and_every_share_is_said(year: Watched) -> None:
    """The table of the export knows the measures of the recorder, and which of them are expectations."""
    assert set(published().index) <= set(shown_measures().index)
    expected = set(published().index[published()["value"] != 1])
    assert expected == set(shown_measures().index[shown_measures()["how"] == "expectation"])
    assert set(shown_measures()["published"].dropna()) == set(range(1, 16))
