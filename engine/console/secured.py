"""Secured: the console in a network. Certificate and name follow its addresses and the calendar."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from engine.console import network
from engine.console.certificates import Authority, authority, shown
from engine.console.network import Announced, host_name

LOOK_S = 60.0
"""Between two looks at addresses and calendar (own choice)."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""What every computer calls itself."""


class Secured:
    """What the console is called on `port`, and how it proves that.

    folder   where its authority's key and its own lie

    Raises PermissionError where others may read them, CertificateError where one is damaged.
    """

    def __init__(
        self, folder: Path, room: str, port: int, near: Callable[[], list[str]] = network.addresses
    ) -> None:
        self._folder, self._room, self._port, self._addresses = folder, room, port, near
        self.called = host_name(room)
        self.authority: Authority = authority(folder, room)
        self.near = near()
        self.file = shown(folder, self.authority, self.names)
        self._announced: Announced | None = None
        self._contents = self.file.read_bytes()

    @property
    def names(self) -> list[str]:
        """Everything that this computer may be called."""
        return [*LOOPBACK, self.called, *self.near]

    def places(self) -> list[str]:
        """Addresses for a browser: those by number work wherever anything does, the one by name lasts."""
        called = [*self.near, *([self.called] if self._announced is not None else [])]
        return [f"https://{each}:{self._port}" for each in called or ["localhost"]]

    def announce(self) -> bool:
        """Tell the network the name; False where it carries no such words. Raises NameTakenError."""
        try:
            self._announced = Announced(self._room, self._port, self.near)
        except OSError:
            return False
        return True

    def look(self, context: ssl.SSLContext, now: datetime | None = None) -> bool:
        """Whether there was anything to renew; whoever connects from now on is shown it."""
        moved = self.near != (found := self._addresses())
        self.near = found
        self.file = shown(self._folder, self.authority, self.names, now or datetime.now(UTC))
        contents = self.file.read_bytes()
        if contents != self._contents:
            context.load_cert_chain(self.file)
            self._contents = contents
        elif not moved:
            return False
        if moved and self._announced is not None:
            self._announced.moved(self.near)
        return True

    async def keep(self, context: ssl.SSLContext) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await asyncio.to_thread(self.look, context)
            except (OSError, ssl.SSLError):  # of a network that is just going: the next look finds out
                continue

    def close(self) -> None:
        """Say goodbye to the network."""
        if self._announced is not None:
            self._announced.close()
