"""Hostile callers: each is refused in one sentence, the console goes on, and the music never hears of it."""

from __future__ import annotations

import socket
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")

from engine.console.controls import MOST_OF_ONE, MOST_VIEWERS
from engine.console.devices import MOST_GUESSES
from tests.console.served import Console, Script, Stream, paired, served
from tests.roomed import Stepwise, playing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")

LESS = {"sitting": "x", "wish": {"kind": "act", "name": "less"}}
KEY = {"idempotency-key": "hostile-key"}
TOUCHES = "/api/rooms/hostile/touches"


@pytest.mark.parametrize(("status", "method", "path", "body", "headers"), [
    (421, "GET", "/", None, {"host": "evil.example"}),
    (421, "GET", "/api/rooms", None, {"host": "127.0.0.1.evil.example"}),
    (403, "POST", TOUCHES, LESS, {**KEY, "origin": "http://evil.example"}),
    (403, "POST", TOUCHES, LESS, {**KEY, "origin": "null"}),
    (403, "POST", TOUCHES, LESS, {**KEY, "sec-fetch-site": "cross-site"}),
    (403, "GET", "/api/rooms", None, {"sec-fetch-site": "same-site"}),
    (422, "POST", TOUCHES, b"wish=less", {**KEY, "content-type": "application/x-www-form-urlencoded"}),
    (422, "POST", TOUCHES, b"{broken", KEY),
    (422, "POST", TOUCHES, LESS, {}),
    (422, "POST", TOUCHES, LESS, {"idempotency-key": "short"}),
    (422, "POST", TOUCHES, {**LESS, "room": "another"}, KEY),
    (422, "POST", TOUCHES, {**LESS, "wish": {"kind": "touch", "parameter": "x", "value": "nan"}}, KEY),
    (413, "POST", TOUCHES, b" " * 100_000, KEY),
    (411, "POST", TOUCHES, b"1\r\n", {**KEY, "transfer-encoding": "chunked"}),
    (404, "POST", TOUCHES, LESS, KEY),
    (404, "GET", "/api/rooms/..%2f..%2fetc/events", None, {}),
    (404, "GET", "/page/../../../../etc/passwd", None, {}),
    (404, "GET", "/page/%2e%2e/app.py", None, {}),
    (404, "GET", "/page/..%2fapp.py", None, {}),
    (422, "GET", "/api/sittings/last", None, {}),
    (422, "DELETE", "/api/sittings/2026", None, {}),
    (422, "POST", "/api/sittings", {"room": "../up"}, {}),
    (422, "POST", "/api/sittings", {"room": "r", "profile": "/etc/passwd"}, {}),
    (405, "PUT", "/api/rooms", {}, {}),
])  # fmt: skip
def test_what_no_page_of_ours_asks_is_refused(
    therapist: Script, status: int, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    answered, told = therapist.ask(method, path, body, headers)
    assert answered == status
    assert "\n" not in told["words"]
    assert 3 < len(told["words"]) < 300
    assert therapist.ask("GET", "/api/me")[0] == 200


@pytest.mark.parametrize("token", ["", "wrong", "x" * 10_000])
def test_without_a_token_nothing_is_seen_or_done(console: Console, token: str) -> None:
    stranger = Script(console.port, token)
    for method, path in (
        ("GET", "/api/rooms"), ("GET", "/api/clients"), ("GET", "/api/devices"), ("POST", "/api/sittings"),
        ("GET", "/api/rooms/x/events"), ("POST", "/api/invitations"),
        ("DELETE", "/api/sittings/20260101-000000-bcdf"),
    ):  # fmt: skip
        body = {"room": "x", "role": "client"} if method == "POST" else None
        assert stranger.ask(method, path, body)[0] in (401, 422), path


def test_a_used_code_and_a_thousand_guesses(data: Any) -> None:
    with served(data) as console:
        assert console.script().ask("GET", "/api/me")[0] == 200
        stranger = Script(console.port)
        answers = [stranger.ask("POST", "/api/pair", {"code": console.code})[0]]
        answers += [stranger.ask("POST", "/api/pair", {"code": f"guess{n}"})[0] for n in range(30)]
        assert answers[:MOST_GUESSES] == [403] * MOST_GUESSES
        assert set(answers[MOST_GUESSES:]) == {429}


def test_every_answer_forbids_what_a_page_of_ours_never_does(therapist: Script) -> None:
    for path in ("/", "/page/main.js", "/api/rooms", "/nowhere"):
        headers = therapist.whole("GET", path)[2]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def guest(therapist: Script, room: str) -> Script:
    """One more device, which a therapist lets in."""
    code = therapist.ask("POST", "/api/invitations", {"role": "display", "room": room})[1]["code"]
    return paired(therapist.port, code)


def test_a_flood_of_streams_and_slow_callers_and_a_huge_header_cost_the_music_nothing(data: Any) -> None:
    alone: list[np.ndarray] = []
    with playing("calm", Stepwise(alone)):
        pass
    flooded: list[np.ndarray] = []
    stepping = Stepwise(flooded)
    held: list[socket.socket] = []
    streams: list[Stream] = []
    try:
        with playing("flood", stepping), served(data) as console:
            script = console.script()
            stepping.go_on(50)
            # One device has its own places and no more; the next is let in beside it, until all are taken.
            for device in [script, *(guest(script, "flood") for _ in range(MOST_VIEWERS // MOST_OF_ONE - 1))]:
                streams += [Stream(device, "flood") for _ in range(MOST_OF_ONE)]
                assert {stream.status for stream in streams} == {200}
                status, refused = device.ask("GET", "/api/rooms/flood/events")
                assert (status, "too many pages open" in refused["words"]) == (429, True)
            assert guest(script, "flood").ask("GET", "/api/rooms/flood/events")[0] == 503
            for _ in range(50):  # slow callers: half a request, and nothing more
                slow = socket.create_connection(("127.0.0.1", console.port))
                slow.sendall(b"POST /api/pair HTTP/1.1\r\nHost: loc")
                held.append(slow)
            huge = socket.create_connection(("127.0.0.1", console.port))
            held.append(huge)
            huge.settimeout(60.0)
            huge.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 64_000 + b"\r\n\r\n")
            assert b" 431 " in huge.recv(100)
            assert script.ask("GET", "/api/me")[0] == 200
            console.process.terminate()  # with all of them open it ends, and has nothing to complain of
            assert console.process.stderr is not None
            assert console.process.stderr.read() == ""
    finally:
        for each in held:
            each.close()
        for stream in streams:
            stream.__exit__()
    assert np.array_equal(np.concatenate(alone), np.concatenate(flooded))
