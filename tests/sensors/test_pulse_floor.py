"""A pulse wave is believed at rest, not while an arm moves, and again where a greater wave has lasted."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.pulse_floor import LASTING_S, PulseFloor


def at_rest(floor: PulseFloor, until_s: float) -> None:
    for t_s in np.arange(10.0, until_s, 2.0):
        assert floor.believes(float(t_s), 0.97, 1.0)


def test_waves_that_are_each_another_are_no_pulse() -> None:
    floor = PulseFloor()
    at_rest(floor, 60.0)
    assert not floor.believes(60.0, 0.55, 1.0)
    assert floor.believes(62.0, 0.95, 1.1)


def test_a_sudden_greater_wave_is_believed_only_when_it_lasts() -> None:
    floor = PulseFloor()
    at_rest(floor, 60.0)
    believed = [floor.believes(60.0 + t_s, 0.97, 2.5) for t_s in np.arange(0.0, LASTING_S + 10.0, 2.0)]
    assert not any(believed[: int(LASTING_S / 2.0) - 2])
    assert believed[-1]


def test_a_wave_that_grows_slowly_is_the_pulse_still() -> None:
    floor = PulseFloor()
    assert all(floor.believes(10.0 + 2.0 * k, 0.97, 1.02**k) for k in range(60))


@pytest.mark.parametrize("times", [2.0, 3.0])
@pytest.mark.parametrize("cadence_hz", [1.7, 2.1])
def test_no_beats_are_told_while_an_arm_swings(times: float, cadence_hz: float) -> None:
    from sensors.peaks import beats

    rate_hz = 64.0
    t = np.arange(0.0, 120.0, 1.0 / rate_hz)
    pulse = sum(np.exp(-0.5 * ((t - beat) / 0.1) ** 2) for beat in np.arange(0.4, 120.0, 0.95))
    moving = (t > 50.0) & (t < 80.0)
    swing = times * np.std(pulse) * np.sqrt(2.0) * np.sin(2 * np.pi * cadence_hz * t)
    noise = np.random.default_rng(1).normal(0.0, 0.02, t.size)
    told, _ = beats(pulse + np.where(moving, swing, 0.0) + noise, rate_hz, "ppg")
    assert np.sum((told > 60.0) & (told < 76.0)) <= 2
    assert np.sum(told < 48.0) >= 49
    assert np.sum(told > 92.0) >= 28
