"""What `show`, `list` and `check` say, and what is told before a run: in words, with keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import leftshift
from scenarios import Scenario
from scenarios.analysis_pages import break_even_page
from scenarios.before import notes
from scenarios.describing import describe
from scenarios.execution import Settings
from scenarios.experiment import Experiment
from scenarios.freed_beds import freed_beds
from scenarios.names import load_names
from scenarios.plain_names import places
from scenarios.plain_numbers import change, effect, number
from scenarios.resuming import made_otherwise, made_with, other_run
from scenarios.scenario import LIBRARY, library_names
from scenarios.searching import ranked, synonyms
from scenarios.variant_differences import differences
from sim.interventions.idle import idle
from sim.interventions.specification import Estimate, ScenarioSpecification
from sim.parameters.located import LocatedMap, load_located
from tests.scenarios.fake_effects import change as places_changed
from tests.scenarios.fake_effects import scenario


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run the command in this process; return its code and what it wrote."""
    code = leftshift._run(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("how", "value", "told"),
    [("add", -30.0, "30 fewer"), ("multiply", 0.9, "10% fewer")],
)
def test_fewer_places_are_told_as_fewer(how: str, value: float, told: str) -> None:
    """And what that does: no word of new capacity."""
    text = describe(scenario(places_changed("a", value, change=how)))
    assert told in text
    assert "Fewer places: they close as they are vacated" in text
    assert "new capacity" not in text
    assert "(key: a)" in text


def test_more_places_are_told_as_more() -> None:
    """With what is taken by new demand."""
    text = describe(scenario(places_changed("a", 30.0)))
    assert "30 more places" in text
    assert "Of the new capacity" in text
    assert "fewer" not in text.lower()


def test_freed_beds_that_are_refilled_are_told_where_gains_are() -> None:
    """In `show`, and on the pages of portfolio and break-even; nothing where no bed is filled again."""
    home_first = Scenario.load("home_first").to_specification()
    assert "filled again by other patients. They are further admissions" in describe(home_first)
    note = freed_beds(home_first)
    assert note.startswith("**Freed beds are refilled.**")
    assert "Transfer-of-care hubs decide sooner, 60%" in note
    assert freed_beds(Scenario.load("winter_vaccination").to_specification()) == ""
    settings = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=1)
    experiment = Experiment(settings=settings, replicates=2, out=Path())
    assert note in break_even_page("Home First", "nhs", [], experiment, note)


def test_numbers_are_said_as_people_say_them() -> None:
    """Shares in per cent, money in pounds, ratios as changes; the grade in a word."""
    given = {"low": 0.5, "high": 0.8, "source": "a test", "grade": "C"}
    share = Estimate(value=0.7, unit="share of those offered", kind="share", **given)
    assert number(share) == "70% (50% to 80%) of those offered [a test; grade C: assumed]"
    ratio = Estimate(value=0.7, unit="RR", kind="ratio", **given)
    assert effect(ratio) == "30% lower (50% lower to 20% lower) [a test; grade C: assumed]"
    pounds = Estimate(value=1500, low=1500, high=1500, unit="GBP per person", source="a test", grade="A")
    assert number(pounds) == "£1,500 per person [a test; grade A: read in its source]"
    assert [change(one) for one in (1.0, 1.05, 2.5)] == ["no change", "5% higher", "2.5 times"]


def test_places_of_one_kind_are_told_together() -> None:
    """By the labels of the area's network; a name without a label stays."""
    labels = load_names("dorset").labels
    told = places(["acute_beds_medicine_poole", "acute_beds_medicine_dorset_county", "p1_bcp"], labels)
    assert told == "Acute beds, medicine (Poole, Dorset County); Pathway 1, support at home (BCP)"
    assert places(["nowhere"], labels) == "nowhere"


def test_units_levels_and_long_lists_are_said_in_words() -> None:
    """No unit twice, levels as people say them, and not thirty names of places."""
    labels = load_names("dorset").labels

    def told(name: str) -> str:
        return describe(Scenario.load(name).to_specification(), labels=labels)

    smoking = told("stop_smoking_service")
    assert "to 10% (5% to 15%) of those eligible [" in smoking
    assert "goes from \u201csmokes now\u201d to \u201cgave up under a year ago\u201d" in told(
        "stop_smoking_service"
    )
    assert "\u00a36,000 (\u00a33,600 to \u00a39,000) for each slot on each day" in told("poole_elective_hub")
    assert "\u00a34,195,200 for each year in force" in told("winter_pressures_grant")
    growth = describe(Scenario.load("proactive_care", "as_planned").to_specification(), labels=labels)
    assert "ratio to the baseline's growth" not in growth
    assert "times that of the baseline" in growth
    assert "Listed for admission (24 of them)" in told("eighteen_week_recovery")


def test_a_variant_shows_its_own_question_and_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    """The file's question is told as the file's."""
    code, text, _ = run("scenario", "show", "interim_beds@close_them", "--no-counts", capsys=capsys)
    assert code == 0
    assert "Question: What would be lost if the thirty interim beds of today closed?" in text
    assert "What this variant changes of the file, which asks: What would thirty more" in text
    assert "- interim_beds: " in text


def test_differences_name_key_field_and_both_values() -> None:
    """Added and left out as well; words are no difference."""
    usual = scenario(places_changed("a", 1.0), places_changed("b", 2.0))
    other = scenario(places_changed("a", 5.0), places_changed("c", 2.0))
    told = differences(usual, other)
    assert told == ["a: places 5, in the file 1", "c: added", "b: left out"]
    assert differences(usual, usual) == []


def test_the_library_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    """In all that a scenario says of itself and is called, best match first; nothing found is told."""
    code, text, _ = run("scenario", "list", "--search", "HOME First", capsys=capsys)
    assert code == 0
    assert "home_first" in text
    assert "A hard flu season" not in text
    code, text, _ = run("scenario", "list", "--family", "shocks", capsys=capsys)
    assert "winter_surge" in text
    assert "Home First" not in text
    assert run("scenario", "list", "--search", "P160", capsys=capsys)[1].count("\n  ") == 1
    for wrong in (("--family", "shock"), ("--search", "no such thing"), ("--search", "xyzzy")):
        code, _, err = run("scenario", "list", *wrong, capsys=capsys)
        assert code == leftshift.Exit.BAD_INPUT
        assert len(err.splitlines()) == 1
        assert "found 'xyzzy'" not in err
    err = run("scenario", "list", "--search", "virtuel", capsys=capsys)[2]
    assert "no scenario has the word 'virtuel'; nearest words: virtual" in err


@cache
def library() -> dict[str, LocatedMap]:
    """Return what every file says."""
    return {name: load_located(LIBRARY / f"{name}.yaml") for name in library_names()}


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("virtual ward", "hospital_at_home"), ("Virtual Wards", "hospital_at_home"),
        ("frequent attenders", "high_intensity_users"), ("frequent", "high_intensity_users"),
        ("UTC", "co_located_treatment_centres"), ("case management", "neighbourhood_health_service"),
        ("corridor care", "timely_handover"), ("car scheme", "urgent_community_response"),
        ("PIFU", "outpatients_by_a_third"), ("D2A", "complex_discharge_to_assess"),
        ("deprescribing", "medicines_review"), ("home first", "home_first"),
        ("111", "integrated_urgent_care"),
    ],
)  # fmt: skip
def test_the_words_of_the_nhs_find_what_they_mean(words: str, first: str) -> None:
    """Whole words: UTC is not in 'outcomes'. What is called so comes before what mentions it."""
    held = library()
    found = ranked(held, words)
    assert found[0] == first
    if words == "UTC":
        assert set(found) == {one for one in held if "UTC" in synonyms().get(one, ())}


def test_synonyms_are_of_scenarios_that_there_are() -> None:
    """A row that names none would find nothing."""
    assert set(synonyms()) <= set(library_names())
    assert all(word for words in synonyms().values() for word in words)


def test_check_takes_names_and_several_and_tells_all(capsys: pytest.CaptureFixture[str]) -> None:
    """A name of the library, a bad file and a name that is none, in one go."""
    bad = str(Path(__file__).parents[1] / "data" / "bad_scenarios" / "unknown_family.yaml")
    code, out, err = run("scenario", "check", "winter_surge", bad, "winter_sure", capsys=capsys)
    assert code == leftshift.Exit.BAD_INPUT
    assert "winter_surge: no problem in 1 variant" in out
    assert "family: found 'leftshift'" in err
    assert "found 'winter_sure'" in err
    assert "leftshift scenario list --search" in err
    assert run("scenario", "check", "winter_surge", capsys=capsys)[0] == 0


def specification() -> ScenarioSpecification:
    """Return one that begins, and one that is over, in 2030."""
    late = places_changed("late", 1.0, start="2030-04")
    over = places_changed("over", 1.0, start="2020-04", end="2022-04")
    return scenario(late, over, places_changed("now", 1.0))


def test_what_does_nothing_in_a_run_is_told_before_it() -> None:
    """Why, and what to do; what is in force in one month is not told of."""
    late, over = idle(specification(), "2026-04", 12)
    assert "starts in 2030-04, after the run's last month (2027-03)" in late
    assert "Let the run be longer" in late
    assert "ends in 2022-04, before the run's first month (2026-04)" in over
    assert len(idle(specification(), "2026-04", 49)) == 1
    settings = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=1)
    assert notes(specification(), ["first"], settings) == ["first", late, over]


def test_run_and_its_dry_run_tell_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """On standard error, before anything is made."""
    late = Scenario.load("winter_surge").text.replace("2026-12", "2036-12").replace("2027-02", "2037-02")
    (tmp_path / "late.yaml").write_text(late, encoding="utf-8")
    code, _, err = run("run", str(tmp_path / "late.yaml"), "--years", "1", "--dry-run", capsys=capsys)
    assert code == 0
    assert err.count("Note: ") == 2
    assert "starts in 2036-12, after the run's last month (2027-03)" in err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("scenario solve home_first --vary brokerage.share --between 0 1 --measure nctr_daily --change -1",
         "the baseline and both ends side by side, then up to about 7 values one after another"),
        ("scenario break-even home_first --payer council", "the baseline and the scenario"),
        ("scenario portfolio home_first winter_vaccination --budget 1000000 --measure nctr_daily",
         "the baseline and 2 programmes alone, then the best set whole"),
        ("attribute home_first", "8 sets of the parts"),
    ],
)  # fmt: skip
def test_analyses_say_what_they_take_before_they_start(
    command: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Runs, time, memory and disk; nothing is written."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*command.split(), "--dry-run", "--years", "1", capsys=capsys)
    assert code == 0, err
    assert told in out
    assert all(word in out for word in ("replicates", "minutes", "memory", "disk"))
    assert list(tmp_path.iterdir()) == []


def test_another_run_in_a_folder_is_told_in_plain_words() -> None:
    """What differs, with both values; hashes are not told."""
    held = {"kind": "run", "scenario": "a", "seed": 1, "care": True, "scenario_sha256": "x"}
    assert other_run(held, held) == ""
    assert other_run(held, held | {"seed": 2}) == "a run with another seed 1, not 2"
    assert "care network on, not off" in other_run(held, held | {"care": False})
    assert "its figures, or the code that reads them, have changed" in other_run(
        held, held | {"scenario_sha256": "y"}
    )
    study = {"kind": "study", "scenarios": {"a": "1", "b": "2"}}
    told = other_run(study, study | {"scenarios": {"a": "9", "c": "3"}})
    assert told == (
        "a study with b and without c and with a as it was before its figures, or the code that reads them, "
        "changed"
    )


def test_results_of_other_code_are_told_with_what_changed_and_what_to_do() -> None:
    """The code and the packages that differ, then and now."""
    now = made_with()
    then = {"code": "0.1+abc", "packages": now["packages"] | {"numpy": "1.0"}}
    told = made_otherwise([{"made_with": then}, {}], Path("runs/x"))
    assert told.startswith("2 finished replicates were made before this changed: the code of Leftshift (now ")
    assert "then 0.1+abc" in told
    assert f"numpy (now {now['packages']['numpy']}, then 1.0)" in told
    assert "Give another --out to keep" in told
    assert "then not recorded" in made_otherwise([{}], Path("runs/x"))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("run --years one", "command line: --years: found 'one'; allowed: a whole number"),
        ("run --scale=much", "command line: --scale: found 'much'; allowed: a number"),
        ("run --yeers 1", "--yeers: found no such option; allowed: an option of this command"),
        ("run --yeers 1", "did you mean '--years'?"),
        ("scenario solve home_first", "--vary: found nothing; allowed: a value: it has to be given"),
        ("attribute a --parts what", "--parts: found 'what'; allowed: one of 'interventions', 'scenarios'"),
        ("run --years", "allowed: a value after --years"),
        ("scenario shw", "did you mean 'show'?"),
        ("scenario show", "command line: NAME: found nothing"),
    ],
)
def test_a_command_line_is_refused_in_our_words(
    command: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Found, allowed and the nearest name, on one line."""
    code, _, err = run(*command.split(), capsys=capsys)
    assert code == leftshift.Exit.BAD_INPUT
    assert told.lower() in err.lower()
    assert "Input should" not in err
    assert "Value error" not in err
    assert len(err.splitlines()) == 1


def test_every_measure_that_a_run_gives_may_be_expected(tmp_path: Path) -> None:
    """Sums of money as well; of one that is none the nearest is told."""
    from results.annual import directions
    from scenarios.scenario import check

    assert set(load_names("dorset").measures) == set(directions())
    expected = "{measure: net_cost_nhs, direction: rises, years: 1, why: It costs more than it saves.}"
    path = tmp_path / "mine.yaml"
    path.write_text(f"label: Mine\nextends: winter_surge\nexpects: [{expected}]\n", encoding="utf-8")
    assert check(path)[0] == []
    path.write_text(path.read_text().replace("net_cost_nhs", "net_costs_nhs"), encoding="utf-8")
    (problem,) = check(path)[0]
    assert problem.nearest == "net_cost_nhs"
