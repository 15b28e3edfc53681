"""The lo-fi kit: four drums that differ, are soft, and end by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from dsp.kit import DRUMS, KIT
from dsp.score import DRUM_PITCHES
from tests.dsp.claims import EVERY_INSTRUMENT, assert_no_click
from tests.dsp.drive import RATE, RELEASE, Event, Instrument, note

DRUM_KIT = Instrument(KIT)


def stroke(name: str, seconds: float = 1.0, **asked) -> np.ndarray:
    return DRUM_KIT.play(note(DRUM_PITCHES[name], **asked), seconds)[0].astype(np.float64)


def power_centroid(x: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(x)) ** 2
    return float((power * np.fft.rfftfreq(len(x), 1 / RATE)).sum() / power.sum())


def length_s(x: np.ndarray) -> float:
    """Time in which 99 % of the energy has come."""
    energy = np.cumsum(x**2)
    return float(np.argmax(energy > 0.99 * energy[-1]) / RATE)


@pytest.mark.parametrize("claim", EVERY_INSTRUMENT, ids=lambda claim: claim.__name__)
def test_keeps_what_every_instrument_promises(claim):
    claim(DRUM_KIT, Event(0.0, pitch=38.0, brightness=0.5))


def test_every_drum_of_the_score_is_there():
    assert set(DRUMS) == set(DRUM_PITCHES)
    assert list(DRUMS) == sorted(DRUMS, key=lambda name: DRUM_PITCHES[name])


def test_drums_differ_in_register_and_length():
    centre = {name: power_centroid(stroke(name)[0]) for name in DRUMS}
    assert centre["kick"] < 130
    assert 250 < centre["rim"] < 1600
    assert 1200 < centre["brush"] < 4500
    assert centre["hat"] > 4000
    length = {name: length_s(stroke(name)[0]) for name in DRUMS}
    assert length["rim"] < 0.1
    assert length["hat"] < 0.12
    assert 0.05 < length["brush"] < 0.3
    assert 0.1 < length["kick"] < 0.4


def test_the_kick_is_the_loudest_and_nothing_is_loud():
    peak = {name: np.abs(stroke(name)).max() for name in DRUMS}
    assert max(peak, key=peak.__getitem__) == "kick"
    assert peak["kick"] == pytest.approx(0.25, rel=0.25)
    assert peak["hat"] < 0.12


@pytest.mark.parametrize("name", list(DRUMS))
def test_strokes_end_by_themselves_whatever_their_length(name):
    long = DRUM_KIT.play(note(DRUM_PITCHES[name]), 1.0)
    short = DRUM_KIT.play([*note(DRUM_PITCHES[name], release_s=0.05), Event(0.02, kind=RELEASE)], 1.0)
    assert long[1][-1, 0] == 0.0
    assert not long[0][:, -4800:].any()
    assert np.abs(long[0] - short[0]).max() < 1e-4


@pytest.mark.parametrize("name", list(DRUMS))
def test_strokes_begin_from_nothing(name):
    sound = stroke(name, 0.3)[0]
    assert np.abs(sound[:24]).max() < 0.05 * np.abs(sound).max()
    assert_no_click(sound, 0.0)


def test_two_strokes_are_never_quite_alike():
    events = [Event(0.5 * k, voice=0, pitch=37.0) for k in range(2)]
    sound, _ = DRUM_KIT.play(events, 1.0)
    half = sound.shape[1] // 2
    first, second = sound[0, :4800], sound[0, half : half + 4800]
    assert np.abs(first - second).max() > 0.01 * np.abs(first).max()


def test_a_pitch_between_two_drums_plays_the_lower():
    assert np.array_equal(DRUM_KIT.play(note(40), 0.5)[0], DRUM_KIT.play(note(38), 0.5)[0])
    assert np.array_equal(DRUM_KIT.play(note(20), 0.5)[0], DRUM_KIT.play(note(36), 0.5)[0])
