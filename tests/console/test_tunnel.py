"""A therapist elsewhere: the page through a tunnel that is slow, loses packets and is cut; the sound stays.

In place of the network stands a relay that holds up what it carries: 150 ms each way, and one piece in twenty
for as long as TCP takes to send a lost one again. Not every kernel has netem.
"""

from __future__ import annotations

import random
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect, sync_playwright

from engine.journal.store import Store
from tests.console.served import PATIENCE_S, Console
from tests.roomed import Stepwise, playing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

ONE_WAY_S, LOST, AGAIN_S = 0.15, 0.05, 0.3
"""There and back 300 ms; 5 % lost, and sent again after the round trip (RFC 6298)."""

CUT_S = 5.0


class Tunnel:
    """Carries connections to `port`, slowly, until cut."""

    def __init__(self, port: int) -> None:
        self._port, self._chance = port, random.Random(1)
        self._ends: list[socket.socket] = []
        self._whole = True
        self._cutting = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """What is open ends, and nothing gets through."""
        with self._cutting:
            self._whole = False
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._listening.close()
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            with self._cutting:  # what comes while it is cut does not slip through
                self._ends += (near, far)
                if not self._whole:
                    near.close()
                    far.close()
                    continue
            for come, go in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(come, go), daemon=True).start()

    def _carry(self, come: socket.socket, go: socket.socket) -> None:
        """One direction: a piece leaves so long after it came as the way takes, and none overtakes."""
        on_the_way: list[tuple[float, bytes]] = []
        something = threading.Condition()

        def deliver() -> None:
            while True:
                with something:
                    something.wait_for(lambda: on_the_way)
                    due_s, piece = on_the_way.pop(0)
                time.sleep(max(0.0, due_s - time.monotonic()))
                with suppress(OSError):
                    if not piece:
                        go.shutdown(socket.SHUT_WR)
                        return
                    go.sendall(piece)

        threading.Thread(target=deliver, daemon=True).start()
        while True:
            try:
                piece = come.recv(1_400)
            except OSError:
                piece = b""
            held_s = ONE_WAY_S + AGAIN_S * (self._chance.random() < LOST)
            with something:
                on_the_way.append((time.monotonic() + held_s, piece))
                something.notify()
            if not piece:
                return


@contextmanager
def tunnel(port: int) -> Iterator[Tunnel]:
    made = Tunnel(port)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def going_on(music: Stepwise) -> Iterator[None]:
    """Let the music go on by itself, slower than in life, so that it lasts as long as the test."""
    enough = threading.Event()

    def step() -> None:
        while not enough.wait(0.25):
            music.go_on(1)

    stepping = threading.Thread(target=step)
    stepping.start()
    try:
        yield
    finally:
        enough.set()
        stepping.join()


@pytest.mark.live
def test_the_page_comes_back_by_itself_and_the_music_never_knew(console: Console, data: Path) -> None:
    alone: list[np.ndarray] = []
    with playing("alone", Stepwise(alone)):
        pass
    led: list[np.ndarray] = []
    music = Stepwise(led)
    with playing("far", music, data) as sitting, tunnel(console.port) as way, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1024, "height": 768})
        page.set_default_timeout(PATIENCE_S * 1000.0)
        expect.set_options(timeout=PATIENCE_S * 1000.0)
        page.goto(f"http://127.0.0.1:{way.port}/#code={console.code}")
        stop = page.get_by_role("button", name="Stop", exact=True)
        with going_on(music):
            expect(stop).to_be_enabled()
            way.cut()
            expect(stop).to_be_disabled()
            page.wait_for_timeout(CUT_S * 1000.0)
            expect(stop).to_be_disabled()
            way.mend()
            expect(stop).to_be_enabled()
            # An own word, marked from far away, is in the record once.
            page.get_by_placeholder("in your own words").fill("from afar")
            page.get_by_role("button", name="Mark", exact=True).click()
            expect(page.get_by_placeholder("in your own words")).to_have_value("")
        browser.close()
    assert np.array_equal(np.concatenate(alone), np.concatenate(led))
    with Store(data, reading=True) as store:
        record = store.read(sitting.id or "")
    assert [marker.words for marker in record.markers] == ["from afar"]
