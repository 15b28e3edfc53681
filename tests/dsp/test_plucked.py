"""Plucked strings against theory: tuning, decay of each harmonic, the finger's comb, onset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dsp.plucked import PLUCK, SOFT_STRING, prepare_plucked
from tests.dsp.claims import (
    EVERY_INSTRUMENT,
    assert_no_click,
    centroid_hz,
    cents,
    decay_s,
    hertz,
    level_of,
    rise_s,
    strongest_near,
)
from tests.dsp.drive import RATE, Event, Instrument, note

STRING = Instrument(PLUCK)


def variant(**changes):
    patch = replace(SOFT_STRING, **changes)
    return STRING.prepared_by(lambda r, rate, seed: prepare_plucked(r, rate, seed, patch))


def designed_decay_s(pitch: float, brightness: float, harmonic: int) -> float:
    """The loop loses rho a period below the low-pass, rho squared at the damping frequency; in between
    the one-pole's magnitude decides. Worked out here in double precision, by bisection for the pole."""
    f0 = hertz(pitch)
    octaves = (pitch - 60) / 12
    slow = SOFT_STRING.decay_s * 2.0 ** (-octaves / SOFT_STRING.decay_octaves)
    opened = min(brightness + 0.5 * SOFT_STRING.velocity_clearness, 1.0)  # at velocity 1
    corner = SOFT_STRING.dullest_hz * (SOFT_STRING.clearest_hz / SOFT_STRING.dullest_hz) ** opened
    corner *= 2.0 ** (SOFT_STRING.damping_tracking * octaves)
    rho = 10.0 ** (-3.0 / (f0 * slow))

    def magnitude(pole, frequency):
        return (1 - pole) / abs(1 - pole * np.exp(-2j * np.pi * frequency / RATE))

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if magnitude(middle, corner) > rho else (low, middle)
    return -3.0 / (np.log10(rho * magnitude(low, harmonic * f0)) * f0)


@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim):
    claim(STRING, Event(0.0, pitch=60.0, brightness=0.5))


@pytest.mark.parametrize("brightness", [0.0, 0.5, 1.0])
def test_in_tune_within_two_cents_over_the_range(brightness):
    for pitch in (*range(36, 89, 4), 51.37, 69.81, 87.5):
        sound, _ = STRING.play(note(pitch, brightness=brightness), 2.0)
        measured = strongest_near(sound[0, RATE // 4 :], hertz(pitch))
        assert abs(cents(measured, hertz(pitch))) < 2.0, pitch


@pytest.mark.parametrize("rate", [44100, 96000])
def test_in_tune_at_other_sample_rates(rate):
    for pitch in (36, 60, 84):
        sound, _ = STRING.play(note(pitch), 2.0, rate=rate)
        measured = strongest_near(sound[0, rate // 4 :], hertz(pitch) * RATE / rate) * rate / RATE
        assert abs(cents(measured, hertz(pitch))) < 2.0, pitch


@pytest.mark.parametrize("brightness", [0.2, 0.8])
@pytest.mark.parametrize("pitch", [43, 60, 76])
def test_each_harmonic_decays_as_designed(pitch, brightness):
    sound, _ = STRING.play(note(pitch, brightness=brightness), 2.0)
    for harmonic in (1, 2, 3, 5):
        wanted = designed_decay_s(pitch, brightness, harmonic)
        frequency = strongest_near(sound[0, RATE // 10 :], harmonic * hertz(pitch), 40)
        measured = decay_s(sound[0], frequency, 0.15, min(0.15 + wanted, 1.9), 0.1)
        assert measured == pytest.approx(wanted, rel=0.05), harmonic


def test_finger_silences_the_harmonics_with_a_node_under_it():
    sharp = variant(pluck_point=0.25, wander_octaves=0.0, finger_noise=0.0, narrowest_finger=0.03)
    sound, _ = sharp.play(note(48, brightness=1.0), 1.0)
    levels = [level_of(sound[0, 4800:], n * hertz(48), 0.2)[1].mean() for n in range(1, 13)]
    for node in (4, 8, 12):
        assert levels[node - 1] < 0.1 * levels[node - 2]


def test_loop_keeps_no_constant():
    sound, _ = STRING.play(note(36, brightness=1.0), 3.0)
    for second in (1, 2):
        part = sound[0, second * RATE : (second + 1) * RATE].astype(np.float64)
        assert abs(np.average(part, weights=np.hanning(RATE))) < 10 ** (-60 / 20) * part.std()


@pytest.mark.parametrize("pitch", [60, 72, 84])
def test_onset_is_soft_however_short_an_attack_is_asked(pitch):
    sound, _ = STRING.play(note(pitch, attack_s=0.0, brightness=1.0), 0.5)
    assert rise_s(sound[0], 1.0 / hertz(pitch)) >= 0.010
    assert_no_click(sound[0], 0.0)


def test_no_two_notes_are_plucked_alike():
    """The same string, eight times: its third harmonic moves by some decibels, its loudness does not."""
    sounds = [STRING.play(note(60, velocity=0.6), 1.0, seed=seed)[0] for seed in range(1, 9)]
    third = [20 * np.log10(level_of(x[0, 2400:], 3 * hertz(60), 0.2)[1][0]) for x in sounds]
    loudness = [20 * np.log10(x.astype(float).std()) for x in sounds]
    assert 1.5 < np.ptp(third) < 20.0
    assert np.ptp(loudness) < 2.0


@pytest.mark.parametrize("pitch", [52, 64])
def test_velocity_changes_the_colour(pitch):
    soft, middle, hard = (
        centroid_hz(STRING.play(note(pitch, velocity=velocity), 1.0)[0].sum(axis=0).astype(float))
        for velocity in (0.3, 0.5, 0.7)
    )
    assert hard > 1.4 * soft
    assert soft < middle < hard


@pytest.mark.parametrize("pitch", [45, 60, 76])
def test_a_note_is_wide_and_stands_where_both_ears_are_one(pitch):
    for seed in (1, 2, 3):
        left, right = STRING.play(note(pitch), 2.0, seed=seed)[0].astype(float)
        assert 0.4 < np.corrcoef(left, right)[0, 1] < 0.8
        apart = np.mean(left**2 + right**2) / 2
        assert 10 * np.log10(np.mean((0.5 * (left + right)) ** 2) / apart) > -1.5


def test_a_string_that_has_died_away_frees_its_voice_and_not_before():
    sound, stages = STRING.play(note(84, brightness=0.0), 6.0)
    ended = int(np.argmax(stages[:, 0] == 0.0))
    assert 1.0 < ended * 64 / RATE < 6.0
    assert np.abs(sound[:, ended * 64 - 640 : ended * 64]).max() < 1e-4
    assert np.abs(sound[:, ended * 64 - RATE : ended * 64 - RATE + 640]).max() > 3e-5
    assert not sound[:, ended * 64 + 64 :].any()


def test_low_strings_do_not_fall_silent_between_their_pulses():
    _, stages = STRING.play(note(36), 4.0)
    assert (stages[:, 0] > 0.0).all()
