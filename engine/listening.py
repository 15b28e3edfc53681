"""Listening: a heart without music, one moment a second, in real time or as fast as it can be read."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sensors.artefacts import LabelledBeat
from sensors.heart_state import HeartState
from sensors.monitor import HeartMonitor
from sensors.sensor import Sensor
from sensors.spec import is_sensor

STATE_EVERY_S = 1.0
"""DESIGN.md 7."""

POLL_EVERY_S = 0.1
"""Live only. Own choice: far below a packet's interval."""


class Heard(NamedTuple):
    """A heart at one moment.

    state    what is known of it
    beats    whose label has become final since the last moment, in order of time
    monitor  which has heard everything so far, for figures of the whole
    """

    state: HeartState
    beats: Sequence[LabelledBeat]
    monitor: HeartMonitor


def spec_of(source: str) -> str:
    """The sensor that a source names: a spec as it is, and for a plain path its replay."""
    there = Path(source.partition("?")[0]).exists()
    if there or (("/" in source or "." in source) and not is_sensor(source.partition(":")[0])):
        return f"replay:{source}"
    return source


def at_full_speed(sensor: Sensor, until_s: float) -> Iterator[Heard]:
    """A sensor that is a function of engine time, open; the last moment is at `until_s`."""
    monitor = HeartMonitor(simulated=sensor.simulated)
    for k in range(1, math.ceil(until_s / STATE_EVERY_S) + 1):
        now_s = min(k * STATE_EVERY_S, until_s)
        for event in sensor.poll(now_s):
            monitor.feed(event, sensor.latency_s)
        yield Heard(monitor.state(now_s), monitor.take_labelled(), monitor)


def in_real_time(
    sensor: Sensor, seconds: float | None, worth: Callable[[HeartState], bool] = lambda _: True
) -> Iterator[Heard]:
    """Any open sensor, for so long, or for ever, or for as long as it is `worth` it by its last state."""
    monitor = HeartMonitor()
    began = time.monotonic()
    due_s = 0.0
    while seconds is None or due_s <= seconds:
        now_s = time.monotonic() - began
        for event in sensor.poll(now_s):
            monitor.feed(event, sensor.latency_s)
        monitor.simulated = sensor.simulated
        if now_s >= due_s:
            due_s += STATE_EVERY_S
            state = monitor.state(now_s)
            yield Heard(state, monitor.take_labelled(), monitor)
            if not worth(state):
                return
        time.sleep(POLL_EVERY_S)
