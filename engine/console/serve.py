"""Serve: the console on a port of this computer's own address, or of its networks, until it is told to go."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from engine.console.app import console
from engine.console.devices import Code, Devices
from engine.console.prompt import Prompt
from engine.console.secured import Secured

HOST = "127.0.0.1"
"""Nobody but this computer, where nothing else is asked for."""

EVERYWHERE = "0.0.0.0"
"""Every address of this computer; the guard turns away who comes by one that is not private."""

DEFAULT_PORT = 8217

MOST_CONNECTIONS = 300
"""At a time; the next one is told to come later (own choice)."""

SILENT_MS = 20_000
"""After so long without a sign that anything arrives a connection ends (own choice): a tablet in another
network comes back by a new one, and the old would keep its place for a quarter of an hour."""

CLOSE_S = 2.0
"""How long open streams may take to end."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; 1.3 has only good ones."""


class PortError(OSError):
    """A port that cannot be had; the message is one sentence."""


def serve(
    port: int,
    data: Path,
    command: Sequence[str],
    options: Sequence[str],
    say: Callable[[str], None],
    draw: Callable[[str], None] = lambda _: None,
    room: str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    port   0 for any that is free
    data   folder of the journal; devices and keys lie beside it
    say    told the address, with a code for the first device in it
    draw   given an address as a QR code in letters, for a terminal
    room   what this computer is called in its networks; None to be reached from this computer alone

    Raises PortError; PermissionError for devices and keys that others may read; CertificateError for damaged
    keys; NameTakenError where another computer is called so.
    """
    devices = Devices(data / "console.json")
    with listening_at(HOST if room is None else EVERYWHERE, port) as listening:
        taken: int = listening.getsockname()[1]
        secured = None if room is None else Secured(data / "certificates", room, taken)
        if secured is None:
            say(f"The console is at http://{HOST}:{taken}/#code={devices.invite('therapist').whole}")
        else:
            _invite(secured, devices.invite("therapist"), say, draw)
        asyncio.run(run(listening, devices, data, command, options, secured))


def port_to_stay(host: str) -> int:
    """The console's own, or one that nobody has just now, for whoever is to come back to it."""
    for port in (DEFAULT_PORT, 0):
        with suppress(PortError), listening_at(host, port) as probe:
            return int(probe.getsockname()[1])
    raise PortError("This computer has no port left; close something, then try again.")


def listening_at(host: str, port: int) -> socket.socket:
    """A socket that is bound there. Raises PortError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":  # whoever is let in by it has this too (tcp(7))
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MS)
    try:
        listening.bind((host, port))
    except OSError as trouble:
        listening.close()
        raise PortError(
            f"Port {port} cannot be had ({trouble.strerror}); name another with --port, 0 for any."
        ) from None
    return listening


def _invite(secured: Secured, code: Code, say: Callable[[str], None], draw: Callable[[str], None]) -> None:
    named = secured.announce()
    first, *others = (f"{place}/#code={code.whole}" for place in secured.places())
    say(f"The console is at {first}")
    for other in others:
        say(f"or at {other}")
    if not named:
        say("This network carries no names; other devices find it by number.")
    if not secured.near:
        say("This computer is in no private network just now; it looks again every minute.")
    draw(first)
    say(
        f"Code to type: {code.typed}, for one device, good for ten minutes. A browser that does not know "
        f"this computer warns before it goes on; {secured.places()[0]}/trust ends that. The fingerprint that "
        f"it shows must be {secured.authority.fingerprint}"
    )


async def run(
    listening: socket.socket, devices: Devices, data: Path, command: Sequence[str], options: Sequence[str],
    secured: Secured | None,
) -> None:  # fmt: skip
    """Serve at a socket that is bound already, until SIGINT or SIGTERM; all else is as for `serve`."""
    app = console(devices, data, command, options, secured)
    config = uvicorn.Config(
        app, http=Prompt, log_level="warning", access_log=False,
        server_header=False, proxy_headers=False, ws="none", h11_max_incomplete_event_size=32_768,
        limit_concurrency=MOST_CONNECTIONS, timeout_graceful_shutdown=int(CLOSE_S),
        ssl_certfile=None if secured is None else str(secured.file), ssl_ciphers=CIPHERS,
    )  # fmt: skip
    config.load()
    keeping = None
    if secured is not None and config.ssl is not None:
        keeping = asyncio.create_task(secured.keep(config.ssl))
    try:
        await _Server(config, app).serve(sockets=[listening])
    finally:
        if keeping is not None:
            keeping.cancel()


class _Server(uvicorn.Server):
    """One that ends its streams before it waits for them: cancelled, each would print where it was."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.rooms.close()
        await super().shutdown(sockets)
