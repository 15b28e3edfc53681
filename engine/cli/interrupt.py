"""Ctrl-C for a command that holds a strap: let go first, for nobody finds a strap that stays connected."""

from __future__ import annotations

import signal
import threading


def interruptible() -> None:
    """Ctrl-C raises KeyboardInterrupt from here on, so that cleaning up runs; nothing off the main thread."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
