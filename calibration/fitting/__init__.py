"""The statistical core of calibration, apart from any simulator.

Its parts are used in this order, each alone if wanted: `problem` (priors, targets, discrepancy), `runs` (the
simulator at points, Monte-Carlo error), `design`, `sensitivity`, `emulator`, `history_matching`,
`likelihood`, `posterior`, `reweighting`, `predictive`, `identifiability`, `draws_file`; `point_estimate` is a
short cut and `checks` tries the method on data with known parameters. `docs/explanation/calibration.md` says
how and why.

Names are loaded on first use, so that `leftshift --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "Prior": "priors",
    "Discrepancy": "problem",
    "FitTarget": "problem",
    "Problem": "problem",
    "Batch": "runs",
    "MonteCarloError": "runs",
    "Runs": "runs",
    "in_batches": "runs",
    "monte_carlo_error": "runs",
    "run": "runs",
    "design_size": "design",
    "space_filling": "design",
    "kept_parameters": "sensitivity",
    "morris_design": "sensitivity",
    "morris_effects": "sensitivity",
    "ranking": "sensitivity",
    "sobol_indices": "sensitivity",
    "Emulators": "emulator",
    "fit_emulators": "emulator",
    "Match": "history_matching",
    "Waves": "history_matching",
    "after_runs": "history_matching",
    "history_match": "history_matching",
    "next_design": "history_matching",
    "Implausibility": "implausibility",
    "pair_matrices": "implausibility",
    "Likelihood": "likelihood",
    "NotConvergedError": "posterior",
    "Posterior": "posterior",
    "Sampling": "posterior",
    "sample_posterior": "posterior",
    "reweight": "reweighting",
    "resampled": "reweighting",
    "coverage": "predictive",
    "predictive_table": "predictive",
    "collect_next": "identifiability",
    "directions": "identifiability",
    "identify": "identifiability",
    "Draws": "draws_file",
    "draws_of": "draws_file",
    "read_draws": "draws_file",
    "write_draws": "draws_file",
    "most_probable": "point_estimate",
    "rank_plot": "checks",
    "recover": "checks",
    "recovery_table": "checks",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"calibration.fitting.{_HOME[name]}"), name)
