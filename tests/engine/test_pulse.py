"""The heart pulse: every expected beat once, never two at once, whatever the predictions do."""

from __future__ import annotations

from itertools import pairwise
from math import log10
from random import Random

import pytest
from numba import njit

from dsp import note
from engine.clock import TICK_S
from engine.pulse import CHANCE, CLOSEST_S, FADE_S, FAINTEST, LOOK_S, SURE, HeartPulse, Stroke, velocity
from profiles.schema import Pulse
from sensors.predictor import ExpectedBeat


def follow(pulse: HeartPulse, beats: list[float], hr_bpm: float, jitter_s: float) -> list[Stroke]:
    """Sixty seconds in ticks; each tick predicts every beat anew, off by up to `jitter_s`."""
    random, strokes = Random(1), list[Stroke]()
    for tick in range(600):
        from_s = tick * TICK_S
        expected = [ExpectedBeat(b + random.uniform(-jitter_s, jitter_s), 0.8) for b in beats]
        window = [e for e in expected if from_s - TICK_S <= e.t_s < from_s + TICK_S + LOOK_S]
        strokes += pulse.strokes(from_s, from_s + TICK_S, window, hr_bpm, 0.5)
    return strokes


@pytest.mark.parametrize(
    ("hr_bpm", "jitter_s"),
    [(45.0, 0.0), (45.0, 0.05), (67.0, 0.03), (67.0, 0.05), (110.0, 0.05), (180.0, 0.0)],
)
def test_each_beat_sounds_once_and_near_where_it_was_expected(hr_bpm: float, jitter_s: float) -> None:
    beats = [0.2 + k * 60.0 / hr_bpm for k in range(int(hr_bpm) - 1)]
    strokes = follow(HeartPulse(Pulse(mode="on the beat")), beats, hr_bpm, jitter_s)
    assert len(strokes) == len(beats)
    for beat, stroke in zip(beats, strokes, strict=True):
        assert stroke.t_s == pytest.approx(beat, abs=jitter_s + TICK_S)
    assert [stroke.level for stroke in strokes[-20:]] == pytest.approx([0.5] * 20)


def test_never_two_within_the_closest_distance() -> None:
    random = Random(3)
    wild = sorted(random.uniform(0.0, 60.0) for _ in range(400))
    strokes = follow(HeartPulse(Pulse(mode="on the beat")), wild, 200.0, 0.2)
    gaps = [later.t_s - earlier.t_s for earlier, later in pairwise(strokes)]
    assert len(strokes) > 60
    assert min(gaps) >= CLOSEST_S - 1e-9


def test_a_slower_pulse_is_even_and_slower_by_its_share() -> None:
    beats = [0.2 + k * 60.0 / 70.0 for k in range(69)]
    strokes = follow(HeartPulse(Pulse(mode="slightly slower", slower=0.05)), beats, 70.0, 0.04)
    gaps = [later.t_s - earlier.t_s for earlier, later in pairwise(strokes)]
    assert gaps == pytest.approx([60.0 / 70.0 / 0.95] * len(gaps), abs=1e-6)


def test_it_fades_with_how_sure_the_beats_are() -> None:
    def levels(confidences: list[float]) -> list[float]:
        pulse = HeartPulse(Pulse(mode="on the beat"))
        found: list[float] = []
        for k, confidence in enumerate(confidences):
            window = [ExpectedBeat(k + 0.5, confidence)]
            found += [stroke.level for stroke in pulse.strokes(float(k), k + 1.0, window, 60.0, 1.0)]
        return found

    assert levels([CHANCE] * 10) == []
    assert levels([SURE] * 8) == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert levels([SURE] * 4 + [0.0] * 6) == pytest.approx([0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25])
    flicker = levels([0.5, 0.3] * 10)
    assert max(abs(b - a) for a, b in pairwise(flicker)) <= 1.0 / FADE_S + 1e-9


def test_silent_where_it_is_off_unknown_or_too_faint() -> None:
    near = [ExpectedBeat(0.05, 0.9)]
    assert HeartPulse(Pulse(mode="off")).strokes(0.0, 0.1, near, 70.0, 1.0) == []
    assert HeartPulse(Pulse()).strokes(0.0, 0.1, [], 70.0, 1.0) == []
    assert HeartPulse(Pulse()).strokes(0.0, 0.1, near, None, 1.0) == []
    assert HeartPulse(Pulse()).strokes(0.0, FADE_S, near, 70.0, 0.9 * FAINTEST) == []


def test_half_the_level_is_half_the_amplitude() -> None:
    assert velocity(1.0) == 1.0
    assert 20.0 * log10(loudness(velocity(0.5)) / loudness(velocity(1.0))) == pytest.approx(-6.02, abs=0.01)


@njit(error_model="numpy")
def loudness(velocity: float) -> float:
    """Amplitude of a note, as the sound has it."""
    return note.loudness(velocity)
