"""The console's API, over the wire: what it sees, what it does, and that the music never depends on it."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the console's packages are not installed: pip install 'calando[live]'")

from engine.door.messages import AnyWish, TouchWish
from engine.journal.store import Store
from tests.console.served import Console, Script, Stream, paired, served, until
from tests.roomed import Stepwise, playing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rooms need Unix sockets")


def test_a_touch_is_acknowledged_twice_and_done_once(therapist: Script) -> None:
    with playing("twice") as sitting, Stream(therapist, "twice") as stream:
        assert stream.first("hello")["sitting"] == sitting.id
        wish = {"kind": "touch", "parameter": "trim_db", "value": -4.0}
        status, taken = therapist.touch("twice", sitting.id, wish, "key-00000001")
        assert (status, taken["done"]) == (200, True)
        assert "therapist" in taken["words"]
        sounding = stream.first("sounding", lambda data: data["id"] == "key-00000001")
        assert sounding["frame"] == taken["frame"]
        heard = stream.first("state", lambda data: data["snapshot"]["held"].get("trim_db") == -4.0)
        assert heard["snapshot"]["holders"]["trim_db"] == "therapist"
        # Sent again it is answered again, and the same key means nothing else.
        assert therapist.touch("twice", sitting.id, wish, "key-00000001") == (200, taken)
        other = {**wish, "value": -9.0}
        assert therapist.touch("twice", sitting.id, other, "key-00000001")[0] == 409
        assert sitting.plan.guide.held()["trim_db"] == -4.0


def test_a_late_touch_never_acts_on_the_next_client(therapist: Script) -> None:
    with playing("late") as first, Stream(therapist, "late") as stream:
        stream.first("hello")
    with playing("late") as second:
        act = {"kind": "act", "name": "hush"}
        until(lambda: therapist.ask("GET", "/api/rooms")[1][0]["sitting"] == second.id, "it is seen")
        assert therapist.touch("late", first.id, act, "late-touch-1")[0] == 409
        assert therapist.ask("POST", "/api/rooms/late/stop", {"sitting": first.id})[0] == 409
        assert second.plan.guide.holders() == {}
        assert therapist.touch("late", second.id, act, "late-touch-2")[0] == 200


def test_whoever_comes_late_is_told_the_sitting_so_far(therapist: Script) -> None:
    with playing("so-far") as sitting:
        with Stream(therapist, "so-far") as early:
            early.first("state", lambda data: data["snapshot"]["t"] > 5.0)
            mark = {"kind": "mark", "words": "a <b>sigh</b>"}
            _, taken = therapist.touch("so-far", sitting.id, mark, "mark-0001")
            assert not taken["done"]
            assert taken["words"].startswith("Nothing of this sitting is kept, so this mark is in no record")
            mark = early.first("event", lambda data: data["kind"] == "mark")
        with Stream(therapist, "so-far") as late:
            hello = late.first("hello")
        assert mark in [{**said, "type": "event"} for said in hello["said"]]
        times = hello["history"]["t"]
        assert times == sorted(times)
        assert len(times) >= 5
        assert len({len(column) for column in hello["history"].values()}) == 1


def test_every_control_is_in_the_document(therapist: Script) -> None:
    document = json.dumps(therapist.ask("GET", "/api/openapi.json")[1])
    kinds = [wish.__name__ for wish in AnyWish.__args__[0].__args__]  # type: ignore[attr-defined]
    assert TouchWish.__name__ in kinds
    for kind in kinds:
        assert f'"{kind}"' in document
    for path in ("/api/sittings", "/api/rooms/{room}/touches", "/api/rooms/{room}/stop"):
        assert f'"{path}"' in document


def test_the_console_killed_again_and_again_changes_no_sample_and_knows_its_devices(data: Path) -> None:
    alone: list[np.ndarray] = []
    with playing("alone", Stepwise(alone)):
        pass
    watched: list[np.ndarray] = []
    stepping = Stepwise(watched)
    token = ""
    with playing("watched", stepping) as sitting:
        for _ in range(3):
            with served(data) as console:
                script = Script(console.port, token) if token else console.script()
                token = script.token
                with Stream(script, "watched") as stream:
                    assert stream.first("hello")["sitting"] == sitting.id
                    stepping.go_on(50)
                    stream.first("state")
                    console.kill()
    assert np.array_equal(np.concatenate(alone), np.concatenate(watched))


def test_of_two_who_begin_in_one_room_at_once_one_is_told_so_and_nobody_gets_the_other_s_sitting(
    data: Path,
) -> None:
    with served(data) as console:
        first = console.script()
        code = first.ask("POST", "/api/invitations", {"role": "therapist", "room": None})[1]["code"]
        second = paired(console.port, code, None)
        found: dict[str, tuple[int, Any]] = {}

        def begin(script: Script, client: str) -> None:
            beginning = {"room": "both", "client": client, "sensor": "sim", "consent": True, "minutes": 10}
            found[client] = script.ask("POST", "/api/sittings", beginning)

        begins = [
            threading.Thread(target=begin, args=each) for each in ((first, "k-51"), (second, "k-52"))
        ]
        for each in begins:
            each.start()
        for each in begins:
            each.join()
        (won,) = [client for client, (status, _) in found.items() if status == 200]
        (lost,) = [told["words"] for status, told in found.values() if status == 409]
        assert "the room both" in lost
        (room,) = [each for each in first.ask("GET", "/api/rooms")[1] if each["room"] == "both"]
        assert (room["client"], room["sitting"]) == (won, found[won][1]["sitting"])
        assert first.ask("POST", "/api/rooms/both/stop", {"sitting": room["sitting"]})[0] == 200


def test_a_sitting_that_the_console_began_outlives_it_and_ends_with_a_whole_record(data: Path) -> None:
    with served(data) as console:
        script = console.script()
        beginning = {
            "room": "begun", "client": "k-7", "sensor": "sim", "consent": True, "goal": "--rest; 'quoted'",
            "before": {"calm": 3}, "minutes": 10,
        }  # fmt: skip
        under = {"idempotency-key": "begun-once"}
        status, begun = script.ask("POST", "/api/sittings", beginning, under)
        assert status == 200, begun
        status, told = script.ask("POST", "/api/sittings", beginning)
        assert status == 409
        assert "plays already" in told["words"]
        console.kill()
    with served(data) as after:
        again = Script(after.port, script.token)
        assert again.ask("POST", "/api/sittings", beginning, under) == (200, begun)  # it is not begun twice
        with Stream(again, "begun") as stream:
            assert stream.first("hello")["sitting"] == begun["sitting"]
            stream.first("state")
            assert again.ask("POST", "/api/rooms/begun/stop", {"sitting": begun["sitting"]})[0] == 200
            stream.first("over")
        path = f"/api/sittings/{begun['sitting']}"
        until(lambda: again.ask("GET", path)[1].get("ending") == "complete", "the record is closed")
        whole = again.ask("GET", path)[1]
        assert (whole["client"], whole["consent"], whole["goal"]) == ("k-7", True, "--rest; 'quoted'")
        assert whole["ratings"] == ["before: calm 3 of 10"]


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
NOTE = f"Data: =1+1\u00a0{FAMILY} {PERSIAN}\nPlan: <script>"
"""With a space that does not break, a family that is joined, and a Persian word that is not."""


def test_what_cannot_begin_says_why_in_one_sentence(therapist: Script) -> None:
    for wrong in ({"profile": "bliss"}, {"sensor": "telepathy"}, {"target": 210}):
        status, told = therapist.ask("POST", "/api/sittings", {"room": "wrong", "sensor": "sim", **wrong})
        assert status == 409
        assert 10 < len(told["words"]) < 500
        assert "\n" not in told["words"]


def test_after_a_sitting_it_is_rated_noted_given_to_another_and_forgotten(
    therapist: Script, data: Path
) -> None:
    with playing("after", data=data, client="k-1") as sitting, Stream(therapist, "after") as stream:
        stream.first("state", lambda data: data["snapshot"]["t"] > 3.0)
        path = f"/api/sittings/{sitting.id}"
        until(lambda: therapist.ask("GET", path)[0] == 200, "the record is begun")
        assert therapist.ask("DELETE", path)[0] == 409  # it plays
    assert therapist.ask("POST", f"{path}/ratings", {"when": "after", "calm": 8, "pleasant": 5})[0] == 200
    assert therapist.ask("POST", f"{path}/notes", {"words": NOTE})[0] == 200
    assert therapist.ask("POST", f"{path}/client", {"code": "k-2"})[0] == 200
    assert therapist.ask("POST", f"{path}/client", {"code": "k-2"})[0] == 409
    whole = therapist.ask("GET", path)[1]
    assert whole["client"] == "k-2"
    assert whole["ratings"] == ["after: calm 8 of 10, pleasant 5 of 10"]
    assert [note["words"] for note in whole["notes"]] == [NOTE]
    codes = {each["code"]: each["sittings"] for each in therapist.ask("GET", "/api/clients")[1]}
    assert codes["k-2"] == 1
    assert "looks like a name" in therapist.ask("GET", "/api/client?code=Anna%20Berg")[1]["warning"]
    for form in ("report", "csv", "json"):
        status, content, headers = therapist.whole("GET", f"{path}/files/{form}")
        assert status == 200
        assert headers["content-disposition"].startswith("attachment")
        assert b"<script>" not in content or form != "report"
    assert therapist.ask("DELETE", path)[0] == 200
    assert therapist.ask("GET", path)[0] == 404
    with Store(data) as store:
        assert not store.has(sitting.id)


def test_a_listener_may_wish_and_a_screen_may_look_and_no_more(console: Console, therapist: Script) -> None:
    from tests.console.served import paired

    later = ExitStack()
    with playing("roles", client="k-61") as sitting, playing("other") as other:
        codes = {
            role: therapist.ask("POST", "/api/invitations", {"role": role, "room": "roles"})[1]["code"]
            for role in ("client", "display")
        }
        client, screen = (paired(console.port, codes[role]) for role in ("client", "display"))
        less, soften = {"kind": "act", "name": "less"}, {"kind": "act", "name": "soften"}
        assert client.touch("roles", sitting.id, less, "client-01")[0] == 200
        assert sitting.plan.guide.holders() == {"energy": "listener"}
        assert client.touch("roles", sitting.id, soften, "client-02")[0] == 403
        assert client.touch("other", other.id, less, "client-03")[0] == 403
        assert screen.touch("roles", sitting.id, less, "screen-01")[0] == 403
        assert screen.ask("POST", "/api/rooms/roles/stop", {"sitting": sitting.id})[0] == 403
        for path in ("/api/devices", "/api/clients", "/api/profiles"):
            assert client.ask("GET", path)[0] == 403
        # Whose sitting it is, a therapist alone is told.
        with Stream(therapist, "roles") as stream:
            assert stream.first("hello")["facts"]["client"] == "k-61"
        assert [each["client"] for each in client.ask("GET", "/api/rooms")[1]] == [None]
        with Stream(screen, "roles") as stream:
            assert stream.first("hello")["facts"]["client"] is None
            stream.first("state")
            device = screen.ask("GET", "/api/me")[1]["id"]
            assert therapist.ask("DELETE", f"/api/devices/{device}")[0] == 200
            assert screen.ask("GET", "/api/me")[0] == 401
        early = therapist.ask("POST", "/api/invitations", {"role": "client", "room": "roles"})[1]["code"]
        page = later.enter_context(Stream(client, "roles"))
        page.first("state")
        assert client.ask("POST", "/api/rooms/roles/stop", {"sitting": sitting.id})[0] == 200
        page.first("over")
    # The next sitting there is another listener's: the telephone of the last one is shown out, by its open
    # page and by every request; one that waits for this sitting is let in.
    waits = paired(console.port, early)
    with later, playing("roles", client="k-62") as following:
        until(lambda: waits.touch("roles", following.id, less, "client-04")[0] == 200, "it is not let in")
        until(lambda: page.ended, "the last listener's page stays open")
        for method, path, body in (
            ("GET", "/api/me", None), ("GET", "/api/rooms", None),
            ("POST", "/api/rooms/roles/stop", {"sitting": following.id}),
        ):  # fmt: skip
            assert client.ask(method, path, body)[0] == 401
        assert client.touch("roles", following.id, less, "client-05")[0] == 401
        assert following.plan.guide.holders() == {"energy": "listener"}
