"""The console for other eyes: colours that somebody has chosen, less motion, everything twice as large."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import Locator, Page, expect

from tests.console.barriers import barriers
from tests.console.conftest import Opener
from tests.console.served import CHROMIUM
from tests.roomed import playing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

LOST = """() => [...document.querySelectorAll("button, input, select, textarea")].filter((it) => {
  if (it.offsetParent === null && getComputedStyle(it).position !== "fixed") return false;  // not shown
  it.scrollIntoView({ block: "nearest" });
  const { left, right, top, bottom } = it.getBoundingClientRect();
  const edged = it.tagName !== "BUTTON" || getComputedStyle(it).borderTopStyle !== "none";
  return !edged || left < -1 || right > innerWidth + 1 || bottom < 1 || top > innerHeight - 1;
}).map((it) => it.outerHTML)"""
"""Controls that no scrolling brings, and buttons that are told by their ground alone."""

MOVES = "document.getAnimations().some((each) => each.playState === 'running')"

GROUND = "(it) => getComputedStyle(it).backgroundColor"


def differs(one: Locator, other: Locator) -> bool:
    return one.evaluate(GROUND) != other.evaluate(GROUND)


def seen(page: Page) -> None:
    """Nothing of it is lost to who looks in all three ways at once; they stay."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.set_viewport_size({"width": 512, "height": 384})  # 1024 x 768 at 200 %
    # Whose colours are chosen has chosen the contrast: axe still reads those of the sheet.
    assert [each for each in barriers(page) if "contrast" not in each] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 512
    assert page.evaluate(LOST) == []
    assert not page.evaluate(MOVES)


def test_every_screen_of_a_sitting_stands_in_chosen_colours_without_motion_and_twice_as_large(
    open_page: Opener, data: Path
) -> None:
    with playing("seen", data=data, client="k-9"):
        listener = open_page("client", "seen", (390, 844))
        expect(listener.get_by_role("button", name="Less", exact=True)).to_be_enabled()
        seen(listener)
        assert differs(listener.locator(".disc"), listener.locator("main"))
        light = listener.locator(".light").bounding_box()
        wishes = listener.get_by_role("group").bounding_box()
        disc = listener.locator(".disc").evaluate("(it) => it.offsetHeight")
        assert light is not None
        assert wishes is not None
        assert disc <= light["height"] <= wishes["y"]
        desk = open_page()
        stop = desk.get_by_role("button", name="Stop", exact=True)
        expect(stop).to_be_enabled()
        seen(desk)
        stop.click()
        expect(desk.get_by_role("heading", name="After the music")).to_be_focused()
        seen(desk)
        chosen = desk.locator(".scale span")
        desk.get_by_role("radio", name="7", exact=True).first.check(force=True)
        assert differs(chosen.nth(7), chosen.nth(6))
