"""What systemd is told through its notify socket: ready, alive, reloading, stopping, and a line of status.

The protocol is sd_notify(3): datagrams to the socket named by NOTIFY_SOCKET. Without one nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress


class Notify:
    """The socket, where there is one. Nothing it does can fail or wait."""

    def __init__(self) -> None:
        address = os.environ.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if address:
            with suppress(OSError, AttributeError):
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.setblocking(False)
        watchdog_us = os.environ.pop("WATCHDOG_USEC", "")
        self.every_s = int(watchdog_us) / 2e6 if watchdog_us.isdigit() else None
        """How often it has to be told that all is well; None where nobody waits for it."""
        os.environ.pop("WATCHDOG_PID", None)

    def tell(self, *lines: str) -> None:
        """Send these assignments in one datagram."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendto("\n".join(lines).encode(), self._address)

    def close(self) -> None:
        """Say nothing more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ready(self, words: str) -> None:
        self.tell("READY=1", f"STATUS={words}")

    def alive(self, words: str) -> None:
        self.tell("WATCHDOG=1", f"STATUS={words}")

    def reloading(self) -> None:
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self.tell("STOPPING=1")
