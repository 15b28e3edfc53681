"""The reverb against theory: decay times as asked, echoes that grow dense, no mode that rings alone."""

import numpy as np
import pytest
from scipy.ndimage import median_filter
from scipy.signal import butter, sosfiltfilt

from dsp.compiled import kernel
from dsp.quantum import QUANTUM
from dsp.reverb import REVERB, prepare_reverb, render_reverb
from tests.dsp.stream import RATE, Effect, copy_quantum, denormals_in


@kernel
def step(reverb, left, right, knobs, q, rate):
    copy_quantum(left, 0, reverb.left, 0)
    copy_quantum(right, 0, reverb.right, 0)
    render_reverb(reverb, knobs[q, 0], knobs[q, 1], rate)
    copy_quantum(reverb.left, 0, left, 0)
    copy_quantum(reverb.right, 0, right, 0)


EFFECT = Effect(REVERB, prepare_reverb, step)


def impulse_response(decay_s, damping_hz, seconds, rate=RATE):
    x = np.zeros((2, int(seconds * rate)), np.float32)
    x[:, 0] = 1.0
    return EFFECT.run(x, [(decay_s, damping_hz)], rate)[0].astype(float)


def decay_time(channel, low_hz, high_hz, rate=RATE):
    """Reverberation time (ISO 3382 T30): Schroeder's backward integral from -5 to -35 dB."""
    band = sosfiltfilt(butter(4, [low_hz, high_hz], "band", fs=rate, output="sos"), channel)
    energy = np.cumsum(band[::-1] ** 2)[::-1]
    level = 10.0 * np.log10(energy / energy[0] + 1e-30)
    first, last = np.argmax(level < -5.0), np.argmax(level < -35.0)
    return -60.0 / np.polyfit(np.arange(first, last) / rate, level[first:last], 1)[0]


@pytest.mark.parametrize("asked_s", [1.5, 3.0, 6.0, 10.0])
def test_decay_time_is_what_was_asked(asked_s):
    for channel in impulse_response(asked_s, 4000.0, 1.1 * asked_s):
        assert decay_time(channel, 250.0, 500.0) == pytest.approx(asked_s, rel=0.1)


@pytest.mark.parametrize("rate", [44100, 96000])
def test_decay_time_does_not_depend_on_the_sample_rate(rate):
    for channel in impulse_response(3.0, 4000.0, 3.3, rate):
        assert decay_time(channel, 250.0, 500.0, rate) == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(
    ("asked_s", "damping_hz"), [(2.0, 8000), (4.0, 2000), (4.0, 5000), (8.0, 3000), (10.0, 4000)]
)
def test_decay_time_halves_at_the_damping_frequency(asked_s, damping_hz):
    for channel in impulse_response(asked_s, damping_hz, 0.8 * asked_s):
        found = decay_time(channel, damping_hz * 2 ** (-1 / 6), damping_hz * 2 ** (1 / 6))
        assert found == pytest.approx(asked_s / 2, rel=0.15)


def echo_density(channel):
    """Abel and Huang's normalised echo density every 10 ms over 20 ms: 0 for lone echoes, 1 for noise."""
    window = np.hanning(int(0.02 * RATE))
    window /= window.sum()
    found = []
    for at in range(0, RATE // 2, RATE // 100):
        part = channel[at : at + len(window)]
        found.append(np.sum(window * (np.abs(part) > np.sqrt(np.sum(window * part**2)))) / 0.3173)
    return np.array(found)


def test_echoes_grow_dense_within_a_fifth_of_a_second():
    for channel in impulse_response(6.0, 6000.0, 1.0):
        density = echo_density(channel)
        twentieths = [density[k : k + 5].mean() for k in (3, 8, 13)]
        assert twentieths == sorted(twentieths)
        assert density[18:].mean() > 0.93
        assert density[18:].min() > 0.75


@pytest.mark.parametrize("asked_s", [3.0, 10.0])
def test_no_mode_stands_out_of_the_late_tail(asked_s):
    # A second of the tail, about 20 and 40 dB down, in bands of a 24th of an octave against the median
    # of the octave around: white noise gives 4 dB here, one lone resonance 12 and more.
    edges = 2.0 ** np.arange(np.log2(130.0), np.log2(6000.0), 1 / 24)
    hz = np.fft.rfftfreq(RATE, 1 / RATE)
    for channel in impulse_response(asked_s, 6000.0, 0.7 * asked_s + 1.1):
        for share in (0.35, 0.7):
            tail = channel[int(share * asked_s * RATE) :][:RATE]
            power = np.abs(np.fft.rfft(tail * np.hanning(RATE))) ** 2
            bands = np.array([power[(hz >= low) & (hz < low * 2 ** (1 / 24))].mean() for low in edges])
            above = 10 * np.log10(bands / median_filter(bands, 25))[(edges > 200) & (edges < 4000)]
            assert above.max() < 9.0


def test_the_two_sides_are_unlike():
    left, right = impulse_response(3.0, 5000.0, 2.0)
    assert abs(np.corrcoef(left[RATE // 4 :], right[RATE // 4 :])[0, 1]) < 0.1
    assert 10 * np.log10(np.sum(left**2) / np.sum(right**2)) == pytest.approx(0.0, abs=1.0)


def test_bass_stays_dry():
    left, _ = impulse_response(3.0, 5000.0, 3.0)
    power = np.abs(np.fft.rfft(left)) ** 2
    hz = np.fft.rfftfreq(len(left), 1 / RATE)
    assert 10 * np.log10(power[hz < 20].mean() / power[(hz > 400) & (hz < 1000)].mean()) < -15.0


@pytest.mark.parametrize(
    ("decay_s", "damping_hz"), [(0.1, 500), (0.5, 12000), (30.0, 500), (30.0, 12000), (30.0, 22000)]
)
def test_the_ends_of_the_ranges_stay_stable(decay_s, damping_hz):
    rng = np.random.default_rng(5)
    x = np.zeros((2, 12 * RATE), np.float32)
    x[:, : 2 * RATE] = 0.3 * rng.normal(size=(2, 2 * RATE))
    y, _ = EFFECT.run(x, [(decay_s, damping_hz)])
    assert np.isfinite(y).all()
    loudness = [np.sqrt(np.mean(y[:, k * RATE : (k + 1) * RATE] ** 2)) for k in (2, 5, 8, 11)]
    assert loudness == sorted(loudness, reverse=True)


def test_moving_decay_and_damping_does_not_click():
    # What a ramp of both knobs over 50 ms adds above 8 kHz to a 300 Hz tone, against no ramp.
    time = np.arange(2 * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 300.0 * time) * np.minimum(time / 0.2, 1.0)
    quanta = len(tone) // QUANTUM
    still = np.tile([2.0, 2000.0], (quanta, 1))
    moved = still.copy()
    share = np.clip((np.arange(quanta) * QUANTUM / RATE - 1.0) / 0.05, 0.0, 1.0)
    moved[:, 0] += share * 8.0
    moved[:, 1] += share * 8000.0
    high = butter(6, 8000.0, "high", fs=RATE, output="sos")
    around = slice(int(0.95 * RATE), int(1.2 * RATE))
    for knobs in (still, moved):
        wet = EFFECT.run(tone, knobs)[0][0].astype(float)
        assert 20 * np.log10(np.abs(sosfiltfilt(high, wet)[around]).max()) < -90.0


def test_the_tail_ends_and_leaves_nothing_denormal():
    x = np.zeros((2, 60 * RATE), np.float32)
    x[:, :100] = 1.0
    state = EFFECT.record()
    y, _ = EFFECT.run(x, [(1.0, 5000.0)], state=state)
    assert denormals_in(state) == 0
    assert not y[:, -RATE:].any()
