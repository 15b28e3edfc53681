"""A thousand kiosks come back to their broker evenly and soon, however long it was away."""

from __future__ import annotations

import random
from bisect import bisect_left

import pytest

from engine.kiosk.fleet.reconnection import BOOTED_S, LONGEST_S, SHORTEST_S, SPAN_S, Waits

KIOSKS = 1000


def back_s(away_s: float, seed: int, *, booted: bool) -> list[float]:
    """When each is back, after the broker is: all lost it, or were given power, in one moment."""
    chance = random.Random(seed)
    back: list[float] = []
    for _ in range(KIOSKS):
        waits = Waits(chance)
        at_s = waits.first_s(10.0) if booted else waits.dropped_s()
        while at_s < away_s:
            at_s += waits.refused_s()
        back.append(at_s - away_s)
    return sorted(back)


@pytest.mark.parametrize("booted", [False, True])
@pytest.mark.parametrize("away_s", [0.0, 1.0, 5.0, 15.0, 29.0, 31.0, 60.0, 600.0, 86_400.0])
def test_no_second_brings_more_than_sixty_and_all_are_back_within_45_s(away_s: float, booted: bool) -> None:
    back = back_s(away_s, seed=1, booted=booted)
    assert max(k - bisect_left(back, at_s - 1.0) + 1 for k, at_s in enumerate(back)) <= 60
    assert back[-1] <= 45.0


def test_waits_lie_between_1_and_30_s() -> None:
    waits = Waits(random.Random(1))
    assert all(SHORTEST_S <= waits.dropped_s() <= LONGEST_S for _ in range(1000))
    assert SHORTEST_S <= waits.refused_s() <= LONGEST_S


def test_only_what_was_just_given_power_waits_at_first() -> None:
    waits = Waits(random.Random(1))
    assert waits.first_s(BOOTED_S + 1.0) == 0.0
    assert 0.0 < waits.first_s(1.0) <= SPAN_S
