"""Telling: log and fleet hear how the kiosk stands; alerts are found here, with a fleet or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.kiosk.alerts import Alert, Watch
from engine.kiosk.config import Kiosk
from engine.kiosk.state import State

TELL_S = 1.0
"""Between two states, while nothing changes (own choice)."""


class Fleet(Protocol):
    """Who is told how it stands, and may hand in commands (engine.kiosk.fleet.companion)."""

    def tell(self, state: State, alerts: tuple[Alert, ...]) -> None: ...
    def configure(self, kiosk: Kiosk) -> None: ...
    def close(self) -> None: ...


class Telling:
    """Shown every state, it passes on what is worth passing on.

    log     takes sentences: each alert as it begins to stand and as it falls
    fleet   None where nobody else is told
    """

    def __init__(self, kiosk: Kiosk, log: Callable[[str], None], fleet: Fleet | None) -> None:
        self._log, self._fleet = log, fleet
        self._watch = Watch(kiosk.alerts)
        self._state: State | None = None
        self._told_s = 0.0
        self.alerts: tuple[Alert, ...] = ()
        """Those that stand."""

    def tell(self, state: State) -> None:
        """It stands like this now."""
        before, self._state = self._state, state
        changed = before is None or _changes(state) != _changes(before)
        if not changed and state.since_s - self._told_s < TELL_S:
            return
        self._told_s = state.since_s
        stood, self.alerts = {each.name for each in self.alerts}, self._watch.follow(state)
        for alert in self.alerts:
            if alert.name not in stood:
                self._log(f"Alert {alert.name}: {alert.words} {alert.asks}")
        for name in sorted(stood - {each.name for each in self.alerts}):
            self._log(f"Alert {name} is over.")
        if self._fleet is not None:
            self._fleet.tell(state, self.alerts)

    def configure(self, kiosk: Kiosk) -> None:
        """The file was read again."""
        self._watch.limits = kiosk.alerts
        if self._fleet is not None:
            self._fleet.configure(kiosk)

    def close(self) -> None:
        """Nothing more is told."""
        if self._fleet is not None:
            self._fleet.close()


def _changes(state: State) -> tuple[object, ...]:
    """What is told at once."""
    return state.doing, state.sound_ok, state.safe
