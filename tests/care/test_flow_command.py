"""`leftshift flow` as its user meets it: the tutorial, the folder, what is refused, the two tables."""

from __future__ import annotations

import copy
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leftshift
from sim.care import Network, flow_command, run_alone, simulate
from sim.care.flow_folder import OURS
from sim.care.measures import CONTRACT, interval
from sim.care.precision import diagnose_warm_up, moving_average, replicates_needed
from sim.care.replicate import grid_for
from sim.parameters.errors import InputError
from sim.parameters.located import compose_located

TUTORIAL = Path(__file__).parents[2] / "docs" / "how-to" / "run-a-pathway-alone.md"
CLINIC = """\
time_unit: hour
nodes:
  clinic:
    places: 2
    service: {distribution: exponential, mean: 1.0}
arrivals:
  clinic: {rate: 1.0}
routes:
  clinic: {home: 1.0}
exits: [home]
"""


def run(*words: object) -> int:
    """Run the command in this process; its exit code."""
    return leftshift._run([str(word) for word in words])


def clinic(folder: Path, text: str = CLINIC) -> Path:
    """A network file."""
    path = folder / "clinic.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> list[str]:
    """What a bad file is told, a line a problem."""
    path = clinic(folder, text)
    with pytest.raises(InputError) as caught:
        Network.load(path)
    return [line.removeprefix(str(path)) for line in caught.value.message().splitlines()]


# ------------------------------------------------------------------------------------ the tutorial
def test_the_tutorial_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```(\w+)\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert {kind for kind, _ in blocks} == {"yaml", "csv", "bash", "python"}
    for kind, text in blocks:
        if kind in ("yaml", "csv"):
            first, rest = text.split("\n", 1)
            Path(first.removeprefix("# ")).write_text(rest, encoding="utf-8")
    changed = Path("stroke.yaml").read_text(encoding="utf-8").replace("places: 24", "places: 28")
    Path("stroke_more_rehabilitation.yaml").write_text(changed, encoding="utf-8")
    for kind, text in blocks:
        if kind == "bash":
            assert run(*shlex.split(text.replace("leftshift ", "", 1))) == 0
        elif kind == "python":
            exec(compile(text.replace("open(", "open_(", 1), "tutorial", "exec"), {"open_": _reading()})
    assert {item.name for item in Path("runs/stroke").iterdir()} == OURS


def _reading() -> Any:
    """`open` whose file is closed at once: an unclosed one is a warning, and warnings are errors here."""
    import io

    return lambda name, encoding: io.StringIO(Path(name).read_text(encoding=encoding))


# ------------------------------------------------------------------------------------ what comes out
def test_the_folder_holds_what_was_promised(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert run("flow", clinic(tmp_path), "--days", 100, "--warm-up", 20, "--replicates", 4, "--out", out) == 0
    assert {item.name for item in out.iterdir()} == OURS
    nodes = pd.read_csv(out / "nodes.csv")
    assert list(nodes.columns[: len(CONTRACT) + 1]) == ["node", *CONTRACT]
    assert nodes["mean_wait"][0] == pytest.approx(1 / 3, rel=0.15)
    series = pd.read_csv(out / "series.csv")
    assert len(series) == 120
    assert series["measured"].sum() == 100
    assert series.loc[series["measured"], "occupied"].mean() == pytest.approx(nodes["mean_occupied"][0])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "flow"
    assert manifest["settings"]["seed"] == 1
    assert not list(out.parent.glob(".*"))


def test_journeys_give_the_nodes_table_again(tmp_path: Path) -> None:
    out = flow_command(clinic(tmp_path), 50, 10, 1, 3, tmp_path / "out").parent
    journeys = pd.read_parquet(out / "journeys.parquet")
    nodes = pd.read_csv(out / "nodes.csv")
    waits = (journeys["start"] - journeys["join"])[journeys["start"] >= 10 * 24.0]
    assert waits.mean() == pytest.approx(nodes["mean_wait"][0], rel=1e-5)
    assert waits.quantile(0.95) == pytest.approx(nodes["p95_wait"][0], rel=1e-5)
    ended = journeys[journeys["next"] == "home"]
    assert len(ended) == nodes["served"][0]
    assert not journeys.duplicated(["replicate", "person"]).any()


@pytest.mark.parametrize(("which", "replicates"), [("first", {1}), ("all", {1, 2, 3}), ("none", None)])
def test_whose_journeys_are_kept(tmp_path: Path, which: Any, replicates: set[int] | None) -> None:
    out = flow_command(clinic(tmp_path), 5, 0, 3, 1, tmp_path / "out", journeys=which).parent
    file = out / "journeys.parquet"
    assert file.exists() == (replicates is not None)
    if replicates is not None:
        assert set(pd.read_parquet(file)["replicate"]) == replicates


def test_the_grid_does_not_change_what_happens() -> None:
    """Stopping every hour or every day to look leaves every life as it was."""
    network = Network.from_dict(compose_located(CLINIC, "clinic")[0])
    hourly = run_alone(network, days=55, warm_up=5, replicates=2)
    assert hourly.grid == "hour"
    longer = run_alone(network, days=60, warm_up=5, replicates=2)
    assert longer.grid == "day"
    both = hourly.journeys.merge(longer.journeys, on=["replicate", "person"], suffixes=("", "_2"))
    finished = both[both["next"] == "home"]
    assert len(finished) > 2 * 40 * 24 / 2
    np.testing.assert_array_equal(finished["leave"], finished["leave_2"])


def test_infinite_servers_several_sources_and_exits() -> None:
    """M/G/infinity: people inside are rate x mean stay; shares of exits are those of the routes."""
    stay = {"distribution": "gamma", "mean": 4.0, "sd": 3.0}
    document = {
        "time_unit": "day",
        "nodes": {name: {"places": "unlimited", "service": stay} for name in ("a", "b")},
        "arrivals": {"a": {"rate": 6.0}, "b": {"rate": 4.0}},
        "routes": {"a": {"b": 0.5, "home": 0.5}, "b": {"home": 0.25, "hospice": 0.75}},
        "exits": ["home", "hospice"],
    }
    found = run_alone(Network.from_dict(document), days=400, warm_up=60, replicates=4)
    nodes = found.nodes.set_index("node")
    assert nodes["mean_occupied"]["a"] == pytest.approx(24.0, rel=0.05)
    assert nodes["mean_occupied"]["b"] == pytest.approx(28.0, rel=0.05)
    assert nodes["utilisation"].isna().all()
    flows = found.routes.set_index(["from", "to"])["people_per_day"]
    assert flows["(outside)", "b"] == pytest.approx(4.0, rel=0.05)
    assert flows["b", "hospice"] == pytest.approx(5.25, rel=0.06)


def test_simulate_gives_the_nodes_of_a_full_run() -> None:
    network = Network.from_dict(compose_located(CLINIC, "clinic")[0])
    pd.testing.assert_frame_equal(
        simulate(network, 20, 5, 3, 7), run_alone(network, 20, 5, 3, 7, journeys="all").nodes
    )


# ------------------------------------------------------------------------------------ intervals, warm-up
@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_bounds_stay_where_the_measure_can_be(values: list[float]) -> None:
    mean, low, high = interval(np.array(values)[:, None], most=1.0)
    if len(values) == 1:
        assert np.isnan(low[0])
    else:
        assert 0.0 <= low[0] <= mean[0] + 1e-12
        assert mean[0] - 1e-12 <= high[0] <= 1.0


def test_replicates_needed_reach_the_precision() -> None:
    """Law's formula: one fewer would not do."""
    from scipy import stats

    n = replicates_needed(10.0, 4.0, 0.05)
    assert n is not None

    def half(count: int) -> float:
        return float(stats.t.ppf(0.975, count - 1) * np.sqrt(4.0 / count))

    assert half(n) <= 10.0 * 0.05 / 1.05 < half(n - 1)
    assert replicates_needed(float("nan"), 1.0, 0.05) is None
    assert replicates_needed(0.0, 0.0, 0.05) == 2


def test_welchs_moving_average_and_verdicts() -> None:
    np.testing.assert_allclose(moving_average(np.array([1.0, 2.0, 6.0, 4.0]), 1), [1.0, 3.0, 4.0, 4.0])
    days = np.arange(1.0, 401.0)
    noise = np.random.default_rng(4).normal(0.0, 1.0, (10, 400))
    filling = 100.0 * (1.0 - np.exp(-days / 20.0)) + noise
    _, verdict = diagnose_warm_up(days, filling, 30.0)
    assert verdict.verdict == "too_short"
    assert verdict.suggested_days is not None
    assert 60.0 < verdict.suggested_days < 120.0
    assert diagnose_warm_up(days, filling, 150.0)[1].verdict == "enough"
    assert diagnose_warm_up(days, days + noise, 30.0)[1].verdict == "still_changing"
    assert diagnose_warm_up(days, filling[:2], 30.0)[1].verdict == "unknown"


@pytest.mark.parametrize(
    ("days", "warm_up", "name"), [(30, 10, "hour"), (365, 60, "day"), (8000, 0.5, "week")]
)
def test_the_grid_ends_with_the_warm_up_and_the_run(days: float, warm_up: float, name: str) -> None:
    grid = grid_for(days, warm_up)
    assert grid.name == name
    assert warm_up in grid.ends
    assert grid.ends[-1] == warm_up + days
    assert (np.diff(grid.ends) > 0).all()


# ------------------------------------------------------------------------------------ the folder's rules
def test_others_results_and_files_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ("--days", 5, "--warm-up", 1, "--replicates", 2, "--out", out)
    assert run("flow", clinic(tmp_path), *words) == 0
    assert run("flow", clinic(tmp_path), *words) == 0  # the same file
    before = (out / "nodes.csv").read_bytes()
    other = clinic(tmp_path, CLINIC.replace("rate: 1.0", "rate: 0.5"))
    assert run("flow", other, *words) == 2
    assert "results of another network file" in capsys.readouterr().err
    assert (out / "nodes.csv").read_bytes() == before
    assert run("flow", other, *words, "--replace") == 0
    assert (out / "nodes.csv").read_bytes() != before
    (out / "thesis.docx").write_text("mine", encoding="utf-8")
    assert run("flow", other, *words, "--replace") == 2
    assert "also holds thesis.docx" in capsys.readouterr().err
    assert (out / "thesis.docx").exists()


def test_stale_temporary_files_do_not_block(tmp_path: Path) -> None:
    out = tmp_path / "out"
    stale = tmp_path / ".out.999999999.unfinished"
    stale.mkdir()
    (stale / "nodes.csv").write_text("half", encoding="utf-8")
    out.mkdir()
    (out / ".nodes.csv.4242").write_text("half", encoding="utf-8")
    flow_command(clinic(tmp_path), 5, 0, 2, 1, out)
    assert not stale.exists()
    assert not (out / ".nodes.csv.4242").exists()


def test_nothing_is_left_when_the_page_fails(tmp_path: Path) -> None:
    def broken(folder: Path) -> None:
        raise RuntimeError("no page")

    with pytest.raises(RuntimeError):
        flow_command(clinic(tmp_path), 5, 0, 2, 1, tmp_path / "out", finish=broken)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["clinic.yaml"]


# ------------------------------------------------------------------------------------ bad input
BAD = """\
time_unit: hours
nodes:
  clinic:
    placs: 2
    service: {distribution: exponential, mean: 1.0, unit: fortnight}
  theatre:
    places: 2
    service: {distribution: exponental, mean: 1.0}
  theatre: {places: 3}
  lost: {places: 1, service: {distribution: exponential, mean: -1}}
arrivals:
  clinic: {rate: 1.0}
routes:
  clinic: {theater: 0.5, home: 0.3}
  theatre: {home: {probability: 1.0, delay: -2}}
  lost: {home: 1.0}
exits: [home]
"""


def test_every_problem_is_told_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    told = refused(tmp_path, BAD)
    expected = [
        (1, "time_unit: found 'hours'", "'hour'"),
        (4, "nodes.clinic.placs: found 'placs'", "'places'"),
        (5, "nodes.clinic.service.unit: found 'fortnight'", "minute, hour or day"),
        (8, "nodes.theatre.service.distribution: found 'exponental'", "'exponential'"),
        (9, "nodes.theatre: found 'the key again", "each key once"),
        (10, "nodes.lost.service: found '-1.0'", "above zero"),
        (10, "nodes.lost: found 'no arrivals and no route to it'", "reached"),
        (14, "routes.clinic.theater: found 'theater'", "'theatre'"),
        (14, "routes.clinic: found 'probabilities that sum to 0.8'", "sum to 1"),
        (15, "routes.theatre.home.delay: found '-2.0'", "negative"),
    ]
    assert len(told) == len(expected), told
    for line, begins, holds in expected:
        assert any(t.startswith(f":{line}: {begins}") and holds in t for t in told), (line, begins, told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("exits: [home]", "exits: []", ":10: exits: found 'none'"),
        ("places: 2", "places: {a: 1}", ":4: nodes.clinic.places: found"),
        ("mean: 1.0", "mean: .nan", ":5: nodes.clinic.service.mean: found nan"),
        ("mean: 1.0", "maen: 1.0", ":5: nodes.clinic.service.maen: found 'maen'"),
        ("rate: 1.0", "rate: -1.0", ":7: arrivals.clinic: found -1.0"),
        ("rate: 1.0", "rate: [1.0]", ":7: arrivals.clinic.rate: found"),
        ("{home: 1.0}", "home", ":9: routes.clinic: found 'home'"),
        ("{home: 1.0}", "{clinic: 1.0}", ":9: routes.clinic: found 'no way to an exit'"),
        ("places: 2", "places: 2\n    places: 3", ":5: nodes.clinic.places: found 'the key again"),
        ("service: {", "service: [", ":5: YAML: found"),
    ],
)
def test_one_problem_has_one_message(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = refused(tmp_path, CLINIC.replace(old, new))
    assert len(found) == 1, found
    assert found[0].startswith(told), found


def test_overload_and_too_many_at_the_start_say_their_line(tmp_path: Path) -> None:
    path = clinic(tmp_path, CLINIC.replace("rate: 1.0", "rate: 3.0"))
    with pytest.raises(InputError, match=r"yaml:3: nodes\.clinic: found 'offered load of 3 against 2"):
        simulate(Network.load(path), days=5, replicates=1)
    told = refused(tmp_path, CLINIC + "initial: {clinic: {occupied: 5}}\n")
    assert len(told) == 1
    assert told[0].startswith(":11: initial.clinic")


@pytest.mark.parametrize("text", ["", "- a\n", "hello", "\tnodes:\n", "a: &a [*a]\n", "nodes: {}\n"])
def test_what_is_no_network_is_refused_without_a_traceback(tmp_path: Path, text: str) -> None:
    assert run("flow", clinic(tmp_path, text), "--out", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()


def test_merge_keys_and_exponents_are_read(tmp_path: Path) -> None:
    text = CLINIC.replace("  clinic:\n    places: 2", "  clinic: &c\n    places: 2", 1)
    text = text.replace("arrivals:", "  second:\n    <<: *c\n    places: 3\narrivals:")
    text = text.replace("rate: 1.0", "rate: 1e-1")
    text = text.replace("{home: 1.0}", "{second: 1.0}\n  second: {home: 1.0}")
    network = Network.load(clinic(tmp_path, text))
    assert network.mean_places("second") == 3.0
    assert network.streams[0].rates[0] == pytest.approx(0.1 / 60.0)


ODD = (None, [], {}, "x", -1, 0, 1.5, "unlimited", [1], {"a": 1}, True, "remainder", float("nan"), 1e300)
RICH = """\
time_unit: hour
kinds: {age: [young, old]}
nodes:
  clinic:
    places: [{from: 8, to: 18, weekdays: [mon, tue], places: 4}]
    service:
      by: age
      values: {young: {distribution: uniform, low: 1, high: 2}}
      default: {distribution: gamma, mean: 2, sd: 1}
    balking: [{queue: 5, probability: 0.3}]
    reneging: {after: {distribution: exponential, mean: 3}, to: left}
    escalation: {places: 1, open_above: 1.0, close_below: 0.5}
  group:
    slots: [{weekdays: [tue], from: 9, to: 12, slots: 18}]
arrivals:
  clinic: {rate: 0.2, mix: {by: age, values: {young: 1, old: 2}}, batch: {1: 0.9, 2: 0.1}}
initial: {clinic: {waiting: 3}}
routes:
  clinic: {group: {probability: 0.2, delay: 5}, home: remainder}
  group: {home: 1}
exits: [home, left]
"""


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in _places(item, (*path, key)))]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_slip_ends_in_a_traceback_or_is_told_twice(data: st.DataObject) -> None:
    """Anything may stand anywhere: the file is read, or refused with problems that all differ."""
    document = compose_located(RICH, "rich.yaml")[0]
    *way, last = data.draw(st.sampled_from(_places(document)[1:]))
    holder = document
    for key in way:
        holder = holder[key]
    holder[last] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    try:
        Network.from_dict(document)
    except InputError as error:
        told = error.message().splitlines()
        assert len(set(told)) == len(told)
        assert all(line.startswith("rich.yaml:") or line.startswith("network") for line in told)


# ------------------------------------------------------------------------------------ two tables
NODES = """\
node,places,distribution,mean,sd,internal_queue,arrival_rate,time_unit
ward,12,gamma,4,3,,2.0,day
rehabilitation,9,exponential,6,,0,,
home,exit,,,,,,
"""
ROUTES = """\
from,to,probability,delay_mean,holds_place
ward,rehabilitation,0.5,1,yes
ward,home,remainder,,
rehabilitation,home,1,,
"""


def two_tables(folder: Path, nodes: str = NODES, routes: str = ROUTES) -> tuple[Path, Path]:
    (folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    (folder / "routes.csv").write_text(routes, encoding="utf-8")
    return folder / "nodes.csv", folder / "routes.csv"


def test_two_tables_are_the_same_network_as_the_file(tmp_path: Path) -> None:
    nodes, routes = two_tables(tmp_path)
    document = {
        "time_unit": "day",
        "nodes": {
            "ward": {"places": 12, "service": {"distribution": "gamma", "mean": 4, "sd": 3}},
            "rehabilitation": {
                "places": 9, "internal_queue": 0, "service": {"distribution": "exponential", "mean": 6},
            },
        },
        "arrivals": {"ward": {"rate": 2.0}},
        "routes": {
            "ward": {"rehabilitation": {"probability": 0.5, "delay": 1}, "home": "remainder"},
            "rehabilitation": {"home": 1},
        },
        "exits": ["home"],
    }  # fmt: skip
    pd.testing.assert_frame_equal(
        simulate(Network.load(nodes, routes=routes), 50, 10, 2),
        simulate(Network.from_dict(document), 50, 10, 2),
    )


def test_tables_are_told_every_problem_with_its_row(tmp_path: Path) -> None:
    nodes, routes = two_tables(
        tmp_path,
        NODES.replace("distribution", "distributon").replace("12,gamma,4", "-12,gamma,-4"),
        ROUTES.replace("ward,rehabilitation,0.5,1,yes", "ward,rehabilitatoin,0.4,-1,perhaps").replace(
            "remainder", "0.4"
        ),
    )
    with pytest.raises(InputError) as caught:
        Network.load(nodes, routes=routes)
    told = caught.value.message().replace(str(tmp_path), "").splitlines()
    begins = [
        "/nodes.csv:1: columns: found 'distributon'",
        "/nodes.csv:2: nodes.ward.places: found -12.0",
        "/nodes.csv:2: nodes.ward.service: found '-4.0",
        "/routes.csv:2: routes.ward.rehabilitatoin: found 'rehabilitatoin'",
        "/routes.csv:2: holds_place: found 'perhaps'",
        "/routes.csv:2: routes.ward.rehabilitatoin.delay: found '-1.0'",
        "/routes.csv:2: routes.ward: found 'probabilities that sum to 0.8'",
    ]
    assert len(told) == len(begins), told
    for begin in begins:
        assert any(line.startswith(begin) for line in told), (begin, told)


def test_a_slip_in_a_target_is_no_new_exit(tmp_path: Path) -> None:
    """Exits need no row of their own, but a name that is nearly a node's is taken for a slip."""
    undeclared = NODES.replace("home,exit,,,,,,\n", "")
    nodes, routes = two_tables(tmp_path, undeclared)
    assert Network.load(nodes, routes=routes).exit_names == ("home",)
    nodes, routes = two_tables(tmp_path, undeclared, ROUTES.replace("ward,rehab", "ward,rheab"))
    with pytest.raises(InputError, match="did you mean 'rehabilitation'") as caught:
        Network.load(nodes, routes=routes)
    assert len(caught.value.message().splitlines()) == 1


def test_a_table_of_nodes_alone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nodes, _ = two_tables(tmp_path)
    assert run("flow", nodes, "--out", tmp_path / "out") == 2
    assert "--routes" in capsys.readouterr().err
