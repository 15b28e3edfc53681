"""A heart that is a metronome: `metronome:60` beats once a second for ever."""

from __future__ import annotations

from sensors.beat import TimedBeat


class Metronome:
    """The text behind the colon is its rate, beats a minute."""

    waits = False
    """Its beats are a function of engine time."""

    def __init__(self, text: str) -> None:
        try:
            self._beat_s = 60.0 / float(text or 60.0)
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{text!r} is no rate; write metronome:60.") from None
        self._beats = 0

    def open(self) -> None:
        self._beats = 0

    def poll(self, now_s: float) -> list[TimedBeat]:
        events: list[TimedBeat] = []
        while (t_s := self._beats * self._beat_s) <= now_s:
            events.append(TimedBeat(t_s, t_s, 1000.0 * self._beat_s if self._beats else None))
            self._beats += 1
        return events

    def close(self) -> None:
        pass
