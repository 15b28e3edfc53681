"""Arrivals: what a link's thread has heard, stamped with engine time at that moment, until it is polled."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from sensors.beat import ChestMotion, SensorEvent, TimedBeat

MOST_WAITING = 4096
"""Events that wait for a poll, an hour of a strap; then the oldest are forgotten, so that one that is kept
open where nobody listens does not grow (own choice)."""


class Arrivals:
    """A queue between two threads: in go times of time.monotonic(), out come those of engine time."""

    def __init__(self) -> None:
        self._engine_s: Callable[[], float] | None = None
        self.clear()

    def clear(self) -> None:
        """Forget what was not polled; the clock stays."""
        self._waiting: deque[tuple[SensorEvent, float | None]] = deque(maxlen=MOST_WAITING)
        self._last_s = float("-inf")

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """Stamp by this clock from now on (`sensors.sensor.KeepsTime`)."""
        self._engine_s = engine_s

    def put(self, event: SensorEvent) -> None:
        """Take in an event that has just arrived; called in the link's thread."""
        clock = self._engine_s
        self._waiting.append((event, None if clock is None else clock() - time.monotonic()))

    def due(self, now_s: float) -> list[SensorEvent]:
        """What arrived by engine time `now_s`, in order.

        A control tick that is late asks with its own time, which has long gone by: what arrived after it
        waits for the ticks that catch up, instead of being taken for older than it is.
        """
        events: list[SensorEvent] = []
        late_s = now_s - time.monotonic()
        while self._waiting:
            event, offset_s = self._waiting[0]
            shift_s = late_s if offset_s is None else offset_s
            # Engine time ticks in audio periods, so its distance to the monotonic clock wobbles a little.
            arrival_s = max(event.arrival_s + shift_s, self._last_s)
            if arrival_s > now_s and offset_s is not None:
                break
            self._waiting.popleft()
            self._last_s = arrival_s = min(arrival_s, now_s)
            if isinstance(event, TimedBeat | ChestMotion):
                event = replace(event, t_s=event.t_s + shift_s)
            events.append(replace(event, arrival_s=arrival_s))
        return events
