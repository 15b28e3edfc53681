"""Half breaths: where a chest passes the middle of its way, in the noise that straps and bodies make."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.beat import CHEST_STEP_S as STEP_S
from sensors.half_breaths import half_breaths
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener


def test_of_a_sine_they_are_its_zeros() -> None:
    t = STEP_S * np.arange(150)
    found = half_breaths(10.0 * np.sin(2.0 * np.pi * 0.2 * (t - 1.0)), float(t[-1]), STEP_S)
    assert found[1:-1] == pytest.approx(np.arange(3.5, 26.1, 2.5), abs=0.02)


def test_a_breath_that_comes_late_is_told_as_late() -> None:
    lengths = [4.0, 4.0, 6.0, 4.0, 4.0]
    begun = np.concatenate([[0.0], np.cumsum(lengths)])
    t = np.arange(0.0, begun[-1], STEP_S)
    wave = -np.cos(2.0 * np.pi * np.interp(t, begun, np.arange(begun.size)))
    found = np.array(half_breaths(wave, float(t[-1]), STEP_S))
    middles = np.diff(found[::2])
    assert middles == pytest.approx([4.0, 4.5, 5.5, 4.0], abs=0.1)


def test_a_chest_that_does_not_move_has_none() -> None:
    assert half_breaths(np.zeros(60), 12.0, STEP_S) == ()


@pytest.mark.parametrize("per_min", [6.0, 12.0, 18.0])
def test_in_a_simulated_strap_they_lie_within_a_tenth_of_a_breath(per_min: float) -> None:
    off: list[float] = []
    for seed in (1, 2, 3):
        heart = SimulatedHeart(SimulatedListener(breath=per_min, breath_jitter=0.1, seed=seed))
        monitor = HeartMonitor(simulated=True)
        for second in range(1, 120):
            for event in heart.poll(float(second)):
                monitor.feed(event, heart.latency_s)
            if second >= 40:
                t, breaths = np.array(heart.breaths_until(second + 3.0)).T
                halves = np.array(monitor.state(float(second)).half_breaths[1:-1])
                # The middle of an inhale of two fifths lies at 0.2 of a breath, that of the exhale at 0.7.
                off += np.abs((2.0 * np.interp(halves, t, breaths) - 0.4 + 0.5) % 1.0 - 0.5).tolist()
    assert len(off) > 1000
    assert np.percentile(off, 90) / 2.0 <= 0.1


def test_they_are_gone_when_the_chest_is_no_longer_heard() -> None:
    heart, monitor = SimulatedHeart(SimulatedListener(breath=12.0)), HeartMonitor(simulated=True)
    for event in heart.poll(40.0):
        monitor.feed(event, heart.latency_s)
    assert len(monitor.state(40.5).half_breaths) > 8
    assert monitor.state(46.0).half_breaths == ()
