"""Following: one room as this console sees it, for as many viewers as look at it.

A thread visits the room and comes back by itself whenever the room opens again. All else happens on the
server's event loop: what is told goes to every viewer, and an answer to whoever waits for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from engine.console.devices import Devices, Role
from engine.console.stream import Viewer, frame
from engine.door.door import LONGEST_HISTORY, MOST_SAID
from engine.door.messages import COURSE, Answered, Asked, Event, Hello, Over, State, course
from engine.door.rooms import RoomError
from engine.door.visit import ANSWER_S, Visit

LOOK_S = 0.25
"""Between two looks whether a room that was closed is open again (own choice)."""

QUIET_S = 0.5
"""After so long without a word the visit looks whether it is still wanted (own choice)."""

_COURSE_S = 1.0
"""Between two points of a history."""


class SilentRoomError(Exception):
    """A room that does not answer; the message is one sentence."""


class Following:
    """Follows `room` until `close`; every method is called on the event loop."""

    def __init__(self, room: str, devices: Devices) -> None:
        self.room, self._devices = room, devices
        self.hello: Hello | None = None
        """None while nobody answers there."""
        self.state: State | None = None
        self.viewers: set[Viewer] = set()
        self._history: deque[dict[str, Any]] = deque(maxlen=LONGEST_HISTORY)
        self._said: deque[Event] = deque(maxlen=MOST_SAID)
        self._waiting: dict[str, list[asyncio.Future[Answered]]] = {}
        self._unheard: list[Answered] = []
        self._arrived = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._visit: Visit | None = None
        self._wanted = True
        threading.Thread(target=self._follow, name=f"following {room}", daemon=True).start()

    @property
    def sitting(self) -> str | None:
        """The sitting that plays there, as far as is known."""
        return None if self.hello is None else self.hello.sitting

    async def arrived(self, seconds: float) -> bool:
        """Whether the room has let us in, waited for."""
        try:
            await asyncio.wait_for(self._arrived.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Follow no longer."""
        self._wanted = False

    def look(self, viewer: Viewer) -> None:
        """Show the room to one more, the sitting so far first."""
        viewer.tell(self._whole(viewer.role))
        if self.state is not None:
            viewer.show(frame("state", self.state))
        self.viewers.add(viewer)

    def tell(self, name: str, data: BaseModel, role: Role) -> None:
        """Something of the console's own, for the pages of one role."""
        line = frame(name, data)
        for viewer in self.viewers:
            if viewer.role == role:
                viewer.tell(line)

    async def ask(self, asked: Asked) -> Answered:
        """Hand in an ask and wait for what came of it. Raises SilentRoomError."""
        visit = self._visit
        if visit is None:
            raise SilentRoomError(f"Nothing plays in the room {self.room} just now.")
        answer: asyncio.Future[Answered] = self._loop.create_future()
        waiting = self._waiting.setdefault(asked.id, [])
        waiting.append(answer)
        try:
            await asyncio.to_thread(visit.send, asked)
            return await asyncio.wait_for(answer, ANSWER_S)
        except (TimeoutError, OSError):
            raise SilentRoomError(
                f"The room {self.room} does not answer; nothing is known of what was asked."
            ) from None
        finally:
            waiting.remove(answer)
            if not waiting:
                self._waiting.pop(asked.id, None)

    async def stop(self, by: int) -> None:
        """Silence now, by the stop word. Raises SilentRoomError."""
        visit = self._visit
        try:
            if visit is None:
                raise RoomError(f"Nothing plays in the room {self.room} just now.")
            await asyncio.to_thread(visit.stop, by)
        except (RoomError, OSError) as trouble:
            raise SilentRoomError(str(trouble)) from None

    def _follow(self) -> None:
        while self._wanted:
            try:
                with Visit(self.room, "console") as visit:
                    self._call(self._came, visit)
                    self._listen(visit)
            except (OSError, ValueError):  # closed, killed, or of another version
                pass
            self._call(self._left)
            time.sleep(LOOK_S)

    def _listen(self, visit: Visit) -> None:
        while self._wanted:
            try:
                for message in visit.messages(QUIET_S):
                    self._call(self._hear, message)
                    if not self._wanted:
                        return
            except TimeoutError:
                continue
            return

    def _call(self, what: Any, *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *arguments)

    def _came(self, visit: Visit) -> None:
        self._visit = visit
        self._hear(visit.hello)
        self._arrived.set()

    def _left(self) -> None:
        was, self._visit, self.hello, self.state = self.hello, None, None, None
        self._arrived.clear()
        if was is not None:
            self._tell(frame("gone", {"room": self.room}))

    def _hear(self, message: Hello | State | Event | Answered | Over) -> None:
        match message:
            case Hello():
                self.hello, self.state = message, None
                self._history = deque(message.history, LONGEST_HISTORY)
                self._said = deque(message.said, MOST_SAID)
                self._unheard.clear()
                if message.sitting is not None:
                    out = self._devices.begun(self.room, message.sitting)
                    for viewer in [each for each in self.viewers if each.device in out]:
                        self.viewers.discard(viewer)
                        viewer.leave()
                for viewer in self.viewers:
                    viewer.tell(self._whole(viewer.role))
            case State():
                self._seen(message)
            case Event():
                self._said.append(message)
                self._tell(frame("event", message))
            case Answered():
                self._answered(message)
            case Over():
                if self.hello is not None:
                    self.hello.sitting, self.state = None, None
                self._tell(frame("over", message))

    def _seen(self, state: State) -> None:
        self.state = state
        snapshot = state.snapshot
        if not self._history or snapshot["t"] >= self._history[-1]["t"] + _COURSE_S:
            self._history.append(course(snapshot))
        heard = [each for each in self._unheard if (each.frame or 0) <= snapshot["heard_frame"]]
        for each in heard:
            self._unheard.remove(each)
            self._tell(frame("sounding", {"sitting": each.sitting, "id": each.id, "frame": each.frame}))
        shown = frame("state", state)
        for viewer in self.viewers:
            viewer.show(shown)

    def _answered(self, answer: Answered) -> None:
        for waiting in self._waiting.get(answer.id, ()):
            if not waiting.done():
                waiting.set_result(answer)
        if answer.done and answer.frame is not None:
            self._unheard.append(answer)
        self._tell(frame("answer", answer))

    def _tell(self, line: bytes) -> None:
        for viewer in self.viewers:
            viewer.tell(line)

    def _whole(self, role: Role) -> bytes:
        """The sitting so far: what a viewer is told first. Whose it is, a therapist's alone are told: the
        device of another listener may still be let into the room."""
        hello = self.hello
        if hello is None:
            return frame("gone", {"room": self.room})
        facts = hello.facts
        if role != "therapist" and facts is not None:
            facts = {**facts, "client": None}
        return frame("hello", {
            "room": hello.room, "sitting": hello.sitting, "facts": facts,
            "history": thinned(self._history), "said": [said.model_dump() for said in self._said],
        })  # fmt: skip


MOST_POINTS = 2_000
"""Of a history that is sent: a chart is not wider (CONSOLE.md 4)."""


def thinned(history: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """A history in columns, of at most MOST_POINTS points, the newest kept."""
    points = list(history)
    step = -(-len(points) // MOST_POINTS) or 1
    kept = points[::-1][::step][::-1]
    return {name: [point.get(name) for point in kept] for name in COURSE}
