"""Idle: decides, tick by tick, what comes after an interlude, and which sign is sounded in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.kiosk.interlude import LEAVE, Interlude
from engine.kiosk.orders import Status, Wanted
from engine.kiosk.presence import Presence
from engine.kiosk.state import Doing
from engine.kiosk.strap_pool import battery_of, lies_there

if TYPE_CHECKING:
    from engine.kiosk.house import House
    from sensors.sensor import Sensor

PROGRAMME_AFTER_S = 4.0
"""Quiet between two programmes, and before the first (own choice)."""

NO_SKIN_AFTER_S, NO_SKIN_EVERY_S = 8.0, 40.0
"""A strap that answers without a heartbeat is told of, and not too often (own choice)."""


class Idle:
    """What an interlude calls every tick (engine.kiosk.interlude.Hears)."""

    def __init__(self, house: House, wanted: Wanted, sensor: Sensor) -> None:
        self._lies_there = lies_there(sensor)
        self._house, self._level = house, (wanted.cap_lufs, wanted.trim_db)
        self._presence = Presence(wanted.off_s)
        self._over = False
        self._worn_still, house.worn_still = house.worn_still, False
        self._invited_s = 0.0
        self._touched_since_s: float | None = None
        self._no_skin_s = -NO_SKIN_EVERY_S
        self._quiet_until_s, house.quiet_until_s = house.quiet_until_s, 0.0

    def __call__(self, interlude: Interlude, now_s: float) -> str | None:
        house = self._house
        orders, wanted = house.orders, house.orders.wanted
        events = interlude.sensor.poll(now_s)
        self._presence.look(list(events))
        if (wanted.cap_lufs, wanted.trim_db) != self._level:
            self._level = wanted.cap_lufs, wanted.trim_db
            interlude.set_level(*self._level)
        self._house.told(now_s, self._status(interlude, now_s, wanted))
        if orders.leaving:
            return LEAVE
        if self._over:
            return None
        why = self._why(interlude, now_s, wanted)
        self._over = why is not None
        return why

    def _why(self, interlude: Interlude, now_s: float, wanted: Wanted) -> str | None:
        house, orders = self._house, self._house.orders
        if house.listened_to != orders.straps:
            return "anew"
        while orders.signs:
            interlude.speak(orders.signs.popleft(), now_s)
        if not wanted.open or wanted.muted:
            self._invited_s = now_s
            return None
        self._worn_still = self._worn_still and not self._presence.off(now_s)
        if not self._worn_still and self._presence.on(now_s) and now_s >= self._quiet_until_s:
            self._say(interlude, "found", now_s, wanted)
            return "visit"
        if (wanted.programme or wanted.safe) and now_s >= PROGRAMME_AFTER_S:
            return "programme"
        self._signs(interlude, now_s, wanted)
        return None

    def _signs(self, interlude: Interlude, now_s: float, wanted: Wanted) -> None:
        if not self._presence.touched or self._lies_there:
            self._touched_since_s = None
        elif self._touched_since_s is None:
            self._touched_since_s = now_s
        elif now_s - self._touched_since_s > NO_SKIN_AFTER_S and now_s - self._no_skin_s > NO_SKIN_EVERY_S:
            self._no_skin_s = self._invited_s = now_s
            self._say(interlude, "no_skin", now_s, wanted)
        if wanted.invitation_s and now_s - self._invited_s >= wanted.invitation_s:
            self._invited_s = now_s
            self._say(interlude, "invitation", now_s, wanted)

    @staticmethod
    def _say(interlude: Interlude, name: str, now_s: float, wanted: Wanted) -> None:
        if wanted.earcons and not interlude.speaks(now_s):
            interlude.speak(name, now_s)

    def _status(self, interlude: Interlude, now_s: float, wanted: Wanted) -> Status:
        if not wanted.open:
            doing = Doing.CLOSED
        elif wanted.muted:
            doing = Doing.MUTED
        else:
            doing = Doing.ENDING if now_s < self._quiet_until_s else Doing.READY
        return Status(
            doing, interlude.frame, interlude.sequence, interlude.lufs, sounding=False,
            strap=self._presence.on(now_s), battery=battery_of(interlude.sensor),
        )  # fmt: skip
