"""The limiter against signals made to get past it: true peak under the ceiling, and clean below it."""

import numpy as np
import pytest
from scipy.signal import resample_poly

from dsp.compiled import kernel
from dsp.limiter import CEILING_DBTP, LATENCY, LIMITER, MARGIN_DB, prepare_limiter, render_limiter
from tests.dsp.stream import RATE, Effect


@kernel
def step(limiter, left, right, knobs, q, _rate):
    render_limiter(limiter, left, right)
    knobs[q, 0] = limiter.true_peak
    knobs[q, 1] = limiter.lowest_gain
    limiter.true_peak = 0.0
    limiter.lowest_gain = 1.0


EFFECT = Effect(LIMITER, prepare_limiter, step)
CEILING = 10 ** (CEILING_DBTP / 20)
SECONDS = 2
TIME = np.arange(SECONDS * RATE) / RATE
FRAME = np.arange(SECONDS * RATE)
RNG = np.random.default_rng(11)


def true_peak_db(x, times=16):
    """Highest magnitude of a signal 16 times oversampled with a filter of its own, its cut ends left out."""
    dense = resample_poly(np.asarray(x, float), times, 1, axis=-1, window=("kaiser", 14.0))
    return 20 * np.log10(np.abs(dense[..., times * 300 : -times * 300]).max() + 1e-20)


NASTY = {
    "white noise": RNG.normal(scale=0.5, size=(2, len(TIME))),
    "loud white noise": RNG.normal(scale=5.0, size=(2, len(TIME))),
    "a sine at a quarter of the rate, between its frames": 1.41 * np.sin(np.pi / 2 * FRAME + np.pi / 4),
    "its bursts": 2.0 * np.sin(np.pi / 2 * FRAME + np.pi / 4) * (np.sin(2 * np.pi * 7 * TIME) > 0),
    "a sine at 0.44 of the rate": 2.0 * np.sin(2 * np.pi * 0.44 * FRAME),
    "square bursts": 2.0 * np.sign(np.sin(2 * np.pi * 997 * TIME)) * (np.sin(2 * np.pi * 3 * TIME) > 0),
    "random signs": RNG.choice([-1.0, 1.0], len(TIME)),
    "lone impulses": 20.0 * RNG.normal(size=len(TIME)) * (RNG.random(len(TIME)) < 5e-4),
    "a step": 1.5 * (TIME > 1.0),
    "deep bass": 3.0 * np.sin(2 * np.pi * 31.0 * TIME),
    "one side only": np.stack([4.0 * np.sin(2 * np.pi * 440.0 * TIME), np.zeros(len(TIME))]),
    "absurdly loud": 30.0 * RNG.uniform(-1, 1, len(TIME)),
}


@pytest.mark.parametrize("name", NASTY)
def test_true_peak_never_passes_the_ceiling(name):
    out, readings = EFFECT.run(NASTY[name], [(0.0, 0.0)])
    assert true_peak_db(out) < CEILING_DBTP
    # The hard clip behind the limiter had nothing to do: the margin was never used up.
    assert np.abs(out).max() < CEILING * 10 ** (-0.9 * MARGIN_DB / 20)
    # What it says of its own true peak is what an independent measurement finds.
    own = 20 * np.log10(readings[:, 0].max())
    assert own == pytest.approx(true_peak_db(out), abs=0.7)


def test_white_noise_keeps_under_the_ceiling_for_a_minute():
    noise = np.random.default_rng(12).normal(scale=0.7, size=(2, 60 * RATE))
    out, _ = EFFECT.run(noise, [(0.0, 0.0)])
    assert max(true_peak_db(part) for part in np.split(out, 60, axis=1)) < CEILING_DBTP


def test_a_lower_ceiling_is_kept_too_and_a_positive_one_refused():
    lower = Effect(LIMITER, lambda record, rate: prepare_limiter(record, rate, -9.0), step)
    out, _ = lower.run(NASTY["square bursts"], [(0.0, 0.0)])
    assert -10.0 < true_peak_db(out) < -9.0
    with pytest.raises(ValueError, match=r"ceiling is 0\.5 dBTP"):
        prepare_limiter(np.zeros(1, LIMITER)[0], RATE, 0.5)


def test_what_needs_no_limiting_passes_bit_for_bit_and_late_by_the_latency():
    quiet = (0.02 * RNG.normal(size=(2, RATE))).astype(np.float32)
    out, readings = EFFECT.run(quiet, [(0.0, 0.0)])
    np.testing.assert_array_equal(out[:, LATENCY:], quiet[:, : out.shape[1] - LATENCY])
    assert (readings[:, 1] == 1.0).all()


def gains(x, out):
    """The gain of every frame where the input says enough to tell."""
    x = np.asarray(x, float)[: len(out) - LATENCY]
    heard = np.abs(x) > 1e-3
    return np.flatnonzero(heard), out[LATENCY:].astype(float)[heard] / x[heard]


def test_the_gain_is_down_when_the_peak_comes_and_not_earlier_than_the_look_ahead():
    x = np.full(RATE, 0.125)
    x[24000] = 8.0
    out, _ = EFFECT.run(x, [(0.0, 0.0)])
    at, gain = gains(x, out[0])
    threshold = 10 ** ((CEILING_DBTP - MARGIN_DB) / 20)
    assert gain[at == 24000] * 8.0 <= threshold
    assert gain[at == 24000] * 8.0 > 0.9 * threshold
    assert (gain[at < 24000 - LATENCY] == 1.0).all()
    falling = gain[(at >= 24000 - LATENCY) & (at <= 24000)]
    assert (np.diff(falling) <= 1e-6).all()


def test_the_gain_falls_and_rises_without_corners():
    # A Hann-weighted mean over 112 frames: even the steepest fall, from 1 to a tenth, bends slowly.
    x = np.full(2 * RATE, 0.1)
    x[RATE // 2] = 8.0
    _, gain = gains(x, EFFECT.run(x, [(0.0, 0.0)])[0][0])
    assert np.abs(np.diff(gain)).max() < 0.02
    assert np.abs(np.diff(gain, 2)).max() < 6e-4


def test_it_comes_back_in_some_tenths_of_a_second():
    x = 0.3 * np.sin(2 * np.pi * 1000.0 * TIME)
    x[(TIME > 0.5) & (TIME < 0.7)] *= 6.0
    _, readings = EFFECT.run(x, [(0.0, 0.0)])
    back = readings[:, 1]
    per_second = len(back) / SECONDS
    assert back[int(0.6 * per_second)] < 0.4
    assert back[int(0.85 * per_second)] > 0.6
    assert back[int(1.5 * per_second)] > 0.99


def distortion_db(hz, over_db):
    """Everything that is not the sine itself, 0.5 s after its start, relative to it."""
    x = 10 ** (over_db / 20) * CEILING * np.sin(2 * np.pi * hz * TIME)
    steady = EFFECT.run(x, [(0.0, 0.0)])[0][0, RATE // 2 :].astype(float)
    steady = steady[: int(int(len(steady) * hz / RATE) * RATE / hz)]
    time = np.arange(len(steady)) / RATE
    basis = np.stack([np.sin(2 * np.pi * hz * time), np.cos(2 * np.pi * hz * time)], axis=1)
    fitted = basis @ np.linalg.lstsq(basis, steady, rcond=None)[0]
    return 20 * np.log10(np.std(steady - fitted) / np.std(fitted))


@pytest.mark.parametrize("hz", [30.0, 60.0, 110.0, 440.0, 1000.0, 5000.0])
@pytest.mark.parametrize("over_db", [1.0, 6.0, 12.0])
def test_a_limited_sine_stays_a_sine(hz, over_db):
    assert distortion_db(hz, over_db) < -60.0


def test_a_peak_in_music_is_not_heard_elsewhere():
    # A chord of five notes with a strong stroke every half second: what differs from the chord at a
    # steady gain must stay far under it between the strokes.
    chord = sum(0.1 * np.sin(2 * np.pi * f * TIME) for f in (130.8, 196.0, 261.6, 329.6, 493.9))
    stroke = 1.2 * np.exp(-(TIME % 0.5) / 0.02) * np.sin(2 * np.pi * 880 * TIME)
    out, readings = EFFECT.run(chord + stroke, [(0.0, 0.0)])
    assert 20 * np.log10(readings[10:, 1].min()) < -3.0
    quiet = (TIME % 0.5 > 0.45) & (TIME > 0.6)
    at = np.flatnonzero(quiet)[:-LATENCY]
    ratio = np.sum(out[0, at + LATENCY] * chord[at]) / np.sum(chord[at] ** 2)
    assert 20 * np.log10(ratio) > -1.0
