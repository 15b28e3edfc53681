"""The door: other processes see and touch a sitting, and whatever becomes of them the samples stay."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from dsp.stop_page import StopPage
from dsp.telemetry import Played
from dsp.touch import NOTE_OFF, NOTE_ON, PADS, Touch
from engine.along import NOBODY, Along
from engine.desk import Ask, Mark
from engine.door.door import Door
from engine.door.messages import LONGEST_LINE, Answered, Hello, Over, State
from engine.door.rooms import RoomError, open_rooms, socket_path, stop_path
from engine.door.visit import Visit
from engine.guide.music_state import Hand
from engine.session import Moment
from tests.calando import calando, start
from tests.roomed import IN_ROOMS, PATIENCE_S, TICKS, Stepwise, playing

pytestmark = [*IN_ROOMS]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.door.visit.ANSWER_S", PATIENCE_S)


def test_a_visitor_sees_states_events_and_the_answer_to_what_it_asks() -> None:
    with playing("one") as sitting:
        with Visit("one", "test") as visit:
            hello = visit.hello
            assert (hello.room, hello.sitting, hello.version) == ("one", sitting.id, 1)
            assert hello.facts is not None
            assert hello.facts["title"] == "Relax"
            answer = visit.ask({"kind": "act", "name": "soften"})
            assert answer.done
            assert "therapist" in answer.words
            seen = [next(visit.messages(PATIENCE_S)) for _ in range(50)]
            states = [message for message in seen if isinstance(message, State)]
            assert states
            assert states[-1].snapshot["holders"]["trim_db"] == "therapist"
            times = [state.snapshot["t"] for state in states]
            assert times == sorted(set(times))
        with Visit("one", "late") as late:
            assert [entry["t"] for entry in late.hello.history] == sorted(e["t"] for e in late.hello.history)
            assert late.hello.history
            sitting.stop()
            for message in late.messages(PATIENCE_S):
                if isinstance(message, Over):
                    break
            assert message.sitting == sitting.id


def test_what_a_visitor_plays_is_heard_at_once_and_let_go_where_its_finger_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.door.door.HELD_S", 0.2)
    felt: list[Played] = []

    class Hears:
        def moment(self, moment: Moment) -> None:
            felt.extend(news for news in moment.news if isinstance(news, Played))

    def wait_for(kind: int, count: int) -> list[Touch]:
        until_s = time.monotonic() + PATIENCE_S
        while sum(each.touch.kind == kind for each in felt) < count:
            assert time.monotonic() < until_s, felt
            time.sleep(0.01)
        return [each.touch for each in felt if each.touch.kind == kind]

    with playing("pads", along=Along()) as sitting, Visit("pads", "test") as visit:
        sitting.watchers.add(Hears(), at_once=True)
        assert visit.hello.facts is not None
        assert visit.hello.facts["along"]
        down = {"kind": "play", "keys": [{"key": 60, "value": 0.5}, {"key": 64, "value": 1.0}]}
        assert visit.ask(down, "listener").done
        first, second = wait_for(NOTE_ON, 2)
        assert (first.player, first.key, first.value) == (PADS, 60, 0.5)
        assert (second.player, second.key, second.value) == (PADS, 64, 1.0)
        assert {t.key for t in wait_for(NOTE_OFF, 2)} == {60, 64}
        assert visit.ask({"kind": "loop", "what": "4"}).id
        with pytest.raises(ValidationError):
            visit.ask({"kind": "play", "keys": [{"key": 128, "value": 0.5}]})
    with playing("alone"), Visit("alone", "test") as visit:
        answer = visit.ask(down)
        assert (answer.done, answer.words) == (False, NOBODY)


def test_what_cannot_be_meant_is_refused_in_one_sentence_and_costs_nothing() -> None:
    with playing("refusals") as sitting, Visit("refusals") as visit:
        refused = [
            visit.ask({"kind": "touch", "parameter": "volume", "value": 1.0}),
            visit.ask({"kind": "act", "name": "explode"}),
            visit.ask({"kind": "mark", "words": "x" * 10_000}),
            visit.ask({"kind": "turn", "profile": "bliss"}),
            visit.ask({"kind": "rate", "when": "before", "calm": 11.0}),
        ]
        for answer in refused:
            assert not answer.done
            assert "\n" not in answer.words.strip()
            assert 10 < len(answer.words) < 400
        visit.hello.sitting = "20200101-000000-bcdf"
        assert "over" in visit.ask({"kind": "act", "name": "less"}).words
        visit.hello.sitting = sitting.id
        assert visit.ask({"kind": "act", "name": "less"}).done


@pytest.mark.parametrize("recorded", [True, False])
def test_what_only_a_record_would_keep_is_refused_where_there_is_none(recorded: bool, tmp_path: Path) -> None:
    wishes = {
        "mark": {"kind": "mark", "words": "a sigh"},
        "line of a song": {"kind": "mark", "words": "/ the water is wide"},
        "note": {"kind": "note", "words": "warm hands"},
        "rating": {"kind": "rate", "when": "before", "calm": 3.0},
    }
    with playing("kept", data=tmp_path if recorded else None), Visit("kept", "test") as visit:
        for what, wish in wishes.items():
            answer = visit.ask(wish, "listener")
            assert answer.done == recorded
            assert (f"so this {what} is in no record" in answer.words) != recorded


def test_the_first_that_a_visitor_hears_is_the_hello(monkeypatch: pytest.MonkeyPatch) -> None:
    with Door("first") as door:
        hello = door._hello

        def told_meanwhile() -> bytes:
            telling = threading.Thread(target=lambda: door._tell_all(Over(sitting="another")), daemon=True)
            telling.start()
            telling.join(0.2)
            return hello()

        monkeypatch.setattr(door, "_hello", told_meanwhile)
        for _ in range(3):
            with Visit("first") as visit:
                assert visit.hello.room == "first"


def test_a_room_that_takes_nobody_in_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.door.door.MOST_VISITORS", 1)
    monkeypatch.setattr("engine.door.visit.ANSWER_S", 0.2)
    with Door("full"), Visit("full"), pytest.raises(RoomError, match="room full takes nobody in"):
        Visit("full")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dumb:
        dumb.bind(str(socket_path("dumb")))
        dumb.listen(1)
        with pytest.raises(RoomError, match="room dumb takes nobody in"):
            Visit("dumb")


def test_a_room_full_of_guests_who_wait_is_no_empty_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the interpreter of who plays there is held for long."""
    monkeypatch.setattr("engine.door.visit.ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dumb, ExitStack() as waiting:
        dumb.bind(str(socket_path("dumb")))
        dumb.listen(0)
        with suppress(BlockingIOError):  # until no more may wait
            for _ in range(64):
                guest = waiting.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                guest.setblocking(False)
                guest.connect(str(socket_path("dumb")))
        assert open_rooms() == ["dumb"]
        with pytest.raises(RoomError, match="Another sitting"):
            Door("dumb").__enter__()
        with pytest.raises(RoomError, match="room dumb takes nobody in"):
            Visit("dumb")


def test_of_many_who_open_one_room_at_once_one_has_it_and_is_found_there() -> None:
    doors = [Door("wanted") for _ in range(8)]
    together, opened = threading.Barrier(len(doors)), list[Door]()

    def open_it(door: Door) -> None:
        together.wait(PATIENCE_S)
        with suppress(RoomError):
            opened.append(door.__enter__())

    threads = [threading.Thread(target=open_it, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    (door,) = opened
    with Visit("wanted") as visit:
        assert visit.hello.sitting is None
    door.__exit__(None, None, None)
    assert open_rooms() == []


@pytest.mark.parametrize("line", [
    b"nonsense", b"{}", b"[1, 2]", b'{"type": "ask"}', b'{"type": "stop", "room": "hostile"}', b"\xff\xfe",
    b'{"type": "ask", "room": "hostile", "sitting": "x", "id": "", "source": "s", "wish": {"kind": "undo"}}',
    b'{"type": "ask", "more": 1}', b"[" * 5000,
])  # fmt: skip
def test_hostile_lines_are_answered_and_the_connection_lives(line: bytes) -> None:
    with playing("hostile"), Visit("hostile") as visit:
        visit._connection.sendall(line + b"\n")
        answers = (message for message in visit.messages(PATIENCE_S) if isinstance(message, Answered))
        assert not next(answers).done
        assert visit.ask({"kind": "act", "name": "less"}).done


def test_a_line_without_an_end_is_cut_off_and_nothing_else() -> None:
    with playing("endless"), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as raw:
        raw.connect(str(socket_path("endless")))
        raw.settimeout(PATIENCE_S)
        raw.sendall(b"x" * (2 * LONGEST_LINE))
        told = b""
        while came := raw.recv(65_536):
            told += came
        assert b"at most" in told
        with Visit("endless") as visit:
            assert visit.ask({"kind": "act", "name": "less"}).done


def test_the_same_id_is_done_once_and_answered_again() -> None:
    with playing("twice") as sitting, Visit("twice") as visit:
        for _ in range(2):
            visit._send({"kind": "act", "name": "less"}, "listener", "the-same")
            answers = (m for m in visit.messages(PATIENCE_S) if isinstance(m, Answered))
            assert next(answers).id == "the-same"
        visit.ask({"kind": "act", "name": "more"}, "listener")
        assert sitting.plan.guide.holders() == {"energy": Hand.LISTENER}
        assert sitting.plan.guide._hands.value("energy") == pytest.approx(0.0)


def test_the_socket_is_its_owners_alone_and_a_dead_ones_is_taken_over() -> None:
    path = socket_path("mine")
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(path))
    dead.close()
    assert open_rooms() == []
    with Door("mine"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o077 == 0
        assert open_rooms() == ["mine"]
        with pytest.raises(RoomError, match="Another sitting"):
            Door("mine").__enter__()
    assert not path.exists()
    for name in ("", "../up", "a b", "x" * 40):
        with pytest.raises(RoomError, match="no name"):
            socket_path(name)


VISITOR = """
import sys
from engine.door.visit import Visit
with Visit(sys.argv[1], "victim") as visit:
    print("in", flush=True)
    if sys.argv[2] == "stall":
        import time
        time.sleep(600)
    for message in visit.messages():
        pass
"""


def come_and_be_killed(room: str, output: Stepwise) -> None:
    """Raw connections that break off at any moment, then whole processes; meanwhile the sitting goes on."""
    rng = random.Random(1)
    for _ in range(200):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as raw, suppress(ConnectionError):
            raw.connect(str(socket_path(room)))
            raw.settimeout(PATIENCE_S)
            if rng.random() < 0.5:
                raw.recv(rng.choice((1, 100, 5000)))
            raw.sendall(rng.choice((b"", b"half a li", b"{}\n", b'{"type": "ask"')))
            output.go_on(1)
    for how in ("read", "stall", "read"):
        victim = subprocess.Popen(
            [sys.executable, "-c", VISITOR, room, how], stdout=subprocess.PIPE, text=True
        )
        assert victim.stdout is not None
        assert victim.stdout.readline() == "in\n"
        output.go_on(20)
        victim.send_signal(signal.SIGKILL if how == "read" else signal.SIGSTOP)
        output.go_on(20)
        victim.kill()
        victim.wait(PATIENCE_S)
        victim.stdout.close()


def test_whoever_is_killed_or_stalls_on_the_other_side_changes_no_sample() -> None:
    sounds: list[list[np.ndarray]] = [[], []]
    for sound, room in zip(sounds, ("alone", "crowd"), strict=True):
        output = Stepwise(sound)
        with playing(room, output):
            try:
                if room == "crowd":
                    come_and_be_killed(room, output)
            finally:
                output.go_on(TICKS)
    alone, crowded = (np.concatenate(sound) for sound in sounds)
    assert np.array_equal(alone, crowded)


def test_asks_of_a_sitting_and_of_its_door_meet_at_one_desk() -> None:
    moments: list[Moment] = []

    class Sees:
        def moment(self, moment: Moment) -> None:
            moments.append(moment)

    with playing("desk") as sitting:
        sitting.watchers.add(Sees(), at_once=True)
        sitting.desk.put(Ask(Mark("from here")))
        with Visit("desk", "tablet") as visit:
            visit.ask({"kind": "mark", "words": "from there"})
    marks = {(a.wish.words, a.source) for m in moments for a in m.asks if isinstance(a.wish, Mark)}
    assert marks == {("from here", "api"), ("from there", "tablet")}


def test_a_room_that_closes_without_a_word_is_told_from_a_sitting_that_is_over(tmp_path: Path) -> None:
    """As where the process that played was killed while something that was asked lay unread."""
    hello = Hello(room="gone", sitting="20260101-000000-bcdf", facts=None, stop_page=None, history=[])
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as room:
        room.bind(str(socket_path("gone")))
        room.listen(1)

        def take_in_and_break_off() -> None:
            guest, _ = room.accept()
            guest.sendall(hello.model_dump_json().encode() + b"\n")
            guest.close()

        thread = threading.Thread(target=take_in_and_break_off)
        thread.start()
        also = {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]}
        followed = calando("follow", "gone", cwd=tmp_path, also=also, timeout_s=PATIENCE_S)
        thread.join(PATIENCE_S)
    assert followed.returncode == 1
    assert "closed without a word" in " ".join(followed.stderr.split())


def test_follow_and_say_from_a_shell(tmp_path: Path) -> None:
    also = {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]}
    sitting = start(
        "play", "--sensor", "sim", "--duration", "30m", "--output", "null", "--data", "data", "--seed", "1",
        "--room", "shell", cwd=tmp_path, also=also,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE_S
    while not stop_path("shell").is_symlink():  # the door is open, and the sitting let in
        assert time.monotonic() < until
        time.sleep(0.1)

    def say(*words: str) -> subprocess.CompletedProcess[str]:
        return calando("say", "shell", *words, cwd=tmp_path, also=also)

    page = StopPage(str(stop_path("shell")))
    following = start("follow", "shell", "--json", cwd=tmp_path, also=also)
    assert following.stdout is not None
    assert json.loads(following.stdout.readline())["type"] == "hello"
    told: list[str] = []  # read all the while: who reads nothing for ten seconds is sent away
    reading = threading.Thread(target=told.extend, args=(following.stdout,))
    reading.start()
    assert "Soften" in say("soften").stdout
    assert say("mark", "a sigh").stdout == "Marked: a sigh.\n"
    for wrong in (("explode",), ("mark",), ("tempo_bpm", "quick"), ("tempo_bpm", "nan")):
        done = say(*wrong)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert calando("say", "nowhere", "soften", cwd=tmp_path, also=also).returncode == 1
    sitting.send_signal(signal.SIGSTOP)  # nobody there is awake, and it must be silent all the same
    assert page.word == 0
    assert say("stop").stdout == "Stopped.\n"
    assert page.word == 2
    sitting.send_signal(signal.SIGCONT)
    _, err = sitting.communicate(timeout=PATIENCE_S)
    assert sitting.returncode == 0, err
    reading.join(PATIENCE_S)
    assert following.wait(PATIENCE_S) == 0
    assert following.stderr is not None
    following.stdout.close()
    following.stderr.close()
    kinds = [json.loads(line)["type"] for line in told]
    assert kinds[-1] == "over"
    assert {"state", "event", "answer"} <= set(kinds)
    assert not stop_path("shell").is_symlink()
    assert say("stop").returncode == 1
    shown = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert "marked by the therapist: a sigh" in shown
    assert open_rooms() == []
