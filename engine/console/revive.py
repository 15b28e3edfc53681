"""Revive: a server that is killed is followed by the next at once; what it needs is loaded already."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

ENDED_BY = (signal.SIGINT, signal.SIGTERM)

SHORTEST_S = 0.5
"""A server that lives less is followed only after so long: one that cannot live does not busy the machine."""


def revived(serve: Callable[[], None], say: Callable[[str], None]) -> int:
    """Run `serve` in a child, again whenever a signal kills that one, until SIGINT or SIGTERM comes here.

    Returns the child's own exit code where it ends by itself. A child never outlives this process. Where
    there is no fork, `serve` runs here, once.
    """
    if not hasattr(os, "fork"):
        serve()
        return 0
    child, ending = 0, False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal ending
        ending = True
        if child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    before = {number: signal.signal(number, end) for number in ENDED_BY}
    here, there = os.pipe()
    try:
        while True:
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDED_BY)
            if ending:
                return 0
            began_s, child = time.monotonic(), os.fork()
            if child == 0:
                for number, handler in before.items():
                    signal.signal(number, handler)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDED_BY)
                os.close(there)
                threading.Thread(target=_end_with_parent, args=(here,), daemon=True).start()
                serve()
                return 0
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDED_BY)
            _, status = os.waitpid(child, 0)
            if ending:
                return 0
            if not os.WIFSIGNALED(status):
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() - began_s < SHORTEST_S:
                time.sleep(SHORTEST_S)
            how = signal.Signals(os.WTERMSIG(status)).name
            say(f"The console's server was ended by {how}; here is the next.")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDED_BY)
        if child:
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(here)
            os.close(there)


def free_port(host: str) -> int:
    """One that nobody has just now, for whoever is to come back to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _end_with_parent(pipe: int) -> None:
    os.read(pipe, 1)  # returns when the parent's end closes, however that comes
    os._exit(1)
