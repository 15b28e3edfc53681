"""OSC: the sitting in a room told to another program ten times a second, and its wishes brought back.

The table of addresses is docs/doors.md. What comes in is a wish like any other: it is checked at the room's
desk, and an answer goes back, to what means no wish too. More than MOST_PER_S wishes a second are left out
here, so that a flood never reaches the room.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from engine.bridge.trouble import BridgeError
from engine.desk import Act, Ask, AskRefusedError, Mark, Touch, Undo, Wish, check
from engine.door.messages import Answered, Event, HeartBeat, Over, State
from engine.door.rooms import RoomError
from engine.door.visit import Visit, stop
from engine.guide.music_state import Hand
from sensors.extra import ExtraError, imported

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
        return cls(host.strip("[]") or "127.0.0.1", int(port))  # brackets as IPv6 has them in addresses


class NoWishError(ValueError):
    """What came in and means no wish: one sentence."""


def messages_of(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """What is told of a moment, by address."""
    for address, name in FIGURES.items():
        if (value := snapshot[name]) is not None:
            yield address, [float(value)]
    yield "/calando/stage", [str(snapshot["stage"])]


TOLD = frozenset({"heart", "music", "time", "stage", "event", "answer", "over"})
"""First words of what is told; where it comes back, it is no wish and needs no answer."""

HEARD = "touch/NAME, act/NAME, mark, undo and stop"


def wish_of(address: str, values: tuple[Any, ...]) -> Wish | None:
    """The wish that a message means; None for one that is not Calando's or that it tells itself.

    Raises NoWishError.
    """
    match address.strip("/").split("/"):
        case ["calando", "touch", parameter]:
            if not values:
                return Touch(parameter, None)
            number = values[0]
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise NoWishError(
                    f"/calando/touch/{parameter[:40]} takes a number, or nothing to give it back; "
                    f"what came is {ascii(number)[:40]}."
                )
            return Touch(parameter, float(number))
        case ["calando", "act", name]:
            return Act(name)
        case ["calando", "mark"] if values and isinstance(values[0], str):
            return Mark(values[0])
        case ["calando", "mark"]:
            raise NoWishError("/calando/mark takes the words of the mark, as text.")
        case ["calando", "undo"]:
            return Undo()
        case ["calando", told, *_] if told in TOLD:
            return None
        case ["calando", *_]:
            raise NoWishError(
                f"Nothing is heard at {ascii(address)[1:41]}; under /calando there are {HEARD}."
            )
        case _:
            return None


class OscBridge:
    """Between one room and OSC. `run` returns when the sitting is over.

    to      where what is told goes; None to tell nothing
    listen  where wishes come in; None to hear none
    hand    whose wishes these are
    say     told what goes wrong, and what is refused
    Raises BridgeError where python-osc is missing, the port is taken, or `to` cannot be found.
    """

    def __init__(
        self, room: str, to: Place | None, listen: Place | None, hand: Hand, say: Callable[[str], None]
    ) -> None:
        try:
            builder = imported("calando osc", "python-osc", "osc", "pythonosc.osc_bundle_builder")
            self._message: Any = import_module("pythonosc.osc_message_builder")
            udp: Any = import_module("pythonosc.udp_client")
            self._server_of: Any = import_module("pythonosc.osc_server")
            self._dispatcher_of: Any = import_module("pythonosc.dispatcher")
        except ExtraError as missing:
            raise BridgeError(str(missing)) from None
        self._bundle = builder
        self._room, self._hand, self._say = room, hand, say
        try:
            self._client: Any = None if to is None else udp.UDPClient(to.host, to.port)
        except OSError as trouble:
            assert to is not None
            raise BridgeError(f"There is no {to.host} to tell of the sitting ({trouble.strerror}).") from None
        self._waiting: deque[Wish | NoWishError] = deque(maxlen=WAITING)
        self._junk = False
        self.heard = 0
        """Messages that came in so far."""
        self._server: Any = None if listen is None else self._listening(listen)

    def _listening(self, listen: Place) -> Any:
        dispatcher = self._dispatcher_of.Dispatcher()
        dispatcher.set_default_handler(self._heard)
        logging.getLogger().addHandler(logging.NullHandler())  # python-osc warns there of each bad packet
        try:
            server = self._server_of.BlockingOSCUDPServer((listen.host, listen.port), dispatcher)
        except OSError as trouble:
            where = f"{listen.host}:{listen.port}"
            raise BridgeError(f"{where} cannot be listened on ({trouble.strerror}).") from None
        server.handle_error = self._not_osc
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
        try:
            wish = wish_of(address, values)
        except NoWishError as none:
            wish = none
        if wish is not None:
            self._waiting.append(wish)

    def _not_osc(self, *_: object) -> None:
        """Told once: what sends one sends many."""
        if not self._junk:
            self._junk = True
            self._say("A packet has come that cannot be read as OSC; it is passed over, and so is each such.")

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
                    self._answer(message.done, message.words)
                case Over():
                    self._send(("/calando/over", []))
                    return
                case _:
                    pass

    def _bring(self, visit: Visit, wish: Wish | NoWishError) -> None:
        if isinstance(wish, NoWishError):
            self._answer(False, str(wish))
            return
        ask = Ask(wish, self._hand, "osc")
        try:
            check(ask)  # as nan, which no message to the room holds
        except AskRefusedError as refused:
            self._answer(False, str(refused))
            return
        visit.put(ask)

    def _answer(self, done: bool, words: str) -> None:
        """To the other program; where none is told, what is refused is said here."""
        self._send(("/calando/answer", [int(done), words]))
        if self._client is None and not done:
            self._say(words)

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
