"""Clock drift: how quickly a strap's clock and the computer's go apart, through frames that come late."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.clock_drift import EARNED_S, ClockDrift
from sensors.strap_clock import StrapClock


def heard(drift_ppm: float, seconds: float, anew_at_s: float = np.inf) -> list[float | None]:
    """What is told frame by frame, of frames of 0.56 s that come up to a second late."""
    rng, clock, drift, told = np.random.default_rng(4), StrapClock(), ClockDrift(), list[float | None]()
    for now_s in np.arange(1.0, seconds, 0.56):
        strap_s = 77.0 + float(now_s) * (1.0 + 1e-6 * drift_ppm) - (100.0 if now_s > anew_at_s else 0.0)
        arrival_s = float(now_s) + 0.04 + min(float(rng.exponential(0.1)), 1.0)
        drift.observe(strap_s + clock.ours_s(strap_s, arrival_s), strap_s)
        told.append(drift.ppm)
    return told


@pytest.mark.parametrize("ppm", [-60.0, 0.0, 25.0])
def test_it_is_told_within_ten_millionths_once_it_is_earned(ppm: float) -> None:
    told = heard(ppm, EARNED_S + 120.0)
    assert told[round(0.9 * EARNED_S / 0.56)] is None
    assert told[-1] == pytest.approx(ppm, abs=10.0)


def test_a_clock_that_starts_anew_is_told_of_no_sooner_than_a_first_one() -> None:
    told = heard(20.0, 2.0 * EARNED_S, anew_at_s=EARNED_S + 120.0)
    assert told[round((EARNED_S + 110.0) / 0.56)] is not None
    assert told[round((EARNED_S + 130.0) / 0.56)] is None
    assert told[-1] is None
