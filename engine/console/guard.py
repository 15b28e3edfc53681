"""Guard: what is refused before anything else looks at it, and what every answer says to the browser.

A foreign name of this computer (DNS rebinding), a foreign page (cross-site request), too large a body. The
page itself may load nothing from elsewhere, run no script of a note's, and stand in no frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.console.certificates import private

LARGEST_BODY = 65_536
"""Bytes: a note of 10,000 letters fits (own choice)."""

LARGEST_HEADERS = 16_384
"""Bytes of all that stands before a body (own choice: a browser sends some hundreds)."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""On every answer."""

_SAFE = ("GET", "HEAD", "OPTIONS")


class Guard:
    """An ASGI layer around the whole console.

    hosts   names under which this computer may be called; by number it is called as the connection has it
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = tuple(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, told)
            return
        await self._app(scope, receive, told)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEADERS:
            return refusal(431, "That is too much at once.")
        host = headers.get("host", "")
        here = (scope.get("server") or ("",))[0]
        if not private(here) or _name(f"//{host}") not in (*self._hosts, here):
            return refusal(421, "This computer is not called so here.")
        origin = headers.get("origin")
        if origin is not None and origin != f"{scope['scheme']}://{host}":
            return refusal(403, "Another page may not ask for that.")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and (
            scope["method"] not in _SAFE or scope["path"].startswith("/api/")
        ):
            return refusal(403, "Another page may not ask for that.")
        if "transfer-encoding" in headers:  # then nobody knows how long it is
            return refusal(411, "Say how long it is: Content-Length.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            return refusal(413, "That is too much at once.")
        return None


def refusal(status: int, words: str) -> JSONResponse:
    """An answer that says no in one sentence."""
    return JSONResponse({"words": words}, status)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
