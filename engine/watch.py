"""Watchers: whoever follows a sitting, added and removed at any time, and never able to harm the music."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.session import Moment

MOST_WAITING = 600
"""Moments that wait for a slow watcher, a minute of them; then the oldest are passed over (own choice)."""

FAREWELL_S = 2.0
"""How long the end of a sitting waits for a slow watcher to have seen what there is (own choice)."""

_log = logging.getLogger(__name__)


class Watcher(Protocol):
    """A view, a journal, a door, a test."""

    def moment(self, moment: Moment) -> None:
        """Called once a tick, in order."""
        ...


class Watchers:
    """All who follow one sitting. Every method may be called from any thread.

    say    told, once for each, that a watcher failed and is left out; the sitting goes on
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say
        self._seats: dict[int, _Seat | _Threshold] = {}
        self._guard = threading.Lock()

    def add(self, watcher: Watcher, *, at_once: bool = False) -> None:
        """Let `watcher` follow from the next tick on, in a thread of its own, however long it takes.

        `at_once` is for those that return within microseconds (a queue, a newest value) and, offline, for
        those that every moment shall wait for: they are called inside the tick. Added twice it is added once.
        """
        with self._guard:
            if id(watcher) not in self._seats:
                seat = _Threshold(watcher) if at_once else _Seat(watcher, self._left_out)
                self._seats = {**self._seats, id(watcher): seat}

    def remove(self, watcher: Watcher) -> None:
        """Let it follow no longer; one that does not follow is no error."""
        with self._guard:
            seats = dict(self._seats)
            seat = seats.pop(id(watcher), None)
            self._seats = seats
        if seat is not None:
            seat.close(0.0)

    def tell(self, moment: Moment) -> None:
        """Pass a moment on; called in the control thread."""
        for seat in self._seats.values():  # a dictionary that is replaced, never changed
            try:
                seat.take(moment)
            except Exception as failure:
                self._left_out(seat.watcher, failure)

    def close(self) -> None:
        """The sitting is over: let slow watchers see what there is, for at most `FAREWELL_S` each."""
        with self._guard:
            seats, self._seats = self._seats, {}
        for seat in seats.values():
            seat.close(FAREWELL_S)

    def _left_out(self, watcher: Watcher, failure: Exception) -> None:
        self.remove(watcher)
        _log.debug("a watcher failed", exc_info=failure)
        if self._say is not None:
            name = type(watcher).__name__
            self._say(f"{name} has failed ({type(failure).__name__}) and shows no more; the music goes on.")


class _Threshold:
    """A watcher that is called in the control thread."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher

    def take(self, moment: Moment) -> None:
        self.watcher.moment(moment)

    def close(self, _seconds: float) -> None:
        """Nothing waits for it."""


class _Seat(threading.Thread):
    """A watcher in a thread of its own, behind a queue that forgets the oldest."""

    def __init__(self, watcher: Watcher, failed: Callable[[Watcher, Exception], None]) -> None:
        super().__init__(name=f"watcher {type(watcher).__name__}", daemon=True)
        self.watcher = watcher
        self._failed = failed
        self._waiting: deque[Moment] = deque(maxlen=MOST_WAITING)
        self._something = threading.Event()
        self._over = False
        self.start()

    def take(self, moment: Moment) -> None:
        self._waiting.append(moment)
        self._something.set()

    def close(self, seconds: float) -> None:
        self._over = True
        if seconds == 0.0:
            self._waiting.clear()
        self._something.set()
        if seconds and threading.current_thread() is not self:
            self.join(seconds)

    def run(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            while self._waiting:
                moment = self._waiting.popleft()
                try:
                    self.watcher.moment(moment)
                except Exception as failure:
                    self._failed(self.watcher, failure)
                    return
            if self._over:
                return


class Latest:
    """A watcher for other threads: the newest moment, and a condition to wait on. Added with `at_once`."""

    def __init__(self) -> None:
        self.newest: Moment | None = None
        self.changed = threading.Condition()

    def moment(self, moment: Moment) -> None:
        with self.changed:
            self.newest = moment
            self.changed.notify_all()

    def after(self, t_s: float, timeout_s: float) -> Moment | None:
        """The newest moment later than `t_s`, waited for; None where none comes in time."""
        with self.changed:
            self.changed.wait_for(lambda: self.newest is not None and self.newest.t_s > t_s, timeout_s)
            return self.newest if self.newest is not None and self.newest.t_s > t_s else None


def at_once(*watchers: Watcher) -> Watchers:
    """These watchers, all called inside the tick: for what must see every moment of an offline sitting."""
    all_of_them = Watchers()
    for watcher in watchers:
        all_of_them.add(watcher, at_once=True)
    return all_of_them
