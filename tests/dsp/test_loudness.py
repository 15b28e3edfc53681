"""The loudness meter against the recommendation's table, pyloudnorm and ffmpeg's ebur128."""

import shutil

import numpy as np
import pyloudnorm
import pytest
from scipy.signal import lfilter, sosfreqz

from dsp.compiled import kernel
from dsp.lanes import WIDTH
from dsp.loudness import (
    METER,
    SILENCE_LUFS,
    as_biquad,
    integrated_lufs,
    lufs,
    prepare_meter,
    weigh,
    weighting,
)
from dsp.quantum import QUANTUM
from tests.dsp.ebur128 import ffmpeg_loudness
from tests.dsp.stream import RATE, Effect

SECONDS = 12
"""Length of each test signal."""


@kernel
def step(meter_and_bus, left, right, knobs, q, _rate):
    bus = meter_and_bus.bus
    for i in range(QUANTUM):
        bus[i * WIDTH] = left[i]
        bus[i * WIDTH + 1] = right[i]
        bus[i * WIDTH + 2] = 0.5 * left[i]
        bus[i * WIDTH + 3] = 0.5 * right[i]
    weigh(meter_and_bus.meter, bus)
    for programme in range(3):
        knobs[q, 2 * programme] = lufs(meter_and_bus.meter.momentary[programme])
        knobs[q, 2 * programme + 1] = lufs(meter_and_bus.meter.short_term[programme])


METERED = np.dtype([("meter", METER), ("bus", np.float32, (QUANTUM * WIDTH,))], align=True)
EFFECT = Effect(METERED, lambda record, rate: prepare_meter(record["meter"], rate), step)


def readings(sound, rate=RATE):
    """(quanta, 6): momentary and short-term LUFS of the sound, of its half, and of nothing."""
    return EFFECT.run(sound, [[0.0] * 6], rate)[1]


def signals(rate):
    rng = np.random.default_rng(8)
    time = np.arange(SECONDS * rate) / rate
    noise = rng.normal(size=(2, len(time)))
    pink = lfilter([0.049922, -0.095993, 0.050612, -0.004408], [1, -2.494956, 2.017265, -0.522189], noise)
    slow = 0.55 + 0.45 * np.sin(2 * np.pi * time / 7.0)
    chord = sum(np.sin(2 * np.pi * f * time) for f in (110.0, 164.8, 220.0, 277.2))
    plucks = np.exp(-(time % 0.6) * 5.0) * np.sin(2 * np.pi * 523.25 * time)
    return {
        "sine 1 kHz": 0.1 * np.sin(2 * np.pi * 997.0 * time),
        "sine 60 Hz": 0.3 * np.sin(2 * np.pi * 60.0 * time),
        "sine 25 Hz": 0.5 * np.sin(2 * np.pi * 25.0 * time),
        "sine 8 kHz, left only": np.stack([0.1 * np.sin(2 * np.pi * 8000.0 * time), 0.0 * time]),
        "white noise": 0.05 * noise,
        "pink noise": 0.5 * pink,
        "pink noise, swelling": 0.5 * pink * slow,
        "chord": 0.08 * np.stack([chord, np.roll(chord, 400)]),
        "plucks": 0.4 * np.stack([plucks, 0.5 * plucks]),
        "quiet noise": 0.002 * noise,
    }


NAMES = list(signals(100))


def test_coefficients_are_those_of_the_recommendation():
    # ITU-R BS.1770-4, tables 1 and 2, at 48 kHz.
    shelf, high_pass = (as_biquad(section) for section in weighting(48000))
    np.testing.assert_allclose(
        shelf,
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585],
        atol=1e-12,
    )
    np.testing.assert_allclose(high_pass, [1, -2, 1, 1, -1.99004745483398, 0.99007225036621], atol=1e-12)


@pytest.mark.parametrize("rate", [44100, 88200, 96000])
def test_weighting_is_the_same_at_other_rates(rate):
    hz = np.geomspace(20.0, 10000.0, 200)
    here, there = (
        20 * np.log10(np.abs(sosfreqz([as_biquad(s) for s in weighting(r)], hz, fs=r)[1]))
        for r in (rate, 48000)
    )
    assert np.abs(here - there).max() < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_within_a_tenth_of_ffmpeg(name, tmp_path):
    sound = np.atleast_2d(signals(RATE)[name]) * np.ones((2, 1))
    rows, _ = ffmpeg_loudness(sound, RATE, tmp_path / "sound.wav")
    ours = readings(sound)
    last = np.minimum(np.round(rows[:, 0] * RATE / QUANTUM).astype(int), len(ours)) - 1
    settled = (rows[:, 0] > 3.2) & (rows[:, 0] < SECONDS - 0.1)
    assert settled.sum() > 80
    np.testing.assert_allclose(ours[last[settled], 0], rows[settled, 1], atol=0.1)
    np.testing.assert_allclose(ours[last[settled], 1], rows[settled, 2], atol=0.1)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize("name", NAMES)
def test_integrated_loudness_is_ffmpegs_and_pyloudnorms(name, rate, tmp_path):
    sound = np.atleast_2d(signals(rate)[name]) * np.ones((2, 1))
    ours = integrated_lufs(sound, rate)
    if shutil.which("ffmpeg") is not None:
        assert ours == pytest.approx(ffmpeg_loudness(sound, rate, tmp_path / "sound.wav")[1], abs=0.1)
    if "25 Hz" not in name:  # pyloudnorm's high-pass is a little off the recommendation's, far down
        assert ours == pytest.approx(pyloudnorm.Meter(rate).integrated_loudness(sound.T), abs=0.1)


def test_integrated_loudness_of_silence_and_of_too_little():
    assert integrated_lufs(np.zeros((2, RATE)), RATE) == -np.inf
    assert integrated_lufs(np.ones((2, 100)), RATE) == -np.inf


def test_a_full_scale_sine_reads_minus_three():
    # EBU Tech 3341: 1 kHz at -23 dBFS (peak) on both channels is -23.0 LUFS.
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000.0 * np.arange(5 * RATE) / RATE)
    assert readings(sine)[-1, :2] == pytest.approx([-23.0, -23.0], abs=0.1)


def test_programmes_do_not_touch_one_another():
    found = readings(signals(RATE)["pink noise"])[-1]
    assert found[2:4] == pytest.approx(found[:2] - 20 * np.log10(2.0), abs=1e-3)
    assert (found[4:] == SILENCE_LUFS).all()


def test_windows_forget():
    sound = np.zeros(8 * RATE)
    sound[: 2 * RATE] = signals(RATE)["sine 1 kHz"][: 2 * RATE]
    found = readings(sound)
    per_second = RATE / QUANTUM
    assert found[int(2.5 * per_second), 0] < -70.0 < found[int(2.38 * per_second), 0] - 30.0
    assert found[int(5.1 * per_second), 1] < -65.0 < found[int(4.95 * per_second), 1] - 20.0
