"""BeatPredictor: when the next beats will fall, told in engine time although every beat is heard late."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from sensors.beat_times import PlacedBeat

LOCK_BEATS = 5
"""Good intervals before anything is predicted (issue 3)."""
GIVE_UP_S = 8.0
"""Silence after which a prediction would be a fiction. Own choice: eight beats at 60 a minute."""


@dataclass(frozen=True, slots=True)
class ExpectedBeat:
    """A beat to come (or one that fell and is not heard yet) and how sure it is, 0 to 1."""

    t_s: float
    confidence: float


class BeatPredictor:
    """Phase model of the heart, carried forward from the last beat heard."""

    def __init__(self) -> None:
        self._rr: deque[float] = deque(maxlen=64)
        self._last_s: float | None = None

    def observe(self, beat: PlacedBeat) -> None:
        """Take in a beat as soon as it is known, in order."""
        if beat.after_hole:
            self._rr.clear()
        self._last_s = beat.t_s
        if beat.rr_ms is not None and 300.0 <= beat.rr_ms <= 2200.0:
            self._rr.append(beat.rr_ms)

    def expect(self, now_s: float, until_s: float) -> list[ExpectedBeat]:
        """Beats expected in `now_s` <= t < `until_s`; empty before lock and after giving up."""
        if self._last_s is None or len(self._rr) < LOCK_BEATS or now_s - self._last_s > GIVE_UP_S:
            return []
        step_s = sum(list(self._rr)[-LOCK_BEATS:]) / (1000.0 * LOCK_BEATS)
        beats: list[ExpectedBeat] = []
        t_s = self._last_s + step_s
        while t_s < until_s and t_s - self._last_s <= GIVE_UP_S:
            if t_s >= now_s:
                beats.append(ExpectedBeat(t_s, max(0.0, 1.0 - (t_s - self._last_s) / GIVE_UP_S)))
            t_s += step_s
        return beats
