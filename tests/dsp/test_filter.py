"""The state-variable filter against the bilinear transform of its analog design."""

import numpy as np
import pytest
from numba import njit

from dsp.filter import svf_coefficients, svf_step
from dsp.lanes import lane, load, splat, store

RATE = 48000
Q_OF_LANE = np.array([0.5, 0.6, 0.70710678, 1.0, 1.5, 2.0, 4.0, 8.0], np.float32)


@njit(error_model="numpy", _nrt=False)
def filtered(x, cutoff, damping, low_out, band_out):
    p, q, r = svf_coefficients(load(cutoff, 0), load(damping, 0))
    s1 = s2 = splat(0.0)
    for i in range(len(x)):
        before_1, before_2 = s1, s2
        s1, s2 = svf_step(splat(x[i]), s1, s2, p, q, r)
        store(low_out, 8 * i, 0.5 * (before_2 + s2))
        store(band_out, 8 * i, 0.5 * (before_1 + s1))


@njit(error_model="numpy", _nrt=False)
def swept(x, start, end, damping, out):
    s1 = s2 = splat(0.0)
    quanta = len(x) // 64
    p, q, r = svf_coefficients(splat(start), splat(damping))
    for quantum in range(quanta):
        after = start + (end - start) * (quantum + 1) / quanta
        p_after, q_after, r_after = svf_coefficients(splat(after), splat(damping))
        share = 1.0 / 64.0
        p_step, q_step, r_step = (p_after - p) * share, (q_after - q) * share, (r_after - r) * share
        for i in range(64):
            p += p_step
            q += q_step
            r += r_step
            before = s2
            s1, s2 = svf_step(splat(x[quantum * 64 + i]), s1, s2, p, q, r)
            out[quantum * 64 + i] = lane(0.5 * (before + s2), 2)
        p, q, r = p_after, q_after, r_after


def responses(cutoff_hz, frames=1 << 17):
    """Frequencies, and the measured low-, band- and high-pass of the eight Q, from the impulse response."""
    x = np.zeros(frames, np.float32)
    x[0] = 1.0
    low, band = np.zeros((frames, 8), np.float32), np.zeros((frames, 8), np.float32)
    damping = np.float32(1.0) / Q_OF_LANE
    filtered(x, np.full(8, cutoff_hz / RATE, np.float32), damping, low.reshape(-1), band.reshape(-1))
    spectrum = {"low": np.fft.rfft(low, axis=0), "band": np.fft.rfft(band, axis=0)}
    spectrum["high"] = 1.0 - damping * spectrum["band"] - spectrum["low"]
    return np.fft.rfftfreq(frames, 1 / RATE), spectrum


@pytest.mark.parametrize("cutoff_hz", [30.0, 120.0, 500.0, 2000.0, 8000.0, 18000.0])
def test_response_is_that_of_the_design(cutoff_hz):
    hz, measured = responses(cutoff_hz)
    audible = (hz > 10.0) & (hz < 22000.0)
    s = 1j * np.tan(np.pi * hz / RATE) / np.tan(np.pi * cutoff_hz / RATE)
    for lane_number, q in enumerate(Q_OF_LANE):
        below = s**2 + s / q + 1.0
        for output, above in (("low", 1.0), ("band", s), ("high", s**2)):
            design = np.abs(above / below)
            heard = audible & (design > 10 ** (-60 / 20))
            error = 20 * np.log10(np.abs(measured[output][heard, lane_number]) / design[heard])
            assert np.abs(error).max() < 0.2, (output, q)


def test_cutoff_is_where_butterworth_loses_three_decibels():
    hz, measured = responses(1000.0)
    at = np.argmin(np.abs(hz - 1000.0))
    assert 20 * np.log10(np.abs(measured["low"][at, 2])) == pytest.approx(-3.01, abs=0.05)


def test_cutoffs_outside_the_limits_are_held_and_stay_stable():
    rng = np.random.default_rng(0)
    x = rng.normal(size=4800).astype(np.float32)
    low, band = np.zeros((4800, 8), np.float32), np.zeros((4800, 8), np.float32)
    cutoff = np.float32([-1.0, 0.0, 1e-9, 0.46, 0.5, 1.0, 10.0, 1e9])
    filtered(x, cutoff, np.full(8, 0.125, np.float32), low.reshape(-1), band.reshape(-1))
    assert np.isfinite(low).all()
    assert np.abs(low).max() < 50.0


def test_a_moving_cutoff_does_not_click():
    # A low-passed 200 Hz sine while the cutoff runs over five octaves in half a second: what the
    # movement adds above 3 kHz must stay inaudible.
    time = np.arange(RATE // 2 // 64 * 64) / RATE
    x = (np.sin(2 * np.pi * 200.0 * time) * np.minimum(time / 0.05, 1.0)).astype(np.float32)
    out = np.zeros_like(x)
    swept(x, 300.0 / RATE, 9600.0 / RATE, 1.4, out)
    spectrum = np.abs(np.fft.rfft(out * np.blackman(len(out))))
    hz = np.fft.rfftfreq(len(out), 1 / RATE)
    assert 20 * np.log10(spectrum[hz > 3000.0].max() / spectrum.max()) < -90.0
