"""OSC: a sitting told to another program and led by it, through a process of its own, over real sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from dsp.stop_page import StopPage
from engine.bridge.osc import FIGURES, NoWishError, Place, wish_of
from engine.bridge.trouble import BridgeError
from engine.desk import Act, Mark, Touch, Undo
from tests.calando import calando, start
from tests.roomed import IN_ROOMS, PATIENCE_S, TICKS, Stepwise, playing

osc_server = pytest.importorskip("pythonosc.osc_server")
dispatcher = pytest.importorskip("pythonosc.dispatcher")
udp_client = pytest.importorskip("pythonosc.udp_client")

pytestmark = [*IN_ROOMS]


class Other:
    """Another program: hears everything on a port of its own, and can say something to the bridge's."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple]] = {}
        table = dispatcher.Dispatcher()
        table.set_default_handler(lambda address, *values: self.heard.setdefault(address, []).append(values))
        self._server = osc_server.BlockingOSCUDPServer(("127.0.0.1", 0), table)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_address[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.bridge_port = free.getsockname()[1]
        self._client = udp_client.SimpleUDPClient("127.0.0.1", self.bridge_port)
        self.say = self._client.send_message

    def send(self, packet: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(packet, ("127.0.0.1", self.bridge_port))

    def wait(self, address: str, holds: Callable[[tuple], bool] = lambda _: True) -> tuple:
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            for values in list(self.heard.get(address, [])):
                if holds(values):
                    return values
            time.sleep(0.02)
        raise TimeoutError(f"{address} was not heard; {sorted(self.heard)} were")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()


@pytest.fixture
def other() -> Iterator[Other]:
    program = Other()
    yield program
    program.close()


@contextmanager
def bridge(room: str, other: Other, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """It ends with the block, however that ends: a test that fails waits for nobody."""
    places = "--to", f"127.0.0.1:{other.port}", "--listen", str(other.bridge_port)
    with start("osc", room, *places, cwd=cwd) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_sitting_is_told_and_led_and_refusals_come_back(tmp_path: Path, other: Other) -> None:
    with playing("osc") as sitting, bridge("osc", other, tmp_path) as process:
        for address in FIGURES:
            if address not in ("/calando/heart/rmssd_ms", "/calando/heart/breath_per_min"):
                assert np.isfinite(other.wait(address)[0])
        assert other.wait("/calando/stage")[0]
        other.say("/calando/act/soften", [])
        assert other.wait("/calando/answer")[0] == 1
        other.say("/calando/touch/volume", 1.0)
        assert "volume" in other.wait("/calando/answer", lambda values: values[0] == 0)[1]
        other.say("/calando/touch/density", "much")
        other.wait("/calando/answer", lambda values: "density takes a number" in values[1])
        other.say("/calando/touch/brightness", float("nan"))
        other.wait(
            "/calando/answer",
            lambda values: values == (0, "brightness needs a number that can be meant; nan is none."),
        )
        other.send(b"/\xff\xff\0,i\0\0\0\0\0\1")  # as any other program may
        other.say("/calando/mark", "she smiled")
        other.wait("/calando/event", lambda values: values[2] == "she smiled")
        other.say("/calando/stop", [])
        assert sitting.stop_page is not None
        page, until_s = StopPage(sitting.stop_page), time.monotonic() + PATIENCE_S
        while not page.word and time.monotonic() < until_s:
            time.sleep(0.02)
        assert page.word
        sitting.end()
        sitting.end()
        other.wait("/calando/over")
        assert process.wait(PATIENCE_S) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert "cannot be read as OSC" in " ".join(process.stdout.read().split())
        assert process.stderr.read() == ""


def test_a_flood_of_ten_thousand_a_second_and_a_kill_change_no_sample(tmp_path: Path, other: Other) -> None:
    sounds: list[np.ndarray] = []
    for flooded in (False, True):
        portions: list[np.ndarray] = []
        output = Stepwise(portions)
        with playing("flood", output), ExitStack() as cables:
            if flooded:
                process = cables.enter_context(bridge("flood", other, tmp_path))
                ticks = 0
                while "/calando/time" not in other.heard and ticks < 200:
                    output.go_on(1)
                    ticks += 1
                    time.sleep(0.3)
                assert "/calando/time" in other.heard
                flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                flood.connect(("127.0.0.1", other.bridge_port))
                began_s, sent = time.monotonic(), 0
                while sent <= 5_000 or time.monotonic() - began_s < 3.0:
                    flood.send(b"/calando/touch/volume\0\0\0,f\0\0\x3f\x80\0\0")
                    sent += 1
                    if sent % 100 == 0:
                        flood.send(b"\xff" * 50)
                        if sent % 500 == 0:
                            output.go_on(1)
                        time.sleep(max(0.0, began_s + sent / 10_000 - time.monotonic()))
                flood.close()
                process.send_signal(signal.SIGKILL)
                process.wait(PATIENCE_S)
            output.go_on(TICKS)
        sounds.append(np.concatenate(portions))
    assert np.array_equal(*sounds)


def test_what_a_message_means(tmp_path: Path) -> None:
    assert wish_of("/calando/touch/tempo_bpm", (60.0,)) == Touch("tempo_bpm", 60.0)
    assert wish_of("/calando/touch/tempo_bpm", ()) == Touch("tempo_bpm", None)
    assert wish_of("/calando/act/less", ()) == Act("less")
    assert wish_of("/calando/mark", ("here",)) == Mark("here")
    assert wish_of("/calando/undo", ()) == Undo()
    assert wish_of("/other", (1.0,)) is None
    assert wish_of("/calando/answer", (0, "what came back")) is None
    for address, value, named in (
        ("/calando/touch/tempo_bpm", "fast", "a number"),
        ("/calando/touch/tempo_bpm", True, "a number"),
        ("/calando/mark", 3, "words"),
        ("/calando/tempo_bpm", 60.0, "touch/NAME"),
    ):
        with pytest.raises(NoWishError, match=named):
            wish_of(address, (value,))
    assert Place.of("9000") == Place("127.0.0.1", 9000)
    for wrong in ("", "host", "host:99999", "host:-1"):
        with pytest.raises(BridgeError):
            Place.of(wrong)
    assert Place.of("[::1]:9000") == Place("::1", 9000)
    nowhere = calando("osc", "nobody", "--to", "nowhere.invalid:9000", cwd=tmp_path)
    assert nowhere.returncode == 1
    assert "There is no nowhere.invalid to tell" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr
    nobody = calando("osc", "nobody", "--to", "9000", cwd=tmp_path)
    assert nobody.returncode == 1
    assert "Nobody plays in the room nobody" in nobody.stderr
