"""Passes over rows by age give what the plain forms of numpy give."""

from __future__ import annotations

import numpy as np

from sim.kernels.draws import keyed_uniforms
from sim.kernels.strata import birthday_rows, drawn_rows

KEY = np.array([11, 22], np.uint32)
PEOPLE = 3_000  # more than one block of random words


def test_rows_drawn_at_a_chance_are_those_whose_keyed_uniform_is_below_it() -> None:
    rng = np.random.default_rng(1)
    person = np.arange(PEOPLE, dtype=np.uint32) * 7
    born = rng.integers(-1_400, 5, PEOPLE).astype(np.int16)
    sex, quintile, code, status = (rng.integers(0, most, PEOPLE).astype(np.uint8) for most in (2, 5, 2, 3))
    chance = rng.random((2, 111, 5))
    rows, second = drawn_rows(
        status, person, born, -3, sex, quintile, code, chance, np.uint32(24_000), np.uint32(5), KEY
    )
    draws = keyed_uniforms(person, 24_000, 5, KEY)
    age = np.clip((-3 - born.astype(np.int64)) // 12, 0, 110)
    wanted = (status == 1) & (code == 0) & (draws[:, 0] < chance[sex, age, quintile])
    assert np.array_equal(rows, np.flatnonzero(wanted))
    assert np.array_equal(second, draws[rows, 1])


def test_birthdays_come_once_in_twelve_months() -> None:
    born = np.arange(-60, 40).astype(np.int16)
    for month in (-5, 0, 17):
        wanted = np.flatnonzero((month - born.astype(np.int64)) % 12 == 0)
        assert np.array_equal(birthday_rows(born, month), wanted)
