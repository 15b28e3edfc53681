"""Systemd's watchdog is told that all is well by sound, alerts are found and logged without a broker."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.kiosk import liveness, proof
from engine.kiosk.process import Process
from engine.kiosk.supervisor import Supervisor

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd's socket is a Unix one")

PLAYER = """
import os, sys, time
sys.path.insert(0, {root!r})
from engine.kiosk.orders import Status
from engine.kiosk.state import Doing
frame = 0
while True:
    time.sleep(0.02)
    there = os.path.exists({card!r})
    frame += 960 * (there and not os.path.exists({hangs!r}))
    status = Status(Doing.PROGRAMME, frame, frame, -23.0, True, there, "words", battery=9, warm=True)
    os.write(1, status.line())
"""
"""A process that speaks as one that plays: frames go out while `card` is there and `hangs` is not."""


class Watchdog:
    """Systemd's end of the notify socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.05)

    def petted(self, seconds: float) -> int:
        """How often within so long."""
        until_s, count = time.monotonic() + seconds, 0
        while time.monotonic() < until_s:
            try:
                count += self._socket.recv(1000).startswith(b"WATCHDOG=1")
            except TimeoutError:
                continue
        return count

    def close(self) -> None:
        self._socket.close()


@contextmanager
def supervised(tmp_path: Path) -> Generator[tuple[Supervisor, list[str]]]:
    code = PLAYER.format(
        root=str(Path(__file__).parents[2]), card=str(tmp_path / "card"), hangs=str(tmp_path / "hangs")
    )

    def start(device: str, now_s: float) -> Process:
        return Process(device, now_s, (sys.executable, "-c", code))

    (tmp_path / "kiosk.toml").write_text('[alerts]\nbattery = 10\n[privacy]\nkeep = "nothing"\n')
    log: list[str] = []
    supervisor = Supervisor(tmp_path / "kiosk.toml", tmp_path / "state", start=start, log=log.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield supervisor, log
    finally:
        supervisor.end()
        thread.join(30.0)


def until(so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 30.0
    while not so():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_it_is_petted_by_sound_and_by_silence_for_a_reason_and_not_by_turning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "LAST_RESORT_S", 2.0)
    monkeypatch.setattr(liveness, "STILL_S", 0.8)
    monkeypatch.setattr(liveness, "OPEN_S", 0.8)
    watchdog = Watchdog(tmp_path / "s")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    (tmp_path / "card").touch()
    with supervised(tmp_path) as (_, log):
        until(lambda: "The music plays." in log)
        assert watchdog.petted(1.0) >= 2
        (tmp_path / "card").unlink()  # off: silent, and for a reason
        until(lambda: any("Alert strap_battery: " in line for line in log))
        assert watchdog.petted(3.0) >= 5
        (tmp_path / "card").touch()
        (tmp_path / "hangs").touch()  # one process after the other gets ready, and none sounds
        until(lambda: any("does not begin" in line for line in log))
        watchdog.petted(3.0)
        turns = len(log)
        assert watchdog.petted(2.0) == 0
        until(lambda: len(log) > turns)  # the supervisor turns all the while
        (tmp_path / "hangs").unlink()
        until(lambda: watchdog.petted(0.5) > 0)
    watchdog.close()
