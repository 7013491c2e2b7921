"""The flow kernel logs what its slow twin logs, row for row and to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels.flow import FlowState, Stages
from sim.kernels.flow_layout import DIVERTED, REMOVED, TURNED_AWAY
from tests.twin.flow_twin import FlowTwin
from tests.twin.random_networks import Case, random_case

KEY = (12345, 67890)


def run_kernel(case: Case, parts: int = 7) -> tuple[FlowState, np.ndarray]:
    """The kernel's log; the run is cut in `parts`, with tiny arrays, so that growing is tested too."""
    state = FlowState(case.network.flow, entity_capacity=2, log_capacity=1, key=KEY)
    state.add_arrivals(*(np.array(column) for column in zip(*case.arrivals, strict=True)))
    if case.place_changes:
        state.add_place_changes(*map(np.array, zip(*case.place_changes, strict=True)))
    if case.removals:
        state.add_removals(*map(np.array, zip(*case.removals, strict=True)))
    logs: list[Stages] = []
    for until in np.linspace(0.0, case.until, parts + 1)[1:]:
        state.advance(float(until))
        logs.append(state.take_log())
    rows = [np.column_stack(log) for log in logs]
    return state, np.concatenate(rows)


def run_twin(case: Case) -> np.ndarray:
    """The twin's log."""
    twin = FlowTwin(case.network.flow, KEY)
    twin.run(case.arrivals, case.place_changes, case.removals, case.until)
    return np.array(twin.log).reshape(-1, 10)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_kernel_matches_its_twin(seed: int) -> None:
    case = random_case(seed)
    np.testing.assert_array_equal(run_kernel(case)[1], run_twin(case))


@pytest.mark.validation
def test_kernel_matches_its_twin_on_many_networks() -> None:
    for seed in range(1500):
        case = random_case(seed)
        np.testing.assert_array_equal(run_kernel(case)[1], run_twin(case), err_msg=f"seed {seed}")


def test_the_networks_are_worth_comparing() -> None:
    """Over these seeds every special event occurs: blocking, diversion, removal, refusal, and each clock."""
    codes, rows = set(), 0
    counts = dict.fromkeys(("balked", "reneged", "worsened", "died", "overflowed", "escalated"), 0.0)
    for seed in range(60):
        state, log = run_kernel(random_case(seed))
        for name in counts:
            counts[name] += float(getattr(state.totals(), name).sum())
        rows += len(log)
        codes |= {"turned away" for _ in log[log[:, 5] == TURNED_AWAY]}
        codes |= {"diverted" for _ in log[(log[:, 5] <= DIVERTED) & (log[:, 5] > REMOVED)]}
        codes |= {"removed" for _ in log[log[:, 5] <= REMOVED]}
        codes |= {"stayed after service" for _ in log[log[:, 9] > log[:, 8]]}
        codes |= {"waited" for _ in log[log[:, 7] > log[:, 6]]}
    assert codes == {"turned away", "diverted", "removed", "stayed after service", "waited"}
    assert min(counts.values()) > 0, counts
    assert rows > 60 * 100
