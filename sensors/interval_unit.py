"""Whether intervals are in ms, as the moments of their beats say: what is in samples is told and not heard.

A beat's interval is the time since the beat before it, so that the two agree whatever the heart does. Where
they are apart by one and the same factor, the numbers are in another unit. Moments that a clock sets and no
heart, as of what is sent once a second, say nothing of that.
"""

from __future__ import annotations

from collections import deque
from statistics import median

# All our own choice.
LOOKED_AT, AGREE = 8, 6
"""Beats that are looked at, and how many must have the factor: a missed or an extra one has another."""
ALIKE = 0.03
"""Share by which two factors are the same: stamps are some ms off."""
AS_MS = 0.15
"""Share by which the factor of ms may be off: a clock that is worse is none."""
HEARTS, VARIES = 2, 0.02
"""So many of the moments are off the usual distance by this share, where a heart sets them."""
LEAST_MS, MOST_MS = 250.0, 3000.0
"""Between two beats of any heart: 240 and 20 a minute."""


class IntervalUnit:
    """Of one stream's intervals."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._seen: deque[tuple[float, float]] = deque(maxlen=LOOKED_AT)
        self.why_not: str | None = None
        """Why they are no ms, to be said behind the stream's name; None where they are, or nobody knows."""

    def take(self, rr_ms: float, at_s: float) -> None:
        """One interval, and the moment of the beat at its end."""
        if self._last_s is not None:
            self._seen.append((rr_ms, 1000.0 * (at_s - self._last_s)))
        self._last_s = at_s
        why = self._wrong()
        self.why_not = why and (self.why_not or why)  # the same words, though the figures go on

    def _wrong(self) -> str | None:
        if len(self._seen) < LOOKED_AT:
            return None
        said_ms = median(rr_ms for rr_ms, _ in self._seen)
        apart_ms = median(apart_ms for _, apart_ms in self._seen)
        factors = [apart_ms / rr_ms for rr_ms, apart_ms in self._seen]
        factor = median(factors)
        varied = sum(abs(each - apart_ms) > VARIES * apart_ms for _, each in self._seen)
        told = LEAST_MS <= apart_ms <= MOST_MS and varied >= HEARTS
        agree = sum(abs(each - factor) <= ALIKE * factor for each in factors)
        if told and agree >= AGREE and abs(factor - 1.0) > AS_MS:
            return (
                f"says {said_ms:.0f} where its beats are {apart_ms:.0f} ms apart, as samples at "
                f"{1000.0 / factor:.0f} Hz would; let the other program send ms or s"
            )
        if not LEAST_MS <= said_ms <= MOST_MS:
            return (
                f"has intervals of about {said_ms:.0f} ms, which no heart has; are they in samples? Let the "
                "other program send ms or s"
            )
        return None
