"""Threaded: what every sensor has that a thread of its own hears, whatever it hears by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sensors.arrivals import Arrivals
from sensors.beat import SensorEvent


class Threaded:
    """The half of a `sensors.sensor.Sensor` that the control thread calls; the other half puts what it
    hears into `_arrivals`."""

    def __init__(self) -> None:
        self._arrivals = Arrivals()

    @property
    def simulated(self) -> bool:
        return False

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As `sensors.sensor.KeepsTime`."""
        self._arrivals.keep_time(engine_s)

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        return self._arrivals.due(now_s)

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """A real heart hears the music by itself."""
