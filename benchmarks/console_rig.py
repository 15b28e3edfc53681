"""The console as its benchmarks run it: a room, `calando live` beside it, and the page in a real Chromium."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calando_command import COMMAND

from engine.journal.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page

    from engine.journal.record import Record

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
TABLET = {"width": 1024, "height": 768}
PATIENCE_S = 120.0
"""How long a busy machine may take for anything."""

NOTED = """
window.noted = { hellos: [], states: 0, presses: 0, down: 0, asked: [] };
const Source = window.EventSource;
window.EventSource = class extends Source {
  constructor(address) {
    super(address);
    this.addEventListener("hello", () => window.noted.hellos.push(performance.now()));
    this.addEventListener("state", () => { window.noted.states += 1; });
  }
};
const asking = window.fetch;
window.fetch = (address, options) => {
  const [what] = /(touches|stop)$/.exec(address) ?? [null];
  if (what !== null) {
    const key = what === "stop" ? what : options.headers["idempotency-key"];
    window.noted.asked.push({ key, down: window.noted.down, sent: performance.now() });
  }
  return asking(address, options);
};
addEventListener("pointerdown", (event) => { window.noted.down = event.timeStamp; }, true);
addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button && !button.matches(":disabled")) window.noted.presses += 1;
}, true);
"""
"""What a page notes beside its work, by its own clock, ms: when it was told the whole, and how many states;
presses on buttons that were on; and for each touch that it sent, when the finger had come down, and when it
was sent."""

CLOCK_TRIES = 50


def missing() -> list[str]:
    """What this machine lacks for a console in a browser."""
    absent = [] if CHROMIUM else ["chromium"]
    for package in ("fastapi", "playwright"):
        try:
            __import__(package)
        except ModuleNotFoundError:
            absent.append(package)
    return absent


def load() -> str:
    """How busy the machine is, as every figure stands beside."""
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


@contextmanager
def runtime_of_its_own() -> Generator[Path]:
    """A runtime folder, where the sockets of rooms lie, that is no other Calando's."""
    folder, before = Path(tempfile.mkdtemp(prefix="calando-", dir="/tmp")), os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`calando live` while the block lasts, and the process in which it serves."""

    def __init__(self, data: Path) -> None:
        self._data, self.port, self.code = data, 0, ""

    def __enter__(self) -> Server:
        command = [*COMMAND, "live", "--port", "0", "--output", "null", "--data", str(self._data)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._hear_address()
        return self

    def __exit__(self, *failure: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process that serves just now."""
        own = self._process.pid
        return int(Path(f"/proc/{own}/task/{own}/children").read_text().split()[0])

    def kill(self) -> None:
        """End it as a crash does; returns once the next one says its address."""
        os.kill(self.pid, signal.SIGKILL)
        self._hear_address()

    def _hear_address(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r":(\d+)/#code=(\w+)", line):
                self.port, self.code = int(found[1]), found[2]
                self._wait_until_it_listens()
                return
        raise RuntimeError("calando live has ended without an address.")

    def _wait_until_it_listens(self) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.005)

    def script(self) -> Script:
        """Whoever asks it from outside a browser, let in by the code that it said."""
        return let_in(self.port, self.code, self.pid)


def let_in(port: int, code: str, pid: int | None) -> Script:
    """A device of its own. Raises RuntimeError where the code is not taken."""
    status, _, cookie = Script(port, "").whole("POST", "/api/pair", {"code": code, "name": "script"})
    if status != 200:
        raise RuntimeError(f"The console answers {status} to its own code.")
    return Script(port, cookie.split(";")[0].partition("=")[2], pid)


class Script:
    """Whoever asks the console without a browser."""

    def __init__(self, port: int, token: str, pid: int | None = None) -> None:
        self.port, self.token, self.pid = port, token, pid

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """JSON of the answer. Raises RuntimeError for a refusal."""
        status, told, _ = self.whole(method, path, body)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {told.decode()}")
        return json.loads(told)

    def guest(self, room: str) -> Script:
        """One more device, which sees this room alone; this one is a therapist's."""
        code = self.ask("POST", "/api/invitations", {"role": "display", "room": room})["code"]
        return let_in(self.port, code, self.pid)

    def whole(self, method: str, path: str, body: Any = None) -> tuple[int, bytes, str]:
        """Status, body and cookie of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("set-cookie") or ""
        finally:
            connection.close()

    def invited(self, role: str = "therapist", room: str | None = None) -> str:
        """A code for one more device."""
        return self.ask("POST", "/api/invitations", {"role": role, "room": room})["code"]


@contextmanager
def browsing() -> Iterator[Browser]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launched(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


def launched(chromium: BrowserType) -> Browser:
    """One more; it ends with the one that brought `chromium`."""
    # Whoever runs this as root, in a container, has no sandbox.
    return chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


def following(browser: Browser, server: Server, script: Script, room: str) -> Page:
    """A therapist's page on a tablet that follows `room`, its controls on."""
    context = browser.new_context(viewport=TABLET, has_touch=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_S * 1000.0)
    context.add_init_script(NOTED)
    page = context.new_page()
    page.goto(f"{server.address}/#code={script.invited()}&room={room}")
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    whole_since(page, 0)
    return page


def whole_since(page: Page, hellos: int) -> float:
    """Wait until the page was told the whole more than so many times and its controls are on; when that was,
    by CLOCK_MONOTONIC."""
    page.wait_for_function(
        "(hellos) => noted.hellos.length > hellos"
        " && document.querySelector('.during:not(.stale) .stop:enabled') !== null",
        arg=hellos,
    )
    return time.monotonic()


def tap(page: Page, name: str) -> None:
    """A finger on the button of that name, whether it is on or off."""
    box = page.get_by_role("button", name=name, exact=True).bounding_box()
    if box is not None:
        page.touchscreen.tap(box["x"] + box["width"] / 2.0, box["y"] + box["height"] / 2.0)


def clock_s(page: Page) -> float:
    """What is added to a page's clock, in seconds, for CLOCK_MONOTONIC: by the quickest of many answers."""
    tries: list[tuple[float, float]] = []
    for _ in range(CLOCK_TRIES):
        before_s = time.monotonic()
        page_s = page.evaluate("performance.now()") / 1000.0
        took_s = time.monotonic() - before_s
        tries.append((took_s, before_s + took_s / 2.0 - page_s))
    return min(tries)[1]


def kept(data: Path) -> Record:
    """The newest sitting's record."""
    with Store(data) as store:
        return store.read(store.heads()[0].id)


def complain(absent: list[str]) -> int:
    """Say what is not here."""
    print(f"There is no console to measure here: {', '.join(absent)} not found.", file=sys.stderr)
    return 1
