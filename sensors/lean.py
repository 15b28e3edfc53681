"""Lean: how far the heart of the last breaths lies from where it has been for a minute, beats a minute.

A quick mean less a slow one. It answers to what changes and fades as the new rate becomes the usual one. The
plain difference was chosen among seven detectors (LOOP.md 3): fewest constants, no window that could fall out
of step with the breath, and a size instead of an alarm.
"""

from __future__ import annotations

from math import exp, isfinite

from sensors.gate import HOLE_S

QUICK_S = 10.0
"""Time constant of the quick mean. Own choice: two breaths at 12 a minute."""
SLOW_S = 60.0
"""Time constant of the slow one. Own choice: how soon a new level is the usual one."""
FROM_S = 60.0
"""Heard so long before anything is said: the slow mean is not worth comparing with sooner. Own choice."""
FORGET_S = 120.0
"""A hole after which the rate of before says nothing any more. Own choice."""


class Lean:
    """Feed it every interval that passed the gate."""

    __slots__ = ("_began_s", "_last_s", "_quick", "_slow")

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._last_s = 0.0
        self._quick = self._slow = 0.0

    def observe(self, t_s: float, rr_ms: float) -> None:
        """Take in the interval that ended at engine time `t_s`; what is no number is left out."""
        if not (isfinite(t_s) and isfinite(rr_ms) and rr_ms > 0.0):
            return
        rate = 60_000.0 / rr_ms
        passed_s = t_s - self._last_s
        if self._began_s is None or passed_s > FORGET_S or passed_s < 0.0:
            self._began_s = t_s
            self._quick = self._slow = rate
        elif passed_s > HOLE_S:
            self._quick = self._slow
        else:
            age_s = t_s - self._began_s  # a plain mean at first
            self._quick += (rate - self._quick) * _gain(passed_s, min(QUICK_S, age_s))
            self._slow += (rate - self._slow) * _gain(passed_s, min(SLOW_S, age_s))
        self._last_s = t_s

    def bpm(self, now_s: float) -> float | None:
        """Above 0 where the heart has risen; None in the first minute and after ten seconds of silence."""
        if self._began_s is None or self._last_s - self._began_s < FROM_S or now_s - self._last_s > HOLE_S:
            return None
        return self._quick - self._slow


def _gain(dt_s: float, tau_s: float) -> float:
    return 1.0 - exp(-dt_s / tau_s) if tau_s > 0.0 else 1.0
