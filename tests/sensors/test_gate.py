"""The live rate: steady under any single artefact, right again after a hole, quick after a true change."""

from __future__ import annotations

import math
import random

import pytest

from sensors.gate import RateGate


def resting(
    seconds: float, bpm: float = 72.0, seed: int = 1, start_s: float = 0.0
) -> list[tuple[float, float]]:
    rng = random.Random(seed)
    beats, t = [], start_s
    while t < start_s + seconds:
        rr = 60_000 / bpm + 40 * math.sin(2 * math.pi * 0.23 * t) + rng.gauss(0, 8)
        t += rr / 1000
        beats.append((t, rr))
    return beats


@pytest.mark.parametrize("factor", [0.3, 0.5, 0.72, 1.35, 2.0, 3.0])
@pytest.mark.parametrize("at", [7, 30, 60])
def test_a_single_artefact_moves_the_rate_less_than_two_bpm(factor: float, at: int) -> None:
    clean, spoilt = RateGate(), RateGate()
    worst = 0.0
    shift = 0.0
    for i, (t, rr) in enumerate(resting(120)):
        clean.observe(t, rr)
        wrong = rr * factor if i == at else rr
        shift += (wrong - rr) / 1000
        spoilt.observe(t + shift, wrong)
        a, b = clean.rate_bpm(t), spoilt.rate_bpm(t + shift)
        if a is not None and b is not None:
            worst = max(worst, abs(a - b))
    assert worst < 2.0


def test_right_within_ten_seconds_after_a_hole_of_thirty() -> None:
    gate = RateGate()
    for t, rr in resting(120, bpm=64):
        gate.observe(t, rr)
    assert gate.rate_bpm(140.0) is None
    for t, rr in resting(10, bpm=95, start_s=150.0):
        gate.observe(t, rr)
    assert gate.rate_bpm(160.5) == pytest.approx(95, abs=2)


def test_a_true_quick_change_is_followed_and_does_not_lock_the_gate() -> None:
    gate = RateGate()
    for t, rr in [*resting(60, bpm=60), *resting(90, bpm=105, start_s=60.0)]:
        gate.observe(t, rr)
    assert gate.rate_bpm(150.5) == pytest.approx(105, abs=2)


def test_trend_is_the_slope_of_a_steady_climb() -> None:
    gate = RateGate()
    t = 0.0
    while t < 240:
        rr = 60_000 / (60 + t / 20)  # three beats a minute faster every minute
        t += rr / 1000
        gate.observe(t, rr)
    assert gate.trend_bpm_per_min() == pytest.approx(3.0, abs=0.3)


def test_nothing_is_shown_before_five_beats() -> None:
    gate = RateGate()
    for i in range(4):
        gate.observe(float(i), 1000.0)
        assert gate.rate_bpm(float(i)) is None


@pytest.mark.parametrize("bpm_per_min", [-15.0, -10.0, 5.0, 10.0, 15.0, 20.0])
@pytest.mark.parametrize("swing_bpm", [0.0, 1.5])
def test_the_rate_follows_a_ramp_of_exercise_within_five_bpm(bpm_per_min: float, swing_bpm: float) -> None:
    rng, gate = random.Random(4), RateGate()
    begin = 60.0 if bpm_per_min > 0.0 else 140.0
    t, worst = 0.0, 0.0
    while t < 300.0:
        ramp = begin + min(max(t - 60.0, 0.0) / 60.0, 80.0 / abs(bpm_per_min)) * bpm_per_min
        rr = 60_000.0 / (ramp + swing_bpm * math.sin(2 * math.pi * 0.25 * t) + rng.gauss(0.0, 0.4))
        t += rr / 1000.0
        gate.observe(t, rr)
        if t > 30.0:
            worst = max(worst, abs((gate.rate_bpm(t) or 0.0) - ramp))
    assert worst < 5.0


@pytest.mark.parametrize("per_min", [5.0, 6.0, 8.0])
def test_the_rate_hardly_sways_with_a_slow_breath(per_min: float) -> None:
    gate, t, shown = RateGate(), 0.0, []
    while t < 300.0:
        rr = 60_000.0 / (66.0 + 6.0 * math.sin(2 * math.pi * per_min / 60.0 * t))
        t += rr / 1000.0
        gate.observe(t, rr)
        if t > 60.0:
            shown.append(gate.rate_bpm(t) or 0.0)
    assert max(shown) - min(shown) < 3.5
