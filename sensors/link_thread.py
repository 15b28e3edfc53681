"""LinkThread: attempts at a link, one after another until it is stopped, in a thread of their own.

Every attempt runs in a fresh event loop, so that nothing of a failed one is carried over: bleak keeps a
picture of BlueZ for each loop, and after bluetoothd or the bus died that picture is wrong, or locked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

LEAST_PAUSE_S = 0.25
"""Between two attempts, however long the first has taken."""

_log = logging.getLogger(__name__)


class LinkThread:
    """Runs `attempt` again and again.

    prepare     once, first; where it returns False there is no attempt
    attempt     a coroutine; however it ends, the next one follows
    pause_s     told how it ended (None: by itself), the seconds from its start to the next one's
    """

    def __init__(
        self,
        prepare: Callable[[], bool],
        attempt: Callable[[], Coroutine[Any, Any, None]],
        pause_s: Callable[[Exception | None], float],
    ) -> None:
        self._prepare, self._attempt, self._pause_s = prepare, attempt, pause_s
        self._stop = threading.Event()
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._thread = threading.Thread(target=self._run, name="strap", daemon=True)
        self._thread.start()

    def stop(self, within_s: float) -> None:
        """Cancel the attempt and wait for its end, at most `within_s`."""
        self._stop.set()
        if running := self._running:
            loop, task = running
            with contextlib.suppress(RuntimeError):  # the attempt has just ended by itself
                loop.call_soon_threadsafe(task.cancel)
        self._thread.join(within_s)

    def _run(self) -> None:
        if not self._prepare():
            return
        while not self._stop.is_set():
            began_s = time.monotonic()
            ended: Exception | None = None
            try:
                asyncio.run(self._once())
            except asyncio.CancelledError:
                break
            except Exception as error:  # whatever the radio does, the listener's strap is looked for again
                _log.debug("attempt failed", exc_info=True)
                ended = error
            left_s = began_s + self._pause_s(ended) - time.monotonic()
            self._stop.wait(max(LEAST_PAUSE_S, left_s))

    async def _once(self) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        loop.set_exception_handler(_log_quietly)
        assert task is not None
        self._running = (loop, task)
        try:
            if not self._stop.is_set():
                await self._attempt()
        finally:
            self._running = None


def _log_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """dbus-fast leaves futures with an EOFError behind when the bus goes away; the loop knows already."""
    _log.debug("%s", context.get("message"), exc_info=context.get("exception"))
