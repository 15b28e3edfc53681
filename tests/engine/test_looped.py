"""Bars that were played along come round: in beats, in the harmony that stands then, softer every time."""

from __future__ import annotations

from itertools import pairwise

from dsp.score import Note
from dsp.telemetry import Played
from dsp.touch import KEYBOARD, NOTE_OFF, NOTE_ON, Touch
from engine.looped import SOFTER, SOFTEST_TOUCH, Looped, Wanted

C, F = frozenset({0, 4, 7}), frozenset({5, 9, 0})
BAR = 4


def played(*notes: tuple[float, float, int]) -> list[Played]:
    """Notes as (beat, until, key)."""
    touches = [(at, Touch(NOTE_ON, KEYBOARD, key, 0.5), key) for at, _, key in notes]
    touches += [(until, Touch(NOTE_OFF, KEYBOARD, key), key) for _, until, key in notes]
    return [Played(touch, at, float(key), 1) for at, touch, key in sorted(touches, key=lambda each: each[0])]


def in_c(_beat: float) -> frozenset[int]:
    return C


def rounds(
    looped: Looped, from_beat: float, until: float, wanted: Wanted = in_c
) -> list[tuple[float, float, float]]:
    """(beat, pitch, velocity) of what is due, asked tick by tick as a session does."""
    notes: list[Note] = []
    beat = from_beat
    while beat < until:
        notes += looped.due(beat, beat + 1.0, wanted, 1.0)
        beat += 0.11
    return [(note.beat, note.pitch, note.velocity) for note in notes]


def test_four_bars_come_round_at_their_beats_softer_until_they_have_faded() -> None:
    looped = Looped()
    looped.hear(played((1.0, 1.5, 60), (4.0, 5.0, 62), (17.5, 18.0, 64), (19.9, 22.0, 67)))
    done, words = looped.take(4, 21.0, BAR)
    assert done
    assert "3 notes" in words
    heard = rounds(looped, 21.0, 24.0 + 16 * 12)
    turn = [(at, key) for at, key, _ in heard if at < 40.0]
    assert turn == [(24.0, 60.0), (37.5, 64.0), (39.9, 67.0)], "62 is drawn to the chord"
    turns = [velocity for at, key, velocity in heard if key == 64.0]
    assert all(b < a for a, b in pairwise(turns))
    assert len(turns) == next(n for n in range(20) if SOFTER ** (n + 1) <= SOFTEST_TOUCH)
    assert sorted(at for at, _, _ in heard) == [at for at, _, _ in heard]
    assert len(set(heard)) == len(heard)


def test_it_is_drawn_anew_to_the_harmony_that_stands_when_it_comes_round() -> None:
    looped = Looped()
    looped.hear(played((12.0, 13.0, 64)))
    assert looped.take(4, 16.0, BAR)[0]
    heard = rounds(looped, 16.0, 58.0, lambda beat: C if beat < 40.0 else F)
    assert [pitch for _, pitch, _ in heard] == [64.0, 65.0]


def test_layers_are_kept_and_ended_and_there_are_only_so_many() -> None:
    looped = Looped()
    assert looped.take(4, 8.0, BAR) == (
        False, "Nothing was played in the last 4 bars; play something, then ask again."
    )  # fmt: skip
    assert looped.keep() == (
        False,
        "There is no loop to keep; play something, then let its last 4 or 8 bars come round.",
    )
    assert looped.end(8.0) == (False, "There is no loop to end: nothing comes round.")
    for n in range(6):
        looped.hear(played((16.0 * n + 1, 16.0 * n + 2, 60)))
        assert looped.take(4, 16.0 * (n + 1), BAR)[0]
        if n == 0:
            assert looped.keep()[0]
        rounds(looped, 16.0 * (n + 1), 16.0 * (n + 2))
    later = rounds(looped, 600.0, 632.0)
    assert len(later) == 2, "only what was kept is left"
    assert later[0][2] == later[1][2]
    assert looped.end(632.0)[0]
    assert rounds(looped, 660.0, 760.0) == []
