"""The breath guide: the rate of the swell, from the listener's own to 0.75 of it, then gently on."""

from __future__ import annotations

from profiles.schema import Breath

FLOOR_PER_MIN = 4.5
"""No swell is slower, whatever is asked (SCIENCE.md A7)."""

CEILING_PER_MIN = 24.0

PACED_PER_MIN = 6.0
"""Plain pacing, the arm that everything else is compared with (Laborde 2021)."""

LEAST_KNOWN_S = 20.0
"""Trusted seconds of breathing rate before it counts as the listener's own (own choice)."""


def clamp_breath(per_min: float) -> float:
    return min(max(per_min, FLOOR_PER_MIN), CEILING_PER_MIN)


class BreathPath:
    """Where the swell's rate should be, as a function of the time since the guide began to lead."""

    __slots__ = ("_breath", "_settle_s", "own_per_min")

    def __init__(self, breath: Breath, settle_s: float, own_per_min: float) -> None:
        self._breath = breath
        self._settle_s = settle_s
        self.own_per_min = clamp_breath(own_per_min)

    @property
    def settled_per_min(self) -> float:
        """Where the first way ends: a share of the own rate, but not past a slow breather's own."""
        own, share = self.own_per_min, self._breath.settle_share
        if share < 1.0:
            return max(share * own, min(own, self._breath.then_per_min))
        return clamp_breath(share * own)

    def at(self, led_s: float) -> float:
        """Breaths a minute wanted `led_s` seconds after the lead began (negative: not yet)."""
        if led_s <= 0.0:
            return self.own_per_min
        settled = self.settled_per_min
        if led_s < self._settle_s:
            return self.own_per_min + (settled - self.own_per_min) * led_s / self._settle_s
        most = self._breath.glide_per_min2 * (led_s - self._settle_s) / 60.0
        then = self._breath.then_per_min
        if self._breath.settle_share < 1.0:
            then = min(then, settled)
        return clamp_breath(settled + min(max(then - settled, -most), most))
