"""ClockDrift: how quickly a strap's clock and this computer's go apart.

Beats are placed on this computer's clock anew with every frame (sensors.strap_clock), so drift moves none of
them; but it says by how much the strap's own intervals are too long or too short, and a figure far from that
of a quartz tells of a clock that is not one.
"""

from __future__ import annotations

from sensors.strap_clock import CLOCK_S

EARNED_S = 600.0
"""Span from which it is told: the promptest frame of a minute is late by some thousandths of a second more or
less, and that over ten minutes makes ten millionths. Own choice."""
ANEW_S = 1.0
"""A step of the strap's clock that no drift makes: it has started anew. Own choice."""


class ClockDrift:
    """Show it every beat whose moment by the strap's own clock is known, in order."""

    __slots__ = ("_before_s", "_begun_s", "_first", "ppm")

    def __init__(self) -> None:
        self.ppm: float | None = None
        """Millionths by which the strap's clock is the quicker; None until it is earned."""
        self._begun_s = self._before_s = 0.0
        self._first: tuple[float, float] | None = None

    def observe(self, t_s: float, strap_s: float) -> None:
        """The same moment by this computer's clock and by the strap's, both in seconds."""
        apart_s = t_s - strap_s
        if self._first is None or abs(apart_s - self._before_s) > ANEW_S:
            self._begun_s, self._first, self.ppm = t_s, (t_s, apart_s), None
        elif t_s - self._begun_s <= CLOCK_S:
            self._first = t_s, apart_s  # the first minute settles which frame was the promptest
        self._before_s = apart_s
        first_s, first_apart_s = self._first
        if t_s - first_s >= EARNED_S:
            self.ppm = -1e6 * (apart_s - first_apart_s) / (t_s - first_s)
