"""PacketIntervals: which RR slots of a strap's packets tell time that has passed, and for the first time.

Unused slots hold zero, or ones throughout; some straps and bridges tell every interval again. So the sum of
what is believed is held against the clock by which the packets arrive: it may not outrun it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sensors.beat import RR_TICKS_PER_S

FILLER_TICKS = 0xFFFF
"""All ones, which some straps put into slots that they do not use, as others put zero."""
LONGEST_S = 10.0
"""A number beyond it is no interval of a heart (`sensors.recording` draws the same line)."""
HELD_UP_S, MOST_HELD_UP_S = 3.0, 10.0
"""Time that packets may tell beyond what has passed since the first: on a healthy link a beat waits up to
1.7 s longer than the promptest; and after a silence as much more as it lasted, up to the longest interval."""
CRYSTALS = 1.02
"""How much faster a strap's clock may run than ours. Own choice: far above any crystal's error."""
EVIDENCE_S = 10.0
"""Span over which the sum of RR is held against the clock, and the time until it has proved anything."""
AGAIN_S = 2.5
"""An interval that is told again is told again within this. Own choice; seen: 0.45 s later."""
TOO_SOON = 0.65
"""Share of its own length before which the same packet cannot be a new one, while nothing is proved yet."""
TWICE, ONCE = 1.4, 1.15
"""Told time over passed time from which on a strap is taken to repeat itself, and until. Own choice."""
MATCHED, STILL_MATCHED = 0.4, 0.3
"""Share of the told time that must be repetition for that. Own choice: half of it is, told twice."""


def used_slots(rr_ticks: Sequence[int]) -> tuple[int, ...]:
    """The slots of one packet that hold an interval (1/1024 s), in their order."""
    most = LONGEST_S * RR_TICKS_PER_S
    return tuple(ticks for ticks in rr_ticks if 0 < ticks <= most and ticks != FILLER_TICKS)


@dataclass(slots=True)
class _Told:
    """An interval that was believed, and how often it may yet be told again."""

    arrival_s: float
    ticks: int
    again: int


class PacketIntervals:
    """Give it the used slots of every packet in order; it gives back those that are new."""

    def __init__(self) -> None:
        self._told: deque[_Told] = deque()
        self._packets: deque[tuple[float, float, float]] = deque()  # arrival, told and matched time, seconds
        self._times = 1
        self.lose()

    def lose(self) -> None:
        """The link broke: the next packet may hold whatever was kept for it."""
        self._last_s: float | None = None
        self._proved_s = float("inf")
        self._credit_s = HELD_UP_S
        self._new: tuple[float, tuple[int, ...]] | None = None
        self._packets.clear()
        self._told.clear()

    def take(self, arrival_s: float, slots: Sequence[int]) -> list[float] | None:
        """The new intervals of one packet, seconds; None where it tells time that has not passed."""
        told = tuple(slots)
        first = self._last_s is None
        self._pass(arrival_s)
        new = self._without_repeated(arrival_s, told)
        new_s = [ticks / RR_TICKS_PER_S for ticks in new]
        if not first:
            if sum(new_s) > self._credit_s:
                return None
            self._credit_s -= sum(new_s)
        if new:
            self._new = arrival_s, told
        return new_s

    def _pass(self, arrival_s: float) -> None:
        if self._last_s is None:
            self._proved_s = arrival_s + EVIDENCE_S
        else:
            passed_s = CRYSTALS * max(0.0, arrival_s - self._last_s)
            self._credit_s = min(self._credit_s + passed_s, MOST_HELD_UP_S)
        self._last_s = arrival_s
        while self._told and self._told[0].arrival_s < arrival_s - AGAIN_S:
            self._told.popleft()
        while self._packets and self._packets[0][0] < arrival_s - EVIDENCE_S:
            self._packets.popleft()

    def _without_repeated(self, arrival_s: float, told: tuple[int, ...]) -> list[int]:
        too_soon = (
            self._new is not None
            and self._new[1] == told
            and arrival_s - self._new[0] < TOO_SOON * sum(told) / RR_TICKS_PER_S
        )
        before = list(self._told)
        matched = [self._match(before, ticks) for ticks in told]
        matched_s = sum(ticks for ticks, match in zip(told, matched, strict=True) if match) / RR_TICKS_PER_S
        self._packets.append((arrival_s, sum(told) / RR_TICKS_PER_S, matched_s))
        self._times = self._times_told()
        again = max(1, self._times - 1)
        self._told.extend(
            _Told(arrival_s, ticks, again) for ticks, match in zip(told, matched, strict=True) if not match
        )
        if self._times > 1:
            return [ticks for ticks, match in zip(told, matched, strict=True) if not match]
        # The first seconds prove nothing yet, and two equal packets in a row are rare.
        return [] if too_soon and arrival_s < self._proved_s else list(told)

    def _match(self, before: list[_Told], ticks: int) -> bool:
        """Whether `ticks` was told `before` and not yet as often again as it may be; counts it if so."""
        for one in before:
            if one.ticks == ticks and one.again > 0:
                one.again -= 1
                return True
        return False

    def _times_told(self) -> int:
        """How often this strap tells each interval, as far as the last seconds show."""
        passed_s = self._packets[-1][0] - self._packets[0][0]
        _, told, matched = zip(*self._packets, strict=True)
        told_s, matched_s = sum(told[1:]), sum(matched[1:])
        repeating = self._times > 1
        least, share = (ONCE, STILL_MATCHED) if repeating else (TWICE, MATCHED)
        if len(told) < 4 or told_s < least * passed_s + 0.5 or matched_s < share * told_s:
            return 1
        return max(2, round(told_s / max(passed_s, 0.1)))
