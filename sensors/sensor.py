"""Sensor: anything that can be asked, at an engine time, what has arrived since the last asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from sensors.beat import SensorEvent


class Sensor(Protocol):
    """A strap, a simulated heart or a recording.

    The session owns the clock and polls; a sensor with a thread of its own (Bluetooth) stamps what
    arrives and queues it (see `KeepsTime`). Simulated and recorded hearts are pure functions of engine
    time, so a sitting on the offline clock reads the same events as a live one.
    """

    @property
    def label(self) -> str:
        """What to call it on screen, for example `Polar H10 A1B2` or `SIMULATED heart`."""
        ...

    @property
    def simulated(self) -> bool: ...

    @property
    def latency_s(self) -> float:
        """Seconds from a beat to the promptest `Measurement` that can tell it, as far as is known."""
        ...

    def open(self) -> None:
        """Start listening. Never blocks for longer than it takes to read a file."""
        ...

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        """Every event with `arrival_s <= now_s` that has not been returned yet, in order."""
        ...

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """What the music does now: a simulated listener may be coupled to it, others ignore it."""
        ...

    def close(self) -> None:
        """Stop listening and let go of the device. Safe to call twice."""
        ...


@runtime_checkable
class KeepsTime(Protocol):
    """A sensor that hears between two polls, and stamps what it hears by the clock that it is given."""

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """Engine time in seconds, which any thread may read at any moment. Called before `open`.

        Without it arrivals are reckoned back from the moment of the next poll, as if that were prompt.
        """
        ...
