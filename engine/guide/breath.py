"""The breath guide: the rate of the swell, from the listener's own to 0.75 of it, then gently on.

Who breathes slower than that by themselves is not hurried, unless the sitting is there to lead up.
"""

from __future__ import annotations

from profiles.schema import Breath, Goal

FLOOR_PER_MIN = 4.5
"""No swell is slower, whatever is asked (SCIENCE.md A7)."""

CEILING_PER_MIN = 24.0

SLOW_PER_MIN = 6.5
"""A way that ends at this or slower ends at the listener's own pace, where that is known (engine.pace): it is
the quickest of those that are tried for it."""

QUICKEST_PER_MIN2 = 2.0
"""Straight to that pace the swell goes no quicker than this, breaths a minute each minute (own choice: where
a breath is heard, it waits for it all the same)."""

SLOWER = 0.9
"""Who breathes at less than this share of the swell's rate breathes slower; more may be the estimate's error
(own choice)."""

MEET_SPEED = 3.0
"""The swell goes this much quicker to a rate that it has to meet than where it leads: 6 a minute, each
minute (own choice)."""

MET_PER_MIN = 0.3
"""Met when this near (own choice)."""


def clamp_breath(per_min: float) -> float:
    return min(max(per_min, FLOOR_PER_MIN), CEILING_PER_MIN)


class BreathPath:
    """Where the swell's rate should be, as a function of the time since it began to lead."""

    __slots__ = ("_breath", "_pace_per_min", "_quickens", "_usual_s", "_yields", "own_per_min")

    def __init__(
        self,
        breath: Breath,
        goal: Goal,
        settle_s: float,
        own_per_min: float,
        pace_per_min: float | None = None,
    ) -> None:
        self._breath, self._pace_per_min = breath, pace_per_min
        self._quickens = goal == "up"
        self._usual_s = settle_s
        self._yields = False
        self.own_per_min = clamp_breath(own_per_min)

    def turn_to(self, breath: Breath, goal: Goal, settle_s: float) -> None:
        """Lead by another profile, from the same own rate."""
        self._breath, self._quickens, self._usual_s = breath, goal == "up", settle_s

    @property
    def to_pace(self) -> float | None:
        """The listener's own pace, where it is known and the way ends at a slow breath."""
        return None if self._quickens or self._breath.then_per_min > SLOW_PER_MIN else self._pace_per_min

    @property
    def _straight(self) -> bool:
        """Whether the first way leads to that pace."""
        return self.to_pace is not None and self._breath.straight_to_pace

    @property
    def _settle_s(self) -> float:
        if not self._straight:
            return self._usual_s
        return max(self._usual_s, 60.0 * (self.own_per_min - self.settled_per_min) / QUICKEST_PER_MIN2)

    @property
    def then_per_min(self) -> float:
        """Where the way ends."""
        return self._breath.then_per_min if self.to_pace is None else self.to_pace

    @property
    def settled_per_min(self) -> float:
        """Where the first way ends: a share of the own rate, but not past a slow breather's own."""
        own, share = self.own_per_min, self._breath.settle_share
        if self._straight:
            return min(own, self.then_per_min)
        if share < 1.0:
            return max(share * own, min(own, self.then_per_min))
        return clamp_breath(share * own)

    def at(self, led_s: float) -> float:
        """Breaths a minute wanted `led_s` seconds after the lead began (negative: not yet)."""
        if led_s <= 0.0:
            return self.own_per_min
        settled = self.settled_per_min
        if led_s < self._settle_s:
            return self.own_per_min + (settled - self.own_per_min) * led_s / self._settle_s
        most = self._breath.glide_per_min2 * (led_s - self._settle_s) / 60.0
        then = self.then_per_min
        if not self._quickens:
            then = min(then, settled)
        return clamp_breath(settled + min(max(then - settled, -most), most))

    def beside(self, led_s: float, now_per_min: float | None) -> float:
        """The same, but never quicker than a listener who breathes slower than the path by themselves."""
        want = self.at(led_s)
        if self._quickens or now_per_min is None:
            return want
        self._yields = now_per_min < (want if self._yields else SLOWER * want)
        return clamp_breath(now_per_min) if self._yields else want

    @property
    def yields(self) -> bool:
        """Whether the listener's own, slower breathing is followed instead of the path."""
        return self._yields
