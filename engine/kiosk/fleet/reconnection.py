"""Reconnection: how long a kiosk waits before it asks its broker again, so that a thousand come back evenly.

A drop is seen by all at once, so the first wait is drawn over the whole span. Whoever finds no broker then
keeps its place in the row: its next asks come exactly one span apart, so the row stays even however long the
broker is away, at 35 asks a second for a thousand kiosks. Jitter at each ask would not do: drawn over the
whole span, asks would come half a span apart in the mean, 65 a second; drawn over a part of it, the second
round would begin inside the first, and for a while there would be twice as many.
"""

from __future__ import annotations

import random

SHORTEST_S, LONGEST_S = 1.0, 30.0
"""Bounds of a wait (KIOSK.md section 3)."""

SPAN_S = LONGEST_S - SHORTEST_S
"""Over which the places are drawn, so also between two asks of one kiosk."""

BOOTED_S = 300.0
"""A machine that has been up for less has just been given power, and others with it (own choice)."""


class Waits:
    """The waits of one kiosk, drawn from `chance`."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def first_s(self, up_s: float) -> float:
        """Before the first ask, on a machine that has been up for `up_s`: none where somebody is at it."""
        return self._chance.uniform(0.0, SPAN_S) if up_s < BOOTED_S else 0.0

    def dropped_s(self) -> float:
        """Behind a connection that was there."""
        return self._chance.uniform(SHORTEST_S, LONGEST_S)

    @staticmethod
    def refused_s() -> float:
        """Behind an ask in vain."""
        return SPAN_S


def up_s() -> float:
    """How long this machine has been up, in seconds; for ever where it does not tell."""
    try:
        with open("/proc/uptime") as file:  # noqa: PTH123 — pathlib costs the kiosk a megabyte
            return float(file.read().split()[0])
    except (OSError, ValueError):
        return float("inf")
