"""The two fades: up from silence at the start, down to it at the end of a sitting."""

from __future__ import annotations

from math import inf

SILENT_DB = -60.0
"""Where the first fade begins and the last one ends."""

FADE_IN_FROM_DB = -36.0
"""Where the fade-in begins: so soft that nobody starts, and there, so that nobody wonders whether it plays.
Own choice, as measured (benchmarks/first_sound.py): -60 dBFS is passed within a fifth of a second."""

STOP_FADE_S = 10.0
"""Last fade where a hand ends the sitting (SCIENCE.md A6: stop fade 10 s)."""

EBB_DB = 8.0
"""How far a long last fade ebbs while the music comes home; only then it goes to silence (own choice)."""

FALL_S = 20.0
"""The part of a last fade that goes to silence: all of a short one (own choice)."""


class Fades:
    """Level of both fades, dB.

    They count the seconds of steps, not the clock: a clock that jumps makes no jump in sound.
    """

    __slots__ = ("_level_db", "_passed_s", "fade_in_s", "fade_out_s", "last_s")

    def __init__(self, fade_in_s: float, fade_out_s: float) -> None:
        self.fade_in_s, self.fade_out_s = fade_in_s, fade_out_s
        self.last_s: tuple[float, float] | None = None
        """Length of the last fade once it has begun, and the level it began from."""
        self._level_db = FADE_IN_FROM_DB
        self._passed_s = 0.0

    @property
    def left_s(self) -> float:
        """Seconds until the last fade is over; infinite while it has not begun."""
        return inf if self.last_s is None else max(self.last_s[0] - self._passed_s, 0.0)

    @property
    def over(self) -> bool:
        return self.left_s <= 0.0

    @property
    def stop_s(self) -> float:
        """How long the fade takes where a hand ends the sitting."""
        return min(STOP_FADE_S, self.fade_out_s)

    def stop(self) -> bool:
        """A hand ends the sitting. False where the last fade is over as soon anyway."""
        if self.left_s <= self.stop_s:
            return False
        self.last_s, self._passed_s = (self.stop_s, self._level_db), 0.0
        return True

    def level_db(self, ending: bool, dt_s: float) -> float:
        """The level after `dt_s` more seconds; `ending` begins the last fade."""
        if ending and self.last_s is None:
            self.last_s, self._passed_s = (self.fade_out_s, self._level_db), 0.0
        self._passed_s += dt_s
        if self.last_s is None:
            left = 1.0 - min(self._passed_s / self.fade_in_s, 1.0)
            self._level_db = FADE_IN_FROM_DB * left * left
            return self._level_db
        length_s, begin_db = self.last_s
        fall_s = min(FALL_S, length_s)
        ebb_s = length_s - fall_s
        ebbed_db = begin_db - (EBB_DB * min(self._passed_s / ebb_s, 1.0) if ebb_s > 0.0 else 0.0)
        way = min(max(self._passed_s - ebb_s, 0.0) / fall_s, 1.0)
        # Slow at first: a straight line in dB would be half gone in the first quarter.
        self._level_db = ebbed_db + (SILENT_DB - ebbed_db) * way * way
        return self._level_db
