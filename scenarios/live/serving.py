"""Serves the page of a small model, on the loopback, to whoever a guard lets in."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sim.interventions.specification import ScenarioSpecification
from sim.settings import Settings

LOOPBACK = "127.0.0.1"
SCALE, YEARS, SEED = 0.01, 1, 1
WAITING = 64
NOWHERE = "http://127.0.0.1:9"
"""In the place of the network of the web: what is not in the packages is not fetched."""
SOLARA = {
    "SOLARA_APP": "scenarios.live.page:Page",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
    "SOLARA_ASSETS_PROXY": "true",
    "SOLARA_ASSETS_CDN": NOWHERE,
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_THEME_VARIANT": "light",
}
Allowed = Callable[[Mapping[str, str], int], tuple[int, str] | None]
"""Given a request's headers and our port: None, or the status and words of a refusal."""


def serve_model(
    scenario: ScenarioSpecification, *, area: str, start: str, allowed: Allowed, framed_by: str,
    ready: Callable[[int], None], doing: Callable[[str], None],
) -> None:  # fmt: skip
    """Build a small model of a scenario and serve its page until the process is ended.

    Args:
        scenario: What is done.
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
        allowed: Who may ask.
        framed_by: The origin whose pages may show this one within them.
        ready: Told the port when the page can be opened.
        doing: Told what is being done.
    """
    os.environ.update(SOLARA)
    threading.Thread(target=_end_with_who_started_this, daemon=True).start()
    from scenarios.live import page
    from sim import HealthSystem
    from sim.world import load_world

    given: dict[str, Any] = {"area": area, "start": start, "years": YEARS, "scale": SCALE, "rng": SEED}
    doing("reading the residents")
    world = load_world(Settings(area=area, start=start, years=YEARS, scale=SCALE))
    given |= {"world": world, "scenario": scenario}
    doing("building the model, with a year of care before its start")
    page.CURRENT.update(model=HealthSystem(**given), given=given, name=f"{scenario.label}: 1 resident in 100")

    import uvicorn
    from solara.server.starlette import app

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind((LOOPBACK, 0))
    listening.listen(WAITING)  # who comes before the server is up waits, and is not refused
    port = int(listening.getsockname()[1])
    settings = uvicorn.Config(
        Guarded(app, port, allowed, framed_by), log_level="error", access_log=False, lifespan="on",
        ws_ping_interval=None,
    )  # fmt: skip
    ready(port)
    uvicorn.Server(settings).run(sockets=[listening])


def _end_with_who_started_this() -> None:
    """End the process when its standard input is closed: the explorer that holds the other end is gone."""
    sys.stdin.read()
    os._exit(0)


class Guarded:
    """An ASGI application behind a guard, for pages and for the connection that carries their clicks.

    Args:
        app: What is guarded.
        port: Where it is served.
        allowed: Who may ask.
        framed_by: The origin whose pages may show this one within them.
    """

    def __init__(self, app: Any, port: int, allowed: Allowed, framed_by: str) -> None:
        self.app, self.port, self.allowed = app, port, allowed
        self.policy = f"frame-ancestors {framed_by}".encode()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Refuse, or hand on with a policy of who may frame the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        headers = {name.title(): value for name, value in pairs}
        refused = self.allowed(headers, self.port)
        if refused is None:
            plain = [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]
            await self.app({**scope, "headers": plain}, receive, self._framed(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            plain = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": refused[0], "headers": plain})
            await send({"type": "http.response.body", "body": refused[1].encode()})

    def _framed(self, send: Any) -> Any:
        """Return a sender that adds the policy to what an answer begins with, and mends a page."""
        held: list[dict[str, Any]] = []

        async def sender(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                page = any(name.lower() == b"content-type" and b"html" in value for name, value in headers)
                drop = (b"x-frame-options", b"content-length") if page else (b"x-frame-options",)
                kept = [pair for pair in headers if pair[0].lower() not in drop]
                message = {**message, "headers": [*kept, (b"content-security-policy", self.policy)]}
                if page:
                    held.append(message)  # until its length is known
                    return
            elif held and message["type"] == "http.response.body":
                start, body = held.pop(), mended(message.get("body", b""))
                if not message.get("more_body"):
                    start["headers"].append((b"content-length", str(len(body)).encode()))
                await send(start)
                message = {**message, "body": body}
            await send(message)

        return sender


def mended(page: bytes) -> bytes:
    """Return a page of Solara with its language told, and free to be enlarged (WCAG 3.1.1 and 1.4.4)."""
    page = page.replace(b"<html>", b'<html lang="en-GB">', 1)
    return page.replace(b", maximum-scale=1, user-scalable=no, minimal-ui", b"", 1)
