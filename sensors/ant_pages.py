"""Pages of an ANT+ heart rate strap: eight bytes in, beats out.

Source: ANT+ Device Profile, Heart Rate (D00000693, Rev 2.1), section 5. Every page, whatever its number, ends
with the time of the last beat (1/1024 s, turning over at 64 s), the count of beats (turning over at 256) and
a rate; page 4 also tells the time of the beat before.
"""

from __future__ import annotations

from sensors.beat import BadPacket, TimedBeat
from sensors.strap_clock import StrapClock

TICKS_PER_S, TURN_TICKS, TURN_BEATS = 1024, 65_536, 256
PREVIOUS = 4
"""The page that tells the beat before; the highest bit of a page's number is a sign that it changes."""
LONGEST_S = 32.0
"""Without a page for longer nobody knows how often the strap's clock has turned over (own choice: half)."""


class AntPages:
    """Take pages in order of arrival, times by one clock of ours."""

    def __init__(self) -> None:
        self._clock = StrapClock()
        self._ticks: int | None = None
        self._count = 0
        self._strap_s = 0.0
        self._page_s = float("-inf")

    def take(self, page: bytes, arrival_s: float) -> list[TimedBeat | BadPacket]:
        """The beats that are new in this page, none, one or two."""
        if len(page) < 8:
            return [BadPacket(arrival_s, page, "a page of ANT+ has eight bytes")]
        ticks, count = int.from_bytes(page[4:6], "little"), page[6]
        before, known = self._ticks, arrival_s - self._page_s < LONGEST_S
        self._page_s = arrival_s
        new = (count - self._count) % TURN_BEATS
        self._ticks, self._count = ticks, count
        if before is None or not known:
            self._clock = StrapClock()
            return []
        if new == 0:
            return []
        since_s = (ticks - before) % TURN_TICKS / TICKS_PER_S
        rr_s = since_s if new == 1 else None
        moments: list[tuple[float, float | None]] = []
        if page[0] & 0x7F == PREVIOUS and new > 1:
            rr_s = (ticks - int.from_bytes(page[2:4], "little")) % TURN_TICKS / TICKS_PER_S
            if new == 2 and rr_s < since_s:
                moments.append((self._strap_s + since_s - rr_s, since_s - rr_s))
        self._strap_s += since_s
        moments.append((self._strap_s, rr_s))
        ahead_s = self._clock.ours_s(self._strap_s, arrival_s)
        return [
            TimedBeat(arrival_s, strap_s + ahead_s, None if rr is None else 1000.0 * rr, strap_s)
            for strap_s, rr in moments
        ]
