"""The commands of the page are run as they stand, but for a free port: scheduler, workers, study."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("distributed")

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-a-cluster.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.strip().splitlines()
    if not line.startswith("pip ")
]
STUDY = "{name: small, replicates: 3, years: 1, scale: 0.1, scenarios: [baseline, home_first]}"


@pytest.mark.slow
def test_the_commands_make_a_cluster_and_run_a_study_on_it(tmp_path: Path, root: Path) -> None:
    """And leave a whole study."""
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    given = os.environ | {
        "PYTHONPATH": str(root),
        "LEFTSHIFT_SIMULATE": "tests.scenarios.faults.light:simulate",
    }
    started: list[subprocess.Popen[bytes]] = []
    try:
        for line in COMMANDS:
            words = shlex.split(line.replace("8786", port))
            process = subprocess.Popen([sys.executable, "-m", *words], cwd=tmp_path, env=given)
            if words[0] == "leftshift":
                assert process.wait(timeout=200) == 0
            else:
                started.append(process)
                time.sleep(3)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=60)
    assert len(COMMANDS) == 3
    assert len(list((tmp_path / "runs" / "cluster").glob("*/replicate_*/measures.parquet"))) == 6
    assert (tmp_path / "runs" / "cluster" / "manifest.json").exists()
