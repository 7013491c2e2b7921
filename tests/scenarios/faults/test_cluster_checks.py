"""What a cluster's workers are asked, and what becomes of units whose workers leave; no cluster is needed."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from scenarios import clusters
from scenarios.clusters import ClusterExecutor, own_identity
from sim.parameters.errors import InputError


class Client:
    """Answers as a Dask client does, for workers given by name."""

    def __init__(self, **workers: Any) -> None:
        self.workers = workers
        self.asked: list[list[str]] = []
        self.restricted: list[list[str]] = []
        self.gone = False

    def nthreads(self) -> dict[str, int]:
        """Return the threads of each worker."""
        if self.gone:
            raise OSError("connection refused")
        return dict.fromkeys(self.workers, 1)

    def run(self, function: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        """Return what each worker says it is."""
        self.asked.append(workers)
        return {name: self.workers[name] for name in workers}

    def get_executor(self, workers: list[str], **_: Any) -> Client:
        """Return who takes units for these workers."""
        self.restricted.append(workers)
        return self

    def submit(self, *_: Any) -> Future[Any]:
        """Never finish."""
        return Future()


@pytest.fixture(autouse=True)
def always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the workers whenever asked."""
    monkeypatch.setattr(clusters, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(clusters, "WAIT_SECONDS", 0.3)


def test_every_worker_that_is_not_as_here_is_named_with_what_differs() -> None:
    """All at once, with the package and both versions."""
    mine = own_identity()
    client = Client(
        good=mine, old=mine | {"numpy": "1.26.0", "numba": "0.60.0"}, other=mine | {"code": "0.1.0+abc"},
        arm=mine | {"architecture": "aarch64"},
    )  # fmt: skip
    with pytest.raises(InputError) as refused:
        ClusterExecutor(client, "tcp://there:8786").wait_for_workers()
    told = refused.value.message()
    assert "old: " in told
    assert f"numpy 1.26.0, here {mine['numpy']}" in told
    assert f"numba 0.60.0, here {mine['numba']}" in told
    assert f"other: code 0.1.0+abc, here {mine['code']}" in told
    assert "arm: architecture aarch64" in told
    assert "good" not in told


def test_a_worker_that_joins_later_is_asked_once_and_refused_apart() -> None:
    """The study goes on with the others; units are given to those that were checked only."""
    mine = own_identity()
    client = Client(first=mine)
    executor = ClusterExecutor(client, "tcp://there:8786")
    executor.wait_for_workers()
    client.workers |= {"late": mine | {"numba": "0.60.0"}, "good": mine}
    assert "the worker late is given nothing to do: numba 0.60.0, here" in executor.note()
    assert executor.note() == ""
    assert client.asked == [["first"], ["good", "late"]]
    executor.submit(print)
    assert client.restricted == [["first", "good"]]


def test_units_of_workers_that_left_come_back_to_be_handed_out_again() -> None:
    """As when a worker is started again under another address; the wait for one is told."""
    mine = own_identity()
    client = Client(first=mine)
    executor = ClusterExecutor(client, "tcp://there:8786")
    executor.wait_for_workers()
    future = executor.submit(print)
    assert executor.room() == clusters.UNITS_A_WORKER
    client.workers = {}
    assert "no worker is left at tcp://there:8786: waiting for one" in executor.note()
    assert future.cancelled()
    assert executor.room() == 0
    client.workers = {"again": mine}
    assert executor.room() == clusters.UNITS_A_WORKER


def test_no_worker_and_no_scheduler_are_told() -> None:
    """Each is a message, not a wait for ever."""
    client = Client()
    executor = ClusterExecutor(client, "tcp://there:8786")
    with pytest.raises(InputError, match="a scheduler without workers"):
        executor.wait_for_workers()
    client.gone = True
    with pytest.raises(InputError, match="cannot be reached any more"):
        executor.room()
