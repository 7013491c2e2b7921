"""The random function: published vectors, and the metamorphic promises that follow from its key layout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels.randomness import (
    check_streams,
    philox4x32,
    replicate_key,
    stream_key,
    uniform32,
    uniform53,
)

WORD = st.integers(min_value=0, max_value=2**32 - 1)


@pytest.mark.parametrize(
    ("counter_and_key", "expected"),
    [
        ((0,) * 6, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 6, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_published_vectors(counter_and_key, expected):
    """The known-answer vectors published with Random123."""
    assert tuple(int(word) for word in philox4x32(*counter_and_key)) == expected


@given(WORD, WORD)
def test_uniforms_stay_inside_the_open_interval(high, low):
    assert 0.0 < uniform32(high) < 1.0
    assert 0.0 < uniform53(high, low) < 1.0


def test_uniform_is_uniform():
    """Chi-square over 256 bins of 200,000 draws: false-alarm rate 1 in 10,000."""
    draws = np.array([uniform32(philox4x32(i, 7, 11, 0, 3, 5)[0]) for i in range(200_000)])
    counts = np.bincount((draws * 256).astype(int), minlength=256)
    statistic = ((counts - draws.size / 256) ** 2 / (draws.size / 256)).sum()
    assert statistic < 347.7  # 99.99th percentile of chi-square with 255 degrees of freedom


def test_stream_key_is_the_name_and_nothing_else():
    before = {name: stream_key(name) for name in ("stroke_tia", "copd")}
    _ = [stream_key(f"new condition {i}") for i in range(100)]
    assert before == {name: stream_key(name) for name in ("copd", "stroke_tia")}
    assert all(0 <= key < 2**32 for key in before.values())


def test_streams_that_collide_are_refused(monkeypatch):
    monkeypatch.setattr("sim.kernels.randomness.stream_key", lambda name: 1)
    with pytest.raises(ValueError, match=r"'b'|'a'"):
        check_streams(["a", "b"])


def test_replicates_and_neighbouring_seeds_share_no_key():
    keys = {replicate_key(seed, replicate) for seed in range(200) for replicate in range(50)}
    assert len(keys) == 200 * 50
    assert replicate_key(1, 11) != replicate_key(11, 1)
