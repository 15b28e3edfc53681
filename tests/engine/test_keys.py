"""Keys at the terminal: what each asks for, and a real sitting in a real pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import termios
import time
from pathlib import Path

import pytest

from engine.cli.choices import CHOICES
from engine.cli.keys import ACTIONS, END, HELD, HELP, HINTS, MARKERS, Keys
from engine.desk import LOOPS, Act, Ask, Desk, End, Learn, Loop, Mark, Touch
from engine.guide.guide import Guide
from engine.guide.hands import ACTIONS as EVERY_ACTION
from engine.guide.hands import PARAMETERS, SOFTENED
from engine.guide.music_state import Hand, Intent, MusicState
from engine.session import intent_of
from profiles.load import load
from sensors.heart_state import HeartState
from tests.calando import COMMAND, calando, environment

CONTROL_C = b"\x03"


class Hall:
    """Takes what keys ask for."""

    def __init__(self, hand: Hand = Hand.LISTENER, *, along: bool = False) -> None:
        self.asks: list[Ask] = []
        self.keys = Keys(self.asks.append, hand, (lambda _touches: None) if along else None)


def test_every_key_asks_for_something_that_a_desk_takes() -> None:
    hall, desk = Hall(), Desk()
    for key in [*ACTIONS, *HELD, *MARKERS, END]:
        hall.keys.press(key)
    for ask in hall.asks:
        assert desk.put(ask)
    assert {(ask.hand, ask.source) for ask in hall.asks} == {(Hand.LISTENER, "key")}
    marks = [ask.wish.words for ask in hall.asks if isinstance(ask.wish, Mark)]
    assert marks == list(MARKERS.values())
    asked = len(hall.asks)
    for key in "\n0zé":
        hall.keys.press(key)
    assert len(hall.asks) == asked
    shown = {key for key, _ in HINTS} - {"space", "1-9"}
    assert shown <= {*ACTIONS, *HELD, END, HELP}


def test_who_plays_along_chooses_a_loop_or_what_a_knob_shall_be_with_a_second_key() -> None:
    hall, desk = Hall(along=True), Desk()
    for opens, choice in CHOICES.items():
        for key, (_, wish) in choice.does.items():
            hall.keys.press(opens)
            assert hall.keys.choosing is choice
            hall.keys.press(key)
            assert hall.keys.choosing is None
            assert hall.asks[-1].wish == wish
            assert desk.put(hall.asks[-1])
    asked = len(hall.asks)
    assert {ask.wish.name for ask in hall.asks if isinstance(ask.wish, Learn)} == {*PARAMETERS, *EVERY_ACTION}
    assert {ask.wish.what for ask in hall.asks if isinstance(ask.wish, Loop)} == {*LOOPS}
    hall.keys.press("t")
    hall.keys.press("!")
    assert hall.keys.choosing is None
    alone = Hall()
    alone.keys.press("l")
    assert alone.keys.choosing is None
    assert (len(hall.asks), len(alone.asks)) == (asked, 0)


def test_q_asks_for_the_end_once_however_often_it_is_pressed() -> None:
    hall = Hall()
    for _ in range(3):
        hall.keys.press("q")
    assert [ask.wish for ask in hall.asks] == [End()]


def test_a_question_mark_shows_the_keys_and_puts_them_away() -> None:
    keys = Hall().keys
    wanted = []
    for key in "?-??":
        keys.press(key)
        wanted.append(keys.help_wanted)
    assert wanted == [True, True, False, True]


def test_what_is_held_is_given_back_by_the_same_key() -> None:
    hall = Hall()
    hall.keys.read({**dict.fromkeys(SOFTENED, Hand.LISTENER), "tempo_bpm": Hand.THERAPIST})
    hall.keys.press("s")
    assert [ask.wish for ask in hall.asks] == [Touch(name) for name in SOFTENED]
    hall.keys.press("h")
    assert hall.asks[-1].wish == Act("hold")  # the therapist's: the listener takes it, as the last hand


@pytest.mark.parametrize("hand", [Hand.LISTENER, Hand.THERAPIST])
@pytest.mark.parametrize("key", [*HELD])
def test_a_second_press_gives_back_what_the_first_asked_for(key: str, hand: Hand) -> None:
    """With a real guide: whose keys they are, and however soon the second press comes."""
    for ticks_between in (1, 0):
        sitting = Played(hand)
        sitting.press(key)
        sitting.tick(ticks_between)
        assert ticks_between == 0 or set(sitting.guide.holders().values()) == {hand}
        sitting.press(key)
        sitting.tick(1)
        assert sitting.guide.holders() == {}
        sitting.press(key)
        sitting.tick(1)
        assert set(sitting.guide.holders()) == set(HELD[key][1])


def test_space_twice_has_the_music_back() -> None:
    sitting = Played(Hand.LISTENER)
    before = sitting.tick(300)
    sitting.press(" ")
    assert sitting.tick(100).silence
    sitting.press(" ")
    after = sitting.tick(700)
    assert not after.silence
    assert after.loudness_db == pytest.approx(before.loudness_db, abs=1.0)


def test_another_hands_silence_is_taken_over_and_then_given_back() -> None:
    sitting = Played(Hand.LISTENER)
    sitting.wishes.append(Intent(0.0, Hand.THERAPIST, "hush"))
    sitting.tick(1)
    sitting.press(" ")
    assert sitting.tick(1).silence
    assert sitting.guide.holders() == {"silence": Hand.LISTENER}
    sitting.press(" ")
    assert not sitting.tick(1).silence


class Played:
    """A guide with keys, tick by tick, as a sitting has them: keys are read after the step."""

    def __init__(self, hand: Hand) -> None:
        self.guide = Guide(load("relax"), worded=True)
        self.asks: list[Ask] = []
        self.wishes: list[Intent] = []
        self.keys = Keys(self.asks.append, hand)
        self._number = 0
        self.tick(1)

    def press(self, key: str) -> None:
        self.keys.press(key)

    def tick(self, times: int) -> MusicState:
        for _ in range(times):
            t_s = self._number / 10
            asked = [intent for ask in self.asks if (intent := intent_of(ask, t_s)) is not None]
            wishes = [*self.wishes, *asked]
            self.asks.clear()
            self.wishes.clear()
            self.state = self.guide.step(t_s, HeartState(t_s, 74.0, last_beat_s=t_s), wishes)
            self.keys.read(self.guide.holders())
            self._number += 1
        return self.state


def test_a_therapist_at_the_terminal_is_told_as_one(tmp_path: Path) -> None:
    """From the option of `play` to the record."""
    calando(
        "play", "--hand", "therapist", "--target", "62", "--sensor", "sim", "--fast", "--output", "null",
        "--duration", "60s", "--data", "data", cwd=tmp_path,
    )  # fmt: skip
    told = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert "toward 62, as the therapist asked" in told


def test_no_terminal_no_keys() -> None:
    hall = Hall()
    with hall.keys as keys:  # pytest's standard input is none
        assert not keys.listening
        keys.read({})
    assert hall.asks == []


@pytest.mark.live
def test_a_sitting_in_a_terminal_hears_its_keys_and_puts_the_terminal_back(tmp_path: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        arguments = ("play", "--sensor", "sim", "--output", "null", "--duration", "60s", "--data", "data")
        os.execve(
            COMMAND, [COMMAND, *arguments], environment({"TERM": "xterm", "COLUMNS": "80", "LINES": "24"})
        )
    before = termios.tcgetattr(terminal)
    try:
        _see(terminal, "too much")
        assert not termios.tcgetattr(terminal)[3] & (termios.ICANON | termios.ECHO)
        os.write(terminal, b"-")
        _see(terminal, "Less: the listener asked")
        os.write(terminal, b"\x1b[1~3")  # the home key is no marker, and what follows it at once is lost
        os.write(terminal, b"")
        time.sleep(0.5)
        os.write(terminal, b"1")
        _see(terminal, "Marked: settled.")
        os.write(terminal, CONTROL_C)
        _see(terminal, "oming to an end")
        os.write(terminal, CONTROL_C)
        _until_gone(terminal)
        assert termios.tcgetattr(terminal)[3] == before[3]
    finally:
        _, status = os.waitpid(process, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    told = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert "less: the listener asked" in told
    assert "marked by the listener: settled" in told
    assert "overwhelmed" not in told


@pytest.mark.live
def test_a_terminal_that_is_closed_ends_the_sitting_as_ctrl_c_does(tmp_path: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        arguments = ("play", "--sensor", "sim", "--output", "file:piece.flac", "--data", "data")
        os.execve(COMMAND, [COMMAND, *arguments], environment({"TERM": "xterm"}))
    _see(terminal, "too much")
    time.sleep(1.0)
    os.close(terminal)
    os.waitpid(process, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"piece.flac", "data"}
    told = calando("sessions", "show", "last", "--data", "data", cwd=tmp_path).stdout
    assert "complete" in told
    assert "ending: a last fade of 10 seconds" in told


def _see(terminal: int, words: str, within_s: float = 240.0) -> None:
    """Read on until `words` are on the screen."""
    shown, until = "", time.monotonic() + within_s
    while words not in shown:
        left = until - time.monotonic()
        assert left > 0, f"{words!r} was not shown: {shown[-2000:]}"
        if select.select([terminal], [], [], left)[0]:
            shown += os.read(terminal, 65536).decode("utf-8", "ignore")


def _until_gone(terminal: int) -> None:
    with contextlib.suppress(OSError):
        while select.select([terminal], [], [], 20.0)[0] and os.read(terminal, 65536):
            pass
