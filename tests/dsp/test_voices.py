"""Voices: which gives way, which is free, which is over, as plain numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from dsp.envelope import ATTACK, DECAY, IDLE, RELEASE, STEAL_S, VOICES, envelope_dtype
from dsp.quantum import QUANTUM
from dsp.voices import (
    LIVES,
    SHORTEST_NOTE_S,
    end_over,
    idle_voice,
    is_silent,
    make_room_in,
    sounding,
)

RATE = 48000.0
NOW = 200 * int(RATE)


@njit(error_model="numpy", _nrt=False)
def act(envelopes, lives, wanted, frame, beat, rate):
    """Make room for `wanted`, release what is over; says (idle voice, silent, how many sound)."""
    if wanted > 0:
        make_room_in(envelopes[0], lives[0], wanted, frame, rate)
    end_over(envelopes[0], lives[0], beat, float(frame))
    return idle_voice(envelopes[0]), is_silent(envelopes[0]), sounding(envelopes[0])


class Voices:
    """Sixteen voices, held, begun one after another, each a second before the next."""

    def __init__(self) -> None:
        self.envelopes, self.lives = np.zeros(1, envelope_dtype(VOICES)), np.zeros(1, LIVES)
        self.stage, self.level = self.envelopes[0]["stage"], self.envelopes[0]["level"]
        self.began, self.given = self.lives[0]["began"], self.lives[0]["given"]
        self.stage[:], self.level[:] = DECAY, 0.8
        self.envelopes[0]["release"] = 1e-4
        self.began[:] = NOW - RATE * np.arange(VOICES, 0, -1)
        self.lives[0]["ends_at_beat"] = self.lives[0]["ends_at_frame"] = np.inf

    def act(self, wanted: int = 0, beat: float = 0.0) -> tuple[int, bool, int]:
        return act(self.envelopes, self.lives, wanted, NOW, beat, RATE)

    def fading(self) -> list[int]:
        return [int(voice) for voice in np.flatnonzero(self.given)]


def test_the_oldest_give_way_one_for_each_note() -> None:
    voices = Voices()
    voices.began[[3, 9]] = NOW - 100 * RATE, NOW - 99 * RATE
    voices.act(wanted=3)
    assert voices.fading() == [0, 3, 9]
    assert [int(voice) for voice in np.flatnonzero(voices.stage == RELEASE)] == [0, 3, 9]


def test_released_voices_give_way_first_the_quietest_before_the_others() -> None:
    voices = Voices()
    voices.stage[[5, 6, 7]] = RELEASE
    voices.level[[5, 6, 7]] = 0.3, 0.1, 0.2
    voices.act(wanted=2)
    assert voices.fading() == [6, 7]


def test_a_voice_given_away_counts_as_room_and_is_not_given_again() -> None:
    voices = Voices()
    voices.act(wanted=2)
    voices.act(wanted=2)
    assert voices.fading() == [0, 1]
    voices.act(wanted=3)
    assert voices.fading() == [0, 1, 2]


def test_silent_voices_count_as_room() -> None:
    voices = Voices()
    voices.stage[[4, 11]] = IDLE
    voices.act(wanted=2)
    assert voices.fading() == []
    voices.act(wanted=3)
    assert voices.fading() == [0]


def test_notes_just_begun_do_not_give_way() -> None:
    voices = Voices()
    voices.began[:] = NOW
    voices.began[7] = NOW - int(SHORTEST_NOTE_S * RATE) - 1
    voices.act(wanted=4)
    assert voices.fading() == [7]


def test_a_given_voice_fades_within_its_time_and_one_that_is_gone_sooner_is_let_be() -> None:
    voices = Voices()
    voices.stage[2], voices.level[2], voices.envelopes[0]["progress"][2] = RELEASE, 0.001, 0.9
    voices.envelopes[0]["release"][2] = 0.05
    voices.act(wanted=2)
    assert voices.fading() == [0, 2]
    release = voices.envelopes[0]["release"]
    assert release[0] == pytest.approx(QUANTUM / (STEAL_S * RATE))
    assert release[2] == pytest.approx(0.05)
    assert voices.envelopes[0]["progress"][2] == pytest.approx(0.9)


def test_the_first_silent_voice_is_taken_and_none_where_all_sound() -> None:
    voices = Voices()
    assert voices.act()[0] == -1
    voices.stage[[4, 11]] = IDLE
    assert voices.act()[0] == 4


@pytest.mark.parametrize("voice", [0, 7, 8, VOICES - 1])
def test_silence_and_count_look_at_every_voice(voice: int) -> None:
    voices = Voices()
    voices.stage[:] = IDLE
    assert voices.act()[1:] == (True, 0)
    voices.stage[voice] = ATTACK
    assert voices.act()[1:] == (False, 1)


def test_notes_end_at_their_beat_or_their_frame() -> None:
    voices = Voices()
    voices.lives[0]["ends_at_beat"][1:4] = 3.9, 4.0, 4.1
    voices.lives[0]["ends_at_frame"][8:11] = NOW - 1, NOW, NOW + 1
    voices.stage[2] = ATTACK
    voices.act(beat=4.0)
    assert [int(voice) for voice in np.flatnonzero(voices.stage == RELEASE)] == [1, 2, 8, 9]
