"""Observed figures: their table refuses what cannot be, all at once; a run is read by hand-made counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.observations import Observation, check_periods, load, read, readings, write
from calibration.observations.observation import months_of, units_of
from calibration.targets import FOLDER
from results.measures.registry import measures
from results.runs import Run
from sim.parameters.errors import InputError
from tests.results.synthetic import make_run

DORSET = FOLDER / "dorset_observed.csv"
HEADER = "measure,stratum,period,value,unit,use,source,grade"
GOOD = "ed_attendances,everybody,2024-04,17000,attendances,fit,NHS England,A"


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "mine.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_the_table_of_dorset_is_whole_and_fits_only_what_was_read() -> None:
    found = load(DORSET)
    assert {one.use for one in found} == {"fit", "hold_out", "evidence"}
    assert all(one.grade == "A" and "@" in one.source for one in found)
    fitted = [one for one in found if one.use == "fit"]
    assert len(fitted) >= 36
    year = set(range(months_of("2024/25")[0], months_of("2024/25")[1] + 1))
    assert all(set(range(*months_of(one.period))) <= year for one in fitted)
    held_out = {one.measure for one in found if one.use == "hold_out"}
    assert held_out - {one.measure for one in fitted}, "some measures are held out whole"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("ed_atendances,all,2024-04,1,attendances,fit,x,A", "did you mean 'ed_attendances'?"),
        ("cases:type2_diabets,all,2024-04,1,people,fit,x,A", "did you mean 'type2_diabetes'?"),
        ("case:copd,all,2024-04,1,people,fit,x,A", "one of cases:CONDITION"),
        ("life_expectancy_birth,all,2024/25,80,years,fit,x,A", "counted month by month"),
        ("four_hour_share,all,2024-04,0.74,share,fit,x,A", "unit: found 'share'; allowed: '%'"),
        ("four_hour_share,all,2024-04,740,%,fit,x,A", "0 to 100: the unit is per cent"),
        ("ed_attendances,all,2024-04,-5,attendances,fit,x,A", "0 or more attendances"),
        ("ed_attendances,all,2024-04,17.4,attendances,fit,x,A", "a whole number, or one with an interval"),
        ('ed_attendances,all,2024-04,"17,000",attendances,fit,x,A', "without a separator of thousands"),
        ("ed_attendances,all,April 2024,1,attendances,fit,x,A", "a month 2025-04"),
        ("ed_attendances,all,2024/26,1,attendances,fit,x,A", "a financial year 2025/26"),
        ("ed_attendances,site:pool,2024-04,1,attendances,fit,x,A", "did you mean 'poole'?"),
        ("ed_attendances,sites:poole,2024-04,1,attendances,fit,x,A", "did you mean 'site'?"),
        ("ed_attendances,all,2024-04,1,attendances,fitted,x,A", "did you mean 'fit'?"),
        ("ed_attendances,all,2024-04,1,attendances,fit,x,G", "never a plan's ambition (G)"),
        ("ed_attendances,all,2024-04,1,attendances,fit,,A", "source: found nothing"),
        (GOOD, "the same figure in line 2"),
        (GOOD.replace("17000", "18000"), "18000, and 17000 in line 2"),
        (GOOD + ",7", "more or fewer values than columns"),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        load(table(tmp_path, GOOD, row))
    assert "line 3" in error.value.message()
    assert told in error.value.message()


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    rows = (
        "nothing,all,2024-04,1,x,fit,x,A",
        "ed_attendances,all,never,1,x,fit,x,A",
        "four_hour_share,all,2024-04,x,%,fit,x,Z",
    )
    with pytest.raises(InputError) as error:
        load(table(tmp_path, *rows))
    assert [f"line {line}" in error.value.message() for line in (2, 3, 4)] == [True] * 3
    assert error.value.message().count("\n") >= 3
    with pytest.raises(InputError) as error:
        load(table(tmp_path, header="measure,value,wieght"))
    assert "no column 'stratum'" in error.value.message()
    assert "did you mean 'weight'?" in error.value.message()


def test_an_interval_and_a_standard_error_must_agree(tmp_path: Path) -> None:
    header = f"{HEADER},low,high,standard_error"
    for more, told in (
        ("17100,18000,", "between low 17100 and high 18000"),
        ("16000,,", "both ends of the 95% interval"),
        ("16000,18000,100", "510.2, which goes with the interval"),
        (",,-1", "0 or more"),
    ):
        with pytest.raises(InputError, match="line 2") as error:
            load(table(tmp_path, f"{GOOD},{more}", header=header))
        assert told in error.value.message()
    (one,) = load(table(tmp_path, f"{GOOD},16000,18000,", header=header))
    assert one.error == pytest.approx(2000 / 3.919928)
    (one,) = load(table(tmp_path, GOOD))
    assert one.error == pytest.approx(np.sqrt(17000)), "a count's error is that of a Poisson count"


def test_a_month_outside_the_run_is_told(tmp_path: Path) -> None:
    found = load(table(tmp_path, GOOD))
    check_periods(found, "2024-04", 1, "mine.csv")
    with pytest.raises(InputError) as error:
        check_periods(found, "2024-05", 1, "mine.csv")
    assert "line 2: period: found '2024-04'; allowed: months of the run, 2024-05 to 2025-04" in str(
        error.value.message()
    )


_PLAIN = sorted(
    name for name, one in measures().items() if one.kind in {"sum", "ratio", "daily_mean", "last"}
)


@settings(max_examples=30, deadline=None)
@given(
    names=st.lists(st.sampled_from(_PLAIN), min_size=1, max_size=8, unique=True),
    value=st.integers(0, 100),
    error=st.one_of(st.none(), st.floats(0.01, 50).map(lambda x: round(x, 3))),
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], value: int, error: float | None
) -> None:
    path = tmp_path_factory.mktemp("observed") / "table.csv"
    given_error = {} if error is None else {"standard_error": error}
    rows = [
        Observation(
            measure=name, stratum="all", period="2024-04", value=float(value), unit=units_of(name, 1)[0],
            use="hold_out", source="made up, with a comma", grade="B", **given_error,
        )
        for name in names
    ]  # fmt: skip
    write(rows, path)
    back = load(path)
    assert [one.key for one in back] == [one.key for one in rows]
    assert [one.error for one in back] == pytest.approx([one.error for one in rows])


def test_a_run_is_read_as_its_counts_say(tmp_path: Path) -> None:
    """Sums, ratios of sums and daily means, over months and over levels, against the table itself."""
    run = Run(make_run(tmp_path / "run", replicates=2))
    raw = run.table("measures")
    start = f"{run.start[0]}-{run.start[1]:02d}"
    number = run.start[0] * 12 + run.start[1] - 1
    quarter = f"{start} to {(number + 2) // 12}-{(number + 2) % 12 + 1:02d}"
    months = [f"{(number + k) // 12}-{(number + k) % 12 + 1:02d}" for k in range(3)]

    def total(measure: str, dimension: str, levels: tuple[str, ...]) -> np.ndarray:
        rows = raw[(raw["measure"] == measure) & (raw["dimension"] == dimension)]
        rows = rows[rows["level"].isin(levels) & rows["period"].astype(str).isin(months)]
        return rows.groupby("replicate")["value"].sum().to_numpy()

    def observed(measure: str, stratum: str) -> Observation:
        return Observation(
            measure=measure, stratum=stratum, period=quarter, value=1.0, unit="", use="fit", source="x",
            grade="A",
        )  # fmt: skip

    found = readings(
        run,
        [
            observed("ed_attendances", "all"),
            observed("four_hour_share", "quintile:1+5"),
            observed("nctr_daily", "all"),
        ],
    )
    assert found.loc[0].to_numpy() == pytest.approx(total("ed_type1_attendances", "all", ("all",)))
    within, seen = (total(name, "quintile", ("1", "5")) for name in ("ed_4h_within", "ed_type1_attendances"))
    assert found.loc[1].to_numpy() == pytest.approx(100 * within / seen)
    assert found.loc[2].to_numpy() == pytest.approx(total("nctr_days", "all", ("all",)) / 91)
    after = Observation(
        measure="ed_attendances", stratum="all", period="2001-01", value=1.0, unit="", use="fit", source="x",
        grade="A",
    )  # fmt: skip
    assert np.isnan(read(run, after)).all()
