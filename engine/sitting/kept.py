"""Kept: a sensor that stays open from sitting to sitting, for as long as a kiosk runs.

Each sitting is lent one of its own, on its own engine time, which it may open and close as it likes; two at
once each hear every beat. What was heard before a sitting began is no part of it, except how the link stands.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType

from sensors.beat import ChestMotion, LinkChange, Measurement, SensorEvent, TimedBeat, later
from sensors.sensor import KeepsTime, Sensor

LOOK_S = 0.1
"""Between two looks for a heart that is waited for (own choice)."""


class Kept:
    """Holds `sensor` open while the block lasts. A context manager; `lent` may be called from any thread.

    A sensor that keeps time (a strap) hears on between two sittings. A simulated heart or a recording
    stands still there: time goes on for it only while somebody listens.
    """

    def __init__(self, sensor: Sensor) -> None:
        self.sensor = sensor
        self.hears_on = isinstance(sensor, KeepsTime) and bool(getattr(sensor, "waits", True))
        self._guard = threading.Lock()
        self._began_s = time.monotonic()
        self._heard_s = 0.0
        self._link: LinkChange | None = None
        self._lent: list[Lent] = []

    def __enter__(self) -> Kept:
        self._began_s = time.monotonic()
        if isinstance(self.sensor, KeepsTime):
            self.sensor.keep_time(self._since_s)
        self.sensor.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sensor.close()

    def lent(self) -> Lent:
        """The sensor for one sitting."""
        return Lent(self)

    def heard(self, within_s: float) -> bool:
        """Wait until a heart is heard; False where none is within that time of the wall clock.

        Of a sensor that stands still while nobody listens nothing is waited for.
        """
        if not self.hears_on:
            return True
        listening = self.lent()
        listening.keep_time(self._since_s)
        listening.open()
        try:
            while self.now_s < within_s:
                for event in listening.poll(self.now_s):
                    if isinstance(event, TimedBeat) or (isinstance(event, Measurement) and event.bpm > 0):
                        return True
                time.sleep(LOOK_S)
        finally:
            listening.close()
        return False

    @property
    def words(self) -> str:
        """What was last said about the link; empty where nothing was."""
        return "" if self._link is None else self._link.words

    @property
    def now_s(self) -> float:
        """The sensor's own time, seconds since it was opened."""
        return self._since_s() if self.hears_on else self._heard_s

    def _since_s(self) -> float:
        return time.monotonic() - self._began_s

    def admit(self, lent: Lent) -> LinkChange | None:
        """Let `lent` hear what comes from now on; how the link stands, where that is known."""
        with self._guard:
            if self.hears_on:  # what came while nobody listened
                self._hear(self.now_s)
            if lent not in self._lent:
                self._lent.append(lent)
            return self._link

    def dismiss(self, lent: Lent) -> None:
        """Let it hear no more."""
        with self._guard:
            if lent in self._lent:
                self._lent.remove(lent)

    def hear(self, now_s: float) -> None:
        """Pass on to all what has come by `now_s`, in the sensor's own time."""
        with self._guard:
            self._hear(now_s)

    def _hear(self, now_s: float) -> None:
        if now_s < self._heard_s:  # another sitting was here already
            return
        self._heard_s = now_s
        for event in self.sensor.poll(now_s):
            if isinstance(event, LinkChange):
                self._link = event
            for lent in self._lent:
                lent.take(event)


class Lent:
    """A `sensors.sensor.Sensor` on the time of one sitting."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._engine_s: Callable[[], float] | None = None
        self._ahead_s = 0.0
        self._last_s = 0.0
        self._open = False
        self._waiting: deque[SensorEvent] = deque()

    @property
    def label(self) -> str:
        return self._kept.sensor.label

    @property
    def simulated(self) -> bool:
        return self._kept.sensor.simulated

    @property
    def latency_s(self) -> float:
        return self._kept.sensor.latency_s

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As `sensors.sensor.KeepsTime`."""
        self._engine_s = engine_s

    def open(self) -> None:
        """Begin to hear, at engine time 0. Does nothing when already open."""
        if self._open:
            return
        self._open = True
        self._waiting.clear()
        self._last_s = 0.0
        self._ahead_s = self._kept.now_s
        link = self._kept.admit(self)
        if link is not None:
            self._waiting.appendleft(LinkChange(0.0, link.link, link.words))

    def take(self, event: SensorEvent) -> None:
        """Something has come, in the sensor's own time; it is put into the sitting's."""
        event = later(event, -self._ahead())
        first_s = event.t_s if isinstance(event, TimedBeat | ChestMotion) else event.arrival_s
        if first_s >= 0.0 or isinstance(event, LinkChange):
            # A device's time goes by in periods, so that its distance to the sensor's wobbles a little.
            self._last_s = max(event.arrival_s, self._last_s)
            self._waiting.append(replace(event, arrival_s=self._last_s))

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        self._kept.hear(now_s + self._ahead())
        events: list[SensorEvent] = []
        while self._waiting and self._waiting[0].arrival_s <= now_s:
            events.append(self._waiting.popleft())
        return events

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        self._kept.sensor.hear(now_s + self._ahead(), tempo_bpm, breath_per_min)

    def close(self) -> None:
        """Hear no more; the sensor stays open."""
        self._open = False
        self._kept.dismiss(self)
        self._waiting.clear()

    def _ahead(self) -> float:
        """Seconds from the sitting's time to the sensor's own."""
        if self._kept.hears_on and self._engine_s is not None:
            return self._kept.now_s - self._engine_s()
        return self._ahead_s
