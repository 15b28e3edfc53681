"""A knob is taught on the console: what is touched there next is what the knob becomes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect

from dsp.touch import CONTROL, MIDI, Touch
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


class Holds:
    """A watcher that knows what is held now."""

    held: frozenset[str] = frozenset()

    def moment(self, moment: Moment) -> None:
        self.held = frozenset(moment.held)


def test_a_knob_is_taught_and_does_it(
    open_page: Opener, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with playing("knobs", data=data, client="k-8", along=Along()) as sitting:
        holds = Holds()
        sitting.watchers.add(holds, at_once=True)
        page = open_page("therapist", "knobs", (1280, 800))
        page.get_by_role("button", name="All parameters").click()
        page.get_by_role("button", name="Teach a knob").click()
        expect(page.get_by_text("Touch the control that a knob shall be")).to_be_visible()
        assert barriers(page) == []
        if folder := os.environ.get("CALANDO_TEST_PICTURES"):
            page.screenshot(path=Path(folder) / "knobs.png")
        page.get_by_role("button", name="Make it the motif").click()
        expect(page.get_by_text("There is no loop to make a motif of; play something")).to_be_visible()
        page.get_by_role("button", name="Soften").click()
        expect(page.get_by_text("Move the knob, or press the pedal, that shall be soften.")).to_be_visible()
        assert holds.held == frozenset()
        sitting.touch([Touch(CONTROL, MIDI, 30, 0.2)])
        until(lambda: (tmp_path / "calando" / "controllers.toml").exists(), "the knob is learnt")
        sitting.touch([Touch(CONTROL, MIDI, 30, 1.0)])
        until(lambda: "foreground_db" in holds.held, "the knob softens")
