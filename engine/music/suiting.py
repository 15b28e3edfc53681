"""Suiting: which pitch classes go with the harmony at a beat, for whoever plays along."""

from __future__ import annotations

from collections import deque

from engine.music.chords import Chord, rubs
from engine.music.scale import Scale

CHORDS_KEPT = 64
"""Chords that are remembered: more than are ever planned ahead (own choice)."""


class Suiting:
    """Follows the chords of one sitting as they are planned."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, frozenset[int]]] = deque(maxlen=CHORDS_KEPT)

    def begin(self, beat: float, chord: Chord, scale: Scale) -> None:
        """From `beat` on this chord stands."""
        self._begun.append((beat, suiting(chord, scale)))

    def at(self, beat: float) -> frozenset[int]:
        """What goes with the chord at `beat`, or with the first one before it has begun."""
        if not self._begun:
            return frozenset()
        begun = [classes for at, classes in self._begun if at <= beat] or [self._begun[0][1]]
        return begun[-1]


def suiting(chord: Chord, scale: Scale) -> frozenset[int]:
    """Pitch classes that sound well while a chord stands: its own, and of the scale what does not rub."""
    return chord.classes | {tone for tone in scale.classes if not rubs(tone, chord)}
