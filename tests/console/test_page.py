"""The console's page in a real Chromium: each control by what the engine, its journal and its sound did."""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import Browser, Page, expect

from engine.console.app import PAGE
from engine.journal.store import Store
from tests.console.barriers import barriers
from tests.console.served import CHROMIUM, Console, Script, served, until
from tests.roomed import RATE_HZ, STEPWISE_S, Slowly, Stepwise, playing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

TIMES = 4.0
"""How many times as fast as life: what a busy machine takes a second for is still seconds of music."""


def stop_is_alive(page: Page) -> None:
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_enabled()


def follow(page: Page, room: str) -> None:
    """Have the page follow a room, once that is open; what it showed before cannot lead it elsewhere."""
    address = f"{page.url.partition('#')[0]}#room={room}"
    page.goto("about:blank")
    page.goto(address)
    stop_is_alive(page)


def test_what_the_page_brings_along_is_what_its_list_says() -> None:
    table = (PAGE / "vendor/README.md").read_text()
    listed = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.M))
    brought = {file.name for file in (PAGE / "vendor").iterdir() if file.suffix in (".js", ".css")}
    assert set(listed) == brought
    for name, digest in listed.items():
        assert hashlib.sha256((PAGE / "vendor" / name).read_bytes()).hexdigest() == digest


def level_db(sound: list[np.ndarray], from_s: float, to_s: float) -> float:
    """Of the samples between two moments, dBFS."""
    played = np.concatenate(list(sound))[int(from_s * RATE_HZ) : int(to_s * RATE_HZ)]
    assert len(played) > 0
    return float(10.0 * np.log10(np.mean(np.square(played, dtype=np.float64)) + 1e-20))


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within ten seconds."""
    end = time.monotonic() + 10.0
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_every_control_is_felt(page: Page, data: Path) -> None:
    sound: list[np.ndarray] = []
    untouched: list[np.ndarray] = []
    with playing("untouched", Stepwise(untouched)):
        pass
    with playing("felt", Slowly(TIMES, sound.append), data=data, client="k-9") as sitting:
        guide = sitting.plan.guide

        def now_s() -> float:
            return sum(len(block) for block in sound) / RATE_HZ

        def wait(seconds: float) -> float:
            begun = now_s()
            until(lambda: now_s() > begun + seconds, f"{seconds} s of music")
            return begun

        def sure(act: Callable[[], object], reached: Callable[[], bool], what: str) -> None:
            """Do it; and again where a page that was old for a moment had its controls off just then."""

            def done() -> bool:
                act()
                return soon(reached)

            until(done, what)

        def press(name: str, reached: Callable[[], bool]) -> None:
            sure(page.get_by_role("button", name=name, exact=True).click, reached, name)

        def says(words: str) -> Callable[[], bool]:
            return lambda: words in page.get_by_role("status").first.inner_text().lower()

        def holds(parameter: str, value: Callable[[float], bool] = lambda _: True) -> Callable[[], bool]:
            return lambda: parameter in guide.held() and value(guide.held()[parameter])

        follow(page, "felt")
        until(lambda: now_s() > 15.0, "the music has begun")
        press("Soften", holds("trim_db"))
        softened = wait(8.0)
        window = (softened + 4.0, softened + 8.0)
        if window[1] < STEPWISE_S - 10.0:  # the untouched one has not begun to end by then
            assert level_db(sound, *window) < level_db(untouched, *window) - 3.0
        press("Undo", lambda: guide.held() == {})
        press("Hold", holds("tempo_bpm"))
        expect(page.get_by_role("button", name="Hold", exact=True)).to_have_attribute("aria-pressed", "true")
        press("Hold", lambda: "tempo_bpm" not in guide.held())
        press("Re-match", says("re-match"))
        for name, parameter in (
            ("Calm-energy", "energy"), ("Tender-bright", "mood"), ("Density", "density"),
            ("Breath guide rate", "breath_guide_per_min"), ("Heart presence", "pulse_level"),
            ("Loudness trim", "trim_db"),
        ):  # fmt: skip
            slider = page.get_by_role("slider", name=name)
            low = float(slider.get_attribute("min") or "nan")
            lowest = holds(parameter, lambda value, low=low: value == pytest.approx(low))
            # By End first: a slider that stands at its lowest already does not move by Home.
            sure(lambda slider=slider: [slider.press(key) for key in ("End", "Home")], lowest, name)
            press(f"Give back {name.lower()}", lambda parameter=parameter: parameter not in guide.held())
            press(f"Take over {name.lower()}", holds(parameter))
        press("Give all back", lambda: guide.held() == {})
        swell = page.get_by_role("switch", name="Breath guide")
        sure(swell.click, holds("breath_depth_db", lambda value: value == 0.0), "no breath guide")
        expect(swell).not_to_be_checked()
        sure(swell.click, lambda: "breath_depth_db" not in guide.held(), "the breath guide again")
        sure(lambda: page.keyboard.press("1"), says("marked: settled"), "key 1")
        press("this moment", says("marked: this moment"))
        page.get_by_label("Marker in your own words").fill("<i>a sigh 5</i>")
        press("Mark", says("marked: <i>a sigh 5</i>"))
        expect(page.get_by_label("Marker in your own words")).to_have_value("")
        page.get_by_label("Profile").select_option("sleep")
        press("Crossfade", lambda: guide.profile.name == "sleep")
        wait(2.0)
        before = max(level_db(sound, now_s() - back, now_s() - back + 2.0) for back in (2, 4, 6, 8, 10))
        press("Silence", holds("silence"))
        hushed = wait(8.0)
        assert level_db(sound, hushed + 5.0, hushed + 8.0) < before - 8.0
        press("Resume", lambda: "silence" not in guide.held())
        wait(2.0)
        press("Stop", page.get_by_role("heading", name="After the music").is_visible)
    with Store(data) as store:
        record = store.read(sitting.id)
    (stop,) = record.stops
    assert stop.asked_by == 2
    played = np.concatenate(sound)
    assert np.max(np.abs(played[stop.frame + RATE_HZ // 4 :]), initial=0.0) < 10.0 ** (-70.0 / 20.0)
    marked = list(dict.fromkeys(each.words for each in record.markers))
    assert marked == ["settled", "this moment", "<i>a sigh 5</i>"]
    assert {intent.hand.value for intent in record.intents} == {"therapist"}
    acted = {intent.parameter for intent in record.intents}
    assert acted >= {"soften", "undo", "hold", "rematch", "hush", "resume"}


def test_a_page_that_hears_nothing_says_so_and_returns_by_itself(page: Page, data: Path) -> None:
    with playing("stale"), served(data) as another:
        page.goto(f"{another.address}/#code={another.code}")
        stop_is_alive(page)
        another.kill()
        expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Nothing heard for [1-9]"))
        for name in ("Stop", "Soften", "Undo", "settled"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        with served(data, another.port):
            stop_is_alive(page)
            expect(page.get_by_role("alert")).to_have_count(0)


def test_an_address_pasted_into_an_open_page_leads_there(
    page: Page, browser: Browser, console: Console, therapist: Script
) -> None:
    """A browser that sees only what follows the # change opens nothing anew by itself."""
    with playing("here"), playing("there"):
        follow(page, "here")
        page.goto(f"{console.address}/#room=there")
        expect(page.get_by_role("combobox", name="Room")).to_have_value("there")
        expect(page).to_have_url(f"{console.address}/#room=there")
    with closing(browser.new_context()) as context:
        unknown = context.new_page()
        unknown.goto(console.address)
        expect(unknown.get_by_label("Code")).to_be_visible()
        code = therapist.ask("POST", "/api/invitations", {"role": "therapist", "room": None})[1]["code"]
        unknown.goto(f"{console.address}/#code={code}")
        expect(unknown.get_by_role("heading", name="before the music")).to_be_visible()


SCREENS = [(1024, 768), (1280, 800)]


def test_the_live_screen_is_whole_readable_and_free_of_barriers(page: Page) -> None:
    with playing("seen"):
        follow(page, "seen")
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate("document.documentElement.scrollHeight") == height
            for control in page.get_by_role("button").all() + page.get_by_role("slider").all():
                box = control.bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["y"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["y"] + box["height"] <= height
            for name in ("Heart", "Breath", "Tempo"):
                number = page.get_by_role("group", name=name, exact=True).locator(".number")
                size = number.evaluate("(it) => getComputedStyle(it).fontSize")
                assert float(size.removesuffix("px")) >= 96.0
        assert barriers(page, enhanced=True) == []
        # Once it is known how well swell and breath go together, it stands there.
        expect(page.get_by_text(re.compile(r"breath in step [01]\.\d\d"))).to_be_visible()
        page.set_viewport_size({"width": 512, "height": 384})  # 1024 x 768 at 200 %
        assert page.evaluate("document.documentElement.scrollWidth") <= 512
        assert barriers(page) == []


def test_before_and_after_are_free_of_barriers(page: Page, data: Path) -> None:
    with playing("kept", data=data, client="k-3") as sitting:
        follow(page, "kept")
        page.get_by_role("button", name="End gently").click()
        until(lambda: sitting.plan.guide.stage.value == "end", "it ends")
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_role("heading", name="After the music")).to_be_focused()
        expect(page.get_by_label("Data")).not_to_have_value("")
        assert barriers(page) == []
    page.get_by_role("button", name="Next sitting").click()
    expect(page.get_by_role("heading", name="Calando before the music")).to_be_focused()
    page.get_by_role("button", name=re.compile("^k-3")).click()
    expect(page.get_by_role("heading", name="k-3")).to_be_visible()
    assert barriers(page) == []
