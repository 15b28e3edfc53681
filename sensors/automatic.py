"""AutomaticSensor: a strap if one is found within seconds, otherwise the simulated heart, and says so."""

from __future__ import annotations

from collections.abc import Callable

from sensors.beat import Link, LinkChange, SensorEvent, later
from sensors.sensor import KeepsTime, Sensor
from sensors.simulated import SimulatedHeart

WAIT_S = 6.0
"""Search before falling back (DESIGN.md 4, a few seconds). Own choice: a strap advertises every second."""
FOUND = frozenset({Link.CONNECTING, Link.WAITING, Link.LIVE, Link.NO_CONTACT, Link.RECONNECTING})


class AutomaticSensor:
    """`auto`. Decides once: a simulated heart is not swapped for a strap in the middle of a sitting."""

    def __init__(self, strap: Sensor, wait_s: float = WAIT_S) -> None:
        self._strap = strap
        self._wait_s = wait_s
        self._began_s: float | None = None
        self._heart: SimulatedHeart | None = None
        self._found = False
        self._lack = "No strap was heard."

    @property
    def label(self) -> str:
        return (self._heart or self._strap).label

    @property
    def simulated(self) -> bool:
        """True from the moment on when no strap was found."""
        return self._heart is not None

    @property
    def latency_s(self) -> float:
        return (self._heart or self._strap).latency_s

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As `sensors.sensor.KeepsTime`; the simulated heart keeps engine time by itself."""
        if isinstance(self._strap, KeepsTime):
            self._strap.keep_time(engine_s)

    def open(self) -> None:
        self._strap.open()

    def close(self) -> None:
        self._strap.close()

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        if self._heart is not None:
            self._heart.hear(now_s - (self._began_s or 0.0), tempo_bpm, breath_per_min)

    def poll(self, now_s: float) -> list[SensorEvent]:
        if self._heart is not None:
            return self._simulated(now_s)
        if self._began_s is None:
            self._began_s = now_s
        events = list(self._strap.poll(now_s))
        changes = [event for event in events if isinstance(event, LinkChange)]
        self._found = self._found or any(change.link in FOUND for change in changes)
        lacks = [change.words for change in changes if change.link is Link.UNAVAILABLE]
        if lacks:
            self._lack = lacks[-1]
        if not self._found and (lacks or now_s - self._began_s >= self._wait_s):
            self._strap.close()
            self._heart, self._began_s = SimulatedHeart(), now_s
            words = f"{self._lack} So a SIMULATED heart plays: nobody is measured."
            # The simulated heart's own greeting would take the place of the reason.
            return [*events, LinkChange(now_s, Link.LIVE, words), *self._simulated(now_s)[1:]]
        return events

    def _simulated(self, now_s: float) -> list[SensorEvent]:
        """The simulated heart's events, shifted to when it took over."""
        began_s = self._began_s or 0.0
        heart = self._heart
        due = heart.poll(now_s - began_s) if heart is not None else []
        return [later(event, began_s) for event in due]
