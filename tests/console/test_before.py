"""Before a sitting: how the strap is heard, how loud it is, how a profile sounds; by what came of it."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect

from tests.console.barriers import barriers
from tests.console.conftest import Opener
from tests.console.served import CHROMIUM, Script, Stream, served, until

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]


def level_db(sound: np.ndarray) -> float:
    return float(10.0 * np.log10(np.mean(np.square(sound)) + 1e-20))


def test_the_tone_is_heard_where_sittings_are_and_moves_by_its_slider(tmp_path: Path) -> None:
    folder = tmp_path / "sound"
    folder.mkdir()

    def seconds() -> float:
        """Of sound that has come into the folder, under whatever name it is written."""
        return sum(file.stat().st_size for file in folder.iterdir()) / (48_000 * 2 * 2)

    with served(tmp_path / "data", output=f"file:{folder / 'tone.wav'}") as console:
        therapist = console.script()

        def trim(db: float) -> None:
            assert therapist.ask("POST", "/api/checks/tone", {"trim_db": db})[0] == 200

        trim(-3.0)
        until(lambda: seconds() > 8.0, "it sounds")
        trim(-20.0)
        softer = seconds()
        until(lambda: seconds() > softer + 4.0, "it is softer")
        assert therapist.ask("POST", "/api/checks/tone", {"trim_db": 6.0})[0] == 422
        assert therapist.ask("DELETE", "/api/checks/tone")[0] == 200
    sound, rate = soundfile.read(folder / "tone.wav")
    assert rate == 48_000
    assert level_db(sound[-3 * rate : -rate]) < level_db(sound[4 * rate : 6 * rate]) - 10.0
    assert np.max(np.abs(sound[-50:])) < 0.01


def test_a_preview_is_fifteen_seconds_of_that_profile(therapist: Script) -> None:
    heard = {}
    for profile in ("relax", "energise"):
        status, content, headers = therapist.whole("GET", f"/api/profiles/{profile}/preview")
        assert (status, headers["content-type"]) == (200, "audio/flac")
        heard[profile], rate = soundfile.read(io.BytesIO(content))
        assert len(heard[profile]) == 15 * rate
        assert level_db(heard[profile]) > -40.0
    assert not np.array_equal(heard["relax"], heard["energise"])
    status, told = therapist.ask("GET", "/api/profiles/bliss/preview")
    assert status == 409
    assert "bliss" in told["words"]


def test_what_is_tried_on_the_page_is_what_the_sitting_begins_with(
    open_page: Opener, therapist: Script
) -> None:
    page = open_page()
    page.get_by_label("A SIMULATED heart", exact=True).check()
    page.get_by_role("button", name="Check the signal").click()
    expect(page.get_by_text("The SIMULATED heart is heard clearly")).to_be_visible()
    page.get_by_role("button", name="Preview Relax, 15 s").click()
    expect(page.get_by_text("Heard on this device.")).to_be_visible()
    page.get_by_role("button", name="End the preview").click()
    page.get_by_role("button", name="Sound a calm tone").click()
    volume = page.get_by_role("slider", name="Volume")
    volume.press("End")
    expect(volume).to_have_value("5")
    assert volume.get_attribute("max") == "5"
    volume.press("Home")
    for _ in range(18):
        volume.press("ArrowRight")
    assert barriers(page) == []
    page.get_by_label("Play without a record").check()
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_enabled()
    # Strap and loudspeakers are the sitting's: nothing else is heard any more.
    assert therapist.ask("GET", "/api/checks/heart")[0] == 404
    (room,) = [each["room"] for each in therapist.ask("GET", "/api/rooms")[1]]
    with Stream(therapist, room) as stream:
        # The volume is the sitting's own: no hand holds it, and what gives all back cannot lose it.
        state = stream.first("state", lambda data: data["snapshot"]["t"] > 1.0)["snapshot"]
        assert state["held"] == state["holders"] == {}
    began = Path(os.environ["XDG_RUNTIME_DIR"], "calando", f"{room}.begun").read_text()
    assert "--trim=-6.0" in Path(f"/proc/{began.split()[1]}/cmdline").read_text().split("\0")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Nothing of this sitting was kept.")).to_be_visible()
