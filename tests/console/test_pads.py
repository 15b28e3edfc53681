"""Pads and a strip on the listener's page: what fingers and keys do there is played, and all of it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect

from dsp.telemetry import Played
from dsp.touch import NOTE_OFF, NOTE_ON, PADS
from engine.along import Along
from engine.session import Moment
from tests.console.barriers import barriers
from tests.console.conftest import Opener
from tests.console.served import CHROMIUM, until
from tests.roomed import playing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]


class Hears:
    """A watcher that remembers what the sound has felt."""

    def __init__(self) -> None:
        self.felt: list[tuple[int, int]] = []

    def moment(self, moment: Moment) -> None:
        touches = [news.touch for news in moment.news if isinstance(news, Played)]
        self.felt += [(touch.kind, touch.key) for touch in touches if touch.player == PADS]

    def keys(self, kind: int) -> list[int]:
        return [key for each, key in self.felt if each == kind]


def test_a_finger_on_a_pad_or_the_strip_is_played_and_what_goes_down_comes_up(
    open_page: Opener, data: Path
) -> None:
    with playing("pads", data=data, client="k-7", along=Along()) as sitting:
        hears = Hears()
        sitting.watchers.add(hears, at_once=True)
        listener = open_page("client", "pads", (390, 844))
        listener.get_by_role("button", name="Play along").click()
        first, last = (listener.get_by_role("button", name=f"Pad {n}") for n in (1, 8))
        expect(first).to_be_visible()
        assert barriers(listener) == []
        if folder := os.environ.get("CALANDO_TEST_PICTURES"):
            listener.screenshot(path=Path(folder) / "pads.png")
        first.click()
        last.click()
        until(lambda: len(hears.keys(NOTE_OFF)) == 2, "both pads are let go")
        low, high = hears.keys(NOTE_ON)
        assert low < high
        first.focus()
        listener.keyboard.down(" ")
        until(lambda: hears.keys(NOTE_ON)[2:] == [low], "the space bar presses a pad")
        listener.keyboard.up(" ")
        until(lambda: hears.keys(NOTE_OFF)[2:] == [low], "and lets it go")
        # Along the strip one key follows the other, each let go before the next.
        box = listener.locator(".strip").bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        listener.mouse.move(box["x"] + 10, y)
        listener.mouse.down()
        listener.mouse.move(box["x"] + box["width"] - 10, y, steps=12)
        listener.mouse.up()
        until(lambda: len(hears.keys(NOTE_OFF)) == len(hears.keys(NOTE_ON)) > 8, "the strip is let go")
        slid = hears.keys(NOTE_ON)[3:]
        assert slid == sorted(set(slid))
        assert slid[-1] - slid[0] > 24
        listener.get_by_role("button", name="Keep it").click()
        expect(listener.get_by_text("There is no loop to keep; play something")).to_be_visible()
        # A page that goes with a finger on it leaves no key down.
        first.hover()
        listener.mouse.down()
        until(lambda: hears.keys(NOTE_ON)[-1] == low, "a finger is down")
        listener.close(run_before_unload=True)
        until(lambda: hears.keys(NOTE_OFF)[-1] == low, "the page has gone, and its key with it")
    with playing("alone", data=data, client="k-8"):
        listener = open_page("client", "alone", (390, 844))
        expect(listener.get_by_role("button", name="Write")).to_be_visible()
        expect(listener.get_by_role("button", name="Play along")).to_have_count(0)
