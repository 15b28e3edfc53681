"""Oscillators against theory: harmonics as the equation says, aliases 80 dB down, phasors that keep."""

import numpy as np
import pytest
from numba import njit
from scipy.signal.windows import kaiser

from dsp.approximations import cosine, sine
from dsp.lanes import splat, store
from dsp.oscillator import (
    backward_steps,
    highest_rolloff,
    kept_length,
    rotation,
    saw_pair,
    saws_apart,
    swing,
)
from dsp.quantum import QUANTUM

RATE = 48000
TO_RADIANS = 2.0 / np.pi
"""saw_pair's angle is in right angles."""


@njit(error_model="numpy", _nrt=False)
def render_saw(cycles, split_turns_per_quantum, out, lanes, rolloff_used):
    rolloff = highest_rolloff(cycles)
    rolloff_used[0] = rolloff
    length = splat(rolloff)
    cos, sin = length, splat(0.0)
    versine, rotation_sine = rotation(splat(cycles))
    phase = splat(0.0)
    for at in range(0, len(out), QUANTUM):
        split = cosine(phase)
        phase += split_turns_per_quantum
        slope = (cosine(phase) - split) * (1.0 / QUANTUM)
        cos_step, sin_step = backward_steps(cos, sin, versine, rotation_sine)
        for i in range(QUANTUM):
            cos, sin, cos_step, sin_step = swing(cos, sin, cos_step, sin_step, versine + versine)
            store(lanes, 0, saw_pair(cos, sin, split, splat(0.5 - 0.5 * rolloff * rolloff)))
            split += slope
            out[at + i] = lanes[3]
        kept = kept_length(cos, sin, length)
        cos, sin = cos * kept, sin * kept


@njit(error_model="numpy", _nrt=False)
def render_apart(cycles, split_turns, out, lanes):
    """Both sawtooths at a fixed distance, their sines, and their sum by `saw_pair`: columns of `out`."""
    rolloff = highest_rolloff(cycles)
    cos, sin = splat(rolloff), splat(0.0)
    versine, rotation_sine = rotation(splat(cycles))
    cos_step, sin_step = backward_steps(cos, sin, versine, rotation_sine)
    split_cosine, split_sine = cosine(splat(split_turns)), sine(splat(split_turns))
    for i in range(len(out)):
        cos, sin, cos_step, sin_step = swing(cos, sin, cos_step, sin_step, versine + versine)
        both = saw_pair(cos, sin, split_cosine, splat(0.5 - 0.5 * rolloff * rolloff))
        parts = saws_apart(cos, sin, split_cosine, split_sine)
        for column, part in enumerate((*parts, both)):
            store(lanes, 0, part)
            out[i, column] = lanes[3]


def saw(hz, seconds=3.0, detune_hz=0.0, rate=RATE):
    out = np.zeros(int(seconds * rate) // QUANTUM * QUANTUM, np.float32)
    used = np.zeros(1)
    render_saw(hz / rate, detune_hz * QUANTUM / rate, out, np.zeros(8, np.float32), used)
    return out.astype(float), used[0]


def spectrum(x):
    """Amplitude spectrum with sidelobes 150 dB down, and half the width of its main lobe in bins."""
    beta = 17.0
    window = kaiser(len(x), beta)
    return np.abs(np.fft.rfft(x * window)) * 2.0 / window.sum(), np.sqrt(1.0 + (beta / np.pi) ** 2) + 1.0


@pytest.mark.parametrize("near_hz", [27, 41, 65, 110, 220, 440, 880, 1310, 1760, 2490, 3520, 5000])
@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_aliases_stay_80_db_under_the_signal(near_hz, rate):
    # With a whole number and 0.3 periods in a second's frames, what folds falls between the harmonics.
    hz = rate / (round(rate / near_hz) + 0.3)
    x, _ = saw(hz, rate=rate)
    level, half_lobe = spectrum(x)
    bins = np.arange(len(level)) * rate / len(x)
    harmonic = np.abs(bins / hz - np.round(bins / hz)) * hz < half_lobe * rate / len(x)
    harmonic &= np.round(bins / hz) >= 1
    signal = level[harmonic].max()
    assert 20 * np.log10(level[~harmonic].max() / signal) < -80.0


@pytest.mark.parametrize("hz", [55.0, 261.626, 1046.5])
def test_harmonics_follow_the_equation(hz):
    x, rolloff = saw(hz)
    time = np.arange(1, len(x) + 1) / RATE
    window = np.hanning(len(x))
    for k in range(1, 9):
        found = 2.0 * np.abs(np.sum(x * window * np.exp(-2j * np.pi * k * hz * time))) / window.sum()
        assert 20 * np.log10(found / (2.0 * rolloff**k / k * TO_RADIANS)) == pytest.approx(0.0, abs=0.02)


def test_a_detuned_pair_beats_between_two_sawtooths():
    hz, apart = 220.0, 1.5
    x, rolloff = saw(hz, seconds=8.0, detune_hz=apart)
    time = np.arange(1, len(x) + 1) / RATE
    window = np.hanning(len(x))
    for k in (1, 2, 3):
        for side in (-1, 1):
            carrier = np.exp(-2j * np.pi * k * (hz + side * apart) * time)
            found = 2.0 * np.abs(np.sum(x * window * carrier)) / window.sum()
            assert found == pytest.approx(rolloff**k / k * TO_RADIANS, rel=0.01)


@pytest.mark.parametrize("turns", [0.0, 0.07, -0.3])
def test_two_sawtooths_apart_lie_where_they_are_asked_and_add_up_to_the_pair(turns):
    frames, cycles = 2048, 220.0 / RATE
    out = np.zeros((frames, 5), np.float32)
    render_apart(cycles, turns, out, np.zeros(8, np.float32))
    behind, behind_sine, ahead, ahead_sine, both = out.astype(float).T
    assert np.abs(behind + ahead - both).max() < 1e-3
    phase = cycles * np.arange(1, frames + 1)
    length = np.abs(behind_sine).max()
    assert length == pytest.approx(saw(220.0, seconds=0.1)[1], rel=1e-3)
    assert behind_sine == pytest.approx(length * np.sin(2 * np.pi * (phase - turns)), abs=2e-3)
    assert ahead_sine == pytest.approx(length * np.sin(2 * np.pi * (phase + turns)), abs=2e-3)
    z = 1.0 - length * np.exp(-2j * np.pi * (phase - turns))
    assert behind == pytest.approx(np.angle(z) * TO_RADIANS, abs=1e-2)


def test_the_brightest_sawtooth_that_may_be_is_bright():
    # The price of no aliases: at the tenth harmonic of 100 Hz no more than 1 dB is lost.
    _, rolloff = saw(100.0, seconds=0.1)
    assert 20 * np.log10(rolloff**9) > -5.0
    assert saw(27.5, seconds=0.1)[1] > 0.98


def test_a_phasor_keeps_its_pitch_for_minutes():
    hz = 440.0
    x, _ = saw(hz, seconds=120.0)
    last = x[-RATE:]
    frames = np.arange(len(x) - RATE, len(x)) + 1
    drift = np.angle(np.sum(last * np.hanning(RATE) * np.exp(-2j * np.pi * hz / RATE * frames)))
    turned = np.angle(np.exp(1j * (drift + np.pi / 2)))
    cents_off = turned / (2 * np.pi) / 119.5 / hz * 1200 / np.log(2)
    assert abs(cents_off) < 0.05
    assert np.abs(last).max() == pytest.approx(np.abs(x[:RATE]).max(), rel=1e-3)
