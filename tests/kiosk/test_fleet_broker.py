"""A kiosk at a real Mosquitto: what stands there of it, whatever happens to either."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("paho", reason="paho-mqtt is not installed: pip install 'calando[kiosk]'")

from engine.kiosk.alerts import Alert
from engine.kiosk.command import Command, CommandError
from engine.kiosk.config import Kiosk, config_of
from engine.kiosk.fleet.companion import Companion
from engine.kiosk.fleet.credentials import CredentialsError
from engine.kiosk.fleet.lights import LIGHTS
from engine.kiosk.fleet.link import Link, Told
from engine.kiosk.fleet.topics import OFFLINE, ONLINE, topics_of
from engine.kiosk.state import Doing, State
from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, free_port, until
from tests.kiosk.proofs import Authority

pytestmark = [
    pytest.mark.skipif(MOSQUITTO is None, reason=LACKING),
    pytest.mark.skipif(sys.platform == "win32", reason="the pipe is a Unix one"),
]

READY = State(Doing.READY, sound_ok=True, sound_words="Plays on USB DAC.")
STATE, HEALTH, ALERTS, LIGHT, COMMAND, ANSWER, AVAILABILITY = (
    f"calando/foyer/{each}"
    for each in ("state", "health", "alerts", "light", "command", "answer", "availability")
)
CONFIG = "homeassistant/device/calando_foyer/config"


class Soon(random.Random):
    """Chance that is always the soonest."""

    def uniform(self, a: float, b: float) -> float:
        return min(a, b)


class Supervised:
    """What a supervisor would do: it takes commands, and logs."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.words: list[str] = []

    def accept(self, command: Command) -> str:
        if command.name == "restart":
            raise CommandError("Not now.")
        self.commands.append(command)
        return f"Done: {command.name}."


def kiosk(port: int, **mqtt: Any) -> Kiosk:
    return config_of({"name": "foyer", "mqtt": {"host": "127.0.0.1", "port": port, **mqtt}})


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


class InTheFleet:
    """A kiosk with its companion, and who reads along at the broker."""

    def __init__(self, broker: Broker, **mqtt: Any) -> None:
        self.port, self.supervised = broker.port, Supervised()
        self.companion = Companion(
            kiosk(broker.port, **mqtt), self.supervised, self.supervised.words.append, again_s=0.2
        )
        self.reader = Reader(broker.port)
        self.online(READY)

    def online(self, state: State) -> None:
        def told() -> bool:
            self.companion.tell(state)  # as a supervisor does, again and again
            return self.reader.newest.get(AVAILABILITY) == ONLINE and STATE in self.reader.newest

        until(told, "it is not online")

    def __enter__(self) -> InTheFleet:
        return self

    def __exit__(self, *_: object) -> None:
        self.companion.close()
        self.reader.__exit__()


@pytest.fixture
def fleet(broker: Broker) -> Iterator[InTheFleet]:
    with InTheFleet(broker) as fleet:
        yield fleet


def test_its_state_stands_there_for_whoever_comes_later(broker: Broker, fleet: InTheFleet) -> None:
    alert = Alert("strap_battery", "The strap's battery is at 7 %.", "Change it.", 3.0)
    fleet.companion.tell(replace(READY, doing=Doing.VISIT, visits=3, battery=7, lufs=-23.0), (alert,))
    with Reader(broker.port) as later:
        state = json.loads(later.wait(STATE, lambda told: b'"visit"' in told))
        assert (state["words"], state["visits"]) == ("playing for a visitor", 3)
        health = json.loads(later.wait(HEALTH, lambda told: b'"battery":7' in told))
        assert health["sound_words"] == "Plays on USB DAC."
        alerts = json.loads(later.wait(ALERTS, lambda told: b'"count":1' in told))
        assert alerts["alerts"][0]["name"] == "strap_battery"
        assert json.loads(later.wait(LIGHT, bool))["brightness"] == LIGHTS[Doing.VISIT].brightness
        assert json.loads(later.wait(CONFIG, bool))["dev"]["name"] == "foyer"
        assert later.newest[AVAILABILITY] == ONLINE
        assert not {topic for topic, _, _ in later.heard} - {
            STATE, HEALTH, ALERTS, LIGHT, AVAILABILITY, CONFIG
        }  # fmt: skip


def test_commands_are_done_and_answered_others_refused(fleet: InTheFleet) -> None:
    reader = fleet.reader

    def answer(payload: bytes, so: bytes, *, retain: bool = False) -> dict[str, Any]:
        reader.send(COMMAND, payload, retain=retain)
        return json.loads(reader.wait(ANSWER, lambda told: so in told))

    done = answer(b'{"command":"volume","value":-6,"id":"one"}', b'"one"')
    assert done == {"id": "one", "done": True, "words": "Done: volume."}
    assert not answer(b'{"command":"restart","id":"two"}', b'"two"')["done"]
    assert answer(b'{"command":"volume","value":6,"id":"three"}', b'"three"')["words"].endswith("it is 6.")
    assert "UTF-8" in answer(b"\xff" * 200, b"UTF-8")["words"]
    assert "256 bytes" in answer(b" " * 300, b"256 bytes")["words"]
    before = reader.count(ANSWER)
    assert "this one has 60000" in answer(b"\xff" * 60_000, b"60000")["words"]
    reader.send(COMMAND, b"\xff" * 1_100_000)  # stays with the broker
    assert answer(b'{"command":"softer","id":"four"}', b'"four"')["done"]
    assert reader.count(ANSWER) == before + 2
    assert [each.name for each in fleet.supervised.commands] == ["volume", "softer"]


def test_a_command_that_is_kept_at_the_broker_is_never_done(broker: Broker) -> None:
    with Reader(broker.port) as reader:
        reader.send(COMMAND, b'{"command":"softer"}', retain=True)
    with InTheFleet(broker) as fleet:
        fleet.reader.send(COMMAND, b'{"command":"mute","value":1}', retain=True)
        until(lambda: bool(fleet.supervised.commands), "the new one, which comes as any other")
        assert [each.name for each in fleet.supervised.commands] == ["mute"]


def test_a_flood_of_commands_is_held_back(fleet: InTheFleet) -> None:
    for number in range(200):
        fleet.reader.send(COMMAND, b'{"command":"softer"}' if number % 2 else b"junk")
    answers = fleet.reader.heard
    until(lambda: any(topic == ANSWER and b"JSON" in told for topic, told, _ in list(answers)), "refused")
    assert len(fleet.supervised.commands) < 60
    assert fleet.reader.count(ANSWER) < 120


def test_it_says_offline_when_it_is_stopped(fleet: InTheFleet) -> None:
    fleet.companion.close()
    fleet.reader.wait(AVAILABILITY, lambda told: told == OFFLINE)
    assert not [words for words in fleet.supervised.words if "gone" in words or "ended" in words]


def test_killed_it_is_offline_by_its_will_and_then_there_again(fleet: InTheFleet) -> None:
    assert fleet.companion.pid is not None
    os.kill(fleet.companion.pid, signal.SIGKILL)
    fleet.reader.wait(AVAILABILITY, lambda told: told == OFFLINE)
    fleet.online(replace(READY, doing=Doing.VISIT))
    fleet.reader.wait(STATE, lambda told: b'"visit"' in told)


SUPERVISOR = """
import sys, time
from engine.kiosk.config import config_of
from engine.kiosk.fleet.companion import Companion
from engine.kiosk.state import Doing, State
companion = Companion(config_of({"name": "foyer", "mqtt": {"host": "127.0.0.1", "port": int(sys.argv[1])}}), None, print)
while True:
    companion.tell(State(Doing.READY, sound_ok=True))
    time.sleep(0.05)
"""  # noqa: E501


def test_it_is_offline_when_its_supervisor_is_killed_and_online_under_the_next(broker: Broker) -> None:
    with Reader(broker.port) as reader:
        command = [sys.executable, "-c", SUPERVISOR, str(broker.port)]
        supervisor = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        reader.wait(AVAILABILITY, lambda told: told == ONLINE)
        supervisor.kill()
        supervisor.wait()
        # At once, while the process of the first one still ends.
        following = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            told = [ONLINE, OFFLINE, ONLINE]
            until(
                lambda: [each for topic, each, _ in list(reader.heard) if topic == AVAILABILITY] == told,
                "online, offline, online",
            )
            time.sleep(0.3)
            assert reader.newest[AVAILABILITY] == ONLINE
        finally:
            following.kill()
            following.wait()


def test_home_assistants_birth_message_is_answered_with_everything(broker: Broker) -> None:
    told: list[str] = []
    link = Link(
        kiosk(broker.port).mqtt, topics_of(kiosk(broker.port)),
        Told(lambda: told.append("connected"), told.append, lambda *_: None), discovery=b"{}", chance=Soon(),
    )  # fmt: skip
    with Reader(broker.port) as reader:
        link.show({STATE: b"ready"})
        link.start(0.0)
        reader.wait(AVAILABILITY, lambda told: told == ONLINE)
        before = reader.count(CONFIG), reader.count(STATE)
        reader.send("homeassistant/status", b"offline")
        reader.send("homeassistant/status", b"online")
        until(lambda: (reader.count(CONFIG), reader.count(STATE)) == (before[0] + 1, before[1] + 1), "again")
        link.close()
        reader.wait(AVAILABILITY, lambda told: told == OFFLINE)
    assert told == ["connected"]


def test_a_broker_that_dies_is_found_again_and_gets_the_newest_of_all(tmp_path: Path) -> None:
    broker, told = Broker(tmp_path), list[str]()
    broker.start()
    asked = kiosk(broker.port)
    link = Link(
        asked.mqtt, topics_of(asked), Told(lambda: told.append("connected"), told.append, lambda *_: None),
        chance=Soon(),
    )  # fmt: skip
    link.start(0.0)
    until(lambda: link.connected, "no connection")
    link.show({STATE: b"old", HEALTH: b"well"})
    broker.kill()
    until(lambda: not link.connected, "it is gone")
    for number in range(1000):  # months without a broker
        link.show({STATE: b"%d" % number})
    broker.start()  # it kept nothing
    try:
        with Reader(broker.port) as reader:
            reader.wait(STATE, lambda told: told == b"999")
            reader.wait(HEALTH, lambda told: told == b"well")
            reader.wait(AVAILABILITY, lambda told: told == ONLINE)
            assert {state for topic, state, _ in reader.heard if topic == STATE} == {b"999"}
    finally:
        link.close()
        broker.kill()
    assert [words.split(":")[0] for words in told] == ["connected", "The broker is gone", "connected"]


def test_without_a_broker_and_with_a_process_that_stands_still_nothing_waits() -> None:
    supervised, port = Supervised(), free_port()
    companion = Companion(kiosk(port), supervised, supervised.words.append)
    until(lambda: companion.pid is not None, "it is not there")
    companion.tell(READY)
    until(lambda: bool(supervised.words), "it says nothing")
    assert companion.pid is not None
    os.kill(companion.pid, signal.SIGSTOP)
    for number in range(2000):  # many times what the pipe takes
        companion.tell(replace(READY, visits=number))
    os.kill(companion.pid, signal.SIGCONT)
    companion.close()
    assert supervised.words == [f"There is no broker at 127.0.0.1:{port} (Connection refused)."]


def test_a_password_of_its_own_and_topics_of_its_own(tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("pattern readwrite calando/%u/#\npattern write homeassistant/device/calando_%u/config\n"
                     "user operator\ntopic readwrite #\n")  # fmt: skip
    secret = tmp_path / "secret"
    with (
        Broker(tmp_path, [f"acl_file {rules}"], {"foyer": "right", "operator": "sees all"}) as broker,
        Reader(broker.port, "operator", "sees all") as reader,
    ):
        for word, expected in (("wrong", "The broker refuses: Not authorized."), ("right", "connected")):
            secret.write_text(f"{word}\n")
            told: list[str] = []
            asked = kiosk(broker.port, password_file=str(secret), username="foyer")
            hears = Told(lambda told=told: told.append("connected"), told.append, lambda *_: None)
            link = Link(asked.mqtt, topics_of(asked), hears)
            link.show({STATE: b"{}", "calando/other/state": b"not its own"})
            link.start(0.0)
            until(lambda told=told, expected=expected: expected in told, f"{expected}: {told}")
            if word == "right":
                reader.wait(AVAILABILITY, lambda told: told == ONLINE)
            link.close()
        assert "calando/other/state" not in reader.newest


# paho leaves a socket to the collector whose handshake failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    fleet, strangers = Authority(tmp_path), Authority(tmp_path, "strangers")
    certificate, key = fleet.vouched("broker")
    settings = [f"cafile {fleet.file}", f"certfile {certificate}", f"keyfile {key}",
                "require_certificate true", "use_identity_as_username true"]  # fmt: skip
    with Broker(tmp_path, settings) as broker:
        for by, trusted, expected in (
            (fleet, fleet, "connected"),
            (fleet, strangers, "is not vouched for by mqtt.ca"),
            (strangers, fleet, ""),
        ):
            own, secret = by.vouched("foyer")
            asked = kiosk(
                broker.port, tls=True, ca=str(trusted.file), certificate=str(own), key=str(secret)
            )
            told: list[str] = []
            hears = Told(lambda told=told: told.append("connected"), told.append, lambda *_: None)
            link = Link(asked.mqtt, topics_of(asked), hears)
            link.start(0.0)
            if by is fleet:
                until(lambda told=told, what=expected: any(what in each for each in told), expected)
            else:
                until(lambda: "certificate" in broker.log, "the broker refuses it")
            assert link.connected == (expected == "connected")
            link.close()


@pytest.mark.parametrize(
    ("mqtt", "words"),
    [
        ({"password_file": "/nowhere"}, "mqtt.password_file: /nowhere cannot be read"),
        ({"tls": True, "ca": "/nowhere"}, "no certificate of an authority"),
        ({"tls": True, "certificate": "/nowhere", "key": "/nowhere"}, "no certificate and its key"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(mqtt: dict[str, Any], words: str) -> None:
    asked = kiosk(1883, **mqtt)
    with pytest.raises(CredentialsError, match=words):
        Link(asked.mqtt, topics_of(asked), Told(lambda: None, lambda _: None, lambda *_: None))
