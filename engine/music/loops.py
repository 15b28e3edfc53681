"""Incommensurable loops: strokes that return every prime number of beats, so their pattern never does.

After Eno's tape loops (SCIENCE.md D3). They are counted in beats from the start of the sitting, not
in seconds, so that they follow the tempo, and are found from the beat alone, so that a jump in time
leaves them in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

PRIMES = (13, 17, 19, 23, 29, 31)
"""Periods in beats: 13 to 31 s at 60 beats a minute. Three of them together return after hours."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One stroke every `period` beats from beat `offset`, at `tone` (0 to 1) among the chord's tones."""

    period: int
    offset: int
    tone: float

    def strokes(self, start: float, end: float) -> tuple[int, ...]:
        """Beats of the strokes in [start, end)."""
        first = self.offset + self.period * max(0, -int((self.offset - start) // self.period))
        return tuple(b for b in range(first, int(end) + 1, self.period) if start <= b < end)


def drawn(random: Random, count: int = 3) -> tuple[Loop, ...]:
    """`count` loops of different primes."""
    periods = random.sample(PRIMES, count)
    return tuple(Loop(p, random.randrange(p), (n + random.random()) / count) for n, p in enumerate(periods))
