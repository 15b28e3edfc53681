"""PulseFloor: whether the waves of a PPG's window are a pulse, or an arm that moves.

A restless arm makes waves that are each another. One that swings in step makes waves all alike, but greater
than the pulse was: that is believed again only when it has lasted.
"""

from __future__ import annotations

from collections import deque
from statistics import median

LEAST_ALIKE = 0.8
"""How alike the waves of a window must be (`peaks.likeness`). Own choice."""
GREATER = 1.5
"""Size of a window's waves against the usual from which on something else than the heart moves there. Own
choice: at rest hands grow warm slowly, and the usual goes along."""
USUAL_WINDOWS, FROM_WINDOWS = 15, 3
"""Believed windows whose median is the usual size, and from how many on it is one: half a minute, 6 s."""
LASTING_S = 120.0
"""After which a greater wave is the usual one: the sensor may sit better now. Own choice."""


class PulseFloor:
    """Ask it for one window after another."""

    def __init__(self) -> None:
        self._sizes: deque[float] = deque(maxlen=USUAL_WINDOWS)
        self._believed_s = 0.0

    def believes(self, t_s: float, alike: float, size: float) -> bool:
        """Whether the waves up to `t_s` are a pulse: how alike they are, and how great, in any unit."""
        if alike < LEAST_ALIKE:
            return False
        if t_s - self._believed_s > LASTING_S:
            self._sizes.clear()
        if len(self._sizes) >= FROM_WINDOWS and size > GREATER * median(self._sizes):
            return False
        self._sizes.append(size)
        self._believed_s = t_s
        return True
