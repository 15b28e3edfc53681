"""BeatTimes: when the beats behind late, bunched packets fell, rebuilt from the sum of their RR intervals.

Arrival says only "before now". RR intervals say exactly how far beats lie apart. So the sum of RR is
the ruler and the earliest arrivals pin it down: a packet can be late but never early, therefore the
least lateness of the last two minutes is taken as the strap's constant delay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

PIN_WINDOW_S = 120.0
"""Arrivals that pin the ruler down. Packets come about as often as beats, so that a beat's wait sways slowly;
in half a minute of a Polar H10 no beat may have come promptly, in two minutes one has."""
PIN_RATE = 0.01
"""Largest correction in seconds per second. Own choice: far above any crystal's error, and inaudible."""
HOLE_S = 2.5
"""Lateness beyond one RR that proves lost beats. Own choice: on healthy links (10 and 102 minutes of a
Polar H10 that lost nothing) a beat waits up to 1.7 s longer than the promptest; a phone adds to it."""

SHORTEST_S = 0.1
"""Two detections closer than this are one beat (`sensors.recording` draws the same line)."""


@dataclass(frozen=True, slots=True)
class PlacedBeat:
    """A beat on the engine's clock. `rr_ms` ends at this beat; None where it is not known.

    `after_hole` says that beats may be missing right before it, so no difference may be taken to
    the interval before.
    """

    t_s: float
    rr_ms: float | None
    after_hole: bool = False


class BeatTimes:
    """Places the RR intervals of one strap after another on the engine's clock."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._late: deque[tuple[float, float]] = deque()  # latest moment and lateness, seconds
        self._hole = False

    @property
    def last_s(self) -> float | None:
        """The last placed beat, seconds, or None before the first."""
        return self._last_s

    def lose(self) -> None:
        """The link broke: beats were lost, and the ruler must be pinned down anew."""
        self._hole = True

    def place(self, newest_s: float, rr_s: Sequence[float]) -> list[PlacedBeat]:
        """Beats that end the intervals `rr_s` (seconds, oldest first) of one packet.

        None of them fell after `newest_s`: the packet's arrival less the strap's latency where that is
        known (`sensors.latency`); where it is not, beats are placed late by that constant. An interval too
        short to be one takes its time and makes no beat. Nor does time run backwards: where `newest_s` is
        before the last beat, what comes falls upon that.
        """
        if not rr_s:
            return []
        total_s = sum(rr_s)
        before_s = newest_s - total_s
        after_hole = self._hole
        if self._last_s is None or self._hole:
            # The very first packet holds beats of an unknown past; only its order is certain.
            after_hole = self._last_s is not None
            self._late.clear()
        else:
            late_s = before_s - self._last_s
            if late_s > HOLE_S + rr_s[-1]:
                after_hole = True
                self._late.clear()
            else:
                before_s = self._last_s + self._correction(newest_s, late_s, total_s)
        scale, latest_s = 1.0, newest_s
        if self._last_s is not None and before_s < self._last_s:
            # Time never runs backwards, whatever a burst of packets says: it is squeezed in instead.
            latest_s = max(newest_s, self._last_s)
            scale = max(before_s + total_s - self._last_s, 0.0) / total_s
            before_s = self._last_s
        beats: list[PlacedBeat] = []
        t_s = before_s
        for rr in rr_s:
            t_s = min(t_s + scale * rr, latest_s)
            if rr < SHORTEST_S:
                after_hole = True
                continue
            beats.append(PlacedBeat(t_s, 1000.0 * rr, after_hole))
            after_hole = False
        self._hole = after_hole
        self._last_s = t_s
        self._late.append((newest_s, newest_s - t_s))
        return beats

    def _correction(self, newest_s: float, late_s: float, total_s: float) -> float:
        """Seconds by which to move the ruler with this packet, positive for later."""
        while self._late and self._late[0][0] < newest_s - PIN_WINDOW_S:
            self._late.popleft()
        least_s = min((late for _, late in self._late), default=late_s)
        least_s = min(least_s, late_s)
        # A beat cannot arrive before it falls: that is put right at once, the rest slowly.
        moved_s = least_s if least_s < 0.0 else min(least_s, PIN_RATE * total_s)
        if moved_s:
            self._late = deque((at, late - moved_s) for at, late in self._late)
        return moved_s
