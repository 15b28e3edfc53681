"""MQTT for a home: the sitting in a room on a broker, as a kiosk is in its fleet, by the same link.

It stays while sittings come and go: `availability` is this bridge's own, and the state says whether anything
plays. What the broker does, or whoever writes there, holds up neither it nor the music.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from engine.bridge.home import (
    ASKED,
    HEART,
    MUSIC,
    ROWS,
    STOP,
    HomeTopics,
    figures_document,
    home_discovery,
    idle_document,
    playing_document,
)
from engine.bridge.trouble import BridgeError
from engine.desk import Ask
from engine.door.messages import Answered, Over, State
from engine.door.rooms import RoomError
from engine.door.visit import Visit, stop
from engine.guide.music_state import Hand
from engine.kiosk.config import Mqtt
from engine.kiosk.fleet.acceptance import Accepted, Rate, RefusedError, accepted
from engine.kiosk.fleet.credentials import CredentialsError
from engine.kiosk.fleet.documents import answer_document
from sensors.extra import ExtraError, imported

FIGURES_S = 1.0
"""Between two tellings of heart and music (own choice: what a lamp or a chart follows)."""

LOOK_S = 1.0
"""Between two looks whether somebody plays."""

WAITING = 32
"""Commands that wait at most; more than Rate lets through in the time of a tick."""

NOTHING_PLAYS = "Nothing plays just now."


class MqttBridge:
    """Between one room and a broker. `run` goes on until `close`, or the sitting's end with `once`.

    heart   whether the heart's figures are told
    hand    whose wishes these are
    say     told how it stands with the broker
    Raises BridgeError where paho-mqtt is missing or a file of credentials cannot be used.
    """

    def __init__(
        self, room: str, mqtt: Mqtt, hand: Hand, say: Callable[[str], None], *, heart: bool = True
    ) -> None:
        try:
            imported("calando mqtt", "paho-mqtt", "mqtt", "paho.mqtt.client")
        except ExtraError as missing:
            raise BridgeError(str(missing)) from None
        from engine.kiosk.fleet.link import Link, Told

        self._room, self._hand, self._say, self._heart = room, hand, say, heart
        self.topics = topics = HomeTopics(mqtt.topic, mqtt.device or room, mqtt.discovery)
        self._place = f"{mqtt.host}:{mqtt.port}"
        self._rate, self._refusals = Rate(time.monotonic), Rate(time.monotonic)
        self._waiting: deque[Accepted] = deque(maxlen=WAITING)
        self._asked: dict[str, str | None] = {}
        self._figures_s = float("-inf")
        discovery = home_discovery(topics, commands=mqtt.commands, heart=heart)
        try:
            self._link = Link(
                mqtt, topics, Told(self._connected, say, self._heard),
                discovery=None if mqtt.discovery == "off" else discovery,
            )  # fmt: skip
        except CredentialsError as wrong:
            raise BridgeError(str(wrong)) from None

    def run(self) -> None:
        """Tell and bring, sitting after sitting, for ever; an interrupt ends it."""
        self._link.show({self.topics.state: idle_document()})
        self._link.start(0.0)
        try:
            while True:
                try:
                    with Visit(self._room, "mqtt") as visit:
                        self._follow(visit)
                except RoomError:
                    pass
                self._idle()
                time.sleep(LOOK_S)
        finally:
            self._link.close()

    # --- in this thread ---

    def _follow(self, visit: Visit) -> None:
        plays = visit.hello.sitting is not None
        for message in visit.messages():
            match message:
                case State():
                    plays = True
                    self._tell(message.snapshot)
                    while self._waiting:
                        self._bring(visit, self._waiting.popleft())
                case Answered() if message.id in self._asked:
                    self._answer(self._asked.pop(message.id), message.done, message.words)
                case Over():
                    plays = False
                    self._idle()
                    return
                case _:
                    pass
            if not plays:
                self._idle()

    def _tell(self, snapshot: Mapping[str, Any]) -> None:
        self._link.show({self.topics.state: playing_document(snapshot)})
        if time.monotonic() - self._figures_s >= FIGURES_S:
            self._figures_s = time.monotonic()
            self._say_figures(snapshot)

    def _idle(self) -> None:
        if self._figures_s > float("-inf"):
            self._figures_s = float("-inf")
            self._say_figures(None)
        self._link.show({self.topics.state: idle_document()})
        while self._waiting:
            self._answer(self._waiting.popleft().id, False, NOTHING_PLAYS)

    def _say_figures(self, snapshot: Mapping[str, Any] | None) -> None:
        self._link.say(self.topics.music, figures_document(snapshot, MUSIC))
        if self._heart:
            self._link.say(self.topics.heart, figures_document(snapshot, HEART))

    def _bring(self, visit: Visit, found: Accepted) -> None:
        ask = Ask(ASKED[found.command.name].wish(found.command.value), self._hand, "mqtt")
        self._asked[ask.id] = found.id
        visit.put(ask)

    def _answer(self, asked: str | None, done: bool, words: str) -> None:
        self._link.say(self.topics.answer, answer_document(asked, done, words))

    # --- in the link's thread ---

    def _connected(self) -> None:
        self._say(f"On the broker at {self._place} as {self.topics.root}/{self.topics.device}.")

    def _heard(self, payload: bytes, retained: bool) -> None:
        try:
            found = accepted(payload, retained=retained, rows=ROWS)
            if found.command.name == STOP:  # never one too many
                self._answer(found.id, True, self._stopped())
            elif not self._rate.take():
                raise RefusedError("Too many commands at once; wait a second, then ask again.", found.id)
            else:
                self._waiting.append(found)
        except RefusedError as refused:
            if self._refusals.take():  # a flood of junk makes no flood of answers
                self._answer(refused.id, False, str(refused))

    def _stopped(self) -> str:
        try:
            stop(self._room)
        except RoomError:
            return NOTHING_PLAYS
        return "Stopped."
