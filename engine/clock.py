"""Engine time: frames rendered divided by the sample rate. No decision reads any other clock.

Also the transport as the control side knows it: which beat falls when, from the tempo steps that were
sent. Reading the beat back from the synth would make decisions depend on when Python happened to look.
"""

from __future__ import annotations

from bisect import bisect_right

TICK_S = 0.1
"""One control tick. Our own choice: far finer than any musical decision, far coarser than a period."""

HORIZON_S = 0.2
"""How far ahead of its tick a command takes effect, live and offline alike: two ticks, so that a control
side that is late by less changes nothing in the sound."""

HAND_HORIZON_S = TICK_S
"""The same where a hand has asked for something, so that it is heard within a quarter of a second. Less would
come before what the last tick has sent. Where the control side is later, it sounds as soon as it comes."""


class Clock:
    """Ticks and seconds in frames of one sample rate."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz

    def frame(self, t_s: float) -> int:
        """The frame nearest to an engine time."""
        return round(t_s * self.rate_hz)

    def seconds(self, frame: int) -> float:
        return frame / self.rate_hz


def tick_s(number: int) -> float:
    """Engine time of a tick; a product, never a running sum, so that it does not drift."""
    return round(number * TICK_S, 6)


def ticks(t_s: float) -> int:
    """How many ticks have begun by engine time `t_s`, the one at 0 left out."""
    return int(t_s / TICK_S + 1e-6)


class BeatClock:
    """Beats and seconds under a tempo that moves in steps, as it does at bar lines."""

    def __init__(self, tempo_bpm: float) -> None:
        self._seconds = [0.0]
        self._beats = [0.0]
        self._bpm = [tempo_bpm]

    def step(self, at_s: float, bpm: float) -> None:
        """From `at_s` on, not before the last step, the tempo is `bpm`."""
        self._beats.append(self.beat(at_s))
        self._seconds.append(at_s)
        self._bpm.append(bpm)

    def forget(self, before_s: float) -> None:
        """Drop the steps that no question about `before_s` or later needs: engine time may run for months."""
        last = bisect_right(self._seconds, before_s) - 1
        if last > 0:
            del self._seconds[:last], self._beats[:last], self._bpm[:last]

    def tempo(self, t_s: float) -> float:
        """Beats a minute at `t_s`."""
        return self._bpm[bisect_right(self._seconds, t_s) - 1]

    def beat(self, t_s: float) -> float:
        """Beats since the start at `t_s`, 0 or later."""
        last = bisect_right(self._seconds, t_s) - 1
        return self._beats[last] + (t_s - self._seconds[last]) * self._bpm[last] / 60.0

    def second(self, beat: float) -> float:
        """Engine time at which `beat`, 0 or later, falls."""
        last = bisect_right(self._beats, beat) - 1
        return self._seconds[last] + (beat - self._beats[last]) * 60.0 / self._bpm[last]
