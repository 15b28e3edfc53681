"""The computer's keys as a piano: what is typed is played at once, and every note ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from queue import Empty, Queue

from dsp.touch import KEYBOARD, LET_GO, NOTE_OFF, NOTE_ON, Touch
from engine.cli.keys import PLAY, Keys
from engine.cli.played_keys import FIRST_C, HELD_S, KEYS, REPEATED_S, PlayedKeys
from engine.desk import Ask


class Typed:
    """A keyboard on which a test types."""

    def __init__(self) -> None:
        self.keys = Queue[str]()

    def awaited(self, seconds: float) -> str:
        try:
            return self.keys.get(timeout=seconds)
        except Empty:
            return ""


def piano(leave: str = PLAY) -> tuple[PlayedKeys, Typed, list[Touch]]:
    typed, felt = Typed(), list[Touch]()

    def touch(touches: Sequence[Touch]) -> None:
        felt.extend(touches)

    return PlayedKeys(typed, touch, leave), typed, felt


def test_the_middle_row_is_a_scale_of_c_and_the_row_above_has_the_black_keys() -> None:
    by_pitch = {step: key for key, step in KEYS.items()}
    assert "".join(by_pitch[step] for step in (0, 2, 4, 5, 7, 9, 11, 12)) == "asdfghjk"
    assert "".join(by_pitch[step] for step in (1, 3, 6, 8, 10)) == "wetyu"
    assert sorted(by_pitch) == list(range(19))


def test_a_note_ends_by_itself_goes_on_while_its_key_repeats_and_is_struck_again_by_a_tap() -> None:
    keys, _, felt = piano()
    keys.press("a", 0.0)
    for n in range(1, 21):
        keys.press("a", n * 0.5 * REPEATED_S)
        keys.let_go(n * 0.5 * REPEATED_S)
    assert [(t.kind, t.key) for t in felt] == [(NOTE_ON, FIRST_C)]
    end_s = 10 * REPEATED_S + HELD_S
    keys.let_go(end_s - 0.01)
    assert len(felt) == 1
    keys.let_go(end_s + 0.01)
    assert (felt[-1].kind, felt[-1].key) == (NOTE_OFF, FIRST_C)
    keys.press("x", 5.0)
    keys.press("s", 5.0)
    keys.press("s", 5.0 + 2 * REPEATED_S)
    keys.press("?", 5.4)
    assert [(t.kind, t.key) for t in felt[2:]] == [(NOTE_ON, FIRST_C + 14)] * 2


def test_typed_in_a_thread_it_is_played_at_once_until_it_is_left_with_nothing_down() -> None:
    keys, typed, felt = piano()
    keys.begin()
    typed.keys.put("ad")
    until_s = time.monotonic() + 30.0
    while len(felt) < 2 and time.monotonic() < until_s:
        time.sleep(0.001)
    assert [(t.kind, t.key, t.player) for t in felt] == [
        (NOTE_ON, FIRST_C, KEYBOARD), (NOTE_ON, FIRST_C + 4, KEYBOARD),
    ]  # fmt: skip
    typed.keys.put(PLAY)
    while keys.plays and time.monotonic() < until_s:
        time.sleep(0.001)
    assert felt[-1].kind == LET_GO


def test_tab_makes_a_piano_only_where_somebody_plays_along_and_then_no_key_asks_for_anything() -> None:
    asked: list[Ask] = []
    alone = Keys(asked.append)
    alone.press(PLAY)
    assert not alone.plays
    felt: list[Touch] = []
    keys = Keys(asked.append, touch=felt.extend)
    assert keys.may_play
    keys.press(PLAY)
    assert keys.plays
    keys.read({})
    assert asked == []
    keys.__exit__()
    assert not keys.plays
