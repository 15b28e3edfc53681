"""Presence: whether somebody wears a strap, from what the sensor says; pure, on whatever clock it is told."""

from __future__ import annotations

from sensors.beat import Link, LinkChange, Measurement, SensorEvent, TimedBeat

BEATS_TO_BEGIN = 3
"""A strap that is picked up gives a beat or two of noise (own choice)."""

BEGIN_WITHIN_S = 6.0
"""Within so long those beats have to come (own choice)."""


class Presence:
    """Show it every event in order; it says who is there.

    off_s   a strap that has told no beat for so long has come off
    """

    def __init__(self, off_s: float) -> None:
        self.off_s = off_s
        self.link: Link | None = None
        self._beats: list[float] = []

    def look(self, events: list[SensorEvent] | tuple[SensorEvent, ...]) -> None:
        """Take in what came."""
        for event in events:
            if isinstance(event, LinkChange):
                self.link = event.link
                if event.link in (Link.NO_CONTACT, Link.SEARCHING, Link.UNAVAILABLE):
                    del self._beats[:-1]
            elif isinstance(event, TimedBeat) or (
                isinstance(event, Measurement) and event.bpm > 0 and event.contact is not False
            ):
                self._beats = [*self._beats[1 - BEATS_TO_BEGIN :], event.arrival_s]

    def on(self, now_s: float) -> bool:
        """Whether a heart has been heard well enough to begin."""
        recent = [at_s for at_s in self._beats if at_s > now_s - BEGIN_WITHIN_S]
        return len(recent) >= BEATS_TO_BEGIN

    def off(self, now_s: float, since_s: float = 0.0) -> bool:
        """Whether no heart has been heard for so long that nobody wears it any more.

        since_s   nothing is counted before: the visit began there
        """
        last_s = max(self._beats[-1] if self._beats else since_s, since_s)
        return now_s - last_s > self.off_s

    @property
    def touched(self) -> bool:
        """A strap answers, but tells of no heart: it lies there, or does not feel the skin."""
        return self.link in (Link.WAITING, Link.NO_CONTACT)

    def forget(self) -> None:
        """Nothing is left of what was heard."""
        self._beats.clear()
        self.link = None
