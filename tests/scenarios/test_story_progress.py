"""How far a story is: shares that add up, and a time that is told once it means something."""

from __future__ import annotations

from typing import Any

from scenarios.story_progress import Progress

NOBODY: Any = None


def test_the_share_done_goes_from_nothing_to_all_and_the_rest_is_estimated() -> None:
    """Two runs of 12 months after 12 before, a minute each: nothing is told twice, or goes back."""
    told: list[str] = []
    now = [0.0]
    progress = Progress(told.append, 2, clock=lambda: now[0])
    progress.begin(12, 12)
    shares = [progress.share]
    for run in ("one", "other"):
        progress.next_run(f"searching: {run}")
        now[0] += 12 * 60
        progress.built()
        for _ in range(12):
            now[0] += 60
            progress.ended(NOBODY, NOBODY)
            shares.append(progress.share)
        progress.finished(NOBODY)
    assert shares == sorted(shares) and shares[0] == 0 and progress.share == 1
    assert told[0].startswith("searching: one: 12 months of care before the start (after an installation")
    assert "searching: one: month 6 of 12; 38% done, about 30 minutes left" in told
    assert told[-1] == "searching: other: month 12 of 12; 100% done, less than a minute left"
    assert len(told) == len(set(told))
