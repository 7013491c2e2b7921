"""`leftshift explore`: serve the explorer until it is stopped."""

from __future__ import annotations

import signal
import threading
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from results.explore.beyond import Beyond
from results.explore.explored import Explored, Place
from results.explore.server import Explorer, Server
from results.explore.views import Views
from results.runs import MANIFEST
from sim.parameters.errors import InputError

RUNS = Path("runs")


def newest(folder: Path) -> Path:
    """Return the run or study in a folder that was finished last.

    Raises:
        InputError: There is none.
    """
    found = sorted(folder.glob(f"*/{MANIFEST}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise InputError(
            file="explore", key="RUN", found=f"nothing, and no finished run in {folder}/",
            allowed="the folder of a run or of a study; leftshift run makes one",
        )  # fmt: skip
    return found[-1].parent


def explore(
    folders: Sequence[Path], *, port: int, browser: bool, say: Callable[[str], None],
    offered: Callable[[Mapping[str, Mapping[str, Any]]], Mapping[str, Any]] = lambda manifests: {},
    places: Callable[[str], Mapping[str, tuple[str, float, float]]] = lambda area: {},
) -> None:  # fmt: skip
    """Serve the explorer over runs until Ctrl-C.

    Args:
        folders: Runs, or a study; none for the newest in `runs/`.
        port: Where to listen; 0 for any free port.
        browser: Whether to open the reader's browser.
        say: Told the address, and the end.
        offered: What is offered beyond saved tables (fields of `Beyond`), given the manifest of each run.
        places: Name, latitude and longitude of an area's neighbourhoods.

    Raises:
        InputError: A run cannot be read, runs are not alike, or the port cannot be had.
    """
    explored = Explored(list(folders) or [newest(RUNS)])
    area = str(explored.comparison.baseline.manifest["area"])
    explored.places = {
        key: Place(name=name, latitude=latitude, longitude=longitude)
        for key, (name, latitude, longitude) in places(area).items()
    }
    manifests = {explored.name_of(run): run.manifest for run in explored.comparison.runs}
    explorer = Explorer(Views(explored), Beyond(**offered(manifests)))
    try:
        serve(Server(explorer, port), browser=browser, say=say)
    finally:
        explorer.close()


def serve(server: Server, *, browser: bool, say: Callable[[str], None]) -> None:
    """Answer until Ctrl-C, which is the ordinary end."""
    for work in (server.serve_forever, server.read_ahead):
        threading.Thread(target=work, daemon=True).start()
    say(f"The explorer is at {server.address}")
    say("Only this machine can open it. Ctrl-C ends it.")
    if browser:
        webbrowser.open(server.address)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a service manager or kill sends
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("closed")
    finally:
        server.shutdown()
        server.server_close()
