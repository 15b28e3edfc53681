"""Expression: what a player's hands add to the written note in time, loudness and place.

SCIENCE.md D4: onsets spread over 8-25 ms, a rubato shaped by the breath, velocities that vary. The
rubato displaces notes and leaves the transport alone, so the pulse can still be found.
"""

from __future__ import annotations

from math import pi, sin
from random import Random

SPREAD_S = 0.011
"""Standard deviation of an onset's timing."""

WIDEST_S = 0.025
"""No note strays further by chance."""

RUBATO_S = 0.030
"""Depth of the breath's rubato where there is no pulse to keep."""

PULSE_RUBATO_S = 0.008
"""The same where a profile has a pulse."""


class Expression:
    """The hands of one sitting; `steady` where a pulse has to stay plain."""

    def __init__(self, random: Random, steady: bool) -> None:
        self._random = random
        self._rubato_s = PULSE_RUBATO_S if steady else RUBATO_S
        self._wander = 0.0

    def late_s(self, breath_phase: float) -> float:
        """Seconds to add to an onset: late at the top of the breath (phase 0 to 1), early at its foot."""
        chance = min(max(self._random.gauss(0.0, SPREAD_S), -WIDEST_S), WIDEST_S)
        return chance + self._rubato_s * sin(2 * pi * breath_phase)

    def tight_s(self) -> float:
        """The same for drums: a little behind or before, never rubato."""
        return min(max(self._random.gauss(0.004, 0.005), -0.008), 0.016)

    def velocity(self, written: float) -> float:
        """The written velocity with a slow wander and a little chance, 0.05 to 0.95."""
        self._wander = 0.85 * self._wander + self._random.gauss(0.0, 0.018)
        return min(max(written + self._wander + self._random.gauss(0.0, 0.03), 0.05), 0.95)

    def pan(self, place: float, pitch: float) -> float:
        """`place` (-1 to 1), drawn to the middle for low notes: none off centre under MIDI 50, 147 Hz."""
        reach = min(max((pitch - 50.0) / 12.0, 0.0), 1.0)
        return min(max((place + self._random.gauss(0.0, 0.05)) * reach, -1.0), 1.0)
