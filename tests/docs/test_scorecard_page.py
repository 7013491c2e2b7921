"""The page on scorecards: its cohort is read, and its measures and columns are those written."""

from __future__ import annotations

import re
from pathlib import Path

import leftshift
from results.scorecard import measures
from scenarios.cohorts import load_cohort

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scorecard.md"
COLUMNS = {"breakdown", "level", "value", "low", "high", "month_low", "month_high", "drawn_low", "drawn_high"}


def test_the_cohort_of_the_page_is_read(tmp_path: Path) -> None:
    """And would be run: the estimate needs the whole of what a run is given."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / text.partition("\n")[0].removeprefix("# ")
    path.write_text(text, encoding="utf-8")
    cohort = load_cohort(path, "dorset")
    assert (cohort.name, cohort.size, cohort.caseload) == (path.stem, 600, ("proactive_caseload",))
    assert leftshift._run(["run", "baseline", "--cohort", str(path), "--dry-run"]) == leftshift.Exit.DONE


def test_every_measure_and_column_is_on_the_page() -> None:
    """Those published, by the name that they have in the files."""
    told = set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))
    published = set(measures().index[measures()["published"].notna()])
    between = {f"conveyances_category_{number}" for number in (2, 3)}  # told as one row, from 1 to 4
    assert published - between <= told
    assert told >= COLUMNS
