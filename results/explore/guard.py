"""Who may ask the explorer: a browser of this machine that was given its key, and no other page in it.

A page of the web can make a browser ask 127.0.0.1, and by a name that it owns and points there (DNS
rebinding) read the answer. So each request must name this machine and port as its host, come from no other
origin, and carry the key, which is in the address that the command opens and then in a cookie that scripts
cannot read.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

LOOPBACK = "127.0.0.1"
NAMES = (LOOPBACK, "localhost")
KEY_BYTES = 24
FORBIDDEN, MISDIRECTED = 403, 421
OWN_SITES = ("same-origin", "none")
"""What a browser says of a request that our own page, or the reader's address bar, makes."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self' http://127.0.0.1:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
STORY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def new_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_urlsafe(KEY_BYTES)


def cookie_name(port: int) -> str:
    """Return the name of the cookie of the explorer at a port: browsers share cookies between ports."""
    return f"leftshift_explore_{port}"


def refusal(
    headers: Mapping[str, str], port: int, *, sites: tuple[str, ...] = OWN_SITES
) -> tuple[int, str] | None:
    """Return why a request is refused whatever key it has, as status and words; None where it is not.

    Args:
        headers: Of the request, by their usual spelling (`Sec-Fetch-Site`).
        port: The port that was asked.
        sites: What `Sec-Fetch-Site` may be, where the browser sends it.
    """
    hosts = {f"{name}:{port}" for name in NAMES}
    if headers.get("Host", "") not in hosts:
        return MISDIRECTED, "This is not the address of the explorer."
    origin = headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return FORBIDDEN, "Another page may not read the explorer."
    if headers.get("Sec-Fetch-Site", "none") not in sites:
        return FORBIDDEN, "Another page may not read the explorer."
    return None


def live_refusal(headers: Mapping[str, str], port: int, *, explorer: int, key: str) -> tuple[int, str] | None:
    """Return why a request to a model beside the explorer is refused; None where it is not.

    Args:
        headers: Of the request.
        port: Where the model's page is served.
        explorer: Where the explorer is, whose page shows it and whose cookie holds the key.
        key: The explorer's key.
    """
    refused = refusal(headers, port, sites=(*OWN_SITES, "same-site"))
    if refused is None and not has_key(headers, cookie_name(explorer), key):
        return FORBIDDEN, "Open the model from the explorer: it holds the key."
    return refused


def has_key(headers: Mapping[str, str], name: str, key: str) -> bool:
    """Tell whether a request carries the key in the cookie of this name."""
    try:
        found = SimpleCookie(headers.get("Cookie", "")).get(name)
    except CookieError:
        return False
    return found is not None and same(found.value, key)


def same(given: str, key: str) -> bool:
    """Compare two keys in a time that does not tell how much of them agrees."""
    return secrets.compare_digest(given.encode(), key.encode())


def cookie(name: str, key: str) -> str:
    """Return the cookie that holds the key: for this machine, this browser, and no script."""
    return f"{name}={key}; Path=/; HttpOnly; SameSite=Strict"
