"""Claim: the console's page works in WebKit, the engine family of an iPad's browser, as it does in Chromium.

Debian's WebKitGTK (apt-get install webkit2gtk-driver xvfb) is driven by WebDriver in a display that nobody
sees. A sitting is begun at a real `calando live`, and its page is looked at: that it comes up, hears each
state, says how old it is while the server stands still, comes back after the server was killed, and that
touches and Stop reach the engine. axe-core looks at the live screen too. Not an iPad: neither its network
stack nor its touch is here.

    python benchmarks/console_webkit.py
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import console_rig as rig
from report import RESULTS, show_table, write_json

ROOM = "webkit"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which an answer holds an element (WebDriver, W3C 2018)."""
OLD = "document.querySelector('[role=alert]') !== null"
ON = "document.querySelector('.stop:enabled') !== null"
PICTURE = RESULTS / "console_webkit.png"


def main() -> int:
    absent = [name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)]
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
    if browser is None or absent:
        return rig.complain(absent or ["MiniBrowser of WebKitGTK"])
    with (
        rig.runtime_of_its_own(), tempfile.TemporaryDirectory() as folder,
        rig.Server(Path(folder) / "data") as server, displayed() as display, driven(display) as port,
    ):  # fmt: skip
        script = server.script()
        begun = {"room": ROOM, "profile": "relax", "sensor": "sim", "record": False, "minutes": 10}
        sitting = script.ask("POST", "/api/sittings", begun)["sitting"]
        page = Page(port, browser)
        try:
            found = looked_at(page, server, script, sitting)
        finally:
            page.close()
    rows = [[what, told] for what, told in found.items()]
    show_table("The page in WebKitGTK", ["what", "seen"], rows, [f"A picture of it: {PICTURE}"])
    print(f"Written to {write_json('console_webkit', found)}")
    return 0


def looked_at(page: Page, server: rig.Server, script: rig.Script, sitting: str) -> dict[str, str]:
    """What was seen, in the order in which it was tried."""
    found = {"browser": page.called}
    began_s = time.monotonic()
    page.go(f"{server.address}/#code={script.invited()}&room={ROOM}")
    page.until(ON)
    found["page comes up, Stop is on"] = f"{time.monotonic() - began_s:.1f} s"
    page.run(
        "window.told = 0; new MutationObserver(() => { told += 1; })"
        ".observe(document.querySelector('.time'), { subtree: true, childList: true, characterData: true });"
    )
    time.sleep(5.0)
    found["its clock in 5 s"] = f"redrawn {page.value('told')} times, at {page.value(text('.time'))}"
    page.press("Soften")
    page.until("document.querySelector('#held-trim_db').getAttribute('aria-valuetext') === '-6.0 dB'")
    held = script.ask("GET", "/api/rooms")[0]
    found["Soften"] = f"the trim stands at -6.0 dB; {held['room']} plays on"
    page.press("Undo")
    page.until("document.querySelector('#held-trim_db').getAttribute('aria-valuetext') !== '-6.0 dB'")
    found["Undo"] = "the trim is given back"
    os.kill(server.pid, signal.SIGSTOP)
    page.until(f"{OLD} && document.querySelector('.stop:disabled') !== null")
    page.until("document.querySelector('.hands').disabled")
    found["server stands still"] = page.value(text("[role=alert]"))
    os.kill(server.pid, signal.SIGCONT)
    page.until(f"!({OLD}) && {ON}")
    found["it goes on"] = "no word of age, all controls on"
    server.kill()
    began_s = time.monotonic()
    page.until(OLD)
    page.until(f"!({OLD}) && {ON}")
    found["server killed"] = f"whole again {time.monotonic() - began_s:.1f} s after the next one listens"
    found["axe-core, WCAG 2.2 AA and contrast 7:1"] = ", ".join(page.barriers()) or "nothing"
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(page.picture())
    page.press("Stop")
    page.until("document.querySelector('.stop') === null")
    rooms = [each for each in script.ask("GET", "/api/rooms") if each["sitting"] == sitting]
    found["Stop"] = f"{'over' if not rooms else 'still playing'}; the page shows: {page.value(text('h1'))}"
    return found


def text(where: str) -> str:
    """The words there, as the page is asked for them."""
    return f"document.querySelector({where!r}).innerText.replace(/\\s+/g, ' ')"


class Page:
    """A window of the browser, spoken to by WebDriver."""

    def __init__(self, port: int, browser: Path) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        told = self._ask("POST", "", {"capabilities": {"alwaysMatch": {
            "webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]},
        }}})  # fmt: skip
        self._address += f"/{told['sessionId']}"
        offered = told["capabilities"]
        self.called = f"{offered['browserName']} {offered['browserVersion']}"
        self._ask("POST", "/window/rect", {"width": 1280, "height": 800})

    def close(self) -> None:
        self._ask("DELETE", "")

    def go(self, address: str) -> None:
        self._ask("POST", "/url", {"url": address})

    def run(self, script: str) -> Any:
        """Run a script; what it returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def value(self, expression: str) -> Any:
        return self.run(f"return {expression}")

    def until(self, expression: str) -> None:
        """Wait for it. Raises TimeoutError."""
        end_s = time.monotonic() + rig.PATIENCE_S
        while not self.value(expression):
            if time.monotonic() > end_s:
                raise TimeoutError(f"waited in vain: {expression}")
            time.sleep(0.05)

    def press(self, name: str) -> None:
        """The button of exactly that name, clicked as a mouse does."""
        where = {"using": "xpath", "value": f"//button[normalize-space()='{name}']"}
        found = self._ask("POST", "/element", where)[ELEMENT]
        self._ask("POST", f"/element/{found}/click", {})

    def picture(self) -> bytes:
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def barriers(self) -> list[str]:
        """What axe-core finds that keeps somebody out."""
        import axe_playwright_python

        self.run((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "wcag2aaa"]
        told = self._ask("POST", "/execute/async", {"args": [tags], "script": (
            "const done = arguments[1]; axe.run({ runOnly: { type: 'tag', values: arguments[0] } })"
            ".then((all) => done(all.violations.map((each) => each.id)), (wrong) => done([String(wrong)]))"
        )})  # fmt: skip
        return list(told)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self._address + path, content, method=method)
        with urllib.request.urlopen(asked, timeout=rig.PATIENCE_S) as answer:
            return json.loads(answer.read())["value"]


@contextlib.contextmanager
def displayed() -> Iterator[str]:
    """A display that nobody sees."""
    here, there = os.pipe()
    command = ["Xvfb", "-displayfd", str(there), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with running(command, pass_fds=(there,)):
        os.close(there)
        with os.fdopen(here) as told:
            yield f":{told.readline().strip()}"


@contextlib.contextmanager
def driven(display: str) -> Iterator[int]:
    """WebKit's driver; at which port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Whoever runs this as root, in a container, has no sandbox and no graphics card; and a browser without a
    # language ("C") is none that uPlot could write numbers for.
    alone = {
        "DISPLAY": display, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "LANGUAGE": "en_US",
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "LIBGL_ALWAYS_SOFTWARE": "1",
    }  # fmt: skip
    with running(["WebKitWebDriver", f"--port={port}"], env=os.environ | alone):
        wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close())
        yield port


def wait_for(tried: Callable[[], None]) -> None:
    """Until that succeeds. Raises OSError."""
    end_s = time.monotonic() + rig.PATIENCE_S
    while True:
        try:
            return tried()
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str], **how: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
