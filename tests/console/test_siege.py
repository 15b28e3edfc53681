"""Everything that a stranger in the network may try, over TLS, while one sitting plays: each is refused, and
the music's samples are those of a sitting that nobody touched.

A key file that others may read is refused in test_network and test_certificates, where the console is begun.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")

from engine.console import kept
from engine.console.controls import MOST_OF_ONE
from engine.console.devices import MOST_GUESSES, Devices
from engine.journal.report import page
from engine.journal.store import Store
from tests.console.served import PATIENCE_S, Console, Script, paired, served
from tests.roomed import Stepwise, playing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

ROOM = "siege"
TOUCHES = f"/api/rooms/{ROOM}/touches"
SCRIPT = "<img src=x onerror='window.hurt=1'><script>window.hurt=1</script>"
STEP = 8
"""Ticks that the music goes on before an attack and after it."""


class Siege:
    """One sitting and one console, and who besieges them."""

    def __init__(self, data: Path, stack: ExitStack) -> None:
        self.sound: list[np.ndarray] = []
        self._stack = stack
        self.data = data
        self.music = Stepwise(self.sound)
        self.expired = _of_last_year(data / "console.json")
        self.sitting = stack.enter_context(playing(ROOM, self.music, data))
        self.console: Console = stack.enter_context(served(data, 0, "--network", "--room", ROOM))
        self.therapist = self.console.script()
        self.context = ssl.create_default_context(cafile=str(self.console.trusted))
        self.music.go_on(50)

    def let_in(self, role: str) -> Script:
        """One more device of that role."""
        asked = {"role": role, "room": None if role == "therapist" else ROOM}
        code = self.therapist.ask("POST", "/api/invitations", asked)[1]["code"]
        return paired(self.console.port, code, self.console.trusted)

    def touch(self, script: Script, wish: dict[str, Any], key: str, **headers: str) -> int:
        body = {"sitting": self.sitting.id, "wish": wish}
        return script.ask("POST", TOUCHES, body, {"idempotency-key": key, **headers})[0]

    def marked(self, words: Sequence[str], key: str) -> list[int]:
        """Marks put in at once under one key; the music goes on until all are answered."""
        answers: list[int] = []

        def press(mark: str) -> None:
            answers.append(self.touch(self.therapist, {"kind": "mark", "words": mark}, key))

        tabs = [threading.Thread(target=press, args=(each,)) for each in words]
        for tab in tabs:
            tab.start()
        while any(tab.is_alive() for tab in tabs):
            self.music.go_on(1)
            time.sleep(0.1)
        return sorted(answers)

    def wire(self) -> ssl.SSLSocket:
        """A connection to say anything on."""
        plain = socket.create_connection(("127.0.0.1", self.console.port), PATIENCE_S)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1")

    def over(self) -> np.ndarray:
        """The sitting, played to its end."""
        self._stack.close()
        return np.concatenate(self.sound)


def _of_last_year(path: Path) -> str:
    """The token of a device that was let in too long ago."""
    devices = Devices(path, lambda: 1_600_000_000.0)
    return devices.pair(devices.invite("therapist").whole, "an old tablet")[1]


@pytest.fixture(scope="module")
def siege(data: Path) -> Iterator[Siege]:
    with ExitStack() as stack:
        yield Siege(data, stack)


SOFTEN = {"kind": "act", "name": "soften"}


def no_token(siege: Siege) -> None:
    assert siege.touch(siege.console.stranger(), SOFTEN, "no-token-1") == 401


def wrong_token(siege: Siege) -> None:
    for token in ("wrong", "x" * 10_000, siege.therapist.token[:-1], siege.therapist.token.swapcase()):
        assert siege.touch(siege.console.stranger(token), SOFTEN, "wrong-token") == 401


def revoked_token(siege: Siege) -> None:
    shown_out = siege.let_in("therapist")
    own = shown_out.ask("GET", "/api/me")[1]["id"]
    assert siege.therapist.ask("DELETE", f"/api/devices/{own}")[0] == 200
    assert siege.touch(shown_out, SOFTEN, "revoked-token") == 401


def expired_token(siege: Siege) -> None:
    assert siege.touch(siege.console.stranger(siege.expired), SOFTEN, "expired-token") == 401


def clients_token_on_a_therapists_control(siege: Siege) -> None:
    client = siege.let_in("client")
    for wish in (SOFTEN, {"kind": "end"}, {"kind": "touch", "parameter": "trim_db", "value": -40.0}):
        assert siege.touch(client, wish, "a-clients-touch") == 403
    for method, path in (
        ("GET", "/api/clients"),
        ("GET", "/api/devices"),
        ("GET", "/api/rooms/other/events"),
    ):
        assert client.ask(method, path)[0] == 403
    assert client.ask("POST", "/api/invitations", {"role": "therapist", "room": None})[0] == 403


def displays_token_on_any_control(siege: Siege) -> None:
    display = siege.let_in("display")
    assert siege.touch(display, {"kind": "act", "name": "less"}, "a-displays-touch") == 403
    assert display.ask("POST", f"/api/rooms/{ROOM}/stop", {"sitting": siege.sitting.id})[0] == 403


def foreign_origin(siege: Siege) -> None:
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{siege.console.port}"):
        assert siege.touch(siege.therapist, SOFTEN, "foreign-origin", origin=origin) == 403


def foreign_host(siege: Siege) -> None:
    for host in ("evil.example", f"calando-{ROOM}.local.evil.example", "8.8.8.8", "192.168.250.250"):
        assert siege.touch(siege.therapist, SOFTEN, "foreign-host", host=host) == 421


def cross_site_form(siege: Siege) -> None:
    cookie = {"cookie": f"__Host-calando={siege.therapist.token}"}
    form = b"sitting=x&wish=soften"
    kind = {"content-type": "application/x-www-form-urlencoded", "idempotency-key": "cross-site-form"}
    stranger = siege.console.stranger()
    marked = {**cookie, **kind, "sec-fetch-site": "cross-site"}
    assert stranger.ask("POST", TOUCHES, form, marked)[0] == 403
    assert stranger.ask("POST", TOUCHES, form, {**cookie, **kind, "origin": "https://evil.example"})[0] == 403
    # A browser that says neither is stopped by the form itself, which is no JSON.
    plain = json.dumps({"sitting": siege.sitting.id, "wish": SOFTEN}).encode()
    assert stranger.ask("POST", TOUCHES, plain, {**cookie, **kind, "content-type": "text/plain"})[0] == 422


def oversized_body(siege: Siege) -> None:
    key = {"idempotency-key": "oversized-body"}
    assert siege.therapist.ask("POST", TOUCHES, b" " * 1_000_000, key)[0] == 413
    endless = {**key, "transfer-encoding": "chunked"}
    assert siege.therapist.ask("POST", TOUCHES, b"1\r\n", endless)[0] == 411


def guesses_of_a_code(siege: Siege) -> None:
    """Two hundred over the wire; a thousand in test_devices."""
    guessing = siege.console.stranger().connection()
    answers: list[int] = []
    for number in range(200):
        body = json.dumps({"code": f"guess{number:03d}"})
        guessing.request("POST", "/api/pair", body, {"content-type": "application/json"})
        answer = guessing.getresponse()
        answer.read()
        answers.append(answer.status)
    guessing.close()
    # As many as are allowed, and again after each minute that this has taken.
    assert set(answers) == {403, 429}
    assert answers.index(429) <= MOST_GUESSES


def path_traversal(siege: Siege) -> None:
    for path in (
        "/page/../../../../etc/passwd", "/page/%2e%2e/app.py", "/page/..%2f..%2f..%2fetc%2fpasswd",
        "/trust/..%2f..%2fcertificates%2fauthority.pem", "/page//etc/passwd",
        "/page/%00", "/page/vendor/..%5c..", "/api/rooms/..%2f..%2fetc/events",
    ):  # fmt: skip
        assert siege.therapist.whole("GET", path)[0] == 404, path
    assert siege.therapist.ask("POST", "/api/sittings", {"room": "../up"})[0] == 422
    assert siege.therapist.ask("GET", "/api/sittings/..%2f..%2fx")[0] in (404, 422)


def script_in_a_clients_code(siege: Siege) -> None:
    assert siege.therapist.ask("POST", "/api/sittings", {"room": "other", "client": SCRIPT})[0] == 422
    path = f"/api/sittings/{siege.sitting.id}/client"
    assert siege.therapist.ask("POST", path, {"code": SCRIPT[:60]})[0] == 422


def script_in_a_note(siege: Siege) -> None:
    """It is kept as it was written, and is words to whoever reads it."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    code = siege.therapist.ask("POST", "/api/invitations", {"role": "therapist", "room": None})[1]["code"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(ignore_https_errors=True)
        tab.goto(f"{siege.console.address}/#code={code}")
        tab.get_by_role("button", name="Stop", exact=True).wait_for(timeout=PATIENCE_S * 1000.0)
        assert siege.marked([SCRIPT], "a-script-in-a-mark") == [200]
        # The page itself may not do what a script of elsewhere would.
        tab.evaluate("document.body.insertAdjacentHTML('beforeend', `<img src=x onerror='window.hurt=1'>`)")
        tab.wait_for_timeout(200)
        assert tab.evaluate("window.hurt") is None
        browser.close()


def slow_loris(siege: Siege) -> None:
    halves = [siege.wire() for _ in range(40)]
    for number, half in enumerate(halves):
        half.sendall(
            b"POST /api/pair HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n" + b"\r\n" * (number % 2)
        )
    assert siege.therapist.ask("GET", "/api/me")[0] == 200
    for half in halves:  # hung up on, though nothing came to its end
        with suppress(ConnectionError, ssl.SSLError):
            while half.recv(1_000):
                pass
        half.close()


def control_with_an_old_sitting(siege: Siege) -> None:
    body = {"sitting": "20200101-000000-bcdf", "wish": SOFTEN}
    assert siege.therapist.ask("POST", TOUCHES, body, {"idempotency-key": "old-sitting-1"})[0] == 409
    old = {"sitting": body["sitting"]}
    assert siege.therapist.ask("POST", f"/api/rooms/{ROOM}/stop", old)[0] == 409


def two_tabs_with_one_cookie(siege: Siege) -> None:
    """Both may press the same; it is done once, and what only one of them meant is refused to it."""
    answers = siege.marked(["the same", "the same", "another"], "two-tabs-one-key")
    assert answers in ([200, 200, 409], [200, 409, 409])


def replayed_key_with_another_body(siege: Siege) -> None:
    assert siege.marked(["a breath"], "a-key-that-was-used") == [200]
    assert siege.marked(["a breath"], "a-key-that-was-used") == [200]
    assert siege.touch(siege.therapist, SOFTEN, "a-key-that-was-used") == 409


def flood_of_200_streams(siege: Siege) -> None:
    token = {"authorization": f"Bearer {siege.therapist.token}"}
    open_ones: list[http.client.HTTPSConnection] = []
    answers: list[int] = []
    for _ in range(200):
        each = http.client.HTTPSConnection(
            "127.0.0.1", siege.console.port, timeout=PATIENCE_S, context=siege.context
        )
        each.request("GET", f"/api/rooms/{ROOM}/events", headers=token)
        answers.append(each.getresponse().status)
        open_ones.append(each)
    for each in open_ones:
        each.close()
    assert answers.count(200) <= MOST_OF_ONE
    assert answers.count(429) >= 200 - MOST_OF_ONE


def header_of_64_kilobytes(siege: Siege) -> None:
    with siege.wire() as wire:
        with suppress(ConnectionError, ssl.SSLError):  # it may hang up before all of it is said
            wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 64_000 + b"\r\n\r\n")
        answer = wire.recv(100)
    assert b" 431 " in answer or b" 400 " in answer


def fragment_code_used_twice(siege: Siege) -> None:
    assert siege.console.stranger().ask("POST", "/api/pair", {"code": siege.console.code})[0] in (403, 429)


def more_connections_than_anybody_needs(siege: Siege) -> None:
    """Held open and silent they are hung up on too, and meanwhile the therapist is served."""
    silent = [socket.create_connection(("127.0.0.1", siege.console.port), PATIENCE_S) for _ in range(150)]
    assert siege.therapist.ask("GET", "/api/me")[0] == 200
    for each in silent:
        each.close()


ATTACKS: tuple[Callable[[Siege], None], ...] = (
    no_token, wrong_token, revoked_token, expired_token, clients_token_on_a_therapists_control,
    displays_token_on_any_control, foreign_origin, foreign_host, cross_site_form, oversized_body,
    path_traversal, script_in_a_clients_code, script_in_a_note, slow_loris, control_with_an_old_sitting,
    two_tabs_with_one_cookie, replayed_key_with_another_body, flood_of_200_streams, header_of_64_kilobytes,
    fragment_code_used_twice, more_connections_than_anybody_needs, guesses_of_a_code,
)  # fmt: skip
"""The guesses come last: after them no code is taken for a minute."""


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_refused(siege: Siege, attack: Callable[[Siege], None]) -> None:
    siege.music.go_on(STEP)
    attack(siege)
    siege.music.go_on(STEP)
    assert siege.therapist.ask("GET", "/api/me")[0] == 200


def test_the_music_never_heard_of_it(siege: Siege, data: Path) -> None:
    besieged = siege.over()
    alone: list[np.ndarray] = []
    with playing("alone", Stepwise(alone)):
        pass
    assert np.array_equal(np.concatenate(alone), besieged)
    # Nor did any hand but the marks.
    with Store(data, reading=True) as store:
        record = store.read(siege.sitting.id or "")
    assert len(record.markers) == 3
    assert {marker.words for marker in record.markers} <= {SCRIPT, "the same", "another", "a breath"}
    report = page(record)
    assert "window.hurt" in report
    assert "<script>window" not in report
    assert "<img src=x" not in report
    assert siege.therapist.token.encode() not in (kept.read(data / "console.json") or b"")
