"""A sitting on a sound device whose interpreter is held once: the subject of held.py.

usage: held_sitting.py PROFILE PART HELD_AT_S HOLD_S AFTER_S

PART is `bed`, which leaves out all that is struck and the heart, or `whole`. At engine time HELD_AT_S one C
call holds the GIL of this process for HOLD_S, and AFTER_S later it ends. Prints one line of JSON: engine time
at which it was held and let go, the onsets of the foreground (s), how many notes could not be played, and how
often the device was lost.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from dataclasses import replace

from dsp.native import Synth
from dsp.score import INSTRUMENTS
from dsp.telemetry import Missed
from engine.device import SoundDevice
from engine.guide.guide import Guide
from engine.music.composer import Composer
from engine.music.controls import FRONT
from engine.player import DeviceOutput, OfflineOutput, Output
from engine.session import Moment, Session
from engine.watch import at_once
from profiles.load import load
from profiles.schema import Profile
from sensors.spec import open_sensor

with_gil = ctypes.PyDLL(None)  # PyDLL keeps the GIL for the whole call; this is the C library
SEED, RATE_HZ = 3, 48_000


class Enough(BaseException):
    """The sitting has been followed for long enough; no mere Exception, for a watcher's does not end one."""


class Held:
    """One sitting, held once where `hold_s` is above 0, followed until `end_s`."""

    def __init__(
        self, profile: Profile, output: Output, held_at_s: float, hold_s: float, end_s: float
    ) -> None:
        self.held: list[float] = []
        self.onsets: set[float] = set()
        self.missed = 0
        self._hold, self._end_s = (held_at_s, hold_s), end_s
        self._synth = Synth(RATE_HZ, SEED)
        self._lives = self._synth._sound["lives"]
        guide = Guide(profile, duration_s=end_s + 60.0)
        sensor, composer = open_sensor("sim:seed=5"), Composer(profile, SEED)
        self._session = Session(profile, sensor, guide, composer, self._synth, output, at_once(self))

    def run(self) -> None:
        try:
            self._session.run()
        except Enough:
            return

    def moment(self, moment: Moment) -> None:
        self.missed += sum(isinstance(report, Missed) for report in moment.news)
        for number, name in enumerate(INSTRUMENTS):
            if name in FRONT:
                self.onsets |= {int(at) / RATE_HZ for at in self._lives[number]["began"] if at}
        at_s, hold_s = self._hold
        if moment.t_s >= at_s and hold_s and not self.held:
            self.held.append(self._synth.frame / RATE_HZ)
            with_gil.sleep(round(hold_s))
            self.held.append(self._synth.frame / RATE_HZ)
        if moment.t_s >= self._end_s:
            raise Enough


def part_of(profile: Profile, part: str) -> Profile:
    silent = (*FRONT, "heart") if part == "bed" else ()
    palette = {
        name: replace(channel, level_db=-60.0) if name in silent else channel
        for name, channel in profile.palette.items()
    }
    return replace(profile, palette=palette)


def untouched(name: str, part: str, end_s: float, output: OfflineOutput) -> None:
    """The same sitting, rendered without a device and without a hold."""
    Held(part_of(load(name), part), output, 0.0, 0.0, end_s).run()


def main(name: str, part: str, held_at_s: float, hold_s: float, after_s: float) -> None:
    output = DeviceOutput(SoundDevice("system"))
    sitting = Held(part_of(load(name), part), output, held_at_s, hold_s, held_at_s + hold_s + after_s)
    sitting.run()
    told = {"held_s": sitting.held, "onsets_s": sorted(sitting.onsets), "missed": sitting.missed}
    print(json.dumps(told | {"lost": output.losses}), flush=True)
    os._exit(0)  # PortAudio may hang in its farewell to JACK; nothing is left to lose


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:6]))
