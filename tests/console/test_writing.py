"""The page that the listener writes on: kept as it grows, read by nobody unless shared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")
pytest.importorskip("playwright", reason="playwright is not installed: pip install 'calando[test]'")

from playwright.sync_api import APIResponse, Route, expect

from engine.journal.store import Store
from tests.console.barriers import barriers
from tests.console.conftest import Opener
from tests.console.served import CHROMIUM, Console, Script, Stream, paired, until
from tests.roomed import playing

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]


def kept(data: Path, sitting: str) -> list[tuple[str, bool, bool]]:
    """What the journal holds of the listener's pages: words, whether shared, whether of concern."""
    with Store(data) as store:
        if not store.has(sitting):
            return []
        return [(page.words, page.shared, page.concern) for page in store.read(sitting).pages]


def test_what_is_written_is_kept_seen_and_read_by_nobody_unless_shared(
    open_page: Opener, therapist: Script, data: Path
) -> None:
    secret = "1 2 3 q: my own words, <b>mine</b>"
    with playing("write", data=data, client="k-5") as sitting, Stream(therapist, "write") as stream:
        desk = open_page()
        listener = open_page("client", "write", (390, 844))
        listener.get_by_role("button", name="Write").click()
        paper = listener.get_by_label("Write whatever comes")
        expect(paper).to_be_focused()
        paper.press_sequentially(secret)
        until(lambda: kept(data, sitting.id) == [(secret, False, False)], "it is kept")
        expect(listener.get_by_text("Kept.")).to_be_visible()
        expect(desk.get_by_text("The listener writes.")).to_be_visible()
        expect(desk.get_by_role("button", name="Read what is shared")).to_have_count(0)
        assert secret not in str(stream.seen)
        assert "my own" not in str(therapist.ask("GET", f"/api/sittings/{sitting.id}/page"))
        assert "my own" not in str(therapist.whole("GET", f"/api/sittings/{sitting.id}/files/json"))
        assert sitting.plan.guide.holders() == {}
        with Store(data) as store:
            assert store.read(sitting.id).markers == ()
        # Whoever reloads finds what was written; another listener's page does not.
        listener.reload()
        listener.get_by_role("button", name="Write").click()
        expect(paper).to_have_value(secret)
        another = open_page("client", "write", (390, 844))
        another.get_by_role("button", name="Write").click()
        blank = another.get_by_label("Write whatever comes")
        expect(blank).to_have_value("")
        # For whom an empty page is hard: three questions, of which none has to be answered.
        another.get_by_role("button", name="Skip", exact=True).click()
        another.get_by_role("button", name="Answer this").click()
        expect(blank).to_be_focused()
        another.keyboard.type("in my chest")
        answered = "Does it sit somewhere in particular, or nowhere?\nin my chest"
        expect(blank).to_have_value(answered)
        until(lambda: (answered, False, False) in kept(data, sitting.id), "it is kept")
        another.get_by_role("button", name="Skip", exact=True).click()
        expect(another.get_by_role("group", name="A question, if you like")).to_have_count(0)
        for width, height in ((390, 844), (1024, 768)):
            listener.set_viewport_size({"width": width, "height": height})
            assert barriers(listener, enhanced=True) == []
            assert listener.evaluate("document.documentElement.scrollHeight") <= height
        listener.get_by_label("Share it with my therapist").check()
        desk.get_by_role("button", name="Read what is shared").click()
        expect(desk.get_by_role("region", name="What the listener shares")).to_contain_text(secret)
        assert "my own" in str(therapist.whole("GET", f"/api/sittings/{sitting.id}/files/json"))
    expect(another.get_by_text("What is different now")).to_be_visible()
    assert therapist.ask("DELETE", f"/api/sittings/{sitting.id}")[0] == 200
    assert therapist.ask("GET", f"/api/sittings/{sitting.id}/page")[1] == {
        "written": False, "concern": False, "shared": [],
    }  # fmt: skip


def test_words_of_crisis_bring_the_help_line_and_a_sign_without_the_words(
    open_page: Opener, data: Path
) -> None:
    with playing("crisis", data=data, client="k-6") as sitting:
        desk = open_page()
        listener = open_page("client", "crisis", (390, 844))
        listener.get_by_role("button", name="Write").click()
        paper = listener.get_by_label("Write whatever comes")
        paper.fill("It was a long day. I want to end my life. The rain is loud.")
        expect(listener.get_by_text("Please talk to somebody now")).to_be_visible()
        sign = "The listener wrote something you may want to ask about."
        expect(desk.get_by_text(sign)).to_be_visible()
        assert "end my life" not in desk.content()
        paper.fill("The rain is loud.")  # crossed out, and the sign stays
        until(lambda: kept(data, sitting.id) == [("The rain is loud.", False, True)], "it is kept anew")
        expect(desk.get_by_text(sign)).to_be_visible()
        expect(listener.get_by_text("Please talk to somebody now")).to_be_visible()


def test_a_late_look_at_the_page_does_not_take_the_sign_away(open_page: Opener, data: Path) -> None:
    with playing("late", data=data, client="k-7"):
        desk = open_page()
        held: list[tuple[Route, APIResponse]] = []
        desk.route("**/api/sittings/*/page", lambda route: held.append((route, route.fetch(max_retries=5))))
        desk.reload()
        while not held:
            desk.wait_for_timeout(20)
        listener = open_page("client", "late", (390, 844))
        listener.get_by_role("button", name="Write").click()
        listener.get_by_label("Write whatever comes").fill("I want to end my life.")
        sign = desk.get_by_text("The listener wrote something you may want to ask about.")
        expect(sign).to_be_visible()
        (route, empty), = held
        assert empty.json() == {"written": False, "concern": False, "shared": []}
        with desk.expect_response("**/api/sittings/*/page") as late:
            route.fulfill(response=empty)
        late.value.finished()
        desk.wait_for_timeout(300)  # time in which it would be taken away
        expect(sign).to_be_visible()


def test_without_a_record_nothing_is_kept_and_the_page_says_so(console: Console, therapist: Script) -> None:
    with playing("unkept") as sitting:
        code = therapist.ask("POST", "/api/invitations", {"role": "client", "room": "unkept"})[1]["code"]
        listener = paired(console.port, code)
        page = listener.ask("GET", "/api/rooms/unkept/page")[1]
        assert page["kept"] is False
        body = {"sitting": sitting.id, "leaf": page["leaf"], "words": "a word"}
        assert listener.ask("POST", "/api/rooms/unkept/page", body) == (200, {"kept": False, "help": None})
        foreign = {**body, "leaf": "00000000-00000000"}
        assert listener.ask("POST", "/api/rooms/unkept/page", foreign)[0] == 403
        assert therapist.ask("POST", "/api/rooms/unkept/page", body)[0] == 403
        late = {**body, "sitting": "20200101-000000-aaaa"}
        assert listener.ask("POST", "/api/rooms/unkept/page", late)[0] == 409
