"""Server-Sent Events: what one viewer is told, in order, with a state replaced by the next that comes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel

from engine.console.devices import Role

ALIVE_S = 0.4
"""After so long without a word a viewer is told that the server lives: a page that hears nothing for a second
says so (CONSOLE.md 6)."""

RETRY = b"retry: 300\n\n"
"""Milliseconds after which a browser comes back to a stream that broke: a server that died is up again within
two seconds, and a page shall be whole within three."""

MOST_WAITING = 2_000
"""Events that wait for a viewer that takes none; then it is let go, and comes back to the whole state."""


def frame(name: str, data: BaseModel | dict[str, Any]) -> bytes:
    """One event of the stream; its data is one line of JSON."""
    if isinstance(data, BaseModel):
        told = data.model_dump_json()
    else:
        told = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return f"event: {name}\ndata: {told}\n\n".encode()


class Viewer:
    """One open page, or script, of a device. Lives on the event loop alone."""

    def __init__(self, device: str, role: Role) -> None:
        self.device = device
        self.role: Role = role
        self._events: deque[bytes] = deque()
        self._state: bytes | None = None
        self._something = asyncio.Event()
        self._leaving = False

    def tell(self, line: bytes) -> None:
        """Something it must not miss; a state that waits still comes before it."""
        if self._state is not None:
            self._events.append(self._state)
            self._state = None
        self._events.append(line)
        if len(self._events) > MOST_WAITING:
            self.leave()
        self._something.set()

    def show(self, line: bytes) -> None:
        """A state; one that was not sent yet is replaced."""
        self._state = line
        self._something.set()

    def leave(self) -> None:
        """End its stream."""
        self._leaving = True
        self._something.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """The stream, until it is left."""
        yield RETRY
        while not self._leaving:
            try:
                await asyncio.wait_for(self._something.wait(), ALIVE_S)
            except TimeoutError:
                yield frame("alive", {})
                continue
            self._something.clear()
            lines = list(self._events)
            self._events.clear()
            if self._state is not None:
                lines.append(self._state)
                self._state = None
            if lines:
                yield b"".join(lines)
