"""Ctrl-C, a closed terminal, the system's wish that we end: for commands that have something to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


def interruptible() -> None:
    """Ctrl-C raises KeyboardInterrupt from here on, so that cleaning up runs; nothing off the main thread.

    For a command that holds a strap: nobody finds a strap that stays connected.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Interrupts:
    """All of them, handed to the sitting there is. A context manager: what was before is put back.

    Before there is a sitting, KeyboardInterrupt puts everything in order that has been begun.
    """

    def __init__(self) -> None:
        self._end: Callable[[], None] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows hangs up on nobody
            # Under nohup the terminal may close.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._interrupted)
        return self

    def __exit__(self, *failure: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def go_to(self, end: Callable[[], None]) -> None:
        """From now on they call `end`, which must be safe in a signal handler."""
        self._end = end

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self._end is None:
            raise KeyboardInterrupt
        self._end()
