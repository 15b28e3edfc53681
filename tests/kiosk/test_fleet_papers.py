"""What docs/kiosk_fleet.md shows is what there is, and works as it is written there."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from engine.kiosk.alerts import ROWS
from engine.kiosk.command import COMMANDS
from engine.kiosk.config import config_of
from engine.kiosk.fleet.acceptance import accepted
from engine.kiosk.fleet.lights import LIGHTS

PAPER = (Path(__file__).parents[2] / "docs/kiosk_fleet.md").read_text()


def first_cells(title: str) -> list[str]:
    """The words in code in the first cells of the table under a title."""
    section = PAPER.split(f"\n## {title}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [re.findall(r"`(\w+)`", cell)[0] for cell in cells]


def test_its_file_can_be_read() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAPER, re.S)
    kiosk = config_of(tomllib.loads(block))
    assert kiosk.mqtt.tls
    assert kiosk.metrics.port


def test_all_commands_and_alerts_are_in_their_tables() -> None:
    assert first_cells("Commands") == list(COMMANDS)
    assert first_cells("Alerts, and what each asks for")[:-1] == list(ROWS)


def test_its_lights_are_those_that_are_shown() -> None:
    section = PAPER.split("## Lights", 1)[1].split("## ", 1)[0]
    rows = re.findall(r"^\| (.+?) \| .+? \| (\d+) \| (.+?) \|$", section, re.M)
    told = {names: (int(brightness), meaning) for names, brightness, meaning in rows}
    for doing, light in LIGHTS.items():
        (row,) = (row for names, row in told.items() if doing.value in names.split(", "))
        assert row == (light.brightness, light.meaning)


def test_its_commands_are_accepted() -> None:
    (sent,) = re.findall(r"-m '(\{.*?\})'", PAPER)
    assert accepted(sent.encode()).id == "a1"


def test_its_figures_are_those_of_prometheus() -> None:
    pytest.importorskip("prometheus_client")
    from engine.kiosk.fleet.metrics import COUNTERS, GAUGES

    told = set(re.findall(r"`(?:calando_kiosk)?_(\w+?)(?:_total)?(?:\{\w+\})?`", PAPER))
    assert told == {*GAUGES, *COUNTERS, "doing", "alert"}


@pytest.mark.skipif(sys.platform == "win32", reason="the pipe is a Unix one")
def test_its_rules_let_a_kiosk_do_what_it_does_and_no_more(tmp_path: Path) -> None:
    pytest.importorskip("paho", reason="paho-mqtt is not installed: pip install 'calando[kiosk]'")
    from engine.kiosk.fleet.link import Link, Told
    from engine.kiosk.fleet.topics import OFFLINE, ONLINE, topics_of
    from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, until

    if MOSQUITTO is None:
        pytest.skip(LACKING)
    (block,) = (each for each in PAPER.split("```")[1::2] if each.startswith("\nuser operator"))
    rules, secret = tmp_path / "acl", tmp_path / "secret"
    rules.write_text(block)
    secret.write_text("own\n")
    words = {"foyer": "own", "operator": "sees all"}
    with (
        Broker(tmp_path, [f"acl_file {rules}"], words) as broker,
        Reader(broker.port, "operator", "sees all") as reader,
    ):
        mqtt = {"host": "127.0.0.1", "port": broker.port, "password_file": str(secret)}
        kiosk = config_of({"name": "foyer", "mqtt": mqtt})
        topics, asked = topics_of(kiosk), list[bytes]()
        told = Told(lambda: None, lambda _: None, lambda payload, _: asked.append(payload))
        link = Link(kiosk.mqtt, topics, told, discovery=b"{}", birth_spread_s=0.0)
        link.show({topics.state: b"{}", "calando/other/state": b"not its own"})
        link.start(0.0)
        reader.wait(topics.availability, lambda told: told == ONLINE)
        reader.wait(topics.config, bool)
        reader.wait(topics.state, bool)
        reader.send(topics.command, b"asked")
        until(lambda: asked == [b"asked"], "the command comes")
        before = reader.count(topics.config)
        reader.send(topics.birth, b"online")
        until(lambda: reader.count(topics.config) > before, "it hears of Home Assistant")
        link.close()
        reader.wait(topics.availability, lambda told: told == OFFLINE)
        assert "calando/other/state" not in reader.newest
