"""Proof: systemd's watchdog is told that all is well while sound goes out, or is away for a reason.

That the supervisor turns is no proof of it, nor that a process gets ready again and again and never sounds.
Pure; times are of the clock by which processes are watched.
"""

from __future__ import annotations

from engine.kiosk.liveness import WARM_S, Liveness

LAST_RESORT_S = 300.0
"""No sound for so long, though there was some: safe mode has been tried by then. Systemd may try what it can,
which needs no understanding of what went wrong (own choice)."""

FIRST_S = WARM_S + 60.0
"""The same where there was none yet: machine code may have to be compiled first."""


class Proof:
    """Show it the process that plays every turn."""

    def __init__(self, now_s: float) -> None:
        self._proven_s, self._limit_s = now_s, FIRST_S

    def look(self, playing: Liveness | None, now_s: float) -> None:
        """How the process stands that plays now; None where there is none."""
        if playing is not None and playing.proven(now_s):
            self._proven_s, self._limit_s = now_s, LAST_RESORT_S

    def stands(self, now_s: float) -> bool:
        """Whether systemd is to be told that all is well."""
        return now_s - self._proven_s < self._limit_s
