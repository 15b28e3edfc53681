"""Oscillators against theory: harmonics as the equation says, aliases 80 dB down, phasors that keep."""

import numpy as np
import pytest
from numba import njit
from scipy.signal.windows import kaiser

from dsp.lanes import splat, store
from dsp.oscillator import (
    backward_steps,
    cosine_sweep,
    highest_rolloff,
    kept_length,
    rotation,
    saw_pair,
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
    step = splat(split_turns_per_quantum / QUANTUM)
    for at in range(0, len(out), QUANTUM):
        split, slope, bend = cosine_sweep(phase, step)
        phase += split_turns_per_quantum
        cos_step, sin_step = backward_steps(cos, sin, versine, rotation_sine)
        for i in range(QUANTUM):
            cos, cos_step = swing(cos, cos_step, versine + versine)
            sin, sin_step = swing(sin, sin_step, versine + versine)
            store(lanes, 0, saw_pair(cos, sin, split, splat(0.5 - 0.5 * rolloff * rolloff)))
            split += slope
            slope += bend
            out[at + i] = lanes[3]
        kept = kept_length(cos, sin, length)
        cos, sin = cos * kept, sin * kept


@njit(error_model="numpy", _nrt=False)
def sweep(phase, step, out):
    c, d, dd = cosine_sweep(splat(phase), splat(step))
    for i in range(QUANTUM):
        store(out, 8 * i, c)
        c += d
        d += dd


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


@pytest.mark.parametrize("turns_per_second", [0.1, 1.0, 9.9])
def test_a_slow_cosine_is_drawn_within_its_bound(turns_per_second):
    out = np.zeros(QUANTUM * 8, np.float32)
    step = turns_per_second / RATE
    worst = 0.0
    for phase in np.linspace(0.0, 1.0, 41):
        sweep(phase, step, out)
        exact = np.cos(2 * np.pi * (phase + step * np.arange(1, QUANTUM + 1)))
        worst = max(worst, np.abs(out.reshape(-1, 8)[:, 0] - exact).max())
    assert worst < 2e-5
