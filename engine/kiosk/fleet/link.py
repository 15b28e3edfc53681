"""Link: a kiosk's or a sitting's line to a broker, MQTT 5 by paho-mqtt in a thread. No broker, no trouble.

What stands on the broker is a set of retained documents: the newest are sent whenever one changes and all of
them behind every connection, then `online`. Nothing is queued while there is no connection, so a broker that
is away for months costs nothing. The last will says `offline`; so does `close`.
"""

from __future__ import annotations

import random
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from engine.kiosk.config import Mqtt
from engine.kiosk.fleet.credentials import password, secured
from engine.kiosk.fleet.reconnection import Waits, up_s
from engine.kiosk.fleet.topics import OFFLINE, ONLINE, Topics

LARGEST_PACKET = 1_048_576
"""Bytes of a packet that the broker may send. A command is refused in a sentence long before; what is longer
than this stays with the broker, lest it fill a small computer, and has no answer. Our own choice."""

BIRTH_SPREAD_S = 5.0
"""Over so long a thousand kiosks answer Home Assistant's birth message (its own advice: a random delay)."""

GOODBYE_S = 2.0
"""For so long a clean stop waits until the broker has taken `offline` (own choice)."""

NO_RETAINED = 2
"""Retain handling of a subscription: what was retained before is not sent (MQTT 5, 3.8.3.1)."""

WITH_WILL = "Disconnect with will message"
"""Reason code 4 (MQTT 5, 3.14.2.1)."""

TAKEN = "Session taken over"
"""Reason code 142 (MQTT 5, 3.14.2.1)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever holds a link hears from its thread; nothing here may block or raise.

    connected   at each connection
    lost        why there is none, once for each reason in a row
    asked       a command's payload, and whether it was retained
    """

    connected: Callable[[], None]
    lost: Callable[[str], None]
    asked: Callable[[bytes, bool], None]


class Link:
    """The line of one device. Raises CredentialsError where its own files cannot be used.

    discovery   Home Assistant's message, or None
    chance      from which its waits are drawn
    """

    def __init__(
        self, mqtt: Mqtt, topics: Topics, told: Told, *, discovery: bytes | None = None,
        chance: random.Random | None = None, birth_spread_s: float = BIRTH_SPREAD_S,
    ) -> None:  # fmt: skip
        self._mqtt, self._topics, self._told, self._discovery = mqtt, topics, told, discovery
        self._chance, self._birth_spread_s = chance or random.Random(), birth_spread_s
        self._waits = Waits(self._chance)
        self._guard = threading.Lock()
        self._documents: dict[str, bytes] = {}
        self._connected, self._closing, self._said = False, False, ""
        self._asked_before = False
        self._later: threading.Timer | None = None
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"calando-{topics.device}", protocol=MQTTv5
        )
        if (read := password(mqtt)) is not None or mqtt.username:
            client.username_pw_set(mqtt.username or topics.device, read)
        if (context := secured(mqtt)) is not None:
            client.tls_set_context(context)  # pyright: ignore[reportUnknownMemberType]
        client.will_set(topics.availability, OFFLINE, qos=1, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_message = self._on_connect_fail, self._on_message
        limits = Properties(PacketTypes.CONNECT)
        limits.MaximumPacketSize = LARGEST_PACKET
        client.connect_async(
            mqtt.host, mqtt.port, round(mqtt.keepalive_s), clean_start=True, properties=limits
        )

    def start(self, first_s: float | None = None) -> None:
        """Begin to look for the broker: at once, or where this machine has just been given power later."""
        wait_s = self._waits.first_s(up_s()) if first_s is None else first_s
        if wait_s > 0.0:
            self._begin_later(wait_s, self._client.loop_start)
        else:
            self._client.loop_start()

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._connected

    def show(self, documents: Mapping[str, bytes]) -> None:
        """From now on these documents stand on the broker, each under its topic; changed ones are sent."""
        with self._guard:
            for topic, document in documents.items():
                if self._documents.get(topic) != document:
                    self._documents[topic] = document
                    self._send(topic, document, retain=True)

    def say(self, topic: str, document: bytes) -> None:
        """Send once, to whoever listens now."""
        with self._guard:
            self._send(topic, document, retain=False)

    def close(self, *, clean: bool = True) -> None:
        """Say `offline` and go; unless `clean`, by the last will. Takes GOODBYE_S at most."""
        self._closing = True
        if self._later is not None:
            self._later.cancel()
        if self._connected and clean:
            said = self._client.publish(self._topics.availability, OFFLINE, qos=1, retain=True)
            with suppress(RuntimeError, ValueError):  # the broker went in this very moment
                said.wait_for_publish(GOODBYE_S)
        self._client.disconnect(None if clean else ReasonCode(PacketTypes.DISCONNECT, WITH_WILL))
        self._client.loop_stop()

    def _send(self, topic: str, document: bytes, *, retain: bool) -> None:
        if self._connected:  # else it is sent with all others behind the next connection
            self._client.publish(topic, document, qos=0, retain=retain)

    def _send_all(self) -> None:
        with self._guard:
            if self._discovery is not None:
                self._send(self._topics.config, self._discovery, retain=True)
            for topic, document in self._documents.items():
                self._send(topic, document, retain=True)
            self._send(self._topics.availability, ONLINE, retain=True)

    def _begin_later(self, wait_s: float, what: Callable[[], object]) -> None:
        if self._later is not None:
            self._later.cancel()
        self._later = threading.Timer(wait_s, what)
        self._later.daemon = True
        self._later.start()

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _more: Any
    ) -> None:
        if reason.is_failure:
            self._lost(f"The broker refuses: {reason}.")
            return
        self._connected, self._asked_before, self._said = True, True, ""
        options = SubscribeOptions(qos=1, retainHandling=NO_RETAINED)
        wanted = [(self._topics.birth, options)] if self._discovery is not None else []
        if self._mqtt.commands:
            wanted.append((self._topics.command, options))
        if wanted:
            client.subscribe(wanted)
        self._send_all()
        self._told.connected()

    def _on_disconnect(
        self, client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _more: Any
    ) -> None:
        dropped, self._connected = self._connected, False
        if self._closing:
            return
        if reason.getName() == TAKEN:
            self._wait(client, self._waits.refused_s())  # not to fight for the name
            self._lost(f"Somebody else is called {self._topics.device} too; give one of them another name.")
        elif dropped:
            self._wait(client, self._waits.dropped_s())
            self._lost(f"The broker is gone: {reason}.")
        else:
            self._wait(client, self._waits.refused_s())

    def _on_connect_fail(self, client: Client, _data: Any) -> None:
        # Behind the very first ask paho 2.2.0 waits twice before it asks again: once for the ask, and once
        # because its loop finds no socket.
        waits, self._asked_before = (1 if self._asked_before else 2), True
        self._wait(client, self._waits.refused_s() / waits)
        self._lost(_words(self._mqtt, sys.exc_info()[1]))  # paho calls this while it handles the error

    @staticmethod
    def _wait(client: Client, wait_s: float) -> None:
        """Paho's own waits double from the first to the last of these; so they are ours."""
        client.reconnect_delay_set(wait_s, wait_s)  # pyright: ignore[reportArgumentType] — it adds them to a time

    def _lost(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._told.lost(words)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if message.topic == self._topics.command:
            self._told.asked(bytes(message.payload), message.retain)
        elif message.topic == self._topics.birth and message.payload == ONLINE:
            self._begin_later(self._chance.uniform(0.0, self._birth_spread_s), self._send_all)


def _words(mqtt: Mqtt, trouble: BaseException | None) -> str:
    """Why there is no connection, and where to look."""
    place = f"{mqtt.host}:{mqtt.port}"
    match trouble:
        case ssl.SSLCertVerificationError():
            why = trouble.verify_message.rstrip(".")
            return f"Who answers at {place} is not vouched for by mqtt.ca ({why})."
        case ssl.SSLError():
            return f"The broker at {place} does not speak TLS as mqtt asks for it ({trouble.reason})."
        case OSError():
            return f"There is no broker at {place} ({trouble.strerror or trouble})."
        case _:
            return f"There is no broker at {place}."
