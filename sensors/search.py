"""Search: which strap to take, and to which to keep once it was heard."""

from __future__ import annotations

import time

from sensors.scan import SETTLE_S, Sighting, Wanted, advertising_straps, held_straps

SCAN_S = 6.0
"""Own choice; a strap that can be heard again must be live within 15 s even when that moment falls just after
the start of a connection that hangs: 9 + 3 + a scan and a connection."""
RETURN_S = 12.0
"""A strap that was lost for so long may come back under another address: one that is not paired may change it
whenever it is switched on. Own choice: a strap that was out of reach is back by then, or far."""


class Search:
    """Asked for no strap in particular it finds the strongest, and keeps to that until it is started anew.

    It never goes over to somebody else's in the middle of a sitting: what else may be the same strap is one
    of the same name, alone in the room, that came when the one heard had gone.
    """

    def __init__(self, asked_for: Wanted) -> None:
        self._asked_for = asked_for
        self.start_anew()

    def start_anew(self) -> None:
        """Forget which strap was heard."""
        self._heard: Sighting | None = None
        self._lost_s = time.monotonic()
        self._mute: set[str] = set()  # addresses that gave no beat when last tried

    @property
    def wanted(self) -> Wanted:
        """What to look for now."""
        if self._heard is None or not self._asked_for.anyone:
            return self._asked_for
        if time.monotonic() - self._lost_s < RETURN_S:
            return Wanted(address=self._heard.address)
        return Wanted(address=self._heard.address, twin=self._heard)

    def tried(self, strap: Sighting) -> None:
        """It is connected to, and mute so far."""
        self._mute.add(strap.address)

    def heard(self, strap: Sighting) -> None:
        """It has told a heartbeat."""
        self._heard, self._lost_s = strap, time.monotonic()
        self._mute.clear()

    async def held(self) -> list[Sighting]:
        """Straps that the system holds and that may be tried without a scan."""
        return [strap for strap in await held_straps(self.wanted) if strap.address not in self._mute]

    async def seen(self) -> Sighting | None:
        """The strap to try after a scan, one that was mute when last tried only where there is no other."""
        wanted = self.wanted
        found = await advertising_straps(wanted, SCAN_S, SETTLE_S if wanted.by_service else 0.0)
        found += await held_straps(wanted)
        same = [strap for strap in found if strap.address == wanted.address]
        if wanted.twin is not None and not same and len(found) > 1:
            return None  # which of them came back nobody knows
        return min(same or found, key=lambda strap: strap.address in self._mute, default=None)
