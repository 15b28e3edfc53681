"""Screen: the supervisor's end of the page for a screen in the room."""

from __future__ import annotations

from collections.abc import Callable

from engine.kiosk.attendant import Attendant
from engine.kiosk.config import Kiosk
from engine.kiosk.orders import Shown
from engine.kiosk.screen.setup import setup_of, shown_line

SAID_S = 5.0
"""After so long it is said again that nothing stands on it, so that the process knows that we live."""


class Screen:
    """The process that serves the page; none where the kiosk's file asks for none.

    log   takes sentences for the log, from any thread
    """

    def __init__(self, kiosk: Kiosk, log: Callable[[str], None]) -> None:
        self._attendant = Attendant("engine.kiosk.screen.process", "The screen's", setup_of(kiosk), log)
        self._shown: Shown | None = None
        self._said_s = float("-inf")

    @property
    def pid(self) -> int | None:
        """Of the process; None where there is none."""
        return self._attendant.pid

    def show(self, shown: Shown | None, now_s: float) -> None:
        """This stands on it from now on; returns at once."""
        if shown != self._shown or now_s - self._said_s >= SAID_S:
            self._shown, self._said_s = shown, now_s
            self._attendant.put(shown_line(shown))

    def configure(self, kiosk: Kiosk) -> None:
        """The file was read again."""
        self._attendant.configure(setup_of(kiosk))

    def close(self) -> None:
        """The page ends."""
        self._attendant.close()
