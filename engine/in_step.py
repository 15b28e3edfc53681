"""InStep: how well the music's breath and the listener's go together, as one figure from 0 to 1.

The phase locking value (Lachaux et al. 1999, Hum Brain Mapp 8:194), here over time as for a single trial
(Lachaux et al. 2000, Int J Bifurcation Chaos 10:2429): the length of the mean of exp(2 pi i (a - b)), with a
and b the phases in breaths. 1 where they keep the same distance, whichever that is; near 0 where one passes
the other by. It says nothing of who follows whom.
"""

from __future__ import annotations

import cmath
from collections import deque
from math import pi

WINDOW_S = 60.0
"""Span looked at: six breaths of the slowest customary guide. In less, two breaths that are 5 % apart in rate
and know nothing of one another look as if they were in step. Own choice."""

EVERY_S = 0.5
"""Between two looks at both phases: eight in the quickest breath that is guided. Own choice."""

KNOWN_SHARE = 0.75
"""Share of the window in which both phases have to be known for the figure to be told. Own choice."""


class InStep:
    """Show it both phases in order of time; `value` is the figure, None where it is not earned."""

    __slots__ = ("_looked_s", "_seen", "value")

    def __init__(self) -> None:
        self.value: float | None = None
        self._seen: deque[tuple[float, complex]] = deque()
        self._looked_s = -EVERY_S

    def look(self, t_s: float, listener: float | None, music: float) -> None:
        """Both phases, in breaths, at `t_s`; `listener` is None where theirs is not known."""
        if t_s - self._looked_s < EVERY_S:
            return
        self._looked_s = t_s
        if listener is not None:
            self._seen.append((t_s, cmath.exp(2j * pi * (listener - music))))
        while self._seen and self._seen[0][0] <= t_s - WINDOW_S:
            self._seen.popleft()
        known = len(self._seen) >= KNOWN_SHARE * WINDOW_S / EVERY_S
        self.value = abs(sum(turn for _, turn in self._seen)) / len(self._seen) if known else None
