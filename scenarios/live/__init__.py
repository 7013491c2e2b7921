"""A small model that a reader can step, a day at a time, in Mesa's own visualisation (SolaraViz).

It takes the packages of the extra `explore`. `serving.py` starts and guards it; `page.py` is what is shown.
"""

from __future__ import annotations

__all__: list[str] = []
