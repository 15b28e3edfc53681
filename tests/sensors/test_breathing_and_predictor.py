"""Breathing rate and foretold beats on rhythms whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sensors.beat_times import PlacedBeat
from sensors.breathing import breathing
from sensors.predictor import GIVE_UP_S, BeatPredictor


def swinging(per_min: float, swing: float, noise: float, seed: int, seconds: float = 64.0):
    rng = np.random.default_rng(seed)
    t, times, rr = 0.0, [], []
    phase = rng.uniform(0, 2 * math.pi)
    while t < seconds:
        rr.append(850 + swing * math.sin(2 * math.pi * per_min / 60 * t + phase) + rng.normal(0, noise))
        t += rr[-1] / 1000
        times.append(t)
    return np.array(times), np.array(rr)


@pytest.mark.parametrize("per_min", [4.0, 5.0, 6.0, 7.5, 10.0, 14.0, 18.0, 22.0])
def test_a_visible_breath_is_named_within_a_third_and_believed(per_min: float) -> None:
    for seed in range(5):
        found = breathing(*swinging(per_min, 30, 8, seed))
        assert found.per_min == pytest.approx(per_min, abs=0.3)
        assert found.confidence >= 0.5


def two_waves(breath: tuple[float, float], slow: tuple[float, float], noise: float, seed: int):
    """RR that two waves swing, each (times a minute, ms), both as uneven as bodies make them."""
    rng = np.random.default_rng(seed)
    phase, rate = rng.uniform(0, 6, 2), np.array([breath[0], slow[0]])
    swing = np.array([breath[1], slow[1]])
    times, rr, t, drift = [], [], 0.0, np.zeros(2)
    while t < 200.0:
        rr.append(857 + float(swing @ np.sin(phase)) + rng.normal(0, noise))
        t += rr[-1] / 1000
        times.append(t)
        drift = 0.95 * drift + rng.normal(0, 0.01, 2) * rate
        phase = phase + 2 * math.pi * (rate + drift) / 60 * rr[-1] / 1000
    return np.array(times), np.array(rr)


@pytest.mark.parametrize(
    ("breath", "slow"),
    [
        (10.0, 5.0), (11.0, 5.5), (12.0, 6.0), (12.5, 6.5), (14.0, 7.0),
        (13.4, 5.5), (15.0, 5.0), (15.0, 5.5), (15.0, 6.2), (16.0, 6.2), (16.5, 5.5), (16.0, 7.0),
        (17.5, 6.5), (17.5, 7.0), (18.0, 6.0),
    ],
)
def test_waves_of_the_vessels_are_seldom_the_breath(breath: float, slow: float) -> None:
    believed = []
    for seed in range(8):
        t, rr = two_waves((breath, 8.0), (slow, 30.0), 3.0, seed)
        for end in range(70, 200, 10):
            found = breathing(t[(t > end - 64) & (t <= end)], rr[(t > end - 64) & (t <= end)])
            believed.append(found.confidence >= 0.5 and abs((found.per_min or 0.0) - breath) > 2.0)
    assert np.mean(believed) < 0.1


@pytest.mark.parametrize("slow", [5.0, 6.0, 7.0, 8.0])
@pytest.mark.parametrize("breath", [1.8, 2.0, 2.3, 3.0])
def test_an_even_wave_of_the_vessels_is_not_the_breath_beside_it(breath: float, slow: float) -> None:
    rng = np.random.default_rng(round(10 * slow * breath))
    for swing in (6.0, 8.0, 12.0):
        t, rr = np.array([0.0]), np.array([])
        while t[-1] < 64.0:
            turns = 2 * math.pi / 60 * t[-1] * slow
            wave = 30 * math.sin(turns) + swing * math.sin(breath * turns + 1.0)
            rr = np.append(rr, 857 + wave + rng.normal(0, 3))
            t = np.append(t, t[-1] + rr[-1] / 1000)
        found = breathing(t[1:], rr)
        assert found.confidence < 0.5 or found.per_min == pytest.approx(breath * slow, abs=2.0)


def with_overtone(per_min: float, swing: float, seed: int):
    """RR that a slow breath swings by so many ms and its overtone, in step, by a quarter of that."""
    rng = np.random.default_rng(seed)
    times, rr, t = [], [], 0.0
    while t < 64.0:
        turns = 2 * math.pi * per_min / 60 * t
        overtone = 0.25 * swing * math.sin(2 * turns + 1.0)
        rr.append(850 + swing * math.sin(turns) + overtone + rng.normal(0, 4))
        t += rr[-1] / 1000
        times.append(t)
    return np.array(times), np.array(rr)


@pytest.mark.parametrize("per_min", [4.5, 5.0, 5.5, 6.0])
def test_a_slow_breath_with_an_overtone_is_believed_where_it_is_wide_or_led(per_min: float) -> None:
    for seed in range(4):
        for swing, led in ((28.0, per_min), (45.0, per_min), (45.0, None)):
            found = breathing(*with_overtone(per_min, swing, seed), led)
            assert found.confidence >= 0.5
            assert found.per_min == pytest.approx(per_min, abs=0.3)
        # A breath of twice the rate beside a wave of the vessels would look the same.
        assert breathing(*with_overtone(per_min, 28.0, seed)).confidence < 0.5


@pytest.mark.parametrize("per_min", [6.0, 7.0])
def test_a_slow_wave_that_wanders_is_a_breath_only_where_the_music_leads_at_its_rate(per_min: float) -> None:
    alone, led = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        t, phase, times, rr = 0.0, 0.0, [], []
        while t < 64.0:
            rr.append(850 + 45 * math.sin(phase) + rng.normal(0, 5))
            t += rr[-1] / 1000
            phase += 2 * math.pi * per_min / 60 * rr[-1] / 1000 + rng.normal(0, 0.35)
            times.append(t)
        alone.append(breathing(np.array(times), np.array(rr)).confidence >= 0.5)
        led.append(breathing(np.array(times), np.array(rr), per_min).confidence >= 0.5)
    assert np.mean(alone) < 0.5
    assert np.mean(led) > np.mean(alone) + 0.15


@pytest.mark.parametrize(
    ("before", "after"), [(15, 8), (15, 6), (16, 5), (8, 15), (20, 12), (12, 20), (6, 12), (15, 24)]
)
def test_a_step_of_the_breath_is_followed_within_half_a_minute(before: float, after: float) -> None:
    wrong = 0
    for seed in range(4):
        t1, rr1 = swinging(before, 30, 6, seed, 70.0)
        t2, rr2 = swinging(after, 30, 6, seed + 9, 60.0)
        t, rr = np.concatenate([t1, t1[-1] + t2]), np.concatenate([rr1, rr2])
        followed = None
        for now in np.arange(t1[-1] + 2.0, t1[-1] + 45.0, 2.0):
            inside = (t <= now) & (t > now - 64.0)
            found = breathing(t[inside], rr[inside])
            if found.confidence >= 0.5 and found.per_min is not None:
                wrong += min(abs(found.per_min - before), abs(found.per_min - after)) > 2.0
                if followed is None and abs(found.per_min - after) < 1.0:
                    followed = now - t1[-1]
        assert followed is not None
        assert followed <= 30.0
    assert wrong == 0


def test_two_breaths_of_a_slow_wave_in_half_a_minute_are_no_step_of_the_breath() -> None:
    for seed in range(4):
        t1, rr1 = swinging(15.0, 30, 6, seed, 70.0)
        t2, rr2 = swinging(4.0, 40, 6, seed + 9, 34.0)
        t, rr = np.concatenate([t1, t1[-1] + t2]), np.concatenate([rr1, rr2])
        for now in np.arange(t1[-1] + 20.0, t[-1], 2.0):
            inside = (t <= now) & (t > now - 64.0)
            found = breathing(t[inside], rr[inside])
            assert found.confidence < 0.5 or found.per_min == pytest.approx(15.0, abs=2.0)


@pytest.mark.parametrize("per_min", [26.0, 28.0, 30.0])
def test_a_quick_breath_is_named_where_the_beats_allow(per_min: float) -> None:
    for seed in range(4):
        found = breathing(*swinging(per_min, 25, 6, seed))
        assert found.per_min == pytest.approx(per_min, abs=0.5)
        assert found.confidence >= 0.5


@pytest.mark.parametrize("every", [4, 5, 6, 8])
def test_beats_out_of_place_by_turns_make_no_breath(every: int) -> None:
    """Early by 2.5 %, too little for anything else to notice."""
    believed = 0
    for seed in range(10):
        rr = 740 + np.random.default_rng(seed).normal(0, 4, 85)
        rr[2:-1:every] -= 18.5
        rr[3::every] += 18.5
        believed += breathing(np.cumsum(rr) / 1000, rr).confidence >= 0.5
    assert believed <= 2


def test_a_breath_that_keeps_step_with_the_heart_is_believed() -> None:
    for beats in (4, 5, 6):
        rr = (
            900
            + 25 * np.sin(2 * math.pi * np.arange(71) / beats)
            + np.random.default_rng(beats).normal(0, 6, 71)
        )
        found = breathing(np.cumsum(rr) / 1000, rr)
        assert found.per_min == pytest.approx(60.0 / (0.9 * beats), abs=0.3)
        assert found.confidence >= 0.5


def test_noise_is_seldom_believed() -> None:
    rng = np.random.default_rng(7)
    believed = 0
    for _ in range(200):
        rr = 850 + rng.normal(0, 30, 76)
        believed += breathing(np.cumsum(rr) / 1000, rr).confidence >= 0.5
    assert believed <= 20


def test_a_dead_even_pulse_has_no_breath() -> None:
    rr = np.full(80, 850.0)
    assert breathing(np.cumsum(rr) / 1000, rr).per_min is None


def test_the_predictor_locks_after_five_beats_coasts_and_gives_up() -> None:
    predictor = BeatPredictor()
    for i in range(1, 5):
        predictor.observe(PlacedBeat(0.8 * i, 800.0))
        assert predictor.expect(0.8 * i, 0.8 * i + 2) == []
    for i in range(5, 30):
        predictor.observe(PlacedBeat(0.8 * i, 800.0))
    last = 0.8 * 29
    foretold = predictor.expect(last, last + 4.0)
    assert [beat.t_s for beat in foretold] == pytest.approx([last + 0.8 * k for k in range(1, 5)], abs=0.01)
    confidences = [beat.confidence for beat in foretold]
    assert confidences == sorted(confidences, reverse=True)
    assert predictor.expect(last + GIVE_UP_S + 0.1, last + 12) == []


def test_an_extra_or_a_missed_beat_does_not_throw_the_phase() -> None:
    for fault in ("extra", "missed"):
        predictor = BeatPredictor()
        for i in range(1, 40):
            if fault == "missed" and i == 35:
                continue
            late = 1600.0 if fault == "missed" and i == 36 else 800.0
            if fault == "extra" and i == 38:
                predictor.observe(PlacedBeat(0.8 * i - 0.5, 300.0))
                late = 500.0
            predictor.observe(PlacedBeat(0.8 * i, late))
        (after, *_) = predictor.expect(0.8 * 39, 0.8 * 41)
        assert after.t_s == pytest.approx(0.8 * 40, abs=0.02)


def test_the_breath_is_carried_forward_better_than_by_repeating_the_last_interval() -> None:
    times, rr = swinging(13, 40, 6, seed=2, seconds=240)
    predictor = BeatPredictor()
    ours, naive = [], []
    for i in range(times.size - 1):
        predictor.observe(PlacedBeat(float(times[i]), float(rr[i])))
        if i > 60:
            (first, *_) = predictor.expect(float(times[i]) + 0.1, float(times[i]) + 2.5)
            ours.append(abs(first.t_s - times[i + 1]))
            naive.append(abs(times[i] + rr[i] / 1000 - times[i + 1]))
    assert np.median(ours) < 0.5 * np.median(naive)
