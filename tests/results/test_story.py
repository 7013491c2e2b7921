"""A story told from made events: its words, where lives part and why, the page."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from results.story import check_folder, story_text, write_story
from results.story.figure import chart
from results.story.lines import episode_words, lines
from results.story.page import page
from results.story.telling import search_words, story
from results.story.wording import date, lower_first, person, phrases, span, times
from sim.parameters.errors import InputError

DAY, HOUR = 1440.0, 60.0
STATE = {"frailty": "mild", "care_home": "no", "smoking": "current", "copd": "no", "frailty_score": "5"}


def stage(
    care: str, join: float, start: float | None, ready: float | None, leave: float | None, **more: Any
) -> Any:
    """Return one stage."""
    told = {"episode": 7, "node": f"{care}_poole", "label": f"{care} (poole)", "site": "Poole Hospital",
            "how": "exit", "next": "home"}  # fmt: skip
    times_told = {"join": join, "start": start, "ready": ready, "leave": leave}
    return {"minute": join, "kind": "stage", "care": care, **told, **times_told, **more}


def life(*moments: Any, **more: Any) -> dict[str, Any]:
    """Return a life of two years."""
    return {
        "person": 42, "sex": "female", "age": 71, "began": 0.0, "how": "start",
        "neighbourhood": "Poole <North>", "quintile": 3, "state": dict(STATE), "end_state": dict(STATE),
        "status": "registered", "conditions": ["copd"], "end": 730 * DAY,
        "moments": sorted(moments, key=lambda one: one["minute"]), **more,
    }  # fmt: skip


def change(day: float, attribute: str, was: str, now: str, by: str) -> dict[str, Any]:
    """Return a change of an attribute."""
    return {"minute": day * DAY, "kind": "change", "attribute": attribute, "was": was, "now": now, "by": by}


def reached(day: float, key: str) -> dict[str, Any]:
    """Return that a programme reached her."""
    return {"minute": day * DAY, "kind": "reached", "key": key}


QUITS = {"key": "quit", "label": "Stop smoking & <b>live</b>", "nodes": [], "needs": [], "moves": [],
         "effects": [{"on": "transition", "key": "smoking.current_to_ex_under_1", "multiplier": 1.8},
                     {"on": "onset", "key": "copd", "multiplier": 0.75},
                     {"on": "mortality", "key": "all", "multiplier": 0.9},
                     {"on": "need", "key": "nel", "multiplier": 0.5}]}  # fmt: skip
HUB = {"key": "hub", "label": "Hub", "nodes": ["acute_beds_*"], "needs": [], "moves": [], "effects": []}


def record(first: Any, second: Any, *interventions: Any, search: Any = None) -> dict[str, Any]:
    """Return what `scenarios.stories.tell` would."""
    return {
        "settings": {"area": "dorset", "start": "2026-04", "years": 2, "scale": 0.02, "seed": 1,
                     "replicate": 1},
        "scenarios": [
            {"name": "a", "label": "With it", "interventions": list(interventions)},
            {"name": "b", "label": "As now", "interventions": []},
        ],
        "conditions": {"copd": "COPD"}, "needs": {"ed_walk_in": ["nel"]}, "search": search,
        "lives": [[first, second]],
    }  # fmt: skip


def test_words() -> None:
    """Dates, spans, people, multipliers."""
    assert date("2026-04", 0.0) == "1 April 2026"
    assert date("2027-12", 31 * DAY) == "1 January 2028"
    assert [span(t) for t in (1, 90, 300, 6 * DAY, 70 * DAY)] == [
        "1 minute", "90 minutes", "5 hours", "6 days", "10 weeks",
    ]  # fmt: skip
    assert person(life()) == "a woman aged 71 in Poole <North>, in the middle fifth of areas"
    assert person(life(sex="male", age=0)).startswith("a baby boy in")
    assert [times(0.79), times(1.83)] == ["lowers by 21%", "multiplies by 1.8"]
    assert [lower_first(text) for text in ("COPD", "A&E", "A bed", "Heart")] == [
        "COPD",
        "A&E",
        "a bed",
        "heart",
    ]


def test_waits_of_a_sample_are_marked_and_said_first(tmp_path: Path) -> None:
    """Where a queue is an accident of the sample, as reports have it; nothing at full scale."""
    moments = (
        stage("ambulance_crews", DAY, DAY + 840.0, DAY + 850.0, DAY + 850.0),
        stage("acute_beds", 9 * DAY, 9 * DAY, 12 * DAY, 12 * DAY, episode=8),
    )
    made = record(life(*moments), life())
    made["unread_nodes"] = ["ambulance_crews_poole", "acute_beds_poole"]
    told = story_text(made)
    assert "This is a trial run (2% of residents and 1 repeat run)" in told
    assert "Do not read these:" in told
    flat = " ".join(told.split())
    assert "after 14 hours; goes home (waits not to be read at this scale)." in flat
    assert flat.count("(waits not to be read") == 1
    assert "This is a trial run" in page(made)[0]
    made["settings"]["scale"] = 1.0
    made["unread_nodes"] = []
    assert "Do not read" not in story_text(made)


def test_it_is_said_why_somebody_is_core20plus() -> None:
    """Of the attributes that make it so, those that are hers."""
    outreach = {**QUITS, "key": "quit", "core20plus": True}
    state = {**STATE, "ethnic_group": "Other ethnic group", "inclusion_group": "none"}
    made = record(life(reached(30, "quit"), quintile=5, state=state), life(quintile=5, state=state), outreach)
    made["core20plus"] = [["quintile", ["1"]], ["ethnic_group", ["Other ethnic group"]],
                          ["inclusion_group", ["homeless"]]]  # fmt: skip
    assert (
        "reaches her on 1 May 2026 (she is Core20PLUS: has the ethnic group \u201cOther ethnic group\u201d)"
        in " ".join(story_text(made).split())
    )


def test_an_episode_is_one_sentence() -> None:
    """From the call to the way out; what a patient would not notice is left out."""
    stages = [
        stage("ambulance", 0.0, 0.0, 0.0, 0.0, how="node", next="x"),
        stage("ambulance_crews", 0.0, 30.0, 45.0, 200.0, how="node", next="x"),
        stage("ambulance_scene", 45.0, 45.0, 90.0, 90.0, how="node", next="x"),
        stage("ambulance_conveyance", 90.0, 90.0, 110.0, 170.0, how="node", next="x"),
        stage("ed", 170.0, 170.0, 400.0, 470.0, how="node", next="acute_beds_poole"),
        stage("acute_beds", 470.0, 470.0, 470.0 + 4 * DAY, 470.0 + 10 * DAY, how="node",
              next="transfer_of_care", label="Acute beds, medicine (poole)"),
        stage("p1", 470.0 + 10 * DAY, 470.0 + 10 * DAY, None, None, how="still", next=""),
    ]  # fmt: skip
    assert episode_words(stages) == (
        "A 999 call is made; an ambulance is there after 45 minutes; is taken to hospital and waits "
        "60 minutes to be handed over; is treated in A&E at Poole Hospital (5 hours); a bed in medicine at "
        "Poole Hospital, 10 days, the last 6 days ready to leave; support at home (pathway 1), from then on; "
        "is still there when the run ends"
    )


def test_a_first_appointment_is_waited_for_since_the_referral() -> None:
    """Triage is part of the wait; a later wait counts from the stage before."""
    stages = [
        stage("elective_waiting_list", 0.0, 0.0, 6 * DAY, 6 * DAY, how="node", next="x"),
        stage("elective_first_outpatient", 6 * DAY, 70 * DAY, 70 * DAY, 70 * DAY, how="node", next="x"),
        stage("elective_follow_up", 90 * DAY, 98 * DAY, 98 * DAY, 98 * DAY, next="treated_as_outpatient"),
    ]
    assert episode_words(stages) == (
        "Is referred to a specialist; first appointment after 10 weeks; follow-up and decision after "
        "4 weeks; is treated as an outpatient"
    )


def test_waiting_when_the_run_ends() -> None:
    """A place not yet had is told as waited for."""
    waits = stage(
        "p2", 0.0, None, None, None, how="still", next="", label="Pathway 2, community beds (poole)"
    )
    assert episode_words([waits]) == "Waits: pathway 2, community beds; is still there when the run ends"


def test_changes_in_words() -> None:
    """Conditions by their label; steps that nobody would notice are left out."""
    told = life(
        change(1, "copd", "no", "undiagnosed", "copd"), change(2, "copd", "undiagnosed", "diagnosed", "x"),
        change(3, "copd", "diagnosed", "no", "x"), change(4, "smoking", "current", "ex_under_1", "x"),
        change(5, "smoking", "ex_under_1", "ex_1_2", "x"), change(6, "smoking", "never", "current", "x"),
        {"minute": 7 * DAY, "kind": "need", "key": "ed_walk_in", "label": "x", "met": "outside"},
        {"minute": 8 * DAY, "kind": "end", "key": "death.cancer"},
    )  # fmt: skip
    assert [line.text for line in lines(told, {}, {"copd": "COPD"})] == [
        "New condition: COPD, not yet diagnosed", "Diagnosed: COPD", "No longer has a condition: COPD",
        "Stops smoking", "Starts to smoke", "A visit to A&E, met outside the area", "Dies of cancer",
    ]  # fmt: skip


def test_same_lives_say_so() -> None:
    """Nothing parts them."""
    one = life(change(3, "smoking", "current", "ex_under_1", "smoking.current_to_ex_under_1"))
    told = story(record(one, copy.deepcopy(one), QUITS), 0)
    assert told.parting is None
    assert told.findings == [
        "The two lives are the same, to the minute. The scenario does not touch this resident."
    ]
    assert all(row.same and not row.after for row in told.rows)


def test_lives_part_where_a_programme_reaches_her() -> None:
    """The reach first, then the first difference in health with the effect that acts on it."""
    common = change(3, "frailty", "fit", "mild", "frailty.deficit")
    onset = change(200, "copd", "no", "diagnosed", "copd")
    told = story(record(life(common, reached(91, "quit")), life(common, onset), QUITS), 0)
    assert told.parting is not None
    assert told.health is not None
    assert told.parting.minute == 91 * DAY
    assert "On 1 July 2026, \u201cWith it\u201d reaches her with" in told.parting.what
    assert "it lowers by 25% the chance of COPD" in told.parting.why
    assert "the chance of this: stops smoking" in told.parting.why
    assert told.health.what == "On 18 October 2026, in \u201cAs now\u201d only: new condition: COPD."
    assert "which had reached her by then, lowers by 25% the chance of COPD" in told.health.why
    assert [row.after for row in told.rows] == [False, True, True]


def test_a_later_difference_is_put_down_to_an_attribute_that_differs() -> None:
    """No effect acts on it, but she smokes in one life only."""
    smokes = change(100, "smoking", "current", "ex_under_1", "smoking.current_to_ex_under_1")
    stroke = {"minute": 300 * DAY, "kind": "end", "key": "death.circulatory"}
    bare = {**QUITS, "effects": QUITS["effects"][:1]}
    first, second = life(reached(91, "quit"), smokes), life(stroke, status="dead")
    told = story(record(first, second, bare), 0)
    assert told.health is not None
    assert "stops smoking" in told.health.what
    assert "multiplies by 1.8" in told.health.why
    later = story(record(life(smokes), life(smokes, stroke), bare), 0)
    assert later.health is not None
    assert "comes from outside, through the network" in later.health.why
    second = life(stroke)
    unlike = story(record(life(smokes), second, bare), 0).outcomes
    assert unlike[0] == "is alive, mildly frail; new conditions: none"


CAR = {"key": "car", "label": "Response car", "nodes": [], "needs": ["incident_999"], "moves": [],
       "effects": [], "to": "urgent_community_response"}  # fmt: skip


@pytest.mark.parametrize(
    ("after", "told_of"), [("nothing", "is not needed any more"), ("first place", "goes on to the first")]
)
def test_lives_part_where_a_service_takes_an_emergency(after: str, told_of: str) -> None:
    """It is told as a reach: when, what it does, and whether the first place is still needed."""
    call = {"minute": 40 * DAY, "kind": "need", "key": "incident_999", "label": "x", "met": "here"}
    taken = {"minute": 40 * DAY, "kind": "reached", "key": "car", "after": after}
    told = story(record(life(call, taken), life(call), CAR), 0)
    assert told.parting is not None
    assert "an emergency is taken on by \u201cResponse car\u201d" in told.parting.what
    assert "sends to: urgent community response" in told.parting.why
    assert told_of in told.parting.why
    assert "\u201cResponse car\u201d takes on an emergency on 11 May 2026" in " ".join(told.findings)
    assert any(row.first.startswith("Emergency taken on by: Response car") for row in told.rows)


def test_a_changed_place_that_care_passes_is_told_and_parts_no_lives() -> None:
    """What comes of it is in the stages; without any, the scenario does not touch her."""
    acted = [{"minute": day * DAY, "kind": "acted", "key": "hub", "episode": 7} for day in (3, 4)]
    told = story(record(life(*acted, reached(91, "quit")), life(), HUB, QUITS), 0)
    assert told.parting is not None
    assert told.parting.minute == 91 * DAY
    assert "\u201cHub\u201d changes a place that one episode of care passes" in " ".join(told.findings)
    assert story(record(life(*acted), life(), HUB), 0).parting is None


def test_a_search_says_how_many_were_reached_and_how() -> None:
    """By programmes, by services that take emergencies, and apart from these by changed places."""
    seen = {"looked_at": 1000, "health": 3, "care_only": 9, "reached": 5, "longer": 1, "shorter": 2,
            "by": "all", "found": [], "taken": 4, "care_changed": 70}  # fmt: skip
    (first, *_) = search_words(record(life(), life(), CAR, search=seen))
    assert "5 were reached by it (4 of them by a service that took an emergency of theirs)" in first
    assert "70 others had care at a place whose ways on, times or delays it changes" in first
    (first, *_) = search_words(record(life(), life(), CAR, search=seen | {"reached": 0, "taken": 0}))
    assert "no programme of it reached anybody, but 70 had care at a place" in first
    seen |= {"reached": 0, "taken": 0, "care_changed": 0}
    (first, *_) = search_words(record(life(), life(), CAR, search=seen))
    assert "0 were reached by it directly" in first


def test_a_need_is_put_down_to_an_effect_on_its_rate() -> None:
    """The class of need answers the rate that the effect is on."""
    need = {"minute": 120 * DAY, "kind": "need", "key": "ed_walk_in", "label": "x", "met": "here"}
    told = story(record(life(reached(91, "quit")), life(need), QUITS), 0)
    assert told.health is None
    assert "Their health never differs" in " ".join(told.findings)
    rival = {**HUB, "needs": ["ed_walk_in"]}
    told = story(record(life(), life(need), rival), 0)
    assert told.parting is not None
    assert told.parting.why == "It is of a kind that \u201cHub\u201d acts on."


@pytest.mark.parametrize(
    ("interventions", "why"),
    [((), "It is the queue"), ((HUB,), "changes this part of the network itself: Hub")],
)
def test_a_bed_that_comes_later_is_the_queue_or_the_network(interventions: Any, why: str) -> None:
    """The same bed at another minute."""
    before = stage("ed", 0.0, 0.0, 10.0, 400.0, how="node", next="acute_beds_poole")
    early = stage("acute_beds", 10.0, 400.0, 900.0, 900.0)
    late = stage("acute_beds", 10.0, 700.0, 1200.0, 1200.0)
    told = story(record(life(before, late), life(before, early), *interventions), 0)
    assert told.parting is not None
    assert told.parting.minute == 400.0
    assert "In the other life that is 5 hours later." in told.parting.what
    assert why in told.parting.why


def test_an_episode_that_goes_otherwise_stands_in_one_row() -> None:
    """It begins at the same minute in both lives; two other things of one minute lose nobody."""
    early, late = stage("sdec", 100.0, 100.0, 400.0, 400.0), stage("sdec", 100.0, 300.0, 600.0, 1500.0)
    both = change(1, "statin", "no", "yes", "x")
    more = [change(1, "bmi", "obese", "overweight", "x"), change(1, "smoking", "current", "ex_under_1", "x")]
    told = story(record(life(early, both, *more), life(late, both)), 0)
    assert [(row.first[:12], row.second[:12], row.same) for row in told.rows] == [
        ("Has same-day", "Has same-day", False),
        ("Starts a sta", "Starts a sta", True),
        ("Weight is no", "", False),
        ("Stops smokin", "", False),
    ]


def test_the_terminal_and_the_page_tell_the_same(tmp_path: Path) -> None:
    """One file, no script, no address to fetch, everything from the record escaped, one h1."""
    seen = {"looked_at": 1000, "health": 3, "care_only": 9, "reached": 5, "longer": 1, "shorter": 2,
            "by": "all", "found": [{"person": 42}]}  # fmt: skip
    onset = change(200, "copd", "no", "diagnosed", "copd")
    bed = stage("acute_beds", 250 * DAY, 250 * DAY, 255 * DAY, 260 * DAY)
    gone = {"minute": 300 * DAY, "kind": "end", "key": "death.respiratory"}
    made = record(life(reached(91, "quit")), life(onset, bed, gone, status="dead"), QUITS, search=seen)
    text = story_text(made)
    html = write_story(made, tmp_path / "out").read_text(encoding="utf-8")
    for words in (
        "She is simulated: nobody has lived this life",
        "Dies of a disease of the lungs",
        "not typical",
    ):
        assert words in text.replace("\n", " ")
        assert words in html
    assert "<b>live</b>" not in html
    assert "Poole <North>" not in html
    assert html.count("<h1>") == 1
    assert "<script" not in html
    addresses = set(re.findall(r"(?:src|href)=\"([^\"#][^\"]*)\"", html))
    assert not addresses
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "story.html",
        "story.json",
        "story_42.svg",
    }
    write_story(made, tmp_path / "out")
    assert page(made)[0] == html


def test_the_figure_says_in_words_what_it_shows() -> None:
    """The alternative has both scenarios, the date of parting and every measure."""
    made = record(life(reached(91, "quit")), life(change(200, "copd", "no", "diagnosed", "copd")), QUITS)
    drawn = chart(story(made, 0), made["conditions"])
    assert "With it" in drawn.alt
    assert "1 July 2026" in drawn.alt
    assert "new long-term conditions: 0 in A and 1 in B" in drawn.alt
    assert 'role="img"' in drawn.inline


def test_other_peoples_files_are_not_written_among(tmp_path: Path) -> None:
    """A folder that holds anything else is refused."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="--out"):
        check_folder(tmp_path)
    with pytest.raises(InputError, match="--out"):
        check_folder(tmp_path / "notes.txt")
    check_folder(tmp_path / "new")


def test_every_phrase_is_once_and_said() -> None:
    """The table of words has no blank and no full stop."""
    assert all(words and not words.endswith(".") for words in phrases().values())
