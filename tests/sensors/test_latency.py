"""A strap's known latency: by its name, and taken off the beats it tells."""

from __future__ import annotations

import pytest

from sensors.beat import Measurement
from sensors.latency import MEDIAN_LATENCY_S, UNKNOWN_LATENCY_S, WAIT_S, latency_of
from sensors.monitor import HeartMonitor
from sensors.simulated import SimulatedHeart, SimulatedListener


def test_a_strap_is_known_by_its_name() -> None:
    assert latency_of("Polar H10 12345678") == pytest.approx(2.6 - WAIT_S)
    assert latency_of("HRM-Dual:123456") == pytest.approx(0.7 - WAIT_S)
    assert latency_of("Movesense 174430000051") == 0.0
    between = min(MEDIAN_LATENCY_S.values()), max(MEDIAN_LATENCY_S.values())
    assert between[0] < UNKNOWN_LATENCY_S < between[1]
    assert latency_of("strap") == pytest.approx(UNKNOWN_LATENCY_S - WAIT_S)


@pytest.mark.parametrize("latency_s", [0.4, 2.6])
def test_beats_lie_where_they_fell_however_late_they_are_told(latency_s: float) -> None:
    heart, monitor = SimulatedHeart(SimulatedListener(latency=latency_s, seed=4)), HeartMonitor()
    for second in range(200):
        for event in heart.poll(float(second)):
            monitor.feed(event, heart.latency_s)
            assert not isinstance(event, Measurement) or event.arrival_s <= second
    beats = monitor.take_labelled()[60:]
    assert len(beats) > 100
    assert max(min(abs(beat.t_s - true.t_s) for true in heart.truth) for beat in beats) < 0.2
