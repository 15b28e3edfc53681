"""A sensor of one's own: any numbers that come from somewhere, here a text of beats a minute, one a second.

    python examples/sensor_of_ones_own.py [FILE]

Beats that are a function of engine time, as these are, can be played as fast as the machine can. A package
that names such a class as an entry point in the group `calando.sensors` adds a word to `--sensor`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import calando

CALMING = [90 - second / 12 for second in range(240)]


class Rates:
    """Beats at the rates of a list, beats a minute, one rate a second; then the last one for ever."""

    label, simulated, latency_s = "a list of rates", False, 0.0

    def __init__(self, rates: Sequence[float]) -> None:
        self._rates = rates
        self._beat_s = 0.0

    def open(self) -> None:
        self._beat_s = 0.0

    def poll(self, now_s: float) -> list[calando.SensorEvent]:
        events: list[calando.SensorEvent] = []
        if self._beat_s == 0.0:
            events.append(calando.LinkChange(0.0, calando.Link.LIVE, "Reading a list of rates."))
        while (next_s := self._beat_s + 60.0 / self._rate_at(self._beat_s)) <= now_s:
            rr_ms = 1000.0 * (next_s - self._beat_s)
            self._beat_s = next_s
            events.append(calando.TimedBeat(next_s, next_s, rr_ms))
        return events

    def _rate_at(self, t_s: float) -> float:
        return self._rates[min(int(t_s), len(self._rates) - 1)]

    def hear(self, now_s: float, tempo_bpm: float, breath_per_min: float | None) -> None:
        """Hears no music."""

    def close(self) -> None:
        """Has nothing to let go of."""


if __name__ == "__main__":
    rates = [float(line) for line in Path(sys.argv[1]).read_text().split()] if sys.argv[1:] else CALMING
    heart = [moment.state for moment in calando.heart(Rates(rates), seconds=60.0, fast=True)]
    print(f"After a minute the heart beats {heart[-1].hr_bpm:.0f} times a minute.")
    played = calando.play(sensor=Rates(rates), duration="4m", seed=1, output="null", fast=True, record=False)
    print(f"Played for {played.length_s:.0f} s; the music came to {played.last.tempo_bpm:.0f} a minute.")
