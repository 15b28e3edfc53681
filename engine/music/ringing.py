"""Ringing: which keys of the foreground's instruments sound when, so that none is struck under its own tail.

A key that is struck again cuts off the note that it holds, in sound and in MIDI alike.
"""

from __future__ import annotations

from collections.abc import Iterable

_APART_BEATS = 0.15
"""Two strokes of a key lie so far apart at least, for hands and rubato move each by up to 55 ms."""


class Ringing:
    """Keys of one sitting. Spans are beats, pitches MIDI numbers."""

    def __init__(self) -> None:
        self._spans: list[tuple[str, int, float, float]] = []

    def struck(self, name: str, pitch: int, start: float, beats: float) -> None:
        """A key that sounds for `beats` beats from `start`."""
        self._spans.append((name, pitch, start, start + beats))

    def forget_before(self, beat: float) -> None:
        """Leave out what has died away by `beat`."""
        self._spans = [span for span in self._spans if span[3] > beat]

    def free(self, name: str, pitches: Iterable[int], start: float, beats: float) -> tuple[int, ...]:
        """Those of `pitches` that nothing holds while they would sound; all of them where each is held."""
        offered = tuple(pitches)
        end = start + beats
        held = {
            pitch for other, pitch, since, until in self._spans
            if other == name and since < end + _APART_BEATS and start < until + _APART_BEATS
        }  # fmt: skip
        return tuple(pitch for pitch in offered if pitch not in held) or offered
