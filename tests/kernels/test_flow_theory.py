"""The flow kernel against queueing theory (the cases are in `theory_cases.py`).

Each comparison is a 99.9% interval over 30 independent replicates: under a right kernel one fails with a
probability of 0.001 at a new seed (and never at the fixed one); there are 52 of them, so about one new seed
in twenty gives at least one false alarm. The quick tests use short runs and ask for nothing else. The ones
marked `validation` ask besides for a bias under 1%, in runs whose half interval is itself under 1% of theory.
"""

from __future__ import annotations

import pytest

from tests.kernels.queueing import erlang_b, erlang_c, mmck, tandem_throughput
from tests.kernels.theory_cases import CASES, Case

SEED = 1
QUICK = 0.02
BIAS = 0.01
BY_NAME = [pytest.param(case, id=case.name) for case in CASES]


@pytest.mark.parametrize("case", BY_NAME)
def test_short_runs_cover_theory(case: Case) -> None:
    for found in case.run(QUICK, SEED):
        assert found.covers, (
            f"{found.measure}: {found.mean:.5g} +- {found.half:.2g} misses {found.theory:.5g}"
        )


@pytest.mark.validation
@pytest.mark.parametrize("case", BY_NAME)
def test_long_runs_cover_theory_without_bias(case: Case) -> None:
    for found in case.run(1.0, SEED):
        told = f"{found.measure}: {found.mean:.5g} +- {found.half:.2g} against {found.theory:.5g}"
        assert found.half <= BIAS * found.theory, f"{told}: the run is too short to see a bias of 1%"
        assert found.covers, told
        assert abs(found.bias) <= BIAS, told


def test_the_formulas_agree_with_published_values() -> None:
    """Erlang's tables, and Hunt's throughputs of two and three stations without places between."""
    assert erlang_b(10.0, 10) == pytest.approx(0.2146, abs=5e-5)
    assert erlang_c(2.0, 3) == pytest.approx(4.0 / 9.0)
    assert mmck(3.5, 1.0, 3, 3)[-1] == pytest.approx(erlang_b(3.5, 3))
    assert tandem_throughput(2) == pytest.approx(2.0 / 3.0)
    assert tandem_throughput(3) == pytest.approx(22.0 / 39.0)
