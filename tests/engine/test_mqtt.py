"""MQTT for a home: sittings told to a real broker and led by it, through a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from dsp.stop_page import StopPage
from tests.calando import calando, start
from tests.roomed import IN_ROOMS, PATIENCE_S, TICKS, Stepwise, playing

pytest.importorskip("paho.mqtt.client")

from tests.kiosk.broker import LACKING, MOSQUITTO, Broker, Reader, free_port

pytestmark = [*IN_ROOMS, pytest.mark.skipif(MOSQUITTO is None, reason=LACKING)]

HOME = "calando/home"


@contextmanager
def bridge(port: int, cwd: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """It ends with the block, however that ends: a test that fails waits for nobody."""
    with start("mqtt", "home", "--broker", f"127.0.0.1:{port}", *more, cwd=cwd) as process:
        try:
            yield process
        finally:
            process.kill()


def told(reader: Reader, topic: str, holds: Callable[[dict], bool] = lambda _: True) -> dict:
    return json.loads(reader.wait(f"{HOME}/{topic}", lambda payload: holds(json.loads(payload))))


def asked(reader: Reader, command: str, number: str, value: object = None) -> dict:
    reader.send(f"{HOME}/command", json.dumps({"command": command, "id": number, "value": value}).encode())
    return told(reader, "answer", lambda answer: answer["id"] == number)


def test_a_home_sees_sittings_come_and_go_and_leads_them(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Reader(broker.port) as reader, bridge(broker.port, tmp_path) as process:
        told(reader, "state", lambda state: state["playing"] is False)
        reader.wait(f"{HOME}/availability", lambda said: said == b"online")
        early = asked(reader, "less", "early")
        assert (early["done"], early["words"]) == (False, "Nothing plays just now.")
        with playing("home") as sitting:
            assert told(reader, "state", lambda state: state["playing"])["profile"] == "relax"
            heart = told(reader, "heart", lambda heart: heart["rate_bpm"] is not None)
            music = told(reader, "music", lambda music: music["lufs"] is not None)
            assert 40.0 < heart["rate_bpm"] < 120.0
            assert 30.0 < music["tempo_bpm"] < 120.0
            assert asked(reader, "soften", "a")["done"]
            assert asked(reader, "volume", "b", -6)["done"]
            told(reader, "state", lambda state: state["trim_db"] == -6.0)
            for command, value, words in (
                ("volume", 3, "between -24 and 0"), ("volume", "loud", "a number"), ("soften", 1, "no value"),
                ("explode", None, "There is no command 'explode'"),
            ):  # fmt: skip
                refused = asked(reader, command, f"not-{words[0]}-{command}", value)
                assert not refused["done"]
                assert words in refused["words"]
            assert asked(reader, "stop", "s")["words"] == "Stopped."
            assert sitting.stop_page is not None
            assert StopPage(sitting.stop_page).word
        told(reader, "state", lambda state: not state["playing"])
        assert told(reader, "heart", lambda heart: heart["rate_bpm"] is None)
        discovery = json.loads(reader.newest["homeassistant/device/calando_home/config"])
        sources = {each.get("state_topic", each.get("command_topic")) for each in discovery["cmps"].values()}
        assert sources <= {f"{HOME}/{name}" for name in ("state", "heart", "music", "command")}
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        reader.wait(f"{HOME}/availability", lambda said: said == b"offline")
        with Reader(broker.port) as later:  # what the broker keeps
            later.wait(f"{HOME}/availability", lambda said: said == b"offline")
            assert f"{HOME}/heart" not in later.newest
            assert f"{HOME}/music" not in later.newest


def test_each_payload_that_is_too_large_is_refused_and_a_flood_is_not_answered(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, Reader(broker.port) as reader, bridge(broker.port, tmp_path):
        reader.wait(f"{HOME}/availability", lambda said: said == b"online")
        for size in (257, 1_000, 5_000, 1_000_000):
            reader.send(f"{HOME}/command", b"x" * size)
            refused = told(reader, "answer", lambda answer, size=size: f"has {size}" in answer["words"])
            assert refused == {
                "id": None, "done": False,
                "words": f"A command has at most 256 bytes; this one has {size}.",
            }  # fmt: skip
        before = reader.count(f"{HOME}/answer")
        for size in range(5_000, 5_500):
            reader.send(f"{HOME}/command", b"x" * size)
        assert asked(reader, "stop", "last")["words"] == "Nothing plays just now."  # behind all of them
        assert 1 < reader.count(f"{HOME}/answer") - before < 100


def test_a_flood_a_broker_that_dies_and_a_kill_change_no_sample(tmp_path: Path) -> None:
    sounds: list[np.ndarray] = []
    for flooded in (False, True):
        portions: list[np.ndarray] = []
        output = Stepwise(portions)
        with playing("home", output), ExitStack() as cables:
            if flooded:
                broker = cables.enter_context(Broker(tmp_path))
                reader = cables.enter_context(Reader(broker.port))
                process = cables.enter_context(bridge(broker.port, tmp_path))
                reader.wait(f"{HOME}/availability", lambda said: said == b"online")
                junk = b'{"command":"volume","value":99}', b"\xff" * 50, b"x" * 10_000, b"[" * 200
                began_s, sent = time.monotonic(), 0
                while sent <= 5_000 or time.monotonic() - began_s < 3.0:
                    for payload in junk:
                        reader._client.publish(f"{HOME}/command", payload)
                        sent += 1
                    if sent % 400 == 0:
                        output.go_on(1)
                        time.sleep(max(0.0, began_s + sent / 10_000 - time.monotonic()))
                broker.kill()
                output.go_on(10)
                process.send_signal(signal.SIGKILL)
                process.wait(PATIENCE_S)
            output.go_on(TICKS)
        sounds.append(np.concatenate(portions))
    assert np.array_equal(*sounds)


def test_a_broker_that_refuses_or_is_not_there_is_one_sentence_and_it_waits(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("wrong\n")
    credentials = "--username", "me", "--password-file", str(tmp_path / "word")
    with Broker(tmp_path, passwords={"me": "right"}) as own, bridge(own.port, tmp_path, *credentials) as one:
        assert one.stdout is not None
        assert "The broker refuses" in one.stdout.readline()
        one.terminate()
    with bridge(free_port(), tmp_path) as other:
        assert other.stdout is not None
        assert "There is no broker at 127.0.0.1:" in other.stdout.readline()
        other.terminate()
    for wrong, says in (
        (("--broker", "127.0.0.1:99999"), "The port of --broker must be a whole number from 1 to 65535"),
        (("--broker", "mqtt://home"), "--broker must be the broker's name or address alone"),
        (("--broker", "home", "--ca", "x.pem"), "--ca needs --tls"),
        (("--broker", "home", "--topic", "#"), "--topic must be"),
        (("--broker", "home", "--password-file", str(tmp_path)), "--password-file"),
        (("--broker", "home", "--username", "me"), "--username needs --password-file"),
        (("--broker", "home", "--tls", "--ca", "/nowhere"), "--ca: /nowhere is no certificate"),
    ):
        refused = calando("mqtt", "home", *wrong, cwd=tmp_path)
        assert refused.returncode in (1, 2)
        assert says in refused.stderr, refused.stderr
        assert "Traceback" not in refused.stderr
