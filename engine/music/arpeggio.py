"""Arpeggios: broken chords on Euclidean rhythms, filling what density leaves beside the melody."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engine.music.chords import Chord
from engine.music.scale import pitches_of
from engine.music.voice_leading import Voicing, rough

_PATTERNS: tuple[tuple[int, ...], ...] = (
    (0, 1, 2, 3, 2, 1),
    (0, 2, 1, 3),
    (0, 2, 3, 1, 2, 1),
    (3, 2, 1, 0, 1, 2),
    (0, 1, 2, 1),
    (1, 3, 2, 0),
)
"""Order in which the tones of a chord are broken, low to high from 0."""


def euclid(onsets: int, slots: int, rotation: int = 0) -> tuple[int, ...]:
    """Slots of `onsets` onsets spread as evenly as may be over `slots` (Euclidean rhythms, E(k, n))."""
    onsets = min(max(onsets, 0), slots)
    return tuple(sorted(((n * slots) // onsets + rotation) % slots for n in range(onsets)))


def tones(chord: Chord, voicing: Voicing, low: float, high: float) -> tuple[int, ...]:
    """Chord tones an arpeggio may use: none that rubs against the pad's voicing in the low register."""
    found = pitches_of(chord.classes, low, high)
    smooth = tuple(p for p in found if not any(rough(p, v) for v in voicing))
    return smooth or tuple(p for p in found if p % 12 in chord.core) or found


@dataclass(slots=True)
class Arpeggio:
    """One section's way of breaking chords: a pattern, a turn of the rhythm, and a place in the pattern."""

    pattern: tuple[int, ...]
    rotation: int
    _place: int = 0

    @classmethod
    def drawn(cls, random: Random) -> Arpeggio:
        return cls(random.choice(_PATTERNS), random.randrange(8))

    def next(self, pitches: tuple[int, ...]) -> int:
        """The next pitch of the arpeggio among `pitches` (rising, at least one)."""
        span = pitches[: max(4, len(pitches) - 2)]
        degree = self.pattern[self._place % len(self.pattern)]
        self._place += 1
        top = max(self.pattern)
        return span[round(degree * (len(span) - 1) / top)] if top else span[0]
