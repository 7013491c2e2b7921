"""Whether runs may be compared: what must be the same in all, and what is told where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

SAME_KEYS = ("area", "start", "years", "scale", "seed")
"""Without these alike, residents or months of two runs do not pair."""
TOLD = {
    "projection": "the projection of the population",
    "risk_factor_trends": "the trends of risk factors",
    "mortality_trend": "the trend of mortality",
    "care": "whether care is modelled",
    "code_sha256": "the code, or the tables of figures that it reads",
    "code_version": "the version of the code",
    "versions": "the versions of libraries",
}
"""What makes a difference of its own beside the scenarios', in words: compared, and said first."""
SHOWN = 12
"""Letters of a hash that are shown."""


def check_alike(runs: Sequence[Run]) -> None:
    """Refuse runs that differ in what must agree; one message says everything that differs.

    Raises:
        InputError: They differ in `SAME_KEYS`.
    """
    first = runs[0]
    unlike = {run: [key for key in SAME_KEYS if run.manifest[key] != first.manifest[key]] for run in runs[1:]}
    unlike = {run: keys for run, keys in unlike.items() if keys}
    if not unlike:
        return
    keys = [key for key in SAME_KEYS if any(key in found for found in unlike.values())]
    (one, its), *others = unlike.items()
    found = "; ".join(
        [_values(one, its), *(f"in {run.folder}: {_values(run, differing)}" for run, differing in others)]
    )
    allowed = f"{_values(first, keys)}, as in {first.folder}: only alike runs can be compared"
    raise InputError(file=one.folder / "manifest.json", key=", ".join(keys), found=found, allowed=allowed)


def _values(run: Run, keys: Sequence[str]) -> str:
    """Return 'area dorset, seed 7'."""
    return ", ".join(f"{key} {run.manifest[key]}" for key in keys)


def told_apart(runs: Sequence[Run], labels: dict[Run, str]) -> list[str]:
    """Return in words what besides their scenarios sets runs apart, a sentence for each; empty for none.

    What one of two runs did not record is not known to differ.
    """
    found = []
    for key, words in TOLD.items():
        held = {run: run.manifest[key] for run in runs if run.manifest.get(key) not in (None, "")}
        if len({repr(value) for value in held.values()}) > 1:
            if key == "code_version" and any("code_sha256" in run.manifest for run in runs):
                continue  # said by the hash of the code
            each = "; ".join(f"{labels[run]}: {_short(value)}" for run, value in held.items())
            found.append(
                f"These runs differ in {words} ({each}). What is shown as a scenario's effect may be of that "
                "difference: run all of them again with the same."
            )
    return found


def _short(value: Any) -> str:
    """Return a value in few letters: the beginning of a hash, libraries as 'numpy 2.4.6, scipy 1.17.1'."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {version}" for name, version in value.items())
    text = str(value)
    return text[:SHOWN] if len(text) == 64 else text
