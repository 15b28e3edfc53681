"""A sitting's time on another clock, from the states that a room tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

DRIFT = 1e-4
"""The sitting's clock, a sound card's, may go slower than the other by no more (crystals: 0.5e-4). Our own
choice."""


class SittingClock:
    """Show it every state as it comes: none can come before it was, so the promptest sets the clock.

    now_s   the other clock, in seconds
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._ahead_s = inf
        """The other clock less the sitting's: the least that was seen, and DRIFT."""
        self._newest_s = 0.0

    @property
    def known(self) -> bool:
        """Whether a state has come yet."""
        return self._ahead_s < inf

    def meet(self, t_s: float) -> None:
        """The state of second `t_s` of the sitting has come."""
        drifted_s = self._ahead_s + DRIFT * (t_s - self._newest_s)
        self._ahead_s, self._newest_s = min(drifted_s, self._now_s() - t_s), t_s

    def of(self, t_s: float) -> float:
        """When that second of the sitting is, by the other clock."""
        return self._ahead_s + t_s


def heard_later_s(snapshot: Mapping[str, Any], rate_hz: float) -> float:
    """How much later than it is computed the sound of a state leaves the loudspeaker."""
    return max(0.0, float(snapshot["t"]) - float(snapshot["heard_frame"]) / rate_hz)
