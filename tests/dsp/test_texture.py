"""Wind and water: what they are made of, how wind follows the breath, gentleness of the drops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, sosfiltfilt

from dsp import texture
from tests.dsp.claims import (
    EVERY_INSTRUMENT,
    assert_no_click,
    centroid_hz,
    velocity_and_brightness_couple,
)
from tests.dsp.drive import RATE, RELEASE, Event, Instrument, note

WIND = Instrument(texture.WIND)
WATER = Instrument(texture.WATER)


@pytest.mark.parametrize("instrument", [WIND, WATER], ids=["wind", "water"])
@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim, instrument):
    if instrument is WATER and claim is velocity_and_brightness_couple:
        pytest.skip("two seconds of drops are too few: test_brighter_water_is_higher_and_faster_water_louder")
    claim(instrument, Event(0.0, attack_s=0.2, brightness=0.5))


def test_brighter_water_is_higher_and_faster_water_louder():
    def water(velocity, brightness):
        sound, _ = WATER.play(note(attack_s=0.2, velocity=velocity, brightness=brightness), 20.0)
        return sound.sum(axis=0).astype(np.float64)

    assert centroid_hz(water(0.6, 1.0)) > 1.15 * centroid_hz(water(0.6, 0.0))
    assert 15.0 < 20 * np.log10(water(1.0, 0.5).std() / water(0.25, 0.5).std()) < 24.0


def middle(sound: np.ndarray, begin_s: float, end_s: float) -> np.ndarray:
    return sound[:, int(begin_s * RATE) : int(end_s * RATE)].astype(np.float64)


def test_wind_rises_in_pitch_on_the_in_breath_and_swells_on_the_way_out():
    half_s = 2.0
    level, pitch = {}, {}
    for way, first_turns in (("in", 0.0), ("out", 0.5)):
        # Only this half of a breath, again and again.
        curve = lambda t, at=first_turns: -np.cos(2 * np.pi * (at + 0.25 * t / half_s % 0.5))  # noqa: E731
        sounds = [WIND.play(note(attack_s=0.5), 68.0, seed, breath=curve)[0] for seed in (1, 2, 3)]
        x = np.concatenate([middle(sound, 4, 68) for sound in sounds], axis=1)
        level[way] = 20 * np.log10(x.std())
        halves = x[0].reshape(-1, 2, round(half_s * RATE))
        power = (np.abs(np.fft.rfft(halves * np.hanning(halves.shape[2]))) ** 2).mean(axis=0)
        pitch[way] = power @ np.fft.rfftfreq(halves.shape[2], 1 / RATE) / power.sum(axis=1)
    assert 1.0 < level["out"] - level["in"] < 3.0
    assert pitch["in"][1] > 1.06 * pitch["in"][0]
    assert pitch["out"][0] > 1.06 * pitch["out"][1]


def test_a_breath_that_stands_still_moves_no_air():
    levels = [
        middle(WIND.play(note(attack_s=0.5), 8.0, breath=lambda t, b=b: np.full_like(t, b))[0], 2, 8).std()
        for b in (-0.3, 0.3)
    ]
    assert 20 * np.log10(levels[1] / levels[0]) == pytest.approx(0.0, abs=1.0)


def test_wind_makes_no_click_even_of_a_breath_that_jumps():
    sound, _ = WIND.play(note(attack_s=0.5), 4.0, breath=lambda t: np.where(t % 0.5 < 0.25, -1.0, 1.0))
    for at_s in np.arange(1.0, 3.6, 0.25):
        assert_no_click(sound[0], at_s)


@pytest.mark.parametrize(
    "instrument", [WIND, WATER], ids=["wind", "water"]
)
def test_stereo_is_wide_but_folds_to_mono(instrument):
    sound, _ = instrument.play(note(attack_s=0.5), 8.0)
    left, right = middle(sound, 1, 8)
    correlation = np.corrcoef(left, right)[0, 1]
    assert 0.0 < correlation < 0.9
    assert (left + right).std() > 0.6 * (left.std() + right.std())


@pytest.mark.parametrize("instrument", [WIND, WATER], ids=["wind", "water"])
def test_lies_in_the_calm_range_and_has_no_bass(instrument):
    sound, _ = instrument.play(note(attack_s=0.5, velocity=0.5, brightness=0.35), 10.0)
    x = middle(sound, 1, 10)[0]
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    assert 400 < (power * f).sum() / power.sum() < 1400
    assert power[f < 20].sum() < 1e-3 * power.sum()
    assert power[f > 6000].sum() < 1e-2 * power.sum()


def test_water_drips_now_and_then_and_its_drops_rise():
    """Two to twenty separate drops a second; the loud ones glide upwards, as bubbles do."""
    sound, _ = WATER.play(note(attack_s=0.3, velocity=1.0), 20.0)
    x = middle(sound, 1, 20).sum(axis=0)
    envelope = sosfiltfilt(butter(2, 30.0, fs=RATE, output="sos"), np.abs(x))
    peaks, _ = find_peaks(envelope, height=4 * np.median(envelope), distance=int(0.03 * RATE))
    assert 2 < len(peaks) / 19 < 20
    rising = 0
    loudest = peaks[np.argsort(envelope[peaks])][-12:]
    for at in loudest:
        early, late = x[at - 480 : at + 960], x[at + 1440 : at + 2880]
        peak = [np.argmax(np.abs(np.fft.rfft(p * np.hanning(len(p)), 1 << 15))) for p in (early, late)]
        rising += peak[1] >= peak[0]
    assert rising >= 9


def test_drops_begin_softly():
    sound, _ = WATER.play(note(attack_s=0.3), 20.0)
    x = middle(sound, 1, 20).sum(axis=0)
    level = np.maximum.reduce([np.abs(np.roll(x, k)) for k in range(0, 96, 4)])
    at = int(np.argmax(level))
    before = level[at - 4800 : at + 1]
    top, floor = level[at], np.median(before[:2400])
    above = before[::-1] <= floor + 0.9 * (top - floor)
    below = before[::-1] <= floor + 0.1 * (top - floor)
    assert (np.argmax(below) - np.argmax(above)) / RATE >= 0.008


def test_released_wind_falls_silent_and_frees_its_voice():
    events = [*note(attack_s=0.2, release_s=0.5), Event(1.0, kind=RELEASE)]
    sound, stages = WIND.play(events, 2.0)
    assert stages[-1, 0] == 0.0
    assert not sound[:, int(1.51 * RATE) :].any()
    assert middle(sound, 1.0, 1.4).any()
