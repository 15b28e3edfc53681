"""A visit: another process in a room, with what it sees there and what it may ask."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from os import urandom
from time import monotonic
from types import TracebackType
from typing import Any

from dsp.stop_page import StopPage
from engine.desk import Ask
from engine.door.messages import Answered, AnyTold, Asked, Hello, Outgoing, Stop, wish_message
from engine.door.rooms import RoomError, answers, open_rooms, socket_path, stop_path

ANSWER_S = 5.0
"""Time a sitting has to answer: it does within two ticks, or its interpreter is held."""


def nobody_in(room: str) -> RoomError:
    """That a room is closed, and which are open."""
    others = ", ".join(open_rooms())
    there = f"open is {others}" if others else "open one with calando play --room NAME"
    return RoomError(f"Nobody plays in the room {room}; {there}.")


def stop(room: str, by: int = 2) -> None:
    """Silence now in the room of that name, though its process be held so that it takes nobody in.

    Raises RoomError where nobody plays.
    """
    if not answers(socket_path(room)):  # what a killed one left might be somebody else's by now
        raise nobody_in(room)
    try:
        StopPage(str(stop_path(room))).stop(by)
    except OSError:  # its process may not let us in, or it is between two sittings
        with Visit(room, "stop") as visit:
            visit.stop(by)


class Visit:
    """In the room of that name while the block lasts. Raises RoomError where nobody answers or it is full.

    source   who asks, for the record: "say", "console:TABLET", ...
    """

    def __init__(self, room: str, source: str = "visit") -> None:
        self.room, self.source = room, source
        self._waiting = b""
        self._kept: list[AnyTold] = []
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.settimeout(ANSWER_S)
        try:
            self._connection.connect(str(socket_path(room)))
            first = next(self.messages(ANSWER_S), None)
        except (ConnectionRefusedError, FileNotFoundError):
            self._connection.close()
            raise nobody_in(room) from None
        except RoomError:
            self._connection.close()
            raise
        except OSError:
            first = None
        if not isinstance(first, Hello):
            self._connection.close()
            raise RoomError(f"The room {room} takes nobody in just now: full, busy or closing; try again.")
        self.hello = first

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def messages(self, timeout_s: float | None = None) -> Iterator[AnyTold]:
        """All that is told from now on, until the room closes. TimeoutError after so long without a word."""
        self._connection.settimeout(timeout_s)
        while True:
            while self._kept:
                yield self._kept.pop(0)
            try:
                came = self._connection.recv(1 << 20)
            except ConnectionError:  # whoever played there was killed
                return
            if not came:
                return
            *lines, self._waiting = (self._waiting + came).split(b"\n")
            told = [Outgoing.validate_json(line) for line in lines if line]
            for hello in (each for each in told if isinstance(each, Hello)):
                self.hello = hello  # a sitting has begun in a room that we came to before
            self._kept += told

    def put(self, ask: Ask) -> None:
        """Hand in an ask as a desk would; what comes of it is among the messages."""
        self._send(wish_message(ask.wish), ask.hand.value, ask.id)

    def ask(self, wish: Mapping[str, Any], hand: str = "therapist") -> Answered:
        """Ask for something, a wish as a message has it, and wait for what came of it.

        Raises RoomError where no answer comes.
        """
        asked = self._send(wish, hand, urandom(8).hex())
        until_s = monotonic() + ANSWER_S  # states go on coming, whether or not there is an answer
        try:
            for message in self.messages(ANSWER_S):
                if isinstance(message, Answered) and message.id in (asked.id, ""):
                    return message
                if monotonic() > until_s:
                    break
        except (TimeoutError, OSError):
            pass
        raise RoomError(f"The room {self.room} does not answer; nothing is known of what was asked.")

    def _send(self, wish: Mapping[str, Any], hand: str, number: str) -> Asked:
        if self.hello.sitting is None:
            raise RoomError(f"Nothing plays in the room {self.room} just now.")
        asked = Asked.model_validate(
            {
                "room": self.room, "sitting": self.hello.sitting, "id": number, "hand": hand,
                "source": self.source, "wish": wish,
            }
        )  # fmt: skip
        self.send(asked)
        return asked

    def send(self, message: Asked | Stop) -> None:
        """Hand in a message as it is."""
        self._connection.sendall(message.model_dump_json().encode() + b"\n")

    def stop(self, by: int = 2) -> None:
        """Silence now, through the shared page: it needs nobody awake on the other side."""
        if self.hello.stop_page is None or self.hello.sitting is None:
            raise RoomError(f"Nothing plays in the room {self.room} just now.")
        try:
            StopPage(self.hello.stop_page).stop(by)
        except OSError:  # its process may not let us in; then it is asked
            stop = Stop(room=self.room, sitting=self.hello.sitting, source=self.source)
            self.send(stop)
