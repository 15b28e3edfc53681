"""The choir: in tune, without aliases or clicks, on a vowel that opens, with breath that follows the lead."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from dsp.choir import CHOIR, SHORTEST_ATTACK_S
from dsp.envelope import IDLE
from tests.dsp.claims import EVERY_INSTRUMENT, assert_no_click, centroid_hz, cents, hertz, strongest_near
from tests.dsp.drive import RATE, RELEASE, Event, Instrument, note

VOICES = Instrument(CHOIR)

SLOW = {"attack_s": 0.3}


@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim):
    claim(VOICES, Event(0.0, pitch=60.0, brightness=0.5))


def heard(pitch, seconds=4.0, breath=None, **asked):
    """Both ears of one held note, shape (2, frames), its first second left out."""
    return VOICES.play(note(pitch, **SLOW, **asked), seconds, breath=breath)[0][:, RATE:].astype(float)


def power(x):
    """(Hz, power), Hann window."""
    spectrum = np.abs(np.fft.rfft(x * np.hanning(x.shape[-1]))) ** 2
    return np.fft.rfftfreq(x.shape[-1], 1 / RATE), spectrum


@pytest.mark.parametrize("pitch", [43, 55.5, 60, 72, 79])
def test_in_tune(pitch):
    measured = strongest_near(heard(pitch, 7.0)[0], hertz(pitch))
    assert abs(cents(measured, hertz(pitch))) < 8.0  # it drifts by 5, and its vibrato is 6


@pytest.mark.parametrize("pitch", [67, 79, 84])
def test_nothing_folds_back(pitch):
    """Between the harmonics no line stands out of the breath's own noise, over -60 dB under the tone."""
    hz, found = power(heard(pitch, 6.0, velocity=1.0, brightness=1.0)[0])
    away = np.abs(hz / hertz(pitch) - np.round(hz / hertz(pitch))) > 0.1
    assert found[away & (hz > 100.0)].max() < 10 ** (-60 / 10) * found.max()


def test_a_held_note_stands_still_and_is_wide():
    for seed in (1, 2, 3):
        sound, _ = VOICES.play(note(57, **SLOW), 23.0, seed=seed)
        x = sound[:, 3 * RATE :].astype(float)
        levels = 10 * np.log10(np.mean(x.reshape(2, -1, RATE // 10) ** 2, axis=(0, 2)))
        assert np.ptp(levels) < 4.0
        assert np.corrcoef(*x)[0, 1] < 0.9
        apart = np.mean(x**2)
        assert 10 * np.log10(np.mean(x.mean(axis=0) ** 2) / apart) > -2.0


def test_brightness_opens_the_vowel_from_oo_to_ah():
    """Between the two formants: the first opens from 337 to 725 Hz, the second from 650 to 1115 Hz."""
    closed, opened = (power(heard(43, brightness=b, velocity=0.5)[0]) for b in (0.0, 1.0))

    def share(of, low, high):
        hz, found = of
        return 10 * np.log10(found[(hz > low) & (hz < high)].sum() / found[(hz > 50) & (hz < 500)].sum())

    for band in ((650.0, 850.0), (1000.0, 1250.0), (2500.0, 2900.0)):
        assert share(opened, *band) > share(closed, *band) + 6.0


def test_velocity_changes_the_colour():
    soft, middle, hard = (centroid_hz(heard(60, velocity=v).sum(axis=0)) for v in (0.3, 0.5, 0.7))
    assert soft < middle < hard
    assert hard > 1.2 * soft


def test_held_notes_follow_their_channels_brightness():
    states = [VOICES.record() for _ in range(2)]
    for state in states:
        state["channel_brightness"] = 0.1
        VOICES.play([Event(0.0, brightness=0.1, **SLOW)], 1.0, state=state)
    states[1]["channel_brightness"] = 0.8
    dark, bright = (VOICES.play([], 2.0, state=state)[0].sum(axis=0).astype(float) for state in states)
    assert centroid_hz(bright) > 1.3 * centroid_hz(dark)


def noise_db(x):
    """Level over 5 kHz, where there is breath and hardly any tone."""
    sos = butter(6, 5000.0, "high", fs=RATE, output="sos")
    return 10 * np.log10(np.mean(sosfiltfilt(sos, x) ** 2))


def test_more_breath_is_heard_while_the_lead_breathes_out():
    """A breath of 8 s: out from 0 to 4 s, in from 4 to 8 s."""
    sound, _ = VOICES.play(note(**SLOW), 8.0, breath=lambda t: np.cos(2 * np.pi * t / 8.0))
    out, inward = (noise_db(sound[0, int(a * RATE) : int(b * RATE)]) for a, b in ((1.2, 2.8), (5.2, 6.8)))
    assert out > inward + 2.5


def test_breath_is_as_loud_at_every_sample_rate():
    """Between 5 and 15 kHz."""
    levels = []
    for rate in (44100, 96000):
        sound, _ = VOICES.play(note(48, **SLOW), 3.0, rate=rate)
        sos = butter(6, (5000.0, 15000.0), "band", fs=rate, output="sos")
        levels.append(10 * np.log10(np.mean(sosfiltfilt(sos, sound[0, rate:].astype(float)) ** 2)))
    assert levels[0] == pytest.approx(levels[1], abs=1.0)


def test_full_lungs_open_the_vowel():
    empty, full = (heard(48, breath=lambda t, b=b: np.full_like(t, b)).sum(axis=0) for b in (-1.0, 1.0))
    assert centroid_hz(full) > 1.05 * centroid_hz(empty)


@pytest.mark.parametrize("pitch", [48, 60, 72])
def test_it_never_speaks_faster_than_a_voice_swells_and_does_not_click(pitch):
    sound, _ = VOICES.play(
        [Event(0.2, pitch=pitch, attack_s=0.0, release_s=0.0), Event(1.2, kind=RELEASE)], 2.5
    )
    sos = butter(2, 1000.0, "low", fs=RATE, output="sos")
    peaks = np.abs(sosfiltfilt(sos, sound[0].astype(float)))[: round(1.2 * RATE)]
    held = peaks[: len(peaks) // 960 * 960].reshape(-1, 960).max(axis=1)  # 20 ms
    rise_s = 0.02 * (np.argmax(held > 0.9 * held.max()) - np.argmax(held > 0.1 * held.max()))
    assert rise_s > 0.4 * SHORTEST_ATTACK_S
    for moment in (0.2, 1.2, 1.55):
        assert_no_click(sound[0], moment)


def test_the_breath_comes_before_the_tone_and_goes_after_it():
    """In the middle of a slow attack there is already more breath beside the tone than when it is held."""
    sound, _ = VOICES.play([Event(0.0, attack_s=4.0, velocity=1.0)], 8.0)

    def breath_beside_tone(from_s):
        x = sound[0, int(from_s * RATE) : int((from_s + 0.5) * RATE)].astype(float)
        return noise_db(x) - 20 * np.log10(x.std())

    assert breath_beside_tone(0.5) > breath_beside_tone(6.0) + 3.0


def test_release_ends_in_silence_and_an_idle_voice():
    sound, stages = VOICES.play([Event(0.0, release_s=0.5), Event(1.0, kind=RELEASE)], 2.5)
    assert (stages[-1] == IDLE).all()
    assert not sound[:, 2 * RATE :].any()


def test_ten_minutes_held_do_not_fade_or_grow():
    sound, _ = VOICES.play(note(48, attack_s=0.5), 600.0)
    minutes = sound[0].reshape(10, -1).astype(float).std(axis=1)
    assert np.ptp(20 * np.log10(minutes[1:])) < 1.5
