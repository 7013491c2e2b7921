"""`batch_run` with Mesa's signature: alike on Mesa 3.3 and 3.5, and it stops at the step asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scenarios.machine import cores, process_pool, stop_workers
from scenarios.progress import Progress


def batch_run(
    model_cls: type[Any],
    parameters: Mapping[str, Any],
    number_processes: int | None = 1,
    iterations: int = 1,
    data_collection_period: int = -1,
    max_steps: int = 1000,
    display_progress: bool = True,
    rng: int | Iterable[int] | None = None,
) -> list[dict[str, Any]]:
    """Run a Mesa model over every combination of parameters.

    Args:
        model_cls: The model's class; it takes `rng` and each parameter by keyword.
        parameters: For each parameter a value, or a list of values to vary.
        number_processes: Processes side by side; None for one a core.
        iterations: Runs of each combination with seeds 0, 1, ..., where `rng` is not given.
        data_collection_period: -1 only the last step, 0 and above every so many steps.
        max_steps: Steps after which a model is stopped; exactly so many, not one more.
        display_progress: Show a bar on a terminal.
        rng: Integer seeds, one run of each combination for each.

    Returns:
        A row a run and collected step: RunId, iteration, Step, the parameters, the model's reporters.
    """
    seeds = list(range(iterations)) if rng is None else [rng] if isinstance(rng, int) else list(rng)
    names = list(parameters)
    values = [_choices(parameters[name]) for name in names]
    combinations = [dict(zip(names, choice, strict=True)) for choice in itertools.product(*values)]
    tasks = list(itertools.product(combinations, enumerate(seeds)))
    jobs = [
        (model_cls, run, iteration, seed, combination, data_collection_period, max_steps)
        for run, (combination, (iteration, seed)) in enumerate(tasks)
    ]
    with Progress(total=len(jobs), quiet=not display_progress, label="Runs") as progress:
        return _run_all(jobs, number_processes, progress)


def _choices(value: Any) -> Sequence[Any]:
    """Return the values that a parameter takes; text and single values are one."""
    return (
        list(value)
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
        else [value]
    )


def _run_all(jobs: list[tuple[Any, ...]], processes: int | None, progress: Progress) -> list[dict[str, Any]]:
    """Run the jobs here or in a pool, and return their rows in the order of the jobs."""
    rows: list[dict[str, Any]] = []
    if processes == 1:
        for job in jobs:
            rows += _run_one(*job)
            progress.advance()
        return rows
    pool = process_pool(min(processes or cores(), max(1, len(jobs))))
    try:
        for future in [pool.submit(_run_one, *job) for job in jobs]:
            rows += future.result()
            progress.advance()
    except BaseException:
        stop_workers(pool)
        raise
    pool.shutdown()
    return rows


def _run_one(
    model_cls: type[Any],
    run: int,
    iteration: int,
    seed: int,
    combination: dict[str, Any],
    period: int,
    max_steps: int,
) -> list[dict[str, Any]]:
    """Run one model and return its rows."""
    model = model_cls(rng=seed, **combination)
    while model.running and model.steps < max_steps:
        model.step()
    series: dict[str, list[Any]] = model.datacollector.model_vars
    collected = max((len(values) for values in series.values()), default=0)
    steps = range(collected) if period >= 0 else range(max(0, collected - 1), collected)
    every = max(1, period)
    return [
        {"RunId": run, "iteration": iteration, "Step": step, "rng": seed, **combination}
        | {name: values[step] for name, values in series.items()}
        for step in steps
        if period < 0 or step % every == 0
    ]
