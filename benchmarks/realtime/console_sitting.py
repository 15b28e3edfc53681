"""A sitting in a room, on a sound device: the subject of console_touch.py.

usage: console_sitting.py ROOM OUT stops HOLD_S | touches

Prints {"page": PATH, "latency_s": S} once it plays; ends when its standard input closes. With `touches` it
then writes to OUT (pickled) what it was asked: (engine time of the tick, ask, when it reached the desk, when
the tick took it), the latter two by CLOCK_MONOTONIC. With `stops` it plays on after a stop, once the word is
cleared, and with HOLD_S above 0 one C call after the other holds its GIL for so many seconds, with a tenth
between them.
"""

from __future__ import annotations

import ctypes
import json
import os
import pickle
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dsp.native import Synth
from dsp.telemetry import Stopped
from engine.desk import Ask, Desk
from engine.device import PROMPT_LATENCY_S, SoundDevice
from engine.door.door import Door
from engine.player import DeviceOutput, Output
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

with_gil = ctypes.PyDLL(None)  # PyDLL keeps the GIL for the whole call; this is the C library
BETWEEN_S = 0.1
HEART = "sim:seed=5"


def sitting(output: Output, desk: Desk | None = None) -> Sitting:
    """The same sitting each time, whoever touches it."""
    plan = prepared(Asked("relax", sensor=HEART, seed=1, duration=4 * 3600.0, record=False))
    return Sitting(plan, open_sensor(HEART), output, desk=desk)


class TimedDesk(Desk):
    """Notes when each ask came."""

    def __init__(self) -> None:
        super().__init__()
        self.came_s: dict[str, float] = {}

    def put(self, ask: Ask) -> bool:
        self.came_s.setdefault(ask.id, time.monotonic())
        return super().put(ask)


class Taken:
    """A watcher that notes what each tick took."""

    def __init__(self, desk: TimedDesk) -> None:
        self._desk = desk
        self.asks: list[tuple[float, Ask, float, float]] = []

    def moment(self, moment: Moment) -> None:
        now_s = time.monotonic()
        self.asks += [(moment.t_s, ask, self._desk.came_s[ask.id], now_s) for ask in moment.asks]


def deaf(synth: Synth) -> None:
    """Nobody is told of a stop, so that what was stopped may play again."""
    poll = synth.poll

    def without_stops() -> list[Any]:
        return [report for report in poll() if not isinstance(report, Stopped)]

    synth.poll = without_stops  # type: ignore[method-assign]


def held(hold_s: int) -> None:
    while True:
        time.sleep(BETWEEN_S)
        with_gil.sleep(hold_s)


def main(room: str, out: str, what: str, hold_s: int = 0) -> None:
    device = SoundDevice("system", PROMPT_LATENCY_S)
    desk = TimedDesk()
    taken = Taken(desk)
    with sitting(DeviceOutput(device), desk) as played, Door(room) as door:
        if what == "stops":
            assert played._synth is not None
            deaf(played._synth)
        played.watchers.add(taken, at_once=True)
        door.admit(played)
        threading.Thread(target=played.run, daemon=True).start()
        while not device.latency_s:
            time.sleep(BETWEEN_S)
        print(json.dumps({"page": played.stop_page, "latency_s": device.latency_s}), flush=True)
        if hold_s:
            threading.Thread(target=held, args=(hold_s,), daemon=True).start()
        sys.stdin.read()
        Path(out).write_bytes(pickle.dumps(taken.asks))
        os._exit(0)  # PortAudio may hang in its farewell to JACK; nothing is left to lose


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:5]))
