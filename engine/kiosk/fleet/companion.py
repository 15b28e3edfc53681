"""Companion: the supervisor's end of the fleet; what comes from there is handed to whoever takes commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.kiosk.alerts import Alert
from engine.kiosk.attendant import AGAIN_S, Attendant
from engine.kiosk.command import Accepts, CommandError, command_of
from engine.kiosk.config import Kiosk
from engine.kiosk.fleet.pipe import ANSWER, COMMAND, setup_of, state_line
from engine.kiosk.state import State


class Companion:
    """The process that speaks for a kiosk in the fleet; none where its file asks for none.

    accept   whoever takes commands; called in a thread of the companion's own
    log      takes sentences for the log, from any thread
    """

    def __init__(
        self, kiosk: Kiosk, accept: Accepts, log: Callable[[str], None], again_s: float = AGAIN_S
    ) -> None:
        self._accept = accept
        self._attendant = Attendant(
            "engine.kiosk.fleet.process", "The fleet's", setup_of(kiosk), log, self._asked, again_s
        )

    @property
    def pid(self) -> int | None:
        """Of the process; None where there is none."""
        return self._attendant.pid

    def tell(self, state: State, alerts: tuple[Alert, ...] = ()) -> None:
        """The newest state and the alerts that stand, once a second and at changes; returns at once."""
        self._attendant.put(state_line(state, alerts))

    def configure(self, kiosk: Kiosk) -> None:
        """The file was read again: soon it is another process, where the fleet's part of it has changed."""
        self._attendant.configure(setup_of(kiosk))

    def close(self) -> None:
        """Have it say `offline` and end."""
        self._attendant.close()

    def _asked(self, line: dict[str, Any]) -> None:
        asked = line[COMMAND]
        try:
            words, done = self._accept.accept(command_of(asked["name"], asked["value"])), True
        except CommandError as refused:
            words, done = str(refused), False
        self._attendant.put({ANSWER: {"id": asked["id"], "done": done, "words": words}})
