"""A strap of a tablet's, passed on to the room: by the API, and from the page by Web Bluetooth."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from engine.door.relay import sensor_in
from tests.console.served import PATIENCE_S, Console, Script, Stream, paired
from tests.roomed import Slowly, playing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")

STRAP = """
  // No browser without a display has Web Bluetooth: a strap of 64 a minute, as far as the page can tell.
  class Characteristic extends EventTarget {
    async startNotifications() {
      setInterval(() => {
        this.value = new DataView(new Uint8Array([0x10, 64, 0xc0, 0x03]).buffer);
        this.dispatchEvent(new Event("characteristicvaluechanged"));
      }, 937.5);
    }
  }
  class Gatt {
    constructor() { this.beats = new Characteristic(); }
    async connect() { return this; }
    async getPrimaryService() { return this; }
    async getCharacteristic() { return this.beats; }
    disconnect() {}
  }
  const device = Object.assign(new EventTarget(), { name: "Polar H10 A1B2", gatt: new Gatt() });
  Object.defineProperty(navigator, "bluetooth", { value: { requestDevice: async () => device } });
"""


def packets(*at_ms: float) -> dict[str, object]:
    raw = [{"at_ms": at, "raw": "103c0004"} for at in at_ms]
    return {"link": "link-00000001", "strap": "H10", "packets": raw}


def test_who_may_pass_on_to_which_room(console: Console, therapist: Script) -> None:
    with playing("simulated"), playing("relayed", Slowly(1.0), heart=sensor_in("relayed", "relay:")):
        assert therapist.ask("POST", "/api/rooms/relayed/beats", packets(1000, 2000))[0] == 200
        with Stream(therapist, "relayed") as stream:
            stream.first("state", lambda data: data["snapshot"]["link"] == "live")
        for role, room, status in (
            ("client", "relayed", 200), ("client", "simulated", 403), ("display", "relayed", 403),
        ):  # fmt: skip
            asked = {"role": role, "room": "relayed"}
            code = therapist.ask("POST", "/api/invitations", asked)[1]["code"]
            script = paired(console.port, code)
            assert script.ask("POST", f"/api/rooms/{room}/beats", packets(90_000))[0] == status
        refused = therapist.ask("POST", "/api/rooms/simulated/beats", packets(1000))
        assert refused[0] == 409
        assert "relay:" in refused[1]["words"]
        assert therapist.ask("POST", "/api/rooms/nowhere/beats", packets(1000))[0] == 404
        assert Script(console.port).ask("POST", "/api/rooms/relayed/beats", packets(1000))[0] == 401


@pytest.fixture
def tablet(console: Console, therapist: Script) -> Iterator[Page]:
    """A listener's page on a tablet whose browser hears straps."""
    asked = {"role": "client", "room": "tablet"}
    code = therapist.ask("POST", "/api/invitations", asked)[1]["code"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(PATIENCE_S * 1000.0)
        expect.set_options(timeout=PATIENCE_S * 1000.0)
        page.add_init_script(STRAP)
        page.goto(f"{console.address}/#code={code}")
        yield page
        browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium")
def test_a_touch_on_the_page_brings_the_strap_beside_it_into_the_room(
    tablet: Page, therapist: Script
) -> None:
    with playing("tablet", Slowly(1.0), heart=sensor_in("tablet", "relay:")):
        tablet.get_by_role("button", name="Strap of this device").click()
        expect(tablet.get_by_role("status", name="Strap")).to_have_text("Polar H10 A1B2 is heard.")
        with Stream(therapist, "tablet") as stream:
            heard = stream.first("state", lambda data: data["snapshot"]["hr_bpm"] is not None)
        assert round(heard["snapshot"]["hr_bpm"]) in (62, 63, 64)
        assert not Axe().run(tablet).response["violations"]
