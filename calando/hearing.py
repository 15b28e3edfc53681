"""A heart without music: `heart` reads a recording, a strap or a simulated one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.listening import at_full_speed, in_real_time, spec_of
from sensors.artefacts import LabelledBeat
from sensors.heart_state import HeartState
from sensors.replay import Replay
from sensors.sensor import Sensor
from sensors.spec import open_sensor


@dataclass(frozen=True, slots=True)
class Heart:
    """A heart at one moment.

    state  what is known of it: rate in beats a minute, RMSSD and SDNN in ms, breaths a minute; None where a
           figure has not been earned yet
    beats  whose label has become final since the last moment, in order of time; times in seconds from the
           start, intervals in ms
    """

    state: HeartState
    beats: Sequence[LabelledBeat]


def heart(source: str | Sensor, *, seconds: float | None = None, fast: bool = False) -> Iterator[Heart]:
    """A heart, one moment a second, until `seconds` or the end of a recording.

    source   a file, or what `--sensor` takes: `ble`, `polar:ADDRESS`, `sim`, `replay:FILE`, ...; or a sensor
             of one's own that is not open yet
    seconds  None for a whole recording; a sensor is then listened to for ever
    fast     a simulated heart, or another function of engine time, as fast as it can be read; a recording is
             read so always

    The sensor is opened at the first moment and closed when the loop ends or is left. Raises SensorSpecError
    for a source that cannot be meant or read, and ValueError for `fast` without `seconds`.
    """
    sensor = open_sensor(spec_of(source)) if isinstance(source, str) else source
    recorded = isinstance(sensor, Replay)
    until_s = math.inf if seconds is None else seconds
    if recorded:
        until_s = min(until_s, sensor.end_s)
    elif fast and seconds is None:
        raise ValueError("A heart that never ends needs seconds to be read fast.")
    return _moments(sensor, until_s, fast=recorded or fast)


def _moments(sensor: Sensor, until_s: float, *, fast: bool) -> Iterator[Heart]:
    try:
        sensor.open()
        for state, beats, _ in at_full_speed(sensor, until_s) if fast else in_real_time(sensor, until_s):
            yield Heart(state, beats)
    finally:
        sensor.close()
