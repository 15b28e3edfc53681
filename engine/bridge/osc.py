"""OSC: the sitting in a room told to another program ten times a second, and its wishes brought back.

The table of addresses is docs/doors.md. What comes in is a wish like any other: it is checked at the room's
desk, and an answer goes back. More than MOST_PER_S wishes a second are left out here, so that a flood never
reaches the room.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from engine.bridge.trouble import BridgeError
from engine.desk import Act, Ask, Mark, Touch, Undo, Wish
from engine.door.messages import Answered, Event, HeartBeat, Over, State
from engine.door.rooms import RoomError
from engine.door.visit import Visit, stop
from engine.guide.music_state import Hand

NEEDED = "calando osc needs the package python-osc: pip install 'calando[osc]'."

FIGURES: Mapping[str, str] = {
    "/calando/heart/bpm": "hr_bpm",
    "/calando/heart/rmssd_ms": "rmssd_ms",
    "/calando/heart/quality": "quality",
    "/calando/heart/breath_per_min": "breath_per_min",
    "/calando/music/tempo_bpm": "tempo_bpm",
    "/calando/music/density": "density",
    "/calando/music/brightness": "brightness",
    "/calando/music/breath_phase": "breath_guide_phase",
    "/calando/music/breath_per_min": "breath_guide_per_min",
    "/calando/music/mood": "mood",
    "/calando/music/lufs": "lufs_s",
    "/calando/time": "t",
}
"""Addresses with one float each, and what of a snapshot it is; one that is not known is not sent."""

MOST_PER_S = 20
"""Wishes that are brought in, a second: more than hands can mean. Our own choice."""

WAITING = 64
"""Wishes that wait at most; the oldest are passed over."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where another program listens, or this one."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Place:
        """`HOST:PORT`, or a port of this computer's. Raises BridgeError."""
        host, _, port = text.rpartition(":")
        if not port.isdecimal() or not 0 < int(port) < 65_536:
            raise BridgeError(f"{text!r} is no place for OSC; write HOST:PORT, as 127.0.0.1:9000.")
        return cls(host or "127.0.0.1", int(port))


def messages_of(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """What is told of a moment, by address."""
    for address, name in FIGURES.items():
        if (value := snapshot[name]) is not None:
            yield address, [float(value)]
    yield "/calando/stage", [str(snapshot["stage"])]


def wish_of(address: str, values: tuple[Any, ...]) -> Wish | None:
    """The wish that a message means; None for what means none."""
    match address.strip("/").split("/"):
        case ["calando", "touch", parameter]:
            if not values:
                return Touch(parameter, None)
            number = values[0]
            return Touch(parameter, float(number)) if isinstance(number, int | float) else None
        case ["calando", "act", name]:
            return Act(name)
        case ["calando", "mark"] if values and isinstance(values[0], str):
            return Mark(values[0])
        case ["calando", "undo"]:
            return Undo()
        case _:
            return None


class OscBridge:
    """Between one room and OSC. `run` returns when the sitting is over.

    to      where what is told goes; None to tell nothing
    listen  where wishes come in; None to hear none
    hand    whose wishes these are
    say     told what goes wrong, and what is refused
    Raises BridgeError where python-osc is missing or the port is taken.
    """

    def __init__(
        self, room: str, to: Place | None, listen: Place | None, hand: Hand, say: Callable[[str], None]
    ) -> None:
        try:
            builder: Any = import_module("pythonosc.osc_bundle_builder")
            self._message: Any = import_module("pythonosc.osc_message_builder")
            udp: Any = import_module("pythonosc.udp_client")
            self._server_of: Any = import_module("pythonosc.osc_server")
            self._dispatcher_of: Any = import_module("pythonosc.dispatcher")
        except ImportError:
            raise BridgeError(NEEDED) from None
        self._bundle = builder
        self._room, self._hand, self._say = room, hand, say
        self._client: Any = None if to is None else udp.UDPClient(to.host, to.port)
        self._waiting: deque[Wish] = deque(maxlen=WAITING)
        self.heard = 0
        """Messages that came in so far."""
        self._server: Any = None if listen is None else self._listening(listen)

    def _listening(self, listen: Place) -> Any:
        dispatcher = self._dispatcher_of.Dispatcher()
        dispatcher.set_default_handler(self._heard)
        try:
            server = self._server_of.BlockingOSCUDPServer((listen.host, listen.port), dispatcher)
        except OSError as trouble:
            where = f"{listen.host}:{listen.port}"
            raise BridgeError(f"{where} cannot be listened on ({trouble.strerror}).") from None
        threading.Thread(target=server.serve_forever, name="osc", daemon=True).start()
        return server

    def _heard(self, address: str, *values: Any) -> None:
        self.heard += 1
        if address.rstrip("/") == "/calando/stop":
            try:
                stop(self._room)
            except RoomError as trouble:
                self._say(str(trouble))
            return
        if (wish := wish_of(address, values)) is not None:
            self._waiting.append(wish)

    def run(self) -> None:
        """Tell and bring until the sitting ends. Raises RoomError."""
        try:
            with Visit(self._room, "osc") as visit:
                if visit.hello.sitting is None:
                    raise RoomError(f"Nothing plays in the room {self._room} just now.")
                self._follow(visit)
        finally:
            if self._server is not None:
                self._server.shutdown()
                self._server.server_close()

    def _follow(self, visit: Visit) -> None:
        allowed, since_s = float(MOST_PER_S), time.monotonic()
        for message in visit.messages():
            match message:
                case State():
                    self._send(*messages_of(message.snapshot))
                    now_s = time.monotonic()
                    allowed = min(float(MOST_PER_S), allowed + (now_s - since_s) * MOST_PER_S)
                    since_s = now_s
                    while self._waiting and allowed >= 1.0:
                        allowed -= 1.0
                        self._bring(visit, self._waiting.popleft())
                case Event():
                    self._send(("/calando/event", [message.kind, message.hand, message.words]))
                case HeartBeat():
                    if message.rr_ms is not None:
                        told = [message.rr_ms, message.t, message.label]
                        self._send(("/calando/heart/beat", told))
                case Answered():
                    self._send(("/calando/answer", [int(message.done), message.words]))
                case Over():
                    self._send(("/calando/over", []))
                    return
                case _:
                    pass

    def _bring(self, visit: Visit, wish: Wish) -> None:
        try:
            visit.put(Ask(wish, self._hand, "osc"))
        except ValidationError:  # as nan, which no message holds
            self._say(f"What came over OSC cannot be meant: {wish}.")

    def _send(self, *told: tuple[str, list[Any]]) -> None:
        if self._client is None:
            return
        bundle = self._bundle.OscBundleBuilder(self._bundle.IMMEDIATELY)
        for address, values in told:
            message = self._message.OscMessageBuilder(address=address)
            for value in values:
                message.add_arg(value)
            bundle.add_content(message.build())
        try:
            self._client.send(bundle.build())
        except OSError as trouble:  # nobody listens there any more, or the network is down: the next may come
            del trouble
