"""What stands of a kiosk on a broker: short, whole, nothing of a heart; Home Assistant can act on it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields, replace
from typing import Any

import pytest

from engine.kiosk.alerts import ROWS, Alert
from engine.kiosk.command import COMMANDS
from engine.kiosk.config import ConfigError, Kiosk, Mqtt, config_of
from engine.kiosk.fleet.acceptance import accepted
from engine.kiosk.fleet.discovery import discovery_document
from engine.kiosk.fleet.documents import (
    HEALTH,
    STATE,
    alerts_document,
    answer_document,
    health_document,
    state_document,
    written,
)
from engine.kiosk.fleet.lights import TROUBLE, light_document, light_of
from engine.kiosk.fleet.pipe import setup_of, setup_read, state_line, state_read
from engine.kiosk.fleet.topics import LARGEST_DISCOVERY, LARGEST_DOCUMENT, Topics, topics_of
from engine.kiosk.pipe import LONGEST_LINE, Lines
from engine.kiosk.state import Doing, State

TOPICS = Topics("calando", "foyer", "homeassistant")

FULL = State(
    Doing.ENDING, True, "x" * 5000, True, "ü" * 5000, 100, 10**6, 5e5 + 1 / 3, 10**6, True, True, -23.99,
    1.8e9, 2**62, -70.123, 1e8, "10.10.10",
)  # fmt: skip


def test_a_kiosks_name_is_its_device_where_the_file_names_none() -> None:
    assert topics_of(Kiosk(name="foyer")) == TOPICS
    other = Kiosk(name="foyer", mqtt=Mqtt(device="hall", topic="museum/a"))
    assert topics_of(other).state == "museum/a/hall/state"


@pytest.mark.parametrize("name", ["a/b", "+", "#", "", "ü", "x" * 33, "a b"])
def test_a_name_that_would_be_several_topics_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="letters, digits"):
        config_of({"mqtt": {"device": name}})


def test_every_field_of_the_state_is_told_once() -> None:
    assert {*STATE, *HEALTH} == {each.name for each in fields(State)}
    assert not {*STATE} & {*HEALTH}


def test_nothing_of_a_heart_has_a_place() -> None:
    told = json.loads(state_document(FULL)) | json.loads(health_document(FULL))
    words = {word for name in told for word in name.split("_")}
    assert not words & {"hr", "rr", "bpm", "heart", "address", "rate"}


def test_the_fullest_documents_are_short() -> None:
    alerts = [Alert(name, "w" * 5000, row.asks, 1e8) for name, row in ROWS.items()]
    for document in (state_document(FULL), health_document(FULL), alerts_document(alerts),
                     light_document(FULL), answer_document("i" * 40, False, "w" * 5000)):  # fmt: skip
        assert len(document) <= LARGEST_DOCUMENT
        json.loads(document)
    with pytest.raises(ValueError, match="bytes"):
        written({"words": "x" * LARGEST_DOCUMENT})
    with pytest.raises(ValueError, match="JSON"):
        written({"lufs": float("nan")})


def test_a_light_says_what_it_does_and_trouble_goes_before() -> None:
    lit = {doing: light_of(State(doing, sound_ok=True)) for doing in Doing}
    shown = [light for light in lit.values() if light.brightness]
    assert len({(light.rgb, light.brightness) for light in shown}) == len(shown)
    assert light_of(State(Doing.VISIT, sound_ok=True, safe=True)) is TROUBLE
    assert light_of(State(Doing.READY, sound_ok=False)) is TROUBLE
    assert json.loads(light_document(State(Doing.CLOSED))) == {"state": "OFF", "transition": 2.0}
    visit = json.loads(light_document(State(Doing.VISIT, sound_ok=True)))
    assert (visit["state"], visit["color"]) == ("ON", {"r": 255, "g": 160, "b": 60})


class TestDiscovery:
    """https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload."""

    longest = Topics("/".join(["x" * 32] * 4), "y" * 32, "/".join(["z" * 32] * 4))

    def told(self, *, commands: bool = True) -> dict[str, Any]:
        return json.loads(discovery_document(TOPICS, commands=commands))

    def test_one_device_with_what_home_assistant_requires(self) -> None:
        told = self.told()
        assert told["dev"]["ids"] == ["calando_foyer"]
        assert told["o"]["name"] == "calando"
        assert told["availability_topic"] == "calando/foyer/availability"
        assert TOPICS.config == "homeassistant/device/calando_foyer/config"
        for name, component in told["cmps"].items():
            assert component["p"] in {"sensor", "binary_sensor", "button", "number", "select"}
            assert component["unique_id"] == f"calando_foyer_{name}"

    def test_it_fits_with_the_longest_names(self) -> None:
        assert len(discovery_document(TOPICS, commands=True)) < LARGEST_DISCOVERY / 1.5

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_is_a_control_whose_payload_is_accepted(self, command: str) -> None:
        control, row = self.told()["cmps"][command], COMMANDS[command]
        assert control["command_topic"] == TOPICS.command
        match control["p"]:
            case "button":
                assert accepted(control["payload_press"].encode()).command.name == command
            case "number":
                for value in (row.low, row.high):
                    payload = control["command_template"].replace("{{ value }}", str(value))
                    assert accepted(payload.encode()).command.value == value
            case _:
                for value in control["options"]:
                    payload = control["command_template"].replace("{{ value }}", value)
                    assert accepted(payload.encode()).command.value == value

    def test_a_kiosk_that_takes_no_commands_shows_none(self) -> None:
        assert not {*self.told(commands=False)["cmps"]} & {*COMMANDS}

    def test_what_its_templates_read_is_in_the_documents(self) -> None:
        state, health = json.loads(state_document(FULL)), json.loads(health_document(FULL))
        alerts, light = json.loads(alerts_document(())), json.loads(light_document(FULL))
        read = {TOPICS.state: state, TOPICS.health: health, TOPICS.alerts: alerts, TOPICS.light: light}
        for component in self.told()["cmps"].values():
            if topic := component.get("state_topic"):
                field = component["value_template"].split("value_json.")[1].split()[0].rstrip(")")
                assert field in read[topic]
        doing = self.told()["cmps"]["doing"]
        assert state["doing"] in doing["options"]


class TestPipe:
    def test_a_state_comes_out_as_it_went_in(self) -> None:
        state = replace(FULL, sound_words="USB DAC", strap_words="", minutes=3.25, trim_db=-3.5)
        line = json.loads(json.dumps(state_line(state)))
        assert state_read(line) == (replace(state, lufs=-70.12, trim_db=-3.5), ())
        alerts = tuple(Alert(name, row.words(FULL), row.asks, 1e8) for name, row in ROWS.items())
        full = state_line(FULL, alerts)
        assert len(json.dumps(full)) < LONGEST_LINE
        assert [each.name for each in state_read(full)[1]] == list(ROWS)

    def test_the_setup_comes_out_as_it_went_in(self) -> None:
        setup = setup_of(config_of({"name": "foyer", "mqtt": {"host": "broker", "keepalive": "30s"}}))
        assert setup_read(json.loads(json.dumps(setup.line()))) == setup
        assert setup.wanted
        assert not setup_of(Kiosk()).wanted

    def test_lines_are_put_together_however_they_come(self) -> None:
        text = b'{"a":1}\n{"b":2}\n'
        for cut in range(len(text)):
            lines = Lines()
            assert [*lines.of(text[:cut]), *lines.of(text[cut:])] == [{"a": 1}, {"b": 2}]


HOUR = """
import os, sys
from pathlib import Path
from engine.kiosk.fleet.documents import health_document, state_document
from engine.kiosk.fleet.pipe import state_line, state_read
from engine.kiosk.state import State

def pages(): return int(Path("/proc/self/statm").read_text().split()[1])

def told(times):
    for k in range(times):
        state, _ = state_read(state_line(State(frame=48_000 * k, since_s=float(k))))
        state_document(state), health_document(state)

told(50)
before = pages()
told(3600)
print((pages() - before) * os.sysconf("SC_PAGESIZE"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_hour_of_states_takes_no_memory() -> None:
    told = subprocess.run([sys.executable, "-c", HOUR], capture_output=True, text=True, check=True).stdout
    assert int(told) < 100_000, "months of it would fill a small computer"
