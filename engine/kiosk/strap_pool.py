"""A pool of straps: several are listened to, and the first that tells of a heart is the visitor's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sensors.beat import Link, LinkChange, Measurement, SensorEvent, TimedBeat
from sensors.sensor import KeepsTime, Sensor
from sensors.spec import SensorSpecError, open_sensor


class NoStrap:
    """A sensor that hears nothing: in safe mode, while another process still has the straps, and where none
    of those that are asked for can be meant; then `words` tell why."""

    label = "no strap"
    simulated = False
    latency_s = 0.0

    def __init__(self, words: str = "") -> None:
        self._untold = words

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As sensors.sensor.KeepsTime."""

    def open(self) -> None:
        """Nothing is opened."""

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        words, self._untold = self._untold, ""
        return (LinkChange(now_s, Link.UNAVAILABLE, words),) if words else ()

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """Nobody hears."""

    def close(self) -> None:
        """Nothing was opened."""


class StrapPool:
    """Several sensors as one. Until one of them has told a heartbeat all are heard; then it alone."""

    def __init__(self, sensors: Sequence[Sensor]) -> None:
        self.sensors = list(sensors)
        self._chosen: Sensor | None = None

    @property
    def _now(self) -> Sensor:
        return self._chosen or self.sensors[0]

    @property
    def label(self) -> str:
        return self._now.label

    @property
    def simulated(self) -> bool:
        return self._now.simulated

    @property
    def latency_s(self) -> float:
        return self._now.latency_s

    @property
    def info(self) -> object:
        return getattr(self._now, "info", None)

    def keep_time(self, engine_s: Callable[[], float]) -> None:
        """As sensors.sensor.KeepsTime."""
        for sensor in self.sensors:
            if isinstance(sensor, KeepsTime):
                sensor.keep_time(engine_s)

    def open(self) -> None:
        self._chosen = None
        for sensor in self.sensors:
            sensor.open()

    def poll(self, now_s: float) -> Sequence[SensorEvent]:
        if self._chosen is not None:
            return self._chosen.poll(now_s)
        heard: list[SensorEvent] = []
        for sensor in self.sensors:
            events = sensor.poll(now_s)
            if any(_beats(event) for event in events):
                self._choose(sensor)
                return [LinkChange(events[0].arrival_s, Link.LIVE, ""), *events]
            if lies_there(sensor):
                heard += [each for each in events if not _touches(each)]
            elif sensor is self.sensors[0]:
                heard += events
            else:  # a strap that lies there is worth a word, one that is looked for is not
                heard += filter(_touches, events)
        return heard

    def _choose(self, sensor: Sensor) -> None:
        self._chosen = sensor
        for other in self.sensors:
            if other is not sensor:
                other.close()

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        self._now.hear(now_s, tempo_bpm, breath_per_min)

    def close(self) -> None:
        for sensor in self.sensors:
            sensor.close()


_TOUCHED = (Link.WAITING, Link.NO_CONTACT)


def _touches(event: SensorEvent) -> bool:
    return isinstance(event, LinkChange) and event.link in _TOUCHED


def _beats(event: SensorEvent) -> bool:
    return isinstance(event, TimedBeat) or (isinstance(event, Measurement) and event.bpm > 0)


def straps_of(specs: tuple[str, ...]) -> Sensor:
    """The sensor of all these straps; one that cannot be meant is passed over, for the music plays on."""
    sensors: list[Sensor] = []
    wrong: list[str] = []
    for spec in specs:
        try:
            sensors.append(open_sensor(spec))
        except SensorSpecError as refused:
            wrong.append(str(refused))
    if not sensors:
        return NoStrap(" ".join(wrong))
    return sensors[0] if len(sensors) == 1 else StrapPool(sensors)


def lies_there(sensor: Sensor) -> bool:
    """Whether it is there all day, as a finger's cup is: that it answers tells of nobody."""
    if isinstance(sensor, StrapPool):
        return all(map(lies_there, sensor.sensors))
    return bool(getattr(sensor, "always_there", False))


def battery_of(sensor: Sensor) -> int | None:
    """Of a strap, per cent, where it tells."""
    percent = getattr(getattr(sensor, "info", None), "battery_percent", None)
    return percent if isinstance(percent, int) else None
