"""A kiosk's page for a screen in the room: what stands on it in a real browser, and when it is dark."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from engine.kiosk.config import config_of
from engine.kiosk.orders import Shown
from engine.kiosk.screen.screen import Screen
from tests.console.served import CHROMIUM, PATIENCE_MS, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("uvicorn", reason="the console's server, extra [live], is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def words() -> list[str]:
    return []


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def screen(port: int, words: list[str]) -> Iterator[Screen]:
    with closing(Screen(config_of({"display": {"port": port}}), words.append)) as served:
        until(lambda: bool(words), "it does not say where it is")
        assert words == [f"The screen's page is at http://127.0.0.1:{port}"]
        yield served


@pytest.fixture
def page(port: int, screen: Screen) -> Iterator[Page]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    assert screen.pid is not None
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 800})
        opened.set_default_timeout(PATIENCE_MS)
        opened.goto(f"http://127.0.0.1:{port}/")
        yield opened
        browser.close()


def showing(screen: Screen, shown: Shown | None, page: Page, number: str) -> None:
    """Show it, as the supervisor does again and again, until this number stands there."""

    def stands() -> bool:
        screen.show(shown, time.monotonic())
        page.wait_for_timeout(50)
        return page.locator(".number").inner_text().replace("Heart", "").strip() == number

    until(stands, f"{number} does not stand there")


def test_heart_and_breath_stand_there_and_go_with_the_visit(screen: Screen, page: Page) -> None:
    showing(screen, Shown(63, 0.0, 6.0), page, "63")
    size = page.locator(".disc").evaluate("disc => disc.getBoundingClientRect().width")

    def larger() -> bool:
        screen.show(Shown(63, 0.3, 6.0), time.monotonic())
        page.wait_for_timeout(50)
        return page.locator(".disc").evaluate("disc => disc.getBoundingClientRect().width") > size + 20

    until(larger, "the light does not rise with the inhale")
    showing(screen, Shown(None, 0.3, 6.0), page, "–")
    showing(screen, Shown(71, 0.3, 6.0), page, "71")
    showing(screen, None, page, "–")


def test_a_process_that_is_stopped_leaves_no_old_figure(screen: Screen, page: Page) -> None:
    showing(screen, Shown(63, 0.0, 6.0), page, "63")
    assert screen.pid is not None
    os.kill(screen.pid, signal.SIGSTOP)
    began_s = time.monotonic()
    for _ in range(200):  # the supervisor is not held up by one that reads nothing
        screen.show(Shown(64, 0.1, 6.0), time.monotonic())
        screen.show(Shown(65, 0.1, 6.0), time.monotonic())
    assert time.monotonic() - began_s < 1.0
    until(lambda: page.locator(".number").inner_text().endswith("–"), "an old figure stands there")
    os.kill(screen.pid, signal.SIGCONT)
    showing(screen, Shown(66, 0.1, 6.0), page, "66")


def answer(port: int, ask: Callable[[http.client.HTTPConnection], None]) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30.0)) as connection:
        ask(connection)
        return connection.getresponse().status


@pytest.mark.usefixtures("screen")
def test_nothing_else_can_be_asked_for(port: int) -> None:
    assert answer(port, lambda to: to.request("GET", "/")) == 200
    assert answer(port, lambda to: to.request("GET", "/", headers={"host": "evil.example"})) == 421
    elsewhere = {"origin": "http://evil.example"}
    assert answer(port, lambda to: to.request("GET", "/api/rooms/kiosk/events", headers=elsewhere)) == 403
    for path in ("/api/rooms", "/api/openapi.json", "/page/../app.py", "/page/%2e%2e/app.py"):
        assert answer(port, lambda to, path=path: to.request("GET", path)) == 404
    assert answer(port, lambda to: to.request("POST", "/", body=b"{}")) == 405


def test_a_port_that_is_taken_is_said_and_no_file_no_process(words: list[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with closing(Screen(config_of({"display": {"port": port}}), words.append)):
            until(lambda: len(words) > 1, "it says nothing")
    assert words[0] == (
        f"display: 127.0.0.1 port {port} cannot be had (Address already in use); name another port, or an "
        "address of this computer."
    )
    assert words[1] == "The screen's process has ended (1); another comes in 30 s."
    with closing(Screen(config_of({}), words.append)) as none:
        assert none.pid is None
