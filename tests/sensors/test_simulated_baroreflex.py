"""A simulated heart with a pace of its own: its swing is widest there, and as the loop's equation says."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from sensors.simulated import SimulatedHeart
from sensors.simulated_baroreflex import STEP_S, SimulatedBaroreflex
from sensors.spec import open_sensor


def half_swing_ms(loop: SimulatedBaroreflex, per_min: float) -> float:
    """Of the loop when it is breathed through at `per_min`, once it has settled."""
    longer = [loop.step(math.sin(math.tau * per_min / 60.0 * n * STEP_S)) for n in range(9000)]
    return max(longer[6000:])


@pytest.mark.parametrize("own", [4.5, 5.2, 6.0, 6.5])
def test_the_swing_is_widest_at_the_own_pace_and_as_the_equation_says(own: float) -> None:
    swings = {
        pace: half_swing_ms(SimulatedBaroreflex(own, 0.6, 40.0), pace) for pace in (own - 0.5, own, own + 0.5)
    }
    assert max(swings, key=swings.__getitem__) == own
    assert swings[own] == pytest.approx(40.0, rel=0.01)
    loop = SimulatedBaroreflex(own, 0.6, 40.0)
    for pace, swing in swings.items():
        assert swing == pytest.approx(40.0 * abs(loop.response(pace) / loop.response(own)), rel=0.01)


def test_a_sharper_loop_swings_less_beside_its_pace() -> None:
    beside = [half_swing_ms(SimulatedBaroreflex(5.5, loop, 40.0), 6.5) for loop in (0.3, 0.5, 0.7)]
    assert beside[0] > beside[1] > beside[2]


def listened(spec: str, per_min: float, until_s: float) -> SimulatedHeart:
    heart = open_sensor(spec)
    assert isinstance(heart, SimulatedHeart)
    for tick in range(round(10.0 * until_s)):
        heart.hear(0.1 * tick, 60.0, per_min)
    heart.poll(until_s)
    return heart


def test_one_in_step_breathes_with_the_swell() -> None:
    heart = listened("sim:resonance=5.5,in_step=1,breath_jitter=0.02,chest=0", 5.5, 240.0)
    late = [(turns - t_s * 5.5 / 60.0) % 1.0 for t_s, turns in heart.breaths_until(240.0) if t_s > 60.0]
    assert abs(np.mean(np.exp(2j * np.pi * np.array(late)))) > 0.9
    own = listened("sim:resonance=5.5,in_step=0,chest=0", 5.5, 240.0)
    rates = [60.0 * (b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(own.breaths_until(240.0))]
    assert np.median(rates) == pytest.approx(14.0, abs=1.0)


def test_the_swing_of_a_listener_in_step_is_wider_at_the_own_pace() -> None:
    quiet = "sim:resonance=5.5,in_step=1,rsa=60,baro=0,noise=0,drift=0,breath_jitter=0,chest=0"
    spread = {
        pace: np.std([beat.rr_ms for beat in listened(quiet, pace, 300.0).truth if beat.t_s > 100.0])
        for pace in (4.5, 5.5, 6.5)
    }
    assert max(spread, key=spread.__getitem__) == 5.5
    assert spread[5.5] == pytest.approx(60.0 / math.sqrt(2.0), rel=0.1)


def test_a_pace_that_no_loop_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"3\.5 and 8"):
        open_sensor("sim:resonance=2")
