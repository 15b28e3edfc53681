"""Warm pad and low drone: tuning within their drift, slow movement, a cutoff that follows."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dsp.compiled import kernel
from dsp.envelope import VOICES
from dsp.sustained import (
    LOW_DRONE,
    WARM_PAD,
    prepare_sustained,
    render_sustained,
    start_sustained,
    sustained_dtype,
)
from tests.dsp.claims import EVERY_INSTRUMENT, assert_no_click, centroid_hz, cents, hertz, strongest_near
from tests.dsp.drive import RATE, Event, Instrument, note


@kernel
def render(record, left, right, _sample_rate):
    render_sustained(record, VOICES, left, right)


PAD = Instrument(
    sustained_dtype(VOICES),
    lambda r, rate, seed: prepare_sustained(r, rate, seed, WARM_PAD),
    start_sustained,
    render,
)


def variant(patch, **changes):
    changed = replace(patch, **changes)
    return PAD.prepared_by(lambda r, rate, seed: prepare_sustained(r, rate, seed, changed))


DRONE = variant(LOW_DRONE)
STILL = variant(WARM_PAD, detune_cents=0.0, drift_cents=0.0, sweep=0.0, sustain=1.0)


@pytest.mark.parametrize(("instrument", "pitch"), [(PAD, 60.0), (DRONE, 40.0)], ids=["pad", "drone"])
@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim, instrument, pitch):
    claim(instrument, Event(0.0, pitch=pitch, brightness=0.5, attack_s=0.1))


@pytest.mark.parametrize("pitch", [33, 45.5, 60, 72, 84])
def test_without_drift_a_note_is_in_tune(pitch):
    sound, _ = STILL.play(note(pitch, attack_s=0.1), 3.0)
    assert abs(cents(strongest_near(sound[0, RATE:], hertz(pitch)), hertz(pitch))) < 0.5


def test_pitch_drifts_slowly_and_by_the_cents_it_should():
    """Six notes of 40 s: each wanders, none further than the patch says, at 0.03 to 0.15 Hz."""
    drifting = variant(WARM_PAD, detune_cents=0.0, sweep=0.0, sustain=1.0)
    furthest = []
    for seed in range(6):
        sound, _ = drifting.play(note(69, attack_s=0.1, brightness=0.0), 40.0, seed=seed)
        base = sound[0].astype(np.float64) * np.exp(-2j * np.pi * 440.0 / RATE * np.arange(sound.shape[1]))
        window = np.hanning(RATE // 5)
        smooth = np.convolve(base, window / window.sum(), "same")[RATE:-RATE:480]
        wander = cents(440.0 + np.diff(np.unwrap(np.angle(smooth))) * 100 / (2 * np.pi), 440.0)
        assert np.abs(wander).max() < WARM_PAD.drift_cents * 1.05
        assert np.abs(np.diff(wander)).max() < 0.06
        furthest.append(np.abs(wander).max())
    assert max(furthest) > 0.8 * WARM_PAD.drift_cents


def test_brightness_opens_the_cutoff_and_pitch_carries_it_along():
    def centroid(pitch, brightness):
        return centroid_hz(STILL.play(note(pitch, attack_s=0.1, brightness=brightness), 2.0)[0][0])

    rising = [centroid(55, b) for b in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(b > a for a, b in pairwise(rising))
    assert 1.2 < centroid(67, 0.5) / centroid(55, 0.5) < 2.2


def test_notes_of_a_seed_differ_in_their_drift_but_repeat():
    events = [Event(0.0, voice=v, pitch=60.0, attack_s=0.1) for v in range(2)]
    alone = [PAD.play([Event(0.0, voice=v, pitch=60.0, attack_s=0.1)], 3.0, seed=4)[0] for v in range(2)]
    together, _ = PAD.play(events, 3.0, seed=4)
    assert np.abs(together - 2 * alone[0]).max() > 0.01
    assert np.array_equal(alone[0], alone[1])


@pytest.mark.parametrize("attack_s", [0.0, 0.5, 2.0])
def test_attack_lasts_as_long_as_asked_but_never_clicks(attack_s):
    sound, _ = STILL.play(note(60, attack_s=attack_s), 3.0)
    assert_no_click(sound[0], 0.0)
    level = np.sqrt(np.convolve(sound[0].astype(np.float64) ** 2, np.ones(367) / 367, "same"))
    rise = (np.argmax(level > 0.9 * level[-RATE // 2]) - np.argmax(level > 0.1 * level[-RATE // 2])) / RATE
    assert rise == pytest.approx(0.608 * max(attack_s, 0.03), rel=0.05, abs=0.006)
    assert rise >= 0.010


def test_the_level_of_a_pad_and_a_drone_breathes_but_never_vanishes():
    for instrument, pitch in ((PAD, 60.0), (DRONE, 36.0)):
        for seed in range(3):
            sound, _ = instrument.play(note(pitch, attack_s=0.1), 20.0, seed=seed)
            power = (sound[0, 3 * RATE :].astype(np.float64) ** 2).reshape(-1, RATE // 5).mean(axis=1)
            assert 10 * np.log10(power.max() / power.min()) < 14.0
