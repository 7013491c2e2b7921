"""The kernel's reneging, balking, deterioration, escalation and the like against queueing theory.

Cases in `theory_cases_extended.py`. As in `test_flow_theory.py`: each comparison is a 99.9% interval over 30
replicates (false alarms: 0.001 each at a new seed, 28 of them); long runs also ask for a bias under 1%.
"""

from __future__ import annotations

import pytest

from tests.kernels.test_flow_theory import BIAS, QUICK, SEED
from tests.kernels.theory_cases import Case
from tests.kernels.theory_cases_extended import CASES

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
