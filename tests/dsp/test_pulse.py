"""The soft heart: two low thuds, in time, in register, without clicks, whatever the note's length."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, find_peaks, hilbert, sosfiltfilt

from dsp import pulse
from dsp.pulse import SOFT_HEART
from tests.dsp.claims import EVERY_INSTRUMENT, assert_no_click, strongest_near
from tests.dsp.drive import RATE, RELEASE, Event, Instrument, note

HEART = Instrument(pulse.HEART)


def envelope(x: np.ndarray) -> np.ndarray:
    return np.abs(hilbert(x.astype(np.float64)))


@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim):
    claim(HEART, Event(0.0, pitch=36.0, brightness=0.5))


def test_a_beat_is_two_thuds_as_far_apart_as_systole():
    sound, _ = HEART.play(note(36), 1.0)
    e = sosfiltfilt(butter(2, 25.0, fs=RATE, output="sos"), envelope(sound[0]))
    peaks, _ = find_peaks(e, height=0.15 * e.max(), distance=int(0.1 * RATE))
    assert len(peaks) == 2
    assert np.diff(peaks)[0] / RATE == pytest.approx(SOFT_HEART.second_after_s, abs=0.02)
    assert e[peaks[1]] / e[peaks[0]] == pytest.approx(SOFT_HEART.second_level, rel=0.15)


@pytest.mark.parametrize("pitch", [31.0, 36.0, 42.0])
def test_its_body_lies_where_small_speakers_and_ears_are(pitch):
    sound, _ = HEART.play(note(pitch, brightness=0.5, velocity=0.6), 1.0)
    x = sound[0].astype(np.float64)
    power = np.abs(np.fft.rfft(x, 1 << 18)) ** 2
    f = np.fft.rfftfreq(1 << 18, 1 / RATE)
    assert power[(f > 95) & (f < 300)].sum() > 0.4 * power.sum()
    assert power[(f > 40) & (f < 400)].sum() > 0.93 * power.sum()
    assert power[f < 20].sum() < 1e-3 * power.sum()


@pytest.mark.parametrize("pitch", [31.0, 36.0, 42.0])
def test_both_thuds_are_in_tune_and_their_overtones_are_octaves_and_a_twelfth(pitch):
    x = HEART.play(note(pitch, brightness=0.5), 1.0)[0][0].astype(np.float64)
    asked = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    for begin_s in (0.08, SOFT_HEART.second_after_s + 0.08):
        held = x[int(begin_s * RATE) : int((begin_s + 0.2) * RATE)]
        for partial in (1, 2, 3):
            found = strongest_near(held, partial * asked, cents=150.0)
            assert abs(1200.0 * np.log2(found / (partial * asked))) < 40.0


@pytest.mark.parametrize("brightness", [0.0, 1.0])
def test_onset_is_soft(brightness):
    sound, _ = HEART.play(note(36, attack_s=0.0, brightness=brightness), 0.25)
    e = envelope(np.concatenate([np.zeros(4800), sound[0]]))
    top = e.max()
    first = np.argmax(e >= 0.9 * top)
    assert (first - np.argmax(e >= 0.1 * top)) / RATE >= 0.010
    assert_no_click(sound[0], 0.0)
    assert_no_click(HEART.play(note(36), 1.0)[0][0], SOFT_HEART.second_after_s)


def test_the_notes_length_does_not_matter():
    long, _ = HEART.play(note(36), 1.0)
    short, _ = HEART.play([*note(36, release_s=0.05), Event(0.02, kind=RELEASE)], 1.0)
    assert np.abs(long - short).max() < 1e-4


def test_a_beat_ends_by_itself():
    sound, stages = HEART.play(note(36), 1.5)
    assert stages[-1, 0] == 0.0
    assert not sound[:, int(1.2 * RATE) :].any()
    assert np.abs(sound[:, int(0.95 * RATE) :]).max() < 1e-3


def test_a_second_beat_while_one_still_sounds_adds_no_click():
    events = [Event(0.45 * k, voice=k % 2, pitch=36.0) for k in range(4)]
    sound, _ = HEART.play(events, 2.0)
    for k in range(1, 4):
        assert_no_click(sound[0], 0.45 * k)


def test_pitch_sinks_within_a_thud():
    sound, _ = HEART.play(note(42, brightness=0.0), 0.3)
    low = sosfiltfilt(butter(4, 120.0, fs=RATE, output="sos"), sound[0].astype(np.float64))
    phase = np.unwrap(np.angle(hilbert(low)))
    frequency = np.diff(phase) * RATE / (2 * np.pi)
    early = np.median(frequency[int(0.02 * RATE) : int(0.04 * RATE)])
    late = np.median(frequency[int(0.15 * RATE) : int(0.2 * RATE)])
    assert 0.92 * early < late < 0.98 * early
