"""The console as tests run it: `calando live` in a process of its own, and who asks it things."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.calando import start

PATIENCE_S = 120.0
"""How long a busy machine may take for anything."""

PATIENCE_MS = PATIENCE_S * 1000.0

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.02)


class Console:
    """One `calando live` and where it is."""

    def __init__(self, process: subprocess.Popen[str], port: int, code: str, trusted: Path | None) -> None:
        self.process, self.port, self.code, self.trusted = process, port, code, trusted

    @property
    def address(self) -> str:
        return f"http{'' if self.trusted is None else 's'}://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """As a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def script(self) -> Script:
        """A script that is paired with it as a therapist."""
        return paired(self.port, self.code, self.trusted)

    def stranger(self, token: str = "") -> Script:
        """Whoever asks with that token."""
        return Script(self.port, token, self.trusted)


@contextmanager
def served(data: Path, port: int = 0, *options: str, output: str = "null") -> Iterator[Console]:
    """The console on a free port while the block lasts; begun sittings play to nowhere."""
    process = start(
        "live", "--port", str(port), "--output", output, "--data", str(data), *options, cwd=data.parent,
        also={"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        found = re.search(r":(\d+)/#code=(\w+)", line)
        assert found is not None, line + (process.stderr.read() if process.poll() is not None else "")
        trusted = data / "certificates" / "authority.pem" if "--network" in options else None
        console = Console(process, int(found[1]), found[2], trusted)
        until(lambda: _listens(console), "the console listens")
        yield console
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()
        process.stderr.close()


def _listens(console: Console) -> bool:
    try:
        return console.stranger().ask("GET", "/api/me")[0] == 401
    except OSError:
        return False


class Script:
    """Whoever asks the console from outside a browser."""

    def __init__(self, port: int, token: str = "", trusted: Path | None = None) -> None:
        self.port, self.token = port, token
        self.trusted = trusted
        """The authority that its TLS is checked against; None for plain HTTP."""

    def connection(self) -> http.client.HTTPConnection:
        """A new one."""
        if self.trusted is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        context = ssl.create_default_context(cafile=str(self.trusted))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE_S, context=context)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        status, told, _ = self.whole(method, path, body, headers)
        return status, json.loads(told) if told else None

    def whole(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of the answer."""
        connection = self.connection()
        sent = {"content-type": "application/json"} if body is not None else {}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        content = body if isinstance(body, bytes | None) else json.dumps(body)
        try:
            connection.request(method, path, content, {**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read(), {key.lower(): value for key, value in answer.getheaders()}
        finally:
            connection.close()

    def touch(self, room: str, sitting: str, wish: dict[str, Any], key: str) -> tuple[int, Any]:
        """Put a wish to a room."""
        body = {"sitting": sitting, "wish": wish}
        return self.ask("POST", f"/api/rooms/{room}/touches", body, {"idempotency-key": key})


def paired(port: int, code: str, trusted: Path | None = None) -> Script:
    """A script that has exchanged `code`."""
    status, _, headers = Script(port, "", trusted).whole(
        "POST", "/api/pair", {"code": code, "name": "a test"}
    )
    assert status == 200
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    return Script(port, cookie.split(";")[0].partition("=")[2], trusted)


class Stream:
    """The events of a room, read in a thread while the block lasts."""

    def __init__(self, script: Script, room: str) -> None:
        self.seen: list[tuple[str, Any]] = []
        self._connection = script.connection()
        self._connection.request(
            "GET", f"/api/rooms/{room}/events", headers={"authorization": f"Bearer {script.token}"}
        )
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._connection.sock is not None:
            self._connection.sock.close()
        self._answer.close()
        self._connection.close()

    def first(self, name: str, holds: Callable[[Any], bool] = bool) -> Any:
        """The first such event, waited for."""
        until(lambda: any(each == name and holds(data) for each, data in list(self.seen)), name)
        return next(data for each, data in self.seen if each == name and holds(data))

    @property
    def ended(self) -> bool:
        """Whether the console has ended it."""
        return not self._thread.is_alive()

    def _read(self) -> None:
        name = ""
        try:
            for line in self._answer:
                kind, _, value = line.decode().strip().partition(": ")
                if kind == "event":
                    name = value
                elif kind == "data":
                    self.seen.append((name, json.loads(value)))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            return
