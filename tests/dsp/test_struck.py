"""Felt piano and singing bowl against their tables: pitch, partials, decays, beats, onset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dsp import struck
from dsp.envelope import IDLE
from dsp.struck import BOWL_RATIOS, FELT_PIANO, SINGING_BOWL, prepare_struck
from tests.dsp.claims import (
    EVERY_INSTRUMENT,
    assert_no_click,
    cents,
    decay_s,
    hertz,
    level_of,
    rise_s,
    strongest_near,
)
from tests.dsp.drive import RATE, Event, Instrument, note

PIANO = Instrument(struck.PIANO)


def variant(patch, **changes):
    """The same compiled kernels with another table."""
    return PIANO.prepared_by(lambda r, rate, seed: prepare_struck(r, rate, seed, replace(patch, **changes)))


BOWL = variant(SINGING_BOWL)


@pytest.mark.parametrize("instrument", [PIANO, BOWL], ids=["piano", "bowl"])
@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim, instrument):
    claim(instrument, Event(0.0, pitch=60.0, brightness=0.5))


@pytest.mark.parametrize("instrument", [PIANO, BOWL], ids=["piano", "bowl"])
@pytest.mark.parametrize("pitch", [36, 43.5, 55, 60, 67, 76.25, 88, 96])
def test_fundamental_is_in_tune(instrument, pitch):
    sound, _ = instrument.play(note(pitch), 3.0)
    assert abs(cents(strongest_near(sound[0, RATE // 4 :], hertz(pitch)), hertz(pitch))) < 1.0


@pytest.mark.parametrize("pitch", [40, 60, 72])
def test_piano_partials_are_stretched_by_stiffness(pitch):
    sound, _ = PIANO.play(note(pitch, brightness=1.0), 3.0)
    stiffness = FELT_PIANO.stiffness * 2.0 ** ((pitch - 60) / 12 * 1.2)
    for n in (2, 3, 5, 7, 10):
        wanted = n * hertz(pitch) * np.sqrt((1 + stiffness * n * n) / (1 + stiffness))
        assert abs(cents(strongest_near(sound[0, RATE // 4 :], wanted, 20), wanted)) < 3.0
    assert cents(strongest_near(sound[0], 10 * hertz(pitch), 100), 10 * hertz(pitch)) > 5.0


@pytest.mark.parametrize("pitch", [48, 60, 67])
def test_bowl_partials_stand_in_its_ratios(pitch):
    sound, _ = variant(SINGING_BOWL, beat_depth=0.0).play(note(pitch, brightness=0.8), 4.0)
    for ratio in BOWL_RATIOS[:5]:
        wanted = ratio * hertz(pitch)
        assert abs(cents(strongest_near(sound.sum(axis=0)[RATE // 4 :], wanted), wanted)) < 1.0


@pytest.mark.parametrize("pitch", [48, 60])
def test_every_bowl_partial_beats_slowly(pitch):
    """The level of each partial, its decay taken off, swings at 0.3 to 2 Hz."""
    lasting = variant(SINGING_BOWL, decays_s=(200.0,) * 8, slow_share=1.0)
    sound, _ = lasting.play(note(pitch, brightness=0.8), 12.0)
    for ratio in BOWL_RATIOS[:4]:
        t, level = level_of(sound.sum(axis=0), ratio * hertz(pitch), 0.1)
        flat = level[t > 0.3] * np.exp(t[t > 0.3] * 6.91 / 200.0)
        spectrum = np.abs(np.fft.rfft((flat - flat.mean()) * np.hanning(len(flat)), 1 << 16))
        rate = np.fft.rfftfreq(1 << 16, t[1] - t[0])[np.argmax(spectrum)]
        assert 0.3 <= rate <= 2.0
        assert flat.min() < 0.4 * flat.max()


@pytest.mark.parametrize("pitch", [48, 60, 72])
def test_modes_decay_as_the_table_says(pitch):
    plain = variant(FELT_PIANO, beat_depth=0.0, slow_share=1.0)
    sound, _ = plain.play(note(pitch, brightness=1.0), 3.0)
    for n in (1, 2, 4):
        wanted = FELT_PIANO.decays_s[n - 1] * 2.0 ** (-(pitch - 60) / 12 / FELT_PIANO.decay_octaves)
        frequency = strongest_near(sound[0], n * hertz(pitch))
        assert decay_s(sound[0], frequency, 0.5, 2.5, 0.1) == pytest.approx(wanted, rel=0.03)


def test_piano_decays_in_two_stages():
    sound, _ = variant(FELT_PIANO, beat_depth=0.0).play(note(60), 12.0)
    early = decay_s(sound[0], hertz(60), 0.05, 0.6, 0.1)
    late = decay_s(sound[0], hertz(60), 8.0, 11.5, 0.1)
    assert late == pytest.approx(FELT_PIANO.decays_s[0], rel=0.1)
    assert early < 0.6 * late


def test_a_low_bowl_rings_ten_to_thirty_seconds():
    sound, _ = variant(SINGING_BOWL, beat_depth=0.0).play(note(48), 20.0)
    assert 10.0 < decay_s(sound[0], hertz(48), 5.0, 19.0, 0.2) < 40.0


@pytest.mark.parametrize("instrument", [PIANO, BOWL], ids=["piano", "bowl"])
@pytest.mark.parametrize("pitch", [60, 72, 84])
def test_onset_is_soft_however_short_an_attack_is_asked(instrument, pitch):
    sound, _ = instrument.play(note(pitch, attack_s=0.0, brightness=1.0), 0.5)
    assert rise_s(sound[0], 1.0 / hertz(pitch)) >= 0.010
    assert_no_click(sound[0], 0.0)


def test_a_rubbed_bowl_swells_as_long_as_asked():
    sound, _ = variant(SINGING_BOWL, beat_depth=0.0, slow_share=1.0, decays_s=(300.0,) * 8).play(
        note(60, attack_s=4.0), 6.0
    )
    t, level = level_of(sound[0], hertz(60))
    assert np.interp(2.0, t, level) == pytest.approx(0.5 * np.interp(4.2, t, level), rel=0.06)


def test_a_note_that_has_died_away_frees_its_voice():
    sound, stages = PIANO.play(note(96, velocity=0.3), 6.0)
    ended = int(np.argmax(stages[:, 0] == IDLE))
    assert ended > 0
    assert np.abs(sound[:, ended * 64 - 64 : ended * 64]).max() < 10 ** (-88 / 20)
    assert not sound[:, ended * 64 + 64 :].any()


def test_notes_differ_in_their_beating_and_seeds_too():
    events = [Event(0.0, voice=0, pitch=60.0)]
    first, _ = BOWL.play(events, 2.0, seed=1)
    other, _ = BOWL.play(events, 2.0, seed=2)
    assert np.abs(first - other).max() > 1e-3


def test_sample_rate_changes_nothing_but_the_grid():
    for rate in (44100, 96000):
        sound, _ = PIANO.play(note(60), 1.0, rate=rate)
        x = sound[0, rate // 8 :]
        spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x)), 1 << 19))
        peak = np.argmax(spectrum) * rate / (1 << 19)
        assert abs(cents(peak, hertz(60))) < 3.0
