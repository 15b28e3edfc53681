"""Serve: the console on a port of this computer's own address, until it is told to go."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from engine.console.app import console
from engine.console.devices import Devices

HOST = "127.0.0.1"
"""Nobody but this computer: what goes over a network needs a certificate first."""

DEFAULT_PORT = 8217

MOST_CONNECTIONS = 300
"""At a time; the next one is told to come later (own choice)."""

CLOSE_S = 2.0
"""How long open streams may take to end."""


class PortError(OSError):
    """A port that cannot be had; the message is one sentence."""


def serve(
    port: int, data: Path, command: Sequence[str], options: Sequence[str], say: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM. Raises PortError, and PermissionError for devices others may read.

    port   0 for any that is free
    data   folder of the journal; the devices lie beside it
    say    told the address, with a code for the first device in it
    """
    devices = Devices(data / "console.json")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as trouble:
        listening.close()
        raise PortError(
            f"Port {port} cannot be had ({trouble.strerror}); name another with --port, 0 for any."
        ) from None
    taken = listening.getsockname()[1]
    say(f"The console is at http://{HOST}:{taken}/#code={devices.invite('therapist')}")
    config = uvicorn.Config(
        console(devices, data, command, options), log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, ws="none", h11_max_incomplete_event_size=32_768,
        limit_concurrency=MOST_CONNECTIONS, timeout_graceful_shutdown=int(CLOSE_S),
    )  # fmt: skip
    with listening:
        uvicorn.Server(config).run(sockets=[listening])
