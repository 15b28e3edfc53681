"""EchoFilter: the same notification, delivered once more, is heard once."""

from __future__ import annotations

ECHO_S, HELD_ECHO_S = 0.03, 0.2
"""The same bytes twice within this time are one notification: BlueZ sends a copy for every program that
listens to the strap, and all of them arrive everywhere. Copies are sent at once, but a busy computer may
deliver them apart, so more time is allowed where a copy is likely: where another program held the strap.
What a strap itself tells again, later, is the business of `sensors.packet_intervals`."""


class EchoFilter:
    """Knows the last notification of one connection; `held` where another program had the strap before."""

    def __init__(self, held: bool) -> None:
        self._within_s = HELD_ECHO_S if held else ECHO_S
        self._raw: bytes | None = None
        self._at_s = 0.0

    def echoes(self, at_s: float, raw: bytes) -> bool:
        """Whether the bytes that arrived at `at_s` (time.monotonic()) are a copy; remembers them if not."""
        if raw == self._raw and at_s - self._at_s < self._within_s:
            return True
        self._raw, self._at_s = raw, at_s
        return False
