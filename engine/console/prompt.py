"""Prompt: HTTP for callers who say what they want. One who takes too long over it is hung up on.

A request that comes a letter at a time would hold its connection for ever, and a few hundred of them would
shut everybody else out; uvicorn itself has no such limit.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_S = 10.0
"""From a request's first byte, or the connection's, to its last (own choice)."""

MOST_OF_ONE = 60
"""Connections from one other computer at a time; a tablet's browser opens six (own choice)."""

HERE = "127.0.0.1"


class Prompt(H11Protocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        caller = _address(self)
        if caller != HERE and sum(_address(each) == caller for each in self.connections) > MOST_OF_ONE:
            transport.abort()
            return
        self._hurry()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._hurry()
        else:
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _hurry(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _address(connection: Any) -> str | None:
    client = connection.client
    return None if client is None else client[0]
