"""The door: a room as other processes see it. Whoever comes, stalls or is killed, the music never notices.

The door follows its sitting as any watcher does, in a thread of its own. A visitor has two threads more: one
reads what is asked, one writes what is told. A visitor that takes nothing is passed states by, for the newest
wins, and sent away where the events that it must not miss have become too many.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import OrderedDict, deque
from dataclasses import asdict
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dsp.touch import NOTE_OFF, NOTE_ON, PADS, Touch
from engine.along import NOBODY
from engine.desk import REMEMBERED, AskRefusedError
from engine.door.messages import (
    LONGEST_LINE,
    Answered,
    Asked,
    Event,
    HeartBeat,
    Hello,
    Incoming,
    Over,
    PlayWish,
    State,
    Stop,
    course,
)  # fmt: skip
from engine.door.rooms import RoomError, alone_with, answers, socket_path, stop_path
from engine.snapshot import Facts, Snapshot, Snapshots

if TYPE_CHECKING:
    from pydantic import BaseModel

    from engine.sitting.sitting import Sitting

MOST_EVENTS = 10_000
"""Messages that wait for a visitor who takes none: a sitting full of them (own choice)."""

MOST_SAID = 2_000
"""Events that a late visitor still hears of: an hour of one every two seconds (own choice)."""

LONGEST_HISTORY = 14_400
"""Seconds: the longest sitting, once a second."""

HELD_S = 8.0
"""A pad that has been down for so long is let go: its finger, or its network, may be gone (own choice)."""

MOST_VISITORS = 64
"""At a time; the next one is told so (own choice)."""

WRITE_S = 10.0
"""A visitor who takes nothing for so long has gone (own choice)."""


FAREWELL_S = 2.0
"""How long a closing door waits for all its visitors to have been told the last word (own choice)."""


class Door:
    """Opens `room` to other processes of this user while the block lasts; `admit` lets a sitting in.

    Raises RoomError where another process has the room.
    """

    def __init__(self, room: str) -> None:
        self.room = room
        self._path, self._stop = socket_path(room), stop_path(room)
        self._guard = threading.Lock()
        self._visitors: set[_Visitor] = set()
        self._sitting: Sitting | None = None
        self._history: deque[dict[str, Any]] = deque(maxlen=LONGEST_HISTORY)
        self._said: deque[Event] = deque(maxlen=MOST_SAID)
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._held: dict[int, float] = {}
        self._listening: socket.socket | None = None

    def __enter__(self) -> Door:
        with alone_with(self.room):
            if self._path.exists() and answers(self._path):
                raise RoomError(f"Another sitting has the room {self.room}; name another with --room.")
            for left in (self._path, self._stop):
                left.unlink(missing_ok=True)
            listening = self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listening.bind(str(self._path))
            self._path.chmod(0o600)
            listening.listen(16)
        threading.Thread(
            target=self._welcome, args=(listening,), name=f"door {self.room}", daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ours in (self._stop, self._path):
            ours.unlink(missing_ok=True)
        if self._listening is not None:
            # Closing does not wake who waits in accept.
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
        visitors = self._all()
        for visitor in visitors:
            visitor.leave(after_all=True)
        until = time.monotonic() + FAREWELL_S
        for visitor in visitors:
            visitor.wait(max(0.0, until - time.monotonic()))

    def admit(self, sitting: Sitting) -> None:
        """From now on the room is this sitting's; it must be entered already."""
        with self._guard:
            self._sitting = sitting
            self._history.clear()
            self._said.clear()
            self._answers.clear()
        if sitting.stop_page is not None:
            self._stop.unlink(missing_ok=True)
            self._stop.symlink_to(sitting.stop_page)
        sitting.watchers.add(Snapshots(sitting, self._publish))
        for visitor in self._all():
            visitor.tell(self._hello())

    def dismiss(self) -> None:
        """The sitting is over; who asks now is told so."""
        with self._guard:
            sitting, self._sitting = self._sitting, None
        self._stop.unlink(missing_ok=True)
        if sitting is not None:
            line = _line(Over(sitting=sitting.id))
            for visitor in self._all():
                visitor.tell_last(line)

    def _all(self) -> list[_Visitor]:
        with self._guard:
            return list(self._visitors)

    def _tell_all(self, message: BaseModel) -> None:
        line = _line(message)
        for visitor in self._all():
            visitor.tell(line)

    def _hello(self) -> bytes:
        sitting = self._sitting
        return _line(
            Hello(
                room=self.room,
                sitting=None if sitting is None else sitting.id,
                facts=None if sitting is None else asdict(Facts.of(sitting)),
                stop_page=None if sitting is None else sitting.stop_page,
                history=list(self._history),
                said=list(self._said),
            )
        )

    def _publish(self, snapshot: Snapshot) -> None:
        sitting = self._sitting
        if sitting is None:
            return
        self._let_go(sitting)
        for said in snapshot.said:
            event = Event(sitting=sitting.id, **asdict(said))
            self._said.append(event)
            self._tell_all(event)
        for beat in snapshot.beats:
            self._tell_all(HeartBeat(sitting=sitting.id, **asdict(beat)))
        for answer in snapshot.answers:
            message = Answered(sitting=sitting.id, **asdict(answer))
            self._answers[answer.id] = _line(message)
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
            self._tell_all(message)
        values = snapshot.as_json()
        if not self._history or snapshot.t >= float(self._history[-1]["t"] or 0.0) + 1.0:
            self._history.append(course(values))
        del values["said"], values["beats"], values["answers"]
        line = _line(State(sitting=sitting.id, snapshot=values))
        for visitor in self._all():
            visitor.show(line)

    def _play(self, sitting: Sitting, asked: str, wish: PlayWish) -> bytes:
        """Let a visitor's keys be heard now, and look after those that stay down."""
        if sitting.along is None:
            return _refusal(sitting.id, asked, NOBODY)
        touches = wish.touches()
        until_s = time.monotonic() + HELD_S
        with self._guard:
            for touch in touches:
                self._held.pop(touch.key, None)
                if touch.kind == NOTE_ON:
                    self._held[touch.key] = until_s
        sitting.touch(touches)
        return _line(Answered(sitting=sitting.id, id=asked, done=True, words="Played."))

    def _let_go(self, sitting: Sitting) -> None:
        """Let go of keys whose visitor may have gone with a finger on them."""
        if not self._held:
            return
        now_s = time.monotonic()
        with self._guard:
            over = [key for key, until_s in self._held.items() if until_s <= now_s]
            for key in over:
                del self._held[key]
        sitting.touch([Touch(NOTE_OFF, PADS, key) for key in over])

    def _welcome(self, listening: socket.socket) -> None:
        while True:
            try:
                guest, _ = listening.accept()
            except OSError:
                return
            visitor = _Visitor(guest, self)
            with self._guard:
                if len(self._visitors) >= MOST_VISITORS:
                    guest.close()
                    continue
                # The hello comes first: nobody else finds the visitor before it waits there.
                visitor.tell(self._hello())
                self._visitors.add(visitor)
                visitor.start()

    def gone(self, visitor: _Visitor) -> None:
        """A visitor has left."""
        with self._guard:
            self._visitors.discard(visitor)

    def hear(self, line: bytes) -> bytes | None:
        """Do what a visitor asks; the answer where that is known at once."""
        try:
            message = Incoming.validate_json(line)
        except ValidationError as wrong:
            return _refusal("", "", _first(wrong))
        sitting = self._sitting
        known = sitting is not None and message.sitting == sitting.id and message.room == self.room
        asked = message.id if isinstance(message, Asked) else ""
        if sitting is None or not known:
            return _refusal(message.sitting, asked, "That sitting is over; nothing was done.")
        if isinstance(message, Stop):
            sitting.stop()
            return None
        if isinstance(message.wish, PlayWish):
            return self._play(sitting, message.id, message.wish)
        try:
            if sitting.desk.put(message.ask()):
                return None
        except (AskRefusedError, ValueError) as wrong:
            return _refusal(sitting.id, asked, str(wrong))
        return self._answers.get(asked)


class _Visitor:
    """One connection: a thread that reads and one that writes."""

    def __init__(self, connection: socket.socket, door: Door) -> None:
        self._connection = connection
        self._door = door
        self._something = threading.Condition()
        self._events: deque[bytes] = deque()
        self._state: bytes | None = None
        self._leaving = False
        self._reader = threading.Thread(target=self._read, name="visitor", daemon=True)
        self._writer = threading.Thread(target=self._write, name="visitor", daemon=True)
        connection.settimeout(WRITE_S)

    def start(self) -> None:
        for thread in (self._reader, self._writer):
            thread.start()

    def wait(self, seconds: float) -> None:
        """Until all is written that it was told, or for so long."""
        self._writer.join(seconds)

    def tell(self, line: bytes) -> None:
        """Something it must not miss."""
        with self._something:
            self._events.append(line)
            self._something.notify()
        if len(self._events) > MOST_EVENTS:
            self.leave()

    def tell_last(self, line: bytes) -> None:
        """The same, behind the state that it has not been told yet."""
        with self._something:
            if self._state is not None:
                self._events.append(self._state)
                self._state = None
        self.tell(line)

    def show(self, line: bytes) -> None:
        """A state; one that was not sent yet is replaced."""
        with self._something:
            self._state = line
            self._something.notify()

    def leave(self, *, after_all: bool = False) -> None:
        """Send it away: at once, or once it has been told what waits for it."""
        with self._something:
            self._leaving = True
            if not after_all:
                self._events.clear()
            self._state = None
            self._something.notify()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                with self._something:
                    self._something.wait_for(lambda: self._events or self._state or self._leaving)
                    lines = list(self._events)
                    self._events.clear()
                    if self._state is not None:
                        lines.append(self._state)
                        self._state = None
                    leaving = self._leaving
                if lines:
                    self._connection.sendall(b"".join(lines))
                if leaving:
                    break
        self._close()

    def _read(self) -> None:
        waiting = b""
        while True:
            try:
                came = self._connection.recv(LONGEST_LINE)
            except TimeoutError:
                continue
            except OSError:
                break
            if not came:
                break
            *lines, waiting = (waiting + came).split(b"\n")
            for line in lines:
                if line.strip() and (answer := self._door.hear(line)) is not None:
                    self.tell(answer)
            if len(waiting) > LONGEST_LINE:
                self.tell(_refusal("", "", f"A message has at most {LONGEST_LINE} bytes; that one had more."))
                self.leave(after_all=True)
                return
        self.leave()

    def _close(self) -> None:
        self._door.gone(self)
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


def _line(message: BaseModel) -> bytes:
    return message.model_dump_json().encode() + b"\n"


def _refusal(sitting: str, asked: str, words: str) -> bytes:
    return _line(Answered(sitting=sitting, id=asked, done=False, words=words))


def _first(wrong: ValidationError) -> str:
    """The first thing that is wrong with a message, in one sentence."""
    found = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"That message is not understood: {where or 'it'}: {found['msg']}."
