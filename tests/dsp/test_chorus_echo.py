"""Chorus and echo: what comes back when, how loud and how bright, and never with a click."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from dsp.chorus import CHORUS, TAP_DELAY_MS, WANDER_CENTS, prepare_chorus, render_chorus
from dsp.compiled import kernel
from dsp.echo import ECHO, HIGHEST_FEEDBACK, prepare_echo, render_echo
from dsp.quantum import QUANTUM
from tests.dsp.stream import RATE, Effect, copy_quantum, denormals_in


@kernel
def step_chorus(chorus, left, right, _knobs, _q, _rate):
    copy_quantum(left, 0, chorus.left, 0)
    copy_quantum(right, 0, chorus.right, 0)
    render_chorus(chorus)
    copy_quantum(chorus.left, 0, left, 0)
    copy_quantum(chorus.right, 0, right, 0)


@kernel
def step_echo(echo, left, right, knobs, q, rate):
    copy_quantum(left, 0, echo.left, 0)
    copy_quantum(right, 0, echo.right, 0)
    render_echo(echo, knobs[q, 0], knobs[q, 1], rate)
    copy_quantum(echo.left, 0, left, 0)
    copy_quantum(echo.right, 0, right, 0)


CHORUSES = Effect(CHORUS, prepare_chorus, step_chorus)
ECHOES = Effect(ECHO, prepare_echo, step_echo)


def impulse(seconds, side=0, rate=RATE):
    x = np.zeros((2, int(seconds * rate)), np.float32)
    x[side, 0] = 1.0
    return x


def tone(hz, seconds, level=0.3):
    time = np.arange(int(seconds * RATE)) / RATE
    return level * np.sin(2 * np.pi * hz * time) * np.minimum(time / 0.2, 1.0)


def above(x, hz):
    return sosfiltfilt(butter(6, hz, "high", fs=RATE, output="sos"), x.astype(float))


def test_chorus_has_four_taps_a_side_near_their_delays():
    for side in (0, 1):
        wet, _ = CHORUSES.run(impulse(0.1, side))
        assert not wet[1 - side].any()
        early = np.abs(wet[side])
        asked = np.array(TAP_DELAY_MS[4 * side : 4 * side + 4]) * RATE / 1000
        for tap in asked:
            # A wandering tap is at most 30 % of its delay away; its pulse is spread over four frames.
            assert early[int(0.69 * tap) : int(1.31 * tap) + 3].max() > 0.2
        assert early.sum() == pytest.approx(4 * 0.5, rel=0.35)
        assert not early[: int(0.69 * asked.min())].any()
        assert not early[int(1.31 * asked.max()) + 4 :].any()


def test_chorus_bends_pitch_by_no_more_than_asked():
    # One tap alone would show it directly; four together still keep the mean frequency of a tone.
    wet, _ = CHORUSES.run(tone(1000.0, 20.0))
    crossings = np.flatnonzero((wet[0, RATE:-1] < 0) & (wet[0, RATE + 1 :] >= 0))
    assert len(crossings) == pytest.approx(19 * 1000, abs=15)
    spectrum = np.abs(np.fft.rfft(wet[0, RATE:] * np.hanning(wet.shape[1] - RATE))) ** 2
    hz = np.fft.rfftfreq(wet.shape[1] - RATE, 1 / RATE)
    widest = 1000.0 * (2 ** (WANDER_CENTS / 1200) - 1) + 2.0
    inside = np.abs(hz - 1000.0) < widest
    assert spectrum[~inside].sum() / spectrum.sum() < 1e-4


def test_chorus_is_as_loud_as_its_source_and_wide():
    rng = np.random.default_rng(1)
    x = rng.normal(scale=0.1, size=20 * RATE)
    wet, _ = CHORUSES.run(np.convolve(x, np.ones(4) / 2, "same"))
    assert 20 * np.log10(wet[0, RATE:].std() / 0.1) == pytest.approx(0.0, abs=1.0)
    assert abs(np.corrcoef(wet)[0, 1]) < 0.2


def test_chorus_interpolation_is_clean():
    # Beside the slowly swept tone itself nothing: errors of the interpolation at 1 kHz over 80 dB down.
    wet = CHORUSES.run(tone(1000.0, 20.0))[0][0, RATE:].astype(float)
    spectrum = np.abs(np.fft.rfft(wet * np.blackman(len(wet))))
    hz = np.fft.rfftfreq(len(wet), 1 / RATE)
    assert 20 * np.log10(spectrum[np.abs(hz - 1000) > 40].max() / spectrum.max()) < -80.0


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("delay_s", [0.05, 0.333, 1.0, 1.9])
def test_echoes_come_when_asked_and_change_sides(delay_s, rate):
    wet, _ = ECHOES.run(impulse(4 * delay_s + 0.2, rate=rate), [(delay_s, 0.6)], rate)
    span = int(0.02 * rate)
    levels = []
    for n in (1, 2, 3):
        at = round(n * round(delay_s * rate))
        own, other = wet[(n - 1) % 2], wet[n % 2]
        part = own[at - 8 : at + span]
        assert np.argmax(np.abs(part)) == pytest.approx(8, abs=12)
        levels.append(np.abs(part).max())
        assert np.abs(other[at - 8 : at + span]).max() < 1e-6
    assert levels == sorted(levels, reverse=True)


def test_each_echo_is_quieter_by_the_feedback_and_darker():
    seconds, delay_s, feedback = 3.0, 0.5, 0.7
    wet, _ = ECHOES.run(impulse(seconds), [(delay_s, feedback)])
    parts = [wet[(n - 1) % 2, int(n * delay_s * RATE) :][: int(0.4 * RATE)].astype(float) for n in (1, 2, 3)]
    hz = np.fft.rfftfreq(len(parts[0]), 1 / RATE)
    spectra = [np.abs(np.fft.rfft(part)) for part in parts]
    middle, treble, bass = (np.argmin(np.abs(hz - f)) for f in (760.0, 8000.0, 60.0))
    for earlier, later in pairwise(spectra):
        assert later[middle] / earlier[middle] == pytest.approx(feedback, rel=0.1)
        assert later[treble] / earlier[treble] < 0.5 * feedback
        assert later[bass] / earlier[bass] < 0.5 * feedback


def test_echo_dies_away_at_the_highest_feedback_whatever_is_asked():
    rng = np.random.default_rng(2)
    x = np.zeros((2, 60 * RATE), np.float32)
    x[:, :RATE] = rng.normal(scale=0.3, size=(2, RATE))
    asked, _ = ECHOES.run(x, [(0.3, 5.0)])
    highest, _ = ECHOES.run(x, [(0.3, HIGHEST_FEEDBACK)])
    np.testing.assert_array_equal(asked, highest)
    assert np.abs(highest[:, -RATE:]).max() < 1e-6


def test_moving_the_delay_time_or_the_feedback_does_not_click():
    # A held 400 Hz tone; 3 kHz and above hold only what the movement adds.
    x = tone(400.0, 6.0)
    quanta = len(x) // QUANTUM
    moment = np.arange(quanta) * QUANTUM / RATE
    jump = np.where(moment > 2.0, 0.41, 0.9)
    ramp = np.interp(moment, [2.0, 4.0], [0.2, 1.7])
    shortest_ramp = np.interp(moment, [2.0, 2.03], [0.85, 0.0])
    for delay, feedback in ((jump, 0.6), (ramp, 0.6), (np.full(quanta, 0.3), shortest_ramp)):
        knobs = np.stack(np.broadcast_arrays(delay, feedback), axis=1)
        wet = ECHOES.run(x, knobs)[0][0]
        assert np.abs(wet[4 * RATE :]).max() > 0.1
        added = np.abs(above(wet, 3000.0)[RATE:-RATE]).max()
        assert 20 * np.log10(added / np.abs(wet).max()) < -75.0


def test_a_changed_delay_time_is_reached():
    x = np.zeros((2, 6 * RATE), np.float32)
    x[0, 3 * RATE] = 1.0
    knobs = np.tile([0.5, 0.0], (6 * RATE // QUANTUM, 1))
    knobs[RATE // QUANTUM :, 0] = 1.25
    wet, _ = ECHOES.run(x, knobs)
    assert np.argmax(np.abs(wet[0])) == pytest.approx(4.25 * RATE, abs=12)


@pytest.mark.parametrize("effect", [CHORUSES, ECHOES], ids=["chorus", "echo"])
def test_silence_after_sound_is_silence(effect):
    rng = np.random.default_rng(3)
    x = np.zeros((2, 200 * RATE), np.float32)
    x[:, : 2 * RATE] = rng.normal(scale=0.3, size=(2, 2 * RATE))
    state = effect.record()
    wet, _ = effect.run(x, [(0.5, HIGHEST_FEEDBACK)], state=state)
    assert not wet[:, -RATE:].any()
    assert denormals_in(state) == 0
