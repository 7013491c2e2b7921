"""The explorer: a local page over saved runs. Each view is a pure function from runs to plain data.

`explored.py` holds the runs; `network.py`, `strata.py`, `pyramid.py` and `contrast.py` make the views' data;
`server.py` serves them to one browser of this machine and to nobody else (`guard.py`).
"""

from __future__ import annotations

__all__: list[str] = []
