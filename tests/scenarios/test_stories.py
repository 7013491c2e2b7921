"""Finding residents whose lives differ: filters, ranking, and one search with a real run."""

from __future__ import annotations

import pandas as pd
import pytest

from scenarios.execution import Settings
from scenarios.stories import Among, ranked, read_among, refuse_the_same, tell
from sim.interventions.specification import BASELINE
from sim.observers.digest import MEASURES
from sim.parameters.errors import InputError
from tests.metamorphic.watching import SCALE, world
from tests.observers.test_following import scenario

NAMES = ("copd", "dementia")


def test_filters_are_read() -> None:
    """Conditions by name, ages and quintiles with a sign."""
    assert read_among(["copd", "age=65-80", "quintile=1", "quintile=2"], NAMES) == Among(
        conditions=("copd",), ages=(65, 80), quintiles=(1, 2)
    )
    assert read_among(["age=70"], NAMES).ages == (70, 70)
    assert read_among(["reached"], NAMES) == Among(reached=True)
    assert read_among([], NAMES) == Among()


@pytest.mark.parametrize("text", ["cpd", "age=80-65", "age=old", "quintile=6", "copd=yes", "sex=male", ""])
def test_a_filter_that_is_none_is_refused(text: str) -> None:
    """With the one message."""
    with pytest.raises(InputError, match="--among"):
        read_among([text], NAMES)


def lives(**columns: list[float]) -> pd.DataFrame:
    """Return a comparison of four residents."""
    nothing = {name: [0.0] * 4 for name in MEASURES}
    told = {"person": [1, 2, 3, 4], "row": [0, 1, 2, 3], "health": [True, True, False, False],
            "care": [True, False, True, False], "reached": [True] * 4}  # fmt: skip
    return pd.DataFrame({**told, **nothing, **columns})


def test_those_whose_lives_differ_most_come_first() -> None:
    """Longer and shorter alike; by conditions where years are equal; who does not differ is left out."""
    found = ranked(lives(years=[1.0, -2.0, 0.0, 9.0], conditions=[0.0, 0.0, 3.0, 0.0]), "all")
    assert list(found["person"]) == [2, 1, 3]
    found = ranked(lives(bed_days=[1.0, 0.0, -5.0, 0.0]), "bed_days")
    assert list(found["person"]) == [3, 1]
    assert list(ranked(lives(), "all")["person"]) == [1, 2, 3]
    assert ranked(lives(), "years").empty


SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=SCALE, seed=1)


@pytest.mark.parametrize(
    ("resident", "by", "words"),
    [
        (4_000_000_000, "all", "born or move in during the run"),
        (-1, "all", "0 to 826999"),
        (5, "all", "the nearest is"),
        (None, "ears", "did you mean 'years'"),
    ],
)
def test_bad_input_is_refused_before_anything_is_run(resident: int | None, by: str, words: str) -> None:
    """Nobody of that number, nobody kept, no such ranking."""
    with pytest.raises(InputError, match=words):
        tell((BASELINE, BASELINE), SETTINGS, 1, resident=resident, find=1, among=[], by=by, world=world())


def test_two_scenarios_that_change_the_same_are_refused() -> None:
    """Such as the baseline against the baseline: nothing could differ."""
    with pytest.raises(InputError, match="every life is the same in both"):
        refuse_the_same((BASELINE, BASELINE))
    refuse_the_same((scenario(), BASELINE))


def test_a_filter_is_refused_before_the_residents_are_read() -> None:
    """It says nothing of what it is doing, and runs without the people of the area."""
    doing: list[str] = []
    with pytest.raises(InputError, match="did you mean 'copd'"):
        tell((scenario(), BASELINE), SETTINGS, 1, resident=None, find=1, among=["copdd"], by="all",
             progress=doing.append)  # fmt: skip
    assert doing == []


def test_a_real_search_finds_lives_that_differ() -> None:
    """One year, one resident in fifty: what the search ranks by is what the two lives then show."""
    record = tell(
        (scenario(), BASELINE), SETTINGS, 1, resident=None, find=2, among=["age=40-95"], by="bed_days",
        world=world(),
    )  # fmt: skip
    search = record["search"]
    assert search["looked_at"] > 5000
    assert search["reached"] > 3000
    assert search["health"] > 0
    assert len(record["lives"]) == 2
    for found, (first, second) in zip(search["found"], record["lives"], strict=True):
        days = [
            sum((one["leave"] or life["end"]) - max(one["start"], 0.0)
                for one in life["moments"]
                if one["kind"] == "stage" and one["start"] is not None
                and one["care"] in ("acute_beds", "elective_beds")) / 1440
            for life in (first, second)
        ]  # fmt: skip
        assert days[0] - days[1] == pytest.approx(found["bed_days"])
        assert found["person"] == first["person"] == second["person"]
        assert 40 <= first["age"] <= 95
        assert first["state"] == second["state"]
