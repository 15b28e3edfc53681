"""Interlude: what sounds between two sittings: silence, and the kiosk's own signs.

It is a sound of its own, so that the sound card asks for samples all day, and liveness can always be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dsp import command
from dsp.native import Synth
from dsp.score import Ramp
from dsp.telemetry import Meter
from engine.clock import HORIZON_S, Clock, tick_s
from engine.kiosk.earcons import EARCONS, LEVEL_DB, opening, played
from engine.player import Output
from sensors.sensor import KeepsTime, Sensor

LEAVE = "leave"
"""Why an interlude ends at once, in the midst of a sign."""

FADE_S = 0.6
"""Of what rings at the end: a bowl does for long (own choice)."""


class Hears(Protocol):
    """What is called every tick; anything but None ends the interlude."""

    def __call__(self, interlude: Interlude, now_s: float) -> str | None: ...


class Interlude:
    """Play silence on `output`, and listen to `sensor`, until `each_tick` says why to go on.

    now_s, sequence, lufs   as they stand, for whoever is called
    """

    def __init__(self, output: Output, sensor: Sensor, cap_lufs: float, trim_db: float) -> None:
        self.output, self.sensor = output, sensor
        self.sequence = 0
        self.lufs: float | None = None
        self._clock = Clock(output.rate_hz)
        self._synth = Synth(output.rate_hz, 0)
        self._synth.cap_lufs = cap_lufs
        self._speaks_until_s = 0.0
        self._push(opening(trim_db))

    @property
    def frame(self) -> int:
        return self._synth.frame

    def speak(self, name: str, now_s: float) -> None:
        """Sound an earcon, after the one that sounds."""
        at_s = max(now_s + HORIZON_S, self._speaks_until_s)
        self._push(played(name, self._clock.frame(at_s), self.output.rate_hz))
        self._speaks_until_s = at_s + EARCONS[name].length_s

    def speaks(self, now_s: float) -> bool:
        return now_s < self._speaks_until_s

    def set_level(self, cap_lufs: float, trim_db: float) -> None:
        """Cap and trim from now on."""
        self._synth.cap_lufs = cap_lufs
        self._push([command.ramp(Ramp("master", "level_db", LEVEL_DB + trim_db, 0.5))])

    def run(self, each_tick: Hears) -> str:
        """Until `each_tick` says why to end, and no earcon sounds any more."""
        output, sensor = self.output, self.sensor
        if isinstance(sensor, KeepsTime):
            sensor.keep_time(output.now_s)
        sensor.open()
        try:
            output.start(self._synth)
            number, why = 0, None
            while why is None or (why != LEAVE and self.speaks(tick_s(number))):
                number += 1
                output.advance(self._clock.frame(tick_s(number)))
                # A device that was away long has gone on by the wall clock.
                number = max(number, int(self._clock.seconds(self._synth.frame) / tick_s(1)))
                self._push([command.alive()])
                for report in self._synth.poll():
                    if isinstance(report, Meter):
                        self.lufs = report.lufs_momentary
                said = each_tick(self, tick_s(number))
                why = said if said == LEAVE else why or said
            self._push([command.fade(0.0, FADE_S)])
            output.advance(self._clock.frame(tick_s(number) + FADE_S))
            return why
        finally:
            sensor.close()
            output.close()

    def _push(self, commands: Sequence[command.Command]) -> None:
        self.sequence += self._synth.push(list(commands))
