"""Sensors of other packages: each brings a word for `--sensor` through the entry points `calando.sensors`.

The entry point names a class or a function that takes the text behind the word's colon ("" where there is
none) and returns what has `open()`, `poll(now_s)` and `close()`, as in `sensors.sensor.Sensor`. Where it has
no `label`, `simulated`, `latency_s`, `hear` or `keep_time` of its own, those of `Adapted` serve; so does
`waits`, which is False where its beats are a function of engine time, and may then be hurried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from itertools import chain
from math import isfinite
from typing import Any

from sensors.beat import BadPacket, ChestMotion, Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.plain_text import plain

GROUP = "calando.sensors"

NEEDED = ("open", "poll", "close")
"""What no sensor goes without."""

EVENTS = (Measurement, TimedBeat, ChestMotion, LinkChange, BadPacket)


class ForeignSensorError(ValueError):
    """A sensor of another package that cannot be had: one sentence with the package and the mend."""


def foreign_words() -> list[str]:
    """The words that installed packages bring, sorted. None of their code is run."""
    return sorted({point.name for point in entry_points(group=GROUP)})


@dataclass(frozen=True, slots=True)
class Brought:
    """One word, and who brings it."""

    word: str
    package: str
    make: Callable[[str], Any]


def brought(word: str) -> Brought | None:
    """What a package brings under `word`; None where no package does. Raises ForeignSensorError."""
    points = list(entry_points(group=GROUP, name=word))
    if not points:
        return None
    packages = sorted({_package(point) for point in points})
    if len(packages) > 1:
        raise ForeignSensorError(
            f"The sensor {word} comes from several packages ({', '.join(packages)}); keep one of them."
        )
    try:
        make = points[0].load()
    except Exception as trouble:  # whatever a stranger's module does when it is imported
        raise _broken(word, packages[0], _reason(trouble)) from trouble
    if not callable(make):
        raise _broken(word, packages[0], "its entry point is nothing that can be called")
    return Brought(word, packages[0], make)


def opened(sensor: Brought, rest: str) -> Adapted:
    """The sensor that a package brings, not yet opened. Raises ForeignSensorError."""
    try:
        made = sensor.make(rest)
    except ValueError as wrong:
        raise ForeignSensorError(f"Sensor '{sensor.word}': {plain(str(wrong))}") from wrong
    except Exception as trouble:
        raise _broken(sensor.word, sensor.package, _reason(trouble)) from trouble
    lacking = [name for name in NEEDED if not callable(getattr(made, name, None))]
    if lacking:
        raise _broken(sensor.word, sensor.package, f"it has no method {' and no '.join(lacking)}")
    return Adapted(made, sensor.word)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _broken(word: str, package: str, reason: str) -> ForeignSensorError:
    return ForeignSensorError(
        f"The sensor {word} of the package {package} cannot be used ({reason}); "
        "mend that package, or uninstall it."
    )


def _reason(trouble: Exception) -> str:
    return plain(f"{type(trouble).__name__}: {trouble}").rstrip(": .")


class Adapted:
    """Three methods made into a whole `sensors.sensor.Sensor` that raises nothing while music plays.

    One that fails is told as `Link.UNAVAILABLE`, once, and is asked for no more.
    """

    def __init__(self, sensor: Any, word: str) -> None:
        self._sensor = sensor
        self._word = word
        self._failure: str | None = None
        self._told = False

    @property
    def label(self) -> str:
        return plain(str(self._attribute("label", self._word))) or self._word

    @property
    def simulated(self) -> bool:
        """False where it does not say: what is not said to be made up counts as measured."""
        return bool(self._attribute("simulated", False))

    @property
    def latency_s(self) -> float:
        """0 where it does not say, or says what is no time."""
        told = self._attribute("latency_s", 0.0)
        return float(told) if isinstance(told, (int, float)) and isfinite(told) and told >= 0.0 else 0.0

    @property
    def waits(self) -> bool:
        """Whether its beats come when they fall and no sooner; so it is where it does not say."""
        return bool(self._attribute("waits", True))

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As `sensors.sensor.KeepsTime`, for a sensor that has it."""
        self._try("keep_time", engine_s)

    def open(self) -> None:
        self._failure, self._told = None, False
        self._try("open")

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        came: object = () if self._failure is not None else self._try("poll", now_s)
        events: list[SensorEvent] = []
        if self._failure is None:
            try:
                events = [_event(each, now_s) for each in came or ()]  # type: ignore[attr-defined]
            except Exception as trouble:  # a list that cannot be read
                self._failure = _reason(trouble)
        if self._failure is not None and not self._told:
            self._told = True
            words = f"The sensor {self._word} has failed ({self._failure}) and is listened to no more."
            events.append(LinkChange(now_s, Link.UNAVAILABLE, words))
        return events

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        self._try("hear", now_s, tempo_bpm, breath_per_min)

    def close(self) -> None:
        self._try("close")

    def _attribute(self, name: str, otherwise: object) -> Any:
        try:
            return getattr(self._sensor, name, otherwise)
        except Exception:  # a property of a stranger's
            return otherwise

    def _try(self, name: str, *arguments: object) -> Any:
        method = getattr(self._sensor, name, None)
        if method is None or (self._failure is not None and name != "close"):
            return None
        try:
            return method(*arguments)
        except Exception as trouble:  # whatever it does, the music goes on
            self._failure = self._failure or _reason(trouble)
            return None


def _event(event: object, now_s: float) -> SensorEvent:
    """`event`, where it is one that has arrived; else what the record keeps in its place."""
    if not isinstance(event, EVENTS):
        return BadPacket(now_s, repr(event)[:200].encode(), "not an event of a sensor")
    numbers = [event.arrival_s]
    if isinstance(event, TimedBeat):
        numbers += [event.t_s, event.rr_ms or 0.0]
    if isinstance(event, ChestMotion):
        numbers += [event.t_s, *chain.from_iterable(event.milli_g)]
    if not all(map(isfinite, numbers)):
        return BadPacket(now_s, repr(event)[:200].encode(), "a time or a value that is no number")
    return event if event.arrival_s <= now_s else replace(event, arrival_s=now_s)
