"""Envelope times within 1 % of what was asked, levels without corners or jumps."""

import numpy as np
import pytest
from numba import njit

from dsp.envelope import (
    ATTACK,
    DECAY,
    IDLE,
    RELEASE,
    STEAL_S,
    VOICES,
    advance,
    begin,
    envelope_dtype,
    release,
    steal,
)
from dsp.lanes import WIDTH
from dsp.quantum import QUANTUM

RATE = 48000
QUANTUM_S = QUANTUM / RATE


@njit(error_model="numpy", _nrt=False)
def play(state, times, sustain, release_at, steal_at, levels, stages, rate):
    """times: (voices, 3) attack, decay, release in s."""
    envelope = state[0]
    for voice in range(times.shape[0]):
        begin(envelope, voice, times[voice, 0], times[voice, 1], sustain, times[voice, 2], rate)
    for q in range(levels.shape[0]):
        if q == release_at:
            for voice in range(times.shape[0]):
                release(envelope, voice)
        if q == steal_at:
            for voice in range(times.shape[0]):
                steal(envelope, voice, rate)
        for at in range(0, times.shape[0], WIDTH):
            advance(envelope, at)
        for voice in range(times.shape[0]):
            levels[q, voice] = envelope.level[voice]
            stages[q, voice] = envelope.stage[voice]


def run(
    attack=0.5, decay=0.5, fall=0.5, sustain=0.6, seconds=3.0, release_at_s=None, steal_at_s=None, rate=RATE
):
    quanta = int(seconds * rate / QUANTUM)
    times = np.empty((VOICES, 3))
    times[:] = np.stack(np.broadcast_arrays(*map(np.atleast_1d, (attack, decay, fall))), axis=1)
    levels, stages = (np.zeros((quanta, VOICES), np.float32) for _ in range(2))
    at = [-1 if t is None else round(t * rate / QUANTUM) for t in (release_at_s, steal_at_s)]
    play(np.zeros(1, envelope_dtype(VOICES)), times, sustain, *at, levels, stages, float(rate))
    return levels, stages


ASKED_S = np.geomspace(0.15, 8.0, VOICES)


def crossing(levels, value, rate=RATE):
    """When each voice's level first reaches a value on the way up, in s, on the lines that kernels draw."""
    found = []
    for level in np.concatenate([np.zeros((1, VOICES)), levels]).T:
        k = int(np.argmax(level >= value))
        found.append((k - 1 + (value - level[k - 1]) / (level[k] - level[k - 1])) * QUANTUM / rate)
    return np.array(found)


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_attack_takes_the_time_asked(rate):
    levels, _ = run(attack=ASKED_S, decay=5.0, seconds=10.0, rate=rate)
    np.testing.assert_allclose(crossing(levels, 0.5, rate), 0.5 * ASKED_S, rtol=0.01)
    np.testing.assert_allclose(crossing(levels, 0.99, rate), 0.94110 * ASKED_S, rtol=0.01)


def test_decay_takes_the_time_asked():
    levels, stages = run(attack=0.2, decay=ASKED_S, sustain=0.25, seconds=10.0)
    began = np.argmax(stages == DECAY, axis=0)
    # The parabola: half the way down after 1 - 1/sqrt(2) of the time, all the way at its end.
    middle = (np.argmax((levels <= 0.625) & (stages == DECAY), axis=0) - began) * QUANTUM_S
    np.testing.assert_allclose(middle, (1 - np.sqrt(0.5)) * ASKED_S, rtol=0.01, atol=QUANTUM_S)
    end = (np.argmax((levels <= 0.25 + 1e-6) & (stages == DECAY), axis=0) - began) * QUANTUM_S
    np.testing.assert_allclose(end, ASKED_S, rtol=0.01, atol=QUANTUM_S)
    assert levels[-1] == pytest.approx(0.25)


def test_release_takes_the_time_asked_and_ends_in_silence():
    levels, stages = run(attack=0.1, decay=0.2, fall=ASKED_S, seconds=10.0, release_at_s=1.0)
    ended = (np.argmax(stages == IDLE, axis=0) + 1) * QUANTUM_S - 1.0
    np.testing.assert_allclose(ended, ASKED_S, rtol=0.01)
    assert not levels[-1].any()


def test_a_stolen_voice_is_silent_in_thirty_milliseconds_from_any_stage():
    for when in (0.1, 0.6, 2.0):
        _, stages = run(attack=0.5, decay=0.5, seconds=3.0, steal_at_s=when)
        ended = (np.argmax((stages == IDLE), axis=0) + 1) * QUANTUM_S - when
        np.testing.assert_allclose(ended, STEAL_S, atol=1.5 * QUANTUM_S)


def test_a_release_that_comes_again_changes_nothing():
    once, _ = run(fall=2.0, release_at_s=1.5)
    assert (np.diff(once[int(1.5 / QUANTUM_S) :, 0]) <= 0).all()


def test_levels_never_jump():
    # Between two quanta a level moves no more than the steepest slope of its curve allows: 1.5 of the
    # height over an attack, 2 over a decay or a release, from any moment a release may come.
    for when in (0.02, 0.1, 0.21, 0.5):
        levels, _ = run(attack=0.2, decay=0.2, fall=0.2, sustain=0.3, seconds=1.0, release_at_s=when)
        assert np.abs(np.diff(levels[:, 0])).max() < 2.05 * QUANTUM_S / 0.2


def test_stages_follow_one_another():
    _, stages = run(seconds=3.0, release_at_s=1.6)
    passed = [stage for k, stage in enumerate(stages[:, 0]) if k == 0 or stage != stages[k - 1, 0]]
    assert passed == [ATTACK, DECAY, RELEASE, IDLE]


def test_a_held_note_stays_for_an_hour():
    levels, _ = run(attack=0.05, decay=0.05, sustain=0.7, seconds=3600.0)
    np.testing.assert_allclose(levels[-1000:], 0.7, rtol=1e-6)
