"""Cohorts of today's people, and the commands that the explorer starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.cohort_builder import Cohorts
from scenarios.exploring import Scenarios, missing, places
from sim.parameters.errors import InputError

MANIFEST: dict[str, Any] = {
    "area": "dorset", "start": "2026-04", "seed": 7,
    "scenario": {"name": "home_first", "text": "name: home_first\nextends: baseline\n"},
}  # fmt: skip
PLAIN: dict[str, Any] = {**MANIFEST, "scenario": {"name": "baseline", "text": ""}}


@pytest.fixture(scope="module")
def cohorts() -> Cohorts:
    return Cohorts("dorset", "2026-04")


@pytest.fixture
def known(tmp_path: Path) -> Scenarios:
    return Scenarios({"home_first": MANIFEST, "baseline": PLAIN}, tmp_path)


def test_everybody_is_counted_and_each_table_adds_up(cohorts: Cohorts) -> None:
    found = cohorts.count({})
    assert found["people"] == found["registered"] == len(cohorts.people)
    for table in found["tables"]:
        assert sum(row["people"] for row in table["rows"]) == found["people"]


def test_a_cohort_is_who_meets_every_choice(cohorts: Cohorts) -> None:
    chosen = {"age_from": 65, "conditions": ["copd", "heart_failure"], "quintiles": ["1", "2"]}
    people = cohorts.people
    ill = (people.column("copd") > 0) | (people.column("heart_failure") > 0)
    mine = people.registered & (people.age_years >= 65) & (people.column("quintile") < 2) & ill
    # A condition that nobody has found admits nobody, so no more than this, and most of it.
    found = cohorts.count(chosen)["people"]
    assert 0.5 * mine.sum() < found <= mine.sum()
    assert found > cohorts.count({**chosen, "without_conditions": ["hypertension"]})["people"]


def test_choices_offered_are_choices_taken(cohorts: Cohorts) -> None:
    for one in cohorts.choices()["lists"]:
        cohorts.rule({one["key"]: [option["key"] for option in one["options"]]})


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"conditions": ["cpd"]}, "copd"),
        ({"quintiles": ["9"]}, "quintiles"),
        ({"quintiles": 5}, "quintiles"),
        ({"conditions_at_least": ["x"]}, "conditions_at_least"),
        ({"age_from": 80, "age_to": 20}, "age_from"),
        ({"shoe_size": ["9"]}, "shoe_size"),
        ({"yes": ["<script>"]}, "<script>"),
    ],
)
def test_a_filter_that_does_not_exist_is_refused(cohorts: Cohorts, chosen: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as refused:
        cohorts.rule(chosen)
    assert told in refused.value.message()


def test_a_story_is_of_the_text_that_the_run_was_made_of(known: Scenarios, tmp_path: Path) -> None:
    choices = {"run": "home_first", "against": "baseline", "years": 1, "scale": 0.01, "among": ["age=65-79"]}
    command = known.story(choices, tmp_path / "out")
    held = Path(command[4])
    assert held.read_text(encoding="utf-8") == MANIFEST["scenario"]["text"]
    assert command[5:7] == ["--against", "baseline"]
    assert command[-2:] == ["--among", "age=65-79"] and "7" in command


@pytest.mark.parametrize(
    "change",
    [
        {"run": "home_frist"}, {"against": None}, {"by": "ears"}, {"years": 0}, {"years": True},
        {"scale": 2.0}, {"scale": "0.1"}, {"among": ["--out"]}, {"among": [7]}, {"years": float("nan")},
    ],
)  # fmt: skip
def test_a_story_that_cannot_be_is_refused(known: Scenarios, tmp_path: Path, change: dict[str, Any]) -> None:
    choices = {"run": "home_first", "against": "baseline", "years": 1, "scale": 0.01, **change}
    with pytest.raises(InputError):
        known.story(choices, tmp_path)


def test_neighbourhoods_have_names_and_places() -> None:
    found = places("dorset")
    assert len(found) == 18
    assert all(49 < latitude < 52 and -4 < longitude < 0 for _, latitude, longitude in found.values())
    assert np.unique([name for name, *_ in found.values()]).size == 18


def test_what_is_missing_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.exploring.find_spec", lambda name: None)
    assert "solara" in missing() and "leftshift[explore]" in missing()


def test_the_page_of_the_model_is_guarded_framed_and_mended() -> None:
    """A stranger is refused on both ways in; the page tells its language and who may frame it."""
    import asyncio

    from scenarios.live.serving import Guarded

    body = b"<html><meta content='width=device-width, maximum-scale=1, user-scalable=no, minimal-ui'></html>"

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def asked(kind: str, cookie: bytes) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        def allowed(headers: Any, port: int) -> tuple[int, str] | None:
            return None if headers["Cookie"] == "k" and port == 9 else (403, "no")

        guarded = Guarded(app, 9, allowed, "http://127.0.0.1:8")
        asyncio.run(guarded({"type": kind, "headers": [(b"cookie", cookie)]}, None, send))
        return sent

    assert asked("http", b"x")[0]["status"] == 403
    assert asked("websocket", b"x")[0]["type"] == "websocket.close"
    start, rest = asked("http", b"k")
    headers = dict(start["headers"])
    assert headers[b"content-security-policy"] == b"frame-ancestors http://127.0.0.1:8"
    assert int(headers[b"content-length"]) == len(rest["body"])
    assert b'<html lang="en-GB">' in rest["body"] and b"user-scalable" not in rest["body"]
