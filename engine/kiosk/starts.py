"""Starts: how often the process that plays was started and did not last, and what follows from that.

After five in a row that did not last a minute the kiosk is in safe mode, and leaves it at its next opening.
Between two starts it waits, longer each time. Pure; times are of one monotonic clock, seconds.
"""

from __future__ import annotations

LASTING_S = 60.0
"""A start that lasted so long was a good one (KIOSK.md)."""

BAD_STARTS = 5

PAUSES_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Before the start that follows so many bad ones (own choice)."""


class Starts:
    """Show it every start and end."""

    def __init__(self) -> None:
        self.bad = 0
        """In a row."""
        self.safe = False
        self._began_s: float | None = None

    def began(self, now_s: float) -> None:
        self._began_s = now_s

    def lasts(self, now_s: float) -> None:
        """It plays; after a minute of that the bad ones are forgotten."""
        if self._began_s is not None and now_s - self._began_s >= LASTING_S:
            self.bad = 0

    def ended(self, now_s: float) -> None:
        """It has ended, or had to be."""
        lasted = self._began_s is not None and now_s - self._began_s >= LASTING_S
        self._began_s = None
        self.bad = 0 if lasted else self.bad + 1
        if self.bad >= BAD_STARTS:
            self.safe = True

    def opens(self) -> None:
        """A new day: it may try everything again."""
        self.safe = False
        self.bad = 0

    @property
    def pause_s(self) -> float:
        """Before the next start."""
        return PAUSES_S[min(self.bad, len(PAUSES_S) - 1)]
