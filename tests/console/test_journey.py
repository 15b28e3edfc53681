"""A Tuesday at a clinic, from the page alone and by the keyboard alone: the third client, and the wrong code.

One test of some two minutes, so that what one screen leaves behind is what the next one finds.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import soundfile

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import expect

from engine.journal.made import of_sitting
from engine.journal.store import Store
from tests.console.barriers import barriers
from tests.console.conftest import Opener
from tests.console.keyboard import Keyboard
from tests.console.served import CHROMIUM, Script, Stream, until
from tests.roomed import Slowly, playing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]


def test_tuesday_the_third_client_under_the_wrong_code_who_withdraws(
    open_page: Opener, therapist: Script, data: Path, tmp_path: Path
) -> None:
    for code in ("k-41", "k-42"):  # this morning's
        with playing(code, data=data, client=code) as sitting:
            path = f"/api/sittings/{sitting.id}"
            until(lambda path=path: therapist.ask("GET", path)[0] == 200, "its record is begun")
    page = open_page()
    keys = Keyboard(page)
    # A typing error makes no client, and a code that looks like a name is told.
    keys.press("New client")
    keys.write("Code of the new client", "Anna Berg")
    keys.press("Use this code")
    expect(page.get_by_text("looks like a name")).to_be_visible()
    keys.press("Choose another client")
    keys.press("New client")
    keys.write("Code of the new client", "K 42")
    expect(page.get_by_text("k-42 is a client already")).to_be_visible()
    keys.press("Back to the list")
    keys.write("Search clients", "k-41")
    expect(page.get_by_role("button", name=re.compile("^k-42"))).to_have_count(0)
    keys.press(page.get_by_role("button", name=re.compile("^k-41")))  # and it is k-43 who sits there
    expect(page.get_by_text("1 sitting.")).to_be_visible()
    begin = page.get_by_role("button", name="Begin", exact=True)
    expect(begin).to_be_disabled()
    # What this clinic does on Tuesdays is kept under a name, and found again.
    keys.select("Words", "arrive")
    keys.choose(page.get_by_label("Breathe"))
    keys.choose(page.get_by_label("A SIMULATED heart", exact=True))
    keys.write("Minutes", "15")
    keys.write("Name of the template", "Tuesday")
    keys.press("Save template")
    expect(page.get_by_text("Kept as Tuesday.")).to_be_visible()
    page.reload()
    keys.press(page.get_by_role("button", name=re.compile("^k-41")))
    keys.select("Template", "Tuesday")
    expect(page.get_by_label("Breathe")).to_be_checked()
    expect(page.get_by_label("Minutes", exact=True)).to_have_value("15")
    expect(page.get_by_label("Words", exact=True)).to_have_value("arrive")
    keys.select("Words", "")
    keys.write("Goal in a sentence", "to sleep")
    keys.choose(page.get_by_label(re.compile("The listener agrees to a record")))
    keys.choose(page.locator("input[name=before-calm]").nth(3))
    keys.press("Begin")
    # During: the whole screen by keys.
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_enabled()
    said = page.get_by_role("status").first
    for control, answer in (("Soften", "soft"), ("Hold", "hold"), ("Undo", "undo")):
        keys.press(control)
        expect(said).to_contain_text(re.compile(answer, re.IGNORECASE))
    keys.press("Give back density")  # which Soften holds
    expect(page.get_by_role("button", name="Take over density")).to_be_visible()
    stop.focus()
    page.keyboard.press("2")
    expect(said).to_contain_text("tearful")
    keys.write("Marker in your own words", "a long sigh")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("a long sigh")
    keys.press("Stop")
    # After: what was measured stands in the note, what was said is the listener's.
    keys.choose(page.locator("input[name=after-calm]").nth(8))
    keys.press("Keep the rating")
    expect(page.get_by_text("after: calm 8 of 10")).to_be_visible()
    expect(page.get_by_label("Data")).not_to_have_value("")
    keys.write("Response", "slower breath")
    keys.write("Plan", "again on Thursday")
    keys.press("Keep the note")
    expect(page.get_by_text("The note is kept.")).to_be_visible()
    with Store(data) as store:
        (head, _) = store.heads(client="k-41")
        record = store.read(head.id)
    assert (head.consent, head.goals, head.profile, head.duration_s) == (True, "to sleep", "breathe", 900.0)
    assert [rating.words for rating in record.ratings] == ["calm 3 of 10", "calm 8 of 10"]
    assert [marker.words for marker in record.markers] == ["tearful", "a long sigh"]
    assert {"soften", "hold", "undo", "density"} <= {intent.parameter for intent in record.intents}
    assert "Response: slower breath\nPlan: again on Thursday" in record.notes[0].words
    assert "Assessment" not in record.notes[0].words  # nothing is invented
    # It was the wrong client: given to the right one, from the list or by a new code.
    keys.select("It was another client’s", "k-42")
    keys.press("Reassign")
    expect(page.get_by_text("The sitting is now k-42’s.")).to_be_visible()
    assert [len(_of(data, code)) for code in ("k-41", "k-42")] == [1, 2]
    # Handed on.
    forms = {"Report": b"<!doctype html>", "Report as PDF": b"%PDF", "Export CSV": b"event"}
    for link, begins in forms.items():
        with page.expect_download() as download:
            keys.press(page.get_by_role("link", name=link, exact=True))
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert file.read_bytes()[:15].lower().startswith(begins.lower())
    keys.write("A piece to take home, minutes", "1")
    keys.press("Make the piece")
    expect(page.get_by_text("ended before the music began to lead")).to_be_visible()  # it was too short
    assert barriers(page) == []
    # And consent is withdrawn.
    keys.check(page.get_by_label("The listener withdraws consent", exact=False))
    keys.press("Forget this sitting")
    expect(page.get_by_text("The sitting is forgotten")).to_be_visible()
    assert [len(_of(data, code)) for code in ("k-41", "k-42")] == [1, 1]
    keys.press("Next sitting")
    keys.select("Template", "Tuesday")
    keys.press("Delete template")
    expect(page.get_by_text("Tuesday is kept no longer.")).to_be_visible()
    assert therapist.ask("GET", "/api/templates")[1] == []


def test_a_piece_is_taken_home_and_goes_with_its_sitting(
    therapist: Script, data: Path, tmp_path: Path
) -> None:
    fast = Slowly(400.0)
    with playing("led", fast, data=data, client="k-44") as sitting, Stream(therapist, "led") as stream:
        stream.first("state", lambda state: state["snapshot"]["t"] > 190.0)
    path = f"/api/sittings/{sitting.id}"
    assert therapist.ask("GET", f"{path}/take-home?minutes=1")[0] == 404
    until(lambda: therapist.ask("GET", path)[1]["ending"] == "complete", "its record is closed")
    status, made = therapist.ask("POST", f"{path}/take-home", {"minutes": 1})
    assert (status, made) == (200, {"minutes": 1, "name": f"calando-{sitting.id}-1min.flac"})
    status, content, headers = therapist.whole("GET", f"{path}/take-home?minutes=1")
    assert (status, headers["content-type"]) == (200, "audio/flac")
    (tmp_path / "piece.flac").write_bytes(content)
    assert soundfile.info(tmp_path / "piece.flac").duration > 55.0
    with Store(data) as store:
        (remembered,) = of_sitting(store, store.find(sitting.id)[0])
    assert Path(remembered.path).read_bytes() == content
    assert therapist.ask("DELETE", path)[0] == 200
    assert not Path(remembered.path).exists()
    assert therapist.ask("GET", f"{path}/take-home?minutes=1")[0] == 404


def _of(data: Path, code: str) -> list[str]:
    with Store(data) as store:
        return [head.id for head in store.heads(client=code)]
