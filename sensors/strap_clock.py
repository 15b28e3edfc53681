"""StrapClock: the time stamps of a strap's frames on our clock, and what did not come between two of them.

A stamp belongs to a frame's last sample, by a clock that starts anywhere. Frames arrive late by a delay that
varies but never falls below that of the radio, so the promptest frame sets the clock.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

CLOCK_S = 60.0
"""How far back to look for the promptest frame: long enough to meet one, short against the drift of the two
clocks (50 millionths make 3 ms). Own choice."""
HOLE = 1.5
"""A frame that comes so many times its own length after the last one: samples are missing between."""


class StrapClock:
    """One for all streams of a strap, for they share its clock. Show it every frame as it arrives."""

    def __init__(self) -> None:
        self._lateness: deque[tuple[float, float]] = deque()
        self._end_s = float("-inf")

    def ours_s(self, end_s: float, arrival_s: float) -> float:
        """What to add to a stamp, for a frame with stamp `end_s` that arrived at `arrival_s`."""
        if end_s < self._end_s - CLOCK_S:  # the strap's clock has started anew
            self._lateness.clear()
        self._end_s = end_s
        self._lateness.append((arrival_s, arrival_s - end_s))
        while self._lateness[0][0] < arrival_s - CLOCK_S:
            self._lateness.popleft()
        return min(late_s for _, late_s in self._lateness)


class FrameTimes:
    """Moments of the samples of one stream, by the strap's clock, at the rate it really has."""

    def __init__(self, nominal_hz: float) -> None:
        self._nominal_hz = nominal_hz
        self._end_s: float | None = None

    def of(self, end_s: float, samples: int) -> tuple[NDArray[np.float64], float | None]:
        """Moments (samples,) in seconds, and how long a hole lies before them: 0 for none, None at the first
        frame and where the clock has started anew."""
        length_s = samples / self._nominal_hz
        step_s = None if self._end_s is None else end_s - self._end_s
        self._end_s = end_s
        whole = step_s is not None and 0.0 < step_s < HOLE * length_s
        spread_s = step_s if whole and step_s is not None else length_s
        hole_s = 0.0 if whole else None if step_s is None or step_s <= 0.0 else step_s - length_s
        return end_s - spread_s * np.arange(samples - 1, -1, -1) / samples, hole_s
