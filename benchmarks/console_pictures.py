"""Pictures of the console: every screen of a session, as a tablet, a small computer and a telephone show it.

A client with three sittings behind them is chosen, one more sitting is begun from the page and left playing
for a while, the page of the listener and the one to write on stand beside it, then it is stopped and the last
screen filled in. README.md shows three of the pictures.

    python benchmarks/console_pictures.py [--into FOLDER] [--seconds 90] [--docs]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import console_rig as rig
from calando_command import COMMAND

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"tablet": (1024, 768), "small": (1280, 800), "telephone": (390, 844)}
SHOWN = {
    "console_before.png": "before_rated_small.png",
    "console.png": "during_small.png",
    "console_write.png": "write_telephone.png",
}
"""What README.md and docs/ show, and which picture that is."""
CLIENT, EARLIER = "k-12", 3


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--into", type=Path, default=Path("pictures"), help="folder (pictures)")
    asked.add_argument("--seconds", type=float, default=90.0, help="of music before it is looked at (90)")
    asked.add_argument("--docs", action="store_true", help="put those that are shown into docs/ as well")
    options = asked.parse_args()
    if absent := rig.missing():
        return rig.complain(absent)
    options.into.mkdir(parents=True, exist_ok=True)
    with rig.runtime_of_its_own(), tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        for seed in range(EARLIER):
            earlier(data, seed)
        with rig.Server(data) as server, rig.browsing() as browser:
            led(browser, server, options.into, options.seconds)
    if options.docs:
        for name, drawn in SHOWN.items():
            shutil.copy(options.into / drawn, Path(__file__).parents[1] / "docs" / name)
    print(f"Drawn into {options.into}: {', '.join(sorted(each.name for each in options.into.glob('*.png')))}")
    return 0


def earlier(data: Path, seed: int) -> None:
    """A sitting of two minutes that the client has behind them."""
    command = [
        *COMMAND, "play", "--profile", "relax", "--sensor", f"sim:seed={seed}", "--seed", str(seed), "--fast",
        "--duration", "120s", "--client", CLIENT, "--data", str(data), "--output", "null",
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def led(browser: Browser, server: rig.Server, into: Path, seconds: float) -> None:
    """One session from the page, each screen drawn at each size."""
    script = server.script()

    def arrived(role: str, room: str | None, size: str) -> Page:
        width, height = SIZES[size]
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.set_default_timeout(rig.PATIENCE_S * 1000.0)
        with page.expect_response("**/api/me"):
            page.goto(f"{server.address}/#code={script.invited(role, room)}")
        return page

    def drawn(page: Page, screen: str, sizes: tuple[str, ...] = tuple(SIZES)) -> None:
        for size in sizes:
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(500.0)  # the chart takes its new size with the next state
            page.screenshot(path=into / f"{screen}_{size}.png")
        width, height = SIZES["small"]
        page.set_viewport_size({"width": width, "height": height})

    page = arrived("therapist", None, "small")
    page.get_by_role("button", name="New client").wait_for()
    drawn(page, "clients")
    page.get_by_role("button", name=CLIENT).click()
    page.get_by_label("Relax").check()
    page.get_by_label("A SIMULATED heart", exact=True).check()
    drawn(page, "before")
    page.get_by_label("Words").select_option("arrive")
    page.get_by_label("The listener agrees to a record", exact=False).check()
    page.locator("input[name=before-calm]").nth(4).check(force=True)
    drawn(page, "before_rated")
    page.get_by_role("button", name="Begin", exact=True).click()
    page.locator(".stop:enabled").wait_for()
    (room,) = [each["room"] for each in script.ask("GET", "/api/rooms")]
    listener = arrived("client", room, "telephone")
    display = arrived("display", room, "small")
    time.sleep(seconds)
    drawn(page, "during")
    drawn(listener, "listener")
    drawn(display, "display")
    listener.get_by_role("button", name="Play along").click()
    drawn(listener, "pads")
    listener.get_by_role("button", name="Back to the light").click()
    listener.get_by_role("button", name="Write").click()
    listener.get_by_role("textbox").fill("It was loud in me this morning. Now it is a little further away.")
    listener.wait_for_timeout(3000.0)
    drawn(listener, "write")
    for screen, button in (("parameters", "All parameters"), ("words", "Words")):
        page.get_by_role("button", name=button, exact=True).click()
        drawn(page, screen)
        page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("heading", name="After the music").wait_for()
    page.locator("input[name=after-calm]").nth(7).check(force=True)
    drawn(page, "after")


if __name__ == "__main__":
    sys.exit(main())
