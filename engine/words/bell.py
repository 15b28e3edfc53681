"""Bell: a soft stroke by which a listener with closed eyes knows of a new line, where no voice says it."""

from __future__ import annotations

from collections.abc import Collection

from dsp import command
from dsp.command import Command
from dsp.score import Note, Ramp

INSTRUMENTS = ("kalimba", "bowl", "piano")
"""The first that the profile does not play itself is taken: its level is then the bell's own."""

LEVEL_DB, REVERB = -6.0, 0.5
"""A second of it is 5 to 15 LU below the bed then, by profile: heard by its beginning, startling nobody (own
choice)."""

LOWEST = 67
"""The bell lies in the octave from here on (MIDI): over the bed, below what is bright."""

FIFTH = 7

VELOCITY, BEATS = 0.35, 2.0


class Bell:
    """Strokes in the home note of the music, and on its fifth where another part of the guide begins.

    palette   the instruments that the profile plays
    home      the home note, MIDI
    """

    def __init__(self, palette: Collection[str], home: float) -> None:
        self._instrument = next((name for name in INSTRUMENTS if name not in palette), INSTRUMENTS[-1])
        self._own = self._instrument not in palette
        self._pitch = LOWEST + (home - LOWEST) % 12

    def opening(self) -> list[Ramp]:
        """What the sound is told before the first stroke."""
        if not self._own:
            return []
        return [
            Ramp(self._instrument, "level_db", LEVEL_DB, 0.05),
            Ramp(self._instrument, "reverb", REVERB, 0.05),
        ]  # fmt: skip

    def stroke(self, frame: int, *, turn: bool) -> Command:
        """One stroke from `frame` on."""
        pitch = self._pitch + (FIFTH if turn else 0)
        return command.note_at_frame(Note(0.0, BEATS, self._instrument, pitch, VELOCITY), frame)
