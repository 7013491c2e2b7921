"""The cache gives back what was put in, and never gets in the way."""

import threading

import numpy as np
import pandas as pd
import pytest

from sim.population import cache, fitting
from sim.population.cache import KEPT, cache_directory, content_key, load_or_make

ARRAYS = {"a": np.arange(5, dtype=np.uint8), "b": np.eye(2)}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LEFTSHIFT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fail():
    raise AssertionError("made again")


def assert_same(found):
    assert set(found) == set(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


def test_second_call_does_not_make_again():
    assert_same(load_or_make("people", "key", lambda: ARRAYS))
    assert_same(load_or_make("people", "key", fail))


def test_damaged_file_is_made_again(folder):
    load_or_make("people", "key", lambda: ARRAYS)
    (folder / "people-key.npz").write_bytes(b"not an archive")
    assert_same(load_or_make("people", "key", lambda: ARRAYS))
    assert_same(load_or_make("people", "key", fail))


def test_folder_that_cannot_be_made_means_no_cache(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("LEFTSHIFT_CACHE", str(blocked / "below"))
    assert_same(load_or_make("people", "key", lambda: ARRAYS))


def test_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("LEFTSHIFT_CACHE", "")
    assert cache_directory() is None
    monkeypatch.delenv("LEFTSHIFT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "leftshift"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "leftshift"


def test_many_writers_leave_one_whole_file(folder):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(load_or_make("people", "key", lambda: ARRAYS)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for found in results:
        assert_same(found)
    assert [file.name for file in folder.iterdir()] == ["people-key.npz"]


def test_only_the_newest_are_kept(folder):
    for number in range(KEPT + 3):
        load_or_make("people", f"key{number}", lambda: ARRAYS)
    load_or_make("others", "key", lambda: ARRAYS)
    assert len(list(folder.glob("people-*.npz"))) == KEPT
    assert len(list(folder.glob("others-*.npz"))) == 1


def test_key_changes_with_tables_sources_and_settings():
    frame = pd.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    plain = content_key({"t": frame}, [fitting], {"seed": 1})
    assert plain == content_key({"t": frame.set_axis([7, 8])}, [fitting], {"seed": 1})
    changed = [
        content_key({"t": frame.assign(x=[1, 3])}, [fitting], {"seed": 1}),
        content_key({"t": frame.rename(columns={"x": "z"})}, [fitting], {"seed": 1}),
        content_key({"t": frame.astype({"x": float})}, [fitting], {"seed": 1}),
        content_key({"u": frame}, [fitting], {"seed": 1}),
        content_key({"t": frame}, [fitting, cache], {"seed": 1}),
        content_key({"t": frame}, [fitting], {"seed": 2}),
    ]
    assert len({plain, *changed}) == len(changed) + 1
