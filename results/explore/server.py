"""The explorer's server: standard library only, on the loopback only, for the browser that has its key."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from results.explore import guard
from results.explore.beyond import Beyond, LiveModel, Stories
from results.explore.views import Views
from sim.parameters.errors import InputError

HERE = Path(__file__).parent
PAGE = HERE / "page"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json"}
LARGEST_QUESTION = 100_000
QUIET_SECONDS = 0.3
"""How long nobody has asked before more is read ahead."""


@dataclass
class Explorer:
    """What the server answers from."""

    views: Views
    beyond: Beyond = field(default_factory=Beyond)
    key: str = field(default_factory=guard.new_key)

    def __post_init__(self) -> None:
        self.stories = Stories(self.beyond)
        self.live = LiveModel(self.beyond)

    def close(self) -> None:
        """End whatever was begun."""
        self.stories.close()
        self.live.close()


class Server(ThreadingMixIn, TCPServer):
    """Listens at 127.0.0.1.

    Args:
        explorer: What it answers from.
        port: Where; 0 for any that is free.

    Raises:
        InputError: The port is in use, or may not be used.
    """

    daemon_threads = True
    # On Windows the option would let another program take the port beside us.
    allow_reuse_address = os.name != "nt"

    def __init__(self, explorer: Explorer, port: int = 0) -> None:
        self.explorer = explorer
        self.asked = threading.Event()
        try:
            super().__init__((guard.LOOPBACK, port), Handler)
        except (OSError, OverflowError) as problem:
            raise InputError(
                file="command line", key="--port", found=f"{port} ({problem.strerror or problem})"
                if isinstance(problem, OSError) else port,
                allowed="a port that is free, or none to take any",
            ) from problem  # fmt: skip

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """What to open in a browser: the page's address with the key."""
        return f"http://{guard.LOOPBACK}:{self.port}/?key={self.explorer.key}"

    def read_ahead(self) -> None:
        """Read what is likely to be asked for, whenever nobody asks; to be run in a thread."""
        for _ in self.explorer.views.warm():
            while self.asked.is_set():
                self.asked.clear()
                threading.Event().wait(QUIET_SECONDS)


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "Leftshift"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the page, one of its files, or data."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer a question that holds choices, or begin something."""
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is the reader's."""

    def _answer(self, how: Callable[[str, dict[str, str]], None]) -> None:
        """Refuse strangers, then answer; what goes wrong is told in words and ends nothing."""
        self.server.asked.set()
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        headers = {name.title(): value for name, value in self.headers.items()}
        refused = guard.refusal(headers, self.server.port)
        if refused is not None:
            self._send(refused[0], "text/plain", refused[1].encode())
            return
        name = guard.cookie_name(self.server.port)
        key = self.server.explorer.key
        if address.path == "/" and "key" in query and guard.same(query["key"], key):
            self._send(303, "text/plain", b"", {"Location": "/", "Set-Cookie": guard.cookie(name, key)})
            return
        if not guard.has_key(headers, name, key):
            self._send(403, "text/plain", b"Open the address that the command printed: it holds the key.")
            return
        try:
            how(address.path, query)
        except InputError as problem:
            self._json({"error": problem.message()}, HTTPStatus.BAD_REQUEST)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            words = "This is our fault; the terminal says more."
            self._json({"error": words}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _get(self, path: str, query: dict[str, str]) -> None:
        explorer = self.server.explorer
        if path == "/":
            self._send(200, "text/html", page_text())
        elif path.startswith("/page/"):
            self._file(path.removeprefix("/page/"))
        elif path == "/api/cohort_choices" and explorer.beyond.cohort_choices is not None:
            self._json(explorer.beyond.cohort_choices())
        elif path == "/api/story":
            self._json(explorer.stories.state(_whole(query.get("story", ""))))
        elif path == "/api/live":
            self._json(explorer.live.state())
        elif path.startswith("/story/"):
            told = explorer.stories.page(_whole(path.removeprefix("/story/")))
            if told is None:
                self._send(404, "text/plain", b"There is no such story.")
            else:
                self._send(200, "text/html", told, {"Content-Security-Policy": guard.STORY_POLICY})
        elif path.startswith("/api/"):
            self._json(explorer.views.answer(path.removeprefix("/api/"), query))
        else:
            self._send(404, "text/plain", b"There is nothing here.")

    def _post(self, path: str, query: dict[str, str]) -> None:
        explorer = self.server.explorer
        choices = self._choices()
        if path == "/api/cohort" and explorer.beyond.cohort is not None:
            self._json(explorer.beyond.cohort(choices))
        elif path == "/api/story":
            self._json(explorer.stories.start(choices))
        elif path == "/api/live":
            self._json(explorer.live.start(choices, self.server.port, explorer.key))
        else:
            self._send(404, "text/plain", b"There is nothing here.")

    def _choices(self) -> dict[str, Any]:
        """Return what a question holds, from JSON."""
        length = _whole(self.headers.get("Content-Length", ""))
        if not 0 <= length <= LARGEST_QUESTION:
            raise InputError(file="explore", key="question", found=length, allowed="a short question")
        try:
            found = json.loads(self.rfile.read(length) or b"{}")
        except ValueError as problem:
            raise InputError(
                file="explore", key="question", found="text that is not JSON", allowed="JSON"
            ) from problem
        if not isinstance(found, dict):
            raise InputError(file="explore", key="question", found=type(found).__name__, allowed="an object")
        return found

    def _file(self, name: str) -> None:
        """Send a file of the page; no other can be named."""
        known = {path.name: path for path in PAGE.iterdir() if path.suffix in (".js", ".css")}
        known["report.css"] = HERE.parent / "report" / "style.css"
        if name in known:
            self._send(200, TYPES[known[name].suffix], known[name].read_bytes())
        else:
            self._send(404, "text/plain", b"There is nothing here.")

    def _json(self, answer: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(answer, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
        self._send(status, "application/json", text.encode())

    def _send(self, status: int, kind: str, body: bytes, more: dict[str, str] | None = None) -> None:
        headers = {"Content-Security-Policy": guard.POLICY, **guard.HEADERS, **(more or {})}
        self.send_response(int(status))
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        if status >= HTTPStatus.BAD_REQUEST:
            self.close_connection = True  # what is left of the question is not read
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


@cache
def page_text() -> bytes:
    """Return the page itself; everything of the runs comes to it as data."""
    return (PAGE / "index.html").read_bytes()


def _whole(text: str) -> int:
    """Return a whole number, or -1."""
    return int(text) if text.isascii() and text.isdigit() else -1
