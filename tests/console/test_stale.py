"""A page that hears nothing says so and turns its controls off; it comes back by itself to the state is."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import Locator, Page, Route, expect

from engine.runtime import runtime_folder
from tests.console.conftest import Opener
from tests.console.served import CHROMIUM, Console, Script
from tests.console.test_page import follow
from tests.console.test_revive import serving
from tests.roomed import Slowly, Stepwise, playing

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells who serves"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

TRIM = {"kind": "touch", "parameter": "trim_db", "value": -4.8}
CONTROLS = ("Soften", "Undo", "Hold", "settled", "Give all back")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def old(page: Page, *, stop: bool) -> None:
    """The page says how old it is; nothing can be touched, but Stop where that is heeded."""
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Nothing heard for [1-9]\d*\.\d s"))
    for name in CONTROLS:
        expect(button(page, name)).to_be_disabled()
    expect(page.get_by_role("slider", name="Loudness trim")).to_be_disabled()
    expect(button(page, "Stop")).to_be_enabled(enabled=stop)


def back(page: Page, trim_db: float | None = None) -> None:
    """All is on again, and the trim stands where the engine has it."""
    expect(page.get_by_role("alert")).to_have_count(0)
    for name in (*CONTROLS, "Stop"):
        expect(button(page, name)).to_be_enabled()
    if trim_db is not None:
        expect(page.locator("#held-trim_db + button")).to_have_text("Give back")
        expect(page.get_by_role("slider", name="Loudness trim")).to_have_attribute(
            "aria-valuetext", f"{trim_db:.1f} dB"
        )


@contextmanager
def halted(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def stepped(page: Page, room: str, stepping: Stepwise, ticks: int) -> None:
    """Have the page follow a room from its beginning, and be told of its first ticks."""
    follow(page, room)
    stepping.go_on(ticks)
    expect(page.get_by_role("slider", name="Loudness trim")).to_be_visible()


def test_while_the_server_stands_still_nothing_looks_alive(page: Page, console: Console) -> None:
    with playing("halted") as sitting:
        follow(page, "halted")
        with halted(serving(console)):
            old(page, stop=False)
            # A device whose own clock stood still while it slept is not taken in by that.
            page.evaluate("const now = Date.now; Date.now = () => now() + 600000")
            expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Nothing heard for 6\d\d\.\d s"))
        back(page)
        assert sitting.plan.guide.holders() == {}


def test_while_the_engine_stands_still_stop_alone_is_on_and_is_heeded(page: Page) -> None:
    sound: list[np.ndarray] = []
    stepping = Stepwise(sound)
    with playing("engine", stepping) as sitting:
        stepped(page, "engine", stepping, 100)
        old(page, stop=True)
        silent = sum(map(len, sound))
        button(page, "Stop").click()
        expect(page.get_by_role("status").first).to_contain_text("Stopped")
        assert sitting.plan.guide.holders() == {}
    after = np.concatenate(sound)[silent + 48_000 // 4 :]
    assert np.max(np.abs(after), initial=0.0) < 10.0 ** (-70.0 / 20.0)


def test_an_engine_that_goes_on_is_followed_again(page: Page) -> None:
    stepping = Stepwise([])
    with playing("again", stepping) as sitting:
        stepped(page, "again", stepping, 60)
        old(page, stop=True)
        stepping.go_on(300)  # it is quicker than life: the page is told of each tick
        expect(page.get_by_label("time", exact=True)).to_contain_text(re.compile(r"^0:3\d of"))
        assert sitting.plan.guide.holders() == {}
        old(page, stop=True)


def test_a_tablet_that_slept_wakes_to_what_has_become_meanwhile(page: Page, therapist: Script) -> None:
    with playing("asleep") as sitting:
        follow(page, "asleep")
        lifecycle = page.context.new_cdp_session(page)
        lifecycle.send("Page.setWebLifecycleState", {"state": "frozen"})
        assert therapist.touch("asleep", sitting.id, TRIM, "while-asleep")[0] == 200
        lifecycle.send("Page.setWebLifecycleState", {"state": "active"})
        back(page, trim_db=-4.8)
        # A tab that nobody sees keeps no connection from the others; shown again it is whole.
        hidden = "Object.defineProperty(document, 'hidden', { get: () => %s, configurable: true });"
        turned = "document.dispatchEvent(new Event('visibilitychange'))"
        page.evaluate(hidden % "true" + turned)
        old(page, stop=False)
        page.evaluate(hidden % "false" + turned)
        back(page, trim_db=-4.8)
        page.evaluate(hidden % "true" + turned)
    page.evaluate(hidden % "false" + turned)
    button(page, "After the music").click()
    expect(page.get_by_role("heading", name="After the music")).to_be_visible()


@pytest.mark.parametrize("answer", ['[{"name": "relax", "ti', "{}"], ids=["cut_short", "of_another_shape"])
def test_an_answer_that_is_not_whole_leaves_no_page_that_looks_alive(page: Page, answer: str) -> None:
    with playing("broken") as sitting:
        told: list[str] = []

        def profiles(route: Route) -> None:
            told.append(route.request.url)
            if len(told) > 1:
                route.continue_()
            else:
                route.fulfill(body=answer, content_type="application/json")

        page.route("**/api/profiles", profiles, times=2)
        follow(page, "broken")
        # It asks again, or where it could not be drawn it says so and opens anew: the room is whole again.
        expect(page.get_by_role("combobox", name="Profile").locator("option")).not_to_have_count(0)
        assert len(told) == 2
        assert sitting.plan.guide.holders() == {}


class Cable:
    """A network between page and console: while it is cut nothing passes, and nobody is told."""

    def __init__(self, port: int) -> None:
        self.whole = threading.Event()
        self.whole.set()
        self._to = port
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.whole.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while came := one.recv(65_536):
                self.whole.wait()
                other.sendall(came)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_cut_of_the_network_is_told_and_mended_by_itself(
    page: Page, console: Console, therapist: Script
) -> None:
    with playing("cut") as sitting, closing(Cable(console.port)) as cable:
        code = therapist.ask("POST", "/api/invitations", {"role": "therapist"})[1]["code"]
        page.goto(f"http://127.0.0.1:{cable.port}/#code={code}&room=cut")
        back(page)
        cable.whole.clear()
        old(page, stop=False)
        assert therapist.touch("cut", sitting.id, TRIM, "while-cut-off")[0] == 200
        cable.whole.set()
        back(page, trim_db=-4.8)


def test_two_therapists_see_and_touch_the_same(open_page: Callable[..., Page]) -> None:
    with playing("two") as sitting:
        pages = [open_page(), open_page()]
        for page in pages:
            follow(page, "two")
        first, second = pages
        button(first, "Hold").click()
        for page in pages:
            expect(button(page, "Hold")).to_have_attribute("aria-pressed", "true")
        button(second, "Hold").click()
        for page in pages:
            expect(button(page, "Hold")).to_have_attribute("aria-pressed", "false")
        for page in pages:
            button(page, "Soften").dblclick()  # four fingers at once: each counts, none twice
        expect(first.get_by_role("slider", name="Loudness trim")).to_have_attribute(
            "aria-valuetext", "-24.0 dB"
        )
        expect(second.get_by_role("slider", name="Loudness trim")).to_have_attribute(
            "aria-valuetext", "-24.0 dB"
        )
        assert sitting.plan.guide.held()["trim_db"] == -24.0


def test_an_engine_that_is_killed_leaves_no_button_on_and_its_record_is_found(
    page: Page, therapist: Script, open_page: Opener
) -> None:
    beginning = {"room": "killed", "sensor": "sim:seed=1", "client": "k-77", "consent": True}
    status, begun = therapist.ask("POST", "/api/sittings", beginning)
    assert status == 200
    follow(page, "killed")
    listener = open_page("client", "killed")
    expect(button(listener, "Less")).to_be_enabled()
    (shown_out,) = [each for each in therapist.ask("GET", "/api/devices")[1] if each["role"] == "client"]
    assert therapist.ask("DELETE", f"/api/devices/{shown_out['id']}")[0] == 200
    expect(listener.get_by_text("This device is not paired")).to_be_visible()
    os.kill(int((runtime_folder() / "killed.begun").read_text().split()[1]), signal.SIGKILL)
    expect(page.get_by_role("alert")).to_contain_text("This sitting is over.")
    for name in (*CONTROLS, "Stop"):
        expect(button(page, name)).to_be_disabled()
    page.reload()  # an old address leads to no empty room
    expect(page.get_by_role("heading", name="before the music")).to_be_visible()
    page.get_by_role("button", name=re.compile("^k-77")).click()
    expect(page.get_by_role("heading", name="k-77")).to_be_focused()
    page.locator("section .list button").first.click()
    heading = page.get_by_role("heading", name="After the music")
    expect(heading).to_contain_text("k-77")
    page.get_by_label("Plan").fill("again on Thursday")
    button(page, "Next sitting").click()
    expect(page.get_by_text("Not kept yet: the note.")).to_be_visible()
    button(page, "Keep the note").click()
    expect(page.get_by_text("The note is kept.")).to_be_visible()
    page.reload()
    expect(heading).to_contain_text("k-77")
    expect(page.get_by_text("Plan: again on Thursday")).to_be_visible()
    assert begun["sitting"] in page.url


class Unplugged(Slowly):
    """Its device can be taken away and brought back."""

    def take_away(self) -> None:
        self.away = True
        self.words = "The sound device Scarlett is away. The music goes on and will be heard when it returns."

    def bring_back(self) -> None:
        self.away, self.words = False, "Playing on Scarlett again."


def test_a_sound_device_that_is_lost_is_told_beside_the_client_until_it_is_back(page: Page) -> None:
    output = Unplugged(4.0)
    with playing("unplugged", output):
        follow(page, "unplugged")
        output.take_away()
        told = page.get_by_text("The sound device Scarlett is away.")
        expect(told).to_be_visible()
        assert page.evaluate("document.scrollingElement.scrollHeight") <= 768
        output.bring_back()
        expect(told).to_have_count(0)
        button(page, "Devices").click()
        expect(page.get_by_text("Playing on Scarlett again.")).to_be_visible()
